package bot

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"rasid/alert"
	"rasid/news"
	"rasid/rules"
	"rasid/store"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// Update rewrites the golden files of testdata.
var Update = flag.Bool("update", false, "rewrite the golden files")

// noon is when the samples are read, in the zone of rendering.
var noon = time.Date(2026, 9, 24, 15, 0, 0, 0, time.UTC)

func testRenderer() *Renderer {
	return NewRenderer(RenderOptions{
		Words: say, Zone: time.FixedZone("Tripoli", 2*60*60), Now: func() time.Time { return noon },
	})
}

// hit makes the spans of words wherever they stand in an article.
func hit(a news.Article, words ...string) []rules.Span {
	var spans []rules.Span
	for f, text := range map[news.Field]string{news.FieldTitle: a.Title, news.FieldSummary: a.Summary, news.FieldBody: a.Body} {
		for _, w := range words {
			for at := 0; ; {
				i := strings.Index(text[at:], w)
				if i < 0 {
					break
				}
				spans = append(spans, rules.Span{Field: f, Start: at + i, End: at + i + len(w), Term: w})
				at += i + len(w)
			}
		}
	}
	slices.SortFunc(spans, func(a, b rules.Span) int { return int(a.Field)*1e9 + a.Start - int(b.Field)*1e9 - b.Start })
	return spans
}

func watch(n int, rule string, a news.Article, words ...string) alert.Reason {
	return alert.Reason{Rule: n, Name: rule, Spans: hit(a, words...)}
}

type specimen struct {
	name  string
	kind  store.Kind
	class store.Class
	item  store.Item
	why   []alert.Reason
}

func arabicArticle() news.Article {
	return news.Article{
		Title: "الجيش الوطنى يعلن وقف إطلاق النار في ليبيا", URL: "https://anba.example/ar/1?id=7&ref=rss",
		Body: "وصلت وفود من مدن عدة إلى العاصمة صباح اليوم. وبعد اجتماع دام خمس ساعات أعلن الجيش الوطنى دخول وقف إطلاق النار حيز التنفيذ في ليبيا، " +
			"ورحّبت به دول الجوار. وقال متحدث إن للجيش الوطنى مهلة يومين لسحب آلياته من الطريق الساحلي، وإن لجنة مشتركة ستراقب الهدنة في الأسابيع المقبلة.",
		Lang: "ar", Published: time.Date(2026, 9, 24, 12, 5, 0, 0, time.UTC), Source: "أنباء الساحل",
	}
}

func englishArticle() news.Article {
	return news.Article{
		Title: "Harbour of Misrata reopens after 3 weeks", URL: "https://coast.example/2026/harbour",
		Summary: "The harbour opened to ships on Wednesday. Officials in Misrata said the first grain carriers would be unloaded by Friday.",
		Lang:    "en", Published: time.Date(2026, 9, 23, 21, 40, 0, 0, time.UTC), Source: "Coast Daily",
	}
}

