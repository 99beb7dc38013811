package rules

import (
	"strings"
	"unicode/utf8"
)

// plainMost is of how many characters a rule is at most that is read without
// the parser, in bytes.
const plainMost = 256

// restorePlain reads a rule as most are: plain words with one space between, or
// one phrase in quotes. For others it returns nil. What it returns is what the
// parser would, for a tenth of the work: of a million rules that is a second.
func restorePlain(s string) *Query {
	if len(s) > plainMost {
		return nil
	}
	if inner, ok := strings.CutPrefix(s, `"`); ok {
		return restorePhrase(s, inner)
	}
	terms, canonical := make([]*node, 0, usualLexemes), true
	for from := 0; from <= len(s); {
		end := len(s)
		if i := strings.IndexByte(s[from:], ' '); i >= 0 {
			end = from + i
		}
		term := s[from:end]
		if !isPlain(term) {
			return nil
		}
		n := &node{op: opTerm, words: wordsOf(term), start: from, end: end}
		if len(n.words) == 0 {
			return nil
		}
		canonical = canonical && len(n.words) == 1 && n.words[0].text == term
		terms = append(terms, n)
		from = end + 1
	}
	q := &Query{root: flat(opAnd, terms...)}
	if canonical {
		q.text = s
	}
	return q
}

// restorePhrase is restorePlain of a rule that begins with a quote, and goes on
// with inner.
func restorePhrase(s, inner string) *Query {
	inner, ok := strings.CutSuffix(inner, `"`)
	if !ok || !utf8.ValidString(inner) || strings.ContainsAny(inner, "*"+closers['"']) {
		return nil
	}
	words := wordsOf(inner)
	if len(words) == 0 {
		return nil
	}
	return &Query{root: &node{op: opTerm, words: words, end: len(s)}}
}
