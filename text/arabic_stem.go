package text

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A reading is one way to take an Arabic word apart.
type reading struct {
	stem  string   // without proclitics, folded
	plain []string // what it may be of, by its endings: names too
	forms []string // what it may be of, by how words change: no names
	known bool     // the lexicon has one of them
}

// read takes a stem apart, whose proclitics are off.
func (w *arabicWords) read(stem string, tail endings, definite bool) reading {
	r := reading{stem: stem, known: w.kind[stem] != 0}
	r.plain = append(r.plain, stem)
	if r.known && !w.has(stem, aForm|aVerb) {
		r.feminine(w, stem, tail)
		if base, ok := cut(stem, "ه"); ok && !tail.taMarbuta && w.kind[base] != 0 { // شعبه, and not شعبة
			r.ending(w, base)
		}
		return r
	}
	for _, base := range w.forms[stem] {
		if !definite || !w.has(base, aName) || w.has(base, aNoun|anAdjective) { // السورية is no country
			r.form(w, base)
		}
	}
	if r.known && w.has(stem, aForm) {
		return r
	}
	r.nominal(w, stem, tail)
	if !definite && !tail.taMarbuta {
		r.verbal(w, stem)
	}
	if r.known {
		r.keepKnown(w)
	}
	return r
}

func (r *reading) form(w *arabicWords, base string) {
	r.forms = add(r.forms, 0, base)
	r.known = r.known || w.kind[base] != 0
}

func (r *reading) ending(w *arabicWords, base string) {
	r.plain = add(r.plain, 0, base)
	r.known = r.known || w.kind[base] != 0
	for _, b := range w.forms[base] {
		r.form(w, b)
	}
}

// keepKnown drops what is no word where something is one. The stem as it
// stands stays.
func (r *reading) keepKnown(w *arabicWords) {
	keep := func(all []string) []string {
		kept := all[:0]
		for _, base := range all {
			if base == r.stem || w.kind[base] != 0 {
				kept = append(kept, base)
			}
		}
		return kept
	}
	r.plain, r.forms = keep(r.plain), keep(r.forms)
}

// nominal takes the endings of nouns and adjectives off, and undoes broken
// plurals.
func (r *reading) nominal(w *arabicWords, s string, tail endings) {
	r.feminine(w, s, tail)
	if tail.taMarbuta {
		r.broken(w, s)
		return
	}
	if base, ok := cut(s, "ات"); ok {
		r.ending(w, base+"ه")
		r.ending(w, base)
		r.ending(w, base+"ا")
	} else if base, ok := strings.CutSuffix(s, "وات"); ok && len(base) == letterLen {
		r.form(w, base+"وه")
	}
	for _, suffix := range []string{"ين", "ان", "ون", "ها", "هم", "هما", "هن", "نا", "كم", "ه"} {
		if base, ok := cut(s, suffix); ok {
			r.possessed(w, base)
		}
	}
	if base, ok := strings.CutSuffix(s, "ا"); ok && len(base) >= 2*letterLen { // accusative
		r.form(w, base)
		for _, b := range w.forms[base] {
			r.form(w, b)
		}
	}
	if base, ok := strings.CutSuffix(s, "تي"); ok && w.has(base+"ه", aNoun) { // my
		r.ending(w, base+"ه")
	}
	for _, suffix := range []string{"ي", "و"} { // plurals before what they belong to
		if base, ok := strings.CutSuffix(s, suffix); ok && len(base) >= 4*letterLen && w.has(base, aNoun|anAdjective) {
			r.form(w, base)
		}
	}
	if base, ok := cut(s, "اييه"); ok {
		r.form(w, base+"ايي")
	}
	r.broken(w, s)
}

// possessed adds what was before a pronoun or a plural ending; ت there may be
// ة, and what is left a broken plural.
func (r *reading) possessed(w *arabicWords, s string) {
	r.ending(w, s)
	if fem, ok := cut(s, "ت"); ok {
		r.ending(w, fem+"ه")
		if adj := fem; w.adjective(adj) {
			r.form(w, adj)
		}
	}
	if plural, ok := cut(s, "ات"); ok {
		r.ending(w, plural+"ه")
		r.ending(w, plural)
	}
	if seat, ok := strings.CutSuffix(s, "ي"); ok && w.kind[seat+"ء"] != 0 { // لقائه
		r.ending(w, seat+"ء")
	}
	if seat, ok := strings.CutSuffix(s, "و"); ok && w.kind[seat+"ء"] != 0 { // لقاؤه
		r.ending(w, seat+"ء")
	}
	if w.kind[s] == 0 {
		r.broken(w, s)
	}
}

