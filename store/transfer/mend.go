package transfer

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"rasid/store"
	"rasid/store/record"
	"slices"
	"sync"
)

// A mender gives what a source holds, but what follows from the rest of it as it
// ought to be: where each chat is found, and no more of a list than is kept. It
// remembers where that was not so.
type mender struct {
	Source

	mu   sync.Mutex
	told [Parts][]string
}

// Export implements Source.
func (m *mender) Export(ctx context.Context, p Part, f func(Record) error) error {
	s, ok := p.Shard()
	if !ok {
		return m.Source.Export(ctx, p, f)
	}
	x := &mending{shard: s, chats: map[uint32]chat{}, index: map[store.Dest]uint32{}}
	err := m.Source.Export(ctx, p, func(r Record) error {
		switch r.Kind {
		case Chat:
			x.readChat(r)
		case Index:
			x.readIndex(r)
			return nil // it comes last
		case Settled:
			r.Value = x.newest(r, store.TokenKeep)
		case Sent:
			r.Value = x.newest(r, store.RingSize)
		case Dead:
			r.Value = x.newest(r, store.DeadKeep)
		}
		return f(r)
	})
	if err != nil {
		return err
	}
	for _, r := range x.mended() {
		if err := f(r); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told[p] = x.told
	return nil
}

// mendedMost is how many sentences a report has of what was mended.
const mendedMost = 100

// all returns what was not as it ought to be, a sentence each.
func (m *mender) all() []string {
	all := slices.Concat(m.told[:]...)
	if more := len(all) - mendedMost; more > 0 {
		all = append(all[:mendedMost], fmt.Sprintf("and %d more", more))
	}
	return all
}

// A mending is what the mender needs to know of a shard.
type mending struct {
	shard store.Shard
	chats map[uint32]chat
	index map[store.Dest]uint32 // as it is
	told  []string
}

// A chat is a destination's record. One that cannot be read may be anybody's.
type chat struct {
	store.Dest
	gone, unread bool
}

func (x *mending) tell(format string, args ...any) {
	x.told = append(x.told, fmt.Sprintf("shard %d, ", x.shard)+fmt.Sprintf(format, args...))
}

func (x *mending) readChat(r Record) {
	if len(r.Key) != 4 {
		return
	}
	o, c := binary.BigEndian.Uint32(r.Key), chat{unread: true}
	if len(r.Value) >= 8 {
		d, err := record.ReadDestination(store.Place{Shard: x.shard, Ordinal: o}, r.Value[8:])
		c = chat{d.Dest, d.Gone, err != nil}
	}
	x.chats[o] = c
}

func (x *mending) readIndex(r Record) {
	for e := range slices.Chunk(r.Value, 12) {
		if len(r.Key) == 8 && len(e) == 12 {
			d := store.Dest{Chat: int64(binary.BigEndian.Uint64(r.Key)), Thread: int64(binary.BigEndian.Uint64(e))}
			x.index[d] = binary.BigEndian.Uint32(e[8:])
		}
	}
}

// newest is a list without the oldest entries that are too many.
func (x *mending) newest(r Record, keep int) []byte {
	all, err := ReadList(r.Value)
	if err != nil || len(all) <= keep {
		return r.Value
	}
	x.tell("%s %x: %d of %d are kept, the newest", r.Kind, r.Key, keep, len(all))
	return List(all[len(all)-keep:])
}

// mended returns the index as it ought to be.
func (x *mending) mended() []Record {
	found := map[store.Dest]uint32{}
	for _, d := range slices.SortedFunc(maps.Keys(x.index), compareDest) {
		o := x.index[d]
		c, there := x.chats[o]
		switch {
		case c.unread || there && !c.gone && c.Dest == d:
			found[d] = o
		case !there:
			x.tell("chat %d, thread %d: its destination %d is gone with all that it watched", d.Chat, d.Thread, o)
		default:
			x.tell("chat %d, thread %d: it is not looked for at destination %d any more, which is not its", d.Chat, d.Thread, o)
		}
	}
	for _, o := range slices.Sorted(maps.Keys(x.chats)) {
		c := x.chats[o]
		if _, is := found[c.Dest]; !is && !c.gone && !c.unread {
			found[c.Dest] = o
			x.tell("chat %d, thread %d: it is found again at destination %d", c.Chat, c.Thread, o)
		}
	}
	return indexOf(found)
}

func compareDest(a, b store.Dest) int {
	return cmp.Or(cmp.Compare(a.Chat, b.Chat), cmp.Compare(a.Thread, b.Thread))
}

// indexOf writes where destinations are found, of each chat by ordinal.
func indexOf(found map[store.Dest]uint32) []Record {
	byOrdinal := slices.SortedFunc(maps.Keys(found), func(a, b store.Dest) int { return cmp.Compare(found[a], found[b]) })
	chats := map[int64][]byte{}
	for _, d := range byOrdinal {
		b := binary.BigEndian.AppendUint64(chats[d.Chat], uint64(d.Thread))
		chats[d.Chat] = binary.BigEndian.AppendUint32(b, found[d])
	}
	var all []Record
	for _, c := range slices.Sorted(maps.Keys(chats)) {
		all = append(all, Record{Index, binary.BigEndian.AppendUint64(nil, uint64(c)), chats[c]})
	}
	return all
}
