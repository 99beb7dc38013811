package alert

import "time"

// Forecast tells how long n messages take when nothing else is sent, and when
// louder alerts leave them their share of one in twenty.
func (p *Pacer) Forecast(n int) (idle, busy time.Duration) {
	rate := p.Rate()
	if rate == 0 {
		return 0, 0
	}
	idle = span(n, rate)
	return idle, 20 * idle
}

// ForecastBroadcast tells the same of a broadcast. One that is paid for takes the
// same whatever else is sent.
func (p *Pacer) ForecastBroadcast(n int) (idle, busy time.Duration) {
	idle, busy = p.Forecast(n)
	if paid := p.PaidRate(); paid > 0 && !p.off {
		idle = span(n, paid)
		busy = idle
	}
	return idle, busy
}

// span is how long n messages take at a rate.
func span(n int, rate float64) time.Duration {
	return time.Duration(float64(n) / rate * float64(time.Second))
}

// Rate tells the messages a second in force; 0: no pacing.
func (p *Pacer) Rate() float64 {
	if p.off {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.free.rateNow(time.Now())
}

// PaidRate tells the paid broadcasts a second in force; 0: broadcasts are not
// paid for.
func (p *Pacer) PaidRate() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paid == nil {
		return 0
	}
	return p.paidRate(time.Now())
}

// rateOf is the rate of a clock in force. The lock is held.
func (p *Pacer) rateOf(c *clock, now time.Time) float64 {
	if c == p.paid {
		return p.paidRate(now)
	}
	return c.rateNow(now)
}

// paidRate is the rate of paid broadcasts in force: a storm slows them as it
// slows everything. The lock is held.
func (p *Pacer) paidRate(now time.Time) float64 {
	return p.paid.most * p.free.rateNow(now) / p.free.most
}
