package rules

import (
	"rasid/text"
	"strconv"
	"unicode/utf8"
)

// operand reads one part of an and: an exclusion in words where one may
// stand, else a term.
func (p *descent) operand(depth int, before []*node) (*node, *Error) {
	n := p.without()
	if n == 0 || len(before) == 0 || before[len(before)-1].op == opNot && !positive(before) {
		return p.term(depth)
	}
	opener := p.peek()
	switch p.peekAt(n).kind {
	case kindWord, kindPhrase, kindOpen, kindExact, kindField, kindAlias, kindNor:
	default:
		return p.term(depth)
	}
	p.at += n
	return p.exclusion(depth, opener)
}

func positive(nodes []*node) bool {
	for _, n := range nodes {
		if n.op != opNot {
			return true
		}
	}
	return false
}

// without tells how many lexemes the exclusion word here has; 0: none is here.
func (p *descent) without() int {
	x := p.peek()
	switch {
	case x.kind == kindWithout:
		return 1
	case x.kind == kindWord && x.text == "ما" && p.peekAt(1).kind == kindWord && text.Fold(p.peekAt(1).text) == "عدا":
		return 2
	}
	return 0
}

// negation reads what a minus or NOT before it excludes: one term.
func (p *descent) negation(depth int, x lexeme) (*node, *Error) {
	switch p.peek().kind {
	case kindEnd, kindClose, kindOr, kindAnd:
		return nil, p.fail(CodeMissingOperand, x, x.text)
	}
	n, err := p.term(depth)
	if n == nil {
		return nil, err
	}
	n = p.in.not(n)
	n.start = x.start
	return n, nil
}

// exclusion reads what بدون and its like exclude: words side by side are one
// phrase, أو ولا و go on with another.
func (p *descent) exclusion(depth int, opener lexeme) (*node, *Error) {
	if depth >= MaxDepth {
		return nil, p.fail(CodeTooDeep, opener, strconv.Itoa(MaxDepth))
	}
	var all []*node
	for {
		n, err := p.excluded(depth)
		if err != nil {
			return nil, err
		}
		if n != nil {
			all = append(all, n)
		}
		if !p.continues() && n == nil {
			break
		}
	}
	if len(all) == 0 {
		return nil, p.fail(CodeMissingOperand, opener, opener.text)
	}
	return p.in.not(p.in.flat(opOr, all...)), nil
}

// continues takes a word that goes on with an exclusion, if one is here and
// something to exclude follows.
func (p *descent) continues() bool {
	x := p.peek()
	if x.kind != kindNor && (x.kind != kindOr && x.kind != kindAnd || rune0(x.text) < utf8.RuneSelf) || x.text == "｜" {
		return false
	}
	switch p.peekAt(1).kind {
	case kindWord, kindPhrase, kindExact, kindField, kindAlias, kindOpen:
		p.take()
		return true
	}
	return false
}

// excluded reads one thing that is excluded: words as a phrase, or a term;
// nil when nothing of the kind is here.
func (p *descent) excluded(depth int) (*node, *Error) {
	x := p.peek()
	switch x.kind {
	case kindPhrase, kindExact, kindField, kindAlias, kindOpen:
		return p.term(depth + 1)
	case kindWord:
	default:
		return nil, nil
	}
	n := &node{op: opTerm, start: x.start}
	for p.peek().kind == kindWord && p.without() == 0 && !p.atLevel() {
		x = p.take()
		n.words = append(n.words, wordsOf(x.text)...)
		n.end = x.end
	}
	if len(n.words) == 0 {
		if p.atLevel() {
			return nil, p.level()
		}
		return nil, nil
	}
	return n, nil
}
