package rules

import (
	"rasid/text"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A kind says what a lexeme is.
type kind uint8

const (
	kindEnd     kind = iota
	kindWord         // a run of characters without spaces
	kindPhrase       // between quotes
	kindOpen         // (
	kindClose        // )
	kindOr           // | OR أو
	kindAnd          // AND, a lone و
	kindNot          // - NOT
	kindWithout      // بدون باستثناء ما عدا ليس
	kindNor          // ولا: a word, but inside an exclusion
	kindField        // title: and its like
	kindExact        // =
	kindAlias        // @name
	kindStar         // * after a word
	kindTilde        // ~ or ~5 after a word or a phrase; the text is the number
	kindCount        // #3 after a word or a phrase; the text is the number
	kindNear         // NEAR, NEAR/5; the text is the number
)

// A lexeme is a piece of a rule.
type lexeme struct {
	kind       kind
	text       string // a word; what a phrase encloses; the name of a field or an alias
	start, end int
	comma      bool // stands before it
}

// A lexer cuts a rule into lexemes.
type lexer struct {
	src   string
	at    int
	last  int // where the last lexeme ended
	out   []lexeme
	comma bool // one was passed since the last lexeme
}

// usualLexemes are what most rules have at most.
const usualLexemes = 3

// lex cuts src, into memory that nobody needs any more. The error is an *Error.
func lex(src string, into []lexeme) ([]lexeme, *Error) {
	if into == nil {
		into = make([]lexeme, 0, usualLexemes)
	}
	l := &lexer{src: src, last: -1, out: into[:0]}
	for l.at < len(l.src) {
		if err := l.step(); err != nil {
			return nil, err
		}
	}
	return l.out, nil
}

func (l *lexer) emit(k kind, s string, end int) {
	l.out = append(l.out, lexeme{kind: k, text: s, start: l.at, end: end, comma: l.comma})
	l.at, l.last, l.comma = end, end, false
}

// spaceBefore reports whether what comes follows a space, an opening bracket
// or the beginning.
func (l *lexer) spaceBefore() bool {
	r, _ := utf8.DecodeLastRuneInString(l.src[:l.at])
	return l.at == 0 || separates(r) || r == '(' || r == '（' || r == '|'
}

func separates(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(",،;؛、，", r)
}

func isComma(r rune) bool { return strings.ContainsRune(",،;؛、，", r) }

// step reads one lexeme, or skips what is none.
func (l *lexer) step() *Error {
	rest := l.src[l.at:]
	r, n := utf8.DecodeRuneInString(rest)
	switch {
	case separates(r):
		l.comma = l.comma || isComma(r)
		l.at += n
	case r == '(' || r == '（':
		l.emit(kindOpen, "(", l.at+n)
	case r == ')' || r == '）':
		l.emit(kindClose, ")", l.at+n)
	case r == '|' || r == '｜':
		l.emit(kindOr, "|", l.at+len(rest)-len(strings.TrimLeft(rest, "|｜")))
	case isDash(r):
		l.dash(rest, n)
	case r == '=' && l.spaceOrPrefix() && startsTerm(rest[n:]):
		l.emit(kindExact, "=", l.at+n)
	case closers[r] != "":
		return l.quote(r, n)
	case r == '*' || r == '~':
		l.suffix(rest, n)
	default:
		return l.wordOrSkip(rest, n)
	}
	return nil
}

func isDash(r rune) bool { return strings.ContainsRune("-‐‑‒–—―−﹣－", r) }

// spaceOrPrefix reports whether a term may begin here: after a space, or
// directly after a dash or a field.
func (l *lexer) spaceOrPrefix() bool {
	if l.spaceBefore() {
		return true
	}
	if len(l.out) == 0 || l.last != l.at {
		return false
	}
	k := l.out[len(l.out)-1].kind
	return k == kindNot || k == kindField || k == kindOpen
}

// startsTerm reports whether s begins with something that can be looked for.
func startsTerm(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case s == "":
		return false
	case unicode.IsLetter(r), unicode.IsDigit(r), closers[r] != "":
		return true
	}
	return strings.ContainsRune("=(（@#$", r) && len(s) > n && !unicode.IsSpace(rune0(s[n:]))
}

