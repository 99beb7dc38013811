package record

import (
	"encoding/binary"
	"rasid/store"
	"slices"
)

// An Update is what is remembered of a person's update: what it did.
type Update struct {
	Created bool
	Did     []store.Did
}

// UpdateHead is how many bytes of an update's record say no more than how
// many edits there were. Cut to it, the record keeps nothing of the person.
const UpdateHead = 4

const (
	didChanged = 1 << iota
	didRule
)

// Bytes writes u.
func (u Update) Bytes() []byte {
	b := []byte{version, 0}
	if u.Created {
		b[1] = 1
	}
	b = binary.BigEndian.AppendUint16(b, uint16(len(u.Did)))
	for _, d := range u.Did {
		var f byte
		if d.Changed {
			f |= didChanged
		}
		hasRule := d.Rule != store.Rule{}
		if hasRule {
			f |= didRule
		}
		b = binary.AppendUvarint(append(b, f), uint64(d.N))
		if hasRule {
			b = appendRule(b, d.Rule)
		}
	}
	return b
}

// ReadUpdate reads what Bytes wrote, also when it was cut to its head.
func ReadUpdate(b []byte) (Update, error) {
	r := &reader{b: b}
	head := r.take(UpdateHead)
	if r.bad || head[0] != version || head[1] > 1 {
		return Update{}, ErrDamaged
	}
	n := binary.BigEndian.Uint16(head[2:])
	u := Update{Created: head[1] == 1, Did: make([]store.Did, n)}
	if len(r.b) == 0 {
		return u, nil
	}
	for i := range u.Did {
		f := r.byte()
		u.Did[i] = store.Did{Changed: f&didChanged != 0, N: r.int()}
		if f&didRule != 0 {
			u.Did[i].Rule = r.rule("")
		}
	}
	return u, r.done()
}

// CutUpdate takes everything about the person out of an update's record.
func CutUpdate(b []byte) []byte { return slices.Clone(b[:min(len(b), UpdateHead)]) }

// UpdateKey is an update's key within its shard: its number, then the chat
// and thread, eight bytes each.
func UpdateKey(id int64, d store.Dest) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(id))
	b = binary.BigEndian.AppendUint64(b, uint64(d.Chat))
	return binary.BigEndian.AppendUint64(b, uint64(d.Thread))
}
