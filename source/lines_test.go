package source_test

import (
	"bytes"
	"compress/gzip"
	"rasid/source"
	"strings"
	"testing"
)

func TestArticlesAreReadAsWhatTheyAre(t *testing.T) {
	for _, tt := range []struct{ name, file, in, want string }{
		{"text: the first line is the title", "a.txt", "Title\nBody\nmore", "a.txt|Title|Body\nmore"},
		{"text with a mark at its beginning", "a.txt", "\ufeffTitle\n\nBody", "a.txt|Title|Body"},
		{"text by its first character", "-", "Title\nBody", "-|Title|Body"},
		{"an object", "a.json", `{"title":"T","text":"B"}`, "a.json|T|B"},
		{"an object with an id", "a.json", `{"id":12,"title":"T"}`, "12|T|"},
		{"an array", "a.json", `[{"title":"T"},{"title":"U"}]`, "a.json:1|T|; a.json:2|U|"},
		{"an array by its first character", "-", ` [{"title":"T"}]`, "-|T|"},
		{"lines", "a.jsonl", "{\"title\":\"T\"}\n\n{\"id\":\"x\",\"title\":\"U\"}\n", "a.jsonl:1|T|; x|U|"},
		{"lines by their first character", "-", "{\"title\":\"T\"}\n{\"title\":\"U\"}", "-:1|T|; -:2|U|"},
		{"a bad line is named and passed over", "a.jsonl", "{\"title\":\"T\"}\n{\n{\"title\":\"U\"}", "a.jsonl:1|T|; a.jsonl:2: unexpected end; a.jsonl:3|U|"},
		{"a torn array", "a.json", `[{"title":"T"}`, "a.json: not valid JSON"},
		{"nothing", "a.jsonl", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for form, in := range map[string][]byte{tt.file: []byte(tt.in), tt.file + ".gz": zipped(t, tt.in)} {
				var got []string
				for a, err := range source.Articles(bytes.NewReader(in), form) {
					if err != nil {
						got = append(got, err.Error())
						continue
					}
					got = append(got, a.Name+"|"+a.Article.Title+"|"+a.Article.Body)
				}
				want := strings.Split(tt.want, "; ")
				if tt.want == "" {
					want = nil
				}
				if len(got) != len(want) {
					t.Fatalf("%s: %q; want %q", form, got, want)
				}
				for i := range got {
					if !strings.HasPrefix(strings.ReplaceAll(got[i], ".gz", ""), want[i]) {
						t.Errorf("%s: %q; want %q", form, got[i], want[i])
					}
				}
			}
		})
	}
}

func zipped(t *testing.T, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
