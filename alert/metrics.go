package alert

import (
	"rasid/store"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Describe implements prometheus.Collector.
func (s *Stats) Describe(c chan<- *prometheus.Desc) { prometheus.DescribeByCollect(s, c) }

// Collect implements prometheus.Collector.
func (s *Stats) Collect(c chan<- prometheus.Metric) {
	r := s.Report()
	s.collectIntake(c, &r)
	s.collectDelivery(c, &r)
	s.delay.Collect(c)
}

func (s *Stats) collectIntake(c chan<- prometheus.Metric, r *Report) {
	const help = "Items that arrived, by what the store said of them."
	for v, name := range map[store.Verdict]string{store.New: "new", store.Same: "same", store.Changed: "changed"} {
		count(c, "accepted_total", help, float64(s.accepted[v].Load()), "verdict", name)
	}
	count(c, "articles_total", "Articles matched.", float64(r.Articles))
	count(c, "broadcasts_total", "Broadcasts dispatched.", float64(r.Broadcasts))
	count(c, "match_seconds_total", "Time spent reading and matching articles.", time.Duration(s.matchNanos.Load()).Seconds())
	count(c, "too_costly_articles_total", "Articles for which some rules were left out, since matching them would have taken too long.", float64(r.TooCostly))
	count(c, "passed_over_total", "Articles told to nobody, since they could not be read or broke the program.", float64(r.PassedOver))
	count(c, "unconfirmed_total", "Alerts that were sent as often as they may be and never answered; each may have arrived.", float64(r.Unconfirmed))
	count(c, "given_up_total", "Alerts that became dead letters unsent, for the same reasons or since they could not be worded.", float64(r.GivenUp))
	count(c, "dispatched_total", "Destinations that items were owed to.", float64(r.Dispatched))
	count(c, "store_errors_total", "Calls of the store that were tried again.", float64(r.StoreErrors))
}

func (s *Stats) collectDelivery(c chan<- prometheus.Metric, r *Report) {
	const help = "Attempts to send, by outcome."
	for f, name := range map[Fate]string{
		Delivered: "delivered", Refused: "refused", Unknown: "unknown", NotWritten: "not_written", Wait: "wait", Moved: "moved",
		Reworded: "reworded",
	} {
		count(c, "attempts_total", help, float64(s.fates[f].Load()), "outcome", name)
	}
	count(c, "told_total", "Alerts in the messages that were delivered.", float64(r.Told))
	count(c, "lists_total", "Messages delivered that told several alerts.", float64(r.Lists))
	count(c, "withdrawn_total", "Alerts no longer wanted when their turn came.", float64(r.Withdrawn))
	count(c, "overtaken_total", "Alerts settled already when their turn came.", float64(r.Overtaken))
	count(c, "unworded_total", "Alerts that could not be worded.", float64(r.Unworded))
	count(c, "broken_total", "Articles left out since they broke the program, and attempts that did.", float64(r.Broken))
	count(c, "other_matcher_total", "Alerts told without words, since another matcher version saw the hit, or the article was edited since.", float64(r.OtherMatcher))
	count(c, "recovered_total", "Attempts that an earlier life of the process left open.", float64(r.Recovered))
	count(c, "unanswered_replies_total", "Answers to people, and edits, without an answer of Telegram's: each may have arrived, and come twice again at most.", float64(r.Unanswered))
	count(c, "shelved_total", "Alerts put into the inbox of a chat that had paused.", float64(r.Shelved))
	gauge(c, "inboxes", "Chats with something in their inbox.", float64(r.Inboxes))
	gauge(c, "oldest_owed_seconds", "How long the oldest item that is owed has waited.", r.Oldest.Seconds())
	gauge(c, "late_items", "Items that will expire before all are told, by forecast.", float64(r.Late))
	for class := range store.Class(store.Classes) {
		gauge(c, "served_per_second", "Alerts a second that leave a class's queue, as measured or its share.", r.Classes[class].Rate, "class", ClassName(class))
		gauge(c, "empty_seconds", "How long what waits in a class takes at that rate.", r.Classes[class].Empty.Seconds(), "class", ClassName(class))
		count(c, "sent_total", "Alerts delivered, by class; a message may tell several.", float64(r.Sent[class]), "class", ClassName(class))
		count(c, "expired_total", "Alerts that came too late to be sent, by class.", float64(r.Expired[class]), "class", ClassName(class))
		gauge(c, "owed_messages", "Alerts waiting to be sent, by class.", float64(r.Owed[class]), "class", ClassName(class))
	}
}

func count(c chan<- prometheus.Metric, name, help string, v float64, label ...string) {
	c <- measure(prometheus.CounterValue, name, help, v, label)
}

func gauge(c chan<- prometheus.Metric, name, help string, v float64, label ...string) {
	c <- measure(prometheus.GaugeValue, name, help, v, label)
}

// measure is one value; label is empty, or a label's name and value.
func measure(t prometheus.ValueType, name, help string, v float64, label []string) prometheus.Metric {
	var names, values []string
	if len(label) == 2 {
		names, values = label[:1], label[1:]
	}
	return prometheus.MustNewConstMetric(prometheus.NewDesc("rasid_alert_"+name, help, names, nil), t, v, values...)
}
