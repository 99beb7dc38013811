package bot

import (
	"bytes"
	"fmt"
	"rasid/alert"
	"rasid/news"
	"rasid/rules"
	"rasid/store"
	"strings"
	"testing"
)

// listed makes alerts of some of the specimens.
func listed(lang string, kind store.Kind, from []specimen) []alert.Alert {
	var all []alert.Alert
	for i, s := range from {
		if s.item.Broadcast != nil {
			continue
		}
		s.item.Seq = uint64(100 + i)
		all = append(all, alert.Alert{To: store.Destination{Dest: store.Dest{Chat: 5}, Kind: kind, Lang: lang}, Item: s.item, Class: store.Normal, Reasons: s.why})
	}
	return all[:min(len(all), 10)]
}

// TestListGolden keeps lists as a person reads them.
func TestListGolden(t *testing.T) {
	all := specimens()
	for _, lang := range []string{"ar", "en"} {
		var out bytes.Buffer
		for _, tt := range []struct {
			name string
			kind store.Kind
			from []specimen
			late int
		}{
			{"two left of more", store.Private, all[:2], 0},
			{"ten of every sort", store.Private, all, 0},
			{"hostile and long ones, in a group", store.Supergroup, all[8:13], 0},
			{"in a channel there are no buttons", store.Channel, all[:4], 0},
			{"others came too late", store.Private, all[:4], 12},
			{"others came too late, in a channel", store.Channel, all[:2], 1},
		} {
			list := listed(lang, tt.kind, tt.from)
			list[len(list)-1].Missed = tt.late
			d := testRenderer().List(list)
			checkHTML(t, d.Text.HTML())
			fmt.Fprintf(&out, "== %s\n%s\n%s\n\n", tt.name, visible(d.Text.HTML()), below(d))
		}
		goldenText(t, "list-"+lang+".txt", out.Bytes())
	}
}

// FuzzList: any ten articles make a list within the limits of a message, in
// which each has its number and its button.
func FuzzList(f *testing.F) {
	f.Add("الجيش <b>الوطنى", "وقف إطلاق \u2067النار\u202E & x", "a OR \u2069b", "https://x.example/?a=\"<", 2, 9, true)
	f.Add("", "", "", "", 0, 0, false)
	f.Add(strings.Repeat("كلمة & ", 500), strings.Repeat("<b>", 500), strings.Repeat("rule ", 100), "https://x.example/"+strings.Repeat("a&", 1000), 1, 3, true)
	f.Add(strings.Repeat("w w w w w w w w w w ", 50), "w", "w", "https://x.example/"+strings.Repeat("a", 700), 0, 1, false)
	f.Add("\u200D\u0301", "😀😀", "🇱🇾", "tg://x", 0, 4, true)
	f.Fuzz(func(t *testing.T, title, body, rule, link string, start, size int, arabic bool) {
		if len(title)+len(body)+len(rule)+len(link) > 20_000 {
			return
		}
		lang := "en"
		if arabic {
			lang = "ar"
		}
		var spans []rules.Span
		for i := range 200 { // hits all over the title
			at := (start + i*(size+1)) % (len(title) + 1)
			spans = append(spans, rules.Span{Field: news.FieldTitle, Start: at, End: at + size})
		}
		all := make([]alert.Alert, 10)
		for i := range all {
			all[i] = alert.Alert{
				To:      store.Destination{Lang: lang, Kind: store.Private},
				Item:    store.Item{Seq: uint64(i + 1), Article: news.Article{Title: title, Body: body, URL: link, Source: rule, Lang: "fr", Published: noon}},
				Reasons: []alert.Reason{{Rule: i % 2, Topic: rule, Name: rule, Title: map[string]string{"en": title}, Spans: spans}},
			}
		}
		all[len(all)-1].Missed = start
		d := testRenderer().List(all)
		h := d.Text.HTML()
		checkHTML(t, h)
		text := unmark(d.Text.Plain())
		if n := d.Text.Units(); n > MaxText {
			t.Errorf("the list has %d units and would be cut", n)
		}
		if strings.Contains(h, "<a ") && strings.Count(h, "<a ") != len(all) {
			t.Errorf("%d of %d titles are linked, want all or none", strings.Count(h, "<a "), len(all))
		}
		buttons := 0
		for _, row := range d.Keyboard.Rows {
			buttons += len(row)
		}
		if start > 0 { // the last one shows what came too late
			buttons--
		}
		for i := range all {
			if !strings.Contains(text, fmt.Sprintf("\n%d. ", i+1)) {
				t.Errorf("number %d is not in the list:\n%s", i+1, text)
			}
		}
		if buttons != len(all) {
			t.Errorf("%d buttons, want %d", buttons, len(all))
		}
	})
}
