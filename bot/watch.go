package bot

import (
	"errors"
	"rasid/bot/telegram"
	"rasid/locale"
	"rasid/rules"
	"rasid/store"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maxRuleCallback is how much of a rule fits a button.
const maxCallback = 64

// watch begins to watch a rule, or asks for one.
func (t *turn) watch(text string) error {
	text = tidy(text)
	if text == "" {
		t.ask("watch-ask", "watch-placeholder")
		return nil
	}
	env := t.b.o.Rules().Env(t.lang())
	q, err := rules.Parse(text)
	if err == nil {
		_, err = rules.Compile(q, env)
	}
	if err != nil {
		t.refuse(text, err)
		return nil
	}
	r, err := t.change(store.Edit{Op: store.AddRule, Text: text, Lang: t.lang(), Limit: max(t.b.o.Most, 0)})
	if err != nil {
		return err
	}
	list := button(t.c.Text("list-button", nil), "list")
	switch did := r.Did[0]; {
	case did.N == 0:
		t.answer("watch-full", locale.Args{"n": t.b.o.Most}, row(list))
	case !did.Changed:
		t.answer("watch-again", locale.Args{"number": did.N, "rule": text}, row(list))
	default:
		t.watching(did.N, q, env, text)
	}
	return nil
}

// watching says what rule n, which is new, looks for.
func (t *turn) watching(n int, q *rules.Query, env rules.Env, text string) {
	out := t.c.HTML("watch-done", locale.Args{"number": n, "rule": text})
	if forms := families(q, env); forms != "" {
		out += "\n" + t.c.HTML("watch-covers", locale.Args{"forms": forms})
	}
	rows := [][]telegram.Button{row(button(t.c.Text("undo", nil), "undo", number(n)), button(t.c.Text("list-button", nil), "list"))}
	if names := t.spellings(q, env); names != "" {
		out += "\n" + t.c.HTML("watch-spellings", locale.Args{"names": names})
		rows = append([][]telegram.Button{row(button(t.c.Text("watch-wider-button", nil), "wider", number(n)))}, rows...)
	}
	t.send(out, rows...)
}

// spellings names how else the names of a rule are written.
func (t *turn) spellings(q *rules.Query, env rules.Env) string {
	names, _ := rules.Spellings(q, env)
	for i, name := range names {
		if country := rules.CountryName(name, t.lang()); country != "" {
			names[i] = t.c.Text("watch-country", locale.Args{"country": country})
		}
	}
	return strings.Join(names, " · ")
}

// wider makes rule n look for the other spellings of its names, too.
func (t *turn) wider(n int) error {
	i := slices.IndexFunc(t.now.Rules, func(r store.Rule) bool { return r.N == n })
	if i < 0 {
		t.toast = t.c.Text("stale", nil)
		return nil
	}
	before := t.now.Rules[i]
	var wider *rules.Query
	if q, err := rules.Parse(before.Text); err == nil { // else it was kept by an earlier version
		_, wider = rules.Spellings(q, t.b.o.Rules().Env(before.Lang))
	}
	if wider == nil {
		t.toast = t.c.Text("stale", nil)
		return nil
	}
	undo := button(t.c.Text("undo", nil), "narrow", number(n), before.Text)
	if len(undo.Data) > maxCallback {
		undo = button(t.c.Text("undo", nil), "narrow", number(n))
		t.b.previews.removed(t.dest, before)
	}
	return t.reword(before, wider.String(), undo)
}

// narrow takes wider back. The text stands in the button, or else in memory.
func (t *turn) narrow(rest string) error {
	word, text, ok := strings.Cut(rest, ":")
	n, _ := strconv.Atoi(word)
	i := slices.IndexFunc(t.now.Rules, func(r store.Rule) bool { return r.N == n })
	switch {
	case !ok:
		kept, _ := t.b.previews.lastRemoved(t.dest, n)
		text = kept.Text
	case i >= 0:
		text = t.readable(text, t.now.Rules[i].Lang)
	}
	if i < 0 || text == "" {
		t.toast = t.c.Text("undo-nothing", nil)
		return nil
	}
	t.toast = t.c.Text("undone", nil)
	return t.reword(t.now.Rules[i], text, button(t.c.Text("watch-wider-button", nil), "wider", number(n)))
}

// reword puts text in the place of a rule, and says so where the button was.
func (t *turn) reword(rule store.Rule, text string, next telegram.Button) error {
	if slices.ContainsFunc(t.now.Rules, func(r store.Rule) bool { return r.Text == text }) {
		t.toast = t.c.Text("watch-have", nil)
		return nil
	}
	r, err := t.change(store.Edit{Op: store.RemoveRule, N: rule.N}, store.Edit{Op: store.RestoreRule, N: rule.N, Text: text, Lang: rule.Lang})
	switch {
	case err != nil:
		return err
	case r.Again && !slices.ContainsFunc(r.After.Rules, func(x store.Rule) bool { return x.N == rule.N && x.Text == text }):
		return nil // the press comes again, and was undone since
	}
	t.replace(t.c.HTML("watch-now", locale.Args{"number": rule.N, "rule": text}), row(next, button(t.c.Text("list-button", nil), "list")))
	return nil
}

// tidy is a rule as it is kept: what people paste brings line breaks and marks
// that nobody sees.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' { // the joiners are letters' parts in Persian and Hindi
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// families names what a rule's words stand for, shortly.
func families(q *rules.Query, env rules.Env) string {
	var parts []string
	for _, f := range rules.Families(q, env) {
		if len(f.Forms) == 0 || len(parts) == 3 {
			continue
		}
		separator := ", "
		if DirOf(env.Lang) == RTL {
			separator = "، "
		}
		parts = append(parts, strings.Join(f.Forms, separator))
	}
	return strings.Join(parts, " · ")
}

// refuse says where a rule is wrong, why, and what may be meant.
func (t *turn) refuse(text string, err error) {
	var e *rules.Error
	if !errors.As(err, &e) {
		t.answer("rule-error", nil)
		return
	}
	reason := t.c.RuleError(string(e.Code), e.Args)
	out := strings.ReplaceAll(t.c.HTML("rule-refused", nil), "{reason}", reason)
	if e.Pos >= 0 && e.End <= len(text) && e.Pos < e.End {
		marked := (&Rich{}).Text(text[:e.Pos]).Styled(Underline|Bold, text[e.Pos:e.End]).Text(text[e.End:])
		out += "\n" + marked.HTML()
	} else {
		out += "\n" + escape(text)
	}
	if e.Repair == "" {
		t.send(out)
		return
	}
	out += "\n" + t.c.HTML("rule-repair", nil) + "\n<b>" + escape(e.Repair) + "</b>"
	var use []telegram.Button
	if b := button(t.c.Text("use-repair", nil), "w", e.Repair); len(b.Data) <= maxCallback {
		use = row(b)
	}
	t.send(out, use)
}

// unwatch removes a rule, or lists them to choose from.
func (t *turn) unwatch(args string) error {
	n, err := strconv.Atoi(westernDigits(strings.TrimPrefix(args, "#")))
	if err != nil {
		if len(t.now.Rules) == 0 {
			t.answer("list-empty", nil)
			return nil
		}
		t.answer("unwatch-ask", nil, t.removeButtons()...)
		return nil
	}
	return t.removeRule(n)
}

func (t *turn) removeRule(n int) error {
	r, err := t.change(store.Edit{Op: store.RemoveRule, N: n})
	if err != nil {
		return err
	}
	if !r.Did[0].Changed {
		t.answer("unwatch-none", locale.Args{"number": n})
		return nil
	}
	rule := r.Did[0].Rule
	t.b.previews.removed(t.dest, rule)
	t.answer("unwatch-done", locale.Args{"number": n, "rule": rule.Text}, row(button(t.c.Text("undo", nil), "restore", number(n))))
	return nil
}

func (t *turn) removeButtons() [][]telegram.Button {
	var rows [][]telegram.Button
	for chunk := range slices.Chunk(t.now.Rules[:min(len(t.now.Rules), 24)], 4) {
		var r []telegram.Button
		for _, rule := range chunk {
			r = append(r, button(t.c.Text("delete-number", locale.Args{"number": rule.N}), "unwatch", number(rule.N)))
		}
		rows = append(rows, r)
	}
	return rows
}

// watchesListed is how many watches /list shows: as many as a chat may have, unless
// RASID_RULES_PER_CHAT says otherwise.
const watchesListed = 50

// list shows what is watched here.
func (t *turn) list(string) error {
	topics := append(slices.Clone(t.now.Topics), t.now.Routes...)
	if len(t.now.Rules) == 0 && len(topics) == 0 {
		t.answer("list-empty", nil, row(button(t.c.Text("topics-button", nil), "topics")))
		return nil
	}
	var lines []string
	if t.now.Paused {
		lines = append(lines, t.c.HTML("list-paused", nil))
	}
	if n := len(t.now.Rules); n > 0 {
		lines = append(lines, t.c.HTML("list-rules", locale.Args{"n": n}))
		for _, r := range t.now.Rules[:min(n, watchesListed)] {
			lines = append(lines, number(r.N)+". "+locale.Isolate(escape(r.Text)))
		}
		if n > watchesListed {
			lines = append(lines, t.c.HTML("list-more", locale.Args{"n": n - watchesListed}))
		}
	}
	if n := len(topics); n > 0 {
		lines = append(lines, t.c.HTML("list-topics", locale.Args{"n": n}))
		for _, id := range topics {
			lines = append(lines, "• "+locale.Isolate(escape(t.topicName(id))))
		}
	}
	rows := append(t.removeButtons(), row(button(t.c.Text("topics-button", nil), "topics")))
	if t.now.Paused {
		rows = append(rows, row(button(t.c.Text("resume-button", nil), "resume")))
	}
	t.send(strings.Join(lines, "\n"), rows...)
	return nil
}

var (
	greetings = regexp.MustCompile(`(?i)^(مرحبا|مرحبًا|أهلا|أهلًا|اهلا|السلام عليكم|سلام|صباح الخير|مساء الخير|hi|hello|hey|good (morning|evening))[ !.،]*$`)
	thanks    = regexp.MustCompile(`(?i)^(شكرا|شكرًا|شكراً|thanks|thank you)[ !.،]*$`)
	leadIns   = regexp.MustCompile(`(?i)^((أريد|اريد|أخبار|اخبار|آخر|اخر|ما|عن|news|about|on|latest|the)\s+)+`)
)

// offer takes plain words as a rule that may be meant.
func (t *turn) offer(text string) error {
	switch {
	case greetings.MatchString(text):
		t.answer("hello", nil, row(button(t.c.Text("help-button", nil), "help")))
		return nil
	case thanks.MatchString(text):
		t.answer("thanks", nil)
		return nil
	}
	if command, is := labelled(text); is {
		t.sayLabel(command)
		return nil
	}
	rule := strings.TrimSpace(strings.TrimRight(leadIns.ReplaceAllString(text, ""), "؟?! "))
	if _, err := rules.Parse(rule); err != nil {
		t.refuse(rule, err)
		return nil
	}
	yes := button(t.c.Text("offer-yes", nil), "w", rule)
	if len(yes.Data) > maxCallback {
		yes.Data = "wt" // the text stands in the message itself
	}
	t.answer("offer", locale.Args{"rule": rule}, row(yes))
	return nil
}

// westernDigits turns Arabic-Indic and Persian digits into 0 to 9.
func westernDigits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '٠' && r <= '٩':
			return r - '٠' + '0'
		case r >= '۰' && r <= '۹':
			return r - '۰' + '0'
		}
		return r
	}, strings.TrimSpace(s))
}
