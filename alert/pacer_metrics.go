package alert

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// pacerStats counts what a Pacer does.
type pacerStats struct {
	late   atomic.Int64
	holds  atomic.Int64
	storms atomic.Int64
	waits  *prometheus.HistogramVec // by lane
}

func newPacerStats() pacerStats {
	return pacerStats{waits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "rasid_alert_slot_wait_seconds",
		Help:    "How long messages waited for their slot, by lane.",
		Buckets: []float64{.001, .01, .05, .1, .25, .5, 1, 2, 5, 15, 60},
	}, []string{"lane"})}
}

func (s *pacerStats) took(l Lane, wait time.Duration) {
	s.waits.WithLabelValues(laneName(l)).Observe(wait.Seconds())
}

func laneName(l Lane) string {
	switch l {
	case Reply:
		return "reply"
	case Broadcasts:
		return "broadcast"
	default:
		return "alert"
	}
}

// Describe implements prometheus.Collector.
func (p *Pacer) Describe(c chan<- *prometheus.Desc) { prometheus.DescribeByCollect(p, c) }

// Collect implements prometheus.Collector.
func (p *Pacer) Collect(c chan<- prometheus.Metric) {
	gauge(c, "rate_messages_per_second", "Messages a second in force; 0: no pacing.", p.Rate())
	count(c, "late_slots_total", "Slots that were given back since they came too late to be used.", float64(p.stats.late.Load()))
	count(c, "holds_total", "Times that Telegram asked to leave a chat alone for a while (429).", float64(p.stats.holds.Load()))
	count(c, "storms_total", "Times that so many chats were told to wait that all did, and the rate was halved.", float64(p.stats.storms.Load()))
	p.mu.Lock()
	pause := time.Until(p.storm.over)
	p.mu.Unlock()
	gauge(c, "paid_rate_messages_per_second", "Paid broadcasts a second in force; 0: broadcasts are not paid for.", p.PaidRate())
	gauge(c, "pause_seconds", "How long nothing will be sent, since several chats were told to wait.", max(0, pause).Seconds())
	p.stats.waits.Collect(c)
}
