package bot

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestRichHTML(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(r *Rich)
		want string
	}{
		{"strangers' tags are words", func(r *Rich) { r.Text(`<b>1 < 2 & "x"</b>`) }, `&lt;b&gt;1 &lt; 2 &amp; "x"&lt;/b&gt;`},
		{"styles are nested in one order", func(r *Rich) { r.Styled(Italic|Bold, "x").Styled(Italic, "y") }, `<b><i>x</i></b><i>y</i>`},
		{"pieces in one style are one tag", func(r *Rich) { r.Styled(Bold, "a").Styled(Bold, "b") }, `<b>ab</b>`},
		{"a link keeps its marked words inside one tag", func(r *Rich) {
			r.Append((&Rich{}).Link("https://example.org/a", "one ").Append(bold("https://example.org/a", "two")).Link("https://example.org/a", " three"))
		}, `<a href="https://example.org/a">one <b>two</b> three</a>`},
		{"an address is escaped", func(r *Rich) { r.Link(`https://example.org/?a=1&b="<`, "x") }, `<a href="https://example.org/?a=1&amp;b=&quot;&lt;">x</a>`},
		{"an address that is no web address leaves words", func(r *Rich) { r.Link("javascript:alert(1)", "x") }, "x"},
		{"an address with a password leaves words", func(r *Rich) { r.Link("https://bank.example@evil.example/", "x") }, "x"},
		{"an address of a person in Telegram is fine", func(r *Rich) { r.Link("tg://user?id=5", "x") }, `<a href="tg://user?id=5">x</a>`},
		{"code takes nothing but a quotation around it", func(r *Rich) { r.Styled(Code|Bold|Quote, "x") }, `<blockquote><code>x</code></blockquote>`},
		{"a folded quotation says so", func(r *Rich) { r.Styled(Folded, "x") }, `<blockquote expandable>x</blockquote>`},
		{"letters and accents are composed", func(r *Rich) { r.Text("A\u030A e\u0301") }, "Å é"},
		{"what Telegram drops is left out", func(r *Rich) { r.Text("a\u202Eb\u2028c\rd\u0000e") }, "abcd e"},
		{"broken bytes become a sign", func(r *Rich) { r.Text("a\xffb") }, "a\uFFFDb"},
		{"an open isolate is closed at the end of its line", func(r *Rich) { r.Text("\u2068a\nb\u2069") }, "\u2068a\u2069\nb"},
		{"nothing is nothing", func(r *Rich) { r.Text("").Styled(Bold, "") }, ""},
		{"piled up accents are bounded", func(r *Rich) { r.Text("z" + strings.Repeat("\u0353", 100) + "y") }, "z" + strings.Repeat("\u0353", maxCluster) + "y"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &Rich{}
			tt.make(r)
			if got := r.HTML(); got != tt.want {
				t.Errorf("HTML() = %q, want %q", got, tt.want)
			}
		})
	}
}

func bold(href, s string) *Rich { return (&Rich{}).Link(href, s).Dress(Bold) }

func TestRichCut(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		limit      int
		want       string
	}{
		{"what fits stays", "one two", 7, "one two"},
		{"a cut is at the end of a word", "one two three", 10, "one two…"},
		{"a word without end is cut where it is", strings.Repeat("a", 50), 10, strings.Repeat("a", 9) + "…"},
		{"a pair of surrogates stays whole", "aaaa😀😀", 6, "aaaa…"},
		{"two fit and their ellipsis too", "a😀😀😀", 6, "a😀😀…"},
		{"a family stays whole", "aa👨\u200D👩\u200D👧\u200D👦bb", 10, "aa…"},
		{"a flag stays whole", "aaa🇱🇾🇱🇾", 8, "aaa🇱🇾…"},
		{"a letter keeps its accents", "abc\u0644\u0651\u064E\u0647\u0651xx", 6, "abc…"},
		{"a skin colour stays with its hand", "aaa👍🏽bb", 6, "aaa…"},
		{"a syllable of jamo stays whole", "aa\u1113\u1161\u11ABbb", 4, "aa…"},
		{"an isolate that is cut is closed", "ab\u2068cdefgh\u2069 x", 8, "ab\u2068cde\u2069…"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := (&Rich{}).Text(tt.text).Cut(tt.limit)
			if got.Plain() != tt.want && !samePlace(got.Plain(), tt.want) {
				t.Errorf("Cut(%d) of %q = %q, want %q", tt.limit, tt.text, got.Plain(), tt.want)
			}
			if got.Units() > tt.limit {
				t.Errorf("Cut(%d) of %q has %d units", tt.limit, tt.text, got.Units())
			}
		})
	}
}

