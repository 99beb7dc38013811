package rules_test

import (
	"rasid/news"
	"rasid/rules"
	"testing"
	"time"
)

func TestContentTellsWhatRulesCanTellApart(t *testing.T) {
	base := news.Article{ID: "1", URL: "https://a.example/1", Title: "tax", Summary: "up", Lang: "en", Source: "Wire", Tags: []string{"money"}}
	tests := []struct {
		name string
		edit func(a *news.Article)
		same bool
	}{
		{"nothing is edited", func(*news.Article) {}, true},
		{"no rule reads the image", func(a *news.Article) { a.Image = "https://a.example/i.png" }, true},
		{"no rule reads the time", func(a *news.Article) { a.Updated = time.Unix(1, 0) }, true},
		{"no rule reads more of the link than its site", func(a *news.Article) { a.URL += "?x=1" }, true},
		{"the title", func(a *news.Article) { a.Title = "levy" }, false},
		{"words that moved to another part", func(a *news.Article) { a.Title, a.Summary = "ta", "xup" }, false},
		{"another outlet", func(a *news.Article) { a.Source = "Post" }, false},
		{"another site", func(a *news.Article) { a.URL = "https://b.example/1" }, false},
		{"another language", func(a *news.Article) { a.Lang = "de" }, false},
		{"a tag", func(a *news.Article) { a.Tags = []string{"money", "law"} }, false},
	}
	want := rules.Read(&base).Content()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := base
			tt.edit(&a)
			if got := rules.Read(&a).Content(); (got == want) != tt.same || len(got) != 8 {
				t.Errorf("Content() = %q where it was %q, want the same %v", got, want, tt.same)
			}
		})
	}
}
