package redisstore

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// attempts is how often a change is begun anew because someone else changed
// the same record meanwhile.
const attempts = 20

// A dest is a destination as it was read.
type dest struct {
	store.Destination
	version string // eight bytes
}

// A looked is what a change needs to know.
type looked struct {
	shard  store.Shard
	token  string // the shard's
	known  bool
	dest   dest
	update []byte // what is remembered of the update; nil: nothing
}

func (s *Store) lookCall(shard store.Shard, d store.Dest, update []byte) call {
	return call{"look", shardScript(shard), []any{d.Chat, u64(uint64(d.Thread)), update}}
}

func u64(n uint64) string { return string(binary.BigEndian.AppendUint64(nil, n)) }

// look reads a destination, and what is remembered of an update, from the
// shard the chat lives in. Where it is not known it was looked for in the right
// shard.
func (s *Store) look(ctx context.Context, d store.Dest, update []byte) (looked, error) {
	for range attempts {
		h, err := s.homeOf(ctx, d.Chat)
		if err != nil {
			return looked{}, fmt.Errorf("find chat %d: %w", d.Chat, err)
		}
		l, err := readLook(h.shard, s.run(ctx, s.lookCall(h.shard, d, update)))
		if err != nil {
			return looked{}, fmt.Errorf("read destination %d/%d: %w", d.Chat, d.Thread, err)
		}
		if l.known {
			return l, nil
		}
		if there, err := s.still(ctx, d.Chat, h); there || err != nil {
			return l, wrap(fmt.Sprintf("find chat %d", d.Chat), err)
		}
	}
	return looked{}, fmt.Errorf("find chat %d: %w, %d times", d.Chat, errConflict, attempts)
}

func readLook(shard store.Shard, c *redis.Cmd) (looked, error) {
	l := looked{shard: shard}
	got, err := c.Slice()
	if err != nil || len(got) != 4 {
		return l, cmp.Or(err, record.ErrDamaged)
	}
	if b, ok := got[0].(string); ok {
		l.update = []byte(b)
	}
	l.token, _ = got[3].(string)
	o, hasOrdinal := got[1].(int64)
	b, hasRecord := got[2].(string)
	if !hasOrdinal || !hasRecord {
		return l, nil
	}
	l.known = true
	l.dest, err = readDest(store.Place{Shard: shard, Ordinal: uint32(o)}, b)
	return l, err
}

func readDest(p store.Place, b string) (dest, error) {
	if len(b) < 8 {
		return dest{}, record.ErrDamaged
	}
	d, err := record.ReadDestination(p, []byte(b[8:]))
	return dest{d, b[:8]}, err
}

// A reader reads many records of destinations one after the other, in the same
// memory: what it read has its rules until it reads the next.
type reader struct {
	rules []store.Rule
	raw   []byte
}

// read returns a destination by its fields: its ordinal and its record. One that
// is damaged has its place.
func (r *reader) read(shard store.Shard, ordinal, b string) (store.Destination, error) {
	o, err := strconv.ParseUint(ordinal, 10, 32)
	p := store.Place{Shard: shard, Ordinal: uint32(o)}
	switch {
	case err != nil:
		return store.Destination{Place: store.Place{Shard: shard}}, fmt.Errorf("read ordinal %q: %w", ordinal, record.ErrDamaged)
	case len(b) < 8:
		return store.Destination{Place: p}, record.ErrDamaged
	}
	clear(r.rules)
	r.raw = append(r.raw[:0], b[8:]...)
	d, rules, err := record.ReadDestinationInto(r.rules[:0], p, r.raw)
	r.rules, d.Place = rules, p
	return d, err
}

// Change implements store.Chats: read, apply, and store if nobody else did
// meanwhile.
func (s *Store) Change(ctx context.Context, c store.Change) (store.Result, error) {
	for range attempts {
		r, err := s.change(ctx, c)
		if !errors.Is(err, errConflict) {
			return r, wrap(fmt.Sprintf("change %d/%d", c.Dest.Chat, c.Dest.Thread), err)
		}
	}
	return store.Result{}, fmt.Errorf("change %d/%d: %w, %d times", c.Dest.Chat, c.Dest.Thread, errConflict, attempts)
}

