package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrDamaged reports bytes that no encoder wrote.
var ErrDamaged = errors.New("record is damaged")

// ErrNewer reports an item of a version above ours: nothing is wrong with it, and
// a newer rasid beside us can read it.
var ErrNewer = errors.New("record was written by a newer rasid")

// Ours returns what err means where no newer rasid has been: a record that claims
// to be of one is damaged.
func Ours(err error) error {
	if !errors.Is(err, ErrNewer) {
		return err
	}
	return fmt.Errorf("%w: it says that a newer rasid wrote it, and none has been here", ErrDamaged)
}

// A reader takes a record apart. After the first problem it returns zeros and
// done reports it.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	p := r.b[:n]
	r.b = r.b[n:]
	return p
}

func (r *reader) byte() byte {
	if p := r.take(1); len(p) == 1 {
		return p[0]
	}
	return 0
}

func (r *reader) u32() uint32 {
	if p := r.take(4); len(p) == 4 {
		return binary.BigEndian.Uint32(p)
	}
	return 0
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.take(-1)
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.take(-1)
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads how many things follow that take at least one byte each.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.take(-1)
		return 0
	}
	return int(n)
}

func (r *reader) str() string { return string(r.take(r.count())) }

func (r *reader) strs() []string {
	n := r.count()
	if n == 0 {
		return nil
	}
	s := make([]string, 0, n)
	for range n {
		s = append(s, r.str())
	}
	return s
}

func (r *reader) numbers() []uint64 {
	n := r.count()
	if n == 0 {
		return nil
	}
	s := make([]uint64, 0, n)
	for range n {
		s = append(s, r.uvarint())
	}
	return s
}

func (r *reader) int() int {
	n := r.uvarint()
	if n > math.MaxInt32 {
		r.take(-1)
		return 0
	}
	return int(n)
}

func (r *reader) time() time.Time {
	ms := r.uvarint()
	if ms > maxMilli {
		r.take(-1)
		return time.Time{}
	}
	return fromMilli(int64(ms))
}

// done reports whether the whole record was read and made sense.
func (r *reader) done() error {
	if r.bad || len(r.b) > 0 {
		return ErrDamaged
	}
	return nil
}

func appendStr(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendStrs(b []byte, s []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	for _, x := range s {
		b = appendStr(b, x)
	}
	return b
}

func appendNumbers(b []byte, s []uint64) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	for _, x := range s {
		b = binary.AppendUvarint(b, x)
	}
	return b
}

func appendTime(b []byte, t time.Time) []byte { return binary.AppendUvarint(b, toMilli(t)) }

// toMilli is t in Unix milliseconds; 0 stands for the zero time.
func toMilli(t time.Time) uint64 { return uint64(max(t.UnixMilli(), 0)) }

func fromMilli(ms int64) time.Time {
	if ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
