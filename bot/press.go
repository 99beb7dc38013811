package bot

import (
	"context"
	"rasid/bot/telegram"
	"rasid/locale"
	"rasid/rules"
	"rasid/store"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// pressed does what a button is for, as often as a person may ask for something.
// Every press is answered.
func (t *turn) pressed() error {
	action, rest, _ := strings.Cut(t.press.Data, ":")
	var err error
	if too, seconds := t.tooFast(); too {
		t.toast = t.c.Text("slow-down", locale.Args{"n": seconds})
	} else if !t.offered() {
		t.toast = t.c.Text("stale", nil)
	} else if err = t.follow(); err == nil {
		err = t.pressedAction(action, rest)
	}
	if err == nil {
		t.b.answerPress(t.ctx, t.press.ID, t.toast)
	}
	return err
}

// offered reports whether the message has the button that was pressed, as far as
// Telegram shows its buttons. What a press carries may be made up, but not what
// Telegram says of the message. Where it shows none, as of a message that is too
// old and has the date 0, nobody may turn the page of what need not be a list.
// See https://core.telegram.org/bots/api#callbackquery.
func (t *turn) offered() bool {
	if t.msg.Keyboard == nil {
		action, rest, _ := strings.Cut(t.press.Data, ":")
		turns := action == "tp" || rest != "" && (action == ActionMissed || action == ActionKept)
		return !turns || t.msg.Date == 0
	}
	return slices.ContainsFunc(slices.Concat(t.msg.Keyboard.Rows...), func(b telegram.Button) bool { return b.Data == t.press.Data })
}

// answerPress takes the waiting sign off a button. A press too old for that
// does not matter.
func (b *Bot) answerPress(ctx context.Context, id, toast string) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if units := utf16.Encode([]rune(toast)); len(units) > 190 {
		toast = string(utf16.Decode(units[:190])) + "…"
	}
	if err := b.o.API.AnswerCallbackQuery(ctx, telegram.CallbackAnswer{ID: id, Text: toast}); err != nil {
		b.o.Logger.Debug("a press was not answered", "err", err)
	}
}

// reading are the presses that change nothing, so anyone may make them.
func (t *turn) reading(action, rest string) (func() error, bool) {
	switch action {
	case ActionWhy:
		return func() error { return t.why(rest) }, true
	case ActionOpen:
		return func() error { return t.open(rest) }, true
	case "help":
		return func() error { return t.help("") }, true
	case "list":
		return func() error { return t.list("") }, true
	case "topics":
		return func() error { return t.topics("") }, true
	case ActionMissed:
		return func() error {
			if rest == "" { // under an alert
				return t.missed("")
			}
			page, _ := strconv.Atoi(rest)
			return t.turnMissed(page)
		}, true
	case ActionKept:
		return func() error {
			page, _ := strconv.Atoi(rest)
			return t.turnKept(page)
		}, true
	case "tp":
		return func() error {
			page, _ := strconv.Atoi(rest)
			t.replace(t.c.HTML("topics-title", nil), t.topicRows(page)...)
			return nil
		}, true
	}
	return nil, false
}

func (t *turn) pressedAction(action, rest string) error {
	if read, ok := t.reading(action, rest); ok {
		return read()
	}
	if id, err := t.refusal(); err != nil || id != "" {
		if err == nil {
			t.toast = t.c.Text(id, nil)
		}
		return err
	}
	n, _ := strconv.Atoi(rest)
	switch action {
	case ActionUnwatch:
		return t.removeRule(n)
	case "undo":
		return t.undoWatch(n)
	case "restore":
		return t.restore(n)
	case "pause":
		return t.pause("")
	case "resume":
		return t.resume("")
	case "wider":
		return t.wider(n)
	case "narrow":
		return t.narrow(rest)
	case "example":
		return t.watch(t.c.Text("welcome-example", nil))
	case "w":
		return t.watch(rest)
	case "wt":
		return t.watch(quoted(t.msg.Text))
	case "lang":
		return t.pressedLanguage(rest)
	case "t":
		page, id, _ := strings.Cut(rest, ":")
		p, _ := strconv.Atoi(page)
		return t.toggle(p, id)
	case "bc":
		return t.pressedBroadcast(rest)
	}
	t.toast = t.c.Text("stale", nil)
	return nil
}

func (t *turn) pressedLanguage(lang string) error {
	if !locale.Has(lang) {
		t.toast = t.c.Text("stale", nil)
		return nil
	}
	return t.setLanguage(lang)
}

// quoted is what stands between the outermost quotes of an offer.
func quoted(s string) string {
	from, to := strings.IndexAny(s, "«“"), strings.LastIndexAny(s, "»”")
	if from < 0 || to < from {
		return ""
	}
	s = s[from:to]
	s = strings.TrimPrefix(strings.TrimPrefix(s, "«"), "“")
	return strings.Trim(s, "\u2068\u2069")
}

// isolated is what stands in the isolates of a message of ours that has one
// argument.
func isolated(s string) string {
	_, s, _ = strings.Cut(s, "\u2068")
	if i := strings.LastIndex(s, "\u2069"); i >= 0 {
		return s[:i]
	}
	return ""
}

func (t *turn) undoWatch(n int) error {
	r, err := t.change(store.Edit{Op: store.RemoveRule, N: n})
	if err != nil {
		return err
	}
	if !r.Did[0].Changed {
		t.toast = t.c.Text("undo-nothing", nil)
		return nil
	}
	t.b.previews.removed(t.dest, r.Did[0].Rule)
	t.toast = t.c.Text("undone", nil)
	t.replace(t.c.HTML("unwatch-done", locale.Args{"number": n, "rule": r.Did[0].Rule.Text}), row(button(t.c.Text("undo", nil), "restore", number(n))))
	return nil
}

// restoredMost is how many times the limit of rules what is restored may reach. To
// take back what one just did is never refused, but removing, adding and
// restoring in turns comes to an end.
const restoredMost = 2

func (t *turn) restore(n int) error {
	rule, ok := t.b.previews.lastRemoved(t.dest, n)
	if !ok { // we were started anew since; the message names it
		rule = store.Rule{Text: t.readable(isolated(t.msg.Text), t.lang()), Lang: t.lang()}
	}
	if rule.Text == "" {
		t.toast = t.c.Text("undo-nothing", nil)
		return nil
	}
	if most := t.b.o.Most; most > 0 && len(t.now.Rules) >= restoredMost*most {
		t.answer("watch-full", locale.Args{"n": most}, row(button(t.c.Text("list-button", nil), "list")))
		return nil
	}
	r, err := t.change(store.Edit{Op: store.RestoreRule, N: n, Text: rule.Text, Lang: rule.Lang})
	if err != nil {
		return err
	}
	if r.Did[0].N == 0 { // no rule of this chat ever had that number
		t.toast = t.c.Text("undo-nothing", nil)
		return nil
	}
	t.toast = t.c.Text("undone", nil)
	t.replace(t.c.HTML("watch-done", locale.Args{"number": n, "rule": rule.Text}), row(button(t.c.Text("undo", nil), "undo", number(n))))
	return nil
}

// readable is text if it is a rule, and empty if it is none. What a button or
// its message says may be made up by who presses.
func (t *turn) readable(text, lang string) string {
	q, err := rules.Parse(text)
	if err == nil {
		_, err = rules.Compile(q, t.b.o.Rules().Env(lang))
	}
	if err != nil {
		return ""
	}
	return text
}
