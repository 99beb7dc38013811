//go:build unix

package boltstore

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// release lets the system take back the memory of what was read of the file; who
// reads it next finds it in the system's cache. It is for much that is read once:
// else it counts as the program's memory, and where that has a limit the program
// is ended. The transaction keeps the file's map where it is.
func (t *tx) release() {
	info := t.tx.DB().Info()
	first := *(**byte)(unsafe.Pointer(&info.Data)) //nolint:gosec // bbolt's map of the file, not of Go's heap
	if size := t.tx.Size(); first != nil && size > 0 {
		_ = unix.Madvise(unsafe.Slice(first, size), unix.MADV_DONTNEED) //nolint:gosec // no longer than the map; what is not released costs memory alone
	}
}
