// Package locale words what people read: messages by id in each language, with
// plurals as CLDR has them, and the repair of text that runs both ways.
//
// The words are in messages/LANG.yaml, a file a language, all with the same
// ids and the same {arguments}. A message is text, or a text for each plural
// category its argument n can fall into. It may use <b>, <i> and <code>.
package locale

import (
	"embed"
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed messages/*.yaml
var files embed.FS

// Args are a message's arguments by name. The one named n chooses the plural.
type Args map[string]any

// A Catalog is the messages of one language.
type Catalog struct {
	lang     string
	tag      language.Tag
	messages map[string]message
}

// A message is one text, or one for each plural category.
type message map[string]string

// Langs lists the languages that are complete, Arabic first.
func Langs() []string { return []string{"ar", "en"} }

//nolint:gochecknoglobals // read once, never changed
var load = sync.OnceValue(func() map[string]*Catalog {
	all := map[string]*Catalog{}
	for _, lang := range Langs() {
		c, err := read(lang)
		if err != nil {
			panic(err) // the files are part of the program, and tested
		}
		all[lang] = c
	}
	return all
})

func read(lang string) (*Catalog, error) {
	data, err := files.ReadFile("messages/" + lang + ".yaml")
	if err != nil {
		return nil, err
	}
	var raw map[string]any
	if err := yaml.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("read the messages of %s: %w", lang, err)
	}
	c := &Catalog{lang: lang, tag: language.Make(lang), messages: map[string]message{}}
	for id, v := range raw {
		m := message{}
		switch v := v.(type) {
		case string:
			m["other"] = strings.TrimSpace(v)
		case map[string]any:
			for category, text := range v {
				m[category] = strings.TrimSpace(fmt.Sprint(text))
			}
		default:
			return nil, fmt.Errorf("message %s of %s is neither text nor plurals", id, lang)
		}
		c.messages[id] = m
	}
	return c, nil
}

// For returns the catalog of a BCP 47 language, or the nearest there is:
// Arabic's for languages written in its script, else English's.
func For(lang string) *Catalog {
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	if c, ok := load()[base]; ok {
		return c
	}
	if slices.Contains([]string{"fa", "ur", "ckb", "ps"}, base) {
		return load()["ar"]
	}
	return load()["en"]
}

// Has reports whether lang's messages are complete.
func Has(lang string) bool {
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	return slices.Contains(Langs(), base)
}

// Lang is the language of c.
func (c *Catalog) Lang() string { return c.lang }

// RTL reports whether c's language is written from right to left.
func (c *Catalog) RTL() bool { return c.lang == "ar" }

// IDs lists the ids of c's messages.
func (c *Catalog) IDs() []string { return slices.Sorted(maps.Keys(c.messages)) }

// Text words a message as plain text, for buttons and menus. An unknown id is
// worded as itself in brackets, so that nothing is ever silent.
func (c *Catalog) Text(id string, args Args) string {
	return fill(stripTags(c.find(id, args)), args, func(v any) string { return fmt.Sprint(v) })
}

// HTML words a message with its tags. Arguments are escaped and isolated from
// the text around them, so a name of the other direction disturbs nothing; in
// <code>, which people copy, they stand as they are.
func (c *Catalog) HTML(id string, args Args) string {
	var out strings.Builder
	for i, part := range codes.Split(c.find(id, args), -1) {
		if i%2 == 1 {
			out.WriteString("<code>" + fill(part, args, escaped) + "</code>")
			continue
		}
		out.WriteString(fill(part, args, isolated))
	}
	return out.String()
}

// codes part a message into what stands outside and inside of <code>.
var codes = regexp.MustCompile(`</?code>`)

func escaped(v any) string { return html.EscapeString(fmt.Sprint(v)) }

func isolated(v any) string {
	if n, ok := v.(int); ok {
		return fmt.Sprint(n)
	}
	return Isolate(escaped(v))
}

func (c *Catalog) find(id string, args Args) string {
	m, ok := c.messages[id]
	if !ok {
		return "[" + id + "]"
	}
	if n, ok := args["n"].(int); ok && len(m) > 1 {
		if text, ok := m[c.category(n)]; ok {
			return text
		}
	}
	return m["other"]
}

// category names the plural category of n.
func (c *Catalog) category(n int) string {
	names := map[plural.Form]string{plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other"}
	return names[plural.Cardinal.MatchPlural(c.tag, max(n, -n), 0, 0, 0, 0)]
}

func fill(text string, args Args, word func(any) string) string {
	if len(args) == 0 {
		return text
	}
	pairs := make([]string, 0, 2*len(args))
	for name, v := range args {
		pairs = append(pairs, "{"+name+"}", word(v))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func stripTags(s string) string {
	return strings.NewReplacer("<b>", "", "</b>", "", "<i>", "", "</i>", "", "<code>", "", "</code>", "").Replace(s)
}

// Isolate wraps s in first-strong isolates, U+2068 and U+2069, so that its
// direction does not reorder what stands around it. Empty text stays empty.
func Isolate(s string) string {
	if s == "" {
		return ""
	}
	return "\u2068" + s + "\u2069"
}

// RuleError words what is wrong with a rule: code and args are those of
// rules.Error, whose package locale does not see. The plural is that of the
// words of the first argument.
func (c *Catalog) RuleError(code string, args []string) string {
	named := Args{}
	for i, a := range args {
		if i == 0 {
			named["n"] = len(strings.FieldsFunc(a, betweenWords))
		}
		named[fmt.Sprintf("a%d", i+1)] = a
	}
	id := "rule-error-" + code
	if _, ok := c.messages[id]; !ok {
		id = "rule-error"
	}
	return c.HTML(id, named)
}

// betweenWords reports whether r is no part of a word.
func betweenWords(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.M, unicode.N) && !strings.ContainsRune("'’", r)
}
