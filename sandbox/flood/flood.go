// Package flood is a model of Telegram's flood control. Telegram does not
// publish its own; the numbers are the documented ones of
// https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
// and each of them can be changed. It knows no clock: callers pass the time.
package flood

import (
	"cmp"
	"math"
	"time"
)

// Limits are the knobs of the model. Zero fields take the documented value.
type Limits struct {
	Off         bool          `json:"off"`          // everything passes; rates are measured all the same
	ChatBurst   int           `json:"chat_burst"`   // sends a chat takes at once; default 3
	ChatEvery   time.Duration `json:"chat_every"`   // one more each; default 1s
	GroupSends  int           `json:"group_sends"`  // a group or channel takes so many; default 20
	GroupWindow time.Duration `json:"group_window"` // in each so long; default 60s
	BotSends    int           `json:"bot_sends"`    // the bot may send so many to all chats; default 30
	PaidSends   int           `json:"paid_sends"`   // and beside them so many that it pays for; default 1000
	BotWindow   time.Duration `json:"bot_window"`   // in each so long; default 1s
	LongText    int           `json:"long_text"`    // a text of more characters costs more; default 500
	LongCost    int           `json:"long_cost"`    // how many sends it counts for; default 1
	Grow        int           `json:"grow"`         // factor on retry_after when asked too early; default 1
	Scope       string        `json:"scope"`        // who waits after a refusal: chat (default) or bot
}

// WithDefaults returns l with its zero fields filled.
func (l Limits) WithDefaults() Limits {
	l.ChatBurst = cmp.Or(l.ChatBurst, 3)
	l.ChatEvery = cmp.Or(l.ChatEvery, time.Second)
	l.GroupSends = cmp.Or(l.GroupSends, 20)
	l.GroupWindow = cmp.Or(l.GroupWindow, time.Minute)
	l.BotSends = cmp.Or(l.BotSends, 30)
	l.PaidSends = cmp.Or(l.PaidSends, 1000)
	l.BotWindow = cmp.Or(l.BotWindow, time.Second)
	l.LongText = cmp.Or(l.LongText, 500)
	l.LongCost = cmp.Or(l.LongCost, 1)
	l.Grow = cmp.Or(l.Grow, 1)
	l.Scope = cmp.Or(l.Scope, "chat")
	return l
}

// An Ask is one call that counts.
type Ask struct {
	Chat  int64
	Group bool          // a group, supergroup or channel
	Edit  bool          // counts for the chat, not for the bot
	Paid  bool          // at the price of a Star's tenth, beside what is free
	Chars int           // code points of the text
	Slow  time.Duration // the group's slow mode; 0: none
}

// maxIdle is how many chats are remembered before idle ones are dropped.
const maxIdle = 1 << 16

// maxRetry bounds a growing retry_after; waits of 14 hours have been reported.
const maxRetry = 14 * 3600

// A Meter applies limits and keeps the highest rates seen. It is not safe for
// use by several goroutines.
type Meter struct {
	limits Limits
	chats  map[int64]*chat
	bot    window
	paid   window
	asked  window
	until  time.Time // the whole bot waits
	last   int       // retry_after given last to the whole bot
	peaks  Peaks
}

type chat struct {
	tokens float64
	seen   time.Time
	until  time.Time
	last   int
	second window // in ChatEvery
	long   window // in GroupWindow
	asked  window
	sent   time.Time // the last message that passed, for slow mode
}

// NewMeter returns a meter that has seen nothing.
func NewMeter(l Limits) *Meter {
	m := &Meter{limits: l.WithDefaults()}
	m.Reset()
	return m
}

// Limits returns the knobs.
func (m *Meter) Limits() Limits { return m.limits }

// SetLimits changes the knobs; what was counted stays.
func (m *Meter) SetLimits(l Limits) { m.limits = l.WithDefaults() }

// Reset forgets what was counted.
func (m *Meter) Reset() {
	m.chats, m.bot, m.paid, m.asked = map[int64]*chat{}, window{}, window{}, window{}
	m.until, m.last, m.peaks = time.Time{}, 0, Peaks{}
}

