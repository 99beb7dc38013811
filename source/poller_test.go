package source_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"rasid/news"
	"rasid/source"
	"rasid/store"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A village is a few feeds that change, what polls learnt of them, and what
// was told.
type village struct {
	mu     sync.Mutex
	bodies map[string]string
	fails  map[string]error
	asked  []string // URL and seconds since the beginning
	begun  time.Time
	busy   map[string]int
	most   int // polls of one host at once
	known  map[string]store.Feed
	told   []string
	kept   []string
	feeds  []string // that were named, once for each time something was told or kept
	sink   error
	behind bool // much waits to be matched
	notes  []string
}

func newVillage() *village {
	return &village{bodies: map[string]string{}, fails: map[string]error{}, busy: map[string]int{}, known: map[string]store.Feed{}, begun: time.Now()}
}

func (v *village) Feeds(context.Context) ([]store.Feed, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Collect(maps.Values(v.known)), nil
}

func (v *village) SaveFeed(_ context.Context, f store.Feed) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.known[f.URL] = f
	return nil
}

func (v *village) fetch(_ context.Context, r source.Request) (source.Answer, error) {
	host := strings.SplitN(r.URL, "/", 4)[2]
	v.mu.Lock()
	v.asked = append(v.asked, fmt.Sprintf("%s %d", r.URL, int(time.Since(v.begun).Seconds())))
	v.busy[host]++
	v.most = max(v.most, v.busy[host])
	body, err := v.bodies[r.URL], v.fails[r.URL]
	v.mu.Unlock()
	time.Sleep(time.Second)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.busy[host]--
	a := source.Answer{URL: r.URL, Body: []byte(body), BodyHash: fmt.Sprint(len(body)), ETag: "e"}
	a.Same = a.BodyHash == r.BodyHash && err == nil
	return a, err
}

func (v *village) take(into *[]string) source.FeedSink {
	return func(_ context.Context, feed string, articles []news.Article) ([]store.Accepted, error) {
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.sink != nil {
			return nil, v.sink
		}
		v.feeds = append(v.feeds, feed)
		for _, a := range articles {
			*into = append(*into, a.Title)
		}
		return make([]store.Accepted, len(articles)), nil
	}
}

// poll runs a poller over specs for as long as d, in virtual time.
func (v *village) poll(t *testing.T, d time.Duration, specs ...source.FeedSpec) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	p := source.NewPoller(source.PollerOptions{
		Feeds: func() []source.FeedSpec { return specs }, Ledger: v, Sink: v.take(&v.told), Old: v.take(&v.kept), Logger: silent, Fetch: v.fetch,
		Notice: v.notice, Behind: func(context.Context) bool { return v.behind },
	})
	if err := p.Run(ctx); err != nil {
		t.Error(err)
	}
}

