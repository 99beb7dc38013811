package alert

import (
	"rasid/store"
	"testing"
	"time"
)

// million is an item's jobs for a million destinations, evenly over the shards.
func million(item uint64, class store.Class) []store.Job {
	all := make([]uint32, 1_000_000/store.Shards)
	for i := range all {
		all[i] = uint32(i + 1)
	}
	jobs := make([]store.Job, store.Shards)
	for s := range jobs {
		jobs[s] = store.Job{Shard: store.Shard(s), Item: item, Class: class, Owed: all}
	}
	return jobs
}

func queueOf(jobs []store.Job) *queue {
	q := newQueue(listMost)
	for _, j := range jobs {
		q.add(j)
	}
	return q
}

// BenchmarkQueueOpen takes in an item for a million destinations.
func BenchmarkQueueOpen(b *testing.B) {
	jobs := million(1, store.Normal)
	b.ReportAllocs()
	for b.Loop() {
		queueOf(jobs)
	}
}

// BenchmarkQueueOpenAgain takes it in once more, when nothing is new.
func BenchmarkQueueOpenAgain(b *testing.B) {
	jobs := million(1, store.Normal)
	q := queueOf(jobs)
	b.ReportAllocs()
	for b.Loop() {
		for _, j := range jobs {
			q.add(j)
		}
	}
}

// BenchmarkQueueDrain picks and settles all of it, one destination after the
// other. The time is of one.
func BenchmarkQueueDrain(b *testing.B) {
	jobs := million(1, store.Normal)
	var q *queue
	left := 0
	now := time.Unix(1e9, 0)
	b.ReportAllocs()
	for b.Loop() {
		if left == 0 {
			b.StopTimer()
			q, left = queueOf(jobs), len(jobs)*len(jobs[0].Owed)
			b.StartTimer()
		}
		p, _ := q.next(now)
		q.done(p)
		left--
	}
}

// BenchmarkQueueSmallBehindBig picks from a thousand small items, each for a
// thousand destinations, that came after one for a million. The time is of one
// pick.
func BenchmarkQueueSmallBehindBig(b *testing.B) {
	big := million(1, store.Normal)
	var q *queue
	left := 0
	now := time.Unix(1e9, 0)
	b.ReportAllocs()
	for b.Loop() {
		if left == 0 {
			b.StopTimer()
			q, left = queueOf(big), 100_000
			for i := range uint64(1000) {
				for s := range store.Shard(store.Shards) {
					var owed []uint32
					for k := range uint32(4) {
						owed = append(owed, uint32(i)%900+k*900+1)
					}
					q.add(store.Job{Shard: s, Item: 2 + i, Owed: owed, Class: store.Normal})
				}
			}
			b.StartTimer()
		}
		p, ok := q.next(now)
		if !ok {
			left = 0
			continue
		}
		q.done(p)
		left--
	}
}

// BenchmarkForecast forecasts a hundred items for a million each.
func BenchmarkForecast(b *testing.B) {
	var jobs []store.Job
	for item := range uint64(100) {
		jobs = append(jobs, million(item+1, store.Normal)...)
	}
	q, now := queueOf(jobs), time.Unix(1e9, 0)
	p := pulse{}
	b.ReportAllocs()
	for b.Loop() {
		p.forecasts(q, rates{all: defaultRate}, now)
	}
}
