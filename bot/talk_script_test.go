package bot_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"rasid/alert"
	"rasid/bot"
	"rasid/sandbox"
	"rasid/store"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestTalks plays every conversation of testdata/talks and compares what was
// seen with what stands there.
func TestTalks(t *testing.T) { talks(t, func() *front { return nil }) }

// By a webhook the same is seen, also when all comes twice, and when processes
// take turns.
func TestTalksByWebhook(t *testing.T) {
	t.Run("one process, everything twice", func(t *testing.T) {
		talks(t, func() *front { return &front{receivers: 1, twice: true} })
	})
	t.Run("three processes", func(t *testing.T) {
		talks(t, func() *front { return &front{receivers: 3} })
	})
}

func talks(t *testing.T, by func() *front) {
	files, err := filepath.Glob("testdata/talks/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if f := by(); f != nil && f.receivers > 1 && strings.Contains(string(data), "@repeat") {
				return // each process counts for itself what a person may ask
			}
			var got string
			synctest.Test(t, func(t *testing.T) { got = played(t, by(), script(string(data))) })
			if strings.Contains(got, cannot) {
				t.Errorf("a line cannot be played:\n%s", got)
			}
			if *bot.Update && by() == nil {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.Split(string(data), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("%s (go test ./bot -update rewrites it):\n%s", file, diff)
			}
		})
	}
}

// script is the lines of a conversation that drive it, and its comments.
func script(s string) []string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = strings.TrimRight(line, "\n"); line != "" && strings.ContainsRune("#>@", rune(line[0])) {
			lines = append(lines, line)
		}
	}
	return lines
}

// cannot begins what is said of a line that cannot be played.
const cannot = "cannot: "

// played is the conversation as it went.
func played(t *testing.T, by *front, lines []string) string {
	k, end := begin(t, by)
	defer end()
	var out strings.Builder
	was := byte('#')
	for _, line := range lines {
		if line[0] == '>' || line[0] != was {
			out.WriteByte('\n')
		}
		was = line[0]
		out.WriteString(line + "\n")
		if line[0] == '#' {
			continue
		}
		seen, err := k.play(line)
		if err != nil {
			seen = cannot + err.Error() + "\n"
		}
		out.WriteString(seen)
	}
	return strings.TrimPrefix(out.String(), "\n")
}

type directive func(k *talk, args string) error

// directives are what happens beside what is said; testdata/talks/README.md
// lists them.
func directives() map[string]directive {
	return map[string]directive{
		"person":  (*talk).person,
		"group":   (*talk).group,
		"forum":   (*talk).forum,
		"channel": (*talk).channel,
		"route":   (*talk).route,
		"crowd":   (*talk).crowd,
		"repeat":  (*talk).repeat,
		"topic":   (*talk).topic,
		"close":   (*talk).closeTopic,
		"as":      (*talk).as,
		"in":      (*talk).in,
		"start":   (*talk).start,
		"article": (*talk).article,
		"damaged": (*talk).damaged,
		"spoil":   (*talk).spoil,
		"with":    (*talk).with,
		"late":    (*talk).late,
		"wait":    (*talk).wait,
		"block":   func(k *talk, _ string) error { return k.box.Block(k.me) },
		"unblock": func(k *talk, _ string) error { return k.box.Unblock(k.me) },
		"kick":    func(k *talk, _ string) error { me, _ := k.box.Bot(); return k.box.Kick(k.chat, me, k.me) },
		"join":    func(k *talk, _ string) error { me, _ := k.box.Bot(); return k.box.Join(k.chat, me, k.me) },
		"down":    func(k *talk, _ string) error { k.box.Faults().Add(unreachable()); return nil },
		"mute":    func(k *talk, _ string) error { k.box.Faults().Add(unanswered()); return nil },
		"unsure":  func(k *talk, _ string) error { k.box.Faults().Add(unsure()); return nil },
		"up":      func(k *talk, _ string) error { k.box.Faults().Clear(); return nil },
		"menu":    (*talk).menu,
		"migrate": (*talk).migrate,
		"paid":    (*talk).buy,
		"restart": func(k *talk, _ string) error { k.down(); k.up(); return nil },
		"away":    (*talk).away,
		"expiry":  (*talk).usually,
		"most":    (*talk).atMost,
		"outlive": func(k *talk, _ string) error { _, err := k.store.Outlive(k.ctx, time.Now()); return err },
	}
}

