package alert

import "time"

// When several chats are told to wait within seconds, Telegram means the bot.
const (
	stormChats  = 3
	stormWindow = 10 * time.Second
	climbEvery  = time.Minute // after a storm the rate climbs by 1/s this often
)

// A storm notices that more and more chats are told to wait.
type storm struct {
	scale scale
	told  map[int64]told // chats that were told to wait lately
	over  time.Time      // of the last storm
}

type told struct{ at, until time.Time }

func newStorm(s scale) storm { return storm{scale: s, told: map[int64]told{}} }

// rises counts that a chat was told to wait and reports whether a storm
// begins, and until when all must wait.
func (s *storm) rises(chat int64, until, now time.Time) (time.Time, bool) {
	for id, t := range s.told {
		if now.Sub(t.at) > s.scale.of(stormWindow) {
			delete(s.told, id)
		}
	}
	s.told[chat] = told{now, until}
	if len(s.told) < stormChats {
		return time.Time{}, false
	}
	for _, t := range s.told {
		until = latest(until, t.until)
	}
	clear(s.told)
	return until, true
}

// Hold keeps a chat from being written to before until. When three chats are
// held within ten seconds Telegram means the whole bot: then all wait, and the
// pace is halved and climbs again by one a second each minute.
func (p *Pacer) Hold(chat int64, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.chats.hold(chat, until, now)
	all, rises := p.storm.rises(chat, until, now)
	if !rises {
		return
	}
	inStorm := now.Before(p.storm.over) // what was under way when it began tells nothing new
	p.storm.over = latest(p.storm.over, all)
	p.next = latest(p.next, all)
	if !p.off && !inStorm {
		p.rate, p.rateAt = max(1, p.rateNow(now)/2), all
	}
	p.halt(all.Sub(now), p.most)
}

// HoldAll keeps the whole bot from writing before until.
func (p *Pacer) HoldAll(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = latest(p.next, until)
	p.halt(time.Until(until), 0)
}

// rateNow is the rate in force. The lock is held.
func (p *Pacer) rateNow(now time.Time) float64 {
	if p.rate < p.most && now.After(p.rateAt) {
		climbed := float64(now.Sub(p.rateAt)) / float64(p.scale.of(climbEvery))
		p.rate, p.rateAt = min(p.most, p.rate+climbed), now
	}
	return p.rate
}
