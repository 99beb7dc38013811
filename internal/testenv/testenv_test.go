package testenv_test

import (
	"net"
	"rasid/internal/testenv"
	"testing"
)

// TestAFreeAddressIsNoConnections: no connection that anybody makes takes the
// port before the program that it was found for.
func TestAFreeAddressIsNoConnections(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	least := l.Addr().(*net.TCPAddr).Port
	for range 50 {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		least = min(least, c.LocalAddr().(*net.TCPAddr).Port)
	}
	for range 50 {
		text, err := testenv.FreeAddr(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		addr, err := net.ResolveTCPAddr("tcp", text)
		if err != nil || !addr.IP.IsLoopback() || addr.Port >= least {
			t.Errorf("FreeAddr() = %s, and connections have ports from %d on; want a loopback address with a lower one", text, least)
		}
		again, err := new(net.ListenConfig).Listen(t.Context(), "tcp", text)
		if err != nil {
			t.Errorf("FreeAddr() = %s: %v", text, err)
			continue
		}
		defer again.Close()
	}
}
