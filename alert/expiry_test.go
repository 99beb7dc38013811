package alert_test

import (
	"context"
	"errors"
	"fmt"
	"rasid/alert"
	"rasid/news"
	"rasid/store"
	"slices"
	"testing"
	"time"
)

const loudTopics = `
topics:
  - {id: quakes, title: {en: Earthquakes}, match: quake, priority: urgent}
  - {id: sport, title: {en: Sport}, match: football, priority: low}
`

// follow makes chats want urgent, normal and low alerts.
func (r *rig) follow(chats int64) {
	for chat := range chats {
		r.change(nil, store.Dest{Chat: chat + 1}, store.Private, store.Edit{Op: store.AddRule, Text: "tax", Lang: "en"},
			store.Edit{Op: store.Subscribe, Text: "quakes"}, store.Edit{Op: store.Subscribe, Text: "sport"})
	}
}

// outage makes nothing reach Telegram, or no answer come, until it is ended.
func (r *rig) outage(fate alert.Fate) (end func()) {
	down := true
	r.chats.answer = func(alert.Alert, int) alert.Outcome {
		if down {
			return alert.Outcome{Fate: fate}
		}
		return alert.Outcome{Fate: alert.Delivered}
	}
	r.chats.probe = func() error {
		if down {
			return errors.New("no answer")
		}
		return nil
	}
	return func() {
		r.chats.mu.Lock()
		defer r.chats.mu.Unlock()
		down = false
	}
}

// late counts what came too late for each chat.
func (r *rig) expired() map[int64]int {
	r.t.Helper()
	n := map[int64]int{}
	for s := range store.Shard(store.Shards) {
		all, err := r.store.Expired(context.Background(), s)
		if err != nil {
			r.t.Fatal(err)
		}
		places := map[uint32]int64{}
		if len(all) > 0 {
			err = r.store.Changes(context.Background(), new(store.Cursor), func(d store.Destination) error {
				if d.Shard == s {
					places[d.Ordinal] = d.Chat
				}
				return nil
			})
		}
		if err != nil {
			r.t.Fatal(err)
		}
		for _, e := range all {
			for _, o := range e.Owed {
				n[places[o]]++
			}
		}
	}
	return n
}

// toldOf counts what came too late and each chat was told of.
func (r *rig) toldOf() map[int64]int {
	n := map[int64]int{}
	for _, m := range r.chats.all() {
		n[m.Chat] += m.Missed
	}
	return n
}

func (r *rig) checkTold(when string, chats int64) {
	r.t.Helper()
	late, told := r.expired(), r.toldOf()
	for chat := int64(1); chat <= chats; chat++ {
		if late[chat] != told[chat] {
			r.t.Errorf("%s chat %d was told of %d alerts that came too late, want %d", when, chat, told[chat], late[chat])
		}
	}
}

// TestAnOutageLosesNothingSilently: after Telegram was down, what was
// delivered and what expired is exactly what was accepted, in each class, and
// each chat knows how many it missed.
func TestAnOutageLosesNothingSilently(t *testing.T) {
	const chats = 10
	titles := [3]string{store.Urgent: "quake", store.Normal: "tax", store.Low: "football"}
	for _, tt := range []struct {
		name        string
		last, every time.Duration
		fate        alert.Fate
	}{
		{"unreachable for 6 hours", 6 * time.Hour, 20 * time.Minute, alert.NotWritten},
		{"without an answer for 6 hours", 6 * time.Hour, 20 * time.Minute, alert.Unknown},
		{"unreachable for 40 hours", 40 * time.Hour, 2 * time.Hour, alert.NotWritten},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.file, r.poll = ruleFile(t, loudTopics), tt.every
				r.follow(chats)
				end := r.outage(tt.fate)
				l := r.start(nil)
				var items [3][]uint64
				for range tt.last / tt.every {
					for class, title := range titles {
						items[class] = append(items[class], r.accept(l, title)...)
					}
					pass(tt.every)
				}
				end()
				pass(time.Hour)
				for class, title := range titles {
					items[class] = append(items[class], r.accept(l, title)...)
				}
				pass(time.Minute)
				for class, of := range items {
					r.checkClass(store.Class(class), of, outage{chats, tt.last, tt.every}, l.stats.Report())
				}
				r.checkTold("afterwards", chats)
				l.stop()
			})
		})
	}
}

