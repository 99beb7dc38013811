package bot

import (
	"cmp"
	"net/url"
	"rasid/alert"
	"rasid/bot/telegram"
	"rasid/news"
	"rasid/store"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How much of what strangers wrote an alert shows, in UTF-16 units.
const (
	maxTitle  = 300
	maxSource = 80
	maxName   = 100
	maxNames  = 3 // rules and topics named; more are counted
)

// RenderOptions tunes how alerts read. Only Words has no default.
type RenderOptions struct {
	Words    Words                                               // the messages of every language
	Lang     string                                              // of readers who chose none; default ar
	Zone     *time.Location                                      // of the times shown; default UTC
	Now      func() time.Time                                    // default time.Now
	Callback func(to store.Dest, action string, n uint64) string // what a button carries, 64 bytes at most; default CallbackData
}

func (o RenderOptions) withDefaults() RenderOptions {
	o.Lang = cmp.Or(o.Lang, "ar")
	o.Zone = cmp.Or(o.Zone, time.UTC)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Callback == nil {
		o.Callback = CallbackData
	}
	return o
}

// The actions of an alert's buttons.
const (
	ActionWhy     = "why"     // n: the item's number
	ActionUnwatch = "unwatch" // n: the rule's number
	ActionMissed  = "missed"  // without a number, or in its list with the page, from 0
)

// CallbackData writes what a button carries: the action and its number.
func CallbackData(_ store.Dest, action string, n uint64) string {
	return action + ":" + strconv.FormatUint(n, 10)
}

// A Renderer words alerts. It keeps no state and is safe for use by several
// goroutines.
type Renderer struct{ o RenderOptions }

// NewRenderer makes a Renderer.
func NewRenderer(o RenderOptions) *Renderer { return &Renderer{o.withDefaults()} }

// Alert words an alert or a broadcast in its reader's language.
func (r *Renderer) Alert(a alert.Alert) Draft {
	lang := cmp.Or(a.To.Lang, r.o.Lang)
	switch {
	case a.Kept != nil || a.Dropped > 0:
		return r.inbox(a)
	case a.Item.Broadcast != nil:
		return r.Broadcast(a.To.Dest, *a.Item.Broadcast, lang)
	}
	p := newPage(lang, r.o)
	p.article(&a.Item.Article, a.Reasons)
	p.reasons(a.Reasons)
	p.missed(a.Missed)
	link := cleanLink(a.Item.Article.URL)
	return Draft{
		To: a.To.Dest, Text: p.out, Link: link, Keyboard: r.keyboard(p, a),
		Preview: &telegram.LinkPreview{Disabled: a.To.Kind != store.Private || link == ""},
		Silent:  silent(a.Class, a.To.Kind),
	}
}

// Broadcast words an announcement in a language, or in the one it was written
// in.
func (r *Renderer) Broadcast(to store.Dest, b store.BroadcastNote, lang string) Draft {
	text := (&Rich{}).Text(cmp.Or(byLang(b.Texts, lang), b.Text))
	return Draft{To: to, Text: text, Preview: &telegram.LinkPreview{Disabled: true}}
}

// silent reports whether an alert makes no sound: low ones never do, urgent
// ones always, the others only where a person is alone with the bot.
func silent(c store.Class, k store.Kind) bool {
	switch c {
	case store.Urgent:
		return false
	case store.Low:
		return true
	default:
		return k != store.Private
	}
}

// keyboard returns the buttons. A channel has none: whoever pressed them would
// be a stranger to whoever chose what comes.
func (r *Renderer) keyboard(p *page, a alert.Alert) *telegram.InlineKeyboard {
	if a.To.Kind == store.Channel {
		return nil
	}
	row := []telegram.Button{{Text: p.say("alert-why"), Data: r.o.Callback(a.To.Dest, ActionWhy, a.Item.Seq)}}
	own := ownRules(a.Reasons)
	for _, n := range own[:min(len(own), maxNames)] {
		label := p.say("alert-unwatch")
		if len(own) > 1 {
			label = p.sayN("alert-unwatch-number", n)
		}
		row = append(row, telegram.Button{Text: label, Data: r.o.Callback(a.To.Dest, ActionUnwatch, uint64(n))})
	}
	rows := [][]telegram.Button{row}
	if len(row) > 2 {
		rows = [][]telegram.Button{row[:1], row[1:]}
	}
	if a.Missed > 0 {
		rows = append(rows, []telegram.Button{{Text: p.say("alert-missed-button"), Data: ActionMissed}})
	}
	return &telegram.InlineKeyboard{Rows: rows}
}

func ownRules(reasons []alert.Reason) []int {
	var own []int
	for _, r := range reasons {
		if r.Rule > 0 {
			own = append(own, r.Rule)
		}
	}
	return own
}

// A page is one message being written in one language.
type page struct {
	words
	out *Rich
	o   RenderOptions
}

func newPage(lang string, o RenderOptions) *page {
	return &page{words: wordsFor(lang, o.Words), out: &Rich{}, o: o}
}

// article writes the title, where it is from, and the words around the hits.
// Without a title the words come first and carry the link.
func (p *page) article(a *news.Article, reasons []alert.Reason) {
	title := marked(a.Title, spansOf(reasons, news.FieldTitle))
	excerpt := snippet(a, reasons)
	if title.Empty() {
		title, excerpt = excerpt, &Rich{}
	}
	if !title.Empty() {
		p.out.Lead(p.dir, title.Cut(maxTitle).linked(a.URL))
	}
	p.origin(a)
	if !excerpt.Empty() {
		p.line()
		p.phrase(p.out, "alert-snippet", excerpt)
	}
}

// origin writes source, time and language, as far as they are known.
func (p *page) origin(a *news.Article) {
	var facts []*Rich
	if source := cmp.Or(strings.TrimSpace(a.Source), host(a.URL)); source != "" {
		facts = append(facts, (&Rich{}).Text(source).unmarked().Cut(maxSource))
	}
	if !a.Published.IsZero() {
		facts = append(facts, (&Rich{}).Text(p.when(a.Published, p.o)))
	}
	if name := p.language(a.Lang); name != "" {
		facts = append(facts, (&Rich{}).Text(name))
	}
	if len(facts) == 0 {
		return
	}
	p.line()
	p.out.Lead(p.dir, facts[0])
	for _, f := range facts[1:] {
		p.out.Text(" · ").Append(f)
	}
}

// reasons names the rules and topics, one a line. The reader's own come first.
func (p *page) reasons(reasons []alert.Reason) {
	sorted := slices.Clone(reasons)
	slices.SortStableFunc(sorted, func(a, b alert.Reason) int { return cmp.Compare(min(1, b.Rule), min(1, a.Rule)) })
	several := len(ownRules(reasons)) > 1 // then the buttons bear numbers
	for _, r := range sorted[:min(len(sorted), maxNames)] {
		p.line()
		switch {
		case r.Rule > 0 && several:
			p.phrase(p.out, "alert-rule-number", short(r.Name), r.Rule)
			continue
		case r.Rule > 0:
			p.phrase(p.out, "alert-rule", short(r.Name))
			continue
		}
		p.phrase(p.out, "alert-topic", short(cmp.Or(byLang(r.Title, p.lang), r.Name, r.Topic)))
	}
	if more := len(sorted) - maxNames; more > 0 {
		p.line()
		p.out.Text(p.sayN("alert-more", more))
	}
}

func (p *page) line() {
	if len(p.out.text) > 0 {
		p.out.Line()
	}
}

func short(s string) *Rich { return (&Rich{}).Text(squash(s)).unmarked().Cut(maxName) }

// host returns the name of the site, which stands in for a source that is not
// named.
func host(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Hostname(), "www.")
}

// byLang returns the text for a language: for the very tag, for its base, in
// English, or none.
func byLang(texts map[string]string, lang string) string {
	base, _, _ := strings.Cut(lang, "-")
	return cmp.Or(texts[lang], texts[base], texts["en"])
}
