package crash

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"rasid/sandbox"
	"rasid/store/storetest/redistest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A sample is how much of a trip is measured.
type sample struct {
	articles int // for the rate
	timed    int // for the latency
	every    time.Duration
}

// chats is how many chats share the articles of a trip.
const tripChats = 200

// TestTrip measures the way of articles through the whole program, alone on each
// store and as three programs on one Redis: how many a second, and how long one
// takes from the push to Telegram. RASID_TRIP=full
// takes 2,000 and 1,000 articles; RASID_TRIP_ARTICLES names a JSON Lines file
// (.gz is read) of articles to take in place of made ones.
func TestTrip(t *testing.T) {
	s := sample{articles: 200, timed: 50, every: 20 * time.Millisecond}
	if os.Getenv("RASID_TRIP") == "full" {
		s.articles, s.timed = 2000, 1000
	}
	texts := tripTexts(t, s.articles)
	const apart = "RASID_LISTS=off" // each article is a message
	bin := build(t)
	onBoth(t, func(t *testing.T, store string) {
		box := aTown(t, tripChats)
		trip(t, aProgram(t, bin, box, store, apart), box, texts, s)
	})
	t.Run("three on redis", func(t *testing.T) {
		box := aTown(t, tripChats)
		trip(t, aFleet(t, bin, box, redistest.Start(t).URL, apart), box, texts, s)
	})
}

// trip measures the way of texts through p.
func trip(t *testing.T, p bot, box *sandbox.Server, texts []string, s sample) {
	t.Helper()
	begin(t, p, &Load{Chats: tripChats}, box)
	rate := throughput(t, p, box, texts)
	p50, p99 := latency(t, p, box, texts[:s.timed], s.every)
	fmt.Printf("%s: %.0f articles/s over %d; %d at %v apart: p50 %v, p99 %v from push to sendMessage\n",
		t.Name(), rate, len(texts), s.timed, s.every, p50.Round(10*time.Microsecond), p99.Round(10*time.Microsecond))
	for _, d := range box.Duplicates() {
		if d.By == "text" {
			t.Errorf("chat %d got a message %d times: %s", d.Chat, d.Count, d.Text)
		}
	}
	if _, err := p.Stop(15 * time.Second); err != nil {
		t.Error(err)
	}
}

// tripTexts are n texts of about 400 words.
func tripTexts(t *testing.T, n int) []string {
	t.Helper()
	var texts []string
	if name := os.Getenv("RASID_TRIP_ARTICLES"); name != "" {
		texts = readTexts(t, name)
	} else {
		r := rand.New(rand.NewPCG(1, 2))
		for range 100 {
			var b strings.Builder
			for range 400 {
				fmt.Fprintf(&b, "w%dq ", r.IntN(r.IntN(5000)+1))
			}
			texts = append(texts, b.String())
		}
	}
	all := make([]string, n)
	for i := range all {
		all[i] = texts[i%len(texts)]
	}
	return all
}

func readTexts(t *testing.T, name string) (texts []string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(z); lines.Scan(); {
		var a struct{ Text string }
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, a.Text)
	}
	return texts
}

// tripArticle is article n, for exactly one chat.
func tripArticle(kind string, n int, text string) map[string]any {
	return map[string]any{
		"id": kind + strconv.Itoa(n), "source": "trip", "title": fmt.Sprintf("Report nr%dnr of %s", n, kind),
		"body": text + "\n" + word(n%tripChats),
	}
}

// throughput pushes all texts, fifty at a time, and returns how many a second
// reached Telegram.
func throughput(t *testing.T, p bot, box *sandbox.Server, texts []string) float64 {
	t.Helper()
	begun := time.Now()
	for i := 0; i < len(texts); i += 50 {
		var batch []any
		for n := i; n < min(i+50, len(texts)); n++ {
			batch = append(batch, tripArticle("rate", n, texts[n]))
		}
		mustPush(t, p, batch)
	}
	arrived(t, p, box, "rate", len(texts))
	return float64(len(texts)) / time.Since(begun).Seconds()
}

// latency pushes texts one by one and returns how long they took from the
// request to the message.
func latency(t *testing.T, p bot, box *sandbox.Server, texts []string, every time.Duration) (p50, p99 time.Duration) {
	t.Helper()
	pushed := make([]time.Time, len(texts))
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n, text := range texts {
		<-tick.C
		pushed[n] = time.Now()
		mustPush(t, p, []any{tripArticle("time", n, text)})
	}
	var took []time.Duration
	for _, c := range arrived(t, p, box, "time", len(texts)) {
		if m := number.FindStringSubmatch(c.Params["text"]); m != nil {
			n, err := strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
			took = append(took, c.At.Sub(pushed[n]))
		}
	}
	slices.Sort(took)
	if len(took) != len(texts) {
		t.Fatalf("%d messages came for %d articles", len(took), len(texts))
	}
	return took[len(took)/2], took[len(took)*99/100]
}

func mustPush(t *testing.T, p bot, batch []any) {
	t.Helper()
	body, err := json.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := p.Push(t.Context(), body); err != nil || !ok {
		t.Fatalf("push was not accepted: %v\n%s", err, tail(p.Log()))
	}
}

// arrived waits until n articles of a kind were sent, and returns the calls
// that sent them.
func arrived(t *testing.T, p bot, box *sandbox.Server, kind string, n int) []sandbox.Call {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	sent, seen := []sandbox.Call{}, 0
	err := box.Wait(ctx, func() bool {
		if box.Count("sendMessage") < n { // looking at them all is slow, and the sandbox shares the processors
			return false
		}
		all := box.Calls()
		for _, c := range all[seen:] {
			if c.Method == "sendmessage" && strings.Contains(c.Params["text"], "nr of "+kind) {
				sent = append(sent, c)
			}
		}
		seen = len(all)
		return len(sent) >= n
	})
	if err != nil {
		t.Fatalf("%d of %d messages came: %v\n%s", len(sent), n, err, tail(p.Log()))
	}
	return sent
}