// unreachable keeps every message from reaching Telegram.
func unreachable() sandbox.Fault {
	return sandbox.Fault{Method: "sendMessage", N: -1, Kind: sandbox.FaultHTML, Status: http.StatusForbidden}
}

// unanswered keeps Telegram from answering messages, which do not arrive either.
func unanswered() sandbox.Fault {
	return sandbox.Fault{Method: "sendMessage", N: -1, Kind: sandbox.FaultHang}
}

// unsure keeps Telegram from saying who administers a group.
func unsure() sandbox.Fault {
	return sandbox.Fault{Method: "getChatMember", N: -1, Kind: sandbox.FaultHTML}
}

// person NAME LANG: somebody new, who speaks in private from now on.
func (k *talk) person(args string) error {
	name, lang, _ := strings.Cut(args, " ")
	u := sandbox.User{FirstName: name, Lang: lang}
	if name == "admin" {
		u.ID = admin
	}
	k.names[name] = k.box.AddUser(u)
	k.order = append(k.order, name)
	k.me, k.chat, k.thread = k.names[name], k.names[name], 0
	return nil
}

func (k *talk) group(args string) error { return k.gather(args, k.box.AddGroup) }
func (k *talk) forum(args string) error { return k.gather(args, k.box.AddForum) }

// gather NAME ADMIN MEMBER...: a new group with the bot in it.
func (k *talk) gather(args string, add func(sandbox.Group) int64) error {
	names := strings.Fields(args)
	if len(names) < 2 {
		return errScript
	}
	g := sandbox.Group{Title: names[0]}
	for i, name := range names[1:] {
		id, err := k.id(name)
		if err != nil {
			return err
		}
		if g.Members = append(g.Members, id); i == 0 {
			g.Admins = []int64{id}
		}
	}
	k.names[names[0]] = add(g)
	k.order = append(k.order, names[0])
	return nil
}

// channel NAME ADMIN: a new channel where the bot may post.
func (k *talk) channel(args string) error {
	name, who, _ := strings.Cut(args, " ")
	id, err := k.id(who)
	if err != nil {
		return err
	}
	k.names[name] = k.box.AddChannel(sandbox.Group{Title: name, Admins: []int64{id}, Bot: "administrator"})
	k.order = append(k.order, name)
	return nil
}

// route NAME TOPIC: the rule file sends a topic there.
func (k *talk) route(args string) error {
	name, topic, _ := strings.Cut(args, " ")
	id, err := k.id(name)
	if err != nil {
		return err
	}
	_, err = k.store.Change(k.ctx, store.Change{
		Dest: store.Dest{Chat: id}, Kind: store.Channel, Edits: []store.Edit{{Op: store.SetRoutes, Topics: []string{topic}}}, Now: time.Now(),
	})
	k.intake.Wake()
	return err
}

// crowd N LANG: so many people start the bot, and are not looked at.
func (k *talk) crowd(args string) error {
	var n int
	var lang string
	if _, err := fmt.Sscan(args, &n, &lang); err != nil {
		return fmt.Errorf("@crowd %s: %w", args, err)
	}
	for range n {
		id := k.box.AddUser(sandbox.User{FirstName: "Someone", Lang: lang})
		if _, err := k.box.Say(id, id, 0, "/start", 0); err != nil {
			return err
		}
	}
	k.rest(time.Duration(n) * time.Second / 10)
	return nil
}

