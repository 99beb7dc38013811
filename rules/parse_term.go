package rules

import (
	"rasid/text"
	"strings"
	"unicode"
)

// term reads one term with what is before it.
func (p *descent) term(depth int) (*node, *Error) {
	x := p.take()
	switch x.kind {
	case kindNot:
		return p.negation(depth, x)
	case kindOpen:
		return p.group(depth, x)
	case kindField:
		return p.inField(depth, x)
	case kindExact:
		return p.exact(x)
	case kindAlias:
		if name, ok := countryOf(x.text); ok {
			return p.country(x, name)
		}
		return &node{op: opAlias, value: x.text, start: x.start, end: x.end}, nil
	case kindNear:
		return nil, p.fail(CodeMissingOperand, x, strings.TrimSpace(p.src[x.start:x.end]))
	case kindStar, kindTilde, kindCount:
		return nil, p.fail(CodeMisplaced, x, p.src[x.start:x.end])
	}
	if p.at--; p.atLevel() {
		return nil, p.level()
	}
	p.at++
	if of := p.peek(); isNumber(x.text) && of.text == "of" && p.peekAt(1).kind == kindOpen {
		return p.some(depth, x)
	}
	n, err := p.words(x)
	if n == nil {
		return nil, err
	}
	return p.suffixes(n)
}

func isNumber(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsDigit(r) })
}

// words makes a term of a word or a phrase.
func (p *descent) words(x lexeme) (*node, *Error) {
	n := p.in.nodes.one()
	n.op, n.words, n.start, n.end = opTerm, p.in.wordsOf(x.text), x.start, x.end
	if inner := strings.TrimSpace(x.text); len(n.words) > 0 && x.kind == kindPhrase && strings.HasSuffix(inner, "*") {
		if err := p.star(n, lexeme{kind: kindStar, text: "*", start: x.start, end: x.end}); err != nil {
			return nil, err
		}
	}
	if len(n.words) > 0 {
		return n, nil
	}
	if x.kind == kindPhrase {
		return nil, p.fail(CodeEmptyGroup, x, p.src[x.start:x.end])
	}
	return nil, nil
}

func wordsOf(s string) []word { return new(room).wordsOf(s) }

// tokensOfWord is how many tokens most words and phrases have at most.
const tokensOfWord = 4

func (in *room) wordsOf(s string) []word {
	var some [tokensOfWord]text.Token
	tokens := text.Tokens(some[:0], s)
	words := in.words.some(len(tokens))[:0]
	end := -1
	for _, t := range tokens {
		if t.Kind == text.Particle {
			continue
		}
		words = append(words, word{text: s[t.Start:t.End], glued: t.Start == end})
		end = t.End
	}
	return words
}

// exact reads what = asks for as it is written.
func (p *descent) exact(x lexeme) (*node, *Error) {
	y := p.peek()
	if y.kind == kindNot || y.kind == kindEnd || y.kind == kindOpen || y.kind == kindClose || y.kind == kindField || y.kind == kindAlias || y.kind == kindExact {
		return nil, p.fail(CodeMissingOperand, x, "=")
	}
	p.take()
	n, err := p.words(lexeme{kind: kindPhrase, text: y.text, start: x.start, end: y.end})
	if n == nil {
		return nil, err
	}
	n.exact = true
	return p.suffixes(n)
}
