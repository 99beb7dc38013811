package record

import (
	"encoding/binary"
	"rasid/store"
	"time"
)

// A Job is what is remembered of an item in one shard, but for whom it is
// owed to.
type Job struct {
	Tally            store.Tally
	Created, Expires time.Time
	Matcher          string
}

// Cancelled is the matcher of the job of an item that was cancelled in a shard:
// nothing of it is owed there any more but what is under way, and nothing will
// be. The Lua scripts know it.
const Cancelled = "cancelled"

// JobHead is how many bytes of a job's record are its counters.
const JobHead = 24

// Bytes writes j: six counters of four bytes, big-endian, in the order of
// store.Tally, and the rest.
func (j Job) Bytes() []byte {
	b := j.Tail()
	return append(tally(j.Tally), b...)
}

// Tail writes j but for its counters.
func (j Job) Tail() []byte {
	b := appendTime([]byte{version}, j.Created)
	return appendStr(appendTime(b, j.Expires), j.Matcher)
}

func tally(t store.Tally) []byte {
	b := make([]byte, 0, 64)
	for _, n := range []int{t.Owed, t.Delivered, t.Suspended, t.Dead, t.Dropped, t.Unknown} {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return b
}

// ReadJob reads what Bytes wrote.
func ReadJob(b []byte) (Job, error) {
	r := &reader{b: b}
	next := func() int { return int(r.u32()) }
	t := store.Tally{Owed: next(), Delivered: next(), Suspended: next(), Dead: next(), Dropped: next(), Unknown: next()}
	if r.byte() != version {
		return Job{}, ErrDamaged
	}
	j := Job{Tally: t, Created: r.time(), Expires: r.time(), Matcher: r.str()}
	return j, r.done()
}
