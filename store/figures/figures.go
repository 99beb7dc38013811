// Package figures counts what is in a store.
package figures

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"rasid/store/transfer"
	"time"
)

// Figures are what is in a store.
type Figures struct {
	Destinations int `json:"destinations"` // chats and forum threads
	Private      int `json:"private"`      // of those
	Paused       int `json:"paused"`
	Suspended    int `json:"suspended"`
	Forgotten    int `json:"forgotten"` // tombstones
	Rules        int `json:"rules"`
	Topics       int `json:"topics"` // subscriptions to topics

	Articles   int        `json:"articles"`
	Broadcasts int        `json:"broadcasts"` // of those
	Oldest     *time.Time `json:"oldest_article"`
	Newest     uint64     `json:"newest_number"`
	Unmatched  uint64     `json:"unmatched"` // accepted and not yet matched
	IDs        int        `json:"ids"`

	Jobs       int                `json:"jobs"`    // articles times shards where they hit
	Owed       int                `json:"owed"`    // owed sets
	Waiting    [store.Classes]int `json:"waiting"` // alerts still to be sent: urgent, normal, low, broadcast
	OldestOwed *time.Time         `json:"oldest_owed"`
	Attempts   int                `json:"attempts"` // under way, or cut short
	Sent       int                `json:"sent"`     // messages remembered
	Dead       int                `json:"dead"`
	Updates    int                `json:"updates"`

	Feeds     int      `json:"feeds"`
	RuleFile  uint64   `json:"rule_file"`     // its version; 0: none
	Processes []string `json:"processes"`     // that work on the store
	Size      int64    `json:"size"`          // bytes of the file, or of the servers' memory
	Bytes     uint64   `json:"bytes"`         // of all records
	ByKind    []Kind   `json:"bytes_by_kind"` // in the order of package transfer
}

// Kind tells how many records of one kind there are.
type Kind struct {
	Kind    string `json:"kind"`
	Records uint64 `json:"records"`
	Bytes   uint64 `json:"bytes"`
}

// A Store can be counted.
type Store interface {
	Users(ctx context.Context) ([]string, error)
	Export(ctx context.Context, p transfer.Part, f func(transfer.Record) error) error
	Size(ctx context.Context) (int64, error)
}

// Of reads a store whole and counts.
func Of(ctx context.Context, s Store, progress func(what string, done float64)) (Figures, error) {
	c := &counter{counts: make([]transfer.Count, transfer.Kinds)}
	for p := range transfer.Parts {
		err := s.Export(ctx, p, func(r transfer.Record) error { return c.add(p, r) })
		if err != nil {
			return Figures{}, fmt.Errorf("count %s: %w", p, err)
		}
		progress("counting", float64(p+1)/float64(transfer.Parts))
	}
	f := &c.Figures
	for k, n := range c.counts {
		f.ByKind = append(f.ByKind, Kind{transfer.Kind(k).String(), n.Records, n.Bytes})
		f.Bytes += n.Bytes
	}
	reach, _ := record.ReadReach(c.cursor, f.Newest, c.ahead) // what makes no sense counts as nothing
	f.Unmatched = f.Newest - min(reach.To, f.Newest) + uint64(len(reach.Unread))
	var err error
	if f.Size, err = s.Size(ctx); err != nil {
		return Figures{}, err
	}
	if f.Processes, err = s.Users(ctx); f.Processes == nil {
		f.Processes = []string{}
	}
	return *f, err
}

// A counter adds up.
type counter struct {
	Figures

	counts []transfer.Count
	cursor uint64
	ahead  []byte
	part   transfer.Part
	made   map[uint64]time.Time // when the jobs of the present shard were
}

func (c *counter) add(p transfer.Part, r transfer.Record) error {
	n := &c.counts[r.Kind]
	n.Records++
	n.Bytes += uint64(len(r.Key) + len(r.Value))
	if c.part != p || c.made == nil {
		c.part, c.made = p, map[uint64]time.Time{}
	}
	switch r.Kind {
	case transfer.Cursor:
		c.cursor = binary.BigEndian.Uint64(r.Value)
	case transfer.Ahead:
		c.ahead = bytes.Clone(r.Value)
	case transfer.Seq:
		c.Newest = binary.BigEndian.Uint64(r.Value)
	case transfer.RuleFile:
		c.RuleFile = binary.BigEndian.Uint64(r.Value)
	case transfer.Item:
		return c.item(r)
	case transfer.Chat:
		return c.chat(r)
	case transfer.Job:
		c.Jobs++
		j, err := record.ReadJob(r.Value)
		c.made[binary.BigEndian.Uint64(r.Key)] = j.Created
		return err
	case transfer.Owed:
		return c.owe(r)
	case transfer.Sent, transfer.Dead:
		return c.list(r)
	case transfer.Feed:
		c.Feeds++
	case transfer.ID:
		c.IDs++
	case transfer.Gone:
		c.Forgotten++
	case transfer.Mark:
		c.Attempts++
	case transfer.Update:
		c.Updates++
	}
	return nil
}

func (c *counter) item(r transfer.Record) error {
	it, err := record.ReadItem(binary.BigEndian.Uint64(r.Key), r.Value)
	if err != nil {
		return err
	}
	c.Articles++
	if it.Broadcast != nil {
		c.Broadcasts++
	}
	earlier(&c.Oldest, it.At)
	return nil
}

func earlier(t **time.Time, x time.Time) {
	if !x.IsZero() && (*t == nil || x.Before(**t)) {
		*t = &x
	}
}

func (c *counter) chat(r transfer.Record) error {
	if len(r.Value) < 8 {
		return record.ErrDamaged
	}
	d, err := record.ReadDestination(store.Place{}, r.Value[8:])
	if err != nil || d.Gone {
		return err
	}
	c.Destinations++
	if d.Kind == store.Private {
		c.Private++
	}
	if d.Paused {
		c.Paused++
	}
	if d.Suspended != "" {
		c.Suspended++
	}
	c.Rules += len(d.Rules)
	c.Topics += len(d.Topics)
	return nil
}

func (c *counter) owe(r transfer.Record) error {
	to, err := record.ReadOwed(r.Value)
	if err != nil || len(r.Key) != 9 || r.Key[8] >= store.Classes {
		return record.ErrDamaged
	}
	c.Owed++
	c.Waiting[r.Key[8]] += len(to)
	earlier(&c.OldestOwed, c.made[binary.BigEndian.Uint64(r.Key)])
	return nil
}

func (c *counter) list(r transfer.Record) error {
	all, err := transfer.ReadList(r.Value)
	if r.Kind == transfer.Sent {
		c.Sent += len(all)
	} else {
		c.Dead += len(all)
	}
	return err
}
