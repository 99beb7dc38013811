package bench

import (
	"errors"
	"fmt"
	"rasid/internal/hyperscan"
	"rasid/rules"
	"time"
)

// compare measures Hyperscan, if it is there and the rules are made, so that
// what comes nearest to them is known. It gets the words already cut, folded
// and without what is attached to them.
func (r *MatchResult) compare(set *rules.Set, sources []Rule, texts []Text, progress func(string, float64)) error {
	if sources[0].Plain.Want == 0 || texts[0].Plain == "" {
		return nil
	}
	seen, distinct := map[string]bool{}, make([]hyperscan.Rule, 0, r.Distinct)
	for _, s := range sources {
		if !seen[s.Text] {
			seen[s.Text] = true
			distinct = append(distinct, s.Plain)
		}
	}
	progress("Hyperscan builds", 0)
	start := time.Now()
	m, err := hyperscan.New(distinct)
	if errors.Is(err, hyperscan.ErrNone) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("measure Hyperscan: %w", err)
	}
	defer m.Close()
	built := time.Since(start).Seconds()
	one := &reader{set: set}
	var scans, wholes, ratios []float64
	for i := range rounds {
		progress("beside Hyperscan", float64(i)/rounds)
		match, scan, resolve := turn(one, m, texts)
		n := 1e3 * float64(len(texts))
		scans, wholes = append(scans, float64(scan)/n), append(wholes, float64(scan+resolve)/n)
		ratios = append(ratios, float64(scan+resolve)/float64(match))
	}
	r.Hyperscan = &Beside{BuildS: built, ScanUS: quantile(scans, .5), WholeUS: quantile(wholes, .5), Ratio: quantile(ratios, .5)}
	return nil
}

// turn tells how long this engine matches all texts, and how long Hyperscan scans
// them and tells which rules are true. Each reads them twice: the first pass
// warms the processor's caches.
func turn(one *reader, m *hyperscan.Matcher, texts []Text) (match, scan, resolve time.Duration) {
	for range 2 {
		match = 0
		for _, t := range texts {
			_, took := one.read(t.Article)
			match += took
		}
	}
	for range 2 {
		scan, resolve = 0, 0
		for _, t := range texts {
			start := time.Now()
			m.Scan(t.Plain)
			scanned := time.Now()
			m.Resolve()
			scan, resolve = scan+scanned.Sub(start), resolve+time.Since(scanned)
		}
	}
	return match, scan, resolve
}

// Beside is what another engine takes for the same, measured in turns with this
// one.
type Beside struct {
	BuildS  float64 `json:"build_s"`
	ScanUS  float64 `json:"scan_us"`  // finding the words
	WholeUS float64 `json:"whole_us"` // that, and telling which rules are true
	Ratio   float64 `json:"ratio"`    // WholeUS over this engine's matching, the median of rounds
}
