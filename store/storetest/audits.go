package storetest

import (
	"rasid/store"
	"rasid/store/audit"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Sound fails the test unless nothing is wrong with a store.
func Sound(t testing.TB, s audit.Store, now time.Time) {
	t.Helper()
	found, err := audit.Check(t.Context(), s, audit.Options{Now: now, Again: time.Millisecond})
	if err != nil {
		t.Fatalf("Check = %v", err)
	}
	for _, f := range found {
		t.Errorf("found in a store that is sound: %s", f)
	}
}

// Finds fails the test unless a rule is found not to hold at a place, with what
// to do.
func Finds(t testing.TB, s audit.Store, now time.Time, rule audit.Rule, place string) {
	t.Helper()
	found, err := audit.Check(t.Context(), s, audit.Options{Now: now, Again: time.Millisecond})
	if err != nil {
		t.Fatalf("Check = %v", err)
	}
	for _, f := range found {
		if f.Rule == rule && strings.Contains(f.Place, place) && f.What != "" && f.Do != "" {
			return
		}
	}
	t.Errorf("Check found %v; want %q at %q", found, rule, place)
}

// Decimal is a shard's number as people write it.
func Decimal(s store.Shard) string { return strconv.Itoa(int(s)) }
