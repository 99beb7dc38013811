//go:build !crash

package serve

// crash is called at the points where a crash is tested. Only a binary built
// with the tag crash, for internal/crash, ends there.
func crash(string) {}