func rune0(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// dash reads a dash, or several as one: NOT after a space and before a term,
// punctuation elsewhere.
func (l *lexer) dash(rest string, n int) {
	for isDash(rune0(rest[n:])) {
		n += utf8.RuneLen(rune0(rest[n:]))
	}
	if l.spaceOrPrefix() && startsTerm(rest[n:]) {
		l.emit(kindNot, rest[:n], l.at+n)
		return
	}
	l.at += n
}

// suffix reads * and ~ with its number behind a word or a phrase, and skips
// them elsewhere.
func (l *lexer) suffix(rest string, n int) {
	if l.last != l.at || len(l.out) == 0 || l.spaceBefore() {
		l.at += n
		return
	}
	if rest[0] == '*' {
		l.emit(kindStar, "*", l.at+n)
		return
	}
	digits := len(rest) - n - len(strings.TrimLeft(rest[n:], "0123456789"))
	l.emit(kindTilde, rest[n:n+digits], l.at+n+digits)
}

// quote reads what is between quotes.
func (l *lexer) quote(open rune, n int) *Error {
	single := strings.ContainsRune("'‘’‚", open)
	if single && strings.HasPrefix(l.src[l.at:], "''") {
		return l.twoSingles()
	}
	body := l.src[l.at+n:]
	size, width, ok := l.closing(body, open, single)
	switch {
	case single && (!ok || !l.spaceOrPrefix()):
		l.at += n // an apostrophe
		return nil
	case !ok:
		return l.unclosed()
	}
	l.emit(kindPhrase, body[:size], l.at+n+size+width)
	return nil
}

// closing returns where in body the quote closes and how long the closing
// character is. A gershayim typed as " between Hebrew letters does not close,
// and an apostrophe does only at the end of a word.
func (l *lexer) closing(body string, open rune, single bool) (at, width int, ok bool) {
	for i, r := range body {
		if !strings.ContainsRune(closers[open], r) {
			continue
		}
		width = utf8.RuneLen(r)
		before, _ := utf8.DecodeLastRuneInString(body[:i])
		after := rune0(body[i+width:])
		switch {
		case single && wordRune(after):
		case r == '"' && unicode.Is(unicode.Hebrew, before) && unicode.Is(unicode.Hebrew, after):
		default:
			return i, width, true
		}
	}
	return 0, 0, false
}

func wordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r))
}

// twoSingles reads ”text”, typed as pairs of apostrophes.
func (l *lexer) twoSingles() *Error {
	body := l.src[l.at+2:]
	i := strings.Index(body, "''")
	if i < 0 {
		return l.unclosed()
	}
	l.emit(kindPhrase, body[:i], l.at+2+i+2)
	return nil
}

func (l *lexer) unclosed() *Error {
	words := strings.Fields(l.src[l.at:])
	return &Error{Code: CodeUnclosedQuote, Pos: l.at, End: len(l.src), Args: []string{strings.Trim(words[len(words)-1], "\"“”„«»‹›'")}}
}

