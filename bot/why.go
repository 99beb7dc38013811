package bot

import (
	"cmp"
	"errors"
	"rasid/alert"
	"rasid/locale"
	"rasid/rules"
	"rasid/store"
	"slices"
	"strconv"
	"strings"
)

// why tells which rule brought the alert whose button was pressed, and by
// which words.
func (t *turn) why() error {
	sent, err := t.b.o.Store.Sent(t.ctx, t.dest)
	if err != nil && !errors.Is(err, store.ErrUnknown) {
		return err
	}
	var seq uint64
	if i := slices.IndexFunc(sent, func(s store.Sent) bool { return s.MessageID == t.msg.ID }); i >= 0 && len(sent[i].Items) > 0 {
		seq = sent[i].Items[0]
	} else if _, number, ok := strings.Cut(t.press.Data, ":"); ok {
		seq, _ = strconv.ParseUint(number, 10, 64)
	}
	item, err := t.b.o.Store.Item(t.ctx, seq)
	switch {
	case errors.Is(err, store.ErrUnknown):
		t.toast = t.c.Text("why-gone", nil)
		return nil
	case err != nil:
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
	t.post(letter{to: t.dest, group: !t.private(), html: lead(t.c, strings.Join(lines, "\n")), reply: t.msg.ID})
	return nil
}

// open shows the alert of a list whose number was pressed, whole, as a message
// of its own.
func (t *turn) open(number string) error {
	seq, _ := strconv.ParseUint(number, 10, 64)
	item, err := t.b.o.Store.Item(t.ctx, seq)
	switch {
	case errors.Is(err, store.ErrUnknown), err == nil && item.Broadcast != nil:
		t.toast = t.c.Text("why-gone", nil)
		return nil
	case err != nil:
		return err
	}
	to := t.now
	to.Dest, to.Kind, to.Lang = t.dest, store.Kind(t.chat.Type), t.c.Lang()
	d := t.b.Alert(alert.Alert{To: to, Item: item, Class: store.Normal, Reasons: t.b.o.Index.Reasons(t.now, rules.Read(&item.Article))})
	t.post(letter{to: t.dest, group: !t.private(), html: d.Text.HTML(), keyboard: d.Keyboard, preview: d.Preview, reply: t.msg.ID})
	return nil
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
