package bot

import (
	"context"
	"rasid/alert"
	"rasid/bot/telegram"
	"rasid/store"
	"sync"
	"sync/atomic"
	"time"
)

// How answers are sent.
const (
	outboxMost    = 4096 // answers waiting; more are dropped and logged, but for the only one of a chat, of which as many again have room
	chatMost      = 64   // of those of one chat: one person is not to take everybody's room
	outboxWorkers = 8
	letterTries   = 4                // those that may have arrived are store.MaxTries at most
	letterKeep    = 10 * time.Minute // how long one is tried that does not reach Telegram
	letterWait    = 15 * time.Second // longest pause between those tries
	letterSlot    = 5 * time.Second  // before a letter that waits for the pace makes room
	outboxDrain   = 8 * time.Second  // how long a stop waits for answers
)

// A letter is an answer to be sent, or to be put in place of a message.
type letter struct {
	to       store.Dest
	group    bool
	html     string
	keyboard *telegram.InlineKeyboard
	ask      *telegram.ForceReply
	reply    int64                 // the message answered; 0: none
	edit     int64                 // the message to be replaced; 0: a new one
	preview  *telegram.LinkPreview // nil: none is shown
	then     func(message int64)

	tries   int       // so far
	unknown int       // those of them that may have arrived
	lost    int       // tries that did not reach Telegram, since
	since   time.Time // then
}

// An outbox sends letters, those of a chat in order. A chat that has to wait
// keeps nobody from working on others.
type outbox struct {
	mu      sync.Mutex
	chats   map[int64][]letter
	ready   []int64               // chats with letters that nobody works on
	waiting map[int64]*time.Timer // those that are to be worked on later
	count   int
	closed  bool
	hurried bool // nothing is worth waiting for any more
	bell    *sync.Cond
}

func newOutbox() *outbox {
	o := &outbox{chats: map[int64][]letter{}, waiting: map[int64]*time.Timer{}}
	o.bell = sync.NewCond(&o.mu)
	return o
}

// add reports whether there was room. What is to be put in place of a message
// takes the place of what was to be put there before.
func (o *outbox) add(l letter) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := o.chats[l.to.Chat]
	for i := 1; i < len(all) && l.edit != 0; i++ { // the first may be under way
		if all[i].edit == l.edit && all[i].then == nil {
			all[i] = l
			return true
		}
	}
	most := outboxMost
	if len(all) == 0 { // those with many chats are not to take everybody's room either
		most *= 2
	}
	if o.count >= most || len(all) >= chatMost {
		return false
	}
	o.count++
	if len(all) == 0 {
		o.ready = append(o.ready, l.to.Chat)
	}
	o.chats[l.to.Chat] = append(all, l)
	o.bell.Signal()
	return true
}

// busy reports whether a letter to a chat waits or is under way.
func (o *outbox) busy(chat int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.chats[chat]) > 0
}

// close lets run return once everything is sent.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.bell.Broadcast()
}

// run sends until the outbox is closed and empty, or outboxDrain after ctx
// ended, and counts the letters that are left then. send makes one attempt at a
// letter, and returns it as it is to be tried again, and when; zero: it is done
// with.
func (o *outbox) run(ctx context.Context, send func(context.Context, letter) (letter, time.Time)) (left int64) {
	sendCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(outboxDrain, cancel)
		context.AfterFunc(sendCtx, func() { t.Stop() })
	})
	defer stop()
	defer context.AfterFunc(sendCtx, o.hurry)()
	var wg sync.WaitGroup
	var dropped atomic.Int64
	for range outboxWorkers {
		wg.Go(func() {
			for chat, l, ok := o.take(); ok; chat, l, ok = o.take() {
				var at time.Time
				if sendCtx.Err() == nil {
					l, at = send(sendCtx, l)
				} else {
					dropped.Add(1)
				}
				o.done(chat, l, at)
			}
		})
	}
	wg.Wait()
	return dropped.Load()
}

func (o *outbox) take() (int64, letter, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.ready) == 0 {
		if o.closed && o.count == 0 {
			o.bell.Broadcast()
			return 0, letter{}, false
		}
		o.bell.Wait()
	}
	chat := o.ready[0]
	o.ready = o.ready[1:]
	return chat, o.chats[chat][0], true
}

// done takes in what came of a chat's first letter: it is tried again from at
// on, or gone.
func (o *outbox) done(chat int64, l letter, at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	wait := time.Until(at)
	switch {
	case !at.IsZero():
		o.chats[chat][0] = l
	default:
		o.count--
		o.chats[chat] = o.chats[chat][1:]
	}
	switch {
	case len(o.chats[chat]) == 0:
		delete(o.chats, chat)
	case !at.IsZero() && wait > 0 && !o.hurried:
		o.waiting[chat] = time.AfterFunc(wait, func() { o.wake(chat) })
	default:
		o.ready = append(o.ready, chat)
	}
	o.bell.Broadcast()
}

// wake has a chat worked on that had to wait.
func (o *outbox) wake(chat int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, still := o.waiting[chat]; still {
		delete(o.waiting, chat)
		o.ready = append(o.ready, chat)
		o.bell.Signal()
	}
}

