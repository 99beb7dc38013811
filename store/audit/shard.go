package audit

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"rasid/store"
	"rasid/store/record"
	"rasid/store/transfer"
	"slices"
)

// shard checks one shard.
type shard struct {
	*auditor

	n       store.Shard
	last    uint32
	version uint64
	chats   map[uint32]chat
	index   map[store.Dest]uint32
	gone    map[uint32]bool
	jobs    map[uint64]record.Job
	owed    []owed
	tries   []try
	counts  map[uint32]bool   // ordinals whose inbox counts what it dropped
	marks   map[string]uint32 // token -> ordinal
	rings   []uint32
}

// A chat is what is to be known of a destination.
type chat struct {
	store.Dest
	gone    bool
	version uint64
}

// An owed is to whom an item is owed in a class, still or in another way.
type owed struct {
	item  uint64
	class store.Class
	to    []uint32
	in    string // where, if not in the class's set: an inbox, or the list of what came too late
}

// Where an owed may lie.
const (
	inInbox = ", inbox"
	tooLate = ", too late"
)

type try struct {
	item    uint64
	ordinal uint32
}

func newShard(a *auditor, n store.Shard) *shard {
	return &shard{
		auditor: a, n: n, chats: map[uint32]chat{}, index: map[store.Dest]uint32{}, gone: map[uint32]bool{},
		jobs: map[uint64]record.Job{}, marks: map[string]uint32{}, counts: map[uint32]bool{},
	}
}

// hasKey reports whether a record's key is as long as one of its kind is.
func hasKey(r transfer.Record) bool {
	n, fixed := map[transfer.Kind]int{
		transfer.Chat: 4, transfer.Index: 8, transfer.Gone: 4, transfer.Job: 8, transfer.Owed: 9, transfer.Tries: 12, transfer.Sent: 4,
		transfer.Update: 24, transfer.Expired: 9, transfer.Inbox: 4,
	}[r.Kind]
	return !fixed || len(r.Key) == n
}

func (s *shard) read(r transfer.Record) error {
	if !hasKey(r) {
		return record.ErrDamaged
	}
	switch r.Kind {
	case transfer.State:
		return s.readState(r)
	case transfer.Chat:
		return s.readChat(r)
	case transfer.Index:
		return s.readIndex(r)
	case transfer.Gone:
		s.gone[binary.BigEndian.Uint32(r.Key)] = true
	case transfer.Job:
		j, err := record.ReadJob(r.Value)
		s.jobs[binary.BigEndian.Uint64(r.Key)] = j
		return err
	case transfer.Owed:
		to, err := record.ReadOwed(r.Value)
		s.owed = append(s.owed, owed{binary.BigEndian.Uint64(r.Key), store.Class(r.Key[8]), to, ""})
		return err
	case transfer.Expired:
		return s.readExpired(r)
	case transfer.Inbox:
		return s.readInbox(r)
	case transfer.Tries:
		s.tries = append(s.tries, try{binary.BigEndian.Uint64(r.Key), binary.BigEndian.Uint32(r.Key[8:])})
	case transfer.Mark:
		m, err := record.ReadMark(s.n, string(r.Key), r.Value)
		s.marks[string(r.Key)] = m.Ordinal
		return err
	case transfer.Update:
		if len(r.Value) < 8 {
			return record.ErrDamaged
		}
		_, err := record.ReadUpdate(r.Value[8:])
		return err
	}
	return s.readList(r)
}

func (s *shard) readExpired(r transfer.Record) error {
	groups, err := record.ReadExpired(r.Value)
	for _, g := range groups {
		s.owed = append(s.owed, owed{binary.BigEndian.Uint64(r.Key), store.Class(r.Key[8]), g.Owed, tooLate})
	}
	return err
}

