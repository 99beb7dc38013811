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
func restorePlain(s string, in *room) *Query {
	if len(s) > plainMost {
		return nil
	}
	if inner, ok := strings.CutPrefix(s, `"`); ok {
		return restorePhrase(s, inner, in)
	}
	terms, canonical := in.branches.some(1 + strings.Count(s, " "))[:0], true
	for from := 0; from <= len(s); {
		end := len(s)
		if i := strings.IndexByte(s[from:], ' '); i >= 0 {
			end = from + i
		}
		term := s[from:end]
		if !isPlain(term) {
			return nil
		}
		n := in.nodes.one()
		n.op, n.words, n.start, n.end = opTerm, in.wordsOf(term), from, end
		if len(n.words) == 0 {
			return nil
		}
		canonical = canonical && len(n.words) == 1 && n.words[0].text == term
		terms = append(terms, n)
		from = end + 1
	}
	q := in.queries.one()
	if q.root = terms[0]; len(terms) > 1 {
		q.root = in.nodes.one()
		q.root.op, q.root.kids, q.root.end = opAnd, terms, len(s)
	}
	if canonical {
		q.text = s
	}
	return q
}

// restorePhrase is restorePlain of a rule that begins with a quote, and goes on
// with inner.
func restorePhrase(s, inner string, in *room) *Query {
	inner, ok := strings.CutSuffix(inner, `"`)
	if !ok || !utf8.ValidString(inner) || strings.ContainsAny(inner, "*"+closers['"']) {
		return nil
	}
	words := in.wordsOf(inner)
	if len(words) == 0 {
		return nil
	}
	q := in.queries.one()
	q.root = in.nodes.one()
	q.root.op, q.root.words, q.root.end = opTerm, words, len(s)
	return q
}