func specimens() []specimen {
	ar, en := arabicArticle(), englishArticle()
	item := func(a news.Article) store.Item { return store.Item{Seq: 12, Article: a} }
	mixed := ar
	mixed.Title, mixed.Source = "شركة Blue Harbor (BHX) تشتري 40% من ميناء طرابلس بمبلغ $12.5 مليون!", "Blue Wire بالعربية"
	mixed.Body = "قالت Blue Harbor إن الصفقة تمت.\nوسيبدأ العمل في 1/10/2026."
	hostile := en
	hostile.Title = "</a><b>WIN</b> \u202Egnp.exe\u202C \u2067\u2067 & \"free\" <script>\nline two" + strings.Repeat("\u0353", 60)
	hostile.Summary = "</blockquote>\u2069\u2069 harbour\u200F <a href='https://evil.example'>x</a> & &lt;b&gt;"
	hostile.Source, hostile.URL = "<i>\u202Eecruos", "https://coast.example/?q=\"><b>&x=<y>"
	long := ar
	long.Title = strings.Repeat("خبر طويل عن ليبيا ", 60)
	long.Body = strings.Repeat("تمهيد لا يهم أحدا من القراء هنا. ", 60) + "ثم جاء ذكر ليبيا والهدنة والبرلمان في جملة واحدة. " + strings.Repeat("خاتمة طويلة جدا بلا فائدة. ", 60)
	long.Source = strings.Repeat("مصدر ", 50)
	bare := news.Article{Body: "تعلن البلدية انقطاع المياه عن حي الأندلس غدا من التاسعة صباحا حتى الظهر.", Lang: "ar"}
	noTitle := ar
	noTitle.Title = ""
	noLink := en
	noLink.URL, noLink.Published = "", time.Date(2025, 12, 31, 20, 30, 0, 0, time.UTC)
	noSource := en
	noSource.Source, noSource.Published, noSource.Summary = "", time.Time{}, ""
	topic := alert.Reason{Topic: "libya", Name: "libya", Title: map[string]string{"ar": "ليبيا", "en": "Libya"}, Spans: hit(ar, "ليبيا")}
	routed := topic
	routed.Routed = true
	return []specimen{
		{"one rule, a phrase", store.Private, store.Normal, item(ar), []alert.Reason{watch(3, `"الجيش الوطني"`, ar, "الجيش الوطنى", "للجيش الوطنى")}},
		{"an article in English", store.Private, store.Normal, item(en), []alert.Reason{watch(1, "Misrata OR مصراتة", en, "Misrata")}},
		{"directions mixed in title and source", store.Private, store.Normal, item(mixed), []alert.Reason{watch(2, `"Blue Harbor" طرابلس`, mixed, "Blue Harbor", "طرابلس")}},
		{"five rules and a topic", store.Private, store.Normal, item(ar), []alert.Reason{
			topic, watch(1, "ليبيا", ar, "ليبيا"), watch(2, "هدنة", ar, "الهدنة"), watch(4, "ceasefire OR هدنة", ar, "الهدنة"),
			watch(7, `"وقف إطلاق النار"`, ar, "وقف إطلاق النار"), watch(9, "الجوار", ar, "الجوار"),
		}},
		{"two rules in a group", store.Supergroup, store.Normal, item(en), []alert.Reason{watch(1, "harbour", en, "Harbour", "harbour"), watch(2, "grain", en, "grain")}},
		{"an urgent topic in a group", store.Supergroup, store.Urgent, item(ar), []alert.Reason{topic}},
		{"a low one in private", store.Private, store.Low, item(ar), []alert.Reason{watch(1, "ليبيا", ar, "ليبيا")}},
		{"a channel by route", store.Channel, store.Normal, item(ar), []alert.Reason{routed}},
		{"a hostile article", store.Private, store.Normal, item(hostile), []alert.Reason{watch(1, "<b>harbour</b> & \u202Ex", hostile, "harbour")}},
		{"everything very long", store.Private, store.Normal, item(long), []alert.Reason{watch(1, strings.Repeat("هدنة OR ", 60)+"برلمان", long, "ليبيا", "والهدنة", "والبرلمان")}},
		{"no title, no link, no source, no time", store.Private, store.Normal, item(bare), []alert.Reason{watch(1, "الأندلس", bare, "الأندلس")}},
		{"no title", store.Private, store.Normal, item(noTitle), []alert.Reason{watch(1, "ليبيا", noTitle, "ليبيا")}},
		{"no link, last year", store.Private, store.Normal, item(noLink), []alert.Reason{watch(1, "grain", noLink, "grain")}},
		{"a link alone tells the source", store.Private, store.Normal, item(noSource), []alert.Reason{watch(1, "harbour", noSource, "Harbour")}},
		{"the matcher changed since: no words", store.Private, store.Normal, item(ar), nil},
		{"a broadcast", store.Private, store.Broadcast, store.Item{Seq: 13, Broadcast: &store.BroadcastNote{
			Text: "Maintenance tonight at 22:00 <UTC>.\nNothing is lost.", Texts: map[string]string{"ar": "صيانة الليلة الساعة 22:00.\nلن يضيع شيء."},
		}}, nil},
	}
}

// TestRenderGolden keeps every message as a person reads it: marks that cannot
// be seen are spelt in brackets, buttons stand below.
func TestRenderGolden(t *testing.T) {
	for _, lang := range []string{"ar", "en"} {
		var out bytes.Buffer
		for _, s := range specimens() {
			d := testRenderer().Alert(alert.Alert{
				To:   store.Destination{Dest: store.Dest{Chat: 5}, Kind: s.kind, Lang: lang},
				Item: s.item, Class: s.class, Reasons: s.why,
			})
			checkHTML(t, d.Text.HTML())
			fmt.Fprintf(&out, "== %s\n%s\n%s\n\n", s.name, visible(d.Text.HTML()), below(d))
		}
		goldenText(t, "render-"+lang+".txt", out.Bytes())
	}
}

