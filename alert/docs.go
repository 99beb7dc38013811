package alert

import (
	"container/list"
	"context"
	"fmt"
	"rasid/rules"
	"rasid/store"
	"sync"
)

// Items is what matching again needs of the store.
type Items interface {
	Item(ctx context.Context, seq uint64) (store.Item, error)
}

// An itemDoc is an item as it was read for matching again.
type itemDoc struct {
	seq  uint64
	once sync.Once
	err  error
	item store.Item
	doc  rules.Doc
}

// docs keeps the items told last, so that an article for a thousand chats is
// read once and not a thousand times.
type docs struct {
	store Items
	most  int

	mu    sync.Mutex
	known map[uint64]*list.Element // of *itemDoc
	order *list.List               // the one used last in front
}

func newDocs(s Items, most int) *docs {
	return &docs{store: s, most: most, known: map[uint64]*list.Element{}, order: list.New()}
}

// get returns an item, read. store.ErrUnknown: it is no more.
func (c *docs) get(ctx context.Context, seq uint64) (*itemDoc, error) {
	d := c.entry(seq)
	d.once.Do(func() {
		d.item, d.err = c.store.Item(ctx, seq)
		if d.err == nil && d.item.Broadcast == nil {
			d.doc.Reset(&d.item.Article)
		}
	})
	if d.err != nil {
		c.drop(d)
		return nil, fmt.Errorf("read item %d: %w", seq, d.err)
	}
	return d, nil
}

func (c *docs) entry(seq uint64) *itemDoc {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.known[seq]; ok {
		c.order.MoveToFront(e)
		d, _ := e.Value.(*itemDoc)
		return d
	}
	if c.order.Len() >= c.most {
		c.remove(c.order.Back())
	}
	d := &itemDoc{seq: seq}
	c.known[seq] = c.order.PushFront(d)
	return d
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
