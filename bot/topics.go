package bot

import (
	"rasid/bot/telegram"
	"rasid/locale"
	"rasid/rules"
	"rasid/store"
	"rasid/text"
	"slices"
	"strconv"
	"strings"
)

// topicsPage is how many topics one panel shows.
const topicsPage = 8

func (t *turn) topicName(id string) string {
	if topic, ok := t.b.o.Rules().Topic(id); ok {
		return topic.Name(t.c.Lang())
	}
	return id
}

// topics shows the operator's topics to switch on and off.
func (t *turn) topics(string) error {
	if len(t.b.o.Rules().Topics) == 0 {
		t.answer("topics-none", nil)
		return nil
	}
	t.answer("topics-title", nil, t.topicRows(0)...)
	return nil
}

func (t *turn) topicRows(page int) [][]telegram.Button {
	all := t.b.o.Rules().Topics
	pages := (len(all) + topicsPage - 1) / topicsPage
	page = max(0, min(page, pages-1))
	var rows [][]telegram.Button
	for _, topic := range all[page*topicsPage : min(len(all), (page+1)*topicsPage)] {
		sign := "▫️ "
		if slices.Contains(t.now.Topics, topic.ID) {
			sign = "✅ "
		}
		b := button(sign+topic.Name(t.c.Lang()), "t", strconv.Itoa(page), topic.ID)
		if len(b.Data) <= maxCallback {
			rows = append(rows, row(b))
		}
	}
	var turns []telegram.Button
	if page > 0 {
		turns = append(turns, button("‹", "tp", strconv.Itoa(page-1)))
	}
	if page < pages-1 {
		turns = append(turns, button("›", "tp", strconv.Itoa(page+1)))
	}
	return append(rows, turns)
}

func (t *turn) subscribe(name string) error   { return t.byName(name, true) }
func (t *turn) unsubscribe(name string) error { return t.byName(name, false) }

// byName finds a topic by id or title, in any language and spelling.
func (t *turn) byName(name string, on bool) error {
	if name == "" || on && len(t.b.o.Rules().Topics) == 0 {
		return t.topics("")
	}
	folded := bare(name)
	for _, topic := range t.b.o.Rules().Topics {
		if matchesName(topic, folded) {
			return t.setTopic(topic.ID, on)
		}
	}
	if !on && slices.Contains(t.now.Topics, name) { // its topic is gone from the file
		return t.setTopic(name, false)
	}
	t.answer("topic-unknown", locale.Args{"topic": name}, t.topicRows(0)...)
	return nil
}

// bare folds a name and drops the articles of its words, so that a topic is
// found whether or not people write them.
func bare(name string) string {
	words := strings.Fields(text.Fold(name))
	for i, w := range words {
		if rest, ok := strings.CutPrefix(w, "ال"); ok && len(rest) > 4 {
			words[i] = rest
		}
	}
	return strings.Join(words, " ")
}

func matchesName(topic rules.Topic, folded string) bool {
	if bare(topic.ID) == folded {
		return true
	}
	for _, title := range topic.Title {
		if bare(title) == folded {
			return true
		}
	}
	return false
}

func (t *turn) setTopic(id string, on bool) error {
	op, was, done := store.Subscribe, "topic-already", "topic-on"
	if !on {
		op, was, done = store.Unsubscribe, "topic-not", "topic-off"
	}
	r, err := t.change(store.Edit{Op: op, Text: id})
	if err != nil {
		return err
	}
	if !r.Did[0].Changed {
		done = was
	}
	t.answer(done, locale.Args{"topic": t.topicName(id)}, row(button(t.c.Text("topics-button", nil), "topics"), button(t.c.Text("list-button", nil), "list")))
	return nil
}

// toggle switches a topic in the panel whose button was pressed.
func (t *turn) toggle(page int, id string) error {
	op := store.Subscribe
	if slices.Contains(t.now.Topics, id) {
		op = store.Unsubscribe
	}
	if _, ok := t.b.o.Rules().Topic(id); !ok && op == store.Subscribe {
		t.toast = t.c.Text("stale", nil)
		return nil
	}
	r, err := t.change(store.Edit{Op: op, Text: id})
	if err != nil {
		return err
	}
	done := "topic-off"
	if slices.Contains(r.After.Topics, id) { // a press that comes again is not another one
		done = "topic-on"
	}
	t.toast = t.c.Text(done, locale.Args{"topic": t.topicName(id)})
	t.replace(t.c.HTML("topics-title", nil), t.topicRows(page)...)
	return nil
}
