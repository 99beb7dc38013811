// Package testenv says what becomes of a test that needs what is not installed.
package testenv

import (
	"os"
	"testing"
)

// Missing skips a test that cannot be run here, and says why. Under CI=true the
// test fails: there all has to be installed.
func Missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}
