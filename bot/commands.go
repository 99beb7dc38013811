package bot

import (
	"context"
	"errors"
	"rasid/bot/telegram"
	"rasid/locale"
	"rasid/store"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A command is what a person asked for by name.
type command struct {
	name string
	args string // what stands after it, trimmed
}

// plainWords is the name of what is no command.
const plainWords = ""

// How a command acts.
type action struct {
	run    func(*turn, string) error
	change bool // only administrators in groups
	admin  bool // only the operator's admins
}

func actions() map[string]action {
	return map[string]action{
		"start": {run: (*turn).start}, "help": {run: (*turn).help},
		"watch": {run: (*turn).watch, change: true}, "unwatch": {run: (*turn).unwatch, change: true}, "list": {run: (*turn).list},
		"topics": {run: (*turn).topics}, "subscribe": {run: (*turn).subscribe, change: true}, "unsubscribe": {run: (*turn).unsubscribe, change: true},
		"pause": {run: (*turn).pause, change: true}, "resume": {run: (*turn).resume, change: true},
		"missed":    {run: (*turn).missed},
		"language":  {run: (*turn).language, change: true},
		"broadcast": {run: (*turn).broadcast, admin: true}, "stats": {run: (*turn).stats, admin: true},
		"dead": {run: (*turn).dead, admin: true},
	}
}

// words people use instead of commands, in private chats.
func commandWords() map[string]string {
	return map[string]string{
		"تابع": "watch", "متابعة": "watch", "قائمتي": "list", "متابعاتي": "list", "الملفات": "topics", "ملفات": "topics",
		"إيقاف": "pause", "ايقاف": "pause", "استئناف": "resume", "استئناف التنبيهات": "resume", "مساعدة": "help", "اللغة": "language",
		"ما فاتك": "missed", "ما فاتني": "missed", "missed": "missed",
		"my list": "list", "help": "help", "topics": "topics", "pause": "pause", "resume": "resume",
	}
}

var commandForm = regexp.MustCompile(`^/([A-Za-z0-9_]{1,32}|[\p{Arabic}]{1,32})(?:@([A-Za-z0-9_]+))?(?:\s+([\s\S]*))?$`)

// parseCommand reads a command for the bot named me. Others' commands are not
// for us.
func parseCommand(text, me string) (c command, ours bool) {
	m := commandForm.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil || m[2] != "" && !strings.EqualFold(m[2], me) {
		return command{}, false
	}
	name := strings.ToLower(m[1])
	if word, ok := commandWords()[name]; ok {
		name = word
	}
	return command{name, strings.TrimSpace(m[3])}, true
}

// said answers what a person wrote.
func (t *turn) said(text string) error {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	c, ours := parseCommand(text, t.b.me.Username)
	switch {
	case ours:
	case strings.HasPrefix(text, "/"):
		return nil // another bot's
	case t.isAnswerTo("watch-ask"):
		c = command{"watch", text}
	case t.isAnswerTo("broadcast-ask"):
		c = command{"broadcast", text}
	case !t.private():
		return nil
	default:
		word, ok := commandWords()[strings.ToLower(text)]
		first, rest, _ := strings.Cut(text, " ")
		switch {
		case ok:
			c = command{word, ""}
		case commandWords()[first] == "watch" && strings.TrimSpace(rest) != "":
			c = command{"watch", strings.TrimSpace(rest)}
		case commandWords()[strings.ToLower(first)] == "pause" && durations.MatchString(westernDigits(rest)):
			c = command{"pause", strings.TrimSpace(rest)}
		default:
			c = command{plainWords, text}
		}
	}
	if too, seconds := t.tooFast(); too {
		if t.b.pace.tell(t.who()) {
			t.answer("slow-down", locale.Args{"n": seconds})
		}
		return nil
	}
	if err := t.follow(); err != nil {
		return err
	}
	if c.name == plainWords {
		return t.offer(c.args)
	}
	return t.act(c)
}

func (t *turn) act(c command) error {
	a, ok := actions()[c.name]
	switch {
	case !ok || a.admin && !t.isAdmin():
		if ok { // how an operator learns a number for RASID_ADMINS
			t.b.o.Logger.Debug("somebody who is no admin asked for what admins may do", "person", t.person.ID, "command", c.name)
		}
		if t.private() {
			t.answer("unknown-command", nil, row(button(t.c.Text("help-button", nil), "help")))
		}
		return nil
	case a.change:
		return t.asAdmin(func() error { return a.run(t, c.args) })
	}
	return a.run(t, c.args)
}

// asAdmin does what only administrators may do in groups, or says so.
func (t *turn) asAdmin(do func() error) error {
	id, err := t.refusal()
	switch {
	case err != nil:
		return err
	case id != "":
		t.answer(id, nil)
		return nil
	}
	return do()
}

// isAnswerTo reports whether the message replies to a question of ours.
func (t *turn) isAnswerTo(id string) bool {
	r := t.msg.ReplyTo
	if r == nil || r.From == nil || r.From.ID != t.b.me.ID {
		return false
	}
	for _, lang := range locale.Langs() {
		if strings.TrimLeft(r.Text, "\u200f\u200e") == locale.For(lang).Text(id, nil) {
			return true
		}
	}
	return false
}

func (t *turn) start(payload string) error {
	if payload != "" {
		if topic, ok := t.b.o.Rules().Topic(payload); ok {
			return t.asAdmin(func() error { return t.setTopic(topic.ID, true) })
		}
	}
	if _, err := t.change(); err != nil {
		return err
	}
	if !t.private() {
		t.answer("welcome-group", locale.Args{"bot": t.b.me.Username, "example": t.c.Text("welcome-example", nil)})
		return nil
	}
	if payload != "" {
		t.answer("payload-unknown", nil)
	}
	example := t.c.Text("welcome-example", nil)
	var others []telegram.Button
	for _, lang := range locale.Langs() {
		if lang != t.c.Lang() {
			others = append(others, button(locale.For(lang).Text("language-name", nil), "lang", lang))
		}
	}
	t.answer("welcome", locale.Args{"example": example},
		row(button(t.c.Text("try-example", nil), "example"), button(t.c.Text("topics-button", nil), "topics")), others)
	return nil
}

func (t *turn) help(string) error {
	if !t.private() {
		t.answer("help-group", locale.Args{"bot": t.b.me.Username})
		return nil
	}
	text := t.c.HTML("help", nil)
	if t.isAdmin() {
		text += "\n" + t.c.HTML("help-admin", nil)
	}
	t.send(text, row(button(t.c.Text("list-button", nil), "list"), button(t.c.Text("topics-button", nil), "topics")))
	return nil
}

// durations are what people write after "pause" when they mean a time.
var durations = regexp.MustCompile(`(?i)^(for |until |لمدة |حتى )?([0-9:]+ *)?(m|min|minutes?|h|hours?|d|days?|weeks?|an hour|a day|a week|tomorrow|` +
	`د|دقيقة|دقيقتين|دقائق|س|ساعة|ساعتين|ساعات|ي|يوم|يوما|يومًا|يومين|أيام|ايام|أسبوع|اسبوع|أسبوعين|اسبوعين|أسابيع|اسابيع|الغد|غدا|غدًا)$`)

// hours are a time of day.
var hours = regexp.MustCompile(`^[0-9]{1,2}:[0-9]{2}$`)

// pause stops alerts until they are resumed. The store keeps no time of resuming,
// so who asks for one is told, and nothing stops.
func (t *turn) pause(until string) error {
	if until = westernDigits(until); durations.MatchString(until) || hours.MatchString(until) {
		next := button(t.c.Text("pause-button", nil), "pause")
		if t.now.Paused {
			next = button(t.c.Text("resume-button", nil), "resume")
		}
		t.answer("pause-timed", nil, row(next))
		return nil
	}
	r, err := t.change(store.Edit{Op: store.Pause})
	if err != nil {
		return err
	}
	id := "pause-already"
	if r.Did[0].Changed {
		id = "pause-done"
	}
	t.answer(id, nil, row(button(t.c.Text("resume-button", nil), "resume")))
	return nil
}

func (t *turn) resume(string) error {
	r, err := t.change(store.Edit{Op: store.Resume})
	if err != nil {
		return err
	}
	id := "resume-already"
	if r.Did[0].Changed {
		id = "resume-done"
	}
	t.answer(id, nil, row(button(t.c.Text("list-button", nil), "list")))
	return nil
}

func (t *turn) language(args string) error {
	if args != "" && locale.Has(args) {
		return t.setLanguage(locale.For(args).Lang())
	}
	var names []telegram.Button
	for _, lang := range locale.Langs() {
		names = append(names, button(locale.For(lang).Text("language-name", nil), "lang", lang))
	}
	t.answer("language-ask", nil, names)
	return nil
}

func (t *turn) setLanguage(lang string) error {
	if _, err := t.change(store.Edit{Op: store.SetLang, Lang: lang}); err != nil {
		return err
	}
	t.c = locale.For(lang)
	t.answer("language-done", nil)
	return nil
}

// memberChanged follows the bot's own membership of a chat.
func (b *Bot) memberChanged(ctx context.Context, u telegram.Update) error {
	m := u.MyChatMember
	// How an operator learns a number for a route.
	b.o.Logger.Debug("the bot's place in a chat changed", "chat", m.Chat.ID, "kind", m.Chat.Type, "in", m.New.In())
	op := store.Edit{Op: store.Revive}
	if !m.New.In() {
		op = store.Edit{Op: store.Suspend, Text: string(store.Kicked)}
		if m.Chat.Type == string(store.Private) {
			op.Text = string(store.Blocked)
		}
	}
	known, err := b.o.Store.Threads(ctx, m.Chat.ID)
	if err != nil {
		return err
	}
	if len(known) == 0 {
		known = []store.Destination{{Dest: store.Dest{Chat: m.Chat.ID}}}
	}
	for _, d := range known {
		c := store.Change{Dest: d.Dest, Kind: store.Kind(m.Chat.Type), UpdateID: u.ID, Edits: []store.Edit{op}, Now: time.Now()}
		c.Existing = !m.New.In() // it may have left under an id that it has no more
		if _, err := b.o.Store.Change(ctx, c); err != nil && (m.New.In() || !errors.Is(err, store.ErrUnknown)) {
			return err
		}
	}
	if m.New.In() && !m.Old.In() && isGroup(m.Chat) {
		c := locale.For(b.o.Lang)
		b.mail(letter{to: store.Dest{Chat: m.Chat.ID}, group: true, html: lead(c, c.HTML("welcome-group",
			locale.Args{"bot": b.me.Username, "example": c.Text("welcome-example", nil)}))})
	}
	return nil
}

func number(n int) string { return strconv.Itoa(n) }
