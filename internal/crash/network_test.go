package crash

import (
	"fmt"
	"rasid/store/storetest/redistest"
	"strings"
	"testing"
	"time"
)

// A strike is what a fault of the network does, and how long it lasts.
type strike struct {
	name string
	do   func(x *trial, all []*Link)
}

func strikes() []strike {
	on := func(begin func(l *Link, p pace)) func(x *trial, all []*Link) {
		return func(x *trial, all []*Link) {
			for _, l := range all {
				begin(l, x.pace)
			}
			x.within(x.pace.of(leaseTime * 5 / 4)) // some longer than a lease
			for _, l := range all {
				l.Heal()
			}
		}
	}
	return []strike{
		{"TCP cut", on(func(l *Link, _ pace) { l.Cut() })},
		{"half-open", on(func(l *Link, _ pace) { l.Silence() })},
		{"2 s delay", on(func(l *Link, p pace) { l.Delay(p.of(2 * time.Second)) })},
		{"reply lost", func(x *trial, all []*Link) {
			for _, l := range all {
				l.LoseAnswers(1 + x.chance.IntN(5))
			}
			x.within(x.pace.of(6 * time.Second))
			for _, l := range all {
				l.Heal()
			}
		}},
	}
}

// TestNetworkFaults lets the way between three programs and their Redis fail:
// that of one, or one in four times that of all.
func TestNetworkFaults(t *testing.T) {
	all := strikes()
	if measure() == "" { // in one run, since each waits until nothing may come again
		atPaces(t, func(t *testing.T, p pace) { strikeWith(t, p, all) })
		return
	}
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) {
			atPaces(t, func(t *testing.T, p pace) { strikeWith(t, p, []strike{s}) })
		})
	}
}

func strikeWith(t *testing.T, p pace, kinds []strike) {
	var names []string
	for _, s := range kinds {
		names = append(names, s.name)
	}
	server := redistest.Start(t)
	x := newTrial(t, p, strings.Join(names, ", ")+" between rasid and Redis")
	f := x.fleet(server.URL)
	var links []*Link
	for _, one := range f.All {
		l := aLink(t, server.Addr)
		links, one.Env = append(links, l), append(one.Env, "RASID_STORE=redis://"+l.Addr)
	}
	stop := x.begin(f.All[0], f.All[1], f.All[2])
	n := p.times(2, 25)
	for range n {
		for _, s := range kinds {
			some := links
			if x.chance.IntN(4) > 0 {
				i := x.chance.IntN(len(links))
				some = links[i : i+1]
			}
			s.do(x, some)
			x.within(p.of(5 * time.Second))
		}
	}
	x.over()
	stop()
	lost := 0
	for _, l := range links {
		lost += l.Lost()
	}
	if lost > 0 {
		x.row.Note = fmt.Sprintf("%d answers of scripts lost after their effect", lost)
	}
	x.finish(fmt.Sprintf("%d of each", n), 0)
}
