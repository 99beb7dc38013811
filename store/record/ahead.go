package record

import (
	"encoding/binary"
	"rasid/store"
)

// Ahead writes what of a reach is beyond its cursor, which is another record; nil:
// nothing. An older rasid does not know it, and begins at the cursor.
func Ahead(r store.Reach) []byte {
	if len(r.Unread) == 0 {
		return nil
	}
	b := binary.AppendUvarint([]byte{version}, r.To)
	last := uint64(0)
	for _, seq := range r.Unread {
		b = binary.AppendUvarint(b, seq-last)
		last = seq
	}
	return b
}

// ReadReach returns how far intake is by the cursor and what is written ahead of it;
// nil: nothing. An older rasid may have moved the cursor since. What cannot be, also
// beyond the newest number that was given out, is an error and counts as nothing.
func ReadReach(cursor, newest uint64, ahead []byte) (store.Reach, error) {
	none := store.Reach{To: cursor}
	if len(ahead) == 0 {
		return none, nil
	}
	if ahead[0] != version {
		return none, ErrNewer
	}
	to, b, err := step(ahead[1:])
	if err != nil || to > newest || len(b) == 0 {
		return none, ErrDamaged
	}
	got := store.Reach{To: max(cursor, to)}
	for seq := uint64(0); len(b) > 0; {
		var n uint64
		if n, b, err = step(b); err != nil || n == 0 || n > to-seq {
			return none, ErrDamaged
		}
		if seq += n; seq > cursor {
			got.Unread = append(got.Unread, seq)
		}
	}
	return got, nil
}

// step takes a number off the start of b.
func step(b []byte) (n uint64, rest []byte, err error) {
	n, width := binary.Uvarint(b)
	if width <= 0 {
		return 0, nil, ErrDamaged
	}
	return n, b[width:], nil
}
