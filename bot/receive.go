package bot

import (
	"context"
	"errors"
	"rasid/bot/telegram"
	"rasid/internal/pause"
	"rasid/store"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// kinds are the updates that a bot wants to hear of.
func kinds() []string { return []string{"message", "callback_query", "my_chat_member"} }

// Receive sees to it that updates come, until ctx ends: it looks after the
// webhook when Options.Hook has an address, and polls when not. One process at a
// time is to do so. A token that Telegram refuses ends it with an error.
func (b *Bot) Receive(ctx context.Context) error {
	if b.o.Hook.URL != "" {
		return b.keepWebhook(ctx)
	}
	return b.Poll(ctx)
}

// begun waits for Run, and reports whether ctx goes on.
func (b *Bot) begun(ctx context.Context) bool {
	select {
	case <-b.ready:
		return true
	case <-ctx.Done():
		return false
	}
}

// handleOnce handles u when it is its chat's turn, unless it was handled. An
// update may have to wait for an article to be dispatched, as a group's move to
// its new id does, and begins anew when its group moved meanwhile. An error means
// that it is to come again.
func (b *Bot) handleOnce(ctx context.Context, u telegram.Update) error {
	b.moves.heard(u)
	lane := b.moves.lane(u)
	if err := b.lanes.enter(ctx, lane, u.ID); err != nil {
		return err
	}
	defer b.lanes.leave(lane)
	if b.handled.has(u.ID, time.Now()) {
		return nil
	}
	err := b.handleSafely(ctx, u)
	for begun := time.Now(); passes(err) && time.Since(begun) < store.DispatchMost && pause.For(ctx, store.DispatchLook); {
		err = b.handleSafely(ctx, u)
	}
	if err == nil {
		b.handled.add(u.ID, time.Now())
	}
	return err
}

// passes reports whether what failed is worth another try at once.
func passes(err error) bool { return errors.Is(err, store.ErrDispatching) || errors.Is(err, errLeft) }

// handleSafely handles u. What breaks us is logged and left behind: it would
// come again after a restart, and break us again.
func (b *Bot) handleSafely(ctx context.Context, u telegram.Update) (err error) {
	defer func() {
		if r := recover(); r != nil {
			b.o.Logger.Error("a message broke the program and is left out", "update", u.ID, "panic", r, "stack", string(debug.Stack()))
			err = nil
		}
	}()
	return b.handle(ctx, u)
}

// lanes let the updates of a chat pass one at a time, and of those that wait the
// oldest first. Other chats are not held up.
type lanes struct {
	mu   sync.Mutex
	busy map[int64][]*waiting // by chat: who waits, by update
}

// waiting is an update that waits for its chat.
type waiting struct {
	update int64
	turn   chan struct{} // closed when it is
}

func newLanes() lanes { return lanes{busy: map[int64][]*waiting{}} }

// enter returns when it is the update's turn. The caller then calls leave.
func (l *lanes) enter(ctx context.Context, chat, update int64) error {
	l.mu.Lock()
	all, busy := l.busy[chat]
	if !busy {
		l.busy[chat] = nil
		l.mu.Unlock()
		return nil
	}
	w := &waiting{update, make(chan struct{})}
	i := slices.IndexFunc(all, func(x *waiting) bool { return x.update > update })
	if i < 0 {
		i = len(all)
	}
	l.busy[chat] = slices.Insert(all, i, w)
	l.mu.Unlock()
	select {
	case <-w.turn:
		return nil
	case <-ctx.Done():
		l.giveUp(chat, w)
		return ctx.Err()
	}
}

// giveUp takes out who waits no longer, or passes on the turn that came at the
// same moment.
func (l *lanes) giveUp(chat int64, w *waiting) {
	l.mu.Lock()
	i := slices.Index(l.busy[chat], w)
	if i >= 0 {
		l.busy[chat] = slices.Delete(l.busy[chat], i, i+1)
	}
	l.mu.Unlock()
	if i < 0 {
		l.leave(chat)
	}
}

// leave gives the turn to the next.
func (l *lanes) leave(chat int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.busy[chat]
	if len(all) == 0 {
		delete(l.busy, chat)
		return
	}
	l.busy[chat] = all[1:]
	close(all[0].turn)
}
