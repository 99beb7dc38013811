package bench

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"rasid/news"
	"rasid/rules"
	"runtime"
	"runtime/pprof"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A MatchResult is what one size of `rasid bench match` measures. Times are
// per article, of one thread, unless they say otherwise.
type MatchResult struct {
	Machine          Machine `json:"machine"`
	Rules            int     `json:"rules"`
	Distinct         int     `json:"distinct"` // rules that differ: each is matched once and stands for all who wrote it
	Articles         int     `json:"articles"`
	AnalysisUS       float64 `json:"analysis_us"` // T: words cut, folded and looked up in the caches
	MatchUS          float64 `json:"match_us"`
	ArticlesPerS     float64 `json:"articles_per_s"` // of one thread, analysis and matching
	Threads          int     `json:"threads"`        // those that Speedup is of
	Speedup          float64 `json:"speedup"`        // articles a second of all threads together, over those of one
	P50US            float64 `json:"p50_us"`         // of analysis and matching together
	P99US            float64 `json:"p99_us"`
	AllocsPerArticle float64 `json:"allocs_per_article"`
	HitsPerArticle   float64 `json:"hits_per_article"` // distinct rules
	BytesPerRule     float64 `json:"bytes_per_rule"`   // what the heap keeps for a distinct rule
	CompileS         float64 `json:"compile_s"`
	BuildS           float64 `json:"build_s"` // filing compiled rules
	VisibleP50US     float64 `json:"visible_p50_us"`
	VisibleP99US     float64 `json:"visible_p99_us"` // of adding, replacing and deleting a rule while matching runs
	Hyperscan        *Beside `json:"hyperscan"`      // null: not there
}

// Options tune Match.
type Options struct {
	Progress func(what string, done float64) // is told what is under way, and how much of it is done, from 0 to 1
	Profile  io.Writer                       // takes a CPU profile of reading and matching, for `go tool pprof`; nil: none
}

// Match measures a set of the rules against the articles. Rules that are
// refused are an error.
func Match(sources []Rule, texts []Text, o Options) (MatchResult, error) {
	articles := make([]*news.Article, len(texts))
	for i := range texts {
		articles[i] = texts[i].Article
	}
	r := MatchResult{Machine: ThisMachine(), Rules: len(sources), Articles: len(articles), Threads: runtime.GOMAXPROCS(0)}
	if _, err := new(MatchResult).build(sources[:min(len(sources), batch)], o.Progress); err != nil { // so that the tables of languages are loaded
		return r, err
	}
	before := heap()
	set, err := r.build(sources, o.Progress)
	if err != nil {
		return r, err
	}
	r.BytesPerRule = float64(heap()-before) / float64(r.Distinct)
	if err := r.measure(set, articles, o); err != nil {
		return r, err
	}
	r.parallel(set, articles, o.Progress)
	r.visible(set, articles, o.Progress)
	return r, r.compare(set, sources, texts, o.Progress)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // no heap is that large
}

// build compiles the rules, each distinct one once, and files them.
func (r *MatchResult) build(sources []Rule, progress func(string, float64)) (*rules.Set, error) {
	set, known := rules.NewSet(), make(map[string]struct{}, len(sources))
	var compiling, filing time.Duration
	ready := make([]*rules.Rule, 0, batch)
	for from := 0; from < len(sources); from += batch {
		progress("building", float64(from)/float64(len(sources)))
		start := time.Now()
		ready = ready[:0]
		for i, s := range sources[from:min(from+batch, len(sources))] {
			q, err := rules.Parse(s.Text)
			if err != nil {
				return nil, fmt.Errorf("rule %d: %s: %w", from+i+1, s.Text, err)
			}
			text := q.String()
			if _, again := known[text]; again {
				continue
			}
			known[text] = struct{}{}
			rule, err := rules.Compile(q, rules.Env{Lang: "ar"})
			if err != nil {
				return nil, fmt.Errorf("rule %d: %s: %w", from+i+1, s.Text, err)
			}
			ready = append(ready, rule)
		}
		compiled := time.Now()
		set.Edit(func(e rules.Edit) {
			for i, rule := range ready {
				e.Put(rules.ID(r.Distinct+i), rule)
			}
		})
		r.Distinct += len(ready)
		compiling += compiled.Sub(start)
		filing += time.Since(compiled)
	}
	r.CompileS, r.BuildS = compiling.Seconds(), filing.Seconds()
	return set, nil
}

