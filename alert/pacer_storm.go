package alert

import (
	"slices"
	"time"
)

// When several chats are told to wait within seconds, Telegram means the bot.
const (
	stormChats  = 3
	stormWindow = 10 * time.Second
	stormAlone  = 5 * time.Minute // a longer wait counts for the bot when two chats are told of it
	climbEvery  = time.Minute     // after a storm the rate climbs by 1/s this often
)

// A storm notices that more and more chats are told to wait.
type storm struct {
	scale scale
	told  map[int64]told // chats that were told to wait lately
	waits []time.Time    // what this storm's chats were told
	over  time.Time      // of the last storm
}

type told struct{ at, until time.Time }

func newStorm(s scale) storm { return storm{scale: s, told: map[int64]told{}} }

// rises counts that a chat was told to wait and reports whether all must wait,
// and until when. What is told while a storm goes on was under way when it
// began: it makes the storm longer where it is right to, and begins none.
func (s *storm) rises(chat int64, until, now time.Time) (all time.Time, rises bool) {
	if now.Before(s.over) {
		s.waits = append(s.waits, until)
		return s.worst(now), true
	}
	for id, t := range s.told {
		if now.Sub(t.at) > s.scale.of(stormWindow) {
			delete(s.told, id)
		}
	}
	s.told[chat] = told{now, until}
	if len(s.told) < stormChats {
		return time.Time{}, false
	}
	s.waits = s.waits[:0]
	for _, t := range s.told {
		s.waits = append(s.waits, t.until)
	}
	clear(s.told)
	return s.worst(now), true
}

// worst is the longest of this storm's waits. One chat alone may have to wait
// for hours for reasons of its own; the others are not to wait with it.
func (s *storm) worst(now time.Time) time.Time {
	slices.SortFunc(s.waits, func(a, b time.Time) int { return b.Compare(a) })
	s.waits = s.waits[:min(len(s.waits), stormChats)]
	if s.waits[0].Sub(now) > stormAlone {
		return s.waits[1]
	}
	return s.waits[0]
}

// Hold keeps a chat from being written to before until. When three chats are
// held within ten seconds Telegram means the whole bot: then all wait, and the
// pace is halved and climbs again by one a second each minute.
func (p *Pacer) Hold(chat int64, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.stats.holds.Add(1)
	p.chats.hold(chat, until, now)
	p.holdElsewhere(chat, until.Sub(now))
	inStorm := now.Before(p.storm.over)
	all, rises := p.storm.rises(chat, until, now)
	if !rises || !all.After(now) {
		return
	}
	p.storm.over = latest(p.storm.over, all)
	p.stop(all)
	if !inStorm {
		p.stats.storms.Add(1)
		p.free.halve(now, all)
	}
	p.free.rateAt = latest(p.free.rateAt, p.storm.over)
	p.haltElsewhere(all.Sub(now), p.free.most)
}

// HoldAll keeps the whole bot from writing before until.
func (p *Pacer) HoldAll(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop(until)
	p.haltElsewhere(time.Until(until), 0)
}

// stop lets no slot begin before until. The lock is held.
func (p *Pacer) stop(until time.Time) {
	p.free.stop(until)
	if p.paid != nil {
		p.paid.stop(until)
	}
}

// Held tells until when the slot may not be used, since Telegram asked to wait
// after it was given; zero: it may.
func (s *Slot) Held() time.Time {
	if s == nil {
		return time.Time{}
	}
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	return s.p.heldUntil(s.to, time.Now())
}

// heldUntil tells until when Telegram asked that a chat be left alone, or that
// all be; zero: it did not. The lock is held.
func (p *Pacer) heldUntil(to To, now time.Time) time.Time {
	if until := latest(p.chats.holdOf(to.Chat), p.storm.over); until.After(now) {
		return until
	}
	return time.Time{}
}
