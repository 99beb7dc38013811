package storetest

import (
	"context"
	"errors"
	"fmt"
	"rasid/news"
	"rasid/store"
	"rasid/store/memstore"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// Model runs random sequences of operations on the in-memory model and on a
// store of open's, which must be empty each time, and fails when they differ
// in an answer or in what they hold afterwards. The number of sequences is
// rapid's: -rapid.checks.
func Model(t *testing.T, open func(*rapid.T) store.Store) {
	rapid.Check(t, func(rt *rapid.T) {
		p := newPair(rt, open(rt))
		rt.Repeat(p.actions())
	})
}

// newPair begins with a store that is empty.
func newPair(rt *rapid.T, real store.Store) *pair {
	p := &pair{model: memstore.New(), real: real, now: at(0)}
	p.begun(rt)
	return p
}

// actions are what is done at random.
func (p *pair) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"":         p.compare,
		"accept":   p.accept,
		"change":   p.change,
		"take":     p.take,
		"leave":    p.leave,
		"dispatch": p.dispatch,
		"begin":    p.begin,
		"finish":   p.finish,
		"finish 2": p.finish, // twice as often as others
		"release":  p.release,
		"withdraw": p.withdraw,
		"cancel":   p.cancel,
		"expire":   p.expire,
		"shelve":   p.shelve,
		"forget":   p.forget,
		"migrate":  p.migrate,
		"advance":  p.advance,
		"trim":     p.trim,
		"notes":    p.notes,
		"tick":     p.tick,
	}
}

// A pair is the model and what is compared with it.
type pair struct {
	model, real store.Store
	now         time.Time
	epochs      [store.Roles]uint64 // the newest that was given out
	tokens      int
	turn        uint64
	marks       []store.Mark
	curModel    store.Cursor
	curReal     store.Cursor
}

// begun gives the chats a home and something to be owed, so that what follows
// has something to work on.
func (p *pair) begun(t *rapid.T) {
	for _, chat := range chats() {
		c := store.Change{Dest: store.Dest{Chat: chat}, Kind: store.Group, Now: p.now}
		p.both(t, "Change", func(s store.Store) (any, error) { return s.Change(context.Background(), c) })
	}
	for _, shard := range shards() {
		for item := uint64(1); item <= 3; item++ {
			d := store.Dispatch{Shard: shard, Item: item, Created: p.now, Matcher: "m0"}
			d.Owed[item%store.Classes] = []uint32{1, 2}
			p.both(t, "Dispatch", func(s store.Store) (any, error) { return s.Dispatch(context.Background(), d, 0) })
		}
	}
	whole := rapid.Uint64Range(0, 3).Draw(t, "dispatched whole")
	p.do(t, "Advance", func(s store.Store) error { return s.Advance(context.Background(), store.Reach{To: whole}, 0) })
}

// outcome is an answer in a form that can be compared.
type outcome struct {
	Value any
	Err   string
}

func outcomeOf(v any, err error) outcome {
	for _, known := range []error{store.ErrFenced, store.ErrSettled, store.ErrUnknown, store.ErrDispatching} {
		if errors.Is(err, known) {
			return outcome{Err: known.Error()}
		}
	}
	if err != nil {
		return outcome{Err: "refused"}
	}
	return outcome{Value: v}
}

// both asks the same of both and compares the answers.
func (p *pair) both(t *rapid.T, what string, ask func(store.Store) (any, error)) {
	t.Helper()
	v, err := ask(p.model)
	want := outcomeOf(v, err)
	v, err = ask(p.real)
	got := outcomeOf(v, err)
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s: answer differs from the model's (-model +real), err %v:\n%s", what, err, diff)
	}
}

func (p *pair) do(t *rapid.T, what string, ask func(store.Store) error) {
	t.Helper()
	p.both(t, what, func(s store.Store) (any, error) { return nil, ask(s) })
}

func chats() []int64 { return []int64{1, 2, -300, -400} }

func drawDest(t *rapid.T) store.Dest {
	return store.Dest{Chat: rapid.SampledFrom(chats()).Draw(t, "chat"), Thread: rapid.Int64Range(0, 1).Draw(t, "thread")}
}

