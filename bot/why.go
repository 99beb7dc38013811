package bot

import (
	"cmp"
	"errors"
	"fmt"
	"rasid/alert"
	"rasid/locale"
	"rasid/rules"
	"rasid/store"
	"rasid/store/record"
	"slices"
	"strconv"
	"strings"
)

// why tells which rule brought the alert whose button was pressed, and by
// which words.
func (t *turn) why(number string) error {
	item, ok, err := t.told(number)
	if err != nil || !ok {
		return err
	}
	doc := rules.Read(&item.Article)
	reasons := t.b.o.Index.Reasons(t.now, doc)
	slices.SortStableFunc(reasons, func(a, b alert.Reason) int { return cmp.Compare(min(1, b.Rule), min(1, a.Rule)) }) // the reader's own first
	if len(reasons) == 0 {
		t.toast = t.c.Text("why-changed", nil)
		return nil
	}
	lines := []string{t.c.HTML("why-title", nil)}
	for _, r := range reasons {
		lines = append(lines, t.because(r)...)
	}
	t.post(letter{to: t.dest, group: !t.private(), html: lead(t.c, strings.Join(lines, "\n")), reply: t.here()})
	return nil
}

// open shows the alert of a list whose number was pressed, whole, as a message
// of its own.
func (t *turn) open(number string) error {
	item, ok, err := t.told(number)
	if err != nil || !ok {
		return err
	}
	to := t.now
	to.Dest, to.Kind, to.Lang = t.dest, store.Kind(t.chat.Type), t.c.Lang()
	d := t.b.Alert(alert.Alert{To: to, Item: item, Class: store.Normal, Reasons: t.b.o.Index.Reasons(t.now, rules.Read(&item.Article))})
	t.post(letter{to: t.dest, group: !t.private(), html: d.Text.HTML(), keyboard: d.Keyboard, preview: d.Preview, reply: t.here()})
	return nil
}

// told finds the item that the message whose button was pressed is about, or else
// the one of that number, if it was sent to this chat, waits for it or came too
// late for it. What a button carries may be made up: nobody is to read what was
// not for them, an announcement's draft least of all. Where there is none, the
// press is answered so.
func (t *turn) told(number string) (item store.Item, ok bool, err error) {
	seq, err := t.toldSeq(number)
	switch {
	case err != nil:
		return item, false, err
	case seq == 0:
		t.toast = t.c.Text("stale", nil)
		return item, false, nil
	}
	item, err = t.b.o.Store.Item(t.ctx, seq)
	switch {
	case gone(err), err == nil && (item.Broadcast != nil || item.Quiet):
		t.toast = t.c.Text("why-gone", nil)
		return item, false, nil
	}
	return item, err == nil, err
}

// gone reports that an item is not to be had here: it is kept no more, is damaged,
// or only a newer rasid can read it. To ask for it again would not help.
func gone(err error) bool {
	return errors.Is(err, store.ErrUnknown) || errors.Is(err, record.ErrDamaged) || errors.Is(err, record.ErrNewer)
}

// toldSeq is the number of that item; 0: there is none.
func (t *turn) toldSeq(number string) (uint64, error) {
	sent, err := t.b.o.Store.Sent(t.ctx, t.dest)
	if err != nil && !errors.Is(err, store.ErrUnknown) {
		return 0, fmt.Errorf("look up what was sent: %w", err)
	}
	seq, _ := strconv.ParseUint(number, 10, 64)
	for _, s := range sent {
		if t.stands(s) && len(s.Items) == 1 {
			return s.Items[0], nil
		}
	}
	if t.msg.Keyboard != nil || slices.ContainsFunc(sent, func(s store.Sent) bool { return slices.Contains(s.Items, seq) }) {
		return seq, nil // the first: see offered; the ring is shorter than people look back
	}
	late, err := t.tooLate()
	if err != nil {
		return 0, err
	}
	waiting, err := t.waiting()
	if err != nil || !slices.Contains(append(late, waiting.seqs...), seq) {
		return 0, err
	}
	return seq, nil
}

func (t *turn) because(r alert.Reason) []string {
	var lines []string
	if r.Rule != 0 {
		lines = append(lines, t.c.HTML("why-rule", locale.Args{"number": r.Rule, "rule": r.Name}))
	} else {
		lines = append(lines, t.c.HTML("why-topic", locale.Args{"topic": t.topicName(r.Topic)}))
	}
	var words []string
	for _, s := range r.Spans {
		w := "<b>" + escape(s.Term) + "</b>"
		if !slices.Contains(words, w) && len(words) < 8 {
			words = append(words, w)
		}
	}
	if len(words) > 0 {
		separator := ", "
		if t.c.RTL() {
			separator = "، "
		}
		lines = append(lines, strings.ReplaceAll(t.c.HTML("why-words", nil), "{words}", strings.Join(words, separator)))
	}
	return lines
}
