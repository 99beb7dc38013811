package bot

import (
	"context"
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
	rightsFor      = time.Minute // a person's rights in a group are remembered so long
	rightsKept     = 10000
)

// A limiter counts people's commands: twenty a minute, ten at once.
type limiter struct {
	mu     sync.Mutex
	people map[int64]*allowance
}

type allowance struct {
	tokens float64
	at     time.Time
	update int64 // counted last
	told   bool  // that it is too much
}

func newLimiter() limiter { return limiter{people: map[int64]*allowance{}} }

// take counts one command and reports whether it is allowed, and if not how
// long it is until the next one is; 0: the person knows, and is not to be told
// again. An update that is tried again because the store failed counts once.
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
	if a.update == update && update != 0 {
		return !a.told, 0
	}
	a.update = update
	if a.tokens < 1 {
		if !a.told {
			wait = time.Duration((1 - a.tokens) / commandsMinute * float64(time.Minute))
		}
		a.told = true
		return false, wait
	}
	a.tokens--
	a.told = false
	return true, 0
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

// rights remembers for a minute who administers which group.
type rights struct {
	api Telegram
	mu  sync.Mutex
	who map[[2]int64]right
}

type right struct {
	admin bool
	until time.Time
}

func newRights(api Telegram) rights { return rights{api: api, who: map[[2]int64]right{}} }

// admin reports whether a person administers a group. Where Telegram does not
// say, the answer is no.
func (r *rights) admin(ctx context.Context, chat, person int64) bool {
	key, now := [2]int64{chat, person}, time.Now()
	r.mu.Lock()
	known, ok := r.who[key]
	r.mu.Unlock()
	if ok && known.until.After(now) {
		return known.admin
	}
	m, err := r.api.GetChatMember(ctx, chat, person)
	if err != nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.who) >= rightsKept {
		clear(r.who)
	}
	r.who[key] = right{m.Admin(), now.Add(rightsFor)}
	return m.Admin()
}

// mayChange reports whether the person of this turn may change what is
// watched here.
func (t *turn) mayChange() bool {
	if t.private() {
		return true
	}
	if t.press == nil && t.msg.AnonymousAdmin() {
		return true
	}
	return t.b.rights.admin(t.ctx, t.chat.ID, t.person.ID)
}

// isAdmin reports whether the person is one of the operator's admins.
func (t *turn) isAdmin() bool {
	return slices.Contains(t.b.o.Admins, t.person.ID)
}

// kindOf is for chats that Telegram tells us of outside a turn.
func isGroup(c telegram.Chat) bool { return c.Type == "group" || c.Type == "supergroup" }
