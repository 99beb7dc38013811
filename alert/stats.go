package alert

import (
	"rasid/store"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Stats counts what Intake and Delivery do. It is a prometheus.Collector. Its
// methods are safe for any number of goroutines.
type Stats struct {
	accepted     [store.Changed + 1]atomic.Int64 // by verdict
	articles     atomic.Int64
	broadcasts   atomic.Int64
	matchNanos   atomic.Int64
	dispatched   atomic.Int64
	tooCostly    atomic.Int64
	fates        [Reworded + 1]atomic.Int64
	classes      [store.Classes]atomic.Int64
	expired      [store.Classes]atomic.Int64
	lists        atomic.Int64 // messages that told several
	shelved      atomic.Int64
	inboxes      atomic.Int64 // not empty now
	withdrawn    atomic.Int64
	overtaken    atomic.Int64
	unworded     atomic.Int64
	broken       atomic.Int64
	givenUp      atomic.Int64
	unconfirmed  atomic.Int64
	passedOver   atomic.Int64
	otherMatcher atomic.Int64
	recovered    atomic.Int64
	unanswered   atomic.Int64
	storeErrors  atomic.Int64
	lastLatency  atomic.Int64 // nanoseconds from accepted to delivered
	delay        prometheus.Histogram

	outage outage

	mu        sync.Mutex
	owed      [store.Classes]int
	oldest    time.Time
	forecasts [store.Classes]Forecast
	worst     []Forecast
	late      int
	recent    minute // deliveries
}

// A minute counts what happened in the last sixty seconds, each by itself: it
// may be a thousand things a second.
type minute struct {
	which [60]int64 // seconds since 1970
	count [60]int
}

func (m *minute) add(now time.Time) {
	s := now.Unix()
	i := uint64(s) % 60 //nolint:gosec // only which of sixty it is
	if m.which[i] != s {
		m.which[i], m.count[i] = s, 0
	}
	m.count[i]++
}

func (m *minute) sum(now time.Time) (n int) {
	for i, s := range m.which {
		if since := now.Unix() - s; since >= 0 && since < 60 {
			n += m.count[i]
		}
	}
	return n
}

// NewStats returns counters at zero.
func NewStats() *Stats {
	return &Stats{delay: prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "rasid_alert_delay_seconds",
		Help:    "From an article's acceptance to its delivery.",
		Buckets: []float64{.05, .1, .25, .5, 1, 2, 5, 15, 60, 300, 1800, 7200, 43200},
	})}
}

// A Report is the counters at one moment.
type Report struct {
	Changed      int64 // accepted again with other content: nothing follows from it yet
	Articles     int64 // matched
	Broadcasts   int64 // dispatched
	Dispatched   int64 // destinations owed, all items together
	TooCostly    int64 // articles for which some rules were left out; see rules.Doc.Skipped
	Delivered    int64 // attempts that ended so; the next five too
	Refused      int64
	Unknown      int64
	NotWritten   int64
	Waits        int64
	Moved        int64
	Sent         [store.Classes]int64    // alerts delivered, by class
	Told         int64                   // of all classes: a message may tell several
	Lists        int64                   // delivered messages that told several alerts
	Expired      [store.Classes]int64    // came too late, by class
	Shelved      int64                   // put into the inbox of a chat that had paused
	Inboxes      int                     // that have something in
	Withdrawn    int64                   // no longer wanted when their turn came
	Overtaken    int64                   // settled already when their turn came, as of a stopped broadcast
	Unworded     int64                   // could not be worded: our defect
	Broken       int64                   // articles that were left out since they broke the program, and attempts that did: our defect
	PassedOver   int64                   // articles that were told to nobody, since they could not be read or broke the program
	Unconfirmed  int64                   // alerts that were sent as often as they may be and never answered: each may have arrived
	GivenUp      int64                   // alerts that became dead letters unsent, for the same reasons or since they could not be worded
	OtherMatcher int64                   // told without words: another version of the matcher saw a hit, or the article was edited since
	Recovered    int64                   // attempts that an earlier life left open
	Unanswered   int64                   // answers to people, and edits, that Telegram did not answer: each may have arrived
	StoreErrors  int64                   // calls of the store that were tried again
	Owed         [store.Classes]int      // waiting, by class
	Oldest       time.Duration           // how long the oldest item that is owed has waited
	Classes      [store.Classes]Forecast // how each class stands, a few seconds ago
	Worst        []Forecast              // the items that take longest, the longest first, at most three
	Late         int                     // items that will expire before all are told
	PerMinute    int                     // messages delivered in the last minute
	LastLatency  time.Duration           // from accepted to delivered, of the last article
}