// shards returns those that the chats of the test sign up in.
func shards() []store.Shard {
	var all []store.Shard
	for _, c := range chats() {
		all = append(all, store.HomeShard(c))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// drawShard prefers one, so that operations meet.
func drawShard(t *rapid.T) store.Shard {
	if rapid.IntRange(0, 2).Draw(t, "elsewhere") > 0 {
		return shards()[0]
	}
	return rapid.SampledFrom(shards()).Draw(t, "shard")
}

func drawPlace(t *rapid.T) store.Place {
	return store.Place{Shard: drawShard(t), Ordinal: rapid.Uint32Range(1, 4).Draw(t, "ordinal")}
}

func drawItems(t *rapid.T) []uint64 {
	return rapid.SliceOfNDistinct(rapid.Uint64Range(1, 6), 1, 3, rapid.ID).Draw(t, "items")
}

func (p *pair) tick(t *rapid.T) {
	p.now = p.now.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "hours")) * time.Hour)
}

func (p *pair) accept(t *rapid.T) {
	var items []store.Item
	for range rapid.IntRange(1, 3).Draw(t, "n") {
		it := store.Item{Article: news.Article{
			ID:    rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}).Draw(t, "id"),
			Title: rapid.SampledFrom([]string{"خبر", "news"}).Draw(t, "title"),
		}}
		it.Quiet = rapid.IntRange(0, 3).Draw(t, "quiet") == 0
		it.Feed = rapid.SampledFrom([]string{"", "f1", "f2"}).Draw(t, "feed")
		if rapid.Bool().Draw(t, "broadcast") {
			it.Broadcast = &store.BroadcastNote{Text: "x", Kinds: []store.Kind{store.Private}}
		}
		items = append(items, it)
	}
	p.both(t, "Accept", func(s store.Store) (any, error) { return s.Accept(context.Background(), items, p.now) })
}

func (p *pair) change(t *rapid.T) {
	c := store.Change{
		Dest: drawDest(t), Now: p.now,
		Kind:     rapid.SampledFrom([]store.Kind{"", store.Private, store.Group}).Draw(t, "kind"),
		UpdateID: rapid.Int64Range(0, 4).Draw(t, "update"),
		Edits:    rapid.SliceOfN(rapid.Custom(drawEdit), 0, 3).Draw(t, "edits"),
	}
	p.both(t, "Change", func(s store.Store) (any, error) { return s.Change(context.Background(), c) })
}

func drawEdit(t *rapid.T) store.Edit {
	e := store.Edit{
		Op:   store.Op(rapid.IntRange(int(store.AddRule), int(store.Touch)).Draw(t, "op")),
		N:    rapid.IntRange(0, 3).Draw(t, "rule"),
		Text: rapid.SampledFrom([]string{"زلزال", "quake", "libya"}).Draw(t, "text"),
		Lang: rapid.SampledFrom([]string{"", "ar"}).Draw(t, "lang"),

		Limit: rapid.IntRange(0, 2).Draw(t, "limit"),
	}
	if e.Op == store.Suspend {
		e.Text = string(rapid.SampledFrom([]store.Suspension{store.Blocked, store.Kicked}).Draw(t, "why"))
	}
	if e.Op == store.SetRoutes {
		e.Topics = []string{e.Text, "sport", e.Text}
	}
	return e
}

// forever is a lease that does not run out in a test: one back end measures
// real time, the others p.now.
const forever = 10 * 365 * 24 * time.Hour

// roles are those that the tests' chats need.
func roles() []store.Role {
	all := []store.Role{store.Updates, store.Intake}
	for _, s := range shards() {
		all = append(all, s.Role())
	}
	return all
}

func drawRoles(t *rapid.T) []store.Role {
	roles := roles()
	return roles[rapid.IntRange(0, len(roles)-1).Draw(t, "from"):]
}

func drawProcess(t *rapid.T) string { return rapid.SampledFrom([]string{"a", "b"}).Draw(t, "process") }