// feminine takes ة off adjectives.
func (r *reading) feminine(w *arabicWords, s string, tail endings) {
	base, ok := strings.CutSuffix(s, "ه")
	origin := strings.HasSuffix(base, "ي")
	if !ok || len(base) < 2*letterLen || w.has(s, aNoun) && (!origin || !w.has(base, anAdjective)) {
		return
	}
	if w.adjective(base) || w.agent(base) && w.kind[s] == 0 || tail.taMarbuta && origin && len(base) >= 4*letterLen {
		r.form(w, base)
	}
}

// adjective reports whether s is an adjective: known as one, or made like
// one.
func (w *arabicWords) adjective(s string) bool {
	if w.kind[s] != 0 {
		return w.has(s, anAdjective)
	}
	l := []rune(s)
	switch n := len(l); {
	case n >= 4 && l[n-1] == 'ي': // of origin
		return true
	case n == 4 && (l[2] == 'ي' || l[1] == 'ا' || l[2] == 'و'): // فعيل فاعل فعول
		return true
	case n >= 4 && l[0] == 'م': // participles
		return true
	}
	return false
}

// agent reports whether s is a noun of somebody who does something, who may be
// a woman: كاتب.
func (w *arabicWords) agent(s string) bool {
	l := []rune(s)
	return w.has(s, aNoun) && (len(l) == 4 && (l[1] == 'ا' || l[2] == 'ي') || len(l) >= 4 && l[0] == 'م')
}

// broken undoes broken plurals by their shapes.
func (r *reading) broken(w *arabicWords, s string) {
	l := []rune(s)
	for _, base := range brokenBases(l) {
		if w.has(base, aNoun|anAdjective) {
			r.form(w, base)
		} else if base != "" && w.kind[base] == 0 {
			r.forms = add(r.forms, 0, base)
		}
	}
}

// brokenBases returns the singulars that a word of the shape of a broken
// plural may have.
func brokenBases(l []rune) []string {
	str := func(r ...rune) string { return string(r) }
	var out []string
	switch n := len(l); {
	case n == 5 && l[0] == 'ا' && l[3] == 'ا': // أفعال
		a, b, c := l[1], l[2], l[4]
		out = append(out, str(a, b, c), str(a, 'ا', c))
		if b == 'ب' && a == 'ا' {
			out = append(out, str(b, c))
		}
	case n == 5 && l[0] == 'ا' && l[4] == 'ه': // أفعلة
		out = append(out, str(l[1], l[2], 'ا', l[3]), str(l[1], l[2], 'ي', l[3]))
	case n == 5 && l[0] == 'م' && l[2] == 'ا': // مفاعل
		out = append(out, str(l[0], l[1], l[3], l[4]), str(l[0], l[1], l[3], l[4], 'ه'))
	case n == 5 && l[2] == 'ا' && l[3] == 'ي': // فعائل
		out = append(out, str(l[0], l[1], 'ي', l[4], 'ه'), str(l[0], l[1], 'ا', l[4], 'ه'), str(l[0], l[1], 'و', l[4], 'ه'))
	case n == 5 && l[1] == 'و' && l[2] == 'ا': // فواعل
		out = append(out, str(l[0], 'ا', l[3], l[4], 'ه'), str(l[0], 'ا', l[3], l[4]))
	case n == 5 && l[2] == 'ا': // فعالل
		out = append(out, str(l[0], l[1], l[3], l[4]), str(l[0], l[1], l[3], l[4], 'ه'))
	case n == 6 && l[1] == 'و' && l[2] == 'ا' && l[4] == 'ي': // فواعيل
		out = append(out, str(l[0], 'ا', l[3], 'و', l[5]))
	case n == 6 && l[2] == 'ا' && l[4] == 'ي': // فعاليل
		out = append(out, str(l[0], l[1], l[3], 'و', l[5]), str(l[0], l[1], l[3], 'ا', l[5]), str(l[0], l[1], l[3], 'ي', l[5]))
	case n == 5 && l[3] == 'ا' && l[4] == 'ء': // فعلاء
		out = append(out, str(l[0], l[1], 'ي', l[2]))
	case n == 6 && l[0] == 'ا' && l[4] == 'ا' && l[5] == 'ء': // أفعلاء
		out = append(out, str(l[1], l[2], 'ي', l[3]))
	case n == 5 && l[3] == 'ي' && l[4] == 'ا' && l[2] == 'ا': // فعايا
		out = append(out, str(l[0], l[1], 'ي', 'ه'))
	case n == 4 && l[2] == 'و': // فعول
		out = append(out, str(l[0], l[1], l[3]))
	case n == 4 && l[2] == 'ا': // فعال
		out = append(out, str(l[0], l[1], l[3]), str(l[0], l[1], 'ي', l[3]), str(l[0], l[1], l[3], 'ه'))
	}
	return out
}

