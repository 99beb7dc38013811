package bot

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// hole stands in a message for a piece with styles, which is put there
// afterwards: message files hold words, and a piece is no string. No text has
// this character of its own.
const hole = "\uE000"

// Words gives the message with an id in a language, its arguments put in by
// name and its plural chosen by the argument n. It is what rendering needs of
// locale's catalogues. The ids asked for begin with alert-, when- and month-.
type Words func(lang, id string, args map[string]any) string

// words speaks one language.
type words struct {
	text Words
	lang string
	dir  Dir
}

func wordsFor(lang string, text Words) words { return words{text: text, lang: lang, dir: DirOf(lang)} }

// Text words a message.
func (w words) Text(id string, args map[string]any) string { return w.text(w.lang, id, args) }

// say words a message without arguments.
func (w words) say(id string) string { return w.Text(id, nil) }

// sayN words a message that names a number, or depends on a count.
func (w words) sayN(id string, n int) string { return w.Text(id, map[string]any{"n": n}) }

// phrase adds to a line's beginning a message whose argument "text" is a
// stranger's piece, and "n" a number when there is one.
func (w words) phrase(out *Rich, id string, piece *Rich, number ...int) {
	args := map[string]any{"text": hole}
	if len(number) > 0 {
		args["n"] = number[0]
	}
	message := w.Text(id, args)
	message = strings.ReplaceAll(message, string(fsi)+hole+string(pdi), hole) // locale isolates arguments; Piece does it here
	before, after, _ := strings.Cut(message, hole)
	line := (&Rich{}).Text(before).Piece(w.dir, piece).Text(after)
	out.Text(leadMark(w.dir, line.Plain())).Append(line)
}

// language names the language of an article in the reader's, or nothing when
// it is the reader's own or not known.
func (w words) language(tag string) string {
	base, _, _ := strings.Cut(tag, "-")
	own, _, _ := strings.Cut(w.lang, "-")
	if base == "" || base == own {
		return ""
	}
	article, err := language.Parse(base)
	if err != nil {
		return ""
	}
	reader, err := language.Parse(w.lang)
	if err != nil {
		return ""
	}
	names := display.Languages(reader)
	if names == nil {
		return ""
	}
	return names.Name(article)
}

// when words a time as the reader's clock shows it, with the day as people say
// it. A time in the future, which feeds do give, is a date.
func (w words) when(t time.Time, o RenderOptions) string {
	t, now := t.In(o.Zone), o.Now().In(o.Zone)
	args := map[string]any{
		"time": t.Format("15:04"), "day": t.Day(), "month": w.say("month-" + strconv.Itoa(int(t.Month()))), "year": t.Year(),
	}
	switch days := daysBetween(t, now); {
	case days == 0:
		return w.Text("when-today", args)
	case days == 1:
		return w.Text("when-yesterday", args)
	case t.Year() == now.Year():
		return w.Text("when-date", args)
	default:
		return w.Text("when-year", args)
	}
}

// daysBetween counts midnights from a to b.
func daysBetween(a, b time.Time) int {
	midnight := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(midnight(b).Sub(midnight(a)) / (24 * time.Hour))
}