// batch is how many rules are filed at a time.
const batch = 10_000

// A reader matches articles one after the other.
type reader struct {
	set *rules.Set
	doc rules.Doc
	ids []rules.ID
}

// read reads and matches an article, and tells how long each took.
func (r *reader) read(a *news.Article) (analysis, match time.Duration) {
	start := time.Now()
	r.doc.Reset(a)
	read := time.Now()
	r.ids = r.set.Match(&r.doc, r.ids[:0])
	return read.Sub(start), time.Since(read)
}

// measure times the articles one by one, after one pass that warms the caches.
func (r *MatchResult) measure(set *rules.Set, articles []*news.Article, o Options) error {
	one := &reader{set: set}
	for i, a := range articles {
		if i%100 == 0 {
			o.Progress("warming up", float64(i)/float64(len(articles)))
		}
		one.read(a)
	}
	if o.Profile != nil {
		if err := pprof.StartCPUProfile(o.Profile); err != nil {
			return fmt.Errorf("begin the profile: %w", err)
		}
		defer pprof.StopCPUProfile()
	}
	var analysis, match time.Duration
	var whole []float64
	var found uint64
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	mallocs := m.Mallocs
	for pass := 0; pass == 0 || analysis+match < atLeast; pass++ {
		o.Progress("matching", min(1, (analysis+match).Seconds()/atLeast.Seconds()))
		whole = slices.Grow(whole, len(articles))
		for _, a := range articles {
			x, y := one.read(a)
			analysis, match = analysis+x, match+y
			found += uint64(len(one.ids))
			whole = append(whole, float64(x+y)/1e3)
		}
	}
	runtime.ReadMemStats(&m)
	n := float64(len(whole))
	r.AnalysisUS, r.MatchUS = float64(analysis)/1e3/n, float64(match)/1e3/n
	r.ArticlesPerS = n / (analysis + match).Seconds()
	r.P50US, r.P99US = quantile(whole, .5), quantile(whole, .99)
	r.HitsPerArticle = float64(found) / n
	r.AllocsPerArticle = math.Round(float64(m.Mallocs-mallocs)/n*100) / 100
	return nil
}

// parallel compares all threads with one, each round one after the other so
// that both meet the same machine.
func (r *MatchResult) parallel(set *rules.Set, articles []*news.Article, progress func(string, float64)) {
	readers := make([]*reader, r.Threads)
	for i := range readers {
		readers[i] = &reader{set: set}
	}
	run := func(readers []*reader) float64 {
		var reading sync.WaitGroup
		start := time.Now()
		for _, one := range readers {
			reading.Go(func() {
				for _, a := range articles {
					one.read(a)
				}
			})
		}
		reading.Wait()
		return float64(len(readers)*len(articles)) / time.Since(start).Seconds()
	}
	run(readers) // to warm their caches
	var ratios []float64
	for i := range rounds {
		progress("all threads", float64(i)/rounds)
		one := run(readers[:1])
		ratios = append(ratios, run(readers)/one)
	}
	r.Speedup = quantile(ratios, .5)
}

// rounds is how often all threads are compared with one.
const rounds = 15

// atLeast is how long articles are matched.
const atLeast = 2 * time.Second

// visible times changes of the rules while another thread matches: when Put or
// Delete returns, the next article meets the change.
func (r *MatchResult) visible(set *rules.Set, articles []*news.Article, progress func(string, float64)) {
	const changes = 2000
	progress("changing rules", 0)
	var stop atomic.Bool
	var reading sync.WaitGroup
	reading.Go(func() {
		one := &reader{set: set}
		for i := 0; !stop.Load(); i++ {
			one.read(articles[i%len(articles)])
		}
	})
	g := NewGenerator(99, 5000)
	var took []float64
	for i := range changes {
		q, err := rules.Parse(g.Rule().Text)
		if err != nil {
			continue
		}
		rule, err := rules.Compile(q, rules.Env{Lang: "ar"})
		if err != nil {
			continue
		}
		id := rules.ID(1<<40 + i/3)
		start := time.Now()
		if i%3 == 2 {
			set.Delete(id)
		} else {
			set.Put(id, rule)
		}
		took = append(took, float64(time.Since(start))/1e3)
	}
	stop.Store(true)
	reading.Wait()
	r.VisibleP50US, r.VisibleP99US = quantile(took, .5), quantile(took, .99)
}

func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.SortFunc(values, cmp.Compare[float64])
	return values[int(q*float64(len(values)-1))]
}
