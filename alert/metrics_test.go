package alert_test

import (
	"rasid/alert"
	"rasid/store"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func TestMetricsAreNamedByTheirRoom(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		l := r.start(nil)
		r.accept(l, "tax")
		pass(time.Second)
		l.stats.Accepted([]store.Accepted{{Verdict: store.New}, {Verdict: store.Changed}})
		l.stats.UnknownAnswer()
		reg := prometheus.NewPedanticRegistry()
		reg.MustRegister(l.stats, l.pacer)
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]float64{}
		for _, f := range families {
			if !strings.HasPrefix(f.GetName(), "rasid_alert_") {
				t.Errorf("metric %q does not name its room", f.GetName())
			}
			for _, m := range f.GetMetric() {
				name := f.GetName()
				for _, label := range m.GetLabel() {
					name += " " + label.GetValue()
				}
				values[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
		for name, want := range map[string]float64{
			"rasid_alert_accepted_total changed":   1,
			"rasid_alert_articles_total":           1,
			"rasid_alert_attempts_total delivered": 1,
			"rasid_alert_sent_total normal":        1,
			"rasid_alert_owed_messages normal":     0,
			"rasid_alert_delay_seconds":            1,
			"rasid_alert_rate_messages_per_second": 27,
			"rasid_alert_slot_wait_seconds alert":  1,
			"rasid_alert_late_slots_total":         0,
			"rasid_alert_unanswered_replies_total": 1,
			"rasid_alert_holds_total":              0,
			"rasid_alert_storms_total":             0,
			"rasid_alert_pause_seconds":            0,

			"rasid_alert_paid_rate_messages_per_second": 0,
		} {
			if got, ok := values[name]; !ok || got != want {
				t.Errorf("%s = %v (there: %v), want %v", name, got, ok, want)
			}
		}
		if r := l.stats.Report(); r.Changed != 1 || r.PerMinute != 1 || r.Sent[store.Normal] != 1 {
			t.Errorf("Report = %+v, want 1 changed, 1 a minute, 1 normal sent", r)
		}
		l.stop()
	})
}

func TestMetricsTellOfAStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alert.NewPacer(alert.PacerOptions{Paid: 270})
		for chat := range int64(4) {
			p.Hold(chat, time.Now().Add(30*time.Second))
		}
		time.Sleep(10 * time.Second)
		reg := prometheus.NewPedanticRegistry()
		reg.MustRegister(p)
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]float64{
			"rasid_alert_holds_total": 4, "rasid_alert_storms_total": 1, "rasid_alert_pause_seconds": 20,
			"rasid_alert_rate_messages_per_second": 13.5, "rasid_alert_paid_rate_messages_per_second": 135,
		}
		for _, f := range families {
			m := f.GetMetric()[0]
			got := m.GetCounter().GetValue() + m.GetGauge().GetValue()
			if w, ok := want[f.GetName()]; ok && got != w {
				t.Errorf("%s = %v, want %v", f.GetName(), got, w)
			}
			delete(want, f.GetName())
		}
		if len(want) > 0 {
			t.Errorf("metrics are missing: %v", want)
		}
	})
}

var _ prometheus.Collector = (*alert.Stats)(nil)
