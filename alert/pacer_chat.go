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
// chatEvery, and for a group the last minute.
type chatPace struct {
	full time.Time   // when the bucket is full again
	sent []time.Time // within the group window, at most groupMost
	hold time.Time   // Telegram asked to wait until then
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

// at tells when to can take its next message; now when it can.
func (c *chatPaces) at(to To, now time.Time) time.Time {
	p, ok := c.chats[to.Chat]
	if !ok {
		return now
	}
	at := latest(now, latest(p.hold, p.full.Add(-(chatBurst-1)*c.scale.of(chatEvery))))
	if to.Group && len(p.sent) == groupMost {
		at = latest(at, p.sent[0].Add(c.scale.of(groupWindow)))
	}
	return at
}

// use counts a message.
func (c *chatPaces) use(to To, now time.Time) {
	p := c.pace(to.Chat, now)
	p.full = latest(p.full, now).Add(c.scale.of(chatEvery))
	if !to.Group {
		return
	}
	if len(p.sent) == groupMost {
		copy(p.sent, p.sent[1:])
		p.sent = p.sent[:groupMost-1]
	}
	p.sent = append(p.sent, now)
}

// hold keeps a chat from being written to before until.
func (c *chatPaces) hold(chat int64, until, now time.Time) {
	p := c.pace(chat, now)
	p.hold = latest(p.hold, until)
}

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
		if now.Sub(latest(p.full, p.hold)) > c.scale.of(paceIdle) {
			delete(c.chats, id)
		}
	}
	c.sweep = max(paceChats, 2*len(c.chats))
}
