package text

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	uax29 "github.com/clipperhouse/uax29/v2/words"
)

// samples holds characters of every class that Unicode's word boundaries know.
var samples = strings.Split("a é ж ا א 1 ٣ _ : · . ’ , ; ' \" \u0301 \u064B \u00AD \u200D \u200E カ 漢 ก 가 ㄱ 🇫 😀 - $ & + # ( \u2028", " ")

// exceptions are the places where Tokens parts words otherwise than UAX #29,
// as its comment states, and why a string shows it.
var exceptions = []struct {
	why   string
	shows *regexp.Regexp
}{
	{"_ and : part words", regexp.MustCompile(`[_:]`)},
	{"; parts numbers", regexp.MustCompile(`\d.*;|[٣].*;`)},
	{". joins digits and single letters only", regexp.MustCompile(`\.`)},
	{"& joins letters", regexp.MustCompile(`&`)},
	{"C++ and C# are words, and so is $ with a name", regexp.MustCompile(`\+\+|#|\$`)},
	{"Arabic parts from digits and other letters", regexp.MustCompile(`[اٌ].*[aéжא1٣가ㄱ]|[aéжא1٣가ㄱ].*ا`)},
	{"scripts without spaces give a token a character", regexp.MustCompile(`[カ漢ก]`)},
	{"invisible characters at the end of a word are no part of it", regexp.MustCompile(`[\x{AD}\x{200D}\x{200E}]`)},
	{"' after a Hebrew letter parts words where no letter follows", regexp.MustCompile(`א[\x{301}\x{64B}]*'`)},
	{"' and its like part digits", regexp.MustCompile(`[٣1][\x{301}\x{64B}]*['’]`)},
	{"a sign that bears a mark of its own parts words", regexp.MustCompile(`['’·,"][\x{301}\x{64B}]`)},
}

// TestUAX29 compares Tokens with a library that passes Unicode's own test
// file, on all strings of four characters, one of each class of characters.
func TestUAX29(t *testing.T) {
	used := map[string]int{}
	agree := 0
	n := len(samples)
	for i := range n * n * n * n {
		s := samples[i%n] + samples[i/n%n] + samples[i/n/n%n] + samples[i/n/n/n%n]
		got, want := spans(Tokens(nil, s)), unicodeWords(s)
		if got == want {
			agree++
			continue
		}
		why := excuse(s)
		if why == "" {
			t.Fatalf("Tokens(%q) has %s, and UAX #29 %s", s, got, want)
		}
		used[why]++
	}
	for _, e := range exceptions {
		if used[e.why] == 0 {
			t.Errorf("no string shows that %s", e.why)
		}
	}
	t.Logf("%d of %d strings agree; the others: %v", agree, n*n*n*n, used)
}

func excuse(s string) string {
	for _, e := range exceptions {
		if e.shows.MatchString(s) {
			return e.why
		}
	}
	return ""
}

func spans(tokens []Token) string {
	var b strings.Builder
	for _, t := range tokens {
		fmt.Fprintf(&b, " %d-%d", t.Start, t.End)
	}
	return b.String()
}

// unicodeWords returns the spans of the words that have a letter or a digit.
func unicodeWords(s string) string {
	var b strings.Builder
	for it := uax29.FromString(s); it.Next(); {
		if strings.ContainsFunc(it.Value(), func(r rune) bool { c := classOf(r); return c.isLetter() || c == digit || c == run }) {
			fmt.Fprintf(&b, " %d-%d", it.Start(), it.End())
		}
	}
	return b.String()
}
