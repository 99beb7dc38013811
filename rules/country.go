package rules

import (
	"cmp"
	"fmt"
	"rasid/text"
	"slices"
	"strings"
	"unicode/utf8"
)

// A country is what stands for @country:XX, language by language.
type country struct {
	code  string
	names []countryNames // by language, sorted
}

// countryNames are the names of a country in one language.
type countryNames struct {
	lang     string
	names    []string
	doubtful []string // names that are other words, too: with one of signs only
	signs    []string
}

// countryName begins the name of a country where an alias may stand.
const countryName = "country"

// countryOf reads what stands after the @ of @country:XX; false when it is
// none of the kind.
func countryOf(alias string) (name string, ok bool) {
	prefix, name, ok := strings.Cut(alias, ":")
	if !ok || !strings.EqualFold(prefix, countryName) && text.Fold(prefix) != "دوله" {
		return "", false
	}
	return name, true
}

// country makes a node of a country's code or of any of its names.
func (p *descent) country(x lexeme, name string) (*node, *Error) {
	c := countries().find(name)
	if c == nil {
		return nil, p.fail(CodeUnknownCountry, x, name)
	}
	return &node{op: opCountry, value: c.code, start: x.start, end: x.end}, nil
}

// country compiles the names of a country. A name counts in articles of its
// language only, and one that is another word, too, with a second sign.
func (c *compilation) country(n *node, negated bool) (*clause, error) {
	var langs []*clause
	for _, of := range countries().byCode[n.value].names {
		in := compilation{env: Env{Lang: of.lang}, words: c.words, room: c.room}
		terms := func(names []string, f field) *node {
			all := make([]*node, len(names))
			for i, name := range names {
				all[i] = nameTerm(name, f, n)
			}
			return flat(opOr, all...)
		}
		var any []*node
		if len(of.names) > 0 {
			any = append(any, terms(of.names, n.field))
		}
		if len(of.doubtful) > 0 {
			any = append(any, flat(opAnd, terms(of.doubtful, n.field), terms(of.signs, anywhere)))
		}
		names := flat(opAnd, &node{op: opLang, value: of.lang}, flat(opOr, any...))
		k, err := in.clause(names, negated)
		if err != nil {
			return nil, err
		}
		langs = append(langs, k)
	}
	if negated {
		return &clause{op: opAnd, kids: langs}, nil
	}
	return &clause{op: opOr, kids: langs}, nil
}

// nameTerm looks for a name. Short ones of capitals are looked for as they
// stand: the Indonesian AS is no word "as".
func nameTerm(name string, f field, at *node) *node {
	n := &node{op: opTerm, field: f, words: wordsOf(name), start: at.start, end: at.end}
	n.exact = utf8.RuneCountInString(name) <= 3 && strings.ToUpper(name) == name && strings.ToLower(name) != name
	return n
}

// A countryTable holds all countries.
type countryTable struct {
	byCode map[string]*country
	byName map[string]*country // by folded name, in every language
}

// find returns the country that a reader's code or name means, or nil.
func (t *countryTable) find(name string) *country {
	name = strings.ReplaceAll(name, "_", " ")
	if c, ok := t.byCode[strings.ToUpper(name)]; ok {
		return c
	}
	return t.byName[text.Fold(name)]
}

// nearest returns the code of the country whose name is nearest to what was
// written, or "".
func (t *countryTable) nearest(name string) string {
	name = text.Fold(strings.ReplaceAll(name, "_", " "))
	best, code := 3, ""
	for known, c := range t.byName {
		d := text.Distance(name, known)
		if d < best && 3*d <= len(known) || d == best && code != "" && c.code < code {
			best, code = d, c.code
		}
	}
	return code
}

// sample returns a name of the country in lang, or in some language, with a
// second sign where it takes one.
func (c *country) sample(lang string) (name, in string) {
	of := c.names[0]
	for _, n := range c.names {
		if n.lang == lang {
			of = n
		}
	}
	if len(of.names) > 0 {
		return of.names[0], of.lang
	}
	return of.doubtful[0] + " . " + of.signs[0], of.lang
}

// shown returns the names of the country as a reader of lang would see them:
// in that language first.
func (c *country) shown(lang string) []string {
	order := []string{text.Base(lang), "ar", "en", "fr"}
	rank := func(n countryNames) int {
		if i := slices.Index(order, n.lang); i >= 0 {
			return i
		}
		return len(order)
	}
	var out []string
	for _, n := range slices.SortedStableFunc(slices.Values(c.names), func(a, b countryNames) int { return cmp.Compare(rank(a), rank(b)) }) {
		for _, name := range append(slices.Clone(n.names), n.doubtful...) {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// parseCountries reads the two files of countries; both name the same
// countries in the same way.
func parseCountries(files ...string) (*countryTable, error) {
	t := &countryTable{byCode: map[string]*country{}, byName: map[string]*country{}}
	for _, data := range files {
		n := 0
		for line := range strings.Lines(data) {
			n++
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' {
				continue
			}
			if err := t.line(line); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
		}
	}
	for _, c := range t.byCode {
		slices.SortFunc(c.names, func(a, b countryNames) int { return cmp.Compare(a.lang, b.lang) })
		t.index(c)
	}
	return t, nil
}

// index enters the names of c. A name of two countries is that of the first
// code.
func (t *countryTable) index(c *country) {
	for _, of := range c.names {
		for _, name := range append(slices.Clone(of.names), of.doubtful...) {
			fold := text.Fold(name)
			if before := t.byName[fold]; before == nil || c.code < before.code {
				t.byName[fold] = c
			}
		}
	}
}

// line reads "XX: lang name, name ? sign, sign / lang name".
func (t *countryTable) line(line string) error {
	code, rest, ok := strings.Cut(line, ": ")
	if !ok || len(code) != 2 {
		return fmt.Errorf("%q does not begin with the code of a country", line)
	}
	c := t.byCode[code]
	if c == nil {
		c = &country{code: code}
		t.byCode[code] = c
	}
	for part := range strings.SplitSeq(rest, " / ") {
		lang, names, ok := strings.Cut(part, " ")
		if !ok || len(lang) != 2 {
			return fmt.Errorf("%s: %q does not begin with a language", code, part)
		}
		names, signs, doubtful := strings.Cut(names, " ? ")
		c.add(lang, strings.Split(names, ", "), strings.Split(signs, ", "), doubtful)
	}
	return nil
}

// add enters names in a language; those that are doubtful move there.
func (c *country) add(lang string, names, signs []string, doubtful bool) {
	i := slices.IndexFunc(c.names, func(n countryNames) bool { return n.lang == lang })
	if i < 0 {
		i = len(c.names)
		c.names = append(c.names, countryNames{lang: lang})
	}
	of := &c.names[i]
	if !doubtful {
		of.names = union(of.names, names)
		return
	}
	doubt := names[len(names)-1:] // the one before the ?; others are sure
	of.names = union(of.names, names[:len(names)-1])
	of.names = slices.DeleteFunc(of.names, func(n string) bool { return text.Fold(n) == text.Fold(doubt[0]) })
	of.doubtful, of.signs = union(of.doubtful, doubt), union(of.signs, signs)
}

func union(a, b []string) []string {
	for _, s := range b {
		if !slices.ContainsFunc(a, func(t string) bool { return text.Fold(t) == text.Fold(s) }) {
			a = append(a, s)
		}
	}
	return a
}
