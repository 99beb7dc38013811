package rules

import (
	"slices"
	"testing"
)

func TestSpellings(t *testing.T) {
	tests := []struct {
		name, rule string
		names      []string
		wider      string
	}{
		{"a Latin name", `Erdogan`, []string{"أردوغان", "إردوغان"}, `Erdogan | أردوغان | إردوغان`},
		{"an Arabic name", `حفتر`, []string{"Haftar", "Hifter"}, `حفتر | Haftar | Hifter`},
		{"a name among others", `Haftar oil`, []string{"حفتر"}, `(Haftar | حفتر) oil`},
		{"a name in a phrase", `"Hassan Nasrallah" -Israel`, []string{`"حسن نصر الله"`}, `("Hassan Nasrallah" | "حسن نصر الله") -Israel`},
		{"a country", `Libya ceasefire`, []string{`@country:LY`}, `@country:LY ceasefire`},
		{"a country in Arabic", `title:ليبيا`, []string{`@country:LY`}, `title:@country:LY`},
		{"a country that is another word", `Chad`, nil, ``},
		{"in a field", `title:Macron`, []string{"ماكرون"}, `title:Macron | title:ماكرون`},
		{"a word with the article is no name without it", `السيول -سيول`, nil, ``},
		{"nor among others", `السيول حفتر`, []string{"Haftar", "Hifter"}, `السيول (حفتر | Haftar | Hifter)`},
		{"no names", `ceasefire هدنة`, nil, ``},
		{"what is excluded stays", `oil -Erdogan`, nil, ``},
		{"what is wanted exactly stays", `=Erdogan`, nil, ``},
		{"spellings that are there already", `Haftar | حفتر`, []string{"Hifter"}, `Haftar | حفتر | Hifter`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, err := Parse(tt.rule)
			if err != nil {
				t.Fatal(err)
			}
			names, wider := Spellings(q, Env{})
			if !slices.Equal(names, tt.names) || wider.String() != tt.wider {
				t.Errorf("Spellings(%s) = %q, %s; want %q, %s", tt.rule, names, wider, tt.names, tt.wider)
			}
			if wider == nil {
				return
			}
			if _, err := Parse(wider.String()); err != nil {
				t.Errorf("%s does not parse: %v", wider, err)
			}
		})
	}
}
