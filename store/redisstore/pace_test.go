package redisstore_test

import (
	"fmt"
	"rasid/store"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"testing"
	"time"
)

// ask is a question for a moment, with limits that a test need not wait for.
func ask(token string, chat int64) store.PaceAsk {
	return store.PaceAsk{
		Token: token, Chat: chat, Rate: 1000, Most: 30, Lost: 10 * time.Second,
		ChatBurst: 3, ChatEvery: time.Minute, ChatBusy: time.Minute, GroupMost: 2, GroupWindow: time.Minute,
	}
}

// TestMoments asks one server for moments to send and sees what it says, at
// times that the test sets.
func TestMoments(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	tests := []struct {
		name string
		play func(p pacing)
	}{
		{"moments come one after the other", func(p pacing) {
			for n := range 5 {
				a := ask(fmt.Sprint(n), int64(n))
				a.Rate = 10
				p.want(p.slot(a), "yes", time.Duration(n)*100*time.Millisecond)
			}
		}},
		{"what is too far away is not reserved", func(p pacing) {
			for n := range 2 {
				a := ask(fmt.Sprint(n), int64(n))
				a.Rate = .5
				p.want(p.slot(a), []string{"yes", "bot"}[n], time.Duration(n)*2*time.Second)
			}
		}},
		{"a delay is made up for as far as is allowed", func(p pacing) {
			a := ask("1", 1)
			a.Rate = 20
			p.slot(a)
			p.pass(150 * time.Millisecond)
			for n, wait := range []time.Duration{0, 0, 50 * time.Millisecond} {
				a.Token, a.Chat, a.MakeUp = fmt.Sprint("later ", n), int64(2+n), 50*time.Millisecond
				p.want(p.slot(a), "yes", wait)
			}
		}},
		{"no more than the most count at a time", func(p pacing) {
			a := ask("1", 1)
			a.Most = 1
			p.want(p.slot(a), "yes", 0)
			b := a
			b.Token, b.Chat = "2", 2
			p.want(p.slot(b), "bot", 20*time.Millisecond) // it depends on an answer, so one asks again soon
			p.end(store.PaceEnd{Rate: 1000, Token: "1", Chat: 1, Sent: true, Counts: 300 * time.Millisecond, ChatEvery: time.Minute, Kept: time.Minute})
			p.want(p.slot(b), "yes", 300*time.Millisecond)
		}},
		{"a message whose process is gone counts only so long", func(p pacing) {
			a := ask("1", 1)
			a.Most, a.Lost = 1, 200*time.Millisecond
			p.want(p.slot(a), "yes", 0)
			a.Token, a.Chat = "2", 2
			p.want(p.slot(a), "yes", 200*time.Millisecond)
		}},
		{"what was not sent does not count", func(p pacing) {
			a := ask("1", -1)
			a.Most, a.Group, a.GroupMost = 1, true, 1
			p.want(p.slot(a), "yes", 0)
			p.end(store.PaceEnd{Rate: 1000, Token: "1", Chat: -1, Counts: time.Minute, ChatEvery: time.Minute, Kept: time.Minute})
			a.Token = "2"
			p.want(p.slot(a), "yes", 0)
		}},
		{"a moment that was not used is given back", func(p pacing) {
			a, b := ask("1", 1), ask("2", 2)
			a.Rate, b.Rate = 1, 1
			p.want(p.slot(a), "yes", 0)
			p.end(store.PaceEnd{Rate: 1, Token: "1", Chat: 1, ChatEvery: time.Minute, Kept: time.Minute})
			p.want(p.slot(b), "yes", 0)
		}},
		{"a chat has one message on its way at a time", func(p pacing) {
			p.want(p.slot(ask("1", 1)), "yes", 0)
			p.want(p.slot(ask("2", 1)), "chat", 20*time.Millisecond)
			p.want(p.slot(ask("3", 2)), "yes", 0)
			p.end(store.PaceEnd{Rate: 1000, Token: "1", Chat: 1, Sent: true, Counts: time.Second, ChatEvery: time.Minute, Kept: time.Minute})
			p.want(p.slot(ask("2", 1)), "yes", 0)
		}},
		{"a chat takes a burst", func(p pacing) {
			for n := range 4 {
				token := fmt.Sprint(n)
				p.want(p.slot(ask(token, 1)), []string{"yes", "yes", "yes", "chat"}[n], []time.Duration{0, 0, 0, time.Minute}[n])
				p.end(store.PaceEnd{Rate: 1000, Token: token, Chat: 1, Sent: true, Counts: time.Second, ChatEvery: time.Minute, Kept: time.Minute})
			}
		}},
		{"a group takes so many in its window", func(p pacing) {
			for n := range 3 {
				a := ask(fmt.Sprint(n), -1)
				a.Group, a.ChatEvery = true, time.Millisecond
				p.want(p.slot(a), []string{"yes", "yes", "chat"}[n], []time.Duration{0, 0, time.Minute}[n])
				p.end(store.PaceEnd{Rate: 1000, Token: a.Token, Chat: -1, Sent: true, Counts: time.Second, ChatEvery: time.Millisecond, Kept: time.Minute})
			}
		}},
		{"a message without an answer keeps its chat only so long", func(p pacing) {
			a := ask("1", 1)
			a.ChatBusy = 50 * time.Millisecond
			p.want(p.slot(a), "yes", 0)
			p.pass(49 * time.Millisecond)
			a.Token = "2"
			p.want(p.slot(a), "chat", time.Millisecond)
			p.pass(time.Millisecond)
			p.want(p.slot(a), "yes", 0)
		}},
		{"a held chat waits and no other", func(p pacing) {
			if err := p.s.HoldChat(p.t.Context(), 1, 40*time.Second); err != nil {
				p.t.Fatal(err)
			}
			p.want(p.slot(ask("1", 1)), "chat", 40*time.Second)
			p.want(p.slot(ask("2", 2)), "yes", 0)
		}},
		{"a halt stops all, paid ones too, and slows them once", func(p pacing) {
			for range 2 {
				if err := p.s.Halt(p.t.Context(), 500*time.Millisecond, 1000, 1); err != nil {
					p.t.Fatal(err)
				}
			}
			a, b := ask("1", 1), ask("2", 2)
			a.Climb, b.Paid = 1, true
			got := p.slot(a)
			p.want(got, "yes", 500*time.Millisecond)
			if got.Rate != 500 {
				p.t.Errorf("rate %v in force, want 500", got.Rate)
			}
			p.want(p.slot(b), "yes", 500*time.Millisecond)
		}},
		{"who reserved a moment can look whether it is still good", func(p pacing) {
			p.paused(1, 0)
			if err := p.s.HoldChat(p.t.Context(), 1, 2*time.Second); err != nil {
				p.t.Fatal(err)
			}
			p.paused(1, 2*time.Second)
			p.paused(2, 0)
			if err := p.s.Halt(p.t.Context(), time.Second, 0, 1); err != nil {
				p.t.Fatal(err)
			}
			p.paused(1, 2*time.Second)
			p.paused(2, time.Second)
		}},
		{"paid ones have moments of their own", func(p pacing) {
			a, b := ask("1", 1), ask("2", 2)
			a.Rate, a.Most, b.Rate, b.Most, b.Paid = 2, 1, 2, 1, true
			p.want(p.slot(a), "yes", 0)
			p.want(p.slot(b), "yes", 0)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := server.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			now := time.Unix(1_700_000_000, 0)
			s := openAt(t, server.URL, redisstore.Options{PaceClock: func() time.Time { return now }})
			tt.play(pacing{t: t, s: s, now: &now})
		})
	}
}