// TestMissedGolden keeps what stands under an alert when others before it came
// too late.
func TestMissedGolden(t *testing.T) {
	for _, lang := range []string{"ar", "en"} {
		var out bytes.Buffer
		for _, s := range []struct {
			kind   store.Kind
			missed int
		}{{store.Private, 0}, {store.Private, 1}, {store.Group, 2}, {store.Private, 7}, {store.Private, 11}, {store.Private, 100}, {store.Channel, 7}} {
			a := englishArticle()
			d := testRenderer().Alert(alert.Alert{
				To:   store.Destination{Dest: store.Dest{Chat: 5}, Kind: s.kind, Lang: lang},
				Item: store.Item{Seq: 12, Article: a}, Reasons: []alert.Reason{watch(1, "grain", a, "grain")}, Missed: s.missed,
			})
			checkHTML(t, d.Text.HTML())
			lines := strings.Split(visible(d.Text.HTML()), "\n")
			fmt.Fprintf(&out, "== %d, %s\n%s\n%s\n\n", s.missed, s.kind, strings.Join(lines[min(3, len(lines)-1):], "\n"), below(d))
		}
		goldenText(t, "missed-"+lang+".txt", out.Bytes())
	}
}

// TestKeptGolden keeps how an inbox reads of which something is not kept any
// more, or nothing is.
func TestKeptGolden(t *testing.T) {
	for _, lang := range []string{"ar", "en"} {
		var out bytes.Buffer
		for _, s := range []struct{ kept, dropped int }{{1, 0}, {2, 3}, {0, 1}, {0, 2}, {0, 7}, {0, 11}, {0, 100}} {
			a := alert.Alert{To: store.Destination{Dest: store.Dest{Chat: 5}, Kind: store.Private, Lang: lang}, Class: store.Low, Dropped: s.dropped}
			for i := range s.kept {
				a.Kept = append(a.Kept, alert.Alert{Item: store.Item{Seq: uint64(i + 1), Article: englishArticle()}})
			}
			d := testRenderer().Alert(a)
			checkHTML(t, d.Text.HTML())
			fmt.Fprintf(&out, "== %d, and %d dropped\n%s\n%s\n\n", s.kept, s.dropped, visible(d.Text.HTML()), below(d))
		}
		goldenText(t, "kept-"+lang+".txt", out.Bytes())
	}
}

func visible(s string) string {
	return strings.NewReplacer("\u200E", "[LRM]", "\u200F", "[RLM]", "\u2066", "[LRI]", "\u2067", "[RLI]", "\u2068", "[FSI]", "\u2069", "[PDI]",
		"\u202A", "[LRE]", "\u202B", "[RLE]", "\u202C", "[PDF]", "\u202D", "[LRO]", "\u202E", "[RLO]").Replace(s)
}

// below shows what comes with the text.
func below(d Draft) string {
	var b strings.Builder
	if d.Keyboard != nil {
		for _, row := range d.Keyboard.Rows {
			for _, button := range row {
				fmt.Fprintf(&b, "[%s](%s) ", button.Text, button.Data)
			}
			b.WriteString("\n")
		}
	}
	fmt.Fprintf(&b, "(sound: %v, preview: %v)", !d.Silent, !d.Preview.Disabled)
	return b.String()
}

// updating reports whether golden files are to be rewritten: by the flag here,
// or by the package's -update where there is one.
func updating() bool {
	all := flag.Lookup("update")
	return *Update || all != nil && all.Value.String() == "true"
}

func goldenText(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if updating() {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; go test ./bot -update rewrites it):\n%s", name, diff)
	}
}

func TestSnippet(t *testing.T) {
	filler := func(n int) string { return strings.Repeat("some plain words here. ", n) }
	for _, tt := range []struct {
		name          string
		summary, body string
		words         []string
		want, never   string
	}{
		{"the piece with the most different forms is shown", "", filler(30) + "alpha. " + filler(30) + "Then alpha, beta and gamma met. " + filler(30), []string{"alpha", "beta", "gamma"}, "Then <b>alpha</b>, <b>beta</b> and <b>gamma</b> met.", ""},
		{"a form said often counts once", "", "alpha alpha alpha alpha. " + filler(30) + "alpha with beta. " + filler(30), []string{"alpha", "beta"}, "<b>alpha</b> with <b>beta</b>.", "<b>alpha</b> <b>alpha</b>"},
		{"on a tie the earliest is shown", "", filler(30) + "first alpha. " + filler(30) + "second alpha. " + filler(30), []string{"alpha"}, "first <b>alpha</b>", "second"},
		{"a summary comes before the body", "The summary says alpha.", "The body says alpha.", []string{"alpha"}, "The summary says <b>alpha</b>.", "body"},
		{"the body is shown when it says more", "The summary says alpha.", "The body says alpha and beta.", []string{"alpha", "beta"}, "The body says <b>alpha</b> and <b>beta</b>.", "summary"},
		{"without a hit the beginning is shown", "", "It begins here. " + filler(30), nil, "It begins here.", ""},
		{"lines become one", "", "one\n\n  two\talpha", []string{"alpha"}, "one two <b>alpha</b>", "\n"},
		{"words without spaces are cut between characters", "", strings.Repeat("新聞", 200) + "重要" + strings.Repeat("新聞", 200), []string{"重要"}, "新聞<b>重要</b>新聞", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := news.Article{Summary: tt.summary, Body: tt.body}
			r := snippet(&a, []alert.Reason{watch(1, "x", a, tt.words...)})
			got := r.HTML()
			if !strings.Contains(got, tt.want) || tt.never != "" && strings.Contains(got, tt.never) {
				t.Errorf("snippet = %q, want %q and not %q", got, tt.want, tt.never)
			}
			if n := utf8.RuneCountInString(r.Plain()); n > maxSnippet {
				t.Errorf("snippet has %d characters, want %d at most", n, maxSnippet)
			}
		})
	}
}

