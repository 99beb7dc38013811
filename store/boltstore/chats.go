package boltstore

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"slices"
	"time"
)

func sortDests(all []dest) {
	slices.SortFunc(all, func(a, b dest) int { return cmp.Compare(a.Ordinal, b.Ordinal) })
}

// Change implements store.Chats.
func (s *Store) Change(ctx context.Context, c store.Change) (r store.Result, err error) {
	err = s.update(ctx, func(t *tx) (err error) {
		r, err = t.change(c)
		return err
	})
	if err != nil {
		return store.Result{}, fmt.Errorf("change %d/%d: %w", c.Dest.Chat, c.Dest.Thread, err)
	}
	return r, nil
}

func (t *tx) change(c store.Change) (store.Result, error) {
	var none store.Result
	shard, err := t.home(c.Dest.Chat)
	if err != nil {
		return none, err
	}
	d, known, err := t.find(c.Dest)
	if err != nil {
		return none, err
	}
	if c.UpdateID != 0 {
		if b, inner := t.get(bucketUpdates, updateKey(shard, c)); inner != nil || b != nil {
			return again(c, d, known, b, inner)
		}
	}
	if !known && c.Existing {
		return none, store.ErrUnknown
	}
	var was *store.Destination
	if known {
		was = &d.Destination
	}
	after, did, changed := c.Do(was)
	switch {
	case !known:
		d, err = t.add(shard, after)
	case changed:
		d.Destination = after
		err = t.putDest(&d)
	}
	if err != nil {
		return none, err
	}
	u := record.Update{Created: !known, Did: did}
	return store.Result{Created: !known, Did: did, After: d.Destination}, t.remember(shard, c, u)
}

func updateKey(s store.Shard, c store.Change) []byte {
	return join(shardKey(s), record.UpdateKey(c.UpdateID, c.Dest))
}

// again answers an update that was applied before.
func again(c store.Change, d dest, known bool, b []byte, err error) (store.Result, error) {
	if err != nil {
		return store.Result{}, err
	}
	u, err := record.ReadUpdate(b[8:])
	if err != nil {
		return store.Result{}, err
	}
	after := store.Destination{Dest: c.Dest, Gone: true}
	if known {
		after = d.Destination
	}
	return store.Result{Again: true, Created: u.Created, Did: u.Did, After: after}, nil
}

// remember keeps what an update did.
func (t *tx) remember(s store.Shard, c store.Change, u record.Update) error {
	if c.UpdateID == 0 {
		return nil
	}
	now, key := record.Hold(c.Now), updateKey(s, c)
	if err := t.put(bucketWhen, join(now, key), nil); err != nil {
		return err
	}
	return t.put(bucketUpdates, key, join(now, u.Bytes()))
}

func (t *tx) find(x store.Dest) (d dest, known bool, err error) {
	p, known, err := t.place(x)
	if err != nil || !known {
		return dest{}, false, err
	}
	d, err = t.dest(p)
	return d, err == nil, err
}

// Destination implements store.Chats.
func (s *Store) Destination(ctx context.Context, x store.Dest) (got store.Destination, err error) {
	err = s.view(ctx, func(t *tx) error {
		d, known, inner := t.find(x)
		if inner == nil && !known {
			inner = store.ErrUnknown
		}
		got = d.Destination
		return inner
	})
	if err != nil {
		return store.Destination{}, fmt.Errorf("destination %d/%d: %w", x.Chat, x.Thread, err)
	}
	return got, nil
}

// Threads implements store.Chats.
func (s *Store) Threads(ctx context.Context, chat int64) ([]store.Destination, error) {
	var got []store.Destination
	err := s.view(ctx, func(t *tx) error {
		all, err := t.threads(chat)
		for _, d := range all {
			got = append(got, d.Destination)
		}
		return err
	})
	return got, err
}

// Changes implements store.Chats.
func (s *Store) Changes(ctx context.Context, cur *store.Cursor, f func(store.Destination) error) error {
	behind, err := s.behind(ctx, cur)
	if err != nil {
		return fmt.Errorf("read changes: %w", err)
	}
	var bad store.UnreadableDestError
	var c changes
	for _, i := range behind {
		if err := s.changes(ctx, i, cur[i], &c, &bad); err != nil {
			return errors.Join(fmt.Errorf("read changes of shard %d: %w", i, err), bad.OrNil())
		}
		for _, d := range c.dests {
			if err := f(d); err != nil {
				return errors.Join(err, bad.OrNil())
			}
		}
		cur[i] = c.version
	}
	return bad.OrNil()
}

