package bot

import (
	"context"
	"rasid/alert"
	"rasid/bot/telegram"
	"rasid/internal/pause"
	"rasid/store"
	"sync"
	"time"
)

// How answers are sent.
const (
	outboxMost    = 4096 // answers waiting; more are dropped and logged
	outboxWorkers = 8
	letterTries   = 4               // those that may have arrived are store.MaxTries at most
	outboxDrain   = 8 * time.Second // how long a stop waits for answers
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
}

// An outbox sends letters, those of a chat in order.
type outbox struct {
	mu     sync.Mutex
	chats  map[int64][]letter
	ready  []int64 // chats with letters that nobody works on
	count  int
	closed bool
	bell   *sync.Cond
}

func newOutbox() *outbox {
	o := &outbox{chats: map[int64][]letter{}}
	o.bell = sync.NewCond(&o.mu)
	return o
}

// add reports whether there was room.
func (o *outbox) add(l letter) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.count >= outboxMost {
		return false
	}
	o.count++
	if len(o.chats[l.to.Chat]) == 0 {
		o.ready = append(o.ready, l.to.Chat)
	}
	o.chats[l.to.Chat] = append(o.chats[l.to.Chat], l)
	o.bell.Signal()
	return true
}

// close lets run return once everything is sent.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.bell.Broadcast()
}

// run sends until the outbox is closed and empty, or outboxDrain after ctx
// ended.
func (o *outbox) run(ctx context.Context, send func(context.Context, letter)) {
	sendCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(outboxDrain, cancel)
		context.AfterFunc(sendCtx, func() { t.Stop() })
	})
	defer stop()
	var wg sync.WaitGroup
	for range outboxWorkers {
		wg.Go(func() {
			for {
				chat, l, ok := o.take()
				if !ok {
					return
				}
				if sendCtx.Err() == nil {
					send(sendCtx, l)
				}
				o.done(chat)
			}
		})
	}
	wg.Wait()
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

func (o *outbox) done(chat int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.count--
	o.chats[chat] = o.chats[chat][1:]
	if len(o.chats[chat]) == 0 {
		delete(o.chats, chat)
	} else {
		o.ready = append(o.ready, chat)
	}
	o.bell.Broadcast()
}

// deliver sends one letter, a bounded number of times. One without an answer
// may have arrived: like an alert it comes at most twice again.
func (b *Bot) deliver(ctx context.Context, l letter) {
	unknown := 0
	for try := range letterTries {
		slot, err := b.o.Pacer.Take(ctx, alert.To{Chat: l.to.Chat, Group: l.group}, alert.Reply)
		if err != nil {
			return
		}
		id, err := b.post(ctx, l)
		slot.Answered() //nolint:contextcheck // others are told, also when we stop
		v := telegram.Classify(err)
		switch v.Class {
		case telegram.None, telegram.Same:
			if l.then != nil {
				l.then(id)
			}
			return
		case telegram.Flood:
			b.o.Pacer.Hold(l.to.Chat, time.Now().Add(v.After)) //nolint:contextcheck // others are told, also when we stop
		case telegram.Unknown:
			b.o.Stats.UnknownAnswer()
			if l.edit == 0 { // an edit that comes again changes nothing
				unknown++
			}
			if unknown == store.MaxTries {
				b.o.Logger.Warn("an answer was given up: it may have arrived", "chat", l.to.Chat, "err", err)
				return
			}
			pause.For(ctx, time.Duration(try+1)*time.Second)
		case telegram.NotWritten:
			pause.For(ctx, time.Duration(try+1)*time.Second)
		case telegram.Moved:
			l.to.Chat = v.MovedTo // the store follows when Telegram tells the chat, or the next alert is sent
		case telegram.NoThread:
			l.to.Thread = 0
		case telegram.NoMessage:
			l.edit = 0
		default:
			b.o.Logger.Warn("an answer was refused", "chat", l.to.Chat, "err", err)
			return
		}
	}
	b.o.Logger.Warn("an answer was given up", "chat", l.to.Chat)
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
