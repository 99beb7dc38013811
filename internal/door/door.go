// Package door says who may push articles and who may take a backup: whoever
// has the token or, where there is none, the programs of this machine.
package door

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
)

// Admit returns the status and the reason with which r is to be refused; 0 when
// it is let in. Without a token that is a request of this machine that no proxy
// passed on and no page sends. A proxy that adds no header is not noticed: where
// one leads here there has to be a token.
func Admit(r *http.Request, token string) (status int, why string) {
	if token != "" {
		if !sameToken(r.Header.Get("Authorization"), token) {
			return http.StatusUnauthorized, "the token is missing or wrong: send Authorization: Bearer TOKEN, with the value of RASID_HTTP_TOKEN"
		}
		return 0, ""
	}
	switch {
	case !ofThisMachine(r.RemoteAddr):
		return http.StatusForbidden, "without a token only this machine is answered; set RASID_HTTP_TOKEN"
	case passedOn(r.Header):
		return http.StatusForbidden, "without a token nothing is answered that a proxy passes on; set RASID_HTTP_TOKEN"
	case !ofThisMachine(r.Host):
		return http.StatusForbidden, "without a token only the hosts localhost, 127.0.0.1 and [::1] are answered; ask for one of them, or set RASID_HTTP_TOKEN"
	}
	return 0, ""
}

// sameToken takes the same time whatever is given.
func sameToken(header, token string) bool {
	given, ok := strings.CutPrefix(header, "Bearer ")
	a, b := sha256.Sum256([]byte(strings.TrimSpace(given))), sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && ok
}

// ofThisMachine reports whether an address, with a port or without, is loopback.
// Of names only localhost is: whoever owns another may point it here, and then a
// page of that name in a browser of this machine sends what it likes (DNS
// rebinding).
func ofThisMachine(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil { // no port
		host = strings.TrimSuffix(strings.TrimPrefix(addr, "["), "]")
	}
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// passedOn reports whether a proxy says that it sent the request for another.
func passedOn(h http.Header) bool {
	for name := range h {
		switch name = http.CanonicalHeaderKey(name); {
		case name == "Forwarded", name == "X-Real-Ip", name == "Via", strings.HasPrefix(name, "X-Forwarded-"):
			return true
		}
	}
	return false
}