// repeat N TEXT: the same is written again and again, at once.
func (k *talk) repeat(args string) error {
	var n int
	count, text, _ := strings.Cut(args, " ")
	if _, err := fmt.Sscan(count, &n); err != nil {
		return fmt.Errorf("@repeat %s: %w", args, err)
	}
	for range n {
		if err := k.say(text); err != nil {
			return err
		}
	}
	k.rest(time.Duration(n) * time.Second)
	return nil
}

// topic FORUM NAME: a topic.
func (k *talk) topic(args string) error {
	forum, name, _ := strings.Cut(args, " ")
	chat, err := k.id(forum)
	if err != nil {
		return err
	}
	k.topics[name], err = k.box.AddTopic(chat, name)
	return err
}

// close FORUM NAME: a topic is closed.
func (k *talk) closeTopic(args string) error {
	forum, name, _ := strings.Cut(args, " ")
	chat, err := k.id(forum)
	if err != nil {
		return err
	}
	return k.box.CloseTopic(chat, k.topics[name])
}

// as NAME: somebody else speaks, in the same chat; "anonymous" is an
// administrator who hides behind the group.
func (k *talk) as(name string) (err error) {
	if k.me = 0; name != "anonymous" {
		k.me, err = k.id(name)
	}
	return err
}

// in NAME [TOPIC]: somewhere else is spoken.
func (k *talk) in(args string) (err error) {
	name, topic, _ := strings.Cut(args, " ")
	k.chat, err = k.id(name)
	k.thread = k.topics[topic]
	return err
}

// start PAYLOAD: a deep link is followed.
func (k *talk) start(payload string) error {
	_, err := k.box.Start(k.me, payload, 0)
	return err
}

// menu: the commands that are offered here.
func (k *talk) menu(string) error {
	for _, c := range k.box.Commands(k.chat, k.me) {
		k.aside += "/" + c.Name + " " + c.Description + "\n"
	}
	return nil
}

// late: the newest article is forecast to expire before all are told.
func (k *talk) late(string) error {
	it, err := k.store.ItemByID(k.ctx, "n"+strconv.Itoa(k.news))
	if err != nil {
		return fmt.Errorf("the newest article: %w", err)
	}
	k.bots[0].NotifyLate(k.ctx, alert.Forecast{Item: it.Seq, Class: store.Normal, Left: 1_200_000, Rate: 23, Empty: 15 * time.Hour, Expires: time.Now().Add(11 * time.Hour)})
	return nil
}

func (k *talk) wait(args string) error {
	d, err := time.ParseDuration(args)
	if err == nil {
		k.rest(d)
	}
	return err
}

// expiry D: from now on an announcement is worth sending for so long; below 0:
// for good.
func (k *talk) usually(args string) (err error) {
	k.down()
	k.expiry, err = time.ParseDuration(args)
	k.up()
	return err
}

// most N: from now on a chat may have N rules; below 0: any number.
func (k *talk) atMost(args string) (err error) {
	k.down()
	k.most, err = strconv.Atoi(args)
	k.up()
	return err
}

// away D: the bot is stopped, and started again so long after.
func (k *talk) away(args string) error {
	d, err := time.ParseDuration(args)
	k.down()
	k.rest(d)
	k.up()
	return err
}

// migrate: the group here becomes a supergroup.
func (k *talk) migrate(string) error {
	for name, id := range k.names {
		if id == k.chat {
			became, err := k.box.Migrate(k.chat)
			if err != nil {
				return fmt.Errorf("migrate %s: %w", name, err)
			}
			k.names[name], k.chat = became, became
			return nil
		}
	}
	return errScript
}

// buy N: from now on announcements are paid broadcasts, N a second.
func (k *talk) buy(args string) error {
	rate, err := strconv.ParseFloat(args, 64)
	k.down()
	k.paid = rate
	k.up()
	return err
}
