package record

import (
	"encoding/binary"
	"rasid/store"
	"slices"
	"time"
)

// What came too late of an item in one shard and class is written as groups,
// one for each time that some were found: the time in eight bytes, the length
// of the set in four, big-endian, and the owed set. The Lua scripts know it.
const expiredHead = 12

// A Late is one such group.
type Late struct {
	At   time.Time
	Owed []uint32 // ascending
}

// AddExpired adds a group.
func AddExpired(b []byte, l Late) []byte {
	set := Owed(l.Owed)
	b = append(slices.Clip(b), Hold(l.At)...)
	return append(binary.BigEndian.AppendUint32(b, uint32(len(set))), set...)
}

// ReadExpired reads the groups, in the order in which they were added.
func ReadExpired(b []byte) ([]Late, error) {
	var got []Late
	err := eachGroup(b, func(at, set []byte) error {
		owed, err := ReadOwed(set)
		got = append(got, Late{ReadHold(at), owed})
		return err
	})
	return got, err
}

// FindExpired returns the group that has an ordinal.
func FindExpired(b []byte, o uint32) (l Late, has bool, err error) {
	err = eachGroup(b, func(at, set []byte) error {
		if HasOwed(set, o) {
			l, has = Late{ReadHold(at), []uint32{o}}, true
		}
		return nil
	})
	return l, has, err
}

// WithoutExpired returns the groups without an ordinal, nil when that leaves
// none, and whether it was in one.
func WithoutExpired(b []byte, o uint32) (out []byte, had bool, err error) {
	err = eachGroup(b, func(at, set []byte) error {
		rest, is := ClearOwed(set, o)
		had = had || is
		if rest == nil {
			return nil
		}
		out = append(out, at...)
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(rest))), rest...)
		return nil
	})
	return out, had, err
}

func eachGroup(b []byte, f func(at, set []byte) error) error {
	for len(b) > 0 {
		if len(b) < expiredHead {
			return ErrDamaged
		}
		n := int(binary.BigEndian.Uint32(b[8:]))
		if n == 0 || n > len(b)-expiredHead {
			return ErrDamaged
		}
		if err := f(b[:8], b[expiredHead:expiredHead+n]); err != nil {
			return err
		}
		b = b[expiredHead+n:]
	}
	return nil
}

// Expired says of which shard, item and class groups are.
func Expired(s store.Shard, item uint64, c store.Class, groups []Late) []store.Expired {
	all := make([]store.Expired, len(groups))
	for i, l := range groups {
		all[i] = store.Expired{Shard: s, Item: item, Class: c, Owed: l.Owed, At: l.At}
	}
	return all
}

// ReadHold reads what Hold wrote.
func ReadHold(b []byte) time.Time { return fromMilli(int64(min(binary.BigEndian.Uint64(b), maxMilli))) }
