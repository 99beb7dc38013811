package bot

import (
	"cmp"
	"rasid/alert"
	"rasid/bot/telegram"
	"rasid/locale"
	"rasid/store"
	"slices"
	"strconv"
)

// ActionKept turns the pages of a message that tells what was kept in an inbox;
// its number is the page, from 0.
const ActionKept = "kept"

// inbox words what was kept for a chat, the newest first, as one message.
// Whoever presses its button sees the rest.
func (r *Renderer) inbox(a alert.Alert) Draft {
	p := newPage(cmp.Or(a.To.Lang, r.o.Lang), r.o)
	if len(a.Kept) > 0 {
		p.out.Text(p.sayN("alert-kept", len(a.Kept)))
	}
	for i := len(a.Kept) - 1; i >= max(0, len(a.Kept)-missedPage); i-- {
		p.entry(&a.Kept[i].Item)
	}
	switch {
	case a.Dropped > 0 && len(a.Kept) == 0:
		p.out.Text(p.sayN("alert-kept-gone", a.Dropped))
	case a.Dropped > 0:
		p.line()
		p.out.Text(p.sayN("alert-kept-dropped", a.Dropped))
	}
	p.missed(a.Missed)
	d := Draft{To: a.To.Dest, Text: p.out, Preview: &telegram.LinkPreview{Disabled: true}, Silent: silent(a.Class, a.To.Kind)}
	if a.To.Kind == store.Channel {
		return d
	}
	var rows [][]telegram.Button
	if len(a.Kept) > missedPage {
		rows = append(rows, turns(ActionKept, 0, pagesOf(len(a.Kept))))
	}
	if a.Missed > 0 {
		rows = append(rows, []telegram.Button{{Text: p.say("alert-missed-button"), Data: ActionMissed}})
	}
	d.Keyboard = keyboard(rows)
	return d
}

// turnKept shows another page of what was kept in an inbox.
func (t *turn) turnKept(page int) error {
	sent, err := t.b.o.Store.Sent(t.ctx, t.dest)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(sent, t.stands)
	if i < 0 {
		t.toast = t.c.Text("stale", nil)
		return nil
	}
	seqs := slices.Clone(sent[i].Items)
	slices.Reverse(seqs)
	text, rows, err := t.pageOf(ActionKept, page, section{head: t.c.HTML("alert-kept", locale.Args{"n": len(seqs)}), seqs: seqs})
	if err != nil {
		return err
	}
	t.replace(text, rows...)
	return nil
}

func pagesOf(n int) int { return (n + missedPage - 1) / missedPage }

// turns are the buttons that lead from a page to those beside it.
func turns(action string, page, pages int) []telegram.Button {
	var row []telegram.Button
	if page > 0 {
		row = append(row, button("‹", action, strconv.Itoa(page-1)))
	}
	if page < pages-1 {
		row = append(row, button("›", action, strconv.Itoa(page+1)))
	}
	return row
}
