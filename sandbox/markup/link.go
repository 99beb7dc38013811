package markup

import (
	"net/url"
	"rasid/sandbox/wire"
	"slices"
	"strconv"
	"strings"
)

// linkEntity makes e a link to where href points, or to its own text when
// there is no href. It reports whether the address is good for one.
func linkEntity(e *wire.Entity, href, text string) bool {
	if href == "" {
		href = text
	}
	if id := linkUser(href); id != 0 {
		e.Type, e.User = "text_mention", &wire.User{ID: id, FirstName: "User " + strconv.FormatInt(id, 10)}
		return true
	}
	e.URL = CheckLink(href)
	return e.URL != ""
}

// linkUser returns the id of a tg://user?id= link, 0 for others.
func linkUser(href string) int64 {
	id, ok := strings.CutPrefix(strings.ToLower(href), "tg://user?id=")
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return 0
	}
	return n
}

// CheckLink returns an address in the form the server keeps, with http://
// added where there is no scheme, or "" when it is none.
func CheckLink(href string) string {
	href = strings.TrimSpace(href)
	if strings.ContainsAny(href, " \n\t\r\x00") || href == "" {
		return ""
	}
	full := href
	if !strings.Contains(full, "://") {
		full = "http://" + strings.TrimPrefix(full, "//")
	}
	u, err := url.Parse(full)
	if err != nil || u.Host == "" {
		return ""
	}
	switch u.Scheme {
	case "http", "https", "ftp":
		if !goodHost(u.Hostname()) {
			return ""
		}
	case "tg", "ton", "tonsite":
	default:
		return ""
	}
	if u.Path == "" && u.RawQuery == "" && u.Fragment == "" && u.Scheme != "tg" && !strings.HasSuffix(full, "/") {
		full = strings.TrimRight(full, "?#") + "/"
	}
	u.Scheme = strings.ToLower(u.Scheme)
	scheme, rest, _ := strings.Cut(full, "://")
	return strings.ToLower(scheme) + "://" + rest
}

// goodHost reports whether a host could be one on the net: a dot inside and no
// empty label, or an address in brackets.
func goodHost(host string) bool {
	if strings.Contains(host, ":") || host == "localhost" {
		return true
	}
	labels := strings.Split(host, ".")
	if len(labels) < 2 {
		return false
	}
	return !slices.Contains(labels, "")
}
