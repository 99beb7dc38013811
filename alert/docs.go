package alert

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"rasid/rules"
	"rasid/store"
	"rasid/store/record"
	"sync"
	"time"
)

// Items is what matching again needs of the store.
type Items interface {
	Item(ctx context.Context, seq uint64) (store.Item, error)
}

// An itemDoc is an item as it was read for matching again.
type itemDoc struct {
	seq  uint64
	read chan struct{} // closed when it was read; the rest stands then
	err  error
	item store.Item
	doc  rules.Doc
}

// docs keeps the items told last, so that an article for a thousand chats is
// read once and not a thousand times. One that cannot be read is not asked for
// by each of them either.
type docs struct {
	items Items
	store *persister
	most  int

	mu     sync.Mutex
	known  map[uint64]*list.Element // of *itemDoc
	order  *list.List               // the one used last in front
	unread map[uint64]unread        // those that could not be read when they were asked for last
	says   seldom
}

// How an item that cannot be read is tried again, here and by an Intake.
const (
	readLimit    = 10 * time.Second // for one try, of a store that fails
	readAgain    = 30 * time.Second // after it was found damaged
	damagedFor   = 5 * time.Minute  // a damaged item is tried so long before it is given up,
	damagedLeast = 5                // and so often
	unreadMost   = 4096             // items that are remembered as such
)

// An unread is the error of an item that cannot be read for now.
type unread struct {
	seq     uint64
	err     error
	again   time.Time // it is not asked for before
	damaged int       // how often the item itself was found damaged
	since   time.Time // when it was so first
}

func (u *unread) Error() string { return fmt.Sprintf("read item %d: %v", u.seq, u.err) }
func (u *unread) Unwrap() error { return u.err }

// found notes that the item cannot be read now, either, and why.
func (u *unread) found(seq uint64, err error, now time.Time, s scale) {
	u.seq, u.err, u.again = seq, err, now.Add(s.of(retryMost))
	if errors.Is(err, record.ErrDamaged) {
		u.again = now.Add(s.of(readAgain))
		if u.damaged++; u.damaged == 1 {
			u.since = now
		}
	}
}

// lost reports whether to give the item up: it is damaged, for good. A store
// that is away says nothing of its items.
func (u *unread) lost(s scale) bool {
	return errors.Is(u.err, record.ErrDamaged) && u.damaged >= damagedLeast && time.Since(u.since) >= s.of(damagedFor)
}

// errBroken is what those hear who wait for a reader that did not come to its end.
var errBroken = errors.New("whoever read it broke off")

func newDocs(s Items, p *persister, most int) *docs {
	return &docs{items: s, store: p, most: most, known: map[uint64]*list.Element{}, order: list.New(), unread: map[uint64]unread{}}
}

// get returns an item, read. store.ErrUnknown: it is no more. An *unread: it
// cannot be read for now. It waits as long as ctx lasts; the item is read under
// reads, for others may wait for it, too.
func (c *docs) get(ctx, reads context.Context, seq uint64) (*itemDoc, error) {
	if u, is := c.isUnread(seq); is {
		return nil, &u
	}
	d, mine := c.entry(seq)
	if mine {
		c.fetch(reads, d)
	}
	select {
	case <-d.read:
	case <-ctx.Done():
		return nil, fmt.Errorf("read item %d: %w", seq, ctx.Err())
	}
	if d.err != nil {
		return nil, d.err
	}
	return d, nil
}

// fetch reads an item for all who wait for it.
func (c *docs) fetch(ctx context.Context, d *itemDoc) {
	d.err = &unread{seq: d.seq, err: errBroken} // unless it comes to its end
	defer func() {
		if d.err != nil {
			c.drop(d)
		}
		close(d.read)
	}()
	err := c.load(ctx, d)
	switch {
	case err == nil:
		c.wasRead(d.seq)
		err = c.analyse(d)
	case errors.Is(err, store.ErrUnknown):
		err = fmt.Errorf("read item %d: %w", d.seq, err)
	case ctx.Err() == nil:
		err = c.failed(d.seq, err)
	}
	d.err = err
}

func (c *docs) analyse(d *itemDoc) (err error) {
	defer caught(c.store.log, "read an article", &err)
	if d.item.Broadcast == nil {
		d.doc.Reset(&d.item.Article)
	}
	return nil
}

// load asks the store, and again while it fails, but for what it says of the
// item itself.
func (c *docs) load(ctx context.Context, d *itemDoc) error {
	limited, cancel := context.WithTimeout(ctx, c.store.scale.of(readLimit))
	defer cancel()
	var final error
	err := c.store.do(limited, "read an item", func() (err error) {
		if d.item, err = c.items.Item(limited, d.seq); errors.Is(err, record.ErrDamaged) || errors.Is(err, record.ErrNewer) {
			final, err = err, nil
		}
		return err
	})
	return errors.Join(err, final)
}

// failed remembers that an item cannot be read, and says so.
func (c *docs) failed(seq uint64, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	u := c.unread[seq]
	u.found(seq, err, now, c.store.scale)
	c.store.stats.storeErrors.Add(1)
	if others, ok := c.says.may(now); ok {
		c.store.log.Error("an article cannot be read; its alerts wait, others go on", "article", seq, "damaged", u.damaged, "others", others, "err", err)
	}
	if len(c.unread) >= unreadMost {
		for old := range c.unread { // it begins anew, should it be met again
			delete(c.unread, old)
			break
		}
	}
	c.unread[seq] = u
	return &u
}

func (c *docs) isUnread(seq uint64) (unread, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	u, is := c.unread[seq]
	return u, is && u.again.After(time.Now())
}

func (c *docs) wasRead(seq uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.unread, seq)
}

// entry returns the item's, and whether it is the caller's to read.
func (c *docs) entry(seq uint64) (d *itemDoc, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.known[seq]; ok {
		c.order.MoveToFront(e)
		d, _ = e.Value.(*itemDoc)
		return d, false
	}
	if c.order.Len() >= c.most {
		c.remove(c.order.Back())
	}
	d = &itemDoc{seq: seq, read: make(chan struct{})}
	c.known[seq] = c.order.PushFront(d)
	return d, true
}

// drop forgets a reading that failed, so that the next one tries again.
func (c *docs) drop(d *itemDoc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.known[d.seq]; ok && e.Value == d {
		c.remove(e)
	}
}

func (c *docs) remove(e *list.Element) {
	d, _ := e.Value.(*itemDoc)
	c.order.Remove(e)
	delete(c.known, d.seq)
}
