package rules

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The limits of a rule.
const (
	MaxChars = 512 // characters, as written and as printed
	MaxTerms = 64  // words and phrases
	MaxDepth = 16  // brackets within brackets
)

// repairs is how many faults of one rule are mended to find a rule that
// parses.
const repairs = 6

// Parse reads a rule. The error is an *Error.
func Parse(s string) (*Query, error) {
	q, err := parse(s, repairs)
	if err != nil {
		return nil, err
	}
	return q, nil
}

// Restore reads a rule that Parse took before, such as one from a store. It
// does not look again for what Parse keeps people from, as words that are in
// most articles, and takes half the time. The error is an *Error, for a text
// that cannot be matched.
func Restore(s string) (*Query, error) { return restore(s, new(room)) }

func restore(s string, in *room) (*Query, error) {
	if q := restorePlain(s, in); q != nil {
		return q, nil
	}
	root, level, err := parseTree(s, in)
	if err == nil && root.idle() {
		err = &Error{Code: CodeNothingPositive, Pos: root.start, End: root.end, Args: []string{excerpt(s, root)}}
	}
	if err != nil {
		return nil, err
	}
	q := in.queries.one()
	q.root, q.level = root, level
	return q, nil
}

// parse reads a rule; where it fails it tries to mend up to fuel faults.
func parse(s string, fuel int) (*Query, *Error) {
	root, level, err := parseTree(s, new(room))
	if err == nil {
		err = check(s, root)
	}
	if err == nil {
		return &Query{root: root, level: level}, nil
	}
	mended := mend(s, root, err)
	if fuel == 0 || mended == "" || mended == s {
		return nil, err
	}
	err.Repair = strings.Join(strings.Fields(mended), " ")
	if _, again := parse(mended, fuel-1); again != nil {
		err.Repair = again.Repair
	}
	return nil, err
}

func parseTree(s string, in *room) (*node, Level, *Error) {
	if !utf8.ValidString(s) {
		at := len(s) - len(strings.TrimLeftFunc(s, func(r rune) bool { return r != utf8.RuneError }))
		return nil, 0, &Error{Code: CodeEncoding, Pos: at, End: min(at+1, len(s))}
	}
	if n := utf8.RuneCountInString(s); n > MaxChars {
		return nil, 0, tooLong(s, n)
	}
	lexemes, err := lex(s, in.lexemes)
	if err != nil {
		return nil, 0, err
	}
	in.lexemes = lexemes[:0]
	p := &descent{in: in, src: s, lexemes: lexemes}
	root, err := p.or(0)
	switch {
	case err != nil:
		return nil, 0, err
	case p.peek().kind == kindClose:
		return nil, 0, p.fail(CodeUnopenedBracket, p.peek())
	case root == nil:
		return nil, 0, &Error{Code: CodeEmpty, End: len(s)}
	}
	return root, p.loud, nil
}

func tooLong(s string, n int) *Error {
	return &Error{Code: CodeTooLong, End: len(s), Args: []string{strconv.Itoa(n), strconv.Itoa(MaxChars)}}
}

// A descent turns lexemes into a tree by recursive descent: or reads alternatives
// of and, and reads operands, and an operand is an exclusion in words, or a term
// with what stands before and behind it.
type descent struct {
	in      *room // where nodes are made
	src     string
	lexemes []lexeme
	at      int
	loud    Level

	commaDepth int // of brackets in which commas part; 0: none
}

func (p *descent) peek() lexeme { return p.peekAt(0) }

func (p *descent) peekAt(n int) lexeme {
	if p.at+n >= len(p.lexemes) {
		return lexeme{kind: kindEnd, start: len(p.src), end: len(p.src)}
	}
	return p.lexemes[p.at+n]
}

func (p *descent) take() lexeme {
	x := p.peek()
	p.at++
	return x
}

func (p *descent) fail(code Code, x lexeme, args ...string) *Error {
	return &Error{Code: code, Pos: x.start, End: x.end, Args: args}
}
