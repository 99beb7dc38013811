package bot_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"rasid/alert"
	"rasid/bot"
	"rasid/bot/telegram"
	"rasid/news"
	"rasid/rules"
	"rasid/sandbox"
	"rasid/store"
	"rasid/store/memstore"
	"rasid/store/record"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// A talk is a golden conversation under way: a real bot, intake and delivery
// on the model store, talking to the strict sandbox, in virtual time. Lines of
// its script drive it; testdata/talks/README.md says how they read.
type talk struct {
	t      *testing.T
	box    *sandbox.Server
	store  *memstore.Store
	flaky  *flaky // the same as the bots see it
	intake *alert.Intake
	bots   []*bot.Bot // the first one sends alerts
	front  *front     // nil: the bot polls
	stats  *alert.Stats
	ctx    context.Context
	down   func()       // ends the bot's rooms
	warned atomic.Int64 // what the rooms logged as worth a look
	level  slog.Level   // of what they log; default: LevelWarn
	logs   []string     // the lines, to be read when the rooms have ended

	names   map[string]int64 // people and groups
	order   []string         // as they came
	topics  map[string]int64 // of forums
	me      int64            // who speaks; 0: an anonymous administrator
	chat    int64            // where
	thread  int64
	shown   map[[2]int64]string
	news    int
	beside  []store.Item       // articles that come in with the next one
	pressed string             // the last press
	paid    float64            // paid broadcasts a second
	expiry  time.Duration      // of announcements; 0: the bot's default
	most    int                // rules a chat may have; 0: the bot's default
	lead    chan struct{}      // nobody leads intake until it is closed; nil: from the start
	crash   func(point string) // intake's
	aside   string             // what is to be shown beside messages
}

// The operator's admin, and the topics of every talk.
const (
	admin     = 900
	talkRules = `
topics:
  - id: libya
    title: {ar: ليبيا, en: Libya}
    match: 'ليبيا OR Libya'
  - id: quakes
    title: {ar: زلازل, en: Earthquakes}
    match: 'زلزال OR earthquake'
    priority: urgent
  - id: sport
    title: {ar: رياضة, en: Sport}
    match: 'كرة القدم OR football'
    priority: low
`
)

