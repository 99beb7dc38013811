//go:build crash

package serve

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// met counts how often the point was met that CRASH_AT names.
var met atomic.Int64 //nolint:gochecknoglobals // of the process, like its end

// crash ends the process, as a power cut would, at the n-th time that the point
// is met which CRASH_AT names as POINT:N. With CRASH_DISK it goes on, on a disk
// that is full or broken from then on.
func crash(point string) {
	name, nth, _ := strings.Cut(os.Getenv("CRASH_AT"), ":")
	if n, err := strconv.ParseInt(nth, 10, 64); name != point || err != nil || met.Add(1) != n {
		return
	}
	if disk := os.Getenv("CRASH_DISK"); disk != "" {
		breakDisk(disk)
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // nothing comes after it
}
