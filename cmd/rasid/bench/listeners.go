package bench

import (
	"context"
	"rasid/alert"
	"rasid/internal/pause"
	"rasid/store"
	"slices"
	"sync"
	"time"
)

// listeners are the chats of a town as a Sender sees Telegram: each message
// arrives, and is counted.
type listeners struct {
	town  *town
	doing string        // for the progress
	takes time.Duration // how long an answer takes
	stop  func() error  // asked at each message; not nil: nothing arrives any more

	mu      sync.Mutex
	all     []uint8            // by chat: copies of the article for everybody
	few     map[[2]int]uint8   // copies of small articles, by number and chat
	want    int                // alerts that must come
	came    int                // of those, the first copies
	copies  int                // others of them
	strange int                // alerts that nobody should have got
	sent    int                // messages
	told    int                // alerts in them
	waits   map[bool][]float64 // seconds from accepted to sent, of small articles, by whether they are urgent
	at      pace
	busy    pace
	whole   chan struct{} // closed when all that must come has
}

// expect returns the listeners of articles 0 to articles of one drain.
func (t *town) expect(articles int) *listeners {
	l := &listeners{
		town: t, doing: "telling", all: make([]uint8, t.chats), few: map[[2]int]uint8{}, want: t.chats, waits: map[bool][]float64{},
		stop: func() error { return nil }, whole: make(chan struct{}), at: pace{per: time.Second}, busy: pace{per: time.Minute},
	}
	for n := 1; n <= articles; n++ {
		for _, i := range t.hears(n) {
			l.few[[2]int{n, i}] = 0
			l.want++
		}
	}
	return l
}

// Prepare implements alert.Sender.
func (l *listeners) Prepare(_ context.Context, a alert.Alert) (alert.Message, error) { return a, nil }

// PrepareList implements alert.Sender.
func (l *listeners) PrepareList(_ context.Context, all []alert.Alert) (alert.Message, error) {
	return all, nil
}

// Send implements alert.Sender.
func (l *listeners) Send(ctx context.Context, m alert.Message) alert.Outcome {
	all, _ := m.([]alert.Alert)
	if one, is := m.(alert.Alert); is {
		all = []alert.Alert{one}
	}
	if l.stop() != nil {
		return alert.Outcome{Fate: alert.NotWritten, Reason: "the measurement is over"}
	}
	id := l.hear(all, time.Now())
	if l.takes > 0 && !pause.For(ctx, l.takes) {
		return alert.Outcome{Fate: alert.Unknown, Reason: "the measurement is over"}
	}
	return alert.Outcome{Fate: alert.Delivered, MessageID: id}
}

// hear counts the alerts of a message and returns the message's number.
func (l *listeners) hear(all []alert.Alert, now time.Time) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent++
	l.at.sent(now)
	i := l.town.number(all[0].To.Chat)
	if i == 0 {
		l.busy.sent(now)
	}
	for _, a := range all {
		l.alert(&a, i, now)
	}
	return int64(l.sent)
}

// alert counts an alert for chat i.
func (l *listeners) alert(a *alert.Alert, i int, now time.Time) {
	l.told++
	if copies, expected := l.count(&a.Item, i); !expected {
		l.strange++
	} else if copies > 1 {
		l.copies++
	} else if l.came++; l.came == l.want {
		close(l.whole)
	}
	if i != 0 && !everybodys(&a.Item) {
		urgent := a.Class == store.Urgent
		l.waits[urgent] = append(l.waits[urgent], now.Sub(a.Item.At).Seconds())
	}
}

func everybodys(it *store.Item) bool {
	n, err := articleNumber(it)
	return err == nil && n == 0
}

// count counts a copy for chat i and reports whether the chat was to get one.
func (l *listeners) count(it *store.Item, i int) (copies uint8, expected bool) {
	n, err := articleNumber(it)
	if err != nil || i < 0 || i >= len(l.all) {
		return 0, false
	}
	if n == 0 {
		l.all[i]++
		return l.all[i], true
	}
	key := [2]int{n, i}
	if _, expected = l.few[key]; !expected {
		return 0, false
	}
	l.few[key]++
	return l.few[key], true
}

// heard tells how much of what must come has come.
func (l *listeners) heard() (came, want int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.came, l.want
}

// A tally is what came of a drain.
type tally struct {
	Lost, Repeated, Strange int
}

func (l *listeners) tally() tally {
	l.mu.Lock()
	defer l.mu.Unlock()
	return tally{Lost: l.want - l.came, Repeated: l.copies, Strange: l.strange}
}

// wait returns how long small articles waited, in seconds: the q-th part of
// them no longer.
func (l *listeners) wait(urgent bool, q float64) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return quantile(l.waits[urgent], q)
}

// A pace finds the most messages that came within per.
type pace struct {
	per    time.Duration
	recent []time.Time
	most   int
}

func (p *pace) sent(now time.Time) {
	old, _ := slices.BinarySearchFunc(p.recent, now.Add(-p.per), func(t, from time.Time) int { // those per ago are out
		if t.After(from) {
			return 1
		}
		return -1
	})
	p.recent = append(p.recent[old:], now)
	p.most = max(p.most, len(p.recent))
}