// hurry lets nothing wait any more.
func (o *outbox) hurry() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hurried = true
	for chat, timer := range o.waiting {
		timer.Stop()
		o.ready = append(o.ready, chat)
	}
	clear(o.waiting)
	o.bell.Broadcast()
}

// answer sends what is in the outbox until a while after ctx ended. What is left
// then is lost; what was asked for is stored.
func (b *Bot) answer(ctx context.Context) {
	if left := b.outbox.run(ctx, b.deliver); left > 0 {
		b.o.Logger.Warn("answers were dropped at the stop: they had to wait for too long", "answers", left)
	}
}

// mail puts a letter into the outbox.
func (b *Bot) mail(l letter) {
	if !b.outbox.add(l) {
		b.o.Logger.Warn("an answer was dropped: too many are waiting", "chat", l.to.Chat)
	}
}

// Answering reports whether an answer to a chat is on its way or waits for the
// pace.
func (b *Bot) Answering(chat int64) bool { return b.outbox.busy(chat) }

// deliver makes one attempt at a letter, of a bounded number, unless its chat has
// to wait. It returns the letter and when it is to be tried again; zero: never.
// One without an answer may have arrived: like an alert it comes at most twice
// again.
func (b *Bot) deliver(ctx context.Context, l letter) (letter, time.Time) {
	to := alert.To{Chat: l.to.Chat, Group: l.group}
	if at := b.o.Pacer.TryAt(to); at.After(time.Now()) {
		return l, at
	}
	limited, cancel := context.WithTimeout(ctx, letterSlot)
	defer cancel()
	slot, err := b.o.Pacer.Take(limited, to, alert.Reply)
	if err != nil {
		return l, time.Now() // another chat may have more luck
	}
	id, err := b.post(ctx, l)
	slot.Answered() //nolint:contextcheck // others are told, also when we stop
	l.tries++
	if c := telegram.Classify(err).Class; c == telegram.None || c == telegram.Same {
		if l.then != nil {
			l.then(id)
		}
		return l, time.Time{}
	}
	return b.undelivered(l, err) //nolint:contextcheck // others are told, also when we stop
}

// undelivered tells what becomes of a letter that was not taken.
func (b *Bot) undelivered(l letter, err error) (letter, time.Time) {
	again := time.Now()
	switch v := telegram.Classify(err); v.Class {
	case telegram.Flood:
		again = again.Add(v.After)
		b.o.Pacer.Hold(l.to.Chat, again)
	case telegram.Unknown:
		b.o.Stats.UnknownAnswer()
		if l.edit == 0 { // an edit that comes again changes nothing
			l.unknown++
		}
		if l.unknown == store.MaxTries {
			b.o.Logger.Warn("an answer was given up: it may have arrived", "chat", l.to.Chat, "err", err)
			return l, time.Time{}
		}
		again = again.Add(time.Duration(l.tries) * time.Second)
	case telegram.NotWritten:
		return b.unreached(l, err)
	case telegram.Moved:
		// The store follows when Telegram tells the chat, or the next alert is sent.
		// Messages stay behind, and others may have their numbers.
		l.to.Chat, l.reply, l.edit = v.MovedTo, 0, 0
	case telegram.NoThread:
		l.to.Thread = 0
	case telegram.NoMessage:
		l.edit = 0
	default:
		b.o.Logger.Warn("an answer was refused", "chat", l.to.Chat, "err", err)
		return l, time.Time{}
	}
	if l.tries >= letterTries {
		b.o.Logger.Warn("an answer was given up", "chat", l.to.Chat)
		return l, time.Time{}
	}
	return l, again
}

// unreached tells what becomes of a letter that did not reach Telegram: nothing
// can come twice, so it is kept for long, and the try does not count.
func (b *Bot) unreached(l letter, err error) (letter, time.Time) {
	now := time.Now()
	if l.lost == 0 {
		l.since = now
	}
	if now.Sub(l.since) >= letterKeep {
		b.o.Logger.Warn("an answer was given up: Telegram could not be reached", "chat", l.to.Chat, "err", err)
		return l, time.Time{}
	}
	l.tries--
	l.lost++
	return l, now.Add(min(time.Duration(l.lost)*time.Second, letterWait))
}

func (b *Bot) post(ctx context.Context, l letter) (int64, error) {
	preview := l.preview
	if preview == nil {
		preview = &telegram.LinkPreview{Disabled: true}
	}
	if l.edit != 0 {
		return l.edit, b.o.API.EditMessageText(ctx, telegram.Edit{Chat: l.to.Chat, Message: l.edit, Text: l.html, HTML: true, Keyboard: l.keyboard, Preview: preview})
	}
	s := telegram.Send{Chat: l.to.Chat, Thread: l.to.Thread, Text: l.html, HTML: true, Preview: preview}
	switch {
	case l.keyboard != nil:
		s.Markup = l.keyboard
	case l.ask != nil:
		s.Markup = *l.ask
	}
	if l.reply != 0 {
		s.Reply = &telegram.ReplyTo{Message: l.reply, Tolerates: true}
	}
	m, err := b.o.API.SendMessage(ctx, s)
	return m.ID, err
}
