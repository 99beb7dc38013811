package store

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"time"
)

// How long and how much a store remembers.
const (
	IDKeep     = 30 * 24 * time.Hour // an article's id, after it was last accepted
	UpdateKeep = 48 * time.Hour      // a person's update, and a forgotten destination's tombstone
	DeadKeep   = 1000                // dead letters of a shard
	TokenKeep  = 256                 // settled attempts of a shard, by token
)

// HomeShard is the shard in which a chat signs up. A chat that Telegram gave
// a new id stays where it was, so ask the record, not this.
func HomeShard(chat int64) Shard {
	return ShardOf(strconv.FormatInt(chat, 10))
}

// ShardOf spreads names of any kind, such as the addresses of feeds, evenly
// over the shards.
func ShardOf(name string) Shard {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // a hash never fails
	return Shard(h.Sum32() % Shards)
}

// Instant is t as a store keeps it: UTC, to the millisecond, and the zero
// time for everything before 1970.
func Instant(t time.Time) time.Time {
	if t.UnixMilli() <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}

// Do is the one meaning of a Change for every back end: what becomes of d,
// nil when the destination is unknown. It leaves d alone, gives a new
// destination no place, and reports whether the record differs afterwards.
func (c Change) Do(d *Destination) (after Destination, did []Did, changed bool) {
	now := Instant(c.Now)
	if d == nil {
		after, changed = Destination{Dest: c.Dest, Kind: c.Kind, Joined: now}, true
	} else {
		after = d.Clone()
	}
	if c.Kind != "" && c.Kind != after.Kind {
		after.Kind, changed = c.Kind, true
	}
	did = Apply(&after, c.Edits, now)
	for _, x := range did {
		changed = changed || x.Changed
	}
	return after, did, changed
}

// Clone returns a copy of d that shares nothing with it.
func (d Destination) Clone() Destination {
	d.Rules = slices.Clone(d.Rules)
	d.Topics = slices.Clone(d.Topics)
	d.Routes = slices.Clone(d.Routes)
	d.Strikes = slices.Clone(d.Strikes)
	return d
}

// Moved returns d as it is under its chat's new id.
func (d Destination) Moved(to int64) Destination {
	d = d.Clone()
	d.Chat = to
	if d.Kind == Group {
		d.Kind = Supergroup
	}
	return d
}

// Merge folds newer, the record a chat has under its new id, into d, the one
// under its old id. The place of d stays. Settings and the numbers of rules stay
// as they are in the one that joined first: who signs up under the old id when
// the chat has moved makes a record that is younger. Rules, topics and
// routes are joined. Merging twice does no more than merging once.
func (d Destination) Merge(newer Destination) Destination {
	out, other := d.Clone(), newer
	if !newer.Joined.IsZero() && newer.Joined.Before(d.Joined) {
		out, other = newer.Clone(), d
		out.Dest, out.Place = d.Dest, d.Place
	}
	for _, r := range other.Rules {
		if _, has := ruleByText(&out, r.Text); !has {
			out.NextRule++
			r.N = out.NextRule
			out.Rules = append(out.Rules, r)
		}
	}
	out.Topics = Sorted(slices.Concat(out.Topics, other.Topics))
	out.Routes = Sorted(slices.Concat(out.Routes, other.Routes))
	out.Kind = cmp.Or(newer.Kind, out.Kind)
	out.Lang = cmp.Or(out.Lang, other.Lang)
	out.Suspended, out.Strikes = newer.Suspended, slices.Clone(newer.Strikes)
	later(&out.HoldUntil, other.HoldUntil)
	later(&out.Active, other.Active)
	return out
}

// Tombstone is what the change feed tells of a destination that is no more.
func (d Destination) Tombstone() Destination {
	return Destination{Dest: d.Dest, Place: d.Place, Gone: true}
}

