package layout_test

import (
	"os"
	"rasid/internal/layout"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// Helpers are packages that only tests may import.
var helpers = []string{"store/storetest", "store/memstore"}

func TestArrowsPointOneWay(t *testing.T) {
	found, err := layout.Imports(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatal("no imports found: is the test run from its own folder?")
	}
	for _, problem := range problems(found) {
		t.Error(problem)
	}
}

func TestATurnedArrowIsFound(t *testing.T) {
	tree := fstest.MapFS{
		"text/a.go":      {Data: []byte("package text\nimport _ \"rasid/bot\"\n")},
		"rules/a.go":     {Data: []byte("package rules\nimport _ \"net/http\"\n")},
		"alert/a.go":     {Data: []byte("package alert\nimport _ \"rasid/store/storetest\"\n")},
		"nowhere/a.go":   {Data: []byte("package nowhere\nimport _ \"rasid/text\"\n")},
		"bot/a.go":       {Data: []byte("package bot\nimport _ \"github.com/go-telegram-bot-api/telegram-bot-api/v5\"\n")},
		"bot/fine.go":    {Data: []byte("package bot\nimport _ \"rasid/alert\"\n")},
		"text/a_test.go": {Data: []byte("package text\nimport _ \"rasid/bot\"\n")},
	}
	found, err := layout.Imports(tree)
	if err != nil {
		t.Fatal(err)
	}
	if got := problems(found); len(got) != 5 {
		t.Errorf("found %d problems, want 5:\n%s", len(got), strings.Join(got, "\n"))
	}
}

func problems(found []layout.Import) []string {
	pure, forbidden := layout.Pure()
	var out []string
	for _, i := range found {
		if i.Test {
			continue
		}
		to, own := strings.CutPrefix(i.Path, layout.Module+"/")
		switch {
		case i.Room == "":
			out = append(out, i.File+": its folder has no row in the import table")
		case !own && slices.Contains(pure, i.Room) && slices.Contains(forbidden, i.Path):
			out = append(out, i.File+": "+i.Room+" is pure and must not import "+i.Path)
		case !own && strings.Contains(i.Path, "go-telegram-bot-api") && i.Room != "bot/telegram":
			out = append(out, i.File+": only bot/telegram may import "+i.Path)
		case own && !allowed(i.Room, i.File, to):
			out = append(out, i.File+": "+i.Room+" must not import "+i.Path)
		}
	}
	return out
}

func allowed(from, file, to string) bool {
	if slices.Contains(helpers, to) && !strings.HasPrefix(file, "store/") {
		return false
	}
	room := layout.Room(to)
	return room == from || slices.Contains(layout.Table()[from], room)
}
