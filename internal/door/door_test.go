package door

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWhoIsLetIn(t *testing.T) {
	for _, tt := range []struct {
		name, from, host, header, value string
		status                          int // without a token
		why                             string
	}{
		{"a program of this machine", "127.0.0.1:4000", "127.0.0.1:8080", "", "", 0, ""},
		{"by IPv6", "[::1]:4000", "[::1]:8080", "", "", 0, ""},
		{"IPv4 in IPv6", "[::ffff:127.0.0.1]:4000", "[::ffff:127.0.0.1]:8080", "", "", 0, ""},
		{"without a port", "127.0.0.1:4000", "127.0.0.1", "", "", 0, ""},
		{"by IPv6 without a port", "[::1]:4000", "[::1]", "", "", 0, ""},
		{"another loopback address", "127.0.0.2:4000", "127.8.8.8:80", "", "", 0, ""},
		{"localhost", "127.0.0.1:4000", "localhost:8080", "", "", 0, ""},
		{"localhost without a port, in capitals", "127.0.0.1:4000", "LOCALHOST", "", "", 0, ""},
		{"a header that is no proxy's", "127.0.0.1:4000", "localhost", "X-Forward", "x", 0, ""},

		{"another machine", "192.0.2.7:4000", "127.0.0.1:8080", "", "", 403, "only this machine"},
		{"another machine by IPv6", "[2001:db8::1]:4000", "localhost", "", "", 403, "only this machine"},
		{"an address that is none", "@", "localhost", "", "", 403, "only this machine"},

		{"Forwarded", "127.0.0.1:4000", "127.0.0.1:8080", "Forwarded", "for=192.0.2.7", 403, "a proxy"},
		{"X-Forwarded-For", "127.0.0.1:4000", "127.0.0.1:8080", "X-Forwarded-For", "192.0.2.7", 403, "a proxy"},
		{"X-Forwarded-Host", "127.0.0.1:4000", "127.0.0.1:8080", "X-Forwarded-Host", "news.example.org", 403, "a proxy"},
		{"X-Forwarded-Proto", "127.0.0.1:4000", "127.0.0.1:8080", "X-Forwarded-Proto", "https", 403, "a proxy"},
		{"X-Real-IP", "127.0.0.1:4000", "127.0.0.1:8080", "X-Real-IP", "192.0.2.7", 403, "a proxy"},
		{"Via", "127.0.0.1:4000", "127.0.0.1:8080", "Via", "1.1 proxy", 403, "a proxy"},
		{"a proxy for a client on this machine", "127.0.0.1:4000", "127.0.0.1:8080", "X-Forwarded-For", "127.0.0.1", 403, "a proxy"},
		{"a proxy's header that is empty", "127.0.0.1:4000", "127.0.0.1:8080", "X-Forwarded-For", "", 403, "a proxy"},

		{"a name that was pointed here", "127.0.0.1:4000", "evil.example:8080", "", "", 403, "localhost"},
		{"a name without a port", "127.0.0.1:4000", "evil.example", "", "", 403, "localhost"},
		{"a name that begins like us", "127.0.0.1:4000", "127.0.0.1.evil.example:8080", "", "", 403, "localhost"},
		{"a name below localhost", "127.0.0.1:4000", "localhost.evil.example", "", "", 403, "localhost"},
		{"an address of the network", "127.0.0.1:4000", "192.0.2.1:8080", "", "", 403, "localhost"},
		{"no particular address", "127.0.0.1:4000", "0.0.0.0:8080", "", "", 403, "localhost"},
		{"no host", "127.0.0.1:4000", "", "", "", 403, "localhost"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/v1/backup", nil)
			r.RemoteAddr, r.Host = tt.from, tt.host
			if tt.header != "" {
				r.Header.Set(tt.header, tt.value)
			}
			status, why := Admit(r, "")
			if status != tt.status || !strings.Contains(why, tt.why) || status != 0 && !strings.Contains(why, "RASID_HTTP_TOKEN") {
				t.Errorf("without a token: %d %q; want %d with %q and RASID_HTTP_TOKEN", status, why, tt.status, tt.why)
			}
			r.Header.Set("Authorization", "Bearer secret")
			if status, why := Admit(r, "secret"); status != 0 {
				t.Errorf("with the token: %d %q; want it let in", status, why)
			}
			for _, other := range []string{"", "secret", "Bearer", "Bearer other", "Bearer secret2", "Bearer secre"} {
				r.Header.Set("Authorization", other)
				if status, why := Admit(r, "secret"); status != http.StatusUnauthorized || strings.Contains(why, "secret") {
					t.Errorf("with %q for a token: %d %q; want 401", other, status, why)
				}
			}
		})
	}
}
