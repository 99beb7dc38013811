package locale_test

import (
	"rasid/locale"
	"rasid/rules"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryLanguageHasEveryMessage(t *testing.T) {
	want := locale.For("en").IDs()
	for _, lang := range locale.Langs() {
		if got := locale.For(lang).IDs(); !slices.Equal(got, want) {
			t.Errorf("the ids of %s differ from English's:\n%v\n%v", lang, got, want)
		}
	}
}

var argument = regexp.MustCompile(`\{[a-z0-9]+\}`)

func TestEveryLanguageHasTheSameArguments(t *testing.T) {
	for _, id := range locale.For("en").IDs() {
		want := arguments("en", id)
		for _, lang := range locale.Langs() {
			if got := arguments(lang, id); !slices.Equal(got, want) {
				t.Errorf("message %s has the arguments %v in %s, want %v", id, got, lang, want)
			}
		}
	}
}

func arguments(lang, id string) []string {
	found := argument.FindAllString(locale.For(lang).Text(id, nil), -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestEveryRuleErrorIsWorded(t *testing.T) {
	for _, lang := range locale.Langs() {
		for _, code := range rules.Codes() {
			id := "rule-error-" + string(code)
			if !slices.Contains(locale.For(lang).IDs(), id) {
				t.Errorf("%s has no wording of %s", lang, id)
			}
		}
	}
}

func TestPlurals(t *testing.T) {
	for _, tt := range []struct {
		why, lang string
		n         int
		want      string
	}{
		{"one is a word", "ar", 1, "متابعة واحدة"},
		{"two is a dual without a numeral", "ar", 2, "متابعتان"},
		{"three to ten take the plural", "ar", 3, "3 متابعات"},
		{"eleven takes the singular", "ar", 11, "11 متابعة"},
		{"a hundred takes the singular", "ar", 100, "100 متابعة"},
		{"English has one", "en", 1, "One watch"},
		{"and others", "en", 2, "2 watches"},
	} {
		if got := locale.For(tt.lang).Text("list-rules", locale.Args{"n": tt.n}); got != tt.want {
			t.Errorf("%s: Text(list-rules, %d) = %q, want %q", tt.why, tt.n, got, tt.want)
		}
	}
}

func TestArgumentsAreEscapedAndIsolated(t *testing.T) {
	got := locale.For("ar").HTML("offer", locale.Args{"rule": "<b>NATO"})
	if want := "متابعة «\u2068&lt;b&gt;NATO\u2069»؟"; got != want {
		t.Errorf("HTML(offer) = %q, want %q", got, want)
	}
}

func TestLatinCommandsHaveALineOfTheirOwnInArabic(t *testing.T) {
	c := locale.For("ar")
	for _, id := range c.IDs() {
		for line := range strings.Lines(c.HTML(id, nil)) {
			line = strings.TrimSpace(line)
			if strings.Contains(line, "<code>/") && (!strings.HasPrefix(line, "<code>") || !strings.HasSuffix(line, "</code>")) {
				t.Errorf("message %s mixes a command into an Arabic line: %s", id, line)
			}
		}
	}
}

func TestOtherLanguagesGetTheNearest(t *testing.T) {
	for lang, want := range map[string]string{"ar-EG": "ar", "fa": "ar", "de": "en", "": "en", "en-GB": "en"} {
		if got := locale.For(lang).Lang(); got != want {
			t.Errorf("For(%q) speaks %s, want %s", lang, got, want)
		}
	}
}

func TestARefusalCountsTheWordsItNames(t *testing.T) {
	for _, tt := range []struct{ why, lang, words, want string }{
		{"one word", "en", "the", "The word “\u2068the\u2069” is"},
		{"an apostrophe parts no word", "en", "it's", "The word “"},
		{"several", "en", "the of", "The words “\u2068the of\u2069” are"},
		{"signs are no words", "en", "(the | of)", "The words “"},
		{"one Arabic word", "ar", "في", "الكلمة «\u2068في\u2069» شائعة"},
		{"a mark parts no word", "ar", "فِي", "الكلمة «"},
		{"two are a dual", "ar", "في | من", "الكلمتان «"},
		{"three", "ar", "في من على", "الكلمات «"},
	} {
		if got := locale.For(tt.lang).RuleError(string(rules.CodeStopWords), []string{tt.words}); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: RuleError(%q) = %q, want it to begin with %q", tt.why, tt.words, got, tt.want)
		}
	}
}