type pacing struct {
	t     *testing.T
	s     *redisstore.Store
	now   *time.Time // what the clock says; nil: it is the server's, and goes on
	begun time.Time  // when that is so
}

// pass lets d go by.
func (p pacing) pass(d time.Duration) { *p.now = p.now.Add(d) }

// about reports whether got is what is left of want. Moments are a millisecond
// apart; and on the server's clock time goes by between a question and the next.
func (p pacing) about(got, want time.Duration) bool {
	least := want
	if p.now == nil {
		least = max(0, want-time.Since(p.begun))
	}
	return least <= got && got <= want+5*time.Millisecond
}

func (p pacing) slot(a store.PaceAsk) store.PaceAnswer {
	p.t.Helper()
	got, err := p.s.Slot(p.t.Context(), a)
	if err != nil {
		p.t.Fatal(err)
	}
	return got
}

func (p pacing) paused(chat int64, want time.Duration) {
	p.t.Helper()
	got, err := p.s.Paused(p.t.Context(), chat)
	if err != nil || got > want || !p.about(got, want) {
		p.t.Errorf("Paused(%d) = %v, %v, want %v", chat, got, err, want)
	}
}

func (p pacing) end(e store.PaceEnd) {
	p.t.Helper()
	if err := p.s.SlotEnd(p.t.Context(), e); err != nil {
		p.t.Fatal(err)
	}
}