func (s *shard) readInbox(r transfer.Record) error {
	o := binary.BigEndian.Uint32(r.Key)
	x, err := record.ReadInbox(store.Place{Shard: s.n, Ordinal: o}, r.Value)
	s.counts[o] = x.Dropped > 0
	for _, i := range x.Items {
		s.owed = append(s.owed, owed{i.Item, i.Class, []uint32{o}, inInbox})
	}
	return err
}

func (s *shard) readState(r transfer.Record) error {
	if len(r.Value) != 12 {
		return record.ErrDamaged
	}
	s.last, s.version = binary.BigEndian.Uint32(r.Value), binary.BigEndian.Uint64(r.Value[4:])
	return nil
}

func (s *shard) readChat(r transfer.Record) error {
	o := binary.BigEndian.Uint32(r.Key)
	s.chats[o] = chat{gone: true}
	if len(r.Value) < 8 {
		return record.ErrDamaged
	}
	d, err := record.ReadDestination(store.Place{Shard: s.n, Ordinal: o}, r.Value[8:])
	s.chats[o] = chat{d.Dest, d.Gone, binary.BigEndian.Uint64(r.Value)}
	return err
}

func (s *shard) readIndex(r transfer.Record) error {
	if len(r.Value)%12 != 0 {
		return record.ErrDamaged
	}
	for i := 0; i < len(r.Value); i += 12 {
		d := store.Dest{Chat: int64(binary.BigEndian.Uint64(r.Key)), Thread: int64(binary.BigEndian.Uint64(r.Value[i:]))}
		s.index[d] = binary.BigEndian.Uint32(r.Value[i+8:])
	}
	return nil
}

func (s *shard) readList(r transfer.Record) error {
	var check func([]byte) error
	most := store.RingSize
	switch r.Kind {
	case transfer.Sent:
		s.rings = append(s.rings, binary.BigEndian.Uint32(r.Key))
		check = func(b []byte) error { _, err := record.ReadSent(b); return err }
	case transfer.Dead:
		most = store.DeadKeep
		check = func(b []byte) error { _, err := record.ReadLetter(s.n, b); return err }
	case transfer.Settled:
		most = store.TokenKeep
		check = func([]byte) error { return nil }
	default:
		return nil
	}
	all, err := transfer.ReadList(r.Value)
	if err != nil {
		return err
	}
	if len(all) > most {
		s.tell(Tokens, fmt.Sprintf("shard %d, %s %x", s.n, r.Kind, r.Key), fmt.Sprintf("there are %d where %d are kept", len(all), most))
	}
	for _, b := range all {
		if err := check(b); err != nil {
			return err
		}
	}
	return nil
}

func (s *shard) end() {
	s.endChats()
	s.endJobs()
	for token, o := range s.marks {
		if !s.live(o) {
			s.tell(Attempt, s.at("attempt %q", token), fmt.Sprintf("it is to destination %d, which is not there", o))
		}
	}
	for _, o := range s.rings {
		if !s.live(o) {
			s.tell(Ring, s.at("what was sent to destination %d", o), "the destination is not there")
		}
	}
}

func (s *shard) live(o uint32) bool {
	c, known := s.chats[o]
	return known && !c.gone
}

func (s *shard) at(format string, args ...any) string {
	return fmt.Sprintf("shard %d, ", s.n) + fmt.Sprintf(format, args...)
}

func (s *shard) endChats() {
	versions := map[uint64]uint32{}
	for _, o := range slices.Sorted(maps.Keys(s.chats)) {
		c := s.chats[o]
		if other, twice := versions[c.version]; twice {
			s.tell(Ordinal, s.at("destination %d", o), fmt.Sprintf("it has version %d, and so has destination %d", c.version, other))
		}
		versions[c.version] = o
		s.endChat(o, c)
	}
	for d, o := range s.index {
		if _, known := s.chats[o]; !known {
			s.tell(Lost, s.at("chat %d, thread %d", d.Chat, d.Thread), fmt.Sprintf("it is looked for at destination %d, which is not there", o))
			continue
		}
		if !s.live(o) || s.chats[o].Dest != d {
			s.tell(Index, s.at("chat %d, thread %d", d.Chat, d.Thread), fmt.Sprintf("it is looked for at destination %d, which is not its", o))
		}
	}
	for o := range s.gone {
		if _, known := s.chats[o]; !known {
			s.tell(Forgotten, s.at("destination %d", o), "it is among the forgotten and has no record")
		}
	}
}

