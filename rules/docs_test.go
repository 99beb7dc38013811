package rules

import (
	"errors"
	"os"
	"rasid/news"
	"strings"
	"testing"
)

// TestDocs runs every row of docs/rules.md.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	matched, refused := 0, 0
	var head string
	for line := range strings.Lines(string(page)) {
		cells := tableRow(line)
		switch {
		case len(cells) != 3:
			head = ""
		case head == "":
			head = cells[1]
		case strings.HasPrefix(cells[0], "--"):
		case head == "matches":
			matched++
			checkMatches(t, cells)
		case head == "reason":
			refused++
			checkRefused(t, cells)
		}
	}
	if matched < 60 || refused < 15 {
		t.Errorf("docs/rules.md has %d rows of matches and %d of refusals; the tables were not read", matched, refused)
	}
}

// tableRow returns the cells of a table's row, without the code marks.
func tableRow(line string) []string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") {
		return nil
	}
	const bar = "\x00"
	cells := strings.Split(strings.Trim(strings.ReplaceAll(line, `\|`, bar), "|"), "|")
	for i, c := range cells {
		cells[i] = strings.Trim(strings.ReplaceAll(strings.TrimSpace(c), bar, "|"), "`")
	}
	return cells
}

func checkMatches(t *testing.T, cells []string) {
	t.Helper()
	r := mustCompile(t, cells[0], Env{})
	for i, want := range []bool{true, false} {
		a := docArticle(cells[i+1])
		if _, got := r.Match(Read(a)); got != want {
			t.Errorf("docs/rules.md: (%q).Match(%q) = %v, want %v", cells[0], cells[i+1], got, want)
		}
	}
}

func checkRefused(t *testing.T, cells []string) {
	t.Helper()
	_, err := Parse(cells[0])
	var e *Error
	if !errors.As(err, &e) || string(e.Code) != cells[1] || cells[2] != "" && e.Repair != cells[2] {
		t.Errorf("docs/rules.md: Parse(%q) = %+v, want %s and repair %q", cells[0], err, cells[1], cells[2])
	}
}

// docArticle reads "title: a ¶ body: b"; a text without a field is a title.
func docArticle(s string) *news.Article {
	a := &news.Article{}
	for part := range strings.SplitSeq(s, " ¶ ") {
		field, value, ok := strings.Cut(part, ": ")
		if !ok {
			field, value = "title", part
		}
		switch field {
		case "body":
			a.Body = value
		case "tag":
			a.Tags = append(a.Tags, value)
		case "source":
			a.Source = value
		case "author":
			a.Author = value
		case "lang":
			a.Lang = value
		case "link":
			a.URL = value
		default:
			a.Title = value
		}
	}
	return a
}
