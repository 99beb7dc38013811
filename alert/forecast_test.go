package alert_test

import (
	"context"
	"math"
	"rasid/alert"
	"rasid/store"
	"slices"
	"testing"
	"time"
)

// owe dispatches an article that no rule hits to destinations, as another
// version of the matcher might have, and returns its number.
func (r *rig) owe(l *life, c store.Class, expires time.Time, to []store.Destination) uint64 {
	r.t.Helper()
	item := r.accept(l, "nothing that is watched")[0]
	pass(time.Second)
	jobs := map[store.Shard]*store.Dispatch{}
	var shards []store.Shard
	for _, d := range to {
		j := jobs[d.Shard]
		if j == nil {
			j = &store.Dispatch{Shard: d.Shard, Item: item, Created: time.Now(), Expires: expires, Matcher: "another version"}
			jobs[d.Shard] = j
			shards = append(shards, d.Shard)
		}
		j.Owed[c] = append(j.Owed[c], d.Ordinal)
	}
	for _, j := range jobs {
		slices.Sort(j.Owed[c])
		if _, err := r.store.Dispatch(r.t.Context(), *j, r.epoch); err != nil {
			r.t.Fatal(err)
		}
	}
	l.delivery.Owes(shards, item)
	return item
}

// TestForecasts: what waits is forecast by class and by item, first by the
// class's share and then as measured, and who runs late is told of once.
func TestForecasts(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		var people []store.Destination
		for chat := range int64(4000) {
			people = append(people, r.watch(nil, chat+1, "tax"))
		}
		var late []alert.Forecast
		r.late = func(_ context.Context, f alert.Forecast) {
			r.chats.mu.Lock()
			defer r.chats.mu.Unlock()
			late = append(late, f)
		}
		l := r.start(nil)
		pass(time.Second)
		now := time.Now()
		big := r.owe(l, store.Normal, now.Add(100*time.Second), people[:3000])
		small := r.owe(l, store.Normal, now.Add(100*time.Second), people[3000:3200])
		low := r.owe(l, store.Low, now.Add(time.Hour), people[3200:])
		pass(10 * time.Second)
		first := l.stats.Report()
		// Low has its 10 in a hundred, and normal what the others do not use.
		checkForecast(t, "normal at first", first.Classes[store.Normal], 27*.90, .02)
		checkForecast(t, "low at first", first.Classes[store.Low], 27*.10, .02)
		pass(80 * time.Second)
		then := l.stats.Report()
		checkForecast(t, "normal as measured", then.Classes[store.Normal], 27*.90, .05)
		checkForecast(t, "low as measured", then.Classes[store.Low], 27*.10, .05)
		if len(then.Worst) != 2 || then.Worst[0].Item != low || then.Worst[1].Item != big || then.Late != 1 {
			t.Errorf("Worst = %+v with %d late, want items %d and %d, one late", then.Worst, then.Late, low, big)
		}
		if len(late) != 1 || late[0].Item != big || late[0].Class != store.Normal || late[0].Left < 1000 {
			t.Errorf("told of %+v, want item %d, once", late, big)
		}
		if got := r.tally(small); got.Owed != 0 {
			t.Errorf("Tally(%d) = %+v, want the small item told while the big one waits", small, got)
		}
		pass(20 * time.Minute)
		end := l.stats.Report()
		if len(late) != 1 || end.Late != 0 || len(end.Worst) != 0 || end.Classes[store.Normal] != (alert.Forecast{Class: store.Normal}) {
			t.Errorf("told of %+v, Report = %+v, want nothing more and nothing left", late, end)
		}
		l.stop()
	})
}

// TestManyLateItemsAreNotAllToldOf: after an outage everything may be late.
func TestManyLateItemsAreNotAllToldOf(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		var people []store.Destination
		for chat := range int64(2000) {
			people = append(people, r.watch(nil, chat+1, "tax"))
		}
		var late int
		r.late = func(context.Context, alert.Forecast) {
			r.chats.mu.Lock()
			defer r.chats.mu.Unlock()
			late++
		}
		r.apart = true
		l := r.start(nil)
		for range 3 {
			now := time.Now()
			for range 7 {
				r.owe(l, store.Normal, now.Add(5*time.Minute), people)
			}
			pass(20 * time.Minute)
		}
		if late != 3 {
			t.Errorf("told of %d late items within an hour, want 3", late)
		}
		pass(time.Hour)
		now := time.Now()
		for range 7 {
			r.owe(l, store.Normal, now.Add(5*time.Minute), people)
		}
		pass(20 * time.Minute)
		if late != 6 {
			t.Errorf("told of %d late items in three hours, want 3 more", late)
		}
		l.stop()
	})
}

// checkForecast holds a class's forecast against a rate, which may be off by a
// part of it.
func checkForecast(t *testing.T, what string, f alert.Forecast, rate, off float64) {
	t.Helper()
	empty := time.Duration(float64(f.Left) / rate * float64(time.Second))
	if math.Abs(f.Rate-rate) > off*rate || math.Abs(float64(f.Empty-empty)) > 1.1*off*float64(empty) || f.Left == 0 {
		t.Errorf("%s: %+v, want %.2f a second and so %v", what, f, rate, empty.Round(time.Second))
	}
}
