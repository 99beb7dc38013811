package alert

import "time"

// How long a chat's pace is remembered.
const (
	paceIdle  = 2 * groupWindow // a chat unused this long is as good as new
	paceChats = 1 << 16         // forgetting starts above this many
)

// chatPaces knows what each chat was sent lately.
type chatPaces struct {
	scale scale
	chats map[int64]*chatPace
	sweep int // forgetting is due at this many
}

// A chatPace is a bucket of chatBurst messages that fills by one every
// chatEvery, and for a group the last minute. A message goes into the bucket
// when it is answered, for it may have arrived as late as that, and one that is
// under way counts as if it arrived now.
type chatPace struct {
	full   time.Time // when the bucket is full again
	flying int       // without an answer
	since  time.Time // when the last was sent
	sent   []message // to a group, at most groupTakes
	hold   time.Time // Telegram asked to wait until then
	other  time.Time // another process writes there until then
}

// A message is one to a group.
type message struct {
	at  time.Time
	end time.Time // of the answer; zero: none yet
}

func newChatPaces(s scale) chatPaces {
	return chatPaces{scale: s, chats: map[int64]*chatPace{}, sweep: paceChats}
}

func (c *chatPaces) holdOf(chat int64) time.Time {
	if p, ok := c.chats[chat]; ok {
		return p.hold
	}
	return time.Time{}
}

// at tells when to can take its next message; now when it can. A chat is sent
// one message at a time, so that nothing follows one that is told to wait; busy
// says whether that counts.
func (c *chatPaces) at(to To, now time.Time, busy bool) time.Time {
	p, ok := c.chats[to.Chat]
	if !ok {
		return now
	}
	at := latest(now, latest(p.hold, p.other))
	full := p.full
	if busy && p.flying > 0 {
		at = latest(at, p.since.Add(c.scale.of(chatBusy)))
		full = latest(full, now).Add(time.Duration(p.flying) * c.scale.of(chatEvery))
	}
	at = latest(at, full.Add(-(chatBurst-1)*c.scale.of(chatEvery)))
	if to.Group {
		at = latest(at, p.groupAt(now, c.scale.of(groupWindow)))
	}
	return at
}

// groupAt tells when a group can take its next message: groupMost are sent in a
// window, and groupTakes may arrive in one.
func (p *chatPace) groupAt(now time.Time, window time.Duration) (at time.Time) {
	n := len(p.sent)
	if n >= groupMost {
		at = p.sent[n-groupMost].at.Add(window)
	}
	if n < groupTakes {
		return at
	}
	end := p.sent[0].end
	if end.IsZero() {
		end = now
	}
	return latest(at, end.Add(window))
}

// use counts a message as under way.
func (c *chatPaces) use(to To, now time.Time) {
	p := c.pace(to.Chat, now)
	p.flying++
	p.since = now
	if !to.Group {
		return
	}
	if len(p.sent) == groupTakes {
		copy(p.sent, p.sent[1:])
		p.sent = p.sent[:groupTakes-1]
	}
	p.sent = append(p.sent, message{at: now})
}

// answered counts one message that was under way as arrived, or as never sent.
func (c *chatPaces) answered(to To, sent bool, now time.Time) {
	p := c.pace(to.Chat, now)
	p.flying = max(0, p.flying-1)
	if sent {
		p.full = latest(p.full, now).Add(c.scale.of(chatEvery))
	}
	for i := range p.sent {
		if p.sent[i].end.IsZero() { // which of several is the same
			p.sent[i].end = now
			if !sent {
				p.sent = append(p.sent[:i], p.sent[i+1:]...)
			}
			return
		}
	}
}

// hold keeps a chat from being written to before until.
func (c *chatPaces) hold(chat int64, until, now time.Time) {
	p := c.pace(chat, now)
	p.hold = latest(p.hold, until)
}

// wait keeps a chat from being asked for before until, since another process
// writes there.
func (c *chatPaces) wait(chat int64, until, now time.Time) { c.pace(chat, now).other = until }

func (c *chatPaces) pace(chat int64, now time.Time) *chatPace {
	p, ok := c.chats[chat]
	if !ok {
		c.forget(now)
		p = new(chatPace)
		c.chats[chat] = p
	}
	return p
}

// forget drops chats that were idle long enough to be as good as new.
func (c *chatPaces) forget(now time.Time) {
	if len(c.chats) < c.sweep {
		return
	}
	for id, p := range c.chats {
		if p.flying == 0 && now.Sub(latest(p.full, p.hold)) > c.scale.of(paceIdle) {
			delete(c.chats, id)
		}
	}
	c.sweep = max(paceChats, 2*len(c.chats))
}
