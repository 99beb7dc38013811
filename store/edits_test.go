package store_test

import (
	"rasid/store"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func at(s int64) time.Time { return time.Unix(1_700_000_000+s, 0).UTC() }

func rule(n int, text string) store.Rule { return store.Rule{N: n, Text: text, Made: at(0)} }

func TestApply(t *testing.T) {
	two := store.Destination{Rules: []store.Rule{rule(1, "quake"), rule(3, "flood")}, NextRule: 3, Topics: []string{"b"}}
	for _, tt := range []struct {
		name   string
		before store.Destination
		edits  []store.Edit
		after  store.Destination
		did    []store.Did
	}{
		{
			"a rule gets the next number, never one used before", two,
			[]store.Edit{{Op: store.RemoveRule, N: 3}, {Op: store.AddRule, Text: "fire"}},
			store.Destination{Rules: []store.Rule{rule(1, "quake"), rule(4, "fire")}, NextRule: 4, Topics: []string{"b"}},
			[]store.Did{{Changed: true, N: 3, Rule: rule(3, "flood")}, {Changed: true, N: 4, Rule: rule(4, "fire")}},
		},
		{
			"a rule equal in text is not added twice, and its number told", two,
			[]store.Edit{{Op: store.AddRule, Text: "flood", Lang: "en"}},
			two,
			[]store.Did{{N: 3, Rule: rule(3, "flood")}},
		},
		{
			"a rule is added up to the limit, which one that is there already does not meet", two,
			[]store.Edit{{Op: store.AddRule, Text: "fire", Limit: 3}, {Op: store.AddRule, Text: "storm", Limit: 3}, {Op: store.AddRule, Text: "flood", Limit: 3}},
			store.Destination{Rules: []store.Rule{rule(1, "quake"), rule(3, "flood"), rule(4, "fire")}, NextRule: 4, Topics: []string{"b"}},
			[]store.Did{{Changed: true, N: 4, Rule: rule(4, "fire")}, {}, {N: 3, Rule: rule(3, "flood")}},
		},
		{
			"undo puts a rule back beyond the limit", two,
			[]store.Edit{{Op: store.RestoreRule, N: 2, Text: "fire", Limit: 1}, {Op: store.AddRule, Text: "storm", Limit: 1}},
			store.Destination{Rules: []store.Rule{rule(1, "quake"), rule(2, "fire"), rule(3, "flood")}, NextRule: 3, Topics: []string{"b"}},
			[]store.Did{{Changed: true, N: 2, Rule: rule(2, "fire")}, {}},
		},
		{
			"a rule that is not there is not removed", two,
			[]store.Edit{{Op: store.RemoveRule, N: 2}},
			two,
			[]store.Did{{N: 2}},
		},
		{
			"undo puts a rule back in its place", two,
			[]store.Edit{{Op: store.RestoreRule, N: 2, Text: "fire"}},
			store.Destination{Rules: []store.Rule{rule(1, "quake"), rule(2, "fire"), rule(3, "flood")}, NextRule: 3, Topics: []string{"b"}},
			[]store.Did{{Changed: true, N: 2, Rule: rule(2, "fire")}},
		},
		{
			"undo twice does no more than once", two,
			[]store.Edit{{Op: store.RestoreRule, N: 3, Text: "flood"}},
			two,
			[]store.Did{{N: 3, Rule: rule(3, "flood")}},
		},
		{
			"topics stay sorted and distinct", two,
			[]store.Edit{{Op: store.Subscribe, Text: "a"}, {Op: store.Subscribe, Text: "b"}, {Op: store.Unsubscribe, Text: "z"}},
			store.Destination{Rules: two.Rules, NextRule: 3, Topics: []string{"a", "b"}},
			[]store.Did{{Changed: true}, {}, {}},
		},
		{
			"routes are set as a whole",
			store.Destination{Routes: []string{"x"}},
			[]store.Edit{{Op: store.SetRoutes, Topics: []string{"b", "a", "b"}}, {Op: store.SetRoutes, Topics: []string{"a", "b"}}},
			store.Destination{Routes: []string{"a", "b"}},
			[]store.Did{{Changed: true}, {}},
		},
		{
			"pause, language and touch are no change when they are there already",
			store.Destination{Paused: true, Lang: "ar", Active: at(0)},
			[]store.Edit{{Op: store.Pause}, {Op: store.SetLang, Lang: "ar"}, {Op: store.Touch}, {Op: store.Resume}},
			store.Destination{Lang: "ar", Active: at(0)},
			[]store.Did{{}, {}, {}, {Changed: true}},
		},
		{
			"the third strike within a day suspends",
			store.Destination{Strikes: []int64{at(-90_000).Unix(), at(-100).Unix(), at(-50).Unix()}},
			[]store.Edit{{Op: store.Strike}, {Op: store.Strike}},
			store.Destination{Suspended: store.Refused},
			[]store.Did{{Changed: true}, {}},
		},
		{
			"strikes of more than a day ago do not count",
			store.Destination{Strikes: []int64{at(-90_000).Unix(), at(-100).Unix()}},
			[]store.Edit{{Op: store.Strike}, {Op: store.Strike}},
			store.Destination{Strikes: []int64{at(-100).Unix(), at(0).Unix()}},
			[]store.Did{{Changed: true}, {}},
		},
		{
			"revive ends a suspension and its strikes",
			store.Destination{Suspended: store.Blocked, Strikes: []int64{1}},
			[]store.Edit{{Op: store.Revive}, {Op: store.Revive}},
			store.Destination{},
			[]store.Did{{Changed: true}, {}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.before.Clone()
			did := store.Apply(&got, tt.edits, at(0))
			if diff := cmp.Diff(tt.after, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("Apply(%v) (-want +got):\n%s", tt.edits, diff)
			}
			if diff := cmp.Diff(tt.did, did); diff != "" {
				t.Errorf("Apply(%v) did (-want +got):\n%s", tt.edits, diff)
			}
		})
	}
}

func TestMergeTwiceDoesNoMoreThanOnce(t *testing.T) {
	old := store.Destination{Rules: []store.Rule{rule(1, "quake")}, NextRule: 1, Lang: "ar", Joined: at(1), Kind: store.Group}
	newer := store.Destination{Rules: []store.Rule{rule(1, "flood"), rule(2, "quake")}, NextRule: 2, Lang: "en", Joined: at(5), Kind: store.Supergroup, HoldUntil: at(9)}
	want := store.Destination{
		Rules: []store.Rule{rule(1, "quake"), rule(2, "flood")}, NextRule: 2, Lang: "ar", Joined: at(1),
		Kind: store.Supergroup, HoldUntil: at(9),
	}
	mergesOnce(t, old, newer, want)
}

func TestMergeKeepsSettingsOfWhoJoinedFirst(t *testing.T) {
	late := store.Destination{
		Dest: store.Dest{Chat: -1}, Place: store.Place{Shard: 3, Ordinal: 9}, Rules: []store.Rule{rule(1, "flood"), rule(2, "quake")},
		NextRule: 2, Lang: "en", Topics: []string{"libya"}, Joined: at(5), Active: at(5), Kind: store.Group,
	}
	moved := store.Destination{
		Dest: store.Dest{Chat: -100}, Place: store.Place{Shard: 3, Ordinal: 2}, Rules: []store.Rule{rule(2, "quake"), rule(4, "oil")},
		NextRule: 4, Paused: true, Joined: at(1), Active: at(2), Kind: store.Supergroup, HoldUntil: at(9),
	}
	want := store.Destination{
		Dest: late.Dest, Place: late.Place, Rules: []store.Rule{rule(2, "quake"), rule(4, "oil"), rule(5, "flood")},
		NextRule: 5, Lang: "en", Topics: late.Topics, Paused: true, Joined: at(1), Active: at(5), Kind: store.Supergroup, HoldUntil: at(9),
	}
	mergesOnce(t, late, moved, want)
}

func mergesOnce(t *testing.T, old, newer, want store.Destination) {
	t.Helper()
	once := old.Merge(newer)
	if diff := cmp.Diff(want, once, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("Merge (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(once, once.Merge(newer), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("a second Merge changed it:\n%s", diff)
	}
}

func TestHomeShardSpreadsChats(t *testing.T) {
	counts := make([]int, store.Shards)
	for chat := range int64(store.Shards * 100) {
		counts[store.HomeShard(-1_000_000_000_000-chat)]++
	}
	for shard, n := range counts {
		if n < 50 || n > 200 {
			t.Errorf("shard %d got %d of 25,600 chats; want about 100", shard, n)
		}
	}
}
