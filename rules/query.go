// Package rules is the language in which readers say what they want to hear
// about, and the matcher that finds whom an article concerns. The language is
// described, with an example for each line, in docs/rules.md.
//
// Parse reads a rule, Compile makes it ready for the language of its writer,
// Read reads an article once for all rules, Rule.Match tells which words made a
// rule true, and Explain what each of its parts says. Everything here is pure:
// no network, no disk, no clock.
//
// A Set matches an article against any number of rules at a time. It works as
// follows, and docs/engine.md says what that costs:
//
//   - All rules that look for the same word in the same fields share a group. A
//     Doc remembers of which groups each word is that it ever met.
//   - A rule is filed under the group of the rarest word it needs; one with
//     alternatives, under one of each. Most rules are told by that word and one
//     more, which is one bit to look at; others are tried whole.
//   - Put and Delete make a new version of what they change, which Match finds
//     by one load of a pointer.
package rules

import (
	"bytes"
	"rasid/text"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Query is a rule as it was read: syntax only, no language, no aliases.
// It is immutable.
type Query struct {
	root  *node
	level Level
	text  string // what String returns; empty: not known
}

// Level says how loud q's alerts are wanted, by #urgent or #low at its end.
func (q *Query) Level() Level { return q.level }

// Any returns a query that is true where any of qs is. It panics without qs.
func Any(qs ...*Query) *Query {
	nodes := make([]*node, len(qs))
	for i, q := range qs {
		nodes[i] = q.root
	}
	return &Query{root: flat(opOr, nodes...)}
}

// Except returns a query that is true where q is and none of others is.
func (q *Query) Except(others ...*Query) *Query {
	if len(others) == 0 {
		return q
	}
	return &Query{root: flat(opAnd, q.root, not(Any(others...).root)), level: q.level}
}

// Aliases returns the names after @ in q, in order, each once.
func (q *Query) Aliases() []string {
	var names []string
	seen := map[string]bool{}
	q.root.walk(false, func(n *node, _ bool) {
		if n.op == opAlias && !seen[n.value] {
			seen[n.value] = true
			names = append(names, n.value)
		}
	})
	return names
}

// String prints q in the canonical form, which parses to an equal query.
func (q *Query) String() string {
	switch {
	case q == nil:
		return ""
	case q.text != "":
		return q.text
	}
	var b bytes.Buffer
	q.print(&b)
	return b.String()
}

func (q *Query) print(b *bytes.Buffer) {
	q.root.print(b, opOr)
	switch q.level {
	case Urgent:
		b.WriteString(" #urgent")
	case Low:
		b.WriteString(" #low")
	}
}

// print writes n; within says what it is part of.
func (n *node) print(b *bytes.Buffer, within op) {
	switch n.op {
	case opAnd, opOr:
		separator := " "
		if n.op == opOr {
			separator = " | "
		}
		if n.op != within && within != opOr {
			b.WriteByte('(')
			defer b.WriteByte(')')
		}
		for i, k := range n.kids {
			if i > 0 {
				b.WriteString(separator)
			}
			k.print(b, n.op)
		}
	case opNear, opSome:
		n.printNumbered(b)
	case opNot:
		b.WriteByte('-')
		n.kids[0].print(b, opNot)
	case opLang:
		b.WriteString("lang:" + n.value)
	case opSite:
		b.WriteString("site:" + n.value)
	default:
		n.printLeaf(b)
	}
}

// printNumbered writes NEAR, and "2 of".
func (n *node) printNumbered(b *bytes.Buffer) {
	if n.op == opSome {
		b.WriteString(strconv.Itoa(n.need) + " of (")
		defer b.WriteByte(')')
	}
	for i, k := range n.kids {
		switch {
		case i > 0 && n.op == opSome:
			b.WriteString(", ")
		case i > 0:
			b.WriteString(" NEAR/" + strconv.Itoa(n.steps[i-1]) + " ")
		}
		if n.op == opSome {
			k.print(b, opAnd)
		} else {
			k.print(b, opNear)
		}
	}
}

func (n *node) printLeaf(b *bytes.Buffer) {
	if n.field != anywhere {
		b.WriteString(canonicalFields[n.field] + ":")
	}
	switch n.op {
	case opAlias:
		b.WriteString("@" + n.value)
		return
	case opCountry:
		b.WriteString("@" + countryName + ":" + n.value)
		return
	}
	if n.exact {
		b.WriteByte('=')
	}
	s := n.joined()
	if !isBare(s, n.words) {
		s = `"` + s + `"`
	}
	b.WriteString(s)
	switch {
	case n.star:
		b.WriteByte('*')
	case n.fuzzy:
		b.WriteByte('~')
	case n.slop > 0:
		b.WriteString("~" + strconv.Itoa(n.slop))
	}
	if n.count > 0 {
		b.WriteString("#" + strconv.Itoa(n.count))
	}
}

// joined returns the words of a term as they are printed.
func (n *node) joined() string {
	if len(n.words) == 1 {
		return n.words[0].text
	}
	var b strings.Builder
	for i, w := range n.words {
		if i > 0 && !w.glued {
			b.WriteByte(' ')
		}
		b.WriteString(w.text)
	}
	return b.String()
}

// isPlain reports whether s is surely a word and no operator: three letters or
// more, all small English or all Arabic. Others are tried.
func isPlain(s string) bool {
	small, arabic := 0, 0
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z':
			small++
		case r >= 'ء' && r <= 'ي' && r != 'ـ':
			arabic++
		default:
			return false
		}
	}
	if small+arabic < 3 || small > 0 && arabic > 0 {
		return false
	}
	if arabic == 0 || !mayOperate(s) { // operators of small English letters there are none
		return true
	}
	_, operator := operators[text.Fold(s)]
	return !operator
}

// mayOperate reports whether an Arabic operator of three letters or more begins
// like s. Most words are told by that, and need not be folded.
func mayOperate(s string) bool {
	first, n := utf8.DecodeRuneInString(s)
	second, _ := utf8.DecodeRuneInString(s[n:])
	alif := strings.ContainsRune("اأإآٱ", second)
	switch first {
	case 'ب':
		return alif || second == 'د'
	case 'ل':
		return strings.ContainsRune("يىئ", second)
	case 'م':
		return alif
	case 'و', 'ؤ':
		return second == 'ل'
	}
	return false
}

// isBare reports whether s without quotes is read as the one term words.
func isBare(s string, words []word) bool {
	if s == "of" || s == "ما" || strings.Contains(s, " ") {
		return false
	}
	if len(words) == 1 && words[0].text == s && isPlain(s) {
		return true
	}
	lexemes, err := lex(s, nil)
	if err != nil || len(lexemes) != 1 || lexemes[0].kind != kindWord || lexemes[0].text != s {
		return false
	}
	got := wordsOf(s)
	if len(got) != len(words) {
		return false
	}
	for i := range got {
		if got[i] != words[i] {
			return false
		}
	}
	return len(text.Tokens(nil, s)) > 0
}
