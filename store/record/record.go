// Package record is how the store's nouns are written as bytes, in one place
// for every back end: small, versioned, and never trusted when read.
//
// The first byte of each record is its version. Three records have a part of
// fixed places at the start, because a Lua script changes it without reading
// the rest: a destination's suspension and hold, and a job's counters.
package record

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"rasid/store"
	"slices"
	"time"
)

// version is raised together with that of the store, and never without it: an
// upgrade of each back end raises that one before the first record of the new
// version is written. So an older rasid refuses such a store at its start, and one
// that was there before tells a newer record from a damaged one.
const version = 1

// Places in a destination's record.
const (
	flagsAt     = 1 // paused, gone
	suspendedAt = 2
	kindAt      = 3
	holdAt      = 4 // 8 bytes, Unix milliseconds, big-endian
	destHead    = 12
)

const (
	flagPaused = 1 << iota
	flagGone
)

func kinds() []store.Kind {
	return []store.Kind{"", store.Private, store.Group, store.Supergroup, store.Channel}
}

func suspensions() []store.Suspension {
	return []store.Suspension{"", store.Blocked, store.Kicked, store.Refused}
}

// Suspended is a suspension as the byte that stands for it.
func Suspended(s store.Suspension) (byte, error) {
	i := slices.Index(suspensions(), s)
	if i < 0 {
		return 0, fmt.Errorf("no suspension is called %q", s)
	}
	return byte(i), nil
}

// Hold is a time as the eight bytes that stand for it in a destination's
// record, in an order that compares like the times.
func Hold(t time.Time) []byte { return binary.BigEndian.AppendUint64(nil, toMilli(t)) }

// Destination writes d, but for its place, which is the key.
func Destination(d store.Destination) ([]byte, error) {
	suspended, err := Suspended(d.Suspended)
	if err != nil {
		return nil, err
	}
	kind := slices.Index(kinds(), d.Kind)
	if kind < 0 {
		return nil, fmt.Errorf("no kind of chat is called %q", d.Kind)
	}
	if err := numbered(d); err != nil {
		return nil, err
	}
	b := make([]byte, 0, 64+48*len(d.Rules))
	b = append(b, version, destFlags(d), suspended, byte(kind))
	b = append(b, Hold(d.HoldUntil)...)
	b = binary.AppendVarint(b, d.Chat)
	b = binary.AppendVarint(b, d.Thread)
	b = appendTime(appendTime(b, d.Joined), d.Active)
	b = appendStr(b, d.Lang)
	b = binary.AppendUvarint(b, uint64(len(d.Strikes)))
	for _, s := range d.Strikes {
		b = binary.AppendVarint(b, s)
	}
	b = appendStrs(appendStrs(b, d.Topics), d.Routes)
	b = binary.AppendUvarint(b, uint64(d.NextRule))
	b = binary.AppendUvarint(b, uint64(len(d.Rules)))
	for _, r := range d.Rules {
		b = appendRule(b, r)
	}
	return b, nil
}

// numbered refuses numbers of rules that could not be read again.
func numbered(d store.Destination) error {
	if d.NextRule < 0 || d.NextRule > math.MaxInt32 {
		return fmt.Errorf("a chat has no %d rules", d.NextRule)
	}
	for _, r := range d.Rules {
		if r.N < 0 || r.N > math.MaxInt32 {
			return fmt.Errorf("no rule of a chat has the number %d", r.N)
		}
	}
	return nil
}

func destFlags(d store.Destination) (f byte) {
	if d.Paused {
		f |= flagPaused
	}
	if d.Gone {
		f |= flagGone
	}
	return f
}

func appendRule(b []byte, r store.Rule) []byte {
	b = binary.AppendUvarint(b, uint64(r.N))
	return appendStr(appendStr(appendTime(b, r.Made), r.Lang), r.Text)
}

// ruleLeast is how many bytes a rule takes at least: its number, its time, and
// the lengths of two texts.
const ruleLeast = 4

// rule reads a rule. Most are in the language of the one before, which is kept
// once.
func (r *reader) rule(lang string) store.Rule {
	x := store.Rule{N: r.int(), Made: r.time()}
	if b := r.take(r.count()); string(b) == lang {
		x.Lang = lang
	} else {
		x.Lang = string(b)
	}
	x.Text = r.str()
	return x
}

// ReadDestination reads what Destination wrote.
func ReadDestination(p store.Place, b []byte) (store.Destination, error) {
	d, _, err := ReadDestinationInto(nil, p, b)
	return d, err
}

