package bench

import (
	"fmt"
	"math/rand/v2"
	"rasid/news"
	"rasid/rules"
	"rasid/store"
	"slices"
	"strings"
)

// A town is the chats of `rasid bench deliver`, what they want, and articles
// for them. All depends on the seed alone, so who must hear of what is known
// without matching.
//
// Chats are numbered from 0. Each subscribes to one topic, and has a rule for a
// word that nobody else wants and rules like people's, which no article here
// matches. Every tenth chat is a group; every tenth, another, wants its word
// urgently. Chat 0 is a group that wants every article but those for everybody.
type town struct {
	chats int
	each  int // rules of a chat, its own word's included
	hits  int // chats that an article is for, beside chat 0
	seed  uint64
	made  *Generator
}

// Words of the town. They have no other form in any language.
const (
	wordOfAll  = "zqallx"
	wordOfBusy = "zqbusyx"
)

// every is how many chats there are for each group, and for each that wants
// its word urgently; urgently is the place of the latter among them.
const (
	every    = 10
	urgently = 5
)

// urgentEvery is how many small articles there are for each urgent one.
const urgentEvery = 5

// ruleFile is the town's one topic.
func ruleFile() (*rules.File, error) {
	return rules.ParseFile("rules.yaml", []byte("topics:\n  - id: all\n    title: {en: All}\n    match: "+wordOfAll+"\n"))
}

// dest is where chat i is.
func (t *town) dest(i int) (store.Dest, store.Kind) {
	if i%every == 0 {
		return store.Dest{Chat: -1_000_000_000_000 - int64(i)}, store.Supergroup
	}
	return store.Dest{Chat: int64(i)}, store.Private
}

// number is the other way round.
func (t *town) number(chat int64) int {
	if chat < 0 {
		chat = -1_000_000_000_000 - chat
	}
	return int(chat)
}

// subscribe is what makes a chat known.
func subscribe() []store.Edit { return []store.Edit{{Op: store.Subscribe, Text: "all"}} }

// word is what chat i alone wants.
func (t *town) word(i int) string {
	if i == 0 {
		return wordOfBusy
	}
	return fmt.Sprintf("zq%dx", i)
}

// rules are the rules of chat i. They are made in the chats' order.
func (t *town) rules(i int) []store.Edit {
	own := t.word(i)
	if i%every == urgently {
		own += " #urgent"
	}
	edits := []store.Edit{{Op: store.AddRule, Text: own, Lang: "ar"}}
	for len(edits) < t.each {
		edits = append(edits, store.Edit{Op: store.AddRule, Text: t.made.Rule().Text, Lang: "ar"})
	}
	return edits
}

// hears lists the numbers of the chats that small article n is for, sorted.
// Articles that are a multiple of urgentEvery are urgent to all of them but
// chat 0.
func (t *town) hears(n int) []int {
	r := rand.New(rand.NewPCG(t.seed, uint64(n)<<32|1)) //nolint:gosec // to be repeated, not to be guessed
	who := []int{0}
	for tries := 0; len(who) <= t.hits && tries < 100*t.hits; tries++ {
		i := r.IntN(t.chats)
		if t.urgent(n) {
			i = i - i%every + urgently
		}
		if i < t.chats && i%every != 0 && (i%every == urgently) == t.urgent(n) && !slices.Contains(who, i) {
			who = append(who, i)
		}
	}
	slices.Sort(who)
	return who
}

func (t *town) urgent(n int) bool { return n%urgentEvery == 0 }

// article is article n of a drain; 0 is the one for everybody.
func (t *town) article(drain string, n int) store.Item {
	r := rand.New(rand.NewPCG(t.seed, uint64(n)<<32|2)) //nolint:gosec // to be repeated, not to be guessed
	words := make([]string, articleWords)
	for i := range words {
		words[i] = fmt.Sprintf("w%dq", r.IntN(r.IntN(5000)+1)) // words with digits, so that no made rule wants them
	}
	wanted := []string{wordOfAll}
	if n > 0 {
		wanted = wanted[:0]
		for _, i := range t.hears(n) {
			wanted = append(wanted, t.word(i))
		}
	}
	return store.Item{Article: news.Article{
		ID: fmt.Sprintf("bench:%s:%d", drain, n), Source: "bench", Lang: "en", URL: fmt.Sprintf("https://example.org/%s/%d", drain, n),
		Title: fmt.Sprintf("Report %d of %s", n, drain), Body: strings.Join(append(words, wanted...), " "),
	}}
}

// articleNumber reads n out of an item of article.
func articleNumber(it *store.Item) (n int, err error) {
	_, tail, _ := strings.Cut(strings.TrimPrefix(it.Article.ID, "bench:"), ":")
	if _, err = fmt.Sscanf(tail, "%d", &n); err != nil {
		return 0, fmt.Errorf("article %q is none of the bench's", it.Article.ID)
	}
	return n, nil
}
