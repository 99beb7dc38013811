package feed_test

import (
	"bytes"
	"rasid/source/feed"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
)

const rss = `<?xml version="1.0" encoding="%s"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>وكالة الميناء</title><language>ar</language>
<item><title>هدنة في &amp; وادي الرمل</title><link>/news/1</link><guid isPermaLink="false">n1</guid>
<pubDate>الخميس، 24 سبتمبر 2026 01:00 م</pubDate><description>&lt;p&gt;خبر&lt;/p&gt;&lt;p&gt;قصير&lt;/p&gt;</description></item>
<item><title>خبر آخر</title><pubDate>Thu, 24 Sep 2026 10:00:00 +0300</pubDate></item>`

func TestRSS(t *testing.T) {
	for _, tt := range []struct {
		why  string
		data []byte
		kind string
	}{
		{"UTF-8", []byte(strings.Replace(rss, "%s", "utf-8", 1) + "</channel></rss>"), ""},
		{"windows-1256 as declared", in1256(t, "windows-1256"), ""},
		{"windows-1256 by the header", in1256(t, "utf-8"), `text/xml; charset="windows-1256"`},
		{"windows-1256 by its letters", in1256(t, "utf-8"), ""},
		{"windows-1256 said to be Latin", in1256(t, "iso-8859-1"), ""},
		{"a file that was cut off", []byte(strings.Replace(rss, "%s", "utf-8", 1)), ""},
		{"junk before the root", []byte("\n<br /> Warning: x\n" + strings.Replace(rss, "%s", "utf-8", 1) + "</channel></rss>"), ""},
	} {
		d, err := feed.Parse(tt.data, feed.Options{ContentType: tt.kind, URL: "https://example.org/rss"})
		if err != nil || len(d.Entries) != 2 {
			t.Errorf("%s: Parse = %+v, %v; want two entries", tt.why, d, err)
			continue
		}
		e := d.Entries[0]
		if d.Title != "وكالة الميناء" || e.Title != "هدنة في & وادي الرمل" || e.Link != "https://example.org/news/1" || e.ID != "n1" || e.Summary != "خبر\nقصير" {
			t.Errorf("%s: got %q and %+v", tt.why, d.Title, e)
		}
		if want := time.Date(2026, 9, 24, 13, 0, 0, 0, time.UTC); !e.Published.Equal(want) {
			t.Errorf("%s: published %v, want %v", tt.why, e.Published, want)
		}
	}
}

func in1256(t *testing.T, declared string) []byte {
	t.Helper()
	data, err := charmap.Windows1256.NewEncoder().Bytes([]byte(strings.Replace(rss, "%s", declared, 1) + "</channel></rss>"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestAtomAndJSON(t *testing.T) {
	atom := `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.org/" xml:lang="en"><title>Harbour News</title>
<entry><id>tag:1</id><title type="html">Truce &lt;b&gt;holds&lt;/b&gt;</title><link href="a/1"/><updated>2026-09-24T10:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p><p>two.</p></div></content><author><name>M. Reed</name></author></entry></feed>`
	jsonFeed := `{"version":"https://jsonfeed.org/version/1.1","title":"Harbour News","items":[{"id":"tag:1","url":"https://example.org/a/1","title":"Truce holds","content_html":"<p>One</p><p>two.</p>","authors":[{"name":"M. Reed"}],"date_modified":"2026-09-24T10:00:00Z"}]}`
	for why, data := range map[string]string{"Atom": atom, "JSON Feed": jsonFeed} {
		d, err := feed.Parse([]byte(data), feed.Options{})
		if err != nil || len(d.Entries) != 1 {
			t.Errorf("%s: Parse = %+v, %v; want one entry", why, d, err)
			continue
		}
		e := d.Entries[0]
		if e.Title != "Truce holds" || e.Link != "https://example.org/a/1" || e.Content != "One\ntwo." || e.Author != "M. Reed" || e.Updated.IsZero() {
			t.Errorf("%s: got %+v", why, e)
		}
	}
}

func TestDate(t *testing.T) {
	cairo := time.FixedZone("", 2*3600)
	for in, want := range map[string]string{
		"2026-09-24T10:00:00+03:00":         "2026-09-24T07:00:00Z",
		"Thu, 24 Sep 2026 10:00:00 GMT":     "2026-09-24T10:00:00Z",
		"24 Sep 26 10:00 EST":               "2026-09-24T15:00:00Z",
		"الخميس، 24 سبتمبر 2026 01:00 م":    "2026-09-24T11:00:00Z",
		"٢٤ كانون الثاني ٢٠٢٦ ١٠:٣٠":        "2026-01-24T08:30:00Z",
		"24 غشت 2026":                       "2026-08-23T22:00:00Z",
		"September 24, 2026 10:00 PM":       "2026-09-24T20:00:00Z",
		"yesterday":                         "",
		"2026-02-31T10:00:00Z":              "",
		"Thu, 24 Sep 2026 10:00:00 NOWHERE": "",
	} {
		got := ""
		if t, ok := feed.Date(in, cairo); ok {
			got = t.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("Date(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestHostileDocumentsEnd(t *testing.T) {
	begun := time.Now()
	deep := bytes.Repeat([]byte("<a>"), 2_000_000)
	if _, err := feed.Parse(append([]byte("<rss>"), deep...), feed.Options{}); err == nil {
		t.Error("two million nested elements give no error")
	}
	many := "<rss><channel>" + strings.Repeat("<item><title>x</title></item>", 5000)
	if d, err := feed.Parse([]byte(many), feed.Options{}); err != nil || len(d.Entries) > feed.MaxEntries {
		t.Errorf("five thousand items give %v entries, %v", len(d.Entries), err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("that took %v", took)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(rss))
	f.Add([]byte(`{"version":"https://jsonfeed.org/version/1","items":[{"id":1}]}`))
	f.Add([]byte("<feed><entry><title>x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := feed.Parse(data, feed.Options{URL: "https://example.org/"})
		if (d == nil) == (err == nil) {
			t.Fatalf("Parse gives %v and %v: want one of them", d, err)
		}
		if d != nil && len(d.Entries) > feed.MaxEntries {
			t.Errorf("%d entries", len(d.Entries))
		}
	})
}