// TestSpansThatDoNotFit gives spans of another text than the one shown.
func TestSpansThatDoNotFit(t *testing.T) {
	a := news.Article{Title: "قصير", Body: "ب"}
	spans := []rules.Span{
		{Field: news.FieldTitle, Start: -1, End: 3},
		{Field: news.FieldTitle, Start: 1, End: 3},
		{Field: news.FieldTitle, Start: 2, End: 900},
		{Field: news.FieldTitle, Start: 4, End: 4},
		{Field: news.FieldBody, Start: 900, End: 901},
		{Field: news.FieldTitle, Start: 4, End: 6},
	}
	d := testRenderer().Alert(alert.Alert{To: store.Destination{Lang: "ar"}, Item: store.Item{Article: a}, Reasons: []alert.Reason{{Rule: 1, Name: "x", Spans: spans}}})
	checkHTML(t, d.Text.HTML())
	if !strings.Contains(d.Text.Plain(), "قصير") {
		t.Errorf("message = %q, want the title whole", d.Text.Plain())
	}
}

func FuzzAlert(f *testing.F) {
	f.Add("الجيش <b>الوطنى", "وقف إطلاق \u2067النار\u202E & x", "a OR \u2069b", "https://x.example/?a=\"<", 2, 9, true)
	f.Add("", strings.Repeat("a ", 300)+"b", "b", "", 600, 601, false)
	f.Add("\u200D\u0301", "😀😀", "🇱🇾", "tg://x", 0, 4, true)
	f.Fuzz(func(t *testing.T, title, body, rule, link string, start, end int, arabic bool) {
		if len(title)+len(body)+len(rule) > 20_000 {
			return
		}
		lang := "en"
		if arabic {
			lang = "ar"
		}
		reasons := []alert.Reason{
			{Rule: 1, Name: rule, Spans: []rules.Span{{Field: news.FieldTitle, Start: start, End: end}, {Field: news.FieldBody, Start: start, End: end}}},
			{Topic: rule, Name: rule, Spans: []rules.Span{{Field: news.FieldBody, Start: end, End: start}, {Field: news.FieldBody, Start: start / 2, End: end}}},
		}
		d := testRenderer().Alert(alert.Alert{
			To: store.Destination{Lang: lang, Kind: store.Private}, Reasons: reasons,
			Item: store.Item{Article: news.Article{Title: title, Body: body, URL: link, Source: rule, Lang: "fr"}},
		})
		checkHTML(t, d.Text.HTML())
		if n := units(d.Text.Plain()); n > 1200 {
			t.Errorf("the message has %d units, want it short", n)
		}
		a := news.Article{Title: title, Body: body}
		if n := utf8.RuneCountInString(snippet(&a, reasons).Plain()); n > maxSnippet {
			t.Errorf("the snippet has %d characters", n)
		}
	})
}

func TestWhen(t *testing.T) {
	zone := time.FixedZone("UTC+3", 3*60*60)
	o := RenderOptions{Zone: zone, Now: func() time.Time { return time.Date(2026, 1, 2, 22, 30, 0, 0, time.UTC) }} // 3 January, 01:30
	for _, tt := range []struct {
		name string
		at   time.Time
		want string
	}{
		{"the day is the reader's, not the server's", time.Date(2026, 1, 2, 21, 5, 0, 0, time.UTC), "today 00:05"},
		{"before midnight was yesterday", time.Date(2026, 1, 2, 20, 59, 0, 0, time.UTC), "yesterday 23:59"},
		{"two days ago is a date", time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC), "1 January 12:00"},
		{"another year is named", time.Date(2025, 12, 31, 9, 0, 0, 0, time.UTC), "31 December 2025 12:00"},
		{"the future is a date", time.Date(2026, 1, 4, 9, 0, 0, 0, time.UTC), "4 January 12:00"},
	} {
		if got := wordsFor("en", say).when(tt.at, o); got != tt.want {
			t.Errorf("%s: when(%v) = %q, want %q", tt.name, tt.at, got, tt.want)
		}
	}
}
