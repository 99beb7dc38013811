package rules

import (
	"rasid/text"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// check refuses trees that parse but that no rule should be.
func check(src string, root *node) *Error {
	terms := 0
	var err *Error
	root.walk(false, func(n *node, _ bool) {
		if len(n.kids) == 0 {
			terms++
		}
		if (n.op == opOr || n.op == opSome) && err == nil {
			err = orNegation(src, n)
		}
	})
	q := Query{root: root}
	switch {
	case terms > MaxTerms:
		return &Error{Code: CodeTooManyTerms, End: len(src), Args: []string{strconv.Itoa(terms), strconv.Itoa(MaxTerms)}}
	case root.idle() && (err == nil || allIdle(root)):
		return &Error{Code: CodeNothingPositive, Pos: root.start, End: root.end, Args: []string{excerpt(src, root)}}
	case err != nil:
		return err
	case onlyStopWords(root):
		return &Error{Code: CodeStopWords, Pos: root.start, End: root.end, Args: []string{excerpt(src, root)}}
	}
	if n := utf8.RuneCountInString(q.String()); n > MaxChars {
		return tooLong(src, n)
	}
	return nil
}

func excerpt(src string, n *node) string { return strings.TrimSpace(src[n.start:n.end]) }

// allIdle reports whether every alternative of an or is a negation.
func allIdle(n *node) bool {
	if n.op != opOr {
		return false
	}
	for _, k := range n.kids {
		if !k.idle() {
			return false
		}
	}
	return true
}

// orNegation refuses an alternative that would be true of nearly everything.
func orNegation(src string, n *node) *Error {
	for _, k := range n.kids {
		if k.idle() {
			return &Error{Code: CodeOrNegation, Pos: k.start, End: k.end, Args: []string{excerpt(src, k)}}
		}
	}
	return nil
}

// onlyStopWords reports whether all that n looks for is in most articles.
func onlyStopWords(n *node) bool {
	switch n.op {
	case opTerm:
		return n.common()
	case opAnd:
		for _, k := range n.kids {
			if k.op != opNot && !onlyStopWords(k) {
				return false
			}
		}
		return true
	case opOr:
		return slices.ContainsFunc(n.kids, onlyStopWords)
	case opNear:
		return !slices.ContainsFunc(n.kids, func(k *node) bool { return !onlyStopWords(k) })
	case opSome:
		common := 0
		for _, k := range n.kids {
			if onlyStopWords(k) {
				common++
			}
		}
		return common >= n.need
	}
	return false
}

// common reports whether a term is a stop word of Arabic or English. Capitals
// make a name of it: WHO.
func (n *node) common() bool {
	if len(n.words) != 1 || n.star || n.fuzzy || n.field == inSource || n.field == inAuthor || n.field == inTags {
		return false
	}
	w := n.words[0].text
	if len(w) > 1 && strings.ToLower(w) != w && strings.ToUpper(w) == w {
		return false
	}
	return text.Stop("en", w) || text.Stop("ar", w)
}

// mend returns src with what err complains of mended, or "".
func mend(src string, root *node, err *Error) string {
	switch err.Code {
	case CodeUnclosedQuote:
		return closeQuote(src, err.Pos)
	case CodeUnclosedBracket:
		return src + ")"
	case CodeUnopenedBracket, CodeEmptyGroup, CodeMissingOperand, CodeUnavailable, CodeBadValue, CodeTooShort, CodeMisplaced, CodeBadNumber:
		return src[:err.Pos] + " " + src[err.End:]
	case CodeUnknownCountry:
		if code := countries().nearest(err.Args[0]); code != "" {
			return src[:err.Pos] + "@" + countryName + ":" + code + src[err.End:]
		}
		return src[:err.Pos] + " " + strings.ReplaceAll(err.Args[0], "_", " ") + src[err.End:]
	case CodeEncoding:
		return strings.ToValidUTF8(src, " ")
	case CodeUnknownField:
		return src[:err.End-1] + " " + src[err.End:]
	case CodeNothingPositive:
		return (&Query{root: affirm(root)}).String()
	case CodeOrNegation:
		return (&Query{root: conjoin(root)}).String()
	case CodeStopWords:
		if words := strings.Fields(err.Args[0]); len(words) > 1 && !strings.ContainsAny(err.Args[0], "\"()|") {
			return `"` + strings.Join(words, " ") + `"`
		}
	}
	return ""
}

func closeQuote(src string, at int) string {
	end := `"`
	switch {
	case strings.HasPrefix(src[at:], "''"):
		end = "''"
	case strings.ContainsRune("«‹「『〝", rune0(src[at:])):
		runes := []rune(closers[rune0(src[at:])])
		end = string(runes[len(runes)-1])
	}
	return strings.TrimSpace(src) + end
}

// affirm returns n without its negations.
func affirm(n *node) *node {
	if n.op == opNot {
		return affirm(n.kids[0])
	}
	c := *n
	c.kids = make([]*node, len(n.kids))
	for i, k := range n.kids {
		c.kids[i] = affirm(k)
	}
	return &c
}

// conjoin returns n with the negations that stand in an or beside it.
func conjoin(n *node) *node {
	var kids, aside []*node
	for _, k := range n.kids {
		k = conjoin(k)
		if n.op == opOr && k.idle() {
			aside = append(aside, k)
			continue
		}
		kids = append(kids, k)
	}
	c := *n
	c.kids = kids
	if len(aside) == 0 {
		return &c
	}
	if len(kids) > 0 {
		aside = append([]*node{flat(opOr, kids...)}, aside...)
	}
	return flat(opAnd, aside...)
}
