package rules

import (
	"rasid/text"
	"runtime"
	"strings"
	"testing"
	"unicode"
	"weak"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// queries is how two queries are compared whole.
var queries = cmp.Options{cmp.AllowUnexported(Query{}, node{}, word{}), cmpopts.IgnoreFields(Query{}, "text"), cmpopts.EquateEmpty()}

// samePlainly fails unless a rule that restorePlain takes is read as the parser
// reads it, and printed as it would be.
func samePlainly(t interface {
	Helper()
	Errorf(format string, args ...any)
}, s string,
) {
	t.Helper()
	q := restorePlain(s, newRoom())
	if q == nil {
		return
	}
	root, level, err := parseTree(s, new(room))
	if err != nil {
		t.Errorf("%q is read without the parser, which says: %v", s, err)
		return
	}
	want := &Query{root: root, level: level}
	if diff := cmp.Diff(want, q, queries); diff != "" {
		t.Errorf("%q is not read as the parser reads it (-parser +plain):\n%s", s, diff)
	}
	if got, want := q.String(), want.String(); got != want {
		t.Errorf("%q prints as %q, and read by the parser as %q", s, got, want)
	}
}

func TestPlainRulesAreReadAsByTheParser(t *testing.T) {
	for _, s := range []string{
		"ليبيا", "الجيش الوطني", "عبدالله السنوسي", "libya war", "وليبيا والجيش", `"الجيش الوطني"`, `"libya  or  war"`, `"بدون كهرباء"`, `"a, b; c"`, `"AT&T"`, `"عبدالله"`,
	} {
		if restorePlain(s, newRoom()) == nil {
			t.Errorf("%q needs the parser", s)
		}
		samePlainly(t, s)
	}
	for _, s := range []string{
		"", " ", "ليبيا  هدنة", " ليبيا", "ليبيا ", "ليبيا أو تونس", "ليبيا او تونس", "a b", "ليبيا ما عدا كرة", "ليبيا بدون كرة", "libya OR war", "without war", "libya not war", "#urgent",
		"ليبيا #urgent", "title:libya", "war*", "war~", "-war", "=war", "@lna", `"`, `""`, `"war`, `war"`, `"war"*`, `"war *"`, `"a" "b"`, `"a”b"`, "\"\xff\"", `"."`, "2 of (war, peace)", "war NEAR peace",
		strings.Repeat("libya ", 100) + "war",
	} {
		samePlainly(t, s)
	}
}

func TestOperatorsBeginAsIsSaid(t *testing.T) {
	begin := map[string]bool{}
	for s := range operators {
		if rune0(s) >= 'a' && rune0(s) <= 'z' {
			t.Errorf("the operator %q is of small letters", s)
		}
		if letters := []rune(s); len(letters) >= 3 {
			begin[string(letters[:2])] = true
		}
	}
	for first := 'ء'; first <= 'ي'; first++ {
		for second := 'ء'; second <= 'ي'; second++ {
			s := string(first) + string(second)
			if want := begin[text.Fold(s)]; unicode.IsLetter(first) && unicode.IsLetter(second) && mayOperate(s) != want {
				t.Errorf("an operator of three letters or more begins with %s: %v, want %v", s, mayOperate(s), want)
			}
		}
	}
}

func TestAnyPlainRuleIsReadAsByTheParser(t *testing.T) {
	words := append([]string{
		"or", "and", "not", "near", "of", "ولا", "أو", "او", "بدون", "باستثناء", "ليس", "عدا", "ماعدا", "و", "في", "كرة_القدم", "ال", "عبدالرحمن", "lang", "urgent", "NEAR", "libya", "peace", "السلام", "بالسلام", "ـليبيا",
	}, ruleWords...)
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 4).Draw(t, "words"), rapid.SampledFrom([]string{" ", " ", "  ", ",", "\u200f "}).Draw(t, "between"))
		if rapid.Bool().Draw(t, "quoted") {
			s = `"` + s + `"`
		}
		samePlainly(t, s)
	})
}

