package redisstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Migrate implements store.Chats. A chat's old and new id may lie in two
// slots, so it is a sequence: written down in the directory, the chat's own
// shard changed, the other shard cleared, and the directory last. Whoever
// looks for either chat meanwhile completes it first.
func (s *Store) Migrate(ctx context.Context, from, to int64, now time.Time) error {
	if from == to {
		return nil
	}
	for range attempts {
		err := s.migrate(ctx, from, to, now)
		if !errors.Is(err, errConflict) {
			return wrap(fmt.Sprintf("migrate chat %d to %d", from, to), err)
		}
	}
	return fmt.Errorf("migrate chat %d to %d: %w", from, to, s.exhausted(ctx, from, to))
}

func (s *Store) migrate(ctx context.Context, from, to int64, now time.Time) error {
	old, err := s.homeOf(ctx, from)
	if err != nil {
		return err
	}
	other, err := s.homeOf(ctx, to)
	if err != nil {
		return err
	}
	_, olds, err := s.threads(ctx, old.shard, from)
	if err == nil && len(olds) == 0 {
		var there bool
		if there, err = s.still(ctx, from, old); err == nil && !there {
			err = errConflict
		}
	}
	if err != nil || len(olds) == 0 {
		return err
	}
	if err = s.movable(ctx, olds, old.shard, other.shard, to); err != nil {
		return err
	}
	m := move{From: from, To: to, Shard: old.shard, Other: other.shard, Now: now.UnixMilli()}
	m, err = s.begun(ctx, m, resident{from, old}, resident{to, other})
	if err != nil {
		return err
	}
	return s.resume(ctx, m)
}

