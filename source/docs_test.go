package source_test

import (
	"encoding/json"
	"net/http"
	"os"
	"rasid/news"
	"rasid/source"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTheArticleOfTheDocsIsTaken pushes the example of docs/operations.md: it has
// every field there is, the table names them all, and the answer is the one
// that stands there.
func TestTheArticleOfTheDocsIsTaken(t *testing.T) {
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(page), "\n## Articles from programs\n")
	part, _, _ = strings.Cut(part, "\n## ")
	example := regexp.MustCompile("(?s)```json\n(.*?)```").FindStringSubmatch(part)
	promised := regexp.MustCompile("202 and `(.*?)`").FindStringSubmatch(part)
	if example == nil || promised == nil {
		t.Fatal("docs/operations.md has no article, or no answer to it")
	}
	var r remembered
	got := post(t, source.NewPush(source.PushOptions{Sink: r.sink, Logger: silent}), nil, example[1])
	if got.Status != http.StatusAccepted || len(r.got) != 1 {
		t.Fatalf("the article of the docs is answered %+v, and %d were stored", got, len(r.got))
	}
	if receipt, _ := json.Marshal(source.Receipt{Accepted: got.Accepted, Seen: got.Seen}); string(receipt) != promised[1] {
		t.Errorf("the answer is %s, the docs say %s", receipt, promised[1])
	}
	named := rowNames(part)
	a := reflect.ValueOf(r.got[0])
	for i := range a.NumField() {
		name, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ",")
		if a.Field(i).IsZero() {
			t.Errorf("the article of the docs came without %s", name)
		}
		if !slices.Contains(named, name) {
			t.Errorf("the table of fields does not name %s", name)
		}
	}
	if len(named) != reflect.TypeFor[news.Article]().NumField() {
		t.Errorf("the table of fields names %v; an article has %d fields", named, a.NumField())
	}
}

// rowNames are what the rows of a table begin with, in code marks.
func rowNames(page string) (names []string) {
	for line := range strings.Lines(page) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			for _, name := range regexp.MustCompile("`(.*?)`").FindAllStringSubmatch(cells[1], -1) {
				names = append(names, name[1])
			}
		}
	}
	return names
}