// rule is how two compiled rules are compared whole.
var compiled = cmp.Options{cmp.AllowUnexported(clause{}, pattern{}, part{}, lookup{}, term{}), cmpopts.IgnoreFields(lookup{}, "known"), cmpopts.EquateEmpty()}

func TestALoaderCompilesTheSame(t *testing.T) {
	c := NewLoader(new(Words))
	rapid.Check(t, func(t *rapid.T) {
		s := genRule(2).Draw(t, "rule")
		alone, err := Parse(s)
		if err != nil {
			t.Skip("no rule")
		}
		q, err := c.Restore(s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(alone, q, queries); diff != "" {
			t.Errorf("%q is read otherwise by a Loader (-without +with):\n%s", s, diff)
		}
		if got, want := c.Canonical(q, s), alone.String(); got != want {
			t.Errorf("%q prints as %q by a Loader, want %q", s, got, want)
		}
		if rapid.Bool().Draw(t, "clear") {
			defer c.Clear()
		}
		env := agreeEnv
		env.Lang = rapid.SampledFrom([]string{"ar", "en", "de", "fr", "he", "fa", ""}).Draw(t, "lang")
		want, err := Compile(alone, env)
		if err != nil {
			t.Skip("no rule")
		}
		got, err := c.Compile(q, env)
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if diff := cmp.Diff(want.root, got.root, compiled); diff != "" {
			t.Errorf("%q in %q is compiled otherwise by a Loader (-without +with):\n%s", s, env.Lang, diff)
		}
	})
}

// TestASetHoldsNothingOfALoad: one word that a set still points to would keep the
// words beside it in memory, too.
func TestASetHoldsNothingOfALoad(t *testing.T) {
	for _, rule := range []string{"libya war peace", `"libya war"`, "libya -war", "libya | war", "2 of (libya, war, peace)", "libya NEAR war", "title:libya war*"} {
		s := NewSet()
		word := loaded(t, s, rule)
		runtime.GC()
		if word.Value() != nil {
			t.Errorf("%q: the set holds a word of the load", rule)
		}
		runtime.KeepAlive(s)
	}
}

// loaded loads a rule into s, and returns how its first word is looked for.
func loaded(t *testing.T, s *Set, rule string) weak.Pointer[lookup] {
	t.Helper()
	c := NewLoader(new(Words))
	q, err := c.Restore(rule)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Compile(q, Env{Lang: "en"})
	if err != nil {
		t.Fatal(err)
	}
	s.Put(1, r)
	first := r.root
	for first.leaf == nil {
		first = first.kids[0]
	}
	word := weak.Make(first.leaf.parts[0].lookup)
	runtime.GC()
	if word.Value() == nil {
		t.Fatalf("%q: the word is gone while its rule is there", rule)
	}
	runtime.KeepAlive(r)
	return word
}

func TestWordsAreBounded(t *testing.T) {
	var s lookups
	word := func(i int) string {
		return strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/182)
	}
	for i := range 3 {
		u := use{word: word(i), lang: "en"}
		if first, again := s.of(u), s.of(u); first != again {
			t.Errorf("%q was forgotten", u.word)
		}
	}
	shelf := &s[0]
	for i := 0; int(shelf.used) < shelfMost; i++ {
		u := use{word: "w" + string(rune(0x4e00+i%20000)) + string(rune(0x4e00+i/20000)), lang: "zh"}
		if u.hash()%lookupShelves == 0 {
			s.of(u)
		}
	}
	for i := 0; ; i++ {
		if u := (use{word: "v" + string(rune(0x4e00+i)), lang: "zh"}); u.hash()%lookupShelves == 0 {
			s.of(u)
			break
		}
	}
	if int(shelf.used) != 1 {
		t.Errorf("%d words are remembered on a shelf for %d", int(shelf.used), shelfMost)
	}
}