// movable returns store.ErrDispatching while a message to one of the destinations
// that a chat gives up is on its way, or what it would bring into shard out of
// another was not dispatched whole. The steps make sure of that; here nothing is
// written down yet that others would have to wait for.
func (s *Store) movable(ctx context.Context, olds []dest, shard, other store.Shard, chat int64) error {
	_, newer, err := s.threads(ctx, other, chat)
	if err != nil || len(newer) == 0 {
		return err
	}
	marks, err := s.Marks(ctx, other)
	if err != nil {
		return err
	}
	for _, n := range newer {
		stays := shard == other && !slices.ContainsFunc(olds, func(d dest) bool { return d.Thread == n.Thread })
		if !stays && slices.ContainsFunc(marks, func(m store.Mark) bool { return m.Ordinal == n.Ordinal }) {
			return errInFlight
		}
		if shard == other {
			continue
		}
		item, err := s.newestOf(ctx, n.Place)
		if err == nil {
			err = s.dispatched(ctx, item)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// newestOf returns the highest number of what a place is owed, has in its inbox or
// was too late for; 0: there is nothing.
func (s *Store) newestOf(ctx context.Context, p store.Place) (item uint64, err error) {
	owed, err := s.owedTo(ctx, p)
	if err != nil {
		return 0, err
	}
	late, err := s.missedBy(ctx, p)
	if err != nil {
		return 0, err
	}
	box, err := s.Inbox(ctx, p)
	for _, x := range owed {
		item = max(item, x.Item)
	}
	for _, x := range late {
		item = max(item, x.item)
	}
	for _, x := range box.Items {
		item = max(item, x.Item)
	}
	return item, err
}

// dispatched returns store.ErrDispatching until the cursor has reached an item.
// The cursor only grows, so it is read after what may not be above it.
func (s *Store) dispatched(ctx context.Context, item uint64) error {
	if item == 0 {
		return nil
	}
	cursor, err := s.Cursor(ctx)
	if err == nil && item > cursor {
		err = fmt.Errorf("item %d: %w", item, store.ErrDispatching)
	}
	return err
}

// A plan is the two steps of a migration.
type plan struct {
	here  *step // in the shard the chat lives in
	there *step // in the one its new id lived in; the same step when it is the same shard
}

// A seat is a destination as it will be, in the chat's shard.
type seat struct {
	dest
	changed bool
	ring    int // its number among the target rings, from 1; 0: none yet
}

// plan reads both chats and works out what has to change.
func (s *Store) plan(ctx context.Context, m move) (plan, error) {
	fromIndex, olds, err := s.threads(ctx, m.Shard, m.From)
	if err != nil {
		return plan{}, err
	}
	hereIndex, here, err := s.threads(ctx, m.Shard, m.To)
	if err != nil {
		return plan{}, err
	}
	p := plan{here: &step{now: m.Now, first: 1}}
	p.there = p.here
	newer := here
	var seats []*seat
	for _, d := range olds {
		seats = append(seats, &seat{dest: d, changed: true})
	}
	if m.Other != m.Shard {
		p.there = &step{now: m.Now}
		var thereIndex string
		if thereIndex, newer, err = s.threads(ctx, m.Other, m.To); err != nil {
			return plan{}, err
		}
		p.there.addIndex(m.To, thereIndex, "")
		for _, d := range here { // seated by an earlier run of this migration
			seats, p.here.first = append(seats, &seat{dest: d}), 0
		}
	}
	for _, n := range newer {
		if seats, err = s.fold(ctx, m, p, seats, n); err != nil {
			return plan{}, err
		}
	}
	return p, p.here.seat(m, seats, fromIndex, hereIndex)
}

// fold gives the destination n, which the chat got under its new id, over to
// the seat of the same thread, or to a new one.
func (s *Store) fold(ctx context.Context, m move, p plan, seats []*seat, n dest) ([]*seat, error) {
	i := slices.IndexFunc(seats, func(x *seat) bool { return x.Thread == n.Thread })
	if i < 0 && m.Other == m.Shard {
		return append(seats, &seat{dest: n}), nil
	}
	owed, err := s.owedTo(ctx, n.Place)
	if err != nil {
		return nil, err
	}
	if err := p.there.retire(n, owed); err != nil {
		return nil, err
	}
	if i < 0 {
		// It may be lost with a server; move.lua makes good for that.
		o, err := s.db.HIncrBy(ctx, shardKey(m.Shard, atState), "last", 1).Result()
		if err != nil {
			return nil, err
		}
		x := &seat{dest: dest{Destination: n.Clone()}, changed: true}
		x.Place = store.Place{Shard: m.Shard, Ordinal: uint32(o)}
		seats, i = append(seats, x), len(seats)
	} else {
		seats[i].Destination, seats[i].changed = seats[i].Merge(n.Destination), true
	}
	return seats, s.inherit(ctx, p.here, seats[i], n, owed)
}

// inherit hands over what n was owed and what it was sent.
func (s *Store) inherit(ctx context.Context, x *step, to *seat, n dest, owed []store.Job) error {
	has, err := s.ring(ctx, to.Place)
	if err != nil {
		return err
	}
	for _, j := range owed {
		x.newest = max(x.newest, j.Item)
		if slices.ContainsFunc(has, func(y store.Sent) bool { return slices.Contains(y.Items, j.Item) }) {
			continue
		}
		tail := record.Job{Created: j.Created, Expires: j.Expires, Matcher: j.Matcher}.Tail()
		x.adopted = append(x.adopted, to.Ordinal, j.Item, uint8(j.Class), tail)
		x.adoptN++
	}
	if err = s.inheritKept(ctx, x, to, n, has); err != nil {
		return err
	}
	sent, err := s.ring(ctx, n.Place)
	if err != nil {
		return err
	}
	for _, y := range slices.Backward(sent) {
		if to.ring == 0 {
			x.targetRings = append(x.targetRings, to.Ordinal)
			to.ring = len(x.targetRings)
		}
		x.sent = append(x.sent, to.ring, record.Sent(y))
		x.snt++
	}
	return nil
}

// inheritKept hands over what came too late for n and what is in its inbox, with
// its count, but for what stands in a ring.
func (s *Store) inheritKept(ctx context.Context, x *step, to *seat, n dest, ring []store.Sent) error {
	told := func(item uint64) bool {
		return slices.ContainsFunc(ring, func(y store.Sent) bool { return slices.Contains(y.Items, item) })
	}
	late, err := s.missedBy(ctx, n.Place)
	for i := 0; i < len(late) && err == nil; i++ {
		m := late[i]
		x.newest = max(x.newest, m.item)
		var tail string
		if tail, err = s.tail(ctx, n.Shard, m.item); tail != "" && !told(m.item) {
			x.late = append(x.late, to.Ordinal, m.item, uint8(m.class), record.Hold(m.at), tail)
			x.lateN++
		}
	}
	if err != nil {
		return err
	}
	box, err := s.Inbox(ctx, n.Place)
	for i := 0; i < len(box.Items) && err == nil; i++ {
		y := box.Items[i]
		x.newest = max(x.newest, y.Item)
		var tail string
		if tail, err = s.tail(ctx, n.Shard, y.Item); tail != "" && !told(y.Item) {
			x.shelved = append(x.shelved, to.Ordinal, y.Item, uint8(y.Class), record.Hold(y.At), record.Hold(box.Due), tail)
			x.shelvedN++
		}
	}
	if box.Dropped > 0 {
		x.counts = append(x.counts, to.Ordinal, box.Dropped, record.Hold(box.Due))
		x.countsN++
	}
	return err
}

// tail returns what is kept of an item in a shard but for its counters; nothing
// of one that was trimmed meanwhile.
func (s *Store) tail(ctx context.Context, shard store.Shard, item uint64) (string, error) {
	job, err := s.db.HGet(ctx, shardKey(shard, atJobs), strconv.FormatUint(item, 10)).Result()
	switch {
	case errors.Is(err, redis.Nil):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("read the job of item %d: %w", item, err)
	case len(job) < record.JobHead:
		return "", fmt.Errorf("read the job of item %d: %w", item, record.ErrDamaged)
	}
	return job[record.JobHead:], nil
}

// owedTo returns the jobs that owe something to a place, by item and class.
func (s *Store) owedTo(ctx context.Context, p store.Place) ([]store.Job, error) {
	all, err := s.Owed(ctx, p.Shard, 0)
	return slices.DeleteFunc(all, func(j store.Job) bool {
		_, owed := slices.BinarySearch(j.Owed, p.Ordinal)
		return !owed
	}), err
}

func (x *step) addIndex(chat int64, was, is string) {
	x.index = append(x.index, chat, was, is)
	x.indexes++
}

// retire makes a destination a tombstone, if it is owed what was read.
func (x *step) retire(n dest, owed []store.Job) error {
	b, err := record.Destination(n.Tombstone())
	if err != nil {
		return err
	}
	var told strings.Builder
	for _, j := range owed {
		told.WriteString(strconv.FormatUint(j.Item, 10) + ":" + strconv.Itoa(int(j.Class)) + " ")
	}
	x.retired = append(x.retired, n.Ordinal, n.version, b, told.String())
	x.retiredN++
	x.retiredRings = append(x.retiredRings, n.Ordinal)
	return nil
}

// seat writes the destinations down under the chat's new id.
func (x *step) seat(m move, seats []*seat, fromIndex, hereIndex string) error {
	var index []byte
	x.seated = len(seats)
	for _, p := range seats {
		index = binary.BigEndian.AppendUint64(index, uint64(p.Thread))
		index = binary.BigEndian.AppendUint32(index, p.Ordinal)
		if !p.changed {
			continue
		}
		b, err := record.Destination(p.Moved(m.To))
		if err != nil {
			return err
		}
		x.records = append(x.records, p.Ordinal, p.version, b)
		x.recordN++
	}
	x.addIndex(m.From, fromIndex, "")
	x.addIndex(m.To, hereIndex, string(index))
	return nil
}