// rss is a feed of items "title@age"; without an age it has no date.
func rss(items ...string) string {
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel><title>Wire</title>`)
	for _, it := range items {
		title, age, dated := strings.Cut(it, "@")
		fmt.Fprintf(&b, "<item><title>%s</title><guid>%s</guid>", title, title)
		if d, err := time.ParseDuration(age); dated && err == nil {
			fmt.Fprintf(&b, "<pubDate>%s</pubDate>", time.Now().Add(-d).Format(time.RFC1123Z))
		}
		b.WriteString("</item>")
	}
	return b.String() + "</channel></rss>"
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s = %q; want %q", what, got, want)
	}
}

func TestANewFeedTellsOnlyWhatIsFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage()
		v.bodies["http://a/f"] = rss("now@10m", "old@2h", "undated")
		spec := source.FeedSpec{URL: "http://a/f", Every: time.Minute}
		v.poll(t, 30*time.Second, spec)
		same(t, "told", v.told, "now")
		same(t, "remembered", v.kept, "old", "undated")
		same(t, "feeds named with both", v.feeds, "http://a/f", "http://a/f")
		v.bodies["http://a/f"] = rss("late@3h", "undated", "undated too", "now@11m")
		v.poll(t, 2*time.Minute, spec)
		same(t, "told of what is new to a known feed", slices.DeleteFunc(v.told, func(s string) bool { return s == "now" || s == "undated" }), "late", "undated too")
		if f := v.known["http://a/f"]; f.Failures != 0 || f.Items != 4 || f.LastSuccess.IsZero() {
			t.Errorf("what is remembered = %+v", f)
		}
	})
}

func TestAFeedThatWasAwayBringsNoStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage()
		spec := source.FeedSpec{URL: "http://a/f", Every: time.Minute}
		v.bodies["http://a/f"] = rss("one@1m")
		v.poll(t, 30*time.Second, spec)
		time.Sleep(48 * time.Hour)
		v.bodies["http://a/f"] = rss("yesterday@30h", "today@2h", "two@1m")
		v.poll(t, 30*time.Second, spec)
		same(t, "told", v.told, "one", "today", "two")
		same(t, "remembered", v.kept, "yesterday")
	})
}

func TestARestartAsksNobodyAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage()
		v.bodies["http://a/f"] = rss("one@1m", "two@61m", "three@121m")
		spec := source.FeedSpec{URL: "http://a/f"}
		v.poll(t, time.Minute, spec)
		v.poll(t, time.Minute, spec)
		v.poll(t, time.Minute, spec)
		if len(v.asked) != 1 {
			t.Errorf("asked %q; want once in three minutes: the next time is stored", v.asked)
		}
		if f := v.known[spec.URL]; f.Interval != 30*time.Minute {
			t.Errorf("a feed with an item an hour is asked every %v; want 30m", f.Interval)
		}
	})
}

func TestAFailingFeedIsAskedLessOftenAndToldOfOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage()
		v.fails["http://a/f"] = errors.New("no route")
		v.bodies["http://b/page"] = "<html>not a feed"
		v.poll(t, 20*time.Hour, source.FeedSpec{URL: "http://a/f", Every: time.Minute}, source.FeedSpec{URL: "http://b/page"})
		if n := len(v.asked); n < 10 || n > 24 {
			t.Errorf("two broken feeds were asked %d times in 20 hours; want them asked less and less, and never given up", n)
		}
		if len(v.notes) != 2 {
			t.Errorf("told %q; want each once", v.notes)
		}
		f := v.known["http://a/f"]
		if f.Failures < 5 || !strings.Contains(f.Error, "no route") {
			t.Errorf("remembered %+v", f)
		}
		delete(v.fails, "http://a/f")
		v.bodies["http://a/f"] = rss("back@1m")
		v.poll(t, 25*time.Hour, source.FeedSpec{URL: "http://a/f", Every: time.Minute})
		if f = v.known["http://a/f"]; f.Failures != 0 || f.Error != "" || len(v.told)+len(v.kept) == 0 {
			t.Errorf("after it is back: %+v, told %q", f, v.told)
		}
	})
}

func TestNothingIsLearntOfWhatWasNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage()
		v.sink = errors.New("the store is away")
		v.bodies["http://a/f"] = rss("one@1m")
		spec := source.FeedSpec{URL: "http://a/f", Every: time.Minute}
		v.poll(t, 10*time.Second, spec)
		if f := v.known[spec.URL]; f.ETag != "" || f.BodyHash != "" || f.Failures != 1 {
			t.Errorf("remembered %+v; want no ETag: the items would be lost", f)
		}
		v.sink = nil
		v.poll(t, 20*time.Minute, spec)
		same(t, "told", v.told, "one")
	})
}

func TestAHostIsAskedOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage()
		var specs []source.FeedSpec
		for i := range 30 {
			url := fmt.Sprintf("http://h%d/f%d", i%3, i)
			v.bodies[url] = rss("one@1m")
			specs = append(specs, source.FeedSpec{URL: url, Every: 10 * time.Minute})
		}
		v.poll(t, 5*time.Minute, specs...)
		if len(v.asked) != len(specs) || v.most != 1 {
			t.Errorf("%d of %d feeds asked, at most %d of a host at once; want all, one at a time", len(v.asked), len(specs), v.most)
		}
	})
}

func (v *village) notice(feed string, problem error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.notes = append(v.notes, feed+": "+problem.Error())
}

func TestAFeedThatBreaksUsIsAFailureOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage()
		v.bodies["http://a/f"], v.bodies["http://b/f"] = rss("bad@1m"), rss("good@1m")
		ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
		defer stop()
		take := v.take(&v.told)
		p := source.NewPoller(source.PollerOptions{
			Feeds:  func() []source.FeedSpec { return []source.FeedSpec{{URL: "http://a/f"}, {URL: "http://b/f"}} },
			Ledger: v, Logger: silent, Fetch: v.fetch,
			Sink: func(ctx context.Context, feed string, all []news.Article) ([]store.Accepted, error) {
				if all[0].Title == "bad" {
					panic("broken")
				}
				return take(ctx, feed, all)
			},
		})
		if err := p.Run(ctx); err != nil {
			t.Error(err)
		}
		same(t, "told", v.told, "good")
		if f := v.known["http://a/f"]; f.Failures != 1 || !strings.Contains(f.Error, "broken") {
			t.Errorf("remembered %+v", f)
		}
	})
}

// TestFeedsAreAskedLessOftenWhileMuchWaits: a quarter as often, but for those
// that are asked every hour or less anyway.
func TestFeedsAreAskedLessOftenWhileMuchWaits(t *testing.T) {
	tests := []struct {
		name  string
		every time.Duration
		most  time.Duration // the gap, and a tenth of it more or less
	}{
		{"a minute becomes four", time.Minute, 4 * time.Minute},
		{"half an hour becomes one", 30 * time.Minute, time.Hour},
		{"six hours stay", 6 * time.Hour, 6 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVillage()
				v.behind = true
				v.bodies["https://a.example/1"] = rss("one@1m")
				v.poll(t, 20*tt.most, source.FeedSpec{URL: "https://a.example/1", Every: tt.every})
				if n := len(v.asked); n < 17 || n > 23 {
					t.Errorf("asked %d times in %v, want about 20", n, 20*tt.most)
				}
			})
		})
	}
}
