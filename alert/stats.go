package alert

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rasid/store"
)

// Stats counts what Intake and Delivery do. It is a prometheus.Collector.
type Stats struct {
	articles     atomic.Int64
	broadcasts   atomic.Int64
	matchNanos   atomic.Int64
	dispatched   atomic.Int64 // destinations owed, all articles together
	delivered    atomic.Int64
	refused      atomic.Int64
	unknown      atomic.Int64
	notWritten   atomic.Int64
	waits        atomic.Int64
	moved        atomic.Int64
	withdrawn    atomic.Int64
	otherMatcher atomic.Int64 // told without words: only another version of the matcher saw a hit
	recovered    atomic.Int64 // attempts an earlier life left open
	lastLatency  atomic.Int64 // nanoseconds from accepted to delivered

	mu     sync.Mutex
	owed   [store.Classes]int
	recent []time.Time // deliveries within the last minute, at most recentMost
}

const recentMost = 4096

// NewStats returns counters at zero.
func NewStats() *Stats { return &Stats{} }

// A Report is the counters at one moment.
type Report struct {
	Articles, Dispatched                int64
	Delivered, Refused, Unknown         int64
	NotWritten, Waits, Moved, Withdrawn int64
	OtherMatcher, Recovered             int64
	Owed                                [store.Classes]int // waiting, by class
	PerMinute                           int                // delivered in the last minute
	LastLatency                         time.Duration      // from accepted to delivered, of the last article
}

// Report reads the counters.
func (s *Stats) Report() Report {
	r := Report{
		Articles: s.articles.Load(), Dispatched: s.dispatched.Load(),
		Delivered: s.delivered.Load(), Refused: s.refused.Load(), Unknown: s.unknown.Load(),
		NotWritten: s.notWritten.Load(), Waits: s.waits.Load(), Moved: s.moved.Load(), Withdrawn: s.withdrawn.Load(),
		OtherMatcher: s.otherMatcher.Load(), Recovered: s.recovered.Load(),
		LastLatency: time.Duration(s.lastLatency.Load()),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Owed = s.owed
	s.prune(time.Now())
	r.PerMinute = len(s.recent)
	return r
}

func (s *Stats) prune(now time.Time) {
	for len(s.recent) > 0 && (len(s.recent) > recentMost || now.Sub(s.recent[0]) > time.Minute) {
		s.recent = s.recent[1:]
	}
}

func (s *Stats) matched(it *store.Item, owed []store.Dispatch, took time.Duration) {
	if it.Broadcast != nil {
		s.broadcasts.Add(1)
	} else {
		s.articles.Add(1)
		s.matchNanos.Add(int64(took))
	}
	for _, d := range owed {
		for _, list := range d.Owed {
			s.dispatched.Add(int64(len(list)))
		}
	}
}

func (s *Stats) setOwed(owed [store.Classes]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owed = owed
}

func (s *Stats) sent(al Alert, out Outcome) {
	counters := map[Fate]*atomic.Int64{
		Delivered: &s.delivered, Refused: &s.refused, Unknown: &s.unknown,
		NotWritten: &s.notWritten, Wait: &s.waits, Moved: &s.moved,
	}
	if c, ok := counters[out.Fate]; ok {
		c.Add(1)
	}
	if out.Fate != Delivered {
		return
	}
	now := time.Now()
	s.lastLatency.Store(int64(now.Sub(al.Item.At)))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recent = append(s.recent, now)
	s.prune(now)
}

// Describe implements prometheus.Collector.
func (s *Stats) Describe(c chan<- *prometheus.Desc) { prometheus.DescribeByCollect(s, c) }

// Collect implements prometheus.Collector.
func (s *Stats) Collect(c chan<- prometheus.Metric) {
	r := s.Report()
	counter := func(name, help string, v float64, labels ...string) {
		c <- prometheus.MustNewConstMetric(prometheus.NewDesc("rasid_alert_"+name, help, labelNames(labels), nil), prometheus.CounterValue, v, labelValues(labels)...)
	}
	counter("articles_total", "Articles matched.", float64(r.Articles))
	counter("match_seconds_total", "Time spent reading and matching articles.", time.Duration(s.matchNanos.Load()).Seconds())
	counter("dispatched_total", "Destinations that articles were owed to.", float64(r.Dispatched))
	const help = "Attempts to send, by outcome."
	counter("attempts_total", help, float64(r.Delivered), "outcome", "delivered")
	counter("attempts_total", help, float64(r.Refused), "outcome", "refused")
	counter("attempts_total", help, float64(r.Unknown), "outcome", "unknown")
	counter("attempts_total", help, float64(r.NotWritten), "outcome", "not_written")
	counter("attempts_total", help, float64(r.Waits), "outcome", "wait")
	counter("attempts_total", help, float64(r.Moved), "outcome", "moved")
	counter("withdrawn_total", "Alerts no longer wanted when their turn came.", float64(r.Withdrawn))
	counter("other_matcher_total", "Alerts told without words since only another matcher version saw the hit.", float64(r.OtherMatcher))
	counter("recovered_total", "Attempts that an earlier life of the process left open.", float64(r.Recovered))
	desc := prometheus.NewDesc("rasid_alert_owed", "Alerts waiting to be sent, by class.", []string{"class"}, nil)
	for class, n := range r.Owed {
		c <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(n), ClassName(store.Class(class)))
	}
}

func labelNames(pairs []string) []string {
	var names []string
	for i := 0; i < len(pairs); i += 2 {
		names = append(names, pairs[i])
	}
	return names
}

func labelValues(pairs []string) []string {
	var values []string
	for i := 1; i < len(pairs); i += 2 {
		values = append(values, pairs[i])
	}
	return values
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
