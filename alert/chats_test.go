package alert_test

import (
	"context"
	"errors"
	"fmt"
	"rasid/alert"
	"rasid/store"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A told is a message that arrived in a chat.
type told struct {
	Chat  int64
	Item  uint64
	Class store.Class
	Rules []string
	At    time.Time
	List  bool // it came with others in one message of the queue

	Missed int      // older ones its message told of
	All    []uint64 // every item in it, oldest first: of an inbox several
}

// chats is Telegram as a Sender sees it: it remembers, and answers as asked.
type chats struct {
	answer func(a alert.Alert, nth int) alert.Outcome // nil: delivered; nth attempt at this (chat, item), from 1
	probe  func() error
	takes  time.Duration // how long an answer takes

	mu       sync.Mutex
	told     []told
	worded   []int64        // chats that something was worded for
	nth      map[string]int // attempts at (chat, item), a list's by its first
	messages int            // attempts, all together
	dropped  []int          // of each attempt, what it told of that an inbox did not keep
	probes   int
	dead     *atomic.Bool // the process is gone: nothing reaches Telegram
}

func (c *chats) Prepare(_ context.Context, a alert.Alert) (alert.Message, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.worded = append(c.worded, a.To.Chat)
	return a, nil
}

func (c *chats) PrepareList(ctx context.Context, all []alert.Alert) (alert.Message, error) {
	if len(all) < 2 {
		return nil, errors.New("a list of one")
	}
	for _, a := range all {
		if _, err := c.Prepare(ctx, a); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (c *chats) Send(ctx context.Context, m alert.Message) alert.Outcome {
	all, isList := m.([]alert.Alert)
	if !isList {
		all = []alert.Alert{m.(alert.Alert)}
	}
	a := all[0]
	if c.dead != nil && c.dead.Load() {
		return alert.Outcome{Fate: alert.NotWritten}
	}
	c.mu.Lock()
	key := fmt.Sprint(a.To.Chat, a.Item.Seq)
	if c.nth == nil {
		c.nth = map[string]int{}
	}
	c.nth[key]++
	c.messages++
	c.dropped = append(c.dropped, a.Dropped)
	out := alert.Outcome{Fate: alert.Delivered}
	if c.answer != nil {
		out = c.answer(a, c.nth[key])
	}
	if out.Fate == alert.Delivered || out.Fate == alert.Unknown && out.MessageID != 0 {
		out.MessageID = int64(len(c.told) + 1)
		for _, a := range all {
			t := told{Chat: a.To.Chat, Item: a.Item.Seq, Class: a.Class, At: time.Now(), List: isList, Missed: a.Missed, All: a.Items()}
			for _, r := range a.Reasons {
				t.Rules = append(t.Rules, r.Name)
			}
			c.told = append(c.told, t)
		}
	}
	c.mu.Unlock()
	answer := time.NewTimer(c.takes)
	defer answer.Stop()
	select {
	case <-answer.C:
		return out
	case <-ctx.Done():
		return alert.Outcome{Fate: alert.Unknown}
	}
}

func (c *chats) Probe(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.probes++
	if c.probe == nil {
		return nil
	}
	return c.probe()
}

func (c *chats) all() []told {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]told(nil), c.told...)
}

// counts returns a copy of dropped.
func (c *chats) counts() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.dropped)
}

// to lists the items that a chat was told, in order.
func (c *chats) to(chat int64) []uint64 {
	var items []uint64
	for _, t := range c.all() {
		if t.Chat == chat {
			items = append(items, t.All...)
		}
	}
	return items
}
