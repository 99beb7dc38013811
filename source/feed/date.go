package feed

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	isoDate  = regexp.MustCompile(`^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?\s*(.*)$`)
	dayFirst = regexp.MustCompile(`^(?:\p{L}+\.?[,،]?\s+)?(\d{1,2})[ -]+(\p{L}[\p{L} ]*?)\.?[,،]?[ -]+(\d{2,4})[,،]?(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*(.*)$`)
	usDate   = regexp.MustCompile(`^(?:\p{L}+,?\s+)?(\p{L}+)\.?\s+(\d{1,2}),?\s+(\d{4}),?(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*(.*)$`)
	offset   = regexp.MustCompile(`^(?:(?:GMT|UTC|UT)\s*)?([+-])(\d{1,2}):?(\d{2})?$`)
)

// Date reads a feed's date: RFC 3339, RFC 822 and their common wrecks, month
// names in English and in every Arabic usage, Arabic digits, ص and م. A date
// without a zone is in zone. It reports false rather than guess.
func Date(s string, zone *time.Location) (time.Time, bool) {
	if zone == nil {
		zone = time.UTC
	}
	s = tidy(s)
	if m := isoDate.FindStringSubmatch(s); m != nil {
		return build(parts{m[1], m[2], m[3], m[4], m[5], m[6], m[7]}, zone)
	}
	if m := dayFirst.FindStringSubmatch(s); m != nil {
		return build(parts{year(m[3]), month(m[2]), m[1], m[4], m[5], m[6], m[7]}, zone)
	}
	if m := usDate.FindStringSubmatch(s); m != nil {
		return build(parts{m[3], month(m[1]), m[2], m[4], m[5], m[6], m[7]}, zone)
	}
	return time.Time{}, false
}

// tidy turns Arabic digits into 0 to 9 and drops invisible marks.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '٠' && r <= '٩':
			return r - '٠' + '0'
		case r >= '۰' && r <= '۹':
			return r - '۰' + '0'
		case r == '\u200e' || r == '\u200f' || r == '\u061c' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069':
			return -1
		case r == '\u00a0':
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

type parts struct{ year, month, day, hour, minute, second, rest string }

func build(p parts, zone *time.Location) (time.Time, bool) {
	n := func(s string, otherwise int) int {
		if v, err := strconv.Atoi(s); err == nil {
			return v
		}
		return otherwise
	}
	y, mo, d := n(p.year, 0), n(p.month, 0), n(p.day, 1)
	h, mi, sec := n(p.hour, 0), n(p.minute, 0), min(n(p.second, 0), 59)
	h, rest, ok := halfDay(h, p.rest)
	loc, known := zoneOf(rest, zone)
	switch {
	case !ok, !known, y < 1900, y > 2200, mo < 1, mo > 12, d < 1, d > 31, h > 24, mi > 59:
		return time.Time{}, false
	}
	t := time.Date(y, time.Month(mo), d, h, mi, sec, 0, loc)
	if t.Day() != d && h < 24 {
		return time.Time{}, false // the 31st of a month of 30 days
	}
	return t.UTC(), true
}

// halfDay takes ص, م, AM or PM off rest.
func halfDay(h int, rest string) (int, string, bool) {
	word, after, _ := strings.Cut(rest, " ")
	switch strings.ToLower(strings.Trim(word, ".")) {
	case "ص", "صباحا", "صباحًا", "am", "a.m":
		return h % 12, after, h <= 12
	case "م", "مساء", "مساءً", "pm", "p.m":
		return h%12 + 12, after, h <= 12
	}
	return h, rest, true
}

func zoneOf(s string, zone *time.Location) (*time.Location, bool) {
	s = strings.ToUpper(strings.Trim(s, " ()"))
	if s == "" {
		return zone, true
	}
	if m := offset.FindStringSubmatch(s); m != nil {
		h, _ := strconv.Atoi(m[2])
		mi, _ := strconv.Atoi(m[3])
		secs := h*3600 + mi*60
		if m[1] == "-" {
			secs = -secs
		}
		return time.FixedZone("", secs), h <= 15 && mi < 60
	}
	if hours, ok := zones()[s]; ok {
		return time.FixedZone(s, int(hours*3600)), true
	}
	name, _, found := strings.Cut(s, " ")
	if found {
		return zoneOf(name, zone)
	}
	return nil, false
}

func year(s string) string {
	if v, err := strconv.Atoi(s); err == nil && len(s) == 2 {
		if v < 70 {
			return strconv.Itoa(2000 + v)
		}
		return strconv.Itoa(1900 + v)
	}
	return s
}

func month(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	for i, names := range months() {
		for _, m := range names {
			if name == m || len(m) > 3 && m[0] < 0x80 && strings.HasPrefix(m, name) && len(name) >= 3 {
				return strconv.Itoa(i + 1)
			}
		}
	}
	return ""
}
