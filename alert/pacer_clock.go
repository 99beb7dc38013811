package alert

import (
	"math"
	"time"
)

// A clock is one of the bot's paces: that of all messages, and that of
// broadcasts that are paid for.
type clock struct {
	scale  scale
	most   float64 // messages a second when nothing is wrong
	rate   float64 // in force at rateAt; it climbs up to most
	rateAt time.Time
	next   time.Time // no slot before
	halt   time.Time // nor before this: Telegram asked to wait
	window window
}

// newClock returns a clock of rate messages a second, of which most may arrive
// in a window. A faster clock, as tests have it, has a larger window.
func newClock(rate float64, most int, s scale) clock {
	fits := most
	if rate > float64(most) {
		fits = int(math.Ceil(rate * botMost / defaultRate))
	}
	if s > 0 {
		rate *= float64(s)
	}
	return clock{scale: s, most: rate, rate: rate, window: window{most: fits, length: s.of(botWindow)}}
}

// due tells when the next slot is. Not ok: that depends on when a message is
// answered.
func (c *clock) due(now time.Time) (time.Time, bool) {
	at, ok := c.window.free(now)
	if !ok {
		return time.Time{}, false
	}
	return latest(c.next, at), true
}

// advance sets when the next slot is at this rate, after one at now for which
// somebody had waited. What a slot came too late is made up for by those after it, but not
// an idle time.
func (c *clock) advance(now time.Time, waited time.Duration, rate float64) {
	c.next = latest(c.next, now.Add(-min(waited, c.scale.of(makeUp))))
	c.next = c.next.Add(time.Duration(float64(time.Second) / rate))
}

// giveBack makes room for a slot that nothing was sent in.
func (c *clock) giveBack(rate float64) {
	c.next = latest(c.halt, c.next.Add(-time.Duration(float64(time.Second)/rate)))
}

// stop lets no slot begin before until.
func (c *clock) stop(until time.Time) {
	c.next, c.halt = latest(c.next, until), latest(c.halt, until)
}

// rateNow is the rate in force.
func (c *clock) rateNow(now time.Time) float64 {
	if c.rate < c.most && now.After(c.rateAt) {
		climbed := float64(now.Sub(c.rateAt)) / float64(c.scale.of(climbEvery))
		c.rate, c.rateAt = min(c.most, c.rate+climbed), now
	}
	return c.rate
}

// halve halves the rate from then on.
func (c *clock) halve(now, then time.Time) { c.rate, c.rateAt = max(1, c.rateNow(now)/2), then }

// A window bounds the messages that may arrive in length, wherever it begins.
// A message arrives between its slot and its answer. When one more is sent,
// those that were answered longer than length ago cannot share a window with
// it, and all others may.
type window struct {
	most   int
	length time.Duration
	flying int         // without an answer
	ended  []time.Time // answers of the last length, in order
	trips  trips
}

// span is for how long a message counts after its answer.
func (w *window) span() time.Duration { return w.length - min(w.trips.surely(), w.length/2) }

// free tells when one more message can be sent; not ok: when one is answered.
func (w *window) free(now time.Time) (time.Time, bool) {
	span := w.span()
	for len(w.ended) > 0 && now.Sub(w.ended[0]) >= span {
		w.ended = w.ended[1:]
	}
	over := w.flying + len(w.ended) - w.most // so many beside the first have to leave
	switch {
	case over < 0:
		return now, true
	case over < len(w.ended):
		return w.ended[over].Add(span), true
	}
	return time.Time{}, false
}

func (w *window) sent() { w.flying++ }

// answered takes in an answer and how long it took from the slot on.
func (w *window) answered(now time.Time, took time.Duration, sent bool) {
	w.flying--
	if sent {
		w.ended = append(w.ended, now)
		w.trips.add(now, took)
	}
}

// What is taken for granted of how long a message is under way: two thirds of
// what the fastest of lately needed there and back, beyond a little.
const (
	tripsKept  = 30 * time.Second // and up to twice that
	tripsLeast = 100              // fewer tell nothing
	tripsOff   = 20 * time.Millisecond
)

// trips knows the shortest time from slot to answer of lately.
type trips struct {
	since    time.Time
	now, old time.Duration // the shortest since since, and in the time before
	n, oldN  int
}

func (t *trips) add(now time.Time, took time.Duration) {
	if age := now.Sub(t.since); age >= tripsKept {
		if age >= 2*tripsKept {
			t.now, t.n = 0, 0
		}
		t.since, t.old, t.oldN, t.now, t.n = now, t.now, t.n, 0, 0
	}
	if t.n++; t.n == 1 || took < t.now {
		t.now = took
	}
}

// surely is what every message needs there and back.
func (t *trips) surely() time.Duration {
	if t.n == 0 || t.n+t.oldN < tripsLeast {
		return 0
	}
	least := t.now
	if t.oldN > 0 {
		least = min(least, t.old)
	}
	return max(0, least-tripsOff) * 2 / 3
}
