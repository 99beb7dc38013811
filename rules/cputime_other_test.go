//go:build !linux

package rules

import (
	"testing"
	"time"
)

// processorTime is how long f takes, where the time of one thread is not known.
func processorTime(_ *testing.T, f func()) time.Duration {
	begun := time.Now()
	f()
	return time.Since(begun)
}
