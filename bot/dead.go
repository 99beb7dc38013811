package bot

import (
	"fmt"
	"rasid/locale"
	"rasid/store"
	"slices"
	"strconv"
	"strings"
)

// deadShown is how many of the messages that were given up are shown; of a list its
// first article is.
const deadShown = 6

// dead tells an admin which messages were given up, and why, the newest first: in
// private, for it names chats.
func (t *turn) dead(string) error {
	if !t.private() {
		t.answer("dead-private", nil)
		return nil
	}
	all, err := t.letters()
	if err != nil {
		return err
	}
	if len(all) == 0 {
		t.answer("dead-none", nil)
		return nil
	}
	lines := []string{t.c.HTML("dead-title", locale.Args{"n": len(all)})}
	for _, l := range all[:min(len(all), deadShown)] {
		entries, err := t.entries(l.Items[:min(len(l.Items), 1)])
		if err != nil {
			return err
		}
		if entries == "" {
			entries = t.c.HTML("dead-gone", nil)
		}
		lines = append(lines, entries)
		if more := len(l.Items) - 1; more > 0 {
			lines = append(lines, t.c.HTML("dead-more", locale.Args{"n": more}))
		}
		lines = append(lines, t.c.HTML("dead-why", locale.Args{"when": t.since(l.At), "chat": t.chatAt(l.Place), "reason": short(l.Reason).Plain()}))
	}
	t.send(strings.Join(lines, "\n"))
	return nil
}

// letters returns the dead letters of all shards, newest first.
func (t *turn) letters() (all []store.DeadLetter, err error) {
	for shard := range store.Shard(store.Shards) {
		some, err := t.b.o.Store.Dead(t.ctx, shard, store.DeadKeep)
		if err != nil {
			return nil, fmt.Errorf("look up what was given up: %w", err)
		}
		all = append(all, some...)
	}
	slices.SortStableFunc(all, func(a, b store.DeadLetter) int { return b.At.Compare(a.At) })
	return all, nil
}

// chatAt names the chat that lives at a place by its number.
func (t *turn) chatAt(p store.Place) string {
	d, known := t.b.o.Index.Destination(p)
	if !known {
		return "?"
	}
	return strconv.FormatInt(d.Chat, 10)
}
