package boltstore

import (
	"rasid/store/transfer"
	"slices"
	"testing"
)

// TestEveryBucketIsMoved fails when there is a bucket that no part has: what lies
// there would be missing in copies and backups.
func TestEveryBucketIsMoved(t *testing.T) {
	known := append(unmoved(), bucketSums)
	for p := range transfer.Parts {
		for _, h := range heaps(p) {
			known = append(known, h.bucket)
		}
	}
	for _, name := range buckets() {
		if !slices.Contains(known, name) {
			t.Errorf("bucket %s is in no part of package transfer: see export.go and import.go", name)
		}
	}
}

// Upgrading adds an upgrade to a version that ends with err.
func Upgrading(o Options, to uint64, err error) Options {
	o.upgrades = append(upgrades(), upgrade{to: to, do: func(t *tx) error {
		if inner := t.put(bucketFeeds, []byte("half"), nil); inner != nil {
			return inner
		}
		if inner := t.del(bucketFeeds, []byte("half")); err == nil {
			return inner
		}
		return err
	}})
	return o
}
