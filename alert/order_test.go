package alert_test

import (
	"rasid/store"
	"slices"
	"testing"
	"time"
)

func TestOrder(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.file = loudAndQuiet(t)
		for chat := range int64(60) {
			r.subscribe(chat + 1)
		}
		l := r.start(nil)
		items := r.accept(l, "football one", "tax one", "football two", "tax two")
		pass(2 * time.Second)
		fire := r.accept(l, "fire and football")[0]
		pass(2 * time.Minute)
		l.stop()
		byChat := map[int64][]uint64{}
		for _, m := range r.chats.all() {
			byChat[m.Chat] = append(byChat[m.Chat], m.Item)
			if m.Item == fire && m.Class != store.Urgent {
				t.Errorf("%v was told as %v, want its loudest class", m.Item, m.Class)
			}
		}
		for chat, got := range byChat {
			normal := slices.DeleteFunc(slices.Clone(got), func(i uint64) bool { return i != items[1] && i != items[3] })
			low := slices.DeleteFunc(slices.Clone(got), func(i uint64) bool { return i != items[0] && i != items[2] })
			if len(got) != 5 || !slices.IsSorted(normal) || !slices.IsSorted(low) {
				t.Errorf("chat %d was told %v, want each class oldest first", chat, got)
			}
		}
		if len(byChat) != 60 {
			t.Errorf("%d chats were told, want 60", len(byChat))
		}
	})
}

func TestAnArticleForManyDoesNotHoldUpOneForFew(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		for chat := range int64(2000) {
			r.watch(nil, chat+1, "tax")
		}
		r.watch(nil, 5001, "budget")
		l := r.start(nil)
		r.accept(l, "tax")
		pass(5 * time.Second)
		r.accept(l, "budget")
		pass(2 * time.Second)
		if got := r.chats.to(5001); len(got) != 1 {
			t.Errorf("the chat of the small article was told %v after 2 s, want its item", got)
		}
		l.stop()
	})
}
