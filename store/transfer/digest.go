package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
)

// A Digest sums records up: how many, how large, and a sum over hashes of each,
// whatever their order.
type Digest struct {
	Count, Bytes uint64
	sum          [2]uint64
}

func (d *Digest) add(r Record) {
	h := sha256.New()
	var head [9]byte
	head[0] = byte(r.Kind)
	binary.BigEndian.PutUint64(head[1:], uint64(len(r.Key)))
	_, _ = h.Write(head[:]) // a hash never fails
	_, _ = h.Write(r.Key)
	_, _ = h.Write(r.Value)
	sum := h.Sum(nil)
	d.Count++
	d.Bytes += uint64(len(r.Key) + len(r.Value))
	d.sum[0] += binary.BigEndian.Uint64(sum)
	d.sum[1] += binary.BigEndian.Uint64(sum[8:])
}

// Digests are those of a part, by kind.
type Digests [Kinds]Digest

// DigestOf sums a part up.
func DigestOf(ctx context.Context, s interface {
	Export(ctx context.Context, p Part, f func(Record) error) error
}, p Part,
) (d Digests, err error) {
	err = s.Export(ctx, p, func(r Record) error {
		d[r.Kind].add(r)
		return nil
	})
	return d, err
}

func (d *Digests) empty() bool { return *d == Digests{} }

// Differing returns the first kind in which two sums differ, and whether there is
// one.
func (d *Digests) Differing(e *Digests) (Kind, bool) {
	for k := range d {
		if d[k] != e[k] {
			return Kind(k), true
		}
	}
	return 0, false
}