// behind returns the shards that changed since the cursor.
func (s *Store) behind(ctx context.Context, cur *store.Cursor) (got []store.Shard, err error) {
	err = s.view(ctx, func(t *tx) error {
		return t.scan(bucketShards, nil, nil, func(r row) (bool, error) {
			x, inner := readShard(r.value)
			if i := binary.BigEndian.Uint16(r.key); x.version > cur[i%store.Shards] {
				got = append(got, store.Shard(i))
			}
			return true, inner
		})
	})
	return got, err
}

// changes are what changed in a shard, and up to which version. What it takes is
// used again for the next shard.
type changes struct {
	dests   []store.Destination
	rules   []store.Rule // of dests
	version uint64
}

// clear forgets what changed, and all that it holds.
func (c *changes) clear() {
	clear(c.dests)
	clear(c.rules)
	c.dests, c.rules, c.version = c.dests[:0], c.rules[:0], 0
}

// changes reads what changed in a shard since a version into c. What is damaged is
// added to bad.
func (s *Store) changes(ctx context.Context, shard store.Shard, since uint64, c *changes, bad *store.UnreadableDestError) error {
	c.clear()
	return s.view(ctx, func(t *tx) error {
		x, err := t.shard(shard)
		c.version = x.version
		if err != nil || since == x.version {
			return err
		}
		prefix := shardKey(shard)
		if since == 0 {
			defer t.release()
			return t.scanAll(bucketDests, prefix, prefix, func(r row, why error) (bool, error) {
				p := readPlace(r.key)
				d, err := dest{}, why
				if why == nil {
					d, c.rules, err = readDestInto(c.rules, p, r.value)
				}
				if err == nil {
					c.dests = append(c.dests, d.Destination)
				}
				return true, passOver(bad, p, err)
			})
		}
		return t.scan(bucketChanges, prefix, join(prefix, u64(since+1)), func(r row) (bool, error) {
			p := store.Place{Shard: shard, Ordinal: binary.BigEndian.Uint32(r.value)}
			d, err := t.dest(p)
			if err == nil {
				c.dests = append(c.dests, d.Destination)
			}
			return true, passOver(bad, p, err)
		})
	})
}

// passOver adds a place to bad if that is what is wrong with it; else it returns
// what is.
func passOver(bad *store.UnreadableDestError, p store.Place, why error) error {
	if errors.Is(why, record.ErrDamaged) {
		bad.Add(p, why)
		return nil
	}
	return why
}

// Forget implements store.Chats.
func (s *Store) Forget(ctx context.Context, chat int64, now time.Time) error {
	return s.update(ctx, func(t *tx) error {
		shard, err := t.home(chat)
		if err != nil {
			return err
		}
		all, err := t.threads(chat)
		if err != nil {
			return err
		}
		for _, d := range all {
			if err := t.forget(d, now); err != nil {
				return err
			}
		}
		if err := t.cutUpdates(shard, chat); err != nil {
			return err
		}
		return t.del(bucketMoved, u64(uint64(chat)))
	})
}

// forget erases one destination and counts what it was owed, or came too late,
// as dropped.
func (t *tx) forget(d dest, now time.Time) error {
	owed, err := t.owedTo(d.Place)
	if err != nil {
		return err
	}
	box, err := t.inbox(d.Place)
	if err != nil {
		return err
	}
	for _, s := range box.Items {
		owed = append(owed, debt{s.Item, s.Class})
	}
	d.Suspended = ""
	for _, x := range owed {
		if _, err := t.settle(d, x.item, store.Dropped); err != nil {
			return err
		}
	}
	if err := t.forgetLate(d.Place); err != nil {
		return err
	}
	if err := t.dropInbox(d.Place); err != nil {
		return err
	}
	return t.retire(d, now)
}

// A debt is one item that is owed to a place.
type debt struct {
	item  uint64
	class store.Class
}

// owedTo returns everything that is owed to a place.
func (t *tx) owedTo(p store.Place) ([]debt, error) {
	var got []debt
	prefix := shardKey(p.Shard)
	err := t.scan(bucketOwed, prefix, prefix, func(r row) (bool, error) {
		if record.HasOwed(r.value, p.Ordinal) {
			got = append(got, debt{binary.BigEndian.Uint64(r.key[2:]), store.Class(r.key[10])})
		}
		return true, nil
	})
	return got, err
}

// cutUpdates takes out of a chat's remembered updates what they say of it.
func (t *tx) cutUpdates(shard store.Shard, chat int64) error {
	rows, err := t.all(bucketUpdates, shardKey(shard))
	if err != nil {
		return err
	}
	for _, r := range rows {
		if int64(binary.BigEndian.Uint64(r.key[10:])) != chat {
			continue
		}
		if err := t.put(bucketUpdates, r.key, join(r.value[:8], record.CutUpdate(r.value[8:]))); err != nil {
			return err
		}
	}
	return nil
}