// want sees who has to wait, and about how long.
func (p pacing) want(got store.PaceAnswer, who string, wait time.Duration) {
	p.t.Helper()
	is := "bot"
	switch {
	case got.OK:
		is = "yes"
	case got.Chat:
		is = "chat"
	}
	if is != who || !p.about(got.Wait, wait) {
		p.t.Errorf("Slot() = %s in %v, want %s in %v", is, got.Wait, who, wait)
	}
}

// TestMomentsWhenTheClockIsSetBack sees that what was written before does not keep
// anybody waiting longer, and that what has to wait still does.
func TestMomentsWhenTheClockIsSetBack(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	now := time.Unix(1_700_000_000, 0)
	s := openAt(t, server.URL, redisstore.Options{PaceClock: func() time.Time { return now }})
	p := pacing{t: t, s: s, now: &now}
	for n := range 2 {
		a := ask(fmt.Sprint(n), int64(n))
		a.Rate, a.Most = 10, 2
		p.want(p.slot(a), "yes", time.Duration(n)*100*time.Millisecond)
		p.end(store.PaceEnd{Rate: 10, Token: a.Token, Chat: a.Chat, Sent: true, Counts: time.Second, ChatEvery: time.Second, Kept: time.Minute})
	}
	if err := s.HoldChat(t.Context(), 7, 40*time.Second); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		p.pass(-10 * time.Minute)
		p.paused(7, 40*time.Second)
		p.want(p.slot(ask("of a held chat", 7)), "chat", 40*time.Second)
	}
	a := ask("2", 2)
	a.Rate, a.Most = 10, 2
	p.want(p.slot(a), "yes", time.Second) // two count
	if err := s.Halt(t.Context(), 20*time.Second, 0, 1); err != nil {
		t.Fatal(err)
	}
	p.pass(-time.Hour)
	p.paused(1, 20*time.Second)
	p.pass(41 * time.Second)
	p.want(p.slot(ask("3", 7)), "yes", 0)
}

// TestMomentsOfACluster sees that all that the pace needs lies on one server, and
// that time is that server's.
func TestMomentsOfACluster(t *testing.T) {
	s := openAt(t, redistest.StartCluster(t).URL, redisstore.Options{})
	p := pacing{t: t, s: s, begun: time.Now()}
	p.want(p.slot(ask("1", 1)), "yes", 0)
	p.end(store.PaceEnd{Rate: 1000, Token: "1", Chat: 1, Sent: true, Counts: time.Second, ChatEvery: time.Second, Kept: time.Minute})
	if err := s.HoldChat(t.Context(), 1, 40*time.Second); err != nil {
		t.Fatal(err)
	}
	p.want(p.slot(ask("2", 1)), "chat", 40*time.Second)
	if err := s.Halt(t.Context(), 500*time.Millisecond, 27, 1); err != nil {
		t.Fatal(err)
	}
	p.want(p.slot(ask("3", 2)), "yes", 500*time.Millisecond)
}
