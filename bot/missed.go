package bot

import (
	"cmp"
	"fmt"
	"rasid/bot/telegram"
	"rasid/locale"
	"rasid/store"
	"slices"
	"strings"
)

// missedPage is how many alerts one page of a list shows.
const missedPage = 6

// missed lists what came too late for the chat and what waits in its inbox, the
// newest first.
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
	var late, waiting section
	if late.seqs, err = t.tooLate(); err == nil {
		waiting, err = t.waiting()
	}
	if err != nil {
		return "", nil, err
	}
	var all []section
	if n := len(late.seqs); n > 0 {
		late.head = t.c.HTML("missed-title", locale.Args{"n": n})
		all = append(all, late)
	}
	if waiting.head != "" {
		all = append(all, waiting)
	}
	if len(all) == 0 {
		return t.c.HTML("missed-none", nil), nil, nil
	}
	if text, rows, err = t.pageOf(ActionMissed, page, all...); waiting.head != "" && t.now.Paused {
		rows = append(rows, row(button(t.c.Text("resume-button", nil), "resume")))
	}
	return text, rows, err
}

// waiting is what waits in the chat's inbox; without a head: nothing does.
func (t *turn) waiting() (s section, err error) {
	if !t.known {
		return s, nil
	}
	box, err := t.b.o.Store.Inbox(t.ctx, t.now.Place)
	if err != nil {
		return s, fmt.Errorf("look up what waits: %w", err)
	}
	for _, x := range slices.Backward(box.Items) {
		s.seqs = append(s.seqs, x.Item)
	}
	gone := locale.Args{"n": box.Dropped}
	switch {
	case box.Empty():
	case len(s.seqs) == 0:
		s.head = t.c.HTML("alert-kept-gone", gone)
	case box.Dropped > 0:
		s.tail = t.c.HTML("alert-kept-dropped", gone)
		fallthrough
	default:
		s.head = t.c.HTML("missed-waiting", locale.Args{"n": len(s.seqs)})
	}
	return s, nil
}

// A section is a part of a list of items.
type section struct {
	head string
	seqs []uint64
	tail string // below the last of them
}

// part is what falls on a page of entries from one on, and whether it ends there.
func (s *section) part(from int) (seqs []uint64, last bool) {
	lo, hi := max(0, min(from, len(s.seqs))), max(0, min(from+missedPage, len(s.seqs)))
	return s.seqs[lo:hi], lo < hi && hi == len(s.seqs)
}

// pageOf words one page of a list of items, and the buttons that turn it. The
// first page tells the head of every section.
func (t *turn) pageOf(action string, page int, all ...section) (text string, rows [][]telegram.Button, err error) {
	total := 0
	for _, s := range all {
		total += len(s.seqs)
	}
	page = max(0, min(page, pagesOf(total)-1))
	from := page * missedPage
	var lines []string
	for _, s := range all {
		seqs, last := s.part(from)
		from -= len(s.seqs)
		if page > 0 && len(seqs) == 0 {
			continue
		}
		entries, err := t.entries(seqs)
		if err != nil {
			return "", nil, err
		}
		if lines = append(lines, s.head, entries); last {
			lines = append(lines, s.tail)
		}
	}
	lines = slices.DeleteFunc(lines, func(s string) bool { return s == "" })
	return strings.Join(lines, "\n"), [][]telegram.Button{turns(action, page, pagesOf(total))}, nil
}

// entries words items of a list, those that are still kept.
func (t *turn) entries(seqs []uint64) (string, error) {
	out := newPage(t.c.Lang(), t.b.Renderer.o)
	for _, seq := range seqs {
		it, err := t.b.o.Store.Item(t.ctx, seq)
		if gone(err) {
			continue
		}
		if err != nil {
			return "", err
		}
		out.entry(&it)
	}
	return strings.TrimSpace(out.out.HTML()), nil
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
		a.Title = strings.Join(strings.Fields(cmp.Or(byLang(it.Broadcast.Texts, p.lang), it.Broadcast.Text)), " ")
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
