package rules

import (
	"rasid/text"
	"strconv"
	"strings"
	"unicode"
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
	root, level, err := parseTree(s)
	if err == nil && root.idle() {
		err = &Error{Code: CodeNothingPositive, Pos: root.start, End: root.end, Args: []string{excerpt(s, root)}}
	}
	if err != nil {
		return nil, err
	}
	return &Query{root: root, level: level}, nil
}

// parse reads a rule; where it fails it tries to mend up to fuel faults.
func parse(s string, fuel int) (*Query, *Error) {
	root, level, err := parseTree(s)
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

func parseTree(s string) (*node, Level, *Error) {
	if !utf8.ValidString(s) {
		at := len(s) - len(strings.TrimLeftFunc(s, func(r rune) bool { return r != utf8.RuneError }))
		return nil, 0, &Error{Code: CodeEncoding, Pos: at, End: min(at+1, len(s))}
	}
	if n := utf8.RuneCountInString(s); n > MaxChars {
		return nil, 0, tooLong(s, n)
	}
	lexemes, err := lex(s)
	if err != nil {
		return nil, 0, err
	}
	p := &descent{src: s, lexemes: lexemes}
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

// A descent turns lexemes into a tree by recursive descent.
type descent struct {
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

// or reads alternatives; nil when there is nothing.
func (p *descent) or(depth int) (*node, *Error) {
	if depth > MaxDepth {
		return nil, p.fail(CodeTooDeep, p.peek(), strconv.Itoa(MaxDepth))
	}
	var alternatives []*node
	for {
		n, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		x := p.peek()
		if n != nil {
			alternatives = append(alternatives, n)
		}
		switch {
		case n == nil && x.kind == kindOr:
			return nil, p.fail(CodeMissingOperand, x, x.text)
		case n == nil && len(alternatives) > 0:
			last := p.lexemes[p.at-1]
			return nil, p.fail(CodeMissingOperand, last, last.text)
		case n == nil:
			return nil, nil
		case x.kind != kindOr:
			return flat(opOr, alternatives...), nil
		}
		p.take()
	}
}

// and reads terms side by side; nil when there is none.
func (p *descent) and(depth int) (*node, *Error) {
	var terms []*node
	for {
		if err := p.conjunction(len(terms) > 0); err != nil {
			return nil, err
		}
		x := p.peek()
		if x.kind == kindEnd || x.kind == kindClose || x.kind == kindOr || x.comma && len(terms) > 0 && p.commaDepth == depth && depth > 0 {
			break
		}
		n, err := p.operand(depth, terms)
		if err == nil && n != nil && p.peek().kind == kindNear {
			n, err = p.near(depth, n)
		}
		if err != nil {
			return nil, err
		}
		if n != nil {
			terms = append(terms, n)
		}
	}
	if len(terms) == 0 {
		return nil, nil
	}
	return flat(opAnd, terms...), nil
}

// conjunction skips AND and و. AND needs something on both sides; a lone و
// is forgiven.
func (p *descent) conjunction(after bool) *Error {
	for p.peek().kind == kindAnd {
		x := p.take()
		if x.text != "AND" {
			continue
		}
		k := p.peek().kind
		if !after || k == kindEnd || k == kindClose || k == kindOr || k == kindAnd {
			return p.fail(CodeMissingOperand, x, x.text)
		}
	}
	return nil
}

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
	return not(flat(opOr, all...)), nil
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

// later refuses an operator of a later version.
func (p *descent) later(x lexeme) *Error {
	return p.fail(CodeUnavailable, x, strings.TrimSpace(p.src[x.start:x.end]))
}

// atLevel reports whether #urgent or its like ends the rule here.
func (p *descent) atLevel() bool {
	x := p.peek()
	level, ok := strings.CutPrefix(x.text, "#")
	return ok && x.kind == kindWord && p.at > 0 && p.peekAt(1).kind == kindEnd && levels[text.Fold(level)] != 0
}

// level takes the level at the end.
func (p *descent) level() *Error {
	x := p.take()
	p.loud = levels[text.Fold(strings.TrimPrefix(x.text, "#"))]
	if p.loud == digest {
		return p.later(x)
	}
	return nil
}

// words makes a term of a word or a phrase.
func (p *descent) words(x lexeme) (*node, *Error) {
	n := &node{op: opTerm, words: wordsOf(x.text), start: x.start, end: x.end}
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

// tokensOfWord is how many tokens most words and phrases have at most.
const tokensOfWord = 4

func wordsOf(s string) []word { return new(room).wordsOf(s) }

func (in *room) wordsOf(s string) []word {
	var room [tokensOfWord]text.Token
	tokens := text.Tokens(room[:0], s)
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

func (p *descent) negation(depth int, x lexeme) (*node, *Error) {
	switch p.peek().kind {
	case kindEnd, kindClose, kindOr, kindAnd:
		return nil, p.fail(CodeMissingOperand, x, x.text)
	}
	n, err := p.term(depth)
	if n == nil {
		return nil, err
	}
	n = not(n)
	n.start = x.start
	return n, nil
}

func (p *descent) group(depth int, x lexeme) (*node, *Error) {
	n, err := p.or(depth + 1)
	if err != nil {
		return nil, err
	}
	end := p.take()
	switch {
	case end.kind != kindClose:
		return nil, p.fail(CodeUnclosedBracket, x)
	case n == nil:
		return nil, p.fail(CodeEmptyGroup, lexeme{start: x.start, end: end.end}, "()")
	}
	return n, nil
}

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