func (s *Store) change(ctx context.Context, c store.Change) (store.Result, error) {
	var none store.Result
	var key []byte
	if c.UpdateID != 0 {
		key = record.UpdateKey(c.UpdateID, c.Dest)
	}
	l, err := s.look(ctx, c.Dest, key)
	if err != nil {
		return none, err
	}
	if l.update != nil {
		return s.again(ctx, c, l, key)
	}
	if !l.known && c.Existing {
		return none, store.ErrUnknown
	}
	var was *store.Destination
	if l.known {
		was = &l.dest.Destination
	}
	after, did, changed := c.Do(was)
	b, err := record.Destination(after)
	if err != nil {
		return none, err
	}
	if !changed {
		b = nil
	}
	u := append(record.Hold(c.Now), record.Update{Created: !l.known, Did: did}.Bytes()...)
	cmd := s.run(ctx, call{"change", shardScript(l.shard), []any{
		c.Dest.Chat, u64(uint64(c.Dest.Thread)), l.dest.Ordinal, l.dest.version, b, key, c.Now.UnixMilli(), u, l.token,
	}})
	if err = answer(cmd); err != nil {
		return none, err
	}
	o, err := cmd.Int64()
	after.Place = store.Place{Shard: l.shard, Ordinal: uint32(o)}
	return store.Result{Created: !l.known, Did: did, After: after}, err
}

// again answers an update that was applied before. With replicas it is read once
// more, durably: whoever applied it may not have heard that they have it.
func (s *Store) again(ctx context.Context, c store.Change, l looked, key []byte) (r store.Result, err error) {
	if s.replicas > 0 {
		l, err = readLook(l.shard, s.runDurably(ctx, s.lookCall(l.shard, c.Dest, key)))
	}
	switch {
	case err != nil:
		return r, err
	case l.update == nil: // lost with a server
		return r, errConflict
	case len(l.update) < 8:
		return r, record.ErrDamaged
	}
	u, err := record.ReadUpdate(l.update[8:])
	after := store.Destination{Dest: c.Dest, Gone: true}
	if l.known {
		after = l.dest.Destination
	}
	return store.Result{Again: true, Created: u.Created, Did: u.Did, After: after}, err
}

// Destination implements store.Chats.
func (s *Store) Destination(ctx context.Context, d store.Dest) (store.Destination, error) {
	l, err := s.look(ctx, d, nil)
	if err != nil {
		return store.Destination{}, err
	}
	if !l.known {
		return store.Destination{}, fmt.Errorf("destination %d/%d: %w", d.Chat, d.Thread, store.ErrUnknown)
	}
	return l.dest.Destination, nil
}

// Threads implements store.Chats.
func (s *Store) Threads(ctx context.Context, chat int64) ([]store.Destination, error) {
	for range attempts {
		h, err := s.homeOf(ctx, chat)
		if err != nil {
			return nil, fmt.Errorf("find chat %d: %w", chat, err)
		}
		_, all, err := s.threads(ctx, h.shard, chat)
		if err != nil {
			return nil, fmt.Errorf("read chat %d: %w", chat, err)
		}
		var got []store.Destination
		for _, d := range all {
			got = append(got, d.Destination)
		}
		there := len(got) > 0
		if !there {
			there, err = s.still(ctx, chat, h)
		}
		if there || err != nil {
			return got, wrap(fmt.Sprintf("find chat %d", chat), err)
		}
	}
	return nil, fmt.Errorf("find chat %d: %w, %d times", chat, errConflict, attempts)
}

// threads returns a chat's entry in a shard's index and its destinations, by
// ordinal.
func (s *Store) threads(ctx context.Context, shard store.Shard, chat int64) (index string, all []dest, err error) {
	index, err = s.db.HGet(ctx, shardKey(shard, atIndex), strconv.FormatInt(chat, 10)).Result()
	if errors.Is(err, redis.Nil) || err == nil && index == "" {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	if len(index)%12 != 0 {
		return "", nil, record.ErrDamaged
	}
	var ordinals []string
	for i := 8; i < len(index); i += 12 {
		ordinals = append(ordinals, strconv.FormatUint(uint64(binary.BigEndian.Uint32([]byte(index[i:i+4]))), 10))
	}
	all, err = s.dests(ctx, shard, ordinals)
	sortDests(all)
	return index, all, err
}

// dests reads the destinations with the given ordinals, those that exist.
func (s *Store) dests(ctx context.Context, shard store.Shard, ordinals []string) ([]dest, error) {
	rows, err := s.db.HMGet(ctx, shardKey(shard, atDests), ordinals...).Result()
	if err != nil {
		return nil, err
	}
	var all []dest
	for i, row := range rows {
		b, ok := row.(string)
		if !ok {
			continue
		}
		d, err := readField(shard, ordinals[i], b)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

func readField(shard store.Shard, ordinal, b string) (dest, error) {
	d, err := new(reader).read(shard, ordinal, b)
	return dest{d, b[:min(len(b), 8)]}, err
}