// An outage is how long nothing was sent, while an article a class came every
// so often for so many chats.
type outage struct {
	chats       int
	last, every time.Duration
}

func (r *rig) checkClass(class store.Class, items []uint64, o outage, rep alert.Report) {
	r.t.Helper()
	chats := o.chats
	var sum store.Tally
	for _, item := range items {
		sum = sum.Plus(r.tally(item))
	}
	r.t.Logf("%s: %d accepted, %d delivered, %d expired", alert.ClassName(class), len(items)*chats, sum.Delivered, sum.Expired)
	if sum.Delivered+sum.Expired != len(items)*chats || sum.Owed+sum.Dead+sum.Dropped+sum.Suspended != 0 {
		r.t.Errorf("%s: of %d alerts became %+v, want all delivered or expired", alert.ClassName(class), len(items)*chats, sum)
	}
	// What was younger than its life at the end of the outage is told within an
	// hour.
	old := max(0, int((o.last-alert.Lives()[class])/o.every)) * chats
	if sum.Expired < old || sum.Expired > old+int(time.Hour/o.every+1)*chats || old == 0 && sum.Expired > 0 {
		r.t.Errorf("%s: %d expired, want %d or a few more", alert.ClassName(class), sum.Expired, old)
	}
	if int64(sum.Expired) != rep.Expired[class] || int64(sum.Delivered) != rep.Sent[class] {
		r.t.Errorf("%s: the report says %d expired and %d sent, want %d and %d", alert.ClassName(class),
			rep.Expired[class], rep.Sent[class], sum.Expired, sum.Delivered)
	}
}

// TestWhatAChatMissedIsToldAcrossRestarts: the count is exact without a write
// for each chat, whenever the process ends.
func TestWhatAChatMissedIsToldAcrossRestarts(t *testing.T) {
	const chats = 5
	bubble(t, func(t *testing.T, r *rig) {
		r.poll = 10 * time.Minute
		r.follow(chats)
		for round := range 3 {
			end := r.outage(alert.NotWritten)
			l := r.start(nil)
			for range 7 {
				r.accept(l, "tax")
			}
			pass(13 * time.Hour)
			l.kill()
			l.buried()
			l = r.start(nil)
			end()
			pass(time.Minute)
			if round == 1 { // an announcement tells nothing
				note := store.BroadcastNote{Text: "hello"}
				r.acceptItems(l, []store.Item{{Article: news.Article{ID: fmt.Sprint("broadcast ", round)}, Broadcast: &note}})
				pass(time.Minute)
				l.stop()
				l = r.start(nil)
			}
			r.accept(l, "tax")
			pass(time.Minute)
			r.checkTold(fmt.Sprintf("in round %d", round+1), chats)
			r.accept(l, "tax") // tells nothing again
			pass(time.Minute)
			l.stop()
			l = r.start(nil)
			r.accept(l, "tax")
			pass(time.Minute)
			r.checkTold(fmt.Sprintf("at the end of round %d", round+1), chats)
			l.stop()
		}
		if got := r.expired()[1]; got != 21 {
			t.Errorf("chat 1 missed %d, want 3 times 7", got)
		}
	})
}

func TestWhatIsInFlightDoesNotExpire(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.file = ruleFile(t, loudTopics)
		r.follow(1)
		end := r.outage(alert.NotWritten)
		l := r.start(nil)
		items := r.accept(l, "quake one", "quake two")
		pass(2*time.Hour - 40*time.Second)
		r.chats.mu.Lock()
		r.chats.takes = 50 * time.Second
		r.chats.mu.Unlock()
		end()
		pass(5 * time.Minute)
		if got := r.tally(items[0]); got != (store.Tally{Delivered: 1}) {
			t.Errorf("Tally = %+v of what was in flight when its time was over, want it delivered", got)
		}
		if got := r.tally(items[1]); got != (store.Tally{Expired: 1}) {
			t.Errorf("Tally = %+v of what waited behind it, want it expired", got)
		}
		l.stop()
	})
}

