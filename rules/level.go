package rules

import (
	"rasid/text"
	"strings"
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

// later refuses an operator of a later version.
func (p *descent) later(x lexeme) *Error {
	return p.fail(CodeUnavailable, x, strings.TrimSpace(p.src[x.start:x.end]))
}
