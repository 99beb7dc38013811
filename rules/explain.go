package rules

// An Explanation tells of one part of a rule whether it is true of an article,
// and why: a tree as the rule was written.
type Explanation struct {
	Op    string         // and, or, not, some, near, term, alias, country, lang or site
	Text  string         // the part, in the canonical form
	Pos   int            // where it begins in the rule, in bytes
	True  bool           // of this article, the part by itself
	Spans []Span         // of parts that are words and of near: every place, sorted; none under a not
	Args  []*Explanation // of and, or, not, some and near
}

// Explain tells of every part of q whether it is true of d. It tries each part
// by itself, so it is for people who ask why, and not for streams. The error is
// an *Error, as of Compile.
func Explain(q *Query, env Env, d *Doc) (*Explanation, error) {
	return explain(q.root, env, d)
}

func explain(n *node, env Env, d *Doc) (*Explanation, error) {
	c := compilation{env: env, room: new(room)}
	root, err := c.clause(n, false)
	if err != nil {
		return nil, err
	}
	t := &trial{Doc: d, left: maxSteps}
	e := &Explanation{Op: n.op.String(), Text: (&Query{root: n}).String(), Pos: n.start, True: root.tried(t)}
	if e.True && (len(n.kids) == 0 || n.op == opNear) {
		e.Spans = root.hits(t, nil)
	}
	for _, k := range n.kids {
		arg, err := explain(k, env, d)
		if err != nil {
			return nil, err
		}
		e.Args = append(e.Args, arg)
	}
	return e, nil
}

// Missing returns the parts that keep e from being true: the fewest that would
// have to be otherwise. It is empty when e is true.
func (e *Explanation) Missing() []*Explanation {
	switch {
	case e.True:
		return nil
	case e.Op == opAnd.String():
		var all []*Explanation
		for _, arg := range e.Args {
			all = append(all, arg.Missing()...)
		}
		return all
	case e.Op == opOr.String():
		return e.least()
	}
	return []*Explanation{e}
}

// least returns what the alternative lacks that lacks least.
func (e *Explanation) least() []*Explanation {
	var least []*Explanation
	for i, arg := range e.Args {
		if missing := arg.Missing(); i == 0 || len(missing) < len(least) {
			least = missing
		}
	}
	return least
}

// String names an op as Explanation does.
func (o op) String() string {
	return [...]string{opAnd: "and", opOr: "or", opNot: "not", opTerm: "term", opAlias: "alias", opLang: "lang", opSite: "site", opCountry: "country", opNear: "near", opSome: "some"}[o]
}
