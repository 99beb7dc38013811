//go:build crash && !linux

package serve

import (
	"fmt"
	"os"
)

// breakDisk ends the program: only Linux refuses single system calls.
func breakDisk(string) {
	fmt.Fprintln(os.Stderr, "the disk can be broken on Linux only")
	os.Exit(3)
}
