package source

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Allow lists networks that feeds may be fetched from though they are not
// public: entries of ADDRESS:PORT or NETWORK:PORT, separated by commas, where
// the port may be * (as in "127.0.0.1:8099,10.0.0.0/8:*").
type Allow []AllowRule

// An AllowRule is one entry of Allow.
type AllowRule struct {
	Net  netip.Prefix
	Port uint16 // 0: any
}

// ParseAllow reads a list of networks.
func ParseAllow(s string) (Allow, error) {
	var all Allow
	for entry := range strings.SplitSeq(s, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		i := strings.LastIndexByte(entry, ':')
		if i < 0 {
			return nil, fmt.Errorf("%q has no port; write ADDRESS:PORT or NETWORK:*", entry)
		}
		r, err := parseAllowRule(strings.Trim(entry[:i], "[]"), entry[i+1:])
		if err != nil {
			return nil, fmt.Errorf("%q: %w", entry, err)
		}
		all = append(all, r)
	}
	return all, nil
}

func parseAllowRule(host, port string) (AllowRule, error) {
	var r AllowRule
	var err error
	if strings.Contains(host, "/") {
		r.Net, err = netip.ParsePrefix(host)
	} else {
		var a netip.Addr
		if a, err = netip.ParseAddr(host); err == nil {
			r.Net = netip.PrefixFrom(a, a.BitLen())
		}
	}
	if err != nil {
		return r, err
	}
	if port == "*" {
		return r, nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return r, errors.New("the port is a number from 1 to 65535, or *")
	}
	r.Port = uint16(n)
	return r, nil
}

func (a Allow) has(ip netip.Addr, port uint16) bool {
	for _, r := range a {
		if r.Net.Contains(ip) && (r.Port == 0 || r.Port == port) {
			return true
		}
	}
	return false
}

// refused lists what is not the public internet. See the IANA special-purpose
// address registries, RFC 6890 and its updates.
func refusedNets() []netip.Prefix {
	var nets []netip.Prefix
	for _, s := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"::/128", "::1/128", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
	} {
		nets = append(nets, netip.MustParsePrefix(s))
	}
	return nets
}

// guardedDialer connects to public addresses and those of allow. It looks at
// the address that is connected to, so redirects and names that change their
// address are covered.
func guardedDialer(allow Allow) *net.Dialer {
	refused := refusedNets()
	return &net.Dialer{
		Timeout: 10 * time.Second,
		Control: func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("connect to %s: %w", address, err)
			}
			ip := at.Addr().Unmap().WithZone("")
			if allow.has(ip, at.Port()) {
				return nil
			}
			for _, n := range refused {
				if n.Contains(ip) {
					return fmt.Errorf("%s is not a public address; the operator may allow it by RASID_FEED_ALLOW", ip)
				}
			}
			if at.Port() != 80 && at.Port() != 443 {
				return fmt.Errorf("port %d is not 80 or 443; the operator may allow it by RASID_FEED_ALLOW", at.Port())
			}
			return nil
		},
	}
}

func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("the address begins with %q, not http or https", u.Scheme)
	case u.User != nil:
		return errors.New("the address carries a name and password")
	}
	return nil
}
