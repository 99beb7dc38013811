package record_test

import (
	"errors"
	"rasid/news"
	"rasid/store"
	"rasid/store/record"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func at(s int64) time.Time { return time.Unix(1_700_000_000+s, 0).UTC() }

func full() store.Destination {
	return store.Destination{
		Dest: store.Dest{Chat: -100123, Thread: 7}, Place: store.Place{Shard: 9, Ordinal: 77},
		Kind: store.Supergroup, Lang: "ar", NextRule: 9, Paused: true, Suspended: store.Kicked,
		Rules:  []store.Rule{{N: 3, Text: "زلزال", Lang: "ar", Made: at(1)}, {N: 9, Text: "quake"}},
		Topics: []string{"libya", "sport"}, Routes: []string{"markets"}, Strikes: []int64{5, 6},
		HoldUntil: at(2), Joined: at(3), Active: at(4),
	}
}

func TestDestinationComesBackAsItWas(t *testing.T) {
	for name, d := range map[string]store.Destination{
		"full":      full(),
		"tombstone": full().Tombstone(),
		"bare":      {Dest: store.Dest{Chat: 1}},
	} {
		b, err := record.Destination(d)
		if err != nil {
			t.Fatalf("Destination(%s) = %v", name, err)
		}
		got, err := record.ReadDestination(d.Place, b)
		if diff := cmp.Diff(d, got); err != nil || diff != "" {
			t.Errorf("%s comes back different: %v\n%s", name, err, diff)
		}
	}
}

func TestUnknownWordsAreRefused(t *testing.T) {
	d := full()
	d.Suspended = "bored"
	if _, err := record.Destination(d); err == nil {
		t.Error("a suspension that no back end knows was written")
	}
	for _, kind := range []store.Kind{"", store.Private, store.Group, store.Supergroup, store.Channel, "telepathy"} {
		d = full()
		d.Kind = kind
		if _, err := record.Destination(d); (err == nil) != kind.Known() || kind == "telepathy" && err == nil {
			t.Errorf("Destination of the kind %q = %v, and Known says %v", kind, err, kind.Known())
		}
	}
}

func TestARuleCostsLittle(t *testing.T) {
	d := full()
	before, _ := record.Destination(d)
	d.Rules = append(d.Rules, store.Rule{N: 10, Text: "الجيش الوطني", Lang: "ar", Made: at(1)})
	after, _ := record.Destination(d)
	if cost, text := len(after)-len(before), len("الجيش الوطني"); cost > text+13 {
		t.Errorf("a rule of %d bytes of text takes %d bytes; want at most 13 more", text, cost)
	}
}

func TestOwedSetOfAllChatsIsSmall(t *testing.T) {
	all := make([]uint32, 1_000_000/store.Shards)
	for i := range all {
		all[i] = uint32(i + 1)
	}
	if got := len(record.Owed(all)) * store.Shards; got > 200_000 {
		t.Errorf("an item owed to 1,000,000 chats takes %d bytes; want at most 200,000", got)
	}
}

// An item that only a newer rasid can read waits for one; a damaged one is given up.
func TestANewerItemIsNotDamaged(t *testing.T) {
	b, err := record.Item(store.Item{Seq: 5, At: at(9), Article: news.Article{ID: "a", Title: "t"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		version byte
		want    error
	}{{b[0] + 1, record.ErrNewer}, {0, record.ErrDamaged}} {
		b[0] = tt.version
		if _, err := record.ReadItem(5, b); !errors.Is(err, tt.want) || errors.Is(err, record.ErrNewer) == errors.Is(err, record.ErrDamaged) {
			t.Errorf("ReadItem of version %d = %v, want %v alone", tt.version, err, tt.want)
		}
	}
}

func TestItemAndOthersComeBack(t *testing.T) {
	it := store.Item{Seq: 5, At: at(9), Article: news.Article{ID: "a", Title: "عنوان", Tags: []string{"x"}}}
	b, err := record.Item(it)
	if err != nil {
		t.Fatal(err)
	}
	got, err := record.ReadItem(5, b)
	if diff := cmp.Diff(it, got); err != nil || diff != "" {
		t.Errorf("item comes back different: %v\n%s", err, diff)
	}
	j := record.Job{Tally: store.Tally{Owed: 1, Unknown: 6}, Created: at(1), Matcher: "m1"}
	gotJob, err := record.ReadJob(j.Bytes())
	if err != nil || gotJob != j {
		t.Errorf("ReadJob = %+v, %v; want %+v", gotJob, err, j)
	}
	u := record.Update{Created: true, Did: []store.Did{{Changed: true, N: 3, Rule: full().Rules[0]}, {}}}
	gotUpdate, err := record.ReadUpdate(u.Bytes())
	if diff := cmp.Diff(u, gotUpdate); err != nil || diff != "" {
		t.Errorf("update comes back different: %v\n%s", err, diff)
	}
	cut, err := record.ReadUpdate(record.CutUpdate(u.Bytes()))
	if want := (record.Update{Created: true, Did: make([]store.Did, 2)}); err != nil || cmp.Diff(want, cut) != "" {
		t.Errorf("a cut update reads %+v, %v; want %+v", cut, err, want)
	}
	l := store.DeadLetter{Place: store.Place{Shard: 3, Ordinal: 4}, Items: []uint64{1, 1 << 40}, Reason: "no", At: at(1)}
	gotLetter, err := record.ReadLetter(3, record.Letter(l))
	if diff := cmp.Diff(l, gotLetter); err != nil || diff != "" {
		t.Errorf("dead letter comes back different: %v\n%s", err, diff)
	}
}

// FuzzOwed: a set made by adding and clearing holds what a map would.
func FuzzOwed(f *testing.F) {
	f.Add([]byte{1, 2, 3, 130, 2})
	f.Add([]byte{255, 1, 1, 129})
	f.Fuzz(func(t *testing.T, ops []byte) {
		var set []byte
		want := map[uint32]bool{}
		for _, op := range ops {
			o := uint32(op%128) + 1
			if op < 128 {
				var err error
				if set, err = record.AddOwed(set, o); err != nil {
					t.Fatalf("AddOwed(%d): %v", o, err)
				}
				want[o] = true
				continue
			}
			var had bool
			if set, had = record.ClearOwed(set, o); had != want[o] {
				t.Fatalf("ClearOwed(%d) had it: %v, want %v", o, had, want[o])
			}
			delete(want, o)
		}
		got, err := record.ReadOwed(set)
		if err != nil || len(got) != len(want) || !slices.IsSorted(got) {
			t.Fatalf("ReadOwed = %v, %v; want %v", got, err, want)
		}
		for _, o := range got {
			if !want[o] || !record.HasOwed(set, o) {
				t.Fatalf("%d: in the set %v, want %v", o, record.HasOwed(set, o), want[o])
			}
		}
	})
}

// FuzzRead: whatever the bytes, reading either refuses them, or what was read
// is written and read again as the same thing.
func FuzzRead(f *testing.F) {
	b, _ := record.Destination(full())
	f.Add(b)
	f.Add(record.Mark(store.Mark{Place: full().Place, Epoch: 3, Items: []uint64{1, 2}, At: at(1)}))
	f.Add(record.Sent(store.Sent{MessageID: 5, Items: []uint64{9}, Rules: []string{"3"}, At: at(1)}))
	f.Add(record.Letter(store.DeadLetter{Items: []uint64{1}, Reason: "x"}))
	f.Add(record.Job{Created: at(1), Matcher: "v"}.Bytes())
	f.Add(record.Update{Did: []store.Did{{Changed: true}}}.Bytes())
	f.Add(record.Owed([]uint32{1, 2, 3}))
	f.Add(record.Inbox(store.Inbox{Due: at(2), Dropped: 3, Items: []store.Shelved{{Item: 7, Class: store.Low, At: at(1)}}}))
	f.Add(record.AddExpired(nil, record.Late{At: at(1), Owed: []uint32{1, 2}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := store.Place{Shard: 1, Ordinal: 2}
		again(t, b, func(b []byte) (store.Destination, error) { return record.ReadDestination(p, b) },
			func(d store.Destination) []byte { x, _ := record.Destination(d); return x })
		again(t, b, func(b []byte) (store.Mark, error) { return record.ReadMark(1, "t", b) }, record.Mark)
		again(t, b, record.ReadSent, record.Sent)
		again(t, b, func(b []byte) (store.DeadLetter, error) { return record.ReadLetter(1, b) }, record.Letter)
		again(t, b, record.ReadJob, record.Job.Bytes)
		again(t, b, record.ReadUpdate, record.Update.Bytes)
		again(t, b, record.ReadOwed, record.Owed)
		again(t, b, record.ReadExpired, groups)
		again(t, b, func(b []byte) (store.Inbox, error) { return record.ReadInbox(p, b) }, record.Inbox)
		again(t, b, func(b []byte) (store.Item, error) { return record.ReadItem(1, b) },
			func(it store.Item) []byte { x, _ := record.Item(it); return x })
	})
}

func groups(all []record.Late) (b []byte) {
	for _, l := range all {
		b = record.AddExpired(b, l)
	}
	return b
}

func TestWhoAnItemCameTooLateForComesBack(t *testing.T) {
	want := []record.Late{{At: at(1), Owed: []uint32{1, 9}}, {At: at(2), Owed: []uint32{4}}}
	b := groups(want)
	got, err := record.ReadExpired(b)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("groups come back different: %v\n%s", err, diff)
	}
	if l, has, err := record.FindExpired(b, 9); !has || err != nil || !l.At.Equal(at(1)) {
		t.Errorf("FindExpired(9) = %+v, %v, %v; want the first group", l, has, err)
	}
	b, had, err := record.WithoutExpired(b, 4)
	if rest, _ := record.ReadExpired(b); !had || err != nil || len(rest) != 1 {
		t.Errorf("without 4 there are %+v, %v, %v; want the first group alone", rest, had, err)
	}
	if _, had, _ := record.WithoutExpired(b, 4); had {
		t.Error("4 was there a second time")
	}
	if _, err := record.ReadExpired(b[:len(b)-1]); err == nil {
		t.Error("a group cut short was read")
	}
}

func again[T any](t *testing.T, b []byte, read func([]byte) (T, error), write func(T) []byte) {
	t.Helper()
	x, err := read(b)
	if err != nil {
		return
	}
	y, err := read(write(x))
	if diff := cmp.Diff(x, y); err != nil || diff != "" {
		t.Errorf("%x reads as %+v, which comes back different: %v\n%s", b, x, err, diff)
	}
}

func TestTheRecordOfAQuietItemTellsByItsEnd(t *testing.T) {
	if fields := reflect.VisibleFields(reflect.TypeFor[store.Item]()); fields[len(fields)-1].Name != "Quiet" {
		t.Errorf("the last field of store.Item is %s; want Quiet, by which its record ends", fields[len(fields)-1].Name)
	}
	for _, it := range []store.Item{
		{Article: news.Article{ID: "a"}},
		{Article: news.Article{ID: "a", Title: record.Quiet(), Tags: []string{record.Quiet()}}},
		{Article: news.Article{ID: "b"}, Broadcast: &store.BroadcastNote{Text: record.Quiet(), Topic: `"o":true`, Until: time.Unix(5, 0)}},
	} {
		for _, it.Quiet = range []bool{false, true} {
			b, err := record.Item(it)
			if err != nil || record.IsQuiet(b) != it.Quiet {
				t.Errorf("IsQuiet(%q) = %v, %v; want %v", b, !it.Quiet, err, it.Quiet)
			}
		}
	}
}
