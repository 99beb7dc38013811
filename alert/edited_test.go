package alert_test

import (
	"fmt"
	"rasid/news"
	"rasid/store"
	"testing"
	"time"
)

// edit gives an article that r.accept made last another title, or what another
// feed has under the same link.
func (r *rig) edit(l *life, a news.Article) {
	r.t.Helper()
	a.ID, a.Lang = fmt.Sprint("article ", r.articles), "en"
	got, err := r.store.Accept(r.t.Context(), []store.Item{{Article: a}}, time.Now())
	if err != nil || got[0].Verdict != store.Changed {
		r.t.Fatalf("Accept = %v, %v, want it changed", got, err)
	}
	l.intake.Wake()
}

// TestAnEditTakesBackNothing: what is owed of an article is told also where its
// newer words would not have been found, and is withdrawn only where who it is for
// does not want it.
func TestAnEditTakesBackNothing(t *testing.T) {
	remove := []store.Edit{{Op: store.RemoveRule, N: 1}}
	tests := []struct {
		name      string
		before    []news.Article // it is edited to before it is matched
		after     []news.Article // and before it is told
		meanwhile []store.Edit
		want      store.Tally
	}{
		{"other words", nil, []news.Article{{Title: "levy"}}, nil, store.Tally{Delivered: 1}},
		{"twice", nil, []news.Article{{Title: "levy"}, {Title: "duty"}}, nil, store.Tally{Delivered: 1}},
		{"another feed's copy", nil, []news.Article{{Title: "levy", Source: "Wire", Body: "more"}}, nil, store.Tally{Delivered: 1}},
		{"words that are found, too", nil, []news.Article{{Title: "tax again"}}, nil, store.Tally{Delivered: 1}},
		{"the rule is gone, and another stays", nil, []news.Article{{Title: "tax again"}}, []store.Edit{{Op: store.AddRule, Text: "sport", Lang: "en"}, remove[0]}, store.Tally{Dropped: 1}},
		{"another rule is added", nil, []news.Article{{Title: "levy"}}, []store.Edit{{Op: store.AddRule, Text: "sport", Lang: "en"}}, store.Tally{Delivered: 1}},
		{"nothing is watched any more", nil, []news.Article{{Title: "levy"}}, remove, store.Tally{Dropped: 1}},
		{"edited before it was matched, and the rule is gone", []news.Article{{Title: "tax again"}}, nil, remove, store.Tally{Dropped: 1}},
		{"what no rule reads, and the rule is another", nil, []news.Article{{Title: "tax", Image: "https://x/y.png"}}, []store.Edit{remove[0], {Op: store.AddRule, Text: "sport", Lang: "en"}}, store.Tally{Dropped: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				d := r.watch(nil, 1, "tax")
				r.change(nil, d.Dest, "", store.Edit{Op: store.Pause})
				l := r.start(nil)
				pass(time.Second)
				item := r.accept(nil, "tax")[0]
				for _, a := range tt.before {
					r.edit(l, a)
				}
				l.intake.Wake()
				pass(time.Minute)
				for _, a := range tt.after {
					r.edit(l, a)
				}
				r.change(l, d.Dest, "", append(tt.meanwhile, store.Edit{Op: store.Resume})...)
				pass(time.Minute)
				if got := r.tally(item); got != tt.want || len(r.chats.to(1)) != tt.want.Delivered {
					t.Errorf("Tally = %+v, told %v, want %+v", got, r.chats.to(1), tt.want)
				}
				l.stop()
			})
		})
	}
}

// TestAnEditWhileAnArticleIsBeingToldTakesBackNothing: of those to whom it is still
// owed after a restart nobody goes without it.
func TestAnEditWhileAnArticleIsBeingToldTakesBackNothing(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		const chats = 200
		for c := range int64(chats) {
			r.watch(nil, c+1, "quake")
		}
		l := r.start(nil)
		item := r.accept(l, "quake")[0]
		pass(2 * time.Second)
		r.edit(l, news.Article{Title: "tremor", Source: "another feed"})
		l.stop()
		l = r.start(nil)
		pass(time.Minute)
		l.stop()
		if got := r.tally(item); got != (store.Tally{Delivered: chats}) {
			t.Errorf("Tally = %+v, want it told to all %d", got, chats)
		}
		if got := len(r.chats.all()); got != chats {
			t.Errorf("%d messages, want %d", got, chats)
		}
	})
}