// Check reports what is wrong with a dispatch: ordinals must be above 0,
// ascending, and in one class only.
func (d Dispatch) Check() error {
	var all []uint32
	for class, owed := range d.Owed {
		for i, o := range owed {
			if o == 0 || i > 0 && o <= owed[i-1] {
				return fmt.Errorf("dispatch item %d in shard %d: ordinals of class %d do not ascend from 1", d.Item, d.Shard, class)
			}
		}
		all = append(all, owed...)
	}
	slices.Sort(all)
	for i := 1; i < len(all); i++ {
		if all[i] == all[i-1] {
			return fmt.Errorf("dispatch item %d in shard %d: ordinal %d is owed in two classes", d.Item, d.Shard, all[i])
		}
	}
	return checkShard(d.Shard)
}

// Compare orders by item, class and time, and by whom it was for.
func (e Expired) Compare(f Expired) int {
	return cmp.Or(cmp.Compare(e.Item, f.Item), cmp.Compare(e.Class, f.Class), e.At.Compare(f.At), slices.Compare(e.Owed, f.Owed))
}

// Check reports what is wrong with e: a class and a shard that exist, and
// ordinals that ascend from 1.
func (e Expired) Check() error {
	if e.Class >= Classes {
		return fmt.Errorf("expire item %d in shard %d: there is no class %d", e.Item, e.Shard, e.Class)
	}
	d := Dispatch{Shard: e.Shard, Item: e.Item}
	d.Owed[e.Class] = e.Owed
	return d.Check()
}

// Put adds an item to x, and tells which others had to make room for it.
func (x *Inbox) Put(s Shelved) (dropped []uint64) {
	x.Items = append(x.Items, s)
	for len(x.Items) > InboxSize {
		dropped = append(dropped, x.Items[0].Item)
		x.Items, x.Dropped = x.Items[1:], x.Dropped+1
	}
	return dropped
}

// Empty reports whether there is nothing to be told of x, not even a count.
func (x *Inbox) Empty() bool { return len(x.Items) == 0 && x.Dropped == 0 }

// Find returns the place of an item in x; below 0: it is not there.
func (x *Inbox) Find(item uint64) int {
	return slices.IndexFunc(x.Items, func(s Shelved) bool { return s.Item == item })
}

// Outlive takes what was put into x before an instant out of it.
func (x *Inbox) Outlive(before time.Time) (dropped []uint64) {
	x.Items = slices.DeleteFunc(x.Items, func(s Shelved) bool {
		old := s.At.Before(before)
		if old {
			dropped = append(dropped, s.Item)
		}
		return old
	})
	x.Dropped += len(dropped)
	return dropped
}

// Told lists the items that m tells, without InboxCount.
func (m Mark) Told() []uint64 {
	return slices.DeleteFunc(slices.Clone(m.Items), func(item uint64) bool { return item == InboxCount })
}

// Check reports what is wrong with an attempt: it needs a token, and a shard
// that exists.
func (m Mark) Check() error {
	if m.Token == "" {
		return errors.New("an attempt needs a token")
	}
	return checkShard(m.Shard)
}

func checkShard(s Shard) error {
	if s >= Shards {
		return fmt.Errorf("shard %d: there are only %d", s, Shards)
	}
	return nil
}

// Check reports whether s is a shard that exists.
func (s Shard) Check() error { return checkShard(s) }

// Plus returns both sums added up.
func (t Tally) Plus(u Tally) Tally {
	return Tally{
		Owed: t.Owed + u.Owed, Delivered: t.Delivered + u.Delivered, Suspended: t.Suspended + u.Suspended,
		Dead: t.Dead + u.Dead, Dropped: t.Dropped + u.Dropped, Unknown: t.Unknown + u.Unknown, Expired: t.Expired + u.Expired,
	}
}

// Check reports a suspension that there is not.
func (s Suspension) Check() error {
	switch s {
	case "", Blocked, Kicked, Refused:
		return nil
	}
	return fmt.Errorf("no suspension is called %q", string(s))
}

// Check reports what a destination's record cannot hold.
func (d Destination) Check() error {
	switch d.Kind {
	case "", Private, Group, Supergroup, Channel:
		return d.Suspended.Check()
	}
	return fmt.Errorf("no kind of chat is called %q", string(d.Kind))
}
