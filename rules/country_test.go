package rules

import (
	"fmt"
	"rasid/news"
	"rasid/text"
	"slices"
	"strings"
	"testing"
)

// TestCountries: an article that says a country's name, in the language of
// the name, is found by the country's code.
func TestCountries(t *testing.T) {
	table := countries()
	if n := len(table.byCode); n < 240 {
		t.Fatalf("there are %d countries", n)
	}
	for code, c := range table.byCode {
		rule := mustCompile(t, "@country:"+code, Env{})
		for _, of := range c.names {
			for _, name := range of.names {
				if _, ok := rule.Match(Read(&news.Article{Title: "« " + name + " »", Lang: of.lang})); !ok {
					t.Errorf("@country:%s does not find %q in %s", code, name, of.lang)
				}
			}
			for _, name := range of.doubtful {
				if _, ok := rule.Match(Read(&news.Article{Title: name, Lang: of.lang})); ok {
					t.Errorf("@country:%s finds %q in %s without a second sign", code, name, of.lang)
				}
				for _, sign := range of.signs {
					if _, ok := rule.Match(Read(&news.Article{Title: name, Body: sign, Lang: of.lang})); !ok {
						t.Errorf("@country:%s does not find %q with %q in %s", code, name, sign, of.lang)
					}
				}
			}
		}
	}
}

func TestCountryLanguages(t *testing.T) {
	for _, code := range []string{"EG", "LY", "SA", "US", "CN", "RU", "TR", "ID", "IN", "JP"} {
		var langs []string
		for _, of := range countries().byCode[code].names {
			langs = append(langs, of.lang)
		}
		if want := strings.Fields("ar de en es fa fr he hi id it ja pt ru tr ur zh"); !slices.Equal(langs, want) {
			t.Errorf("%s has names in %v, want %v", code, langs, want)
		}
	}
}

func TestFindCountry(t *testing.T) {
	tests := []struct{ name, want string }{
		{"LY", "LY"},
		{"ly", "LY"},
		{"ليبيا", "LY"},
		{"Libye", "LY"},
		{"السعودية", "SA"},
		{"Saudi_Arabia", "SA"},
		{"saudi arabia", "SA"},
		{"USA", "US"},
		{"أميركا", "US"},
		{"英国", "GB"},
		{"UK", "GB"},
		{"Atlantis", ""},
		{"", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if c := countries().find(tt.name); c != nil {
				got = c.code
			}
			if got != tt.want {
				t.Errorf("find(%q) = %q, want %q", tt.name, got, tt.want)
			}
		})
	}
}

func TestParseCountriesRefuses(t *testing.T) {
	for _, line := range []string{"Libya", "LY ar ليبيا", "LYB: ar ليبيا", "LY: ليبيا", "LY: arabic ليبيا"} {
		if _, err := parseCountries("# fine\n" + line); err == nil || !strings.HasPrefix(err.Error(), "line 2: ") {
			t.Errorf("parseCountries(%q) = %v, want an error with its line", line, err)
		}
	}
}

func ExampleFamilies_country() {
	q, err := Parse("@country:LY")
	if err != nil {
		panic(err)
	}
	for _, f := range Families(q, Env{Lang: "fr"}) {
		fmt.Println(f.Word, f.Forms[:3])
	}
	// Output: @country:LY [Libye ليبيا Libya]
}

// TestCountryNamesAreNames: no name of a country is a word that most articles
// have, in its language.
func TestCountryNamesAreNames(t *testing.T) {
	for code, c := range countries().byCode {
		for _, of := range c.names {
			for _, name := range of.names {
				if n := nameTerm(name, anywhere, &node{}); !n.exact && text.Stop(of.lang, name) {
					t.Errorf("%s: %q is a common word of %s; give it a second sign in news.txt", code, name, of.lang)
				}
			}
		}
	}
}
