package storetest

import (
	"rasid/store"
	"rasid/store/audit"
	"rasid/store/transfer"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Sound fails the test unless nothing is wrong with a store.
func Sound(t testing.TB, s audit.Store, now time.Time) {
	t.Helper()
	for _, f := range found(t, s, now) {
		t.Errorf("found in a store that is sound: %s", f)
	}
}

// Finds fails the test unless a rule is found not to hold at a place, with what
// to do.
func Finds(t testing.TB, s audit.Store, now time.Time, rule audit.Rule, place string) {
	t.Helper()
	all := found(t, s, now)
	for _, f := range all {
		if f.Rule == rule && strings.Contains(f.Place, place) && f.What != "" && f.Do != "" {
			return
		}
	}
	t.Errorf("Check found %v; want %q at %q", all, rule, place)
}

// Checked is a store that can be checked and copied.
type Checked interface {
	store.Store
	audit.Store
	transfer.Source
	transfer.Target
}

// Mends copies a store and fails the test unless the copy succeeds, and whatever
// is found in it is none of what a copy is advised for. Where a copy is advised
// for a rule, nothing is found in it at all; unless chat 7 is lost, which then
// can subscribe again.
func Mends(t testing.TB, from, to Checked, now time.Time, rule audit.Rule) transfer.Report {
	t.Helper()
	report, err := transfer.Copy(t.Context(), from, to, transfer.Options{})
	if err != nil {
		t.Fatalf("Copy = %v", err)
	}
	advised := false
	for _, f := range found(t, from, now) {
		advised = advised || f.Rule == rule && copies(f)
	}
	for _, f := range found(t, to, now) {
		if copies(f) || advised && rule != audit.Lost {
			t.Errorf("found in the copy: %s", f)
		}
	}
	if rule == audit.Lost {
		r, err := to.Change(t.Context(), store.Change{Dest: store.Dest{Chat: 7}, Now: now})
		if err != nil || !r.Created {
			t.Errorf("Change of a chat that was lost = %+v, %v; want it created", r, err)
		}
	}
	return report
}

// copies reports whether a finding advises to copy the store.
func copies(f audit.Finding) bool { return strings.Contains(f.Do, "rasid store copy") }

func found(t testing.TB, s audit.Store, now time.Time) []audit.Finding {
	t.Helper()
	all, err := audit.Check(t.Context(), s, audit.Options{Now: now, Again: time.Millisecond})
	if err != nil {
		t.Fatalf("Check = %v", err)
	}
	return all
}

// Decimal is a shard's number as people write it.
func Decimal(s store.Shard) string { return strconv.Itoa(int(s)) }
