package record

import (
	"bytes"
	"encoding/binary"
	"rasid/store"
)

// An inbox is its due time in eight bytes, how many found no room in four, and
// an entry of 17 bytes for each item, oldest first: number, class, when it was
// put there; all big-endian. The Lua scripts know it.
const (
	inboxHead  = 12
	inboxEntry = 17
)

// Inbox writes an inbox, but for its place, which is the key.
func Inbox(x store.Inbox) []byte {
	b := binary.BigEndian.AppendUint32(Hold(x.Due), uint32(x.Dropped))
	for _, s := range x.Items {
		b = append(binary.BigEndian.AppendUint64(b, s.Item), byte(s.Class))
		b = append(b, Hold(s.At)...)
	}
	return b
}

// Outlived counts the items of an inbox's record that were put there before an
// instant, which is given as Hold writes it. It reads nothing else.
func Outlived(b, before []byte) (n int) {
	for at := inboxHead; at+inboxEntry <= len(b); at += inboxEntry {
		if bytes.Compare(b[at+9:at+inboxEntry], before) < 0 {
			n++
		}
	}
	return n
}

// Shelves reports whether an item is in an inbox's record.
func Shelves(b []byte, item uint64) bool {
	for at := inboxHead; at+inboxEntry <= len(b); at += inboxEntry {
		if binary.BigEndian.Uint64(b[at:]) == item {
			return true
		}
	}
	return false
}

// ReadInbox reads what Inbox wrote.
func ReadInbox(p store.Place, b []byte) (store.Inbox, error) {
	x := store.Inbox{Place: p}
	if len(b) < inboxHead || (len(b)-inboxHead)%inboxEntry != 0 {
		return x, ErrDamaged
	}
	x.Due, x.Dropped = ReadHold(b), int(binary.BigEndian.Uint32(b[8:]))
	for b = b[inboxHead:]; len(b) > 0; b = b[inboxEntry:] {
		s := store.Shelved{Item: binary.BigEndian.Uint64(b), Class: store.Class(b[8]), At: ReadHold(b[9:])}
		if s.Class >= store.Classes {
			return x, ErrDamaged
		}
		x.Items = append(x.Items, s)
	}
	return x, nil
}
