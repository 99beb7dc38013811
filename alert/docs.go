package alert

import (
	"container/list"
	"context"
	"fmt"
	"sync"

	"rasid/rules"
	"rasid/store"
)

// Items is what docs needs of the store.
type Items interface {
	Item(ctx context.Context, seq uint64) (store.Item, error)
}

// An itemDoc is an item as it was read for matching again.
type itemDoc struct {
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
	known map[uint64]*list.Element
	order *list.List // of seq; the one used last in front
	docs  map[uint64]*itemDoc
}

func newDocs(s Items, most int) *docs {
	return &docs{store: s, most: most, known: map[uint64]*list.Element{}, order: list.New(), docs: map[uint64]*itemDoc{}}
}

func (c *docs) get(ctx context.Context, seq uint64) (*itemDoc, error) {
	d := c.entry(seq)
	d.once.Do(func() {
		d.item, d.err = c.store.Item(ctx, seq)
		if d.err == nil {
			d.doc.Reset(&d.item.Article)
		}
	})
	if d.err != nil {
		c.drop(seq, d)
		return nil, fmt.Errorf("read item %d: %w", seq, d.err)
	}
	return d, nil
}

func (c *docs) entry(seq uint64) *itemDoc {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.known[seq]; ok {
		c.order.MoveToFront(e)
		return c.docs[seq]
	}
	if c.order.Len() >= c.most {
		c.remove(c.order.Back())
	}
	c.known[seq] = c.order.PushFront(seq)
	c.docs[seq] = new(itemDoc)
	return c.docs[seq]
}

// drop forgets a reading that failed, so that the next one tries again.
func (c *docs) drop(seq uint64, d *itemDoc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.docs[seq] == d {
		c.remove(c.known[seq])
	}
}

func (c *docs) remove(e *list.Element) {
	seq, _ := e.Value.(uint64)
	c.order.Remove(e)
	delete(c.known, seq)
	delete(c.docs, seq)
}
