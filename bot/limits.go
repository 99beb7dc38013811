package bot

import (
	"context"
	"errors"
	"fmt"
	"math"
	"rasid/bot/telegram"
	"slices"
	"sync"
	"time"
)

// Limits for people.
const (
	commandsMinute = 20
	commandsBurst  = 10
	peopleKept     = 10000
	rightsFor      = time.Minute      // a person's rights in a group are remembered so long
	rightsTime     = 10 * time.Second // so long is asked for them
	rightsAgain    = 5 * time.Second  // before they are asked for again where Telegram did not answer
	rightsKept     = 10000
)

// A limiter counts what people ask for, by commands, presses and plain words:
// twenty a minute, ten at once.
type limiter struct {
	mu     sync.Mutex
	people map[int64]*allowance
}

type allowance struct {
	tokens  float64
	at      time.Time
	counted [8]int64 // updates that were allowed last
	next    int      // where in counted the next one goes
	told    bool     // that it is too much
}

func newLimiter() limiter { return limiter{people: map[int64]*allowance{}} }

// take counts an update and reports whether it is allowed, and if not how long
// it is until the next one is. One that is tried again because the store failed
// counts once.
func (l *limiter) take(person, update int64, now time.Time) (ok bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, known := l.people[person]
	if !known {
		l.forget(now)
		a = &allowance{tokens: commandsBurst, at: now}
		l.people[person] = a
	}
	a.tokens = min(commandsBurst, a.tokens+now.Sub(a.at).Minutes()*commandsMinute)
	a.at = now
	switch {
	case update != 0 && slices.Contains(a.counted[:], update):
		return true, 0
	case a.tokens < 1:
		return false, time.Duration((1 - a.tokens) / commandsMinute * float64(time.Minute))
	}
	a.tokens--
	a.told = false
	a.counted[a.next] = update
	a.next = (a.next + 1) % len(a.counted)
	return true, 0
}

// tell reports whether a person is to be told by a message that it is too much:
// once, until something is allowed again.
func (l *limiter) tell(person int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.people[person]
	if a == nil || a.told {
		return false
	}
	a.told = true
	return true
}

func (l *limiter) forget(now time.Time) {
	if len(l.people) < peopleKept {
		return
	}
	for id, a := range l.people {
		if now.Sub(a.at) > time.Minute {
			delete(l.people, id)
		}
	}
}

// tooFast counts this turn and reports whether it is one too many, and in how many
// seconds the next one is not.
func (t *turn) tooFast() (too bool, seconds int) {
	ok, wait := t.b.pace.take(t.who(), t.update, time.Now())
	return !ok, int(math.Ceil(wait.Seconds()))
}

// who is whom this turn counts for. All anonymous administrators are one person to
// Telegram, so each group's count for themselves.
func (t *turn) who() int64 {
	if t.press == nil && t.msg.AnonymousAdmin() {
		return t.chat.ID
	}
	return t.person.ID
}

// rights remembers for a minute who administers which group.
type rights struct {
	api  Telegram
	mu   sync.Mutex
	who  map[[2]int64]right
	held time.Time // Telegram wants nothing asked before
}

type right struct {
	admin   bool
	movedTo int64 // the group's new id, under which to ask; 0: it has none
	err     error // there was no answer
	until   time.Time
}

// errHeld reports that nothing was asked, since Telegram wants to be asked later.
var errHeld = errors.New("telegram was asked too much")

func newRights(api Telegram) rights { return rights{api: api, who: map[[2]int64]right{}} }

// of tells whether a person administers a group. Where Telegram refuses to say,
// the answer is no; where it does not answer, an error.
func (r *rights) of(ctx context.Context, chat, person int64) (right, error) {
	r.mu.Lock()
	known, ok := r.who[[2]int64{chat, person}]
	r.mu.Unlock()
	if ok && known.until.After(time.Now()) {
		return known, known.err
	}
	return r.ask(ctx, chat, person)
}

// ask does the same, whatever is remembered. What it learns is remembered, but not
// that the group has a new id, which is to be followed.
func (r *rights) ask(ctx context.Context, chat, person int64) (right, error) {
	r.mu.Lock()
	held := r.held.After(time.Now())
	r.mu.Unlock()
	if held {
		return right{}, fmt.Errorf("ask who administers a group: %w", errHeld)
	}
	limited, cancel := context.WithTimeout(ctx, rightsTime)
	defer cancel()
	begun := time.Now()
	m, err := r.api.GetChatMember(limited, chat, person)
	v := telegram.Classify(err)
	is := right{admin: v.Class == telegram.None && m.Admin(), movedTo: v.MovedTo, until: begun.Add(rightsFor)}
	switch v.Class {
	case telegram.NotWritten, telegram.Unknown, telegram.Flood, telegram.Broken:
		is.err = fmt.Errorf("ask who administers a group: %w", err)
		is.until = time.Now().Add(rightsAgain)
	}
	if ctx.Err() == nil {
		r.learn([2]int64{chat, person}, is, v.After)
	}
	return is, is.err
}

// learn remembers what was answered; hold is how long nothing is to be asked.
func (r *rights) learn(key [2]int64, is right, hold time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if until := time.Now().Add(hold); hold > 0 && until.After(r.held) {
		r.held = until
	}
	if is.movedTo != 0 {
		delete(r.who, key)
		return
	}
	if len(r.who) >= rightsKept {
		clear(r.who)
	}
	r.who[key] = is
}

// refusal is what a person is told who may not change what is watched here, or of
// whom that is not known; empty: they may. An error means that we are told to stop.
func (t *turn) refusal() (id string, err error) {
	if t.private() || t.press == nil && t.msg.AnonymousAdmin() {
		return "", nil
	}
	r, err := t.b.rights.of(t.ctx, t.chat.ID, t.person.ID)
	if err == nil && r.movedTo != 0 {
		if err = t.moved(r.movedTo); err != nil {
			return "", err
		}
		r, err = t.b.rights.of(t.ctx, t.chat.ID, t.person.ID)
	}
	switch {
	case err != nil && t.ctx.Err() != nil:
		return "", err
	case err != nil:
		t.b.o.Logger.Warn("whether a person may change what a group watches is not known", "err", err)
		return "admins-unknown", nil
	case !r.admin:
		return "admins-only", nil
	}
	return "", nil
}

// isAdmin reports whether the person is one of the operator's admins.
func (t *turn) isAdmin() bool {
	return slices.Contains(t.b.o.Admins, t.person.ID)
}

// kindOf is for chats that Telegram tells us of outside a turn.
func isGroup(c telegram.Chat) bool { return c.Type == "group" || c.Type == "supergroup" }
