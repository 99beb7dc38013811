package audit

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"rasid/store/transfer"
	"time"
)

// An item is what is to be known of an article.
type item struct {
	key    string // record.ItemKey
	digest string
	at     time.Time
	quiet  bool
}

// An id is what is remembered by an article's id.
type id struct {
	seq    uint64
	digest string
}

func number(b []byte) (uint64, error) {
	if len(b) != 8 {
		return 0, record.ErrDamaged
	}
	return binary.BigEndian.Uint64(b), nil
}

// log checks the log of articles.
type log struct {
	*auditor

	ids map[string]id
}

func (l *log) read(r transfer.Record) (err error) {
	switch r.Kind {
	case transfer.Seq:
		l.seq, err = number(r.Value)
	case transfer.Item:
		return l.item(r)
	case transfer.ID:
		if len(r.Key) != record.KeySize || len(r.Value) != 16+record.KeySize {
			return record.ErrDamaged
		}
		l.ids[string(r.Key)] = id{binary.BigEndian.Uint64(r.Value), string(r.Value[16:])}
	}
	return err
}

func (l *log) item(r transfer.Record) error {
	seq, err := number(r.Key)
	if err != nil {
		return err
	}
	l.items[seq] = item{}
	it, err := record.ReadItem(seq, r.Value)
	if err != nil {
		return err
	}
	digest, err := record.Digest(it)
	l.items[seq] = item{string(record.ItemKey(it.Article.ID)), string(digest), it.At, it.Quiet}
	return err
}

func (l *log) end() {
	if l.cursor > l.seq {
		l.tell(Number, "the cursor", fmt.Sprintf("it is at article %d and the newest number given out is %d: what comes in next would reach nobody", l.cursor, l.seq))
	}
	if _, err := record.ReadReach(l.cursor, l.seq, l.ahead); err != nil {
		l.tell(Ahead, "what is ahead of the cursor", fmt.Sprintf("it cannot be read, or is beyond article %d, the newest", l.seq))
	}
	for seq, it := range l.items {
		place := fmt.Sprintf("article %d", seq)
		if seq > l.seq {
			l.tell(Number, place, fmt.Sprintf("the newest number given out is %d", l.seq))
		}
		got, known := l.ids[it.key]
		switch {
		case it.key == "": // it could not be read, which was told
		case !known && it.at.After(l.now.Add(-store.IDKeep)):
			l.tell(ID, place, "its id is not known, so it would be taken in again")
		case known && got.seq > seq && it.quiet: // it is told under that number: another feed brought it
		case known && got.seq != seq:
			l.tell(ID, place, fmt.Sprintf("its id leads to article %d", got.seq))
		case known && got.digest != it.digest:
			l.tell(ID, place, "its id tells of other content, so the same would be taken for an edit")
		}
	}
	for key, x := range l.ids {
		if x.seq > l.seq || x.seq == 0 {
			l.tell(Number, fmt.Sprintf("id %x", key), fmt.Sprintf("it leads to article %d and the newest number given out is %d", x.seq, l.seq))
		}
	}
}

// directory checks where chats live.
type directory struct{ *auditor }

func (d *directory) read(r transfer.Record) error {
	if len(r.Key) != 8 || len(r.Value) != 2 || store.Shard(binary.BigEndian.Uint16(r.Value)).Check() != nil {
		return record.ErrDamaged
	}
	d.moved[int64(binary.BigEndian.Uint64(r.Key))] = store.Shard(binary.BigEndian.Uint16(r.Value))
	return nil
}

func (d *directory) end() {}

// notes checks how far intake is.
type notes struct{ *auditor }

func (n *notes) read(r transfer.Record) error {
	switch r.Kind {
	case transfer.Cursor:
		cursor, err := number(r.Value)
		n.cursor = cursor
		return err
	case transfer.Ahead:
		n.ahead = bytes.Clone(r.Value)
	case transfer.Epoch, transfer.KnownFile:
		_, err := number(r.Value)
		return err
	case transfer.RuleFile:
		_, err := number(r.Value[:min(len(r.Value), 8)])
		return err
	}
	return nil
}

func (n *notes) end() {}