func (p *pair) take(t *rapid.T) {
	name, roles := drawProcess(t), drawRoles(t)
	p.both(t, "Take", func(s store.Store) (any, error) {
		epochs, err := s.Take(context.Background(), name, roles, forever, p.now)
		for i, e := range epochs {
			p.epochs[roles[i]] = max(p.epochs[roles[i]], e)
		}
		return epochs, err
	})
}

func (p *pair) leave(t *rapid.T) {
	name, roles := drawProcess(t), drawRoles(t)
	p.do(t, "Leave", func(s store.Store) error { return s.Leave(context.Background(), name, roles) })
}

// drawEpoch is mostly the right one.
func (p *pair) drawEpoch(t *rapid.T, r store.Role) uint64 {
	if p.epochs[r] > 0 && rapid.IntRange(0, 9).Draw(t, "stale") == 0 {
		return p.epochs[r] - 1
	}
	return p.epochs[r]
}

func (p *pair) dispatch(t *rapid.T) {
	d := store.Dispatch{
		Shard: drawShard(t), Item: rapid.Uint64Range(1, 6).Draw(t, "item"),
		Created: p.now, Expires: p.now.Add(time.Hour), Matcher: "m1",
	}
	for o := uint32(1); o <= 4; o++ {
		if c := rapid.IntRange(0, store.Classes).Draw(t, "class"); c < store.Classes {
			d.Owed[c] = append(d.Owed[c], o)
		}
	}
	if rapid.Bool().Draw(t, "many") { // so many that a bitmap is shorter
		for o := uint32(5); o < 200; o++ {
			d.Owed[store.Normal] = append(d.Owed[store.Normal], o)
		}
	}
	epoch := p.drawEpoch(t, store.Intake)
	p.both(t, "Dispatch", func(s store.Store) (any, error) { return s.Dispatch(context.Background(), d, epoch) })
}

// drawMark is a new attempt or one that was made before.
func (p *pair) drawMark(t *rapid.T) store.Mark {
	if len(p.marks) > 0 && rapid.IntRange(0, 3).Draw(t, "known") == 0 {
		return rapid.SampledFrom(p.marks).Draw(t, "mark")
	}
	p.tokens++
	place := drawPlace(t)
	m := store.Mark{
		Place: place, Epoch: p.drawEpoch(t, place.Shard.Role()), Token: fmt.Sprintf("t%d", p.tokens),
		Items: drawItems(t), At: p.now, Tries: rapid.IntRange(0, 2).Draw(t, "tries"),
	}
	jobs, err := p.model.Owed(context.Background(), m.Shard, 0)
	if err == nil && len(jobs) > 0 && rapid.IntRange(0, 3).Draw(t, "owed") > 0 {
		j := rapid.SampledFrom(jobs[:min(len(jobs), 2)]).Draw(t, "job")
		m.Ordinal, m.Items[0] = j.Owed[0], j.Item
	}
	if rapid.IntRange(0, 3).Draw(t, "shelved") == 0 {
		p.fromInbox(t, &m)
	}
	p.marks = append(p.marks, m)
	return m
}

func (p *pair) begin(t *rapid.T) {
	m := p.drawMark(t)
	p.do(t, "Begin", func(s store.Store) error { return s.Begin(context.Background(), m) })
}

func (p *pair) finish(t *rapid.T) {
	m := p.drawMark(t)
	o := store.Outcome{
		Fate:      rapid.SampledFrom([]store.Fate{store.Delivered, store.Dead, store.Unknown, store.Unknown, store.Unknown, store.Dropped}).Draw(t, "fate"),
		MessageID: int64(p.tokens), Rules: []string{"3", "libya"}, Reason: "chat not found",
		Suspend: rapid.SampledFrom([]store.Suspension{"", "", "", store.Blocked}).Draw(t, "suspend"),
	}
	p.do(t, "Finish", func(s store.Store) error { return s.Finish(context.Background(), m, o, p.now) })
}

func (p *pair) release(t *rapid.T) {
	m := p.drawMark(t)
	until := p.now.Add(time.Duration(rapid.IntRange(-5, 60).Draw(t, "seconds")) * time.Second)
	p.do(t, "Release", func(s store.Store) error { return s.Release(context.Background(), m, until) })
}