// begin starts the rooms, where f is not nil with a webhook; what it returns ends
// them.
func begin(t *testing.T, f *front) (*talk, func()) {
	t.Helper()
	web := f
	if web == nil {
		web = &front{} // a webhook that is set all the same answers nothing
	}
	box, err := sandbox.New(sandbox.Options{Seed: 7, Web: sandbox.Serving(web)})
	if err != nil {
		t.Fatal(err)
	}
	k := &talk{t: t, box: box, front: f, flaky: &flaky{}, store: memstore.New(), ctx: t.Context(), names: map[string]int64{}, topics: map[string]int64{}, shown: map[[2]int64]string{}}
	k.flaky.Store = k.store
	ctx, stop := context.WithCancel(t.Context())
	var g errgroup.Group
	g.Go(func() error { return box.Run(ctx) })
	k.up()
	return k, func() {
		k.down()
		stop()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// up starts the bot's rooms on what the store holds.
func (k *talk) up() {
	t := k.t
	log := slog.New(slog.NewTextHandler(&logged{k}, &slog.HandlerOptions{Level: cmp.Or(k.level, slog.LevelWarn)}))
	client, err := telegram.New(telegram.Options{Base: "http://sandbox", Token: k.box.Token(), HTTP: &http.Client{Transport: k.box.RoundTripper()}, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	file, err := rules.ParseFile("rules.yaml", []byte(talkRules))
	if err != nil {
		t.Fatal(err)
	}
	index := alert.NewIndex(alert.IndexOptions{Lang: "ar", Logger: log})
	index.SetFile(file)
	k.stats = alert.NewStats()
	pacer := alert.NewPacer(alert.PacerOptions{Rate: 27, Paid: k.paid})
	var delivery *alert.Delivery
	o := bot.Options{
		API: client, Store: k.flaky, Index: index, Pacer: pacer, Stats: k.stats, Rules: func() *rules.File { return file },
		Admins: []int64{admin}, Lang: "ar", Zone: time.UTC, Wake: func() { k.intake.Wake(); delivery.Wake() }, Logger: log, Expiry: k.expiry, Most: k.most,
	}
	if k.bots = nil; k.front != nil {
		o.Hook = bot.Hook{URL: cmp.Or(k.front.url, "https://bot.example/hook"), Secret: "s"}
		for range k.front.receivers - 1 {
			k.bots = append(k.bots, bot.New(o))
		}
	}
	k.bots = append(k.bots, bot.New(o))
	delivery = alert.NewDelivery(alert.DeliveryOptions{Store: k.store, Index: index, Pacer: pacer, Sender: k.bots[0], Stats: k.stats, Logger: log})
	delivery.OwnAll(alert.Held(0))
	k.intake = alert.NewIntake(alert.IntakeOptions{Store: k.store, Index: index, Owes: delivery.Owes, Stats: k.stats, Logger: log, Crash: k.crash})
	ctx, stop := context.WithCancel(k.ctx)
	var g errgroup.Group
	lead := func(ctx context.Context) error {
		if k.lead != nil {
			select {
			case <-k.lead:
			case <-ctx.Done():
			}
		}
		return k.intake.Lead(ctx, 0)
	}
	rooms := []func(context.Context) error{k.bots[0].Receive, delivery.Run, lead}
	for _, b := range k.bots {
		rooms = append(rooms, b.Run)
	}
	for _, room := range rooms {
		g.Go(func() error { return room(ctx) })
	}
	if k.front != nil {
		k.front.to(k.bots)
	}
	k.down = func() {
		stop()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// logged writes the rooms' warnings into the test's log, and counts them.
type logged struct{ k *talk }

func (l *logged) Write(p []byte) (int, error) {
	line := strings.TrimSpace(string(p))
	l.k.warned.Add(1)
	l.k.logs = append(l.k.logs, line)
	l.k.t.Log(line)
	return len(p), nil
}

// play carries out a line and returns what anybody saw of it.
func (k *talk) play(line string) (string, error) {
	if said, ok := strings.CutPrefix(line, "> "); ok {
		if err := k.say(said); err != nil {
			return "", err
		}
		k.rest(5 * time.Second)
		return k.seen(), nil
	}
	verb, args, _ := strings.Cut(strings.TrimPrefix(line, "@"), " ")
	do, ok := directives()[verb]
	if !ok {
		return "", fmt.Errorf("no directive @%s", verb)
	}
	if err := do(k, strings.TrimSpace(args)); err != nil {
		return "", err
	}
	k.rest(5 * time.Second)
	return k.seen(), nil
}

// rest lets virtual time pass, so that what is under way comes to its end.
func (k *talk) rest(d time.Duration) { time.Sleep(d) }

// say writes a text, or presses "[Label]".
func (k *talk) say(said string) error {
	said = strings.ReplaceAll(said, `\n`, "\n")
	label, press := strings.CutPrefix(said, "[")
	switch {
	case press:
		return k.press(strings.TrimSuffix(label, "]"))
	case k.me == 0:
		_, err := k.box.SayAnonymously(k.chat, k.thread, said)
		return err
	}
	reply := int64(0)
	if text, ok := strings.CutPrefix(said, "(reply) "); ok {
		m, _ := k.box.Chat(k.chat).Last()
		said, reply = text, m.ID
	}
	_, err := k.box.Say(k.me, k.chat, k.thread, said, reply)
	return err
}

// press presses the newest button of that label here.
func (k *talk) press(label string) error {
	for _, m := range slices.Backward(k.box.Chat(k.chat).Messages()) {
		for _, row := range m.Buttons {
			for _, b := range row {
				if plain(b.Text) == label {
					query, err := k.box.Press(k.me, k.chat, m.ID, b.Text)
					k.pressed = query
					return err
				}
			}
		}
	}
	return fmt.Errorf("no button %q in chat %d", label, k.chat)
}

// seen is what changed on anybody's screen.
func (k *talk) seen() string {
	var out strings.Builder
	out.WriteString(k.aside)
	k.aside = ""
	if a, ok := k.box.Answer(k.pressed); ok && k.pressed != "" {
		if a.Text != "" {
			fmt.Fprintf(&out, "(%s)\n", marks(a.Text))
		}
		k.pressed = ""
	}
	for _, name := range k.order {
		id := k.names[name]
		for _, m := range answersFirst(k.box.Chat(id).Messages()) {
			text, key := face(m), [2]int64{id, m.ID}
			was, before := k.shown[key]
			k.shown[key] = text
			if !m.Bot || was == text {
				continue
			}
			if id != k.chat || m.Thread != k.thread {
				fmt.Fprintf(&out, "-- %s\n", k.place(name, m.Thread))
			}
			if before {
				out.WriteString("(changed)\n")
			}
			out.WriteString(text)
		}
	}
	return out.String()
}

// answersFirst puts alerts last: which of the two comes first when both are due
// at the same moment is nobody's promise.
func answersFirst(list []sandbox.Message) []sandbox.Message {
	isAlert := func(m sandbox.Message) int {
		if strings.Contains(m.HTML, "\n• <a") { // what waited in a pause
			return 1
		}
		if len(m.Buttons) == 0 {
			return 0
		}
		if data := m.Buttons[0][0].CallbackData; strings.HasPrefix(data, "why:") || strings.HasPrefix(data, "open:") {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b sandbox.Message) int { return isAlert(a) - isAlert(b) })
	return list
}

func (k *talk) place(name string, thread int64) string {
	for topic, at := range k.topics {
		if at == thread {
			return name + " / " + topic
		}
	}
	return name
}

// face is a message as its reader sees it, with its markup and the marks that
// steer its direction made visible.
func face(m sandbox.Message) string {
	var b strings.Builder
	b.WriteString(lately.ReplaceAllString(crowds.ReplaceAllString(marks(m.HTML), "${1}${3}many${2}"), "${1}many") + "\n")
	for _, row := range m.Buttons {
		for i, button := range row {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString("[" + plain(button.Text) + "]")
		}
		b.WriteByte('\n')
	}
	if m.Force != nil {
		fmt.Fprintf(&b, "(asks: %s)\n", m.Force.Placeholder)
	}
	if m.Silent {
		b.WriteString("(silent)\n")
	}
	if m.Preview != "" {
		fmt.Fprintf(&b, "(shows %s)\n", m.Preview)
	}
	return b.String()
}

// crowds are counts of a crowd: a message more or less may be under way when
// they are read.
var crowds = regexp.MustCompile(`(sent: )?\b\d{2,3}\b( sent| left| not sent|, in the last minute| waiting)|(broadcast |إعلان |أُرسل |أُرسلت: |بقي |ينتظر |sent: )\d{2,3}\b`)

// lately are those of the last minute.
var lately = regexp.MustCompile(`(minute: |الأخيرة: )\d{2,3}\b`)

// marks makes direction marks visible: ⟨ and ⟩ around what is isolated, ⇐ and
// ⇒ for the marks alone.
func marks(s string) string {
	return strings.NewReplacer("\u2066", "⟨", "\u2067", "⟨", "\u2068", "⟨", "\u2069", "⟩", "\u200f", "⇐", "\u200e", "⇒").Replace(s)
}

func plain(s string) string {
	return strings.NewReplacer("\u2066", "", "\u2067", "", "\u2068", "", "\u2069", "", "\u200f", "", "\u200e", "").Replace(s)
}

// errScript reports a script that asks for something that cannot be.
var errScript = errors.New("not understood")

func (k *talk) id(name string) (int64, error) {
	id, ok := k.names[name]
	if !ok {
		return 0, fmt.Errorf("nobody is called %q: %w", name, errScript)
	}
	return id, nil
}

// article accepts LANG SOURCE | TITLE | BODY | URL, and what came beside it.
func (k *talk) article(args string) error {
	if err := k.with(args); err != nil {
		return err
	}
	got, err := k.store.Accept(k.ctx, k.beside, time.Now())
	k.beside = nil
	k.stats.Accepted(got)
	k.intake.Wake()
	return err
}

// damaged is article, and what the store has of it cannot be read.
func (k *talk) damaged(args string) error {
	if err := k.spoil(""); err != nil {
		return err
	}
	return k.article(args)
}

// spoil has the store unable to read what it takes in next.
func (k *talk) spoil(string) error {
	log, err := k.store.Log(k.ctx, 0, math.MaxInt)
	next := uint64(1 + len(k.beside))
	if n := len(log); n > 0 {
		next += log[n-1].Seq
	}
	if bad, some := errors.AsType[*store.UnreadableError](err); some {
		next, err = max(next, uint64(1+len(k.beside))+bad.Items[len(bad.Items)-1].Seq), nil
	}
	k.store.Spoil(next, record.ErrDamaged)
	return err
}

// with keeps an article until the next @article, to come in at once with it.
func (k *talk) with(args string) error {
	parts := strings.Split(args, "|")
	if len(parts) < 3 {
		return fmt.Errorf("article %q: %w", args, errScript)
	}
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	lang, source, _ := strings.Cut(parts[0], " ")
	k.news++
	a := news.Article{ID: "n" + strconv.Itoa(k.news), Lang: lang, Source: source, Title: parts[1], Body: parts[2], Published: time.Now()}
	if len(parts) > 3 {
		a.URL = parts[3]
	}
	news.Clean(&a)
	k.beside = append(k.beside, store.Item{At: time.Now(), Article: a})
	return nil
}
