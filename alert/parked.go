package alert

import (
	"cmp"
	"container/heap"
	"slices"
	"sync"
	"time"
)

// A parking is one item that has to wait for one destination, while others of
// the same destination go on.
type parking struct {
	line  *line
	job   *job
	until time.Time
}

// park keeps some of what was picked from being told before until. Whoever calls
// it then settles p with them among the rest.
func (q *queue) park(p pick, jobs []*job, until time.Time) {
	for _, j := range jobs {
		if !j.gone {
			p.line.parked = append(p.line.parked, j)
			heap.Push(&q.parked, parking{p.line, j, until})
		}
	}
}

// unpark gives what was parked until now its turn again.
func (q *queue) unpark(now time.Time) {
	for len(q.parked) > 0 && !q.parked[0].until.After(now) {
		x, _ := heap.Pop(&q.parked).(parking)
		l := x.line
		if !l.leaves(x.job) {
			continue // it came too late meanwhile
		}
		l.set(x.job)
		if l.state == lineReady {
			q.release(l)
		}
	}
}

// leaves takes j out of what is parked, and reports whether it was.
func (l *line) leaves(j *job) bool {
	i := slices.Index(l.parked, j)
	if i < 0 {
		return false
	}
	l.parked = slices.Delete(l.parked, i, i+1)
	return true
}

// parkings is a heap by until.
type parkings []parking

func (p parkings) Len() int           { return len(p) }
func (p parkings) Less(i, j int) bool { return p[i].until.Before(p[j].until) }
func (p parkings) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }

// Push implements heap.Interface.
func (p *parkings) Push(v any) {
	x, _ := v.(parking)
	*p = append(*p, x)
}

// Pop implements heap.Interface.
func (p *parkings) Pop() any {
	old := *p
	x := old[len(old)-1]
	old[len(old)-1] = parking{}
	*p = old[:len(old)-1]
	return x
}

// A seldom lets one thing be said every so often, however often there is reason.
type seldom struct {
	every time.Duration // default seldomEvery
	mu    sync.Mutex
	next  time.Time
	left  int
}

const seldomEvery = 10 * time.Second

// may reports whether to say it now, and how often it was not said since.
func (s *seldom) may(now time.Time) (left int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.next) {
		s.left++
		return 0, false
	}
	left, s.left, s.next = s.left, 0, now.Add(cmp.Or(s.every, seldomEvery))
	return left, true
}