// samePlace reports whether two texts differ only in whether the ellipsis
// stands before or after the mark that closes an isolate.
func samePlace(a, b string) bool {
	norm := strings.NewReplacer("…\u2069", "\u2069…")
	return norm.Replace(a) == norm.Replace(b)
}

func TestRichLimits(t *testing.T) {
	many := &Rich{}
	for range 150 {
		many.Styled(Bold, "a").Text(" ")
	}
	if got := strings.Count(many.HTML(), "<b>"); got != MaxEntities {
		t.Errorf("150 bold words have %d tags, want %d", got, MaxEntities)
	}
	links := &Rich{}
	for range 20 {
		links.Link("https://example.org/"+strings.Repeat("a", 1000), "x").Text(" ")
	}
	if got := strings.Count(links.HTML(), "<a "); got != 7 {
		t.Errorf("20 long links have %d tags, want the 7 that fit", got)
	}
	if got := (&Rich{}).Text(strings.Repeat("😀", 4096)).Units(); got != 8192 {
		t.Errorf("Units() = %d, want 8192", got)
	}
	worst := (&Rich{}).Text(strings.Repeat("&", 5000)).Append(links).HTML()
	if len(worst) > 32768 {
		t.Errorf("the longest message has %d bytes", len(worst))
	}
}