// endChat checks one destination.
func (s *shard) endChat(o uint32, c chat) {
	place := s.at("destination %d", o)
	if o > s.last || c.version > s.version || c.version == 0 {
		s.tell(Ordinal, place, fmt.Sprintf("it has version %d; the newest ordinal is %d and the newest version %d", c.version, s.last, s.version))
	}
	if c.gone != s.gone[o] {
		s.tell(Forgotten, place, fmt.Sprintf("its record says gone: %v, the list of the forgotten %v", c.gone, s.gone[o]))
	}
	if c.gone {
		return
	}
	if at, known := s.index[c.Dest]; known && at != o && s.live(at) && s.chats[at].Dest == c.Dest {
		s.tell(Twice, place, fmt.Sprintf("it is of chat %d, thread %d, and so is destination %d, where that is looked for", c.Chat, c.Thread, at))
	} else if !known || at != o {
		s.tell(Index, place, fmt.Sprintf("it is of chat %d, thread %d, which is not found there", c.Chat, c.Thread))
	}
	home, moved := s.moved[c.Chat]
	if !moved {
		home = store.HomeShard(c.Chat)
	}
	if home != s.n {
		s.tell(Home, place, fmt.Sprintf("it is of chat %d, which the directory looks for in shard %d", c.Chat, home))
	}
}

func (s *shard) endJobs() {
	sums, owes := s.endOwed()
	for _, item := range slices.Sorted(maps.Keys(s.jobs)) {
		if n := s.jobs[item].Tally.Owed; n != sums[item] {
			s.tell(Counter, s.at("item %d", item), fmt.Sprintf("its counter says that %d are owed it, its sets %d", n, sums[item]))
		}
		if item > s.seq {
			s.tell(Number, s.at("item %d", item), fmt.Sprintf("there is a job, and the newest number given out is %d", s.seq))
		}
	}
	for _, x := range s.tries {
		if _, owed := owes[x]; !owed && (x.item != store.InboxCount || !s.counts[x.ordinal]) {
			s.tell(Tried, s.at("item %d", x.item), fmt.Sprintf("attempts to destination %d are counted, which is not owed it", x.ordinal))
		}
	}
}

// endOwed checks the owed sets and returns how many each item is owed to, and in
// which class to whom.
func (s *shard) endOwed() (map[uint64]int, map[try]store.Class) {
	sums, owes := map[uint64]int{}, map[try]store.Class{}
	slices.SortFunc(s.owed, func(a, b owed) int { return cmp.Or(cmp.Compare(a.item, b.item), cmp.Compare(a.class, b.class)) })
	for _, x := range s.owed {
		place := s.at("item %d, class %d%s", x.item, x.class, x.in)
		if _, known := s.jobs[x.item]; !known {
			s.tell(HasJob, place, fmt.Sprintf("it is owed to %d, and there is no job", len(x.to)))
		}
		if _, known := s.items[x.item]; !known {
			s.tell(Told, place, "it is owed, and there is no such article")
		}
		if x.in != tooLate {
			sums[x.item] += len(x.to)
		}
		var lost []uint32
		for _, o := range x.to {
			if !s.live(o) {
				lost = append(lost, o)
			}
			if c, twice := owes[try{x.item, o}]; twice {
				s.tell(OneClass, place, fmt.Sprintf("it is owed to destination %d in class %d, too", o, c))
			}
			owes[try{x.item, o}] = x.class
		}
		if len(lost) > 0 {
			s.tell(Owner, place, fmt.Sprintf("it is owed to %d destinations that are not there, the first is %d", len(lost), lost[0]))
		}
	}
	return sums, owes
}