// Take counts an ask at now. It returns 0 when the call may pass, else the
// seconds of the 429; what is refused uses nothing up.
func (m *Meter) Take(now time.Time, a Ask) int {
	c := m.chat(now, a.Chat)
	m.refill(now, c)
	m.observe(now, c, a)
	if m.limits.Off {
		m.pass(now, c, a)
		return 0
	}
	if n := m.waiting(now, c); n > 0 {
		return n
	}
	wait := max(m.chatWait(now, c, a), m.botWait(now, a))
	if wait <= 0 {
		m.pass(now, c, a)
		return 0
	}
	return m.punish(now, c, seconds(wait))
}

func (m *Meter) chat(now time.Time, id int64) *chat {
	if c := m.chats[id]; c != nil {
		return c
	}
	if len(m.chats) >= maxIdle {
		for k, c := range m.chats {
			if now.Sub(c.seen) > 2*m.limits.GroupWindow && now.After(c.until) {
				delete(m.chats, k)
			}
		}
	}
	c := &chat{tokens: float64(m.limits.ChatBurst), seen: now}
	m.chats[id] = c
	return c
}

// waiting says how long an earlier refusal still lasts, and makes it longer
// when the model is told to punish asking too early.
func (m *Meter) waiting(now time.Time, c *chat) int {
	until, last := &c.until, &c.last
	if m.until.After(c.until) {
		until, last = &m.until, &m.last
	}
	if !now.Before(*until) {
		return 0
	}
	if m.limits.Grow > 1 {
		*last = min(*last*m.limits.Grow, maxRetry)
		*until = now.Add(time.Duration(*last) * time.Second)
		return *last
	}
	return seconds(until.Sub(now))
}

func (m *Meter) punish(now time.Time, c *chat, n int) int {
	until := now.Add(time.Duration(n) * time.Second)
	c.until, c.last = until, n
	if m.limits.Scope == "bot" {
		m.until, m.last = until, n
	}
	return n
}

func (m *Meter) cost(a Ask) float64 {
	if a.Chars > m.limits.LongText {
		return float64(m.limits.LongCost)
	}
	return 1
}

func (m *Meter) chatWait(now time.Time, c *chat, a Ask) time.Duration {
	l := m.limits
	var wait time.Duration
	// A text may cost more than the bucket holds: it then waits for a full one.
	if need := min(m.cost(a), float64(l.ChatBurst)); c.tokens < need-1e-9 {
		wait = time.Duration((need - c.tokens) * float64(l.ChatEvery))
	}
	if a.Group {
		wait = max(wait, c.long.wait(now, l.GroupWindow, l.GroupSends))
	}
	if a.Slow > 0 && !a.Edit && !c.sent.IsZero() {
		wait = max(wait, c.sent.Add(a.Slow).Sub(now))
	}
	return wait
}

func (m *Meter) botWait(now time.Time, a Ask) time.Duration {
	switch {
	case a.Edit:
		return 0
	case a.Paid:
		return m.paid.wait(now, m.limits.BotWindow, m.limits.PaidSends)
	default:
		return m.bot.wait(now, m.limits.BotWindow, m.limits.BotSends)
	}
}

func (m *Meter) refill(now time.Time, c *chat) {
	c.tokens += float64(now.Sub(c.seen)) / float64(m.limits.ChatEvery)
	c.tokens, c.seen = min(c.tokens, float64(m.limits.ChatBurst)), now
}

func (m *Meter) pass(now time.Time, c *chat, a Ask) {
	c.tokens = max(c.tokens-m.cost(a), 0)
	p := &m.peaks
	raise(&p.Chat, c.second.add(now, m.limits.ChatEvery), a.Chat)
	minute := c.long.add(now, m.limits.GroupWindow)
	if a.Group {
		raise(&p.Group, minute, a.Chat)
	}
	if a.Edit {
		return
	}
	c.sent = now
	if a.Paid {
		raise(&p.Paid, m.paid.add(now, m.limits.BotWindow), 0)
	} else {
		raise(&p.Bot, m.bot.add(now, m.limits.BotWindow), 0)
	}
}

func (m *Meter) observe(now time.Time, c *chat, a Ask) {
	raise(&m.peaks.ChatAsked, c.asked.add(now, m.limits.ChatEvery), a.Chat)
	if !a.Edit && !a.Paid {
		raise(&m.peaks.BotAsked, m.asked.add(now, m.limits.BotWindow), 0)
	}
}

func seconds(d time.Duration) int { return max(int(math.Ceil(d.Seconds()-1e-9)), 1) }
