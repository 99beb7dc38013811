package markup_test

import (
	"rasid/sandbox/markup"
	"rasid/sandbox/wire"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseHTML(t *testing.T) {
	tests := []struct {
		name, in, text string
		entities       []wire.Entity
	}{
		{"plain text has no entities", "hello", "hello", nil},
		{"a tag becomes an entity", "<b>bold</b>", "bold", []wire.Entity{{Type: "bold", Length: 4}}},
		{"offsets count UTF-16 units", "😀<b>x</b>", "😀x", []wire.Entity{{Type: "bold", Offset: 2, Length: 1}}},
		{"Arabic letters are one unit each", "قال <b>الجيش</b>", "قال الجيش", []wire.Entity{{Type: "bold", Offset: 4, Length: 5}}},
		{"the four named references are read", "&lt;&gt;&amp;&quot;", "<>&\"", nil},
		{"other references stay as they are", "&nbsp;&copy;", "&nbsp;&copy;", nil},
		{"numeric references are read", "&#65;&#x42;", "AB", nil},
		{"a reference needs no semicolon", "&lt b", "< b", nil},
		{"an empty tag gives no entity", "a<b></b>c", "ac", nil},
		{"an end tag may be bare", "<b>x</>", "x", []wire.Entity{{Type: "bold", Length: 1}}},
		{"names are read in any case", "<B>x</b>", "x", []wire.Entity{{Type: "bold", Length: 1}}},
		{"a link keeps its address", `<a href="https://example.org/a?b=1&amp;c=2">x</a>`, "x", []wire.Entity{{Type: "text_link", Length: 1, URL: "https://example.org/a?b=1&c=2"}}},
		{"a link with a bad address is dropped, its text stays", `<a href="no where">x</a>`, "x", nil},
		{"a link without an address points at its text", `<a>example.org</a>`, "example.org", []wire.Entity{{Type: "text_link", Length: 11, URL: "http://example.org/"}}},
		{"a person is mentioned by id", `<a href="tg://user?id=7">x</a>`, "x", []wire.Entity{{Type: "text_mention", Length: 1, User: &wire.User{ID: 7, FirstName: "User 7"}}}},
		{"a quote may be expandable", "<blockquote expandable>x</blockquote>", "x", []wire.Entity{{Type: "expandable_blockquote", Length: 1}}},
		{"code in pre gives the language", `<pre><code class="language-go">x</code></pre>`, "x", []wire.Entity{{Type: "pre", Length: 1, Language: "go"}}},
		{"code alone has no language", `<code class="language-go">x</code>`, "x", []wire.Entity{{Type: "code", Length: 1}}},
		{"a spoiler may be a span", `<span class="tg-spoiler">x</span>`, "x", []wire.Entity{{Type: "spoiler", Length: 1}}},
		{"an emoji has an id", `<tg-emoji emoji-id="5">x</tg-emoji>`, "x", []wire.Entity{{Type: "custom_emoji", Length: 1, CustomEmojiID: "5"}}},
		{"a time has its second", `<tg-time unix="1700000000" format="r">x</tg-time>`, "x", []wire.Entity{{Type: "date_time", Length: 1, UnixTime: 1700000000, TimeFormat: "r"}}},
		{"styles that touch are one", "<b>a</b><b>b</b>", "ab", []wire.Entity{{Type: "bold", Length: 2}}},
		{"the outer entity comes first", "<i><b>a</b>b</i>", "ab", []wire.Entity{{Type: "italic", Length: 2}, {Type: "bold", Length: 1}}},
		{"code holds no style", "<b>a<code>b</code>c</b>", "abc", []wire.Entity{{Type: "bold", Length: 1}, {Type: "code", Offset: 1, Length: 1}, {Type: "bold", Offset: 2, Length: 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, entities, err := markup.ParseHTML(tt.in)
			if err != nil {
				t.Fatalf("ParseHTML(%q): %v", tt.in, err)
			}
			if text != tt.text {
				t.Errorf("ParseHTML(%q) = %q, want %q", tt.in, text, tt.text)
			}
			if d := cmp.Diff(tt.entities, entities); d != "" && len(tt.entities)+len(entities) > 0 {
				t.Errorf("ParseHTML(%q) entities (-want +got):\n%s", tt.in, d)
			}
		})
	}
}

func TestHTMLRefusals(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"a tag without its end bracket", "ab <b", `Unclosed start tag at byte offset 3`},
		{"a tag Telegram does not know", "<p>x</p>", `Unsupported start tag "p" at byte offset 0`},
		{"a line break tag", "a<br>b", `Unsupported start tag "br" at byte offset 1`},
		{"a bare less-than sign", "1 < 2 >", `Unsupported start tag "" at byte offset 2`},
		{"offsets count bytes, not letters", "قال <x>", `Unsupported start tag "x" at byte offset 7`},
		{"an attribute without a name", `<a ="x">y</a>`, `Empty attribute name in the tag "a" at byte offset 0`},
		{"a tag that ends in an attribute", `<a href=`, `Unclosed start tag "a" at byte offset 0`},
		{"a bare value with a strange letter", `<a href=x/y>z</a>`, `Unexpected end of name token at byte offset 8`},
		{"a quoted value that never ends", `<a href="x`, `Unclosed start tag at byte offset 0`},
		{"a span of another class", `<span class="x">y</span>`, `Tag "span" must have class "tg-spoiler" at byte offset 0`},
		{"an end tag with nothing open", "a</b>", `Unexpected end tag at byte offset 1`},
		{"a closed line break", "a</br>", `Unexpected end tag at byte offset 1`},
		{"an end tag without its bracket", "<b>a</b", `Unclosed end tag at byte offset 4`},
		{"the wrong end tag", "<b>a</i>", `Unmatched end tag at byte offset 4, expected "</b>", found "</i>"`},
		{"a tag that is never closed", "<b>a", `Can't find end tag corresponding to start tag "b"`},
		{"an emoji without an id", "<tg-emoji>x</tg-emoji>", `Invalid custom emoji identifier specified`},
		{"half a surrogate pair", "&#xD83D;", `Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := markup.ParseHTML(tt.in)
			if err == nil || err.Error() != tt.want {
				t.Errorf("ParseHTML(%q) error = %v, want %s", tt.in, err, tt.want)
			}
		})
	}
}

func TestTextRefusals(t *testing.T) {
	link := `<a href="https://example.org/` + strings.Repeat("x", 1000) + `">x</a> `
	tests := []struct{ name, text, mode, entities, want string }{
		{"no text", "", "", "", "Bad Request: message text is empty"},
		{"too many bytes", strings.Repeat("x", 32769), "", "", "Bad Request: text is too long"},
		{"a parse mode nobody knows", "x", "latex", "", "Bad Request: unsupported parse_mode"},
		{"HTML that does not parse", "<b>", "HTML", "", `Bad Request: can't parse entities: Can't find end tag corresponding to start tag "b"`},
		{"only white space", " \n ", "", "", "Bad Request: text must be non-empty"},
		{"only dropped characters", "\u202e\u2028", "", "", "Bad Request: text must be non-empty"},
		{"one code point too many", strings.Repeat("ا", 4097), "", "", "Bad Request: message is too long"},
		{"too long a load of links", strings.Repeat(link, 10), "HTML", "", "Bad Request: ENTITIES_TOO_LONG"},
		{"an entity that is no object", "x", "", "[1]", "Bad Request: can't parse MessageEntity: expected an Object"},
		{"an entity without offset", "x", "", `[{"type":"bold","length":1}]`, `Bad Request: can't parse MessageEntity: Can't find field "offset"`},
		{"an entity without type", "x", "", `[{"offset":0,"length":1}]`, `Bad Request: can't parse MessageEntity: Can't find field "type"`},
		{"an entity that begins inside a character", "😀x", "", `[{"type":"bold","offset":1,"length":1}]`, "Bad Request: entity begins in a middle of a UTF-16 symbol at byte offset 4"},
		{"an entity that ends inside a character", "x😀y", "", `[{"type":"bold","offset":0,"length":2}]`, "Bad Request: entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 5"},
		{"an entity that ends behind the text", "x", "", `[{"type":"bold","offset":0,"length":9}]`, "Bad Request: entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 9"},
		{"an entity that begins behind the text", "x", "", `[{"type":"bold","offset":5,"length":1}]`, "Bad Request: entity begins after the end of the text at UTF-16 offset 5"},
		{"a Markdown text", "*x*", "MarkdownV2", "", "Not Implemented: the sandbox reads no Markdown; use HTML"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, entities, err := markup.Format(tt.text, tt.mode, tt.entities)
			if err == nil {
				_, _, err = markup.Finish(text, entities)
			}
			if err == nil || !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
}

func TestFinish(t *testing.T) {
	tests := []struct {
		name, in, text, marks string
	}{
		{"space at the ends goes and entities move", "  \n <b>x</b>  ", "x", "bold:x"},
		{"control characters become spaces", "a\tb\x01c", "a b c", ""},
		{"carriage returns are dropped", "a\r\nb", "a\nb", ""},
		{"embeddings and overrides are dropped", "\u202bا\u202c <b>x</b>", "ا x", "bold:x"},
		{"isolates and marks stay", "\u2067ا\u2069\u200f x", "\u2067ا\u2069\u200f x", ""},
		{"a ring above is dropped", "A\u030a <b>x</b>", "A x", "bold:x"},
		{"just as many code points as fit", strings.Repeat("😀", 4096), strings.Repeat("😀", 4096), ""},
		{"a link is found", "see https://example.org/a, ok", "see https://example.org/a, ok", "url:https://example.org/a"},
		{"a bare host is found", "see example.org.", "see example.org.", "url:example.org"},
		{"a command is found", "/watch@rasid_bot a/b", "/watch@rasid_bot a/b", "bot_command:/watch@rasid_bot"},
		{"a command behind a letter is none", "a/watch", "a/watch", ""},
		{"a tag in Arabic is found", "خبر #ليبيا_اليوم", "خبر #ليبيا_اليوم", "hashtag:#ليبيا_اليوم"},
		{"a number is no tag", "#123", "#123", ""},
		{"a name is found", "ask @ann_b now", "ask @ann_b now", "mention:@ann_b"},
		{"a mail address is no name", "to ann@example.org", "to ann@example.org", "email:ann@example.org"},
		{"a share is found", "buy $ABC", "buy $ABC", "cashtag:$ABC"},
		{"nothing is found in code", "<code>/x @name https://example.org</code>", "/x @name https://example.org", "code:/x @name https://example.org"},
		{"a style and what is found may share text", "<b>https://example.org/</b>", "https://example.org/", "bold:https://example.org/ url:https://example.org/"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, entities, err := markup.Format(tt.in, "HTML", "null")
			if err == nil {
				text, entities, err = markup.Finish(text, entities)
			}
			if err != nil {
				t.Fatalf("%q: %v", tt.in, err)
			}
			if text != tt.text {
				t.Errorf("text of %q = %q, want %q", tt.in, text, tt.text)
			}
			var marks []string
			for _, e := range entities {
				marks = append(marks, e.Type+":"+markup.Slice(text, e.Offset, e.Offset+e.Length))
			}
			if got := strings.Join(marks, " "); got != tt.marks {
				t.Errorf("entities of %q = %q, want %q", tt.in, got, tt.marks)
			}
		})
	}
}

func TestEntitiesBeyondTheHundredthAreIgnored(t *testing.T) {
	text, entities, err := markup.Format(strings.Repeat("<b>x</b> ", 150), "html", "")
	if err == nil {
		_, entities, err = markup.Finish(text, entities)
	}
	if err != nil || len(entities) != markup.MaxEntities {
		t.Errorf("got %d entities, %v; want %d", len(entities), err, markup.MaxEntities)
	}
}

func FuzzParseHTML(f *testing.F) {
	for _, s := range []string{
		"", "<b>x</b>", "<i><b>a</b>b</i>", `<a href="https://example.org">x</a>`, "<b>a<code>b</code>c</b>", "&#xD83D;",
		"<blockquote expandable><b>ا</b>\n<i>ب</i></blockquote>", `<pre><code class="language-go">x</code></pre>`,
		"<b>a<i>b</b>", "<b><a href=\"tg://user?id=3\">x<u>y</u></a>z</b>", "<u>1<s>2</u>3</s>", "&lt &amp; &#1;",
		`<tg-time unix="5" format="&quot;">x</tg-time><tg-emoji emoji-id=5>y</tg-emoji>`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, entities, err := markup.ParseHTML(s)
		if err != nil {
			return
		}
		n := markup.Length(text)
		for _, e := range entities {
			if e.Offset < 0 || e.Length <= 0 || e.Offset+e.Length > n {
				t.Fatalf("ParseHTML(%q) has entity %+v outside its %d units", s, e, n)
			}
		}
		out := markup.Render(text, entities)
		again, found, err := markup.ParseHTML(out)
		if err != nil {
			t.Fatalf("ParseHTML(%q) renders as %q, which is refused: %v", s, out, err)
		}
		if again != text || cmp.Diff(entities, found) != "" && len(entities)+len(found) > 0 {
			t.Fatalf("ParseHTML(%q) renders as %q\ntext %q, again %q\n%s", s, out, text, again, cmp.Diff(entities, found))
		}
		clean, kept := markup.Clean(text, entities)
		twice, _ := markup.Clean(clean, kept)
		if twice != clean {
			t.Fatalf("Clean(%q) = %q, then %q", text, clean, twice)
		}
	})
}

func FuzzFinish(f *testing.F) {
	f.Add("see https://example.org/a @ann /watch #tag", `[{"type":"bold","offset":0,"length":3}]`)
	f.Add("😀 x", `[{"type":"code","offset":0,"length":2},{"type":"text_link","offset":1,"length":2,"url":"example.org"}]`)
	f.Fuzz(func(t *testing.T, s, list string) {
		text, entities, err := markup.Format(s, "", list)
		if err != nil {
			return
		}
		text, entities, err = markup.Finish(text, entities)
		if err != nil {
			return
		}
		for _, e := range entities {
			if e.Offset < 0 || e.Length <= 0 || e.Offset+e.Length > markup.Length(text) {
				t.Fatalf("Finish(%q, %s) has entity %+v outside %q", s, list, e, text)
			}
		}
		if html := markup.Render(text, entities); html == "" {
			t.Fatalf("Render(%q) is empty", text)
		}
	})
}