func TestValue(t *testing.T) {
	for _, tt := range []struct {
		name string
		base Dir
		in   string
		want string
	}{
		{"words of the line's direction stand bare", RTL, "رويترز", "رويترز"},
		{"words of the other direction are isolated", RTL, "Reuters", "\u2068Reuters\u2069"},
		{"mixed words are isolated", LTR, "The رويترز desk", "\u2068The رويترز desk\u2069"},
		{"a date in a right-to-left line is isolated", RTL, "2026-09-24", "\u20682026-09-24\u2069"},
		{"a date in a left-to-right line stands bare", LTR, "2026-09-24", "2026-09-24"},
		{"marks of the stranger's own are dropped", RTL, "\u202Eabc\u2067\u200F\n", "\u2068abc \u2069"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := (&Rich{}).Value(tt.base, tt.in).Plain(); got != tt.want {
				t.Errorf("Value(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestLead(t *testing.T) {
	if got := (&Rich{}).Lead(RTL, (&Rich{}).Text("Budget passed")).Plain(); got != "\u200F\u2068Budget passed\u2069" {
		t.Errorf("an English title for an Arabic reader = %q, want a mark and an isolate", got)
	}
	if got := (&Rich{}).Lead(RTL, (&Rich{}).Text("إقرار الميزانية")).Plain(); got != "إقرار الميزانية" {
		t.Errorf("an Arabic title for an Arabic reader = %q, want it bare", got)
	}
}

func TestDirOf(t *testing.T) {
	for lang, want := range map[string]Dir{"ar": RTL, "fa-IR": RTL, "UR": RTL, "en": LTR, "": LTR, "tr": LTR} {
		if got := DirOf(lang); got != want {
			t.Errorf("DirOf(%q) = %d, want %d", lang, got, want)
		}
	}
}

func TestParseHTML(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"the tags of a message file", `<b>a</b> <strong>b</strong> <em>c</em> &lt;d&gt; &#33;`, `<b>a</b> <b>b</b> <i>c</i> &lt;d&gt; !`},
		{"a link", `<a href="https://example.org/?a=1&amp;b=2">x</a>`, `<a href="https://example.org/?a=1&amp;b=2">x</a>`},
		{"an entity Telegram does not know stays", `&nbsp;&`, `&amp;nbsp;&amp;`},
		{"a link without an address is words", `<a>x</a>`, `x`},
	} {
		got, err := ParseHTML(tt.in)
		if err != nil || got.HTML() != tt.want {
			t.Errorf("%s: ParseHTML(%q) = %v, %v, want %q", tt.name, tt.in, got, err, tt.want)
		}
	}
	for _, in := range []string{"<b>x", "x</b>", "<b><i>x</b></i>", "<br>", "1 < 2", "<p>x</p>", `<b class="x">y</b>`, "<b", `<a href="x>y</a>`} {
		if got, err := ParseHTML(in); err == nil {
			t.Errorf("ParseHTML(%q) = %q, want an error", in, got.HTML())
		}
	}
}

// build makes a Rich from what a fuzzer found: letters after a backslash
// choose how the next piece is added.
func build(s string) *Rich {
	r := &Rich{}
	for i, piece := range strings.Split(s, "\\") {
		if i == 0 || piece == "" {
			r.Text(piece)
			continue
		}
		rest := piece[1:]
		switch c := piece[0]; c {
		case 'b', 'i', 'u', 's':
			r.Styled(map[byte]Style{'b': Bold, 'i': Italic, 'u': Underline, 's': Strike}[c], rest)
		case 'c':
			r.Styled(Code, rest)
		case 'p':
			r.Styled(Pre, rest)
		case 'q':
			r.Styled(Quote, rest)
		case 'f':
			r.Styled(Folded|Bold, rest)
		case 'l':
			r.Link("https://example.org/"+rest, rest)
		case 'k':
			r.Append(bold("https://example.org/", rest))
		case 'v':
			r.Value(RTL, rest)
		case 'w':
			r.Lead(LTR, (&Rich{}).Styled(Bold, rest))
		case 'x': // long
			r.Text(strings.Repeat(rest, 1+5000/(len(rest)+1)))
		default:
			r.Text(piece)
		}
	}
	return r
}

func FuzzRich(f *testing.F) {
	f.Add("a\\b<c>&\\lhttps\\v\u2067سلام\\xا🇱🇾👨\u200D👩 ")
	f.Add("\\x\u2068\\fa\\qb\\pc\\x<")
	f.Add("\\be\u0301\\i\u0301\\xz\u0353")
	f.Add("\\x\u200D")
	f.Add("\\wabc\\k\u2069\n\u2066")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 20_000 {
			return
		}
		r := build(s)
		checkHTML(t, r.HTML())
		again, err := ParseHTML(r.HTML())
		if err != nil {
			t.Fatalf("HTML %q does not parse: %v", r.HTML(), err)
		}
		if once, twice := r.HTML(), again.HTML(); strings.Count(once, "<") < 2*MaxEntities && once != twice {
			t.Errorf("HTML %q reads as %q", once, twice)
		}
		checkCut(t, r.final().Plain(), again.Plain())
	})
}

// checkHTML holds every promise of HTML.
func checkHTML(t *testing.T, h string) {
	t.Helper()
	r, err := ParseHTML(h)
	if err != nil {
		t.Fatalf("%q does not parse: %v", h, err)
	}
	open := 0
	for _, c := range string(r.text) {
		if open += depth(c); open < 0 || c == '\n' && open != 0 {
			t.Fatalf("%q closes what is not open, or leaves it open", h)
		}
	}
	n := strings.Count(h, "<") / 2
	if len(h) > 32768 || units(string(r.text)) > MaxText || n > MaxEntities || !utf8.ValidString(h) || open != 0 {
		t.Errorf("%d bytes, %d units, %d entities, %d isolates open, valid: %v", len(h), units(string(r.text)), n, open, utf8.ValidString(h))
	}
}

// checkCut holds that cut is the beginning of whole, and ends between two
// characters as people see them.
func checkCut(t *testing.T, whole, cut string) {
	t.Helper()
	if whole == cut {
		return
	}
	at := 0
	kept := []rune(cut)
	for at < len(kept) && strings.HasPrefix(whole, string(kept[:at+1])) {
		at++
	}
	if rest := strings.Trim(string(kept[at:]), "…\u2069"); rest != "" {
		t.Fatalf("a cut added %q", rest)
	}
	next, _ := utf8.DecodeRuneInString(whole[len(string(kept[:at])):])
	if at > 0 && (unicode.Is(unicode.Mn, next) || kept[at-1] == zwj) {
		t.Errorf("cut between %q and %q", kept[at-1], next)
	}
}
