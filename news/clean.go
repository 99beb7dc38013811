package news

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of an article's parts, in bytes. What is longer is cut at a
// character.
const (
	MaxTitle   = 2_000
	MaxSummary = 20_000
	MaxBody    = 5_000_000
	MaxName    = 500 // source, author, one tag
	MaxTags    = 50
	MaxLink    = 4_000
	MaxID      = 1_000
)

// Clean makes a fit to be kept: valid UTF-8 without control characters,
// trimmed and within the limits. Anything else stays as it is, so that
// offsets into the text keep their meaning. Cleaning twice changes nothing.
func Clean(a *Article) {
	a.ID = cleanText(a.ID, MaxID, false)
	a.URL = cleanText(a.URL, MaxLink, false)
	a.Title = cleanText(a.Title, MaxTitle, false)
	a.Summary = cleanText(a.Summary, MaxSummary, true)
	a.Body = cleanText(a.Body, MaxBody, true)
	a.Lang = strings.ToLower(strings.ReplaceAll(cleanText(a.Lang, 35, false), "_", "-"))
	a.Source = cleanText(a.Source, MaxName, false)
	a.Author = cleanText(a.Author, MaxName, false)
	a.Image = cleanText(a.Image, MaxLink, false)
	tags := a.Tags[:0:0]
	for _, t := range a.Tags {
		if t = cleanText(t, MaxName, false); t != "" && len(tags) < MaxTags && !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	a.Tags = tags
	a.Published = cleanTime(a.Published)
	a.Updated = cleanTime(a.Updated)
}

// cleanTime drops times that no calendar of news has.
func cleanTime(t time.Time) time.Time {
	if t.IsZero() || t.Year() < 1900 || t.Year() > 9999 {
		return time.Time{}
	}
	return t.UTC()
}

// cleanText cleans one part; lines says whether it may have several.
func cleanText(s string, most int, lines bool) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			if lines {
				return '\n'
			}
			return ' '
		case r == '\t':
			return ' '
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\uFEFF':
			return -1
		}
		return r
	}, s)
	s = strings.TrimFunc(s, unicode.IsSpace)
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return strings.TrimRightFunc(s[:most], unicode.IsSpace)
}

// ID returns what identifies a: its own id, else its link, else its content.
// Ids made here begin with "link:" or "text:".
func ID(a *Article) string {
	if a.ID != "" {
		return a.ID
	}
	if link := CanonicalLink(a.URL); link != "" {
		return "link:" + link
	}
	sum := sha256.Sum256([]byte(a.Source + "\x00" + a.Title + "\x00" + a.Summary + "\x00" + a.Body))
	return "text:" + hex.EncodeToString(sum[:16])
}

// CanonicalLink returns the form of a link that its copies share: lower-case
// scheme and host, no default port, fragment or campaign parameters, no
// trailing slash. It is empty for what is no http or https link. Doing it twice
// changes nothing.
func CanonicalLink(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" || u.Opaque != "" {
		return ""
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	if p := u.Port(); p == "80" && u.Scheme == "http" || p == "443" && u.Scheme == "https" || strings.HasSuffix(u.Host, ":") {
		u.Host = strings.TrimSuffix(strings.TrimSuffix(u.Host, p), ":")
	}
	if u.Host == "" {
		return ""
	}
	u.Fragment, u.RawFragment, u.User, u.ForceQuery = "", "", nil, false
	q := u.Query()
	for name := range q {
		if campaign(strings.ToLower(name)) {
			q.Del(name)
		}
	}
	u.RawQuery = q.Encode()
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return u.String()
}

// campaign reports whether a parameter only says where a reader came from.
func campaign(name string) bool {
	if strings.HasPrefix(name, "utm_") || strings.HasPrefix(name, "at_") {
		return true
	}
	return slices.Contains([]string{"fbclid", "gclid", "dclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid", "cmpid", "ncid", "traffic_source"}, name)
}
