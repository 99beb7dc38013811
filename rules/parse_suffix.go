package rules

import (
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// Letters that a word needs before * and ~.
const (
	minPrefix      = 3
	minFuzzy       = 4
	minFuzzyArabic = 5
	maxFuzzy       = 40
)

// MaxCount is the most that #3 and its like may ask for, in times.
const MaxCount = 99

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
