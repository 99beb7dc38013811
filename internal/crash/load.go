package crash

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"rasid/internal/pause"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Town is the sandbox's people as this package needs them.
type Town interface {
	// Say makes a person write to the bot in private.
	Say(person int64, text string) error
	// Texts returns what a person sees in that chat, oldest first.
	Texts(person int64) []string
}

// A Load is a stream of articles, each for a few of the chats, and what must
// come of it.
type Load struct {
	Chats  int           // persons 1001 .. 1000+Chats, each watching a word of its own
	Look   time.Duration // how often what came is counted while something is missing; default 50ms
	Urgent int           // so many of the chats, the first ones, want theirs as urgent
	Late   func() int    // how many alerts the program gave up, since they came too late; nil: none
	Alone  Town          // where each article comes when the one before was told, and is for one chat; nil: they come as they come

	mu       sync.Mutex
	made     [][]int64    // by article number, from 1: who must hear of it
	accepted map[int]bool // article numbers
}

// next makes the next article.
func (l *Load) next() (n int, body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n = len(l.made) + 1
	body, hears := l.article(n)
	l.made = append(l.made, hears)
	return n, body
}

// has notes that the program said that it has article n.
func (l *Load) has(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.accepted == nil {
		l.accepted = map[int]bool{}
	}
	l.accepted[n] = true
}

// first is the id of the first person.
const first = 1001

// word is what the i-th chat watches. It has no other form in any language.
func word(i int) string { return fmt.Sprintf("zq%dx", i) }

// Settle makes every chat watch its word, and waits until all were answered.
func (l *Load) Settle(ctx context.Context, town Town) error {
	for i := range l.Chats {
		person := int64(first + i)
		rule := word(i)
		if i < l.Urgent {
			rule += " #urgent"
		}
		if err := town.Say(person, "/watch "+rule); err != nil {
			return err
		}
	}
	for i := range l.Chats {
		for len(town.Texts(int64(first+i))) < 2 { // the person's line and an answer
			if !pause.For(ctx, 5*time.Millisecond) {
				return fmt.Errorf("wait for the answer to /watch of chat %d: %w", first+i, context.Cause(ctx))
			}
		}
	}
	return nil
}

// article returns article n and who must hear of it: three chats.
func (l *Load) article(n int) (body []byte, hears []int64) {
	who := map[int]bool{n % l.Chats: true}
	if l.Alone == nil {
		who[(n*7+3)%l.Chats], who[(n*13+5)%l.Chats] = true, true
	}
	var text strings.Builder
	for _, i := range slices.Sorted(maps.Keys(who)) {
		text.WriteString(" " + word(i))
		hears = append(hears, int64(first+i))
	}
	article := map[string]any{
		"id": fmt.Sprintf("load-%d", n), "lang": "en", "source": "load",
		"title": fmt.Sprintf("Report nr%dnr", n), "body": "Of note:" + text.String(),
	}
	body, err := json.Marshal([]any{article})
	if err != nil {
		panic(err) // strings only
	}
	return body, hears
}

// A Pusher takes articles in, and reports whether it said that it has them.
type Pusher interface {
	Push(ctx context.Context, body []byte) (bool, error)
}

// Feed pushes articles one after another until ctx ends, each until the
// program has said that it has it. Several may feed at a time.
func (l *Load) Feed(ctx context.Context, p Pusher, gap time.Duration) error {
	for ctx.Err() == nil {
		n, body := l.next()
		for ctx.Err() == nil {
			ok, err := p.Push(context.WithoutCancel(ctx), body)
			if err != nil {
				return err
			}
			if ok {
				l.has(n)
				break
			}
			pause.For(ctx, 5*time.Millisecond) // the loop looks at ctx
		}
		for l.Alone != nil && ctx.Err() == nil && l.Count(l.Alone).Lost > 0 {
			pause.For(ctx, 5*time.Millisecond)
		}
		pause.For(ctx, gap)
	}
	return nil
}

// A Count is what became of a Load.
type Count struct {
	Articles int // accepted
	Expected int // alerts that must have come
	Late     int // alerts that the program gave up, and counted
	Lost     int // alerts that did not come, without these; below 0: more were counted than did not come
	Repeated int // messages that told an alert again; a list is one message
	Worst    int // most copies of one alert
	Lists    int // messages that told several
	Strange  int // alerts that nobody should have got
}

func (c Count) String() string {
	return fmt.Sprintf("%d articles, %d alerts expected: %d lost, %d repeated, worst %d copies, %d strange, %d lists",
		c.Articles, c.Expected, c.Lost, c.Repeated, c.Worst, c.Strange, c.Lists)
}

var number = regexp.MustCompile(`nr(\d+)nr`)

// numbers returns the articles that a message tells of: one, or those of a list.
func numbers(text string) (all []int64) {
	for _, m := range number.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.ParseInt(m[1], 10, 64) // digits only
		if !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

// Count compares what was accepted with what the chats see.
func (l *Load) Count(town Town) Count {
	l.mu.Lock()
	accepted, made := maps.Clone(l.accepted), slices.Clone(l.made)
	l.mu.Unlock()
	c := Count{Articles: len(accepted)}
	seen := map[[2]int64]int{}
	for i := range l.Chats {
		person := int64(first + i)
		for _, text := range town.Texts(person) {
			alerts, again := tally(seen, person, text)
			c.Lists += min(alerts/2, 1)
			if again {
				c.Repeated++
			}
		}
	}
	for n := range accepted {
		for _, person := range made[n-1] {
			key := [2]int64{int64(n), person}
			copies := seen[key]
			delete(seen, key)
			c.Expected++
			c.Worst = max(c.Worst, copies)
			if copies == 0 {
				c.Lost++
			}
		}
	}
	for key := range seen { // accepted, but the answer never reached us
		if n := int(key[0]); n < 1 || n > len(made) || !slices.Contains(made[n-1], key[1]) {
			c.Strange++
		}
	}
	if l.Late != nil {
		c.Late = l.Late()
		c.Lost -= c.Late
	}
	return c
}

// tally counts the alerts of one message into seen, tells how many there are, and
// reports whether any was seen before.
func tally(seen map[[2]int64]int, person int64, text string) (alerts int, again bool) {
	for _, n := range numbers(text) {
		key := [2]int64{n, person}
		again = again || seen[key] > 0
		seen[key]++
		alerts++
	}
	return alerts, again
}

// Quiet waits until the chats got nothing more for d: what had no answer is
// sent again only after a while.
func (l *Load) Quiet(ctx context.Context, town Town, d time.Duration) error {
	total := func() (n int) {
		for i := range l.Chats {
			n += len(town.Texts(int64(first + i)))
		}
		return n
	}
	last, since := total(), time.Now()
	for time.Since(since) < d {
		if !pause.For(ctx, d/10) {
			return context.Cause(ctx)
		}
		if now := total(); now != last {
			last, since = now, time.Now()
		}
	}
	return nil
}

// Drain waits until nothing is lost any more, or nothing moved for as long as
// stuck.
func (l *Load) Drain(ctx context.Context, town Town, stuck time.Duration) (Count, error) {
	last, since := l.Count(town), time.Now()
	for last.Lost > 0 {
		if !pause.For(ctx, cmp.Or(l.Look, 50*time.Millisecond)) {
			return last, context.Cause(ctx)
		}
		now := l.Count(town)
		if now.Lost != last.Lost {
			since = time.Now()
		} else if time.Since(since) > stuck {
			return now, errStuck
		}
		last = now
	}
	return last, nil
}
