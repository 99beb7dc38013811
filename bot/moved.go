package bot

import (
	"context"
	"errors"
	"fmt"
	"rasid/bot/telegram"
	"rasid/locale"
	"rasid/store"
	"time"
)

// Moves are the groups that became supergroups. Telegram tells each move twice, to
// the old id and to the new one, and keeps no order between the two: what was said
// under the old id may come after the group is moved here, or in another process.
type moves struct {
	old   memory[int64]     // by new id, once told of
	to    memory[int64]     // by old id, once the store has followed
	asked memory[time.Time] // by id, when Telegram named no new one for it; zero: it was known here since
}

// movedFor is how long it is taken that a group that nothing is known of has not
// moved, once Telegram was asked.
const movedFor = time.Minute

func newMoves() moves {
	return moves{old: newMemory[int64](), to: newMemory[int64](), asked: newMemory[time.Time]()}
}

// stays reports whether Telegram need not be asked again if a group moved.
func (m *moves) stays(chat int64) bool {
	asked, _ := m.asked.get(chat, time.Now())
	return time.Since(asked) < movedFor
}

// knows is told that a group is known here. When it no longer is, it has moved.
func (m *moves) knows(chat int64) {
	if m.stays(chat) {
		m.asked.add(chat, time.Time{}, time.Now())
	}
}

// heard remembers which ids are those of one chat, if u tells of a move.
func (m *moves) heard(u telegram.Update) {
	switch {
	case u.Message == nil:
	case u.Message.MigrateTo != 0:
		m.old.add(u.Message.MigrateTo, u.Message.Chat.ID, time.Now())
	case u.Message.MigrateFrom != 0:
		m.old.add(u.Message.Chat.ID, u.Message.MigrateFrom, time.Now())
	}
}

// lane is the chat whose updates have to wait for u, and u for them: that of the
// old id, also for the new one.
func (m *moves) lane(u telegram.Update) int64 {
	chat := u.Chat()
	if old, moved := m.old.get(chat, time.Now()); moved {
		return old
	}
	return chat
}

// migrate has the store follow a chat to its new id.
func (b *Bot) migrate(ctx context.Context, from, to int64) error {
	if err := b.o.Store.Migrate(ctx, from, to, time.Now()); err != nil && !errors.Is(err, store.ErrUnknown) {
		return fmt.Errorf("move chat %d: %w", from, err)
	}
	b.moves.to.add(from, to, time.Now())
	return nil
}

// follow has the turn go on where its group is by now, if that moved before its
// turn came. Whether a group that nothing is known of moved is asked of Telegram,
// once a minute whatever is said there: another process may have followed it, or
// this one before it was started anew.
func (t *turn) follow() error {
	if t.chat.Type != string(store.Group) {
		return nil
	}
	if to, moved := t.b.moves.to.get(t.chat.ID, time.Now()); moved {
		return t.moved(to)
	}
	if t.known {
		t.b.moves.knows(t.chat.ID)
		return nil
	}
	if t.b.moves.stays(t.chat.ID) {
		return nil
	}
	r, err := t.b.rights.ask(t.ctx, t.chat.ID, t.person.ID)
	switch {
	case err != nil && t.ctx.Err() != nil:
		return err
	case errors.Is(err, errHeld):
		return nil
	case err != nil:
		t.b.o.Logger.Warn("whether a group has a new id is not known", "err", err)
	case r.movedTo != 0:
		return t.moved(r.movedTo)
	}
	t.b.moves.asked.add(t.chat.ID, time.Now(), time.Now())
	return nil
}

// moved has the turn go on under the chat's new id. The message stays behind.
func (t *turn) moved(to int64) error {
	if err := t.b.migrate(t.ctx, t.chat.ID, to); err != nil {
		return err
	}
	t.chat.ID, t.chat.Type, t.left = to, string(store.Supergroup), true
	return t.look()
}

// look reads what is known of where the turn is.
func (t *turn) look() error {
	t.dest = store.Dest{Chat: t.chat.ID, Thread: t.msg.TopicThread()}
	d, err := t.b.o.Store.Destination(t.ctx, t.dest)
	if err != nil && !errors.Is(err, store.ErrUnknown) {
		return fmt.Errorf("look up a chat: %w", err)
	}
	t.now, t.known = d, err == nil
	t.c = locale.For(t.lang())
	return nil
}

// here is the message, as one to be answered or edited in the chat; 0: it stands
// under an id that the chat has left, where another may have its number.
func (t *turn) here() int64 {
	if t.left {
		return 0
	}
	return t.msg.ID
}

// stands reports whether s tells of the message, which may stand under an id that
// the chat has left.
func (t *turn) stands(s store.Sent) bool { return t.here() != 0 && s.MessageID == t.here() }
