package news_test

import (
	"encoding/json"
	"errors"
	"rasid/news"
	"reflect"
	"testing"
)

func TestCanonicalLink(t *testing.T) {
	for _, tt := range []struct{ why, in, want string }{
		{"scheme and host are lower case", "HTTPS://Example.ORG/A", "https://example.org/A"},
		{"default ports go", "http://example.org:80/a", "http://example.org/a"},
		{"other ports stay", "http://example.org:8080/a", "http://example.org:8080/a"},
		{"fragments go", "https://example.org/a#top", "https://example.org/a"},
		{"campaign parameters go, others stay", "https://example.org/a?utm_source=x&id=7&fbclid=1", "https://example.org/a?id=7"},
		{"a trailing slash goes", "https://example.org/a/", "https://example.org/a"},
		{"a name and password go", "https://me:secret@example.org/a", "https://example.org/a"},
		{"other schemes are no links", "javascript:alert(1)", ""},
		{"nor is text", "hello", ""},
	} {
		if got := news.CanonicalLink(tt.in); got != tt.want {
			t.Errorf("%s: CanonicalLink(%q) = %q, want %q", tt.why, tt.in, got, tt.want)
		}
	}
}

func TestUnmarshal(t *testing.T) {
	var a news.Article
	if err := json.Unmarshal([]byte(`{"id":7,"title":"T","text":"B","extra":{},"published":""}`), &a); err != nil {
		t.Fatal(err)
	}
	if a.ID != "7" || a.Body != "B" || a.Title != "T" {
		t.Errorf("got %+v", a)
	}
	var bad *news.FieldError
	if err := json.Unmarshal([]byte(`{"title":7}`), &a); !errors.As(err, &bad) || bad.Name != "title" {
		t.Errorf("a number as title gives %v, want an error of the field title", err)
	}
}

func TestID(t *testing.T) {
	own := news.ID(&news.Article{ID: "x", URL: "https://example.org/"})
	link := news.ID(&news.Article{URL: "https://example.org/a?utm_source=y"})
	if own != "x" || link != "link:https://example.org/a" {
		t.Errorf("ID = %q and %q", own, link)
	}
	if a, b := news.ID(&news.Article{Title: "a"}), news.ID(&news.Article{Title: "b"}); a == b {
		t.Errorf("two texts share the id %q", a)
	}
}

func TestPlainText(t *testing.T) {
	for _, tt := range []struct{ why, in, want string }{
		{"blocks begin a line", "<p>one</p><p>two<br>three</p>", "one\ntwo\nthree"},
		{"scripts are left out", "a<script>alert('x')</script>b", "ab"},
		{"entities are decoded", "a &amp; b &lt;c&gt;", "a & b <c>"},
		{"plain text stays", "a  b", "a  b"},
		{"white space is one space", "<b>a</b>\n\t <i>b</i>", "a b"},
	} {
		if got := news.PlainText(tt.in); got != tt.want {
			t.Errorf("%s: PlainText(%q) = %q, want %q", tt.why, tt.in, got, tt.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x00b", " x\r\ny ", "https://Example.org:80/?utm_a=1#x")
	f.Add("\xff", "\u200f\u2028", "http://x:/")
	f.Fuzz(func(t *testing.T, title, body, link string) {
		a := news.Article{Title: title, Body: body, URL: link, Tags: []string{title, body}}
		news.Clean(&a)
		b := a
		b.Tags = append([]string(nil), a.Tags...)
		news.Clean(&b)
		if len(a.Tags) == 0 {
			a.Tags, b.Tags = nil, nil
		}
		if !reflect.DeepEqual(a, b) {
			t.Errorf("cleaning again changes %+v to %+v", a, b)
		}
		once := news.CanonicalLink(link)
		if again := news.CanonicalLink(once); once != "" && again != once {
			t.Errorf("CanonicalLink(%q) = %q, and of that %q", link, once, again)
		}
	})
}
