package redisstore_test

import (
	"fmt"
	"rasid/news"
	"rasid/store"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"regexp"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"
)

// shelveLongAgo gives a shard n inboxes with an item each that was put there long
// ago, behind the back of everything.
func shelveLongAgo(t *testing.T, raw *redis.Client, shard store.Shard, n int) {
	t.Helper()
	box := make([]byte, 12+17)
	box[12+7] = 1
	_, err := raw.Pipelined(t.Context(), func(p redis.Pipeliner) error {
		for o := range n {
			p.HSet(t.Context(), inboxes(shard), strconv.Itoa(o+1), box)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func inboxes(shard store.Shard) string { return fmt.Sprintf("rasid:{s%d}:inbox", shard) }

// emptied counts the inboxes of a shard that have only their count.
func emptied(t *testing.T, raw *redis.Client, shard store.Shard) (n int) {
	t.Helper()
	all, err := raw.HVals(t.Context(), inboxes(shard)).Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, box := range all {
		if len(box) == 12 && box[11] == 1 {
			n++
		}
	}
	return n
}

// TestInboxesAreTrimmedInSteps: the server does nothing else while it carries out a
// script, so each is about some hundred items, and a call about ten thousand.
func TestInboxesAreTrimmedInSteps(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	s := openAt(t, server.URL, redisstore.Options{})
	raw := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer raw.Close()
	const each = 8000
	shelveLongAgo(t, raw, 3, each)
	shelveLongAgo(t, raw, 200, each)
	for i, want := range []struct {
		done        bool
		least, most int
	}{{false, 10_000, 11_000}, {true, 2 * each, 2 * each}} {
		done, err := s.Outlive(t.Context(), at(1))
		if n := emptied(t, raw, 3) + emptied(t, raw, 200); err != nil || done != want.done || n < want.least || n > want.most {
			t.Errorf("call %d: Outlive = %v, %v, and %d inboxes are emptied; want %+v", i+1, done, err, n, want)
		}
	}
	stats := raw.Info(t.Context(), "commandstats").Val()
	calls := 0
	for _, m := range regexp.MustCompile(`cmdstat_eval(?:sha)?:calls=(\d+)`).FindAllStringSubmatch(stats, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		calls += n
	}
	if calls < 2*each/500 {
		t.Errorf("%d scripts dropped %d items; want 500 each at most", calls, 2*each)
	}
}

func TestAShardThatCannotBeTrimmedKeepsNothingElse(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	s := openAt(t, server.URL, redisstore.Options{})
	raw := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer raw.Close()
	if _, err := s.Accept(t.Context(), []store.Item{{Article: news.Article{ID: "a"}}}, at(1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Advance(t.Context(), store.Reach{To: 1}, 0); err != nil {
		t.Fatal(err)
	}
	raw.Set(t.Context(), inboxes(3), "spoilt", 0)
	shelveLongAgo(t, raw, 9, 2)
	if done, err := s.Outlive(t.Context(), at(5)); done || err == nil {
		t.Errorf("Outlive = %v, %v; want an error", done, err)
	}
	if done, err := s.Outlive(t.Context(), at(5)); !done || err != nil || emptied(t, raw, 9) != 2 {
		t.Errorf("Outlive after that = %v, %v; want the shards behind it done", done, err)
	}
	if n, err := s.Trim(t.Context(), at(5), at(5), 10); n != 1 || err != nil {
		t.Errorf("Trim = %d, %v; want 1", n, err)
	}
}
