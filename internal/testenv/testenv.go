// Package testenv says what becomes of a test that needs what is not installed,
// and finds addresses for programs that a test starts.
package testenv

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
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

// The ports of FreeAddr. Systems give connections ports from 32768 on, so that no
// connection has one of these before the program that it is for listens there.
const (
	firstPort = 10_000
	endOfPort = 32_768
)

// FreeAddr returns a loopback address nobody listens on.
func FreeAddr(ctx context.Context) (string, error) {
	var taken error
	for range 100 {
		port := firstPort + rand.IntN(endOfPort-firstPort) //nolint:gosec // no secret
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return l.Addr().String(), l.Close()
		}
		taken = err
	}
	return "", errors.Join(errors.New("find a free port"), taken)
}
