// Package hyperscan lets `rasid bench match` measure another engine in the same
// run: Hyperscan, which finds literals in texts, with a resolver of rules on top.
// It is there only in binaries built with the tag hyperscan, where Debian's
// libhyperscan-dev is installed: `make bench-hyperscan`.
package hyperscan

import "errors"

// ErrNone reports that this binary was built without Hyperscan.
var ErrNone = errors.New("built without Hyperscan")

// A Rule is true of a text that has all, or any, of some literals and none of
// others.
type Rule struct {
	Want int      // how many of Has must be there
	Has  []string // literals
	Not  []string // literals
}