// ReadDestinationInto is ReadDestination where many are read one after the other:
// its rules are added to rules, which is returned longer, and are good while that
// is not used for others.
func ReadDestinationInto(rules []store.Rule, p store.Place, b []byte) (store.Destination, []store.Rule, error) {
	r := &reader{b: b}
	if len(b) > 0 && b[0] > version {
		return store.Destination{}, rules, ErrNewer
	}
	head := r.take(destHead)
	if r.bad || head[0] != version || int(head[suspendedAt]) >= len(suspensions()) || int(head[kindAt]) >= len(kinds()) {
		return store.Destination{}, rules, ErrDamaged
	}
	hold := binary.BigEndian.Uint64(head[holdAt:])
	r.bad = head[flagsAt] > flagPaused|flagGone || hold > maxMilli
	d := store.Destination{
		Place: p, Dest: store.Dest{Chat: r.varint(), Thread: r.varint()},
		Paused: head[flagsAt]&flagPaused != 0, Gone: head[flagsAt]&flagGone != 0,
		Suspended: suspensions()[head[suspendedAt]], Kind: kinds()[head[kindAt]],
		HoldUntil: fromMilli(int64(hold)), Joined: r.time(), Active: r.time(), Lang: r.str(),
	}
	for range r.count() {
		d.Strikes = append(d.Strikes, r.varint())
	}
	d.Topics, d.Routes, d.NextRule = r.strs(), r.strs(), r.int()
	if n := r.count(); n > 0 {
		from, lang := len(rules), ""
		rules = slices.Grow(rules, min(n, len(r.b)/ruleLeast+1))
		for range n {
			rule := r.rule(lang)
			lang, rules = rule.Lang, append(rules, rule)
		}
		d.Rules = rules[from:len(rules):len(rules)]
	}
	return d, rules, r.done()
}

// Doubted is the token under which an attempt is remembered that was settled as
// unknown: that it was delivered may be heard later.
func Doubted(token string) string { return token + "?" }

// Mark writes m, but for shard and token, which are the key.
func Mark(m store.Mark) []byte {
	b := binary.BigEndian.AppendUint32([]byte{version}, m.Ordinal)
	b = binary.AppendUvarint(b, m.Epoch)
	b = binary.AppendUvarint(b, uint64(m.Tries))
	return appendNumbers(appendTime(b, m.At), m.Items)
}

// ReadMark reads what Mark wrote.
func ReadMark(shard store.Shard, token string, b []byte) (store.Mark, error) {
	r := &reader{b: b}
	if r.byte() != version {
		return store.Mark{}, ErrDamaged
	}
	m := store.Mark{Token: token, Place: store.Place{Shard: shard, Ordinal: r.u32()}}
	m.Epoch, m.Tries, m.At, m.Items = r.uvarint(), r.int(), r.time(), r.numbers()
	return m, r.done()
}

// Sent writes one entry of a ring.
func Sent(s store.Sent) []byte {
	b := binary.AppendVarint([]byte{version}, s.MessageID)
	return appendStrs(appendNumbers(appendTime(b, s.At), s.Items), s.Rules)
}

// ReadSent reads what Sent wrote.
func ReadSent(b []byte) (store.Sent, error) {
	r := &reader{b: b}
	if r.byte() != version {
		return store.Sent{}, ErrDamaged
	}
	s := store.Sent{MessageID: r.varint(), At: r.time(), Items: r.numbers(), Rules: r.strs()}
	return s, r.done()
}

// Letter writes a dead letter, but for its shard.
func Letter(l store.DeadLetter) []byte {
	b := LetterHead(l.Ordinal, l.Reason, l.At)
	for _, x := range l.Items {
		b = binary.BigEndian.AppendUint64(b, x)
	}
	return b
}

// LetterHead writes a dead letter up to its items, each of which follows in
// eight bytes, big-endian: a script knows only at the end which they are.
func LetterHead(ordinal uint32, reason string, at time.Time) []byte {
	b := binary.BigEndian.AppendUint32([]byte{version}, ordinal)
	return appendStr(appendTime(b, at), reason)
}

// ReadLetter reads what Letter wrote.
func ReadLetter(shard store.Shard, b []byte) (store.DeadLetter, error) {
	r := &reader{b: b}
	if r.byte() != version {
		return store.DeadLetter{}, ErrDamaged
	}
	l := store.DeadLetter{Place: store.Place{Shard: shard, Ordinal: r.u32()}, At: r.time(), Reason: r.str()}
	for len(r.b) > 0 {
		p := r.take(8)
		if r.bad {
			break
		}
		l.Items = append(l.Items, binary.BigEndian.Uint64(p))
	}
	return l, r.done()
}

// body is what an item's record keeps as JSON.
type body struct {
	Item store.Item `json:"i"`
}

// ItemHead is how many bytes of an item's record come before its content:
// the version and the time it was accepted.
const ItemHead = 9

// Item writes it, but for its number, which is the key.
func Item(it store.Item) ([]byte, error) {
	b := append([]byte{version}, Hold(it.At)...)
	it.Seq, it.At = 0, time.Time{}
	content, err := json.Marshal(body{it})
	if err != nil {
		return nil, fmt.Errorf("write item %q: %w", it.Article.ID, err)
	}
	return append(b, content...), nil
}

// ReadItem reads what Item wrote.
func ReadItem(seq uint64, b []byte) (store.Item, error) {
	switch {
	case len(b) > 0 && b[0] > version:
		return store.Item{}, fmt.Errorf("read item %d: %w", seq, ErrNewer)
	case len(b) < ItemHead || b[0] != version:
		return store.Item{}, ErrDamaged
	}
	var x body
	if err := json.Unmarshal(b[ItemHead:], &x); err != nil {
		return store.Item{}, fmt.Errorf("read item %d: %w: %w", seq, ErrDamaged, err)
	}
	x.Item.Seq, x.Item.At = seq, fromMilli(int64(min(binary.BigEndian.Uint64(b[1:]), maxMilli)))
	return x.Item, nil
}

const maxMilli = 1 << 47 // well past any date a person means