func TestWhatCameInAPauseDoesNotExpire(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.poll = 10 * time.Minute
		d := r.watch(nil, 1, "tax")
		l := r.start(nil)
		r.change(l, d.Dest, "", store.Edit{Op: store.Pause})
		pass(time.Second)
		items := r.accept(l, "tax one", "tax two")
		pass(20 * time.Hour)
		l.stop()
		l = r.start(nil)
		pass(time.Minute)
		r.change(l, d.Dest, "", store.Edit{Op: store.Resume})
		pass(time.Minute)
		if got := r.chats.to(1); !slices.Equal(got, items) {
			t.Errorf("chat 1 was told %v after its pause, want %v", got, items)
		}
		l.stop()
	})
}

func TestABroadcastEndsWhenItSays(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		end := r.outage(alert.NotWritten)
		l := r.start(nil)
		var items []store.Item
		for i, until := range []time.Time{{}, time.Now().Add(time.Hour), time.Now().Add(3 * time.Hour)} {
			items = append(items, store.Item{Article: news.Article{ID: fmt.Sprint("b", i)}, Broadcast: &store.BroadcastNote{Text: "x", Until: until}})
		}
		seqs := r.acceptItems(l, items)
		pass(2 * time.Hour)
		end()
		pass(time.Minute)
		if got, want := r.chats.to(1), []uint64{seqs[0], seqs[2]}; !slices.Equal(got, want) {
			t.Errorf("chat 1 was told %v, want %v: the second was over", got, want)
		}
		if got := r.tally(seqs[1]); got != (store.Tally{Expired: 1}) {
			t.Errorf("Tally = %+v of a broadcast that was over, want it expired", got)
		}
		l.stop()
	})
}

func TestWhoIsTakenOverExpiresNothing(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.poll = 10 * time.Minute
		r.watch(nil, 1, "tax")
		r.outage(alert.NotWritten)
		l := r.start(nil)
		item := r.accept(l, "tax")[0]
		pass(time.Minute)
		r.takeOver("another")
		pass(13 * time.Hour)
		if got := r.tally(item); got != (store.Tally{Owed: 1}) {
			t.Errorf("Tally = %+v, want it owed: the chat is another's", got)
		}
		if got := l.stats.Report(); got.Expired != [store.Classes]int64{} || got.Owed != [store.Classes]int{} {
			t.Errorf("the report says %v expired and %v owed, want nothing", got.Expired, got.Owed)
		}
		l.cancel()
		for range 2 {
			<-l.errs
		}
	})
}

// TestWhatIsNoLongerListedIsNotTold: long after an outage nothing of it can be read any
// more, so that nobody is sent to look for it.
func TestWhatIsNoLongerListedIsNotTold(t *testing.T) {
	for wait, missed := range map[time.Duration]int{5 * time.Minute: 2, 10 * time.Minute: 0} {
		bubble(t, func(t *testing.T, r *rig) {
			r.watch(nil, 1, "tax")
			l := r.runWith(alert.DeliveryOptions{
				Life: [store.Classes]time.Duration{store.Normal: time.Minute}, Keep: 10 * time.Minute,
			}, nil)
			end := r.outage(alert.NotWritten)
			r.accept(l, "tax one", "tax two")
			pass(2 * time.Minute)
			end()
			pass(wait)
			r.accept(l, "tax three")
			pass(time.Minute)
			if told := r.chats.all(); len(told) != 1 || told[0].Missed != missed {
				t.Errorf("told %+v %v after two came too late, want one that tells of %d", told, wait, missed)
			}
			l.stop()
		})
	}
}