// verbal takes the beginnings and endings of verbs off.
func (r *reading) verbal(w *arabicWords, s string) {
	for _, stem := range withoutObject(s) {
		for _, suffix := range []string{"", "ت", "وا", "تا", "نا", "تم", "ا"} {
			if base, ok := strings.CutSuffix(stem, suffix); ok && len(base) >= 2*letterLen {
				r.past(w, base, suffix)
			}
		}
		first, n := utf8.DecodeRuneInString(stem)
		if !strings.ContainsRune("يتن", first) || first == 'ت' && w.has(s, aVerb) {
			continue // I is rare in news, and تحرك is hardly ever of حرك
		}
		rest := stem[n:]
		for _, suffix := range []string{"", "ون", "وا", "ان", "ين", "ن", "ا"} {
			if base, ok := strings.CutSuffix(rest, suffix); ok && len(base) >= 2*letterLen {
				r.present(w, base)
			}
		}
	}
}

// withoutObject returns s, and s without the pronoun of an object.
func withoutObject(s string) []string {
	all := []string{s}
	for _, pronoun := range []string{"ه", "ها", "هم", "هما", "نا", "ني", "كم"} {
		if base, ok := cut(s, pronoun); ok {
			all = append(all, base)
		}
	}
	return all
}

// past adds the verbs that a past without its ending may be of.
func (r *reading) past(w *arabicWords, s, suffix string) {
	r.verb(w, s)
	if suffix == "" {
		return
	}
	l := []rune(s)
	switch suffix {
	case "ت", "وا", "تا": // of verbs that end in a vowel: سعت دعت بنوا
		r.verb(w, s+"ي")
		r.verb(w, s+"ا")
	default: // of hollow verbs: قلنا
		if len(l) == 2 {
			r.verb(w, string([]rune{l[0], 'ا', l[1]}))
		}
	}
}

// present adds the verbs that a present without its beginning may be of.
func (r *reading) present(w *arabicWords, s string) {
	r.verb(w, s)
	if four := "ا" + s; !w.has(s, aVerb) || w.has(four, aVerb) { // يصدر is of صدر or أصدر
		r.verb(w, four)
	}
	l := []rune(s)
	n := len(l)
	if n == 2 { // يصل يقع, يكن
		r.verb(w, "و"+s)
		r.verb(w, string([]rune{l[0], 'ا', l[1]}))
		r.verb(w, s+"ي")
		r.verb(w, s+"ا")
	}
	if l[n-1] == 'و' || l[n-1] == 'ي' { // يدعو
		r.verb(w, string(l[:n-1])+"ا")
		r.verb(w, string(l[:n-1])+"ي")
	}
	if n >= 3 && (l[n-2] == 'و' || l[n-2] == 'ي') { // يقول يبيع يشير يستفيد
		hollow := string(l[:n-2]) + "ا" + string(l[n-1:])
		r.verb(w, hollow)
		if l[n-2] == 'ي' {
			r.verb(w, "ا"+hollow)
		}
	}
	if n >= 3 { // without its last vowel: يدع
		r.verb(w, s+"ي")
	}
}

// verb adds a verb; one that is known otherwise only is none.
func (r *reading) verb(w *arabicWords, s string) {
	switch kind := w.kind[s]; {
	case kind&aVerb != 0:
		r.form(w, s)
	case kind == 0 && len(s) >= 3*letterLen:
		r.forms = add(r.forms, 0, s)
	}
}

// singulars returns the known words that a keyword is the plural or the
// feminine of. It is strict: a reader's word is taken as it stands where there
// is doubt.
func (w *arabicWords) singulars(s string, tail endings) []string {
	out := slices.Clone(w.forms[s])
	if names := slices.DeleteFunc(slices.Clone(out), func(base string) bool { return !w.has(base, aName) }); len(names) > 0 {
		return names // سورية is the country first
	}
	if base, ok := strings.CutSuffix(s, "ه"); ok && tail.taMarbuta && w.has(base, anAdjective) && !w.has(s, aNoun) {
		out = append(out, base)
	}
	for _, end := range []struct{ form, base string }{{"ات", "ه"}, {"ات", ""}, {"ين", ""}, {"ون", ""}, {"تين", "ه"}, {"تان", "ه"}} {
		if base, ok := cut(s, end.form); ok && w.has(base+end.base, aNoun|anAdjective) {
			out = append(out, base+end.base)
			break
		}
	}
	return out
}
