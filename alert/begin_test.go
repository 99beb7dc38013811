package alert_test

import (
	"rasid/alert"
	"rasid/store"
	"slices"
	"testing"
	"time"
)

// TestWhoeverChangesWhileASlotIsWaitedFor: a slot comes every 25 s, and an alert is
// worded before it waits for one. Slots that are not used are others'.
func TestWhoeverChangesWhileASlotIsWaitedFor(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(r *rig, l *life, chat int64)
		told bool
	}{
		"one who pauses is told nothing": {func(r *rig, l *life, chat int64) {
			r.change(l, store.Dest{Chat: chat}, "", store.Edit{Op: store.Pause})
		}, false},
		"one who unwatches is told nothing": {func(r *rig, l *life, chat int64) {
			r.change(l, store.Dest{Chat: chat}, "", store.Edit{Op: store.RemoveRule, N: 1})
		}, false},
		"one who blocks the bot is told nothing": {func(r *rig, l *life, chat int64) {
			r.change(l, store.Dest{Chat: chat}, "", store.Edit{Op: store.Suspend, Text: string(store.Blocked)})
		}, false},
		"one who is forgotten is told nothing": {func(r *rig, l *life, chat int64) {
			if err := r.store.Forget(r.t.Context(), chat, time.Now()); err != nil {
				r.t.Error(err)
			}
			l.delivery.Wake()
		}, false},
		"one who changes the language is told in the new one": {func(r *rig, l *life, chat int64) {
			r.change(l, store.Dest{Chat: chat}, "", store.Edit{Op: store.SetLang, Lang: "fr"})
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.rate = 0.04
				langs := map[int64]string{}
				r.chats.answer = func(a alert.Alert, _ int) alert.Outcome {
					langs[a.To.Chat] = a.To.Lang
					return alert.Outcome{Fate: alert.Delivered}
				}
				for c := range int64(4) {
					r.watch(nil, c+1, "tax")
				}
				l := r.start(nil)
				item := r.accept(l, "tax one")
				pass(5 * time.Second)
				var first, stays int64
				if told := r.chats.all(); len(told) == 1 {
					first = told[0].Chat
				} else {
					t.Fatalf("told %v after 5 s, want one chat", told)
				}
				for c := range int64(4) {
					switch chat := c + 1; {
					case chat == first:
					case stays == 0:
						stays = chat
					default:
						tt.do(r, l, chat)
					}
				}
				pass(25 * time.Second)
				if got := r.chats.to(stays); !tt.told && !slices.Equal(got, item) {
					t.Errorf("the chat that changed nothing was told %v with the next slot, want the article", got)
				}
				pass(2 * time.Minute)
				for c := range int64(4) {
					chat := c + 1
					got, changed := r.chats.to(chat), chat != first && chat != stays
					if want := !changed || tt.told; want != slices.Equal(got, item) || !want && len(got) > 0 {
						t.Errorf("chat %d, which changed: %v, was told %v", chat, changed, got)
					}
					if changed && tt.told && langs[chat] != "fr" {
						t.Errorf("chat %d was told in %q, want the language it chose", chat, langs[chat])
					}
				}
				l.stop()
			})
		})
	}
}
