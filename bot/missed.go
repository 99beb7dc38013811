package bot

import (
	"cmp"
	"errors"
	"fmt"
	"rasid/bot/telegram"
	"rasid/locale"
	"rasid/store"
	"slices"
	"strings"
)

// missedPage is how many alerts one page of a list shows.
const missedPage = 6

// missed lists what came too late for the chat, newest first.
func (t *turn) missed(string) error {
	text, rows, err := t.missedList(0)
	if err != nil {
		return err
	}
	t.send(text, rows...)
	return nil
}

// turnMissed shows another page of the list whose button was pressed.
func (t *turn) turnMissed(page int) error {
	text, rows, err := t.missedList(page)
	if err != nil {
		return err
	}
	t.replace(text, rows...)
	return nil
}

// missedList is one page of the list, and its buttons.
func (t *turn) missedList(page int) (text string, rows [][]telegram.Button, err error) {
	seqs, err := t.tooLate()
	if err != nil {
		return "", nil, err
	}
	if len(seqs) == 0 {
		return t.c.HTML("missed-none", nil), nil, nil
	}
	return t.pageOf(t.c.HTML("missed-title", locale.Args{"n": len(seqs)}), ActionMissed, seqs, page)
}

// pageOf words one page of a list of items, and the buttons that turn it.
func (t *turn) pageOf(head, action string, seqs []uint64, page int) (text string, rows [][]telegram.Button, err error) {
	page = max(0, min(page, pagesOf(len(seqs))-1))
	out := newPage(t.c.Lang(), t.b.Renderer.o)
	for _, seq := range seqs[page*missedPage : min(len(seqs), (page+1)*missedPage)] {
		it, err := t.b.o.Store.Item(t.ctx, seq)
		if errors.Is(err, store.ErrUnknown) { // no longer kept
			continue
		}
		if err != nil {
			return "", nil, err
		}
		out.entry(&it)
	}
	return strings.TrimSpace(head + "\n" + out.out.HTML()), [][]telegram.Button{turns(action, page, pagesOf(len(seqs)))}, nil
}

// tooLate returns the numbers of the items that came too late for the chat,
// newest first.
func (t *turn) tooLate() ([]uint64, error) {
	if !t.known {
		return nil, nil
	}
	all, err := t.b.o.Store.Expired(t.ctx, t.now.Shard)
	if err != nil {
		return nil, fmt.Errorf("look up what came too late: %w", err)
	}
	var seqs []uint64
	for _, e := range all {
		if _, is := slices.BinarySearch(e.Owed, t.now.Ordinal); is {
			seqs = append(seqs, e.Item)
		}
	}
	slices.SortFunc(seqs, func(a, b uint64) int { return cmp.Compare(b, a) })
	return seqs, nil
}

// entry writes an item of a list: its title, and where and when it is from.
func (p *page) entry(it *store.Item) {
	a := it.Article
	if it.Broadcast != nil {
		a.Title, _, _ = strings.Cut(strings.TrimSpace(cmp.Or(byLang(it.Broadcast.Texts, p.lang), it.Broadcast.Text)), "\n")
	}
	if a.Published.IsZero() {
		a.Published = it.At
	}
	p.line()
	title := marked(cmp.Or(strings.TrimSpace(a.Title), a.Summary, a.Body), nil).Cut(maxTitle)
	p.titled("• ", title.linked(a.URL))
	p.origin(&a)
}

// titled writes the first line of what a list tells: a mark and a title.
func (p *page) titled(mark string, title *Rich) {
	line := (&Rich{}).Text(mark).Piece(p.dir, title)
	p.out.Text(leadMark(p.dir, line.Plain())).Append(line)
}

// missed writes under an alert how many came too late before it.
func (p *page) missed(n int) {
	if n > 0 {
		p.line()
		p.out.Text(p.sayN("alert-missed", n))
	}
}
