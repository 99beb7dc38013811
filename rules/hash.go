package rules

import (
	"hash/maphash"
	"unicode/utf8"
)

// seed keys all hashes: rules come from strangers, who shall not know which
// words meet in a table. It is another in each process, so hashes are never
// stored.
var seed = maphash.MakeSeed() //nolint:gochecknoglobals // a key, never changed

// hashOf hashes a term.
func hashOf(s string) uint64 { return maphash.String(seed, s) }

// Words that are found by their beginnings or with a slip are filed under
// hashes of another kind than terms.
var (
	startSeed = maphash.String(seed, "*") //nolint:gochecknoglobals // keys, never changed
	slipSeed  = maphash.String(seed, "~") //nolint:gochecknoglobals // keys, never changed
)

func startHash(like string) uint64 { return mixed(fnv(startSeed, like)) }

// slipHashes appends the hashes of s and of s without each one of its letters.
// Two words that are one slip apart have one in common.
func slipHashes(dst []uint64, s string) []uint64 {
	dst = append(dst, mixed(fnv(slipSeed, s)))
	for i, r := range s {
		dst = append(dst, mixed(fnv(fnv(slipSeed, s[:i]), s[i+utf8.RuneLen(r):])))
	}
	return dst
}

// fnv goes on with a hash, FNV-1a, by the bytes of s.
func fnv(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h
}

const fnvPrime = 1099511628211

// mixed makes the low bits of a hash good.
func mixed(h uint64) uint64 {
	h ^= h >> 29
	h *= 0x9E3779B97F4A7C15
	return h ^ h>>32
}