// Report reads the counters.
func (s *Stats) Report() Report {
	r := Report{
		Changed: s.accepted[store.Changed].Load(), Articles: s.articles.Load(), Broadcasts: s.broadcasts.Load(),
		Dispatched: s.dispatched.Load(), TooCostly: s.tooCostly.Load(), Delivered: s.fates[Delivered].Load(), Refused: s.fates[Refused].Load(),
		Unknown: s.fates[Unknown].Load(), NotWritten: s.fates[NotWritten].Load(), Waits: s.fates[Wait].Load(),
		Moved: s.fates[Moved].Load(), Lists: s.lists.Load(), Withdrawn: s.withdrawn.Load(), Overtaken: s.overtaken.Load(),
		Unworded: s.unworded.Load(), Broken: s.broken.Load(), PassedOver: s.passedOver.Load(), Unconfirmed: s.unconfirmed.Load(), GivenUp: s.givenUp.Load(), OtherMatcher: s.otherMatcher.Load(), Recovered: s.recovered.Load(),
		Shelved: s.shelved.Load(), Inboxes: int(s.inboxes.Load()), Unanswered: s.unanswered.Load(),
		StoreErrors: s.storeErrors.Load(), LastLatency: time.Duration(s.lastLatency.Load()),
	}
	for c := range r.Sent {
		r.Sent[c], r.Expired[c] = s.classes[c].Load(), s.expired[c].Load()
		r.Told += r.Sent[c]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	r.Owed, r.Classes, r.Worst, r.Late = s.owed, s.forecasts, s.worst, s.late
	if !s.oldest.IsZero() {
		r.Oldest = now.Sub(s.oldest)
	}
	r.PerMinute = s.recent.sum(now)
	return r
}

// Accepted counts what the store said of items that arrived.
func (s *Stats) Accepted(all []store.Accepted) {
	for _, a := range all {
		if int(a.Verdict) < len(s.accepted) {
			s.accepted[a.Verdict].Add(1)
		}
	}
}

// UnknownAnswer counts an answer to a person whose outcome is unknown: it may
// have arrived, and is sent again.
func (s *Stats) UnknownAnswer() { s.unanswered.Add(1) }

func (s *Stats) matched(it *store.Item, owed int, took time.Duration) {
	switch {
	case it.Quiet: // nothing was matched
	case it.Broadcast != nil:
		s.broadcasts.Add(1)
	default:
		s.articles.Add(1)
		s.matchNanos.Add(int64(took))
	}
	s.dispatched.Add(int64(owed))
}

func (s *Stats) expire(c store.Class, n int) { s.expired[c].Add(int64(n)) }

func (s *Stats) setOwed(owed [store.Classes]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owed = owed
	if owed == [store.Classes]int{} {
		s.oldest = time.Time{}
	}
}

func (s *Stats) setForecasts(classes [store.Classes]Forecast, items []Forecast) {
	late := 0
	for _, f := range items {
		if f.Late {
			late++
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forecasts, s.worst, s.late = classes, slices.Clone(items[:min(len(items), worstTold)]), late
}

func (s *Stats) setOldest(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.oldest = at
}

// tells counts what is about to be told.
func (s *Stats) tells(alerts []Alert) {
	for i := range alerts {
		for _, one := range alerts[i].each() {
			if len(one.Reasons) == 0 && one.Item.Broadcast == nil {
				s.otherMatcher.Add(1)
			}
		}
	}
}

func (s *Stats) sent(alerts []Alert, out Outcome) {
	if int(out.Fate) < len(s.fates) {
		s.fates[out.Fate].Add(1)
	}
	if out.Fate != Delivered {
		return
	}
	now := time.Now()
	if len(itemsOf(alerts)) > 1 {
		s.lists.Add(1)
	}
	for i := range alerts {
		for _, one := range alerts[i].each() {
			s.classes[one.Class].Add(1)
		}
		if alerts[i].Kept != nil || alerts[i].Item.Seq == 0 { // it was to wait
			continue
		}
		latency := now.Sub(alerts[i].Item.At)
		s.lastLatency.Store(int64(latency))
		s.delay.Observe(latency.Seconds())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recent.add(now)
}

// ClassName names a class as rule files, metrics and logs do.
func ClassName(c store.Class) string {
	switch c {
	case store.Urgent:
		return "urgent"
	case store.Low:
		return "low"
	case store.Broadcast:
		return "broadcast"
	default:
		return "normal"
	}
}
