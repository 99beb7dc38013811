package bench

import (
	"errors"
	"fmt"
	"rasid/internal/hyperscan"
	"time"
)

// compare measures Hyperscan, if it is there and the rules are made, so that
// what comes nearest to them is known. It gets the words already cut, folded
// and without what is attached to them.
func (r *MatchResult) compare(sources []Rule, texts []Text, progress func(string, float64)) error {
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
	var scan, resolve time.Duration
	n := 0
	for pass := 0; scan+resolve < atLeast; pass++ {
		progress("Hyperscan matches", min(1, (scan+resolve).Seconds()/atLeast.Seconds()))
		for _, t := range texts {
			start := time.Now()
			m.Scan(t.Plain)
			scanned := time.Now()
			m.Resolve()
			if pass > 0 {
				scan, resolve = scan+scanned.Sub(start), resolve+time.Since(scanned)
				n++
			}
		}
	}
	scanUS, wholeUS := float64(scan)/1e3/float64(n), float64(scan+resolve)/1e3/float64(n)
	r.ScanUS, r.HyperscanUS, r.HyperscanBuildS = &scanUS, &wholeUS, &built
	return nil
}
