package bot

import (
	"rasid/locale"
	"rasid/text"
	"regexp"
	"strings"
)

// labels are the buttons whose names people may write, by the message that words
// them, and the command that does the same; "": there is none. Topics, languages
// and what stands under announcements are not among them.
func labels() map[string]string {
	all := map[string]string{
		"alert-why": "", "alert-unwatch": "unwatch", "alert-unwatch-number": "unwatch", "delete-number": "unwatch",
		"alert-missed-button": "missed", "topics-button": "topics", "list-button": "list", "help-button": "help",
		"offer-yes": "watch", "try-example": "", "watch-wider-button": "", "use-repair": "", "undo": "",
		"pause-button": "pause", "resume-button": "resume",
	}
	for _, name := range menuCommands() {
		all["menu-"+name] = name
	}
	return all
}

var digits = regexp.MustCompile(`[0-9]+`)

// label is a button's name without what people leave out, or have otherwise: the
// case, signs at the ends, numbers.
func label(s string) string {
	s = digits.ReplaceAllString(westernDigits(tidy(s)), "0")
	return strings.Trim(text.Fold(s), "؟?!.،… ")
}

// labelled reports whether s is the name of a button, in any language, and tells
// the command that does the same.
func labelled(s string) (command string, is bool) {
	s = label(s)
	for id, command := range labels() {
		for _, lang := range locale.Langs() {
			if s == label(locale.For(lang).Text(id, locale.Args{"n": 0, "number": 0})) {
				return command, true
			}
		}
	}
	return "", false
}

// sayLabel tells somebody who wrote the name of a button what to do instead.
func (t *turn) sayLabel(command string) {
	if command == "" {
		t.answer("label", nil)
		return
	}
	t.answer("label-command", locale.Args{"command": command})
}
