package text_test

import (
	"rasid/text"
	"testing"
)

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		name, a, b string
		want       int
	}{
		{"nothing to change", "words", "words", 0},
		{"one letter is another", "words", "wards", 1},
		{"one is missing", "word", "words", 1},
		{"one is too much", "woords", "words", 1},
		{"two neighbours that changed places are two", "wrods", "words", 2},
		{"all of it is missing", "", "words", 5},
	} {
		if got := text.Distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%s: Distance(%q, %q) = %d; want %d", tt.name, tt.a, tt.b, got, tt.want)
		}
	}
}