func (p *pair) withdraw(t *rapid.T) {
	place, items := drawPlace(t), drawItems(t)
	if rapid.IntRange(0, 9).Draw(t, "count") == 0 {
		items = append(items, store.InboxCount)
	}
	epoch := p.drawEpoch(t, place.Shard.Role())
	p.do(t, "Withdraw", func(s store.Store) error { return s.Withdraw(context.Background(), place, items, epoch) })
}

func (p *pair) cancel(t *rapid.T) {
	shard, item := drawShard(t), rapid.Uint64Range(1, 6).Draw(t, "item")
	p.do(t, "Cancel", func(s store.Store) error { return s.Cancel(context.Background(), shard, item) })
}

// expire is mostly about something that is owed.
func (p *pair) expire(t *rapid.T) {
	e := store.Expired{
		Shard: drawShard(t), Item: rapid.Uint64Range(1, 6).Draw(t, "item"),
		Class: store.Class(rapid.IntRange(0, store.Classes).Draw(t, "class")), At: p.now,
	}
	e.Owed = []uint32{1, 2, 3, 4}[:rapid.IntRange(0, 4).Draw(t, "first")]
	jobs, err := p.model.Owed(context.Background(), e.Shard, 0)
	if err == nil && len(jobs) > 0 && rapid.IntRange(0, 3).Draw(t, "owed") > 0 {
		j := rapid.SampledFrom(jobs).Draw(t, "job")
		e.Item, e.Class = j.Item, j.Class
		if rapid.Bool().Draw(t, "all") {
			e.Owed = j.Owed
		}
	}
	epoch := p.drawEpoch(t, e.Shard.Role())
	p.both(t, "Expire", func(s store.Store) (any, error) { return s.Expire(context.Background(), e, epoch) })
}

func (p *pair) forget(t *rapid.T) {
	chat := rapid.SampledFrom(chats()).Draw(t, "chat")
	p.do(t, "Forget", func(s store.Store) error { return s.Forget(context.Background(), chat, p.now) })
}

func (p *pair) migrate(t *rapid.T) {
	from, to := rapid.SampledFrom(chats()).Draw(t, "from"), rapid.SampledFrom(chats()).Draw(t, "to")
	p.do(t, "Migrate", func(s store.Store) error { return s.Migrate(context.Background(), from, to, p.now) })
}

func (p *pair) advance(t *rapid.T) {
	r, epoch := store.Reach{To: rapid.Uint64Range(0, 6).Draw(t, "seq")}, p.drawEpoch(t, store.Intake)
	for seq := uint64(1); seq <= r.To; seq++ {
		if rapid.IntRange(0, 5).Draw(t, "unread") == 0 {
			r.Unread = append(r.Unread, seq)
		}
	}
	p.do(t, "Advance", func(s store.Store) error { return s.Advance(context.Background(), r, epoch) })
}

func (p *pair) trim(t *rapid.T) {
	before, limit := p.now.Add(-30*time.Hour), rapid.IntRange(0, 3).Draw(t, "limit")
	if rapid.Bool().Draw(t, "inboxes") {
		p.do(t, "Outlive", func(s store.Store) error { return outlive(context.Background(), s, before) })
	}
	p.both(t, "Trim", func(s store.Store) (any, error) { return s.Trim(context.Background(), before, p.now, limit) })
}

func (p *pair) notes(t *rapid.T) {
	data := rapid.SampledFrom([]string{"topics: []", "feeds: []"}).Draw(t, "rules")
	f := store.Feed{URL: "https://example.org/" + rapid.SampledFrom([]string{"a", "b"}).Draw(t, "feed"), NextCheck: p.now, ETag: `W/"x"`}
	p.both(t, "SaveRuleFile", func(s store.Store) (any, error) { return s.SaveRuleFile(context.Background(), []byte(data)) })
	p.both(t, "KnownRuleFile", func(s store.Store) (any, error) { return s.KnownRuleFile(context.Background(), []byte("feeds: []")) })
	p.do(t, "SaveFeed", func(s store.Store) error { return s.SaveFeed(context.Background(), f) })
}
