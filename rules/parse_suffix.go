package rules

import (
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// The limits of operators with numbers.
const (
	MaxNear   = 50 // words between
	MaxCount  = 99 // times
	usualNear = 5
)

// Letters that a word needs before * and ~.
const (
	minPrefix      = 3
	minFuzzy       = 4
	minFuzzyArabic = 5
	maxFuzzy       = 40
)

// A Level says how loud the alerts of a rule are.
type Level uint8

// The levels. Normal is that of a rule that says nothing.
const (
	Normal Level = iota
	Urgent
	Low
	digest // known, and not available
)

// suffixes reads what stands behind a term: * ~ ~5 #3.
func (p *descent) suffixes(n *node) (*node, *Error) {
	for {
		x := p.peek()
		var err *Error
		switch x.kind {
		case kindStar:
			err = p.star(n, x)
		case kindTilde:
			err = p.tilde(n, x)
		case kindCount:
			n.count, err = p.number(x, 1, MaxCount)
			if n.count == 1 {
				n.count = 0
			}
		default:
			return n, nil
		}
		if err != nil {
			return nil, err
		}
		n.end = p.take().end
	}
}

// star makes the last word of n the beginning of one.
func (p *descent) star(n *node, x lexeme) *Error {
	last := n.words[len(n.words)-1].text
	switch {
	case n.star || n.fuzzy || n.slop > 0 || n.count > 0:
		return p.fail(CodeMisplaced, x, x.text)
	case isRune(last): // found in longer words anyway
		return nil
	case letterCount(last) < minPrefix:
		return p.fail(CodeTooShort, x, last, x.text, strconv.Itoa(minPrefix))
	}
	n.star = true
	return nil
}

// tilde lets words stand between those of a phrase, and letters slip in a
// word.
func (p *descent) tilde(n *node, x lexeme) *Error {
	sign := p.src[x.start:x.end]
	if n.star || n.fuzzy || n.slop > 0 || n.count > 0 {
		return p.fail(CodeMisplaced, x, sign)
	}
	if len(n.words) > 1 {
		if x.text == "" || slices.ContainsFunc(n.words, func(w word) bool { return w.glued && isRune(w.text) }) {
			return p.fail(CodeMisplaced, x, sign)
		}
		var err *Error
		n.slop, err = p.number(x, 0, MaxNear)
		return err
	}
	word := n.words[0].text
	least := minFuzzy
	if unicode.Is(unicode.Arabic, rune0(word)) {
		least = minFuzzyArabic
	}
	switch {
	case n.exact || isRune(word) || utf8.RuneCountInString(word) > maxFuzzy || x.text != "" && x.text != "1":
		return p.fail(CodeMisplaced, x, sign)
	case letterCount(word) < least:
		return p.fail(CodeTooShort, x, word, sign, strconv.Itoa(least))
	}
	n.fuzzy = true
	return nil
}

func letterCount(word string) int {
	n := 0
	for _, r := range word {
		if !unicode.Is(unicode.M, r) && r != 'ـ' {
			n++
		}
	}
	return n
}

// number reads the number of an operator.
func (p *descent) number(x lexeme, least, most int) (int, *Error) {
	v, err := strconv.Atoi(x.text)
	if err != nil || v < least || v > most {
		return 0, p.fail(CodeBadNumber, x, p.src[x.start:x.end], strconv.Itoa(least), strconv.Itoa(most))
	}
	return v, nil
}

// near reads NEAR/5 and what follows it, as often as it stands there.
func (p *descent) near(depth int, first *node) (*node, *Error) {
	n := &node{op: opNear, kids: []*node{first}, start: first.start}
	for p.peek().kind == kindNear {
		x := p.take()
		sign := p.src[x.start:x.end]
		steps, err := p.number(x, 0, MaxNear)
		if err != nil {
			return nil, err
		}
		switch p.peek().kind {
		case kindEnd, kindClose, kindOr, kindAnd, kindNear:
			return nil, p.fail(CodeMissingOperand, x, sign)
		}
		k, err := p.term(depth)
		switch {
		case err != nil:
			return nil, err
		case k == nil:
			return nil, p.fail(CodeMissingOperand, x, sign)
		case !n.kids[len(n.kids)-1].hasPlaces() || !k.hasPlaces():
			return nil, p.fail(CodeMisplaced, x, sign)
		}
		n.kids, n.steps, n.end = append(n.kids, k), append(n.steps, steps), k.end
	}
	return n, nil
}

// hasPlaces reports whether n is found at places: words, or one of several.
func (n *node) hasPlaces() bool {
	switch n.op {
	case opTerm:
		return n.count == 0
	case opAlias:
		return true
	case opOr:
		return !slices.ContainsFunc(n.kids, func(k *node) bool { return !k.hasPlaces() })
	}
	return false
}

// some reads "2 of (a, b c, d)". Commas part the things to choose from;
// without any, each term is one.
func (p *descent) some(depth int, x lexeme) (*node, *Error) {
	if depth >= MaxDepth {
		return nil, p.fail(CodeTooDeep, x, strconv.Itoa(MaxDepth))
	}
	of := p.take()
	open := p.take()
	sign := lexeme{start: x.start, end: of.end}
	kids, commas, err := p.choices(depth + 1)
	if err != nil {
		return nil, err
	}
	end := p.take()
	switch {
	case end.kind != kindClose:
		return nil, p.fail(CodeUnclosedBracket, open)
	case len(kids) == 0:
		return nil, p.fail(CodeEmptyGroup, lexeme{start: open.start, end: end.end}, "()")
	}
	if !commas && len(kids) == 1 && kids[0].op == opAnd {
		kids = kids[0].kids
	}
	need, convErr := strconv.Atoi(x.text)
	if convErr != nil || need < 1 || need > len(kids) {
		return nil, p.fail(CodeBadNumber, sign, p.src[sign.start:sign.end], "1", strconv.Itoa(len(kids)))
	}
	switch need {
	case 1:
		return flat(opOr, kids...), nil
	case len(kids):
		return flat(opAnd, kids...), nil
	}
	return &node{op: opSome, kids: kids, need: need, start: x.start, end: end.end}, nil
}

// choices reads things apart by commas.
func (p *descent) choices(depth int) (kids []*node, commas bool, err *Error) {
	outer := p.commaDepth
	p.commaDepth = depth
	defer func() { p.commaDepth = outer }()
	for {
		n, err := p.or(depth)
		if err != nil {
			return nil, false, err
		}
		if n != nil {
			kids = append(kids, n)
		}
		if x := p.peek(); !x.comma || x.kind == kindEnd || x.kind == kindClose {
			return kids, commas, nil
		}
		commas = true
	}
}
