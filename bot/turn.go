package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"rasid/bot/telegram"
	"rasid/locale"
	"rasid/store"
	"strings"
	"time"
)

// A turn is one update being answered: who said what where, and in which
// language the answer goes.
type turn struct {
	b      *Bot
	ctx    context.Context
	update int64
	chat   telegram.Chat
	dest   store.Dest
	person telegram.User
	msg    *telegram.Message       // the message, or the one whose button was pressed
	press  *telegram.CallbackQuery // nil: a message
	now    store.Destination       // as it was before; its Lang may be empty
	known  bool
	left   bool // the chat has another id by now than the one that msg stands under
	c      *locale.Catalog
	toast  string // what a press is answered with
}

// handle does what u asks for. An error means that it is not stored. What the
// change sets free is told of last, so that the answer comes before alerts.
func (b *Bot) handle(ctx context.Context, u telegram.Update) error {
	defer b.o.Wake()
	switch {
	case !store.Kind(u.ChatType()).Known():
		b.o.Logger.Warn("an update of an unknown kind of chat is left out", "update", u.ID, "kind", u.ChatType())
	case u.MyChatMember != nil:
		return b.memberChanged(ctx, u)
	case u.CallbackQuery != nil && u.CallbackQuery.Message != nil:
		q := u.CallbackQuery
		t, err := b.turn(ctx, u, q.Message, q.From)
		if err != nil {
			return err
		}
		t.press = q
		return t.pressed()
	case u.Message != nil:
		return b.message(ctx, u)
	}
	return nil
}

func (b *Bot) message(ctx context.Context, u telegram.Update) error {
	m := u.Message
	switch {
	case m.MigrateTo != 0:
		return b.migrate(ctx, m.Chat.ID, m.MigrateTo)
	case m.MigrateFrom != 0:
		return b.migrate(ctx, m.MigrateFrom, m.Chat.ID)
	case m.From == nil || m.From.IsBot && !m.AnonymousAdmin() || m.Chat.Type == string(store.Channel):
		return nil
	}
	t, err := b.turn(ctx, u, m, *m.From)
	if err != nil {
		return err
	}
	return t.said(m.Text)
}

func (b *Bot) turn(ctx context.Context, u telegram.Update, m *telegram.Message, person telegram.User) (*turn, error) {
	t := &turn{b: b, ctx: ctx, update: u.ID, chat: m.Chat, person: person, msg: m}
	return t, t.look()
}

// lang is the chosen language, else the person's when we speak it, else the
// operator's.
func (t *turn) lang() string {
	if t.now.Lang != "" {
		return t.now.Lang
	}
	if t.private() && locale.Has(t.person.LanguageCode) {
		return locale.For(t.person.LanguageCode).Lang()
	}
	return t.b.o.Lang
}

func (t *turn) private() bool { return t.chat.Type == string(store.Private) }

// errLeft reports that a group is no longer known under the id it had when its
// turn began.
var errLeft = errors.New("the group is no longer known")

// change stores edits as this update's effect. The language is settled along
// with the first of them. A group that is forgotten or moved meanwhile is not made
// anew under its old id: errLeft.
func (t *turn) change(edits ...store.Edit) (store.Result, error) {
	edits = append(edits, store.Edit{Op: store.Touch}, store.Edit{Op: store.Revive})
	if t.now.Lang == "" && !hasOp(edits, store.SetLang) {
		edits = append(edits, store.Edit{Op: store.SetLang, Lang: t.lang()})
	}
	r, err := t.b.o.Store.Change(t.ctx, store.Change{
		Dest: t.dest, Kind: store.Kind(t.chat.Type), UpdateID: t.update, Edits: edits, Now: time.Now(),
		Existing: t.known && t.chat.Type == string(store.Group),
	})
	switch {
	case errors.Is(err, store.ErrUnknown):
		return r, fmt.Errorf("store what was asked for: %w", errLeft)
	case err != nil:
		return r, fmt.Errorf("store what was asked for: %w", err)
	}
	t.now, t.known = r.After, true
	t.b.moves.knows(t.chat.ID)
	return r, nil
}

func hasOp(edits []store.Edit, op store.Op) bool {
	for _, e := range edits {
		if e.Op == op {
			return true
		}
	}
	return false
}

// answer sends a message worded from locale; rows are its buttons.
func (t *turn) answer(id string, args locale.Args, rows ...[]telegram.Button) {
	t.send(t.c.HTML(id, args), rows...)
}

func (t *turn) send(text string, rows ...[]telegram.Button) {
	l := letter{to: t.dest, group: !t.private(), html: lead(t.c, text), keyboard: keyboard(rows)}
	if !t.private() && t.press == nil {
		l.reply = t.here()
	}
	t.post(l)
}

// replace puts a text in place of the message whose button was pressed.
func (t *turn) replace(text string, rows ...[]telegram.Button) {
	t.post(letter{to: t.dest, group: !t.private(), html: lead(t.c, text), keyboard: keyboard(rows), edit: t.here()})
}

// ask sends a question that the person's app answers as a reply.
func (t *turn) ask(id, placeholder string) {
	l := letter{to: t.dest, group: !t.private(), html: lead(t.c, t.c.HTML(id, nil))}
	l.ask = &telegram.ForceReply{Force: true, Placeholder: t.c.Text(placeholder, nil), Selective: !t.private()}
	if !t.private() {
		l.reply = t.here()
	}
	t.post(l)
}

func (t *turn) post(l letter) { t.b.mail(l) }

func keyboard(rows [][]telegram.Button) *telegram.InlineKeyboard {
	var full [][]telegram.Button
	for _, r := range rows {
		if len(r) > 0 {
			full = append(full, r)
		}
	}
	if len(full) == 0 {
		return nil
	}
	return &telegram.InlineKeyboard{Rows: full}
}

// lead makes every line of a right-to-left text begin as one, and keeps the
// whole within a message's limits.
func lead(c *locale.Catalog, text string) string {
	dir := DirOf(c.Lang())
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		if rich, err := ParseHTML(line); err == nil && !strings.HasPrefix(line, "<code>") {
			lines[i] = leadMark(dir, rich.Plain()) + line
		}
	}
	joined := strings.Join(lines, "\n")
	if rich, err := ParseHTML(joined); err == nil {
		return rich.HTML()
	}
	return cmp.Or(escape(joined), "…")
}

func button(text, action string, parts ...string) telegram.Button {
	return telegram.Button{Text: text, Data: strings.Join(append([]string{action}, parts...), ":")}
}

func row(buttons ...telegram.Button) []telegram.Button { return buttons }
