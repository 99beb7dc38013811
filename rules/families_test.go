package rules

import (
	"fmt"
	"rasid/news"
	"testing"
)

func mustParse(t testing.TB, s string) *Query {
	t.Helper()
	q, err := Parse(s)
	if err != nil {
		t.Fatalf("Parse(%q): %v", s, err)
	}
	return q
}

func mustCompile(t testing.TB, s string, env Env) *Rule {
	t.Helper()
	r, err := Compile(mustParse(t, s), env)
	if err != nil {
		t.Fatalf("Compile(%q): %v", s, err)
	}
	return r
}

func TestFamilies(t *testing.T) {
	tests := []struct{ name, rule, want string }{
		{"an Arabic noun takes clitics and spellings", "هدنة", "[{هدنة [الهدنة هدن الهدن للهدنة]}]"},
		{"a country takes no article", "ليبيا", "[{ليبيا [وليبيا بليبيا لليبيا]}]"},
		{"a word with its article also goes without", "الجيش", "[{الجيش [جيش الجيوش للجيش بالجيش]}]"},
		{"an English noun takes its plural", "sanction", "[{sanction [sanctions sanction's]}]"},
		{"an exact word has no other form", "=هدنة", "[{هدنة []}]"},
		{"what is excluded is left out, what is repeated told once", "libya -war (libya | peace)", "[{libya [libyas libya's]} {peace [peaces peace's]}]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fmt.Sprint(Families(mustParse(t, tt.rule), Env{Lang: "ar"})); got != tt.want {
				t.Errorf("Families(%q) = %s, want %s", tt.rule, got, tt.want)
			}
		})
	}
}

func TestFamiliesAreMatched(t *testing.T) {
	for _, rule := range []string{"هدنة", "ليبيا", "الجيش", "مصطفى", "أوكرانيا", "sanctions", "Müller", "وزير", "عبدالله"} {
		for _, f := range Families(mustParse(t, rule), Env{}) {
			for _, form := range f.Forms {
				if _, ok := mustCompile(t, f.Word, Env{}).Match(Read(&news.Article{Title: form})); !ok {
					t.Errorf("Families(%q) offers %q, which it does not match", rule, form)
				}
			}
		}
	}
}
