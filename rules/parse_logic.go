package rules

import "strconv"

// usualParts is how many alternatives or terms side by side most rules have at most.
const usualParts = 4

// or reads alternatives; nil when there is nothing.
func (p *descent) or(depth int) (*node, *Error) {
	if depth > MaxDepth {
		return nil, p.fail(CodeTooDeep, p.peek(), strconv.Itoa(MaxDepth))
	}
	var few [usualParts]*node
	alternatives := few[:0]
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
			return p.in.flat(opOr, alternatives...), nil
		}
		p.take()
	}
}

// and reads terms side by side; nil when there is none.
func (p *descent) and(depth int) (*node, *Error) {
	var few [usualParts]*node
	terms := few[:0]
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
	return p.in.flat(opAnd, terms...), nil
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

// group reads what stands in brackets.
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
