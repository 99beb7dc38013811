package bot_test

import (
	"fmt"
	"rasid/alert"
	"rasid/news"
	"rasid/sandbox"
	"rasid/store"
	"rasid/store/record"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestAnAnnouncementStoppedBeforeItIsDispatched has intake stand still, before
// an announcement or half way through it, when the admin presses Stop.
func TestAnAnnouncementStoppedBeforeItIsDispatched(t *testing.T) {
	for name, after := range map[string]int{"nobody leads intake": 0, "half way": 40} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, end := begin(t, nil)
				defer end()
				k.down()
				goOn := make(chan struct{})
				if k.lead = goOn; after > 0 {
					k.lead, k.crash = nil, stillAfter(after, goOn)
				}
				k.up()
				for _, line := range []string{"@crowd 300 en", "@person admin en", "> /broadcast Never mind.", "> [Send to 300]"} {
					_, err := k.play(line)
					k.must(err)
				}
				k.rest(10 * time.Second)
				k.must(k.say("[Stop]"))
				k.rest(time.Second)
				sent := k.stats.Report().Sent[store.Broadcast]
				k.rest(10*time.Second + 333*time.Millisecond) // delivery does not look into the store just then
				m, _ := k.box.Chat(admin).Last()
				if len(m.Buttons) != 1 {
					t.Errorf("the report is %q, want it under way while more may be dispatched", m.Text)
				}
				close(goOn)
				k.rest(time.Minute)
				if got := k.stats.Report().Sent[store.Broadcast]; got != sent || after == 0 && got != 0 {
					t.Errorf("%d were told, %d of them when it was stopped; want no more, and nobody where nothing was dispatched", got, sent)
				}
				want := fmt.Sprintf("The announcement was stopped: %d sent, 0 failed, %d not sent.", sent, 300-sent)
				if m, _ := k.box.Chat(admin).Last(); m.Text != want {
					t.Errorf("the report is %q, want %q", m.Text, want)
				}
			})
		})
	}
}

// TestTheReportOfAStoppedAnnouncementCountsWhatWasUnderWay presses Stop while
// Telegram takes its time with some messages: they arrive, so they were sent.
func TestTheReportOfAStoppedAnnouncementCountsWhatWasUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := begin(t, nil)
		defer end()
		for _, line := range []string{"@crowd 100 en", "@person admin en", "> /broadcast Never mind."} {
			_, err := k.play(line)
			k.must(err)
		}
		k.box.Faults().Add(sandbox.Fault{Method: "sendMessage", N: -1, Kind: sandbox.FaultSlow, Delay: 5 * time.Second})
		k.must(k.say("[Send to 100]"))
		k.rest(3 * time.Second)
		before := k.stats.Report().Sent[store.Broadcast]
		k.must(k.say("[Stop]"))
		k.rest(time.Minute)
		sent := k.stats.Report().Sent[store.Broadcast]
		if sent == before || sent == 100 {
			t.Fatalf("%d were told, %d before it was stopped; want some under way then, and some not", sent, before)
		}
		want := fmt.Sprintf("The announcement was stopped: %d sent, 0 failed, %d not sent.", sent, 100-sent)
		if m, _ := k.box.Chat(admin).Last(); m.Text != want {
			t.Errorf("the report is %q, want %q", m.Text, want)
		}
	})
}

// TestADamagedNoteStillSaysThatAnAnnouncementWasStopped has another process stop it,
// of which this one has only the note.
func TestADamagedNoteStillSaysThatAnAnnouncementWasStopped(t *testing.T) {
	for name, alsoItself := range map[string]bool{"the note": false, "the note, and the announcement": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, end := begin(t, nil)
				defer end()
				for _, line := range []string{"@crowd 100 en", "@person admin en", "> /broadcast Never mind."} {
					_, err := k.play(line)
					k.must(err)
				}
				k.must(k.say("[Send to 100]"))
				k.rest(2*time.Second + 333*time.Millisecond)
				log, err := k.store.Log(k.ctx, 0, 100)
				k.must(err)
				last := log[len(log)-1]
				got, err := k.store.Accept(k.ctx, []store.Item{{Article: news.Article{ID: store.StopID(last.Article.ID)}, Quiet: true}}, time.Now())
				k.must(err)
				k.store.Spoil(got[0].Seq, record.ErrDamaged)
				for shard := range store.Shard(store.Shards) {
					k.must(k.store.Cancel(k.ctx, shard, last.Seq))
				}
				if alsoItself {
					k.store.Spoil(last.Seq, record.ErrDamaged)
				}
				k.rest(7 * time.Minute)
				sent := k.stats.Report().Sent[store.Broadcast]
				want := fmt.Sprintf("The announcement was stopped: %d sent, 0 failed, %d not sent.", sent, 100-sent)
				if m, _ := k.box.Chat(admin).Last(); m.Text != want || sent == 0 || sent == 100 {
					t.Errorf("the report is %q, want %q, and some sent", m.Text, want)
				}
			})
		})
	}
}

// stillAfter has a dispatch stand still after so many shards until goOn is
// closed.
func stillAfter(shards int, goOn <-chan struct{}) func(point string) {
	var mu sync.Mutex
	met := 0
	return func(point string) {
		if point != alert.CrashMidDispatch {
			return
		}
		mu.Lock()
		met++
		still := met > shards
		mu.Unlock()
		if still {
			<-goOn
		}
	}
}