// wordOrSkip reads a run of characters up to a space, a bracket or a quote.
func (l *lexer) wordOrSkip(rest string, n int) *Error {
	switch r := rune0(rest); {
	case r == '@' && l.spaceOrPrefix() && startsTerm(rest[n:]) && wordRune(rune0(rest[n:])):
		end := n + runLength(rest[n:], true)
		l.emit(kindAlias, strings.TrimRight(rest[n:end], ".:!?؟"), l.at+end)
		return nil
	case r == '#' && l.count(rest, n):
		return nil
	}
	end := max(n, runLength(rest, false))
	found, err := l.fieldName(rest, end)
	if found || err != nil {
		return err
	}
	var room [tokensOfWord]text.Token
	tokens := text.Tokens(room[:0], rest[:min(len(rest), end+1)])
	if len(tokens) == 0 || tokens[0].Kind == text.Particle && rest[:end] != "و" {
		l.at += end
		return nil
	}
	if steps, ok := nearSteps(trimPunctuation(rest[:end])); ok {
		l.emit(kindNear, steps, l.at+end)
		return nil
	}
	l.emit(l.wordKind(rest[:end]), rest[:end], l.at+end)
	return nil
}

// nearSteps returns the number of NEAR/5, and the usual one of NEAR.
func nearSteps(s string) (string, bool) {
	if s == "NEAR" {
		return strconv.Itoa(usualNear), true
	}
	digits, ok := strings.CutPrefix(s, "NEAR/")
	return digits, ok && isNumber(digits) && len(digits) < 4
}

// count reads the #3 of libya#3.
func (l *lexer) count(rest string, n int) bool {
	if len(l.out) == 0 || l.last != l.at {
		return false
	}
	digits := len(rest) - n - len(strings.TrimLeft(rest[n:], "0123456789"))
	if digits == 0 || wordRune(rune0(rest[n+digits:])) {
		return false
	}
	l.emit(kindCount, rest[n:n+digits], l.at+n+digits)
	return true
}

// wordKind tells operators from words.
func (l *lexer) wordKind(s string) kind {
	bare := trimPunctuation(s)
	if k, ok := operators[bare]; ok {
		return k
	}
	if rune0(bare) < utf8.RuneSelf || isPlain(bare) {
		return kindWord
	}
	if k, ok := operators[text.Fold(bare)]; ok {
		return k
	}
	return kindWord
}

func trimPunctuation(s string) string {
	return strings.Trim(s, ".:!?؟…")
}

// runLength returns how long the word is that s begins with.
func runLength(s string, alias bool) int {
	prev := utf8.RuneError
	for i, r := range s {
		after := rune0(s[i+utf8.RuneLen(r):])
		switch {
		case r == ',' && unicode.IsDigit(prev) && unicode.IsDigit(after):
		case separates(r) && !unicode.Is(unicode.Cf, r), strings.ContainsRune("()（）|｜*~", r):
			return i
		case closers[r] != "" && !inWord(prev, r, after):
			return i
		case r == '#' && wordRune(prev) && unicode.IsDigit(after):
			return i
		case alias && isDash(r) && !wordRune(after):
			return i
		}
		prev = r
	}
	return len(s)
}

// inWord reports whether the quote r between two characters is part of a
// word: an apostrophe between letters, or a Hebrew gershayim.
func inWord(before, r, after rune) bool {
	if !unicode.IsLetter(before) || !unicode.IsLetter(after) {
		return false
	}
	return strings.ContainsRune("'‘’", r) || r == '"' && unicode.Is(unicode.Hebrew, before) && unicode.Is(unicode.Hebrew, after)
}

// fieldName reads title: and its like, and refuses what looks like a field
// and is none. The word under the cursor is rest[:end].
func (l *lexer) fieldName(rest string, end int) (bool, *Error) {
	name, _, ok := strings.Cut(rest[:end], ":")
	if !ok || name == "" {
		return false, nil
	}
	fold := text.Fold(name)
	_, words := fieldNames[fold]
	_, value := valueNames[fold]
	if words || value {
		l.emit(kindField, name, l.at+len(name)+1)
		return true, nil
	}
	after := rune0(rest[len(name)+1:])
	if strings.ContainsFunc(name, notLetter) || !unicode.IsLetter(after) && closers[after] == "" {
		return false, nil
	}
	return false, &Error{Code: CodeUnknownField, Pos: l.at, End: l.at + len(name) + 1, Args: []string{name}}
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }
