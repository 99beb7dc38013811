package rules

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParsePrints(t *testing.T) {
	tests := []struct{ name, rule, want string }{
		{"a word is itself", `ليبيا`, `ليبيا`},
		{"words side by side stay so", `ليبيا  هدنة`, `ليبيا هدنة`},
		{"AND is juxtaposition", `a1 AND b1`, `a1 b1`},
		{"a lone waw is juxtaposition", `ليبيا و تونس`, `ليبيا تونس`},
		{"a lone waw at the edge is forgiven", `و ليبيا و`, `ليبيا`},
		{"OR in capitals is an operator", `libya OR syria`, `libya | syria`},
		{"or in small letters is a word", `libya or syria`, `libya or syria`},
		{"aw is an operator", `ليبيا أو تونس`, `ليبيا | تونس`},
		{"aw without hamza is an operator", `ليبيا او تونس`, `ليبيا | تونس`},
		{"aw in quotes is a word", `"ليبيا أو تونس"`, `"ليبيا أو تونس"`},
		{"a bar needs no spaces", `ليبيا|تونس`, `ليبيا | تونس`},
		{"juxtaposition binds tighter than OR", `a1 b1 | c1`, `a1 b1 | c1`},
		{"brackets group", `a1 (b1 | c1)`, `a1 (b1 | c1)`},
		{"brackets that change nothing go", `((a1) (b1 c1))`, `a1 b1 c1`},
		{"a dash before a word excludes", `ليبيا -كرة`, `ليبيا -كرة`},
		{"any dash excludes", `ليبيا –كرة −فن —قدم`, `ليبيا -كرة -فن -قدم`},
		{"a dash between spaces is punctuation", `تونس - الجزائر`, `تونس الجزائر`},
		{"a dash within a word joins a phrase", `COVID-19`, `"COVID 19"`},
		{"a dash excludes a phrase", `ليبيا -"كرة القدم"`, `ليبيا -"كرة القدم"`},
		{"NOT excludes one term", `a1 NOT b1 c1`, `a1 -b1 c1`},
		{"not in small letters is a word", `a1 not b1`, `a1 not b1`},
		{"two negations cancel out", `a1 NOT -b1`, `a1 b1`},
		{"bidun takes a phrase", `ليبيا بدون كرة القدم`, `ليبيا -"كرة القدم"`},
		{"aw goes on with an exclusion", `ليبيا بدون كرة القدم أو فن`, `ليبيا -("كرة القدم" | فن)`},
		{"wala goes on with an exclusion", `ليبيا بدون كرة القدم ولا فن`, `ليبيا -("كرة القدم" | فن)`},
		{"a bar ends an exclusion", `ليبيا بدون كرة | تونس`, `ليبيا -كرة | تونس`},
		{"a bracket ends an exclusion", `(ليبيا بدون كرة القدم) هدنة`, `ليبيا -"كرة القدم" هدنة`},
		{"a dash ends an exclusion", `ليبيا بدون كرة القدم -فن`, `ليبيا -"كرة القدم" -فن`},
		{"ma ada excludes", `ليبيا ما عدا كرة القدم`, `ليبيا -"كرة القدم"`},
		{"bistithna excludes", `ليبيا باستثناء كرة`, `ليبيا -كرة`},
		{"laysa excludes", `ليبيا ليس كرة`, `ليبيا -كرة`},
		{"bidun at the beginning is a word", `بدون كهرباء`, `"بدون" كهرباء`},
		{"bidun takes a bracket", `ليبيا بدون (كرة | فن)`, `ليبيا -(كرة | فن)`},
		{"dun is a word", `اعتقال دون محاكمة`, `اعتقال دون محاكمة`},
		{
			"every pair of quotes makes a phrase", `«ا ب» “ا ب” „ا ب“ ‹ا ب› ''ا ب'' 'ا ب' »ا ب«`,
			strings.TrimSpace(strings.Repeat(`"ا ب" `, 7)),
		},
		{"an apostrophe makes no phrase", `O'Brien d’or`, `O'Brien d’or`},
		{"a gershayim makes no phrase", `צה"ל "צה"ל בעזה"`, `צה"ל "צה"ל בעזה"`},
		{"a phrase of one word is a word", `"ليبيا"`, `ليبيا`},
		{"an equals sign is exact", `=الوطني ="Apple Inc"`, `=الوطني ="Apple Inc"`},
		{"fields take words and phrases", `title:ليبيا source:"Al Jazeera"`, `title:ليبيا source:"Al Jazeera"`},
		{"fields have Arabic names", `عنوان:ليبيا مصدر:رويترز نص:هدنة لغة:عربي`, `title:ليبيا source:رويترز body:هدنة lang:ar`},
		{"a field takes a bracket", `title:(a1 | b1)`, `title:a1 | title:b1`},
		{"a field may be excluded", `a1 -title:b1`, `a1 -title:b1`},
		{"site takes a host", `site:https://www.Example.org/x`, `site:example.org`},
		{"a hashtag is its words", `#وقف_إطلاق_النار`, `"وقف إطلاق النار"`},
		{"urgent without other words is a word", `#urgent`, `urgent`},
		{"an alias keeps its name", `@lna -@UN_x`, `@lna -@UN_x`},
		{"an address is a run of words", `sam.lee@example.org`, `"sam lee example org"`},
		{"a ticker keeps its sign", `$TSLA`, `$TSLA`},
		{"C++ and C# are words", `C++ C# AT&T U.S.`, `C++ C# AT&T U.S`},
		{"a percentage is its number", `3.5%`, `3.5`},
		{"a comma in a number is no separator", `1,000 a1,b1`, `1,000 a1 b1`},
		{"Arabic commas separate", `ليبيا، تونس`, `ليبيا تونس`},
		{"a clitic before a quote is passed over", `لـ«حماس» ل"غزة"`, `حماس غزة`},
		{"an operator in quotes is printed in quotes", `"OR" a1`, `"OR" a1`},
		{"a lone colon is punctuation", `Ukraine: war 12:30`, `Ukraine war "12 30"`},
		{"Chinese is a run of characters", `停火 "日本 中国"`, `停火 "日本 中国"`},
		{"marks of direction are passed over", "\u200fليبيا\u200f \u202bهدنة\u202c", "ليبيا هدنة"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, err := Parse(tt.rule)
			if err != nil {
				t.Fatalf("Parse(%q): %v", tt.rule, err)
			}
			if got := q.String(); got != tt.want {
				t.Errorf("Parse(%q) prints %q, want %q", tt.rule, got, tt.want)
			}
			again, err := Parse(q.String())
			if err != nil || again.String() != q.String() {
				t.Errorf("Parse(%q) prints as %q, want itself; %v", q, again, err)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		name, rule string
		code       Code
		at         string // what Pos and End enclose
		repair     string
	}{
		{"nothing", ``, CodeEmpty, ``, ``},
		{"only punctuation", ` ،.! `, CodeEmpty, ` ،.! `, ``},
		{"an open quote", `"وقف إطلاق`, CodeUnclosedQuote, `"وقف إطلاق`, `"وقف إطلاق"`},
		{"an open guillemet", `ليبيا «وقف إطلاق`, CodeUnclosedQuote, `«وقف إطلاق`, `ليبيا «وقف إطلاق»`},
		{"an open bracket", `(ليبيا | تونس`, CodeUnclosedBracket, `(`, `(ليبيا | تونس)`},
		{"an open bracket and quote", `(ليبيا "تونس`, CodeUnclosedQuote, `"تونس`, `(ليبيا "تونس")`},
		{"a bracket too many", `ليبيا) تونس`, CodeUnopenedBracket, `)`, `ليبيا تونس`},
		{"an empty bracket", `ليبيا ()`, CodeEmptyGroup, `()`, `ليبيا`},
		{"an empty phrase", `ليبيا ""`, CodeEmptyGroup, `""`, `ليبيا`},
		{"OR without a right side", `ليبيا OR`, CodeMissingOperand, `OR`, `ليبيا`},
		{"OR without a left side", `| ليبيا`, CodeMissingOperand, `|`, `ليبيا`},
		{"AND without a right side", `libya AND`, CodeMissingOperand, `AND`, `libya`},
		{"NOT without a term", `libya NOT`, CodeMissingOperand, `NOT`, `libya`},
		{"a field without a word", `libya title:`, CodeMissingOperand, `title:`, `libya`},
		{"only an exclusion", `-كرة`, CodeNothingPositive, `-كرة`, `كرة`},
		{"only excluded alternatives", `-a1 | -b1`, CodeNothingPositive, `-a1 | -b1`, `a1 | b1`},
		{"an excluded alternative", `a1 | -b1`, CodeOrNegation, `-b1`, `a1 -b1`},
		{"an excluded alternative in brackets", `a1 (b1 | -c1)`, CodeOrNegation, `-c1`, `a1 b1 -c1`},
		{"only stop words", `the of`, CodeStopWords, `the of`, `"the of"`},
		{"one stop word", `على`, CodeStopWords, `على`, ``},
		{"a stop word among alternatives", `ليبيا | من`, CodeStopWords, `ليبيا | من`, ``},
		{"an unknown field", `tilte:libya`, CodeUnknownField, `tilte:`, `tilte libya`},
		{"a language that is none", `libya lang:12345`, CodeBadValue, `lang:12345`, `libya`},
		{"a site that is none", `libya site:"a b"`, CodeBadValue, `site:"a b"`, `libya`},
		{"a prefix too short", `li* war`, CodeTooShort, `*`, `li war`},
		{"a fuzzy word too short", `war~`, CodeTooShort, `~`, `war`},
		{"a fuzzy Arabic word too short", `ليبي~`, CodeTooShort, `~`, `ليبي`},
		{"two slips", `Erdogan~2`, CodeMisplaced, `~2`, `Erdogan`},
		{"a fuzzy exact word", `=Erdogan~`, CodeMisplaced, `~`, `=Erdogan`},
		{"a loose phrase without a number", `"libya turkey"~`, CodeMisplaced, `~`, `"libya turkey"`},
		{"a loose phrase without end", `"libya turkey"~999`, CodeBadNumber, `~999`, `"libya turkey"`},
		{"NEAR without a right side", `libya NEAR/5`, CodeMissingOperand, `NEAR/5`, `libya`},
		{"NEAR without a left side", `NEAR/5 libya`, CodeMissingOperand, `NEAR/5`, `libya`},
		{"NEAR with an exclusion", `libya NEAR/5 -turkey`, CodeMisplaced, `NEAR/5`, `libya -turkey`},
		{"NEAR with a conjunction", `libya NEAR/5 (a1 b1)`, CodeMisplaced, `NEAR/5`, `libya (a1 b1)`},
		{"NEAR too far", `libya NEAR/999 turkey`, CodeBadNumber, `NEAR/999`, `libya turkey`},
		{"more than there are", `4 of (a1, b1, c1)`, CodeBadNumber, `4 of`, `(a1, b1, c1)`},
		{"none of", `0 of (a1, b1)`, CodeBadNumber, `0 of`, `(a1, b1)`},
		{"some of an exclusion", `2 of (a1, b1, -c1)`, CodeOrNegation, `-c1`, ``},
		{"no times", `libya#0`, CodeBadNumber, `#0`, `libya`},
		{"a digest level", `libya #digest`, CodeUnavailable, `#digest`, `libya`},
		{"an Arabic digest level", `ليبيا #موجز`, CodeUnavailable, `#موجز`, `ليبيا`},
		{"a country that is none", `@country:Atlantis | tunisia`, CodeUnknownCountry, `@country:Atlantis`, `Atlantis | tunisia`},
		{"a country misspelled", `gas @country:Tunesia`, CodeUnknownCountry, `@country:Tunesia`, `gas @country:TN`},
		{"a country misspelled in Arabic", `@country:السعوديه_العربيه`, CodeUnknownCountry, `@country:السعوديه_العربيه`, `السعوديه العربيه`},
		{"bytes that are no text", "libya \xff", CodeEncoding, "\xff", `libya`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(tt.rule)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("Parse(%q) = %v, want an *Error", tt.rule, err)
			}
			if e.Code != tt.code || tt.rule[e.Pos:e.End] != tt.at || e.Repair != tt.repair {
				t.Errorf("Parse(%q) = %s at %q, repair %q; want %s at %q, repair %q",
					tt.rule, e.Code, tt.rule[e.Pos:e.End], e.Repair, tt.code, tt.at, tt.repair)
			}
		})
	}
}

func TestParseLimits(t *testing.T) {
	tests := []struct {
		name, rule string
		code       Code
	}{
		{"512 characters are read", strings.Repeat("م", MaxChars), ""},
		{"513 characters are not", strings.Repeat("م", MaxChars+1), CodeTooLong},
		{"64 terms are read", strings.TrimSpace(strings.Repeat("م1 ", MaxTerms)), ""},
		{"65 terms are not", strings.TrimSpace(strings.Repeat("م1 ", MaxTerms+1)), CodeTooManyTerms},
		{"16 brackets are read", strings.Repeat("(", MaxDepth) + "كرة" + strings.Repeat(")", MaxDepth), ""},
		{"17 brackets are not", strings.Repeat("(", MaxDepth+1) + "كرة" + strings.Repeat(")", MaxDepth+1), CodeTooDeep},
		{"a rule too long when printed is not", "a1" + strings.Repeat("|b1", 63) + strings.Repeat(" ", 200) + strings.Repeat("c", 200), CodeTooLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(tt.rule)
			if e, ok := errors.AsType[*Error](err); ok {
				if e.Code != tt.code {
					t.Errorf("Parse(%.20q...) = %v, want %q", tt.rule, err, tt.code)
				}
				return
			}
			if tt.code != "" {
				t.Errorf("Parse(%.20q...) = %v, want %q", tt.rule, err, tt.code)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`ليبيا هدنة`, `ليبيا بدون كرة القدم أو فن ولا "ا ب"`, `a -(b | "c d") title:(e OR =F)`, `"a b"~5 c* d~ #urgent`,
		`لـ«حماس» @lna site:example.org lang:ar`, `צה"ל O'Brien C++ C# AT&T $TSLA 3.5% U.S. 1,000`, `停火 "日本 中国" ไทย`, `((((a`,
		`ما عدا ما عدا عدا`, `"of" ("of")`, `2 of`, `-- a --b - c`, `'a' 'b c’ „d“`, `a:"b" :c d: e::f`, "a\u200fb\u00ad c\u0301", `NOT NOT a`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		samePlainly(t, s)
		q, err := Parse(s)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("Parse(%q) = %v, want an *Error", s, err)
			}
			if !slices.Contains(Codes(), e.Code) || e.Pos < 0 || e.End < e.Pos || e.End > len(s) {
				t.Errorf("Parse(%q) = %+v, out of bounds", s, e)
			}
			if _, err := Parse(e.Repair); e.Repair != "" && err != nil {
				t.Errorf("Parse(%q) repairs as %q: %v", s, e.Repair, err)
			}
			return
		}
		if utf8.RuneCountInString(q.String()) > MaxChars {
			t.Errorf("Parse(%q) prints longer than a rule may be: %q", s, q)
		}
		again, err := Parse(q.String())
		if err != nil || again.String() != q.String() {
			t.Errorf("Parse(%q) prints as %q, which parses as %q, %v", s, q, again, err)
		}
	})
}

func TestEveryCodeIsWorded(t *testing.T) {
	for _, c := range Codes() {
		got := (&Error{Code: c, Args: []string{"A0", "A1", "A2"}}).Error()
		if got == string(c) || strings.Contains(got, "{") {
			t.Errorf("%s is worded %q", c, got)
		}
	}
	if len(english) != len(Codes()) {
		t.Errorf("%d codes are worded, want %d", len(english), len(Codes()))
	}
}
