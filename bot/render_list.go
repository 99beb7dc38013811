package bot

import (
	"cmp"
	"rasid/alert"
	"rasid/bot/telegram"
	"rasid/news"
	"rasid/rules"
	"rasid/store"
	"strconv"
	"strings"
)

// How much of each alert a list shows, so that ten of them keep within the
// limits of one message.
const (
	listTitle   = 180 // UTF-16 units
	listSource  = 40
	listName    = 60
	listMarks   = 7   // hits marked in a title: with its link eight entities, and eighty in all
	listLink    = 780 // escaped bytes of an address that is linked
	listButtons = 5   // in a row
)

// ActionOpen is what a list's button does: it shows one alert whole. n is the
// item's number.
const ActionOpen = "open"

// List words alerts of one class for one destination, oldest first, as a
// numbered list whose buttons open one each.
func (r *Renderer) List(all []alert.Alert) Draft {
	to := all[0].To
	p := newPage(cmp.Or(to.Lang, r.o.Lang), r.o)
	p.out.Styled(Bold, p.sayN("alert-list", len(all)))
	for i, a := range all {
		p.numbered(i+1, &a)
	}
	missed := all[len(all)-1].Missed
	if missed > 0 {
		p.out.Line()
		p.missed(missed)
	}
	return Draft{
		To: to.Dest, Text: p.out, Keyboard: r.openers(p, all),
		Preview: &telegram.LinkPreview{Disabled: true}, Silent: silent(all[0].Class, to.Kind),
	}
}

// openers returns the buttons of a list, one for each alert, and that which
// shows what came too late. A channel has none, as its alerts have none.
func (r *Renderer) openers(p *page, all []alert.Alert) *telegram.InlineKeyboard {
	if all[0].To.Kind == store.Channel {
		return nil
	}
	k := &telegram.InlineKeyboard{}
	for i, a := range all {
		if i%listButtons == 0 {
			k.Rows = append(k.Rows, nil)
		}
		last := &k.Rows[len(k.Rows)-1]
		*last = append(*last, telegram.Button{Text: strconv.Itoa(i + 1), Data: r.o.Callback(a.To.Dest, ActionOpen, a.Item.Seq)})
	}
	if all[len(all)-1].Missed > 0 {
		k.Rows = append(k.Rows, []telegram.Button{{Text: p.say("alert-missed-button"), Data: ActionMissed}})
	}
	return k
}

// numbered writes one alert of a list: its number and title, and below where it
// is from and what brought it.
func (p *page) numbered(n int, a *alert.Alert) {
	p.out.Line().Line()
	p.titled(strconv.Itoa(n)+". ", heading(a))
	article := a.Item.Article
	article.Source = (&Rich{}).Text(article.Source).Cut(listSource).Plain()
	p.origin(&article)
	if len(a.Reasons) == 0 {
		return
	}
	first := a.Reasons[0]
	name := cmp.Or(byLang(first.Title, p.lang), first.Name, first.Topic)
	p.line()
	p.phrase(p.out, reasonID(first), short(name).Cut(listName))
}

func reasonID(r alert.Reason) string {
	if r.Rule > 0 {
		return "alert-rule"
	}
	return "alert-topic"
}

// heading is the title of an alert in a list, or what stands for one: never
// nothing.
func heading(a *alert.Alert) *Rich {
	article := &a.Item.Article
	title := marked(article.Title, few(spansOf(a.Reasons, news.FieldTitle)))
	if title.Empty() {
		title = (&Rich{}).Text(snippet(article, a.Reasons).Plain())
	}
	if title.Empty() {
		title = (&Rich{}).Text(cmp.Or(strings.TrimSpace(article.Source), host(article.URL), ellipsis))
	}
	title = title.unmarked().Cut(listTitle)
	if title.Empty() {
		title = (&Rich{}).Text(ellipsis)
	}
	if len(escape(article.URL)) > listLink {
		return title
	}
	return title.linked(article.URL)
}

func few(spans []rules.Span) []rules.Span { return spans[:min(len(spans), listMarks)] }
