package markup

import (
	"rasid/sandbox/wire"
	"strconv"
	"strings"
)

// Escape writes plain text for HTML parse mode.
func Escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

// Render writes a text and its entities in HTML parse mode, so that ParseHTML
// gives both back. Entities the server finds by itself are not marked.
func Render(text string, entities []wire.Entity) string {
	w := &writer{}
	list := normalise(marked(entities))
	at, rest := 0, text
	advance := func(to int) {
		n := ByteOffset(rest, to-at)
		w.b.WriteString(Escape(rest[:n]))
		rest, at = rest[n:], to
	}
	for len(list) > 0 || len(w.open) > 0 {
		next, closing := w.nextEdge(list)
		advance(next)
		if closing {
			list = w.close(next, list)
			continue
		}
		w.push(list[0])
		list = list[1:]
	}
	w.b.WriteString(Escape(rest))
	return w.b.String()
}

// marked returns the entities that come from marks in the text.
func marked(entities []wire.Entity) []wire.Entity {
	var list []wire.Entity
	for _, e := range entities {
		if open, _ := tags(e); open != "" {
			list = append(list, e)
		}
	}
	return list
}

type writer struct {
	b    strings.Builder
	open []wire.Entity
}

// nextEdge returns where the next tag stands and whether it closes one.
func (w *writer) nextEdge(list []wire.Entity) (int, bool) {
	first, closing := 0, false
	for i, e := range w.open {
		if i == 0 || end(e) < first {
			first, closing = end(e), true
		}
	}
	if len(list) > 0 && (!closing || list[0].Offset < first) {
		return list[0].Offset, false
	}
	return first, closing
}

func (w *writer) push(e wire.Entity) {
	open, _ := tags(e)
	w.b.WriteString(open)
	w.open = append(w.open, e)
}

// close ends what ends at this place. What stands inside and goes on is opened
// again behind it: only styles do, see normalise.
func (w *writer) close(at int, list []wire.Entity) []wire.Entity {
	lowest := len(w.open)
	for i, e := range w.open {
		if end(e) == at {
			lowest = i
			break
		}
	}
	var again []wire.Entity
	for i := len(w.open) - 1; i >= lowest; i-- {
		e := w.open[i]
		_, shut := tags(e)
		w.b.WriteString(shut)
		if end(e) > at {
			e.Offset, e.Length = at, end(e)-at
			again = append(again, e)
		}
	}
	w.open = w.open[:lowest]
	list = append(again, list...)
	sortEntities(list)
	return list
}

// tags returns what is written before and after an entity, "" for kinds that
// are not marked.
func tags(e wire.Entity) (open, shut string) {
	simple := map[string]string{"bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "spoiler": "tg-spoiler", "code": "code", "blockquote": "blockquote"}
	if name := simple[e.Type]; name != "" {
		return "<" + name + ">", "</" + name + ">"
	}
	switch e.Type {
	case "expandable_blockquote":
		return "<blockquote expandable>", "</blockquote>"
	case "text_link":
		return `<a href="` + Escape(e.URL) + `">`, "</a>"
	case "text_mention":
		return `<a href="tg://user?id=` + strconv.FormatInt(e.User.ID, 10) + `">`, "</a>"
	case "custom_emoji":
		return `<tg-emoji emoji-id="` + Escape(e.CustomEmojiID) + `">`, "</tg-emoji>"
	case "date_time":
		return `<tg-time unix="` + strconv.FormatInt(e.UnixTime, 10) + `" format="` + Escape(e.TimeFormat) + `">`, "</tg-time>"
	case "pre":
		if e.Language != "" {
			return `<pre><code class="language-` + Escape(e.Language) + `">`, "</code></pre>"
		}
		return "<pre>", "</pre>"
	default:
		return "", ""
	}
}
