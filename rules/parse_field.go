package rules

import (
	"net/url"
	"rasid/text"
	"strings"
	"unicode"
)

// inField reads what follows title: or lang: and their like.
func (p *descent) inField(depth int, x lexeme) (*node, *Error) {
	switch p.peek().kind {
	case kindEnd, kindClose, kindOr, kindAnd:
		return nil, p.fail(CodeMissingOperand, x, x.text+":")
	}
	name := text.Fold(x.text)
	if o, ok := valueNames[name]; ok {
		return p.value(o, x)
	}
	n, err := p.term(depth)
	if n == nil {
		return nil, err
	}
	return n.within(fieldNames[name]), nil
}

// within returns n with its terms restricted to f, unless they name a field
// of their own.
func (n *node) within(f field) *node {
	c := *n
	if (n.op == opTerm || n.op == opAlias || n.op == opCountry) && n.field == anywhere {
		c.field = f
	}
	c.kids = make([]*node, len(n.kids))
	for i, k := range n.kids {
		c.kids[i] = k.within(f)
	}
	return &c
}

// value reads the value of lang: or site:.
func (p *descent) value(o op, x lexeme) (*node, *Error) {
	y := p.take()
	n := &node{op: o, start: x.start, end: y.end}
	switch {
	case y.kind != kindWord && y.kind != kindPhrase:
	case o == opLang:
		n.value = langOf(y.text)
	default:
		n.value = siteOf(y.text)
	}
	if n.value == "" {
		return nil, p.fail(CodeBadValue, lexeme{start: x.start, end: y.end}, x.text, y.text)
	}
	return n, nil
}

// langOf returns the language tag that s means, or "".
func langOf(s string) string {
	if lang, ok := langNames[text.Fold(s)]; ok {
		return lang
	}
	s = strings.ToLower(strings.ReplaceAll(s, "_", "-"))
	for i, part := range strings.Split(s, "-") {
		if len(part) < 2 || len(part) > 8 || i == 0 && len(part) > 3 || strings.ContainsFunc(part, notTag) {
			return ""
		}
	}
	return s
}

func notTag(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }

// siteOf returns the host that s means, without "www.", or "".
func siteOf(s string) string {
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	host := strings.Trim(strings.TrimPrefix(strings.ToLower(u.Hostname()), "www."), ".")
	bad := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '-' }
	if strings.ContainsFunc(host, bad) || !strings.ContainsFunc(host, unicode.IsLetter) && !strings.Contains(host, ".") {
		return ""
	}
	return host
}
