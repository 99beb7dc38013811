package alert_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"rasid/alert"
	"rasid/store"
	"rasid/store/memstore"
	"rasid/store/record"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A damaged store has records that cannot be read, of some calls in one shard or at
// some places, unless it is mended.
type damaged struct {
	*memstore.Store
	call   string
	shard  store.Shard
	places []store.Place
	err    error
	mended atomic.Bool
	jobs   atomic.Int64 // that were read in shard
}

// in is what a call says that reads records of a whole shard.
func (d *damaged) in(s store.Shard, call string) error {
	if call != d.call || s != d.shard || d.mended.Load() {
		return nil
	}
	return fmt.Errorf("one of several: %w", d.err)
}

// at is what a call says that reads a place's records.
func (d *damaged) at(p store.Place, call string) error {
	if call != d.call || !slices.Contains(d.places, p) || d.mended.Load() {
		return nil
	}
	return fmt.Errorf("its record: %w", d.err)
}

func (d *damaged) Owed(ctx context.Context, s store.Shard, after uint64) ([]store.Job, error) {
	if err := d.in(s, "Owed"); err != nil {
		return nil, err
	}
	jobs, err := d.Store.Owed(ctx, s, after)
	if s == d.shard {
		d.jobs.Add(int64(len(jobs)))
	}
	if bad := d.in(s, "one of Owed"); err == nil && after < 1 && bad != nil {
		return slices.DeleteFunc(jobs, func(j store.Job) bool { return j.Item == 1 }), bad
	}
	return jobs, err
}

func (d *damaged) Marks(ctx context.Context, s store.Shard) ([]store.Mark, error) {
	if err := d.in(s, "Marks"); err != nil {
		return nil, err
	}
	return d.Store.Marks(ctx, s)
}

func (d *damaged) Expired(ctx context.Context, s store.Shard) ([]store.Expired, error) {
	if err := d.in(s, "Expired"); err != nil {
		return nil, err
	}
	return d.Store.Expired(ctx, s)
}

func (d *damaged) Inboxes(ctx context.Context, s store.Shard) ([]store.Inbox, error) {
	if err := d.in(s, "Inboxes"); err != nil {
		return nil, err
	}
	return d.Store.Inboxes(ctx, s)
}

func (d *damaged) Expire(ctx context.Context, e store.Expired, epoch uint64) (int, error) {
	if err := d.in(e.Shard, "Expire"); err != nil {
		return 0, err
	}
	return d.Store.Expire(ctx, e, epoch)
}

func (d *damaged) Inbox(ctx context.Context, p store.Place) (store.Inbox, error) {
	if err := d.at(p, "Inbox"); err != nil {
		return store.Inbox{}, err
	}
	return d.Store.Inbox(ctx, p)
}

func (d *damaged) Begin(ctx context.Context, m store.Mark) error {
	if err := d.at(m.Place, "Begin"); err != nil {
		return err
	}
	return d.Store.Begin(ctx, m)
}

func (d *damaged) Shelve(ctx context.Context, x store.Shelving, epoch uint64) (int, error) {
	if err := d.at(x.Place, "Shelve"); err != nil {
		return 0, err
	}
	return d.Store.Shelve(ctx, x, epoch)
}

// elsewhere returns a chat in another shard than chat's.
func elsewhere(chat int64) int64 {
	other := chat + 1
	for store.HomeShard(other) == store.HomeShard(chat) {
		other++
	}
	return other
}

// TestADamagedRecordOfAShardHoldsUpNoOtherShard: what needs the record waits, and is told
// when it can be read again.
func TestADamagedRecordOfAShardHoldsUpNoOtherShard(t *testing.T) {
	for call, meanwhile := range map[string]int{"Owed": 0, "Marks": 1, "Expired": 1, "Inboxes": 1} {
		for _, why := range []error{record.ErrDamaged, record.ErrNewer} {
			t.Run(fmt.Sprint(call, " ", why), func(t *testing.T) {
				bubble(t, func(t *testing.T, r *rig) {
					d := r.watch(nil, 1, "tax")
					other := elsewhere(1)
					r.watch(nil, other, "tax")
					var log bytes.Buffer
					s := &damaged{Store: r.store, call: call, shard: d.Shard, err: why}
					l := r.runWith(alert.DeliveryOptions{Store: s, Logger: slog.New(slog.NewTextHandler(&log, nil))}, nil)
					r.accept(l, "tax one")
					pass(10 * time.Second)
					if got := r.chats.to(other); len(got) != 1 {
						t.Errorf("a chat of another shard was told %v in ten seconds, want the article", got)
					}
					pass(10 * time.Minute)
					if got := r.chats.to(1); len(got) != meanwhile {
						t.Errorf("the chat of the shard was told %v meanwhile, want %d", got, meanwhile)
					}
					if n := strings.Count(log.String(), "level=ERROR"); n < 1 || n > 12 {
						t.Errorf("logged %d times in ten minutes, want that it is, and seldom:\n%s", n, &log)
					}
					s.mended.Store(true)
					pass(time.Minute)
					if got := r.chats.to(1); len(got) != 1 {
						t.Errorf("the chat of the shard was told %v in the end, want the article once", got)
					}
					l.stop()
				})
			})
		}
	}
}

// TestADamagedJobHoldsUpNoOtherOfItsShard: the store returns the others beside the error.
func TestADamagedJobHoldsUpNoOtherOfItsShard(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.watch(nil, 1, "tax")
		s := &damaged{Store: r.store, call: "one of Owed", shard: d.Shard, err: record.ErrDamaged}
		l := r.runWith(alert.DeliveryOptions{Store: s}, nil)
		r.accept(l, "tax one", "tax two")
		pass(time.Minute)
		r.accept(l, "tax three")
		pass(10 * time.Minute)
		if got := r.chats.to(1); !slices.Equal(got, []uint64{2, 3}) {
			t.Errorf("told %v beside a damaged job, want the two others once each", got)
		}
		s.mended.Store(true)
		pass(time.Minute)
		if got := r.chats.to(1); !slices.Equal(got, []uint64{2, 3, 1}) {
			t.Errorf("told %v in the end, want the article whose job was damaged, too", got)
		}
		l.stop()
	})
}

// TestADamagedJobHasFewReadAgain: not all that wait with each article that comes.
func TestADamagedJobHasFewReadAgain(t *testing.T) {
	for _, call := range []string{"one of Owed", "Expire"} {
		t.Run(call, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				const articles = 300
				d := r.watch(nil, 1, "tax")
				s := &damaged{Store: r.store, call: call, shard: d.Shard, err: record.ErrDamaged}
				life := [store.Classes]time.Duration{store.Normal: 12 * time.Hour}
				if call == "Expire" {
					life[store.Normal] = time.Second
				}
				l := r.runWith(alert.DeliveryOptions{Store: s, Life: life}, nil)
				defer r.outage(alert.NotWritten)()
				for i := range articles {
					r.accept(l, fmt.Sprint("tax ", i))
					pass(time.Second)
				}
				if n := s.jobs.Load(); n < articles || n > 10*articles {
					t.Errorf("read %d jobs while %d articles came, want each a few times", n, articles)
				}
				l.stop()
			})
		})
	}
}

// TestDamagedRecordsOfChatsKeepNoRoom: as many as there is room for.
func TestDamagedRecordsOfChatsKeepNoRoom(t *testing.T) {
	const chats = 16
	for _, call := range []string{"Inbox", "Shelve", "Begin"} {
		t.Run(call, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				s := &damaged{Store: r.store, call: call, err: record.ErrDamaged}
				for c := range int64(chats) {
					s.places = append(s.places, r.watch(nil, 100+c, "tax").Place)
					if call != "Begin" {
						r.change(nil, store.Dest{Chat: 100 + c}, "", store.Edit{Op: store.Pause})
					}
				}
				r.watch(nil, 1, "tax")
				l := r.runWith(alert.DeliveryOptions{Store: s}, nil)
				r.accept(l, "tax one")
				pass(time.Minute)
				for c := range int64(chats) {
					r.change(l, store.Dest{Chat: 100 + c}, "", store.Edit{Op: store.Resume})
				}
				pass(time.Minute)
				r.accept(l, "tax two")
				pass(10 * time.Second)
				if got := r.chats.to(1); len(got) != 2 {
					t.Errorf("another chat was told %v, want both articles", got)
				}
				if got := r.chats.to(100); call == "Inbox" && !slices.Equal(got, []uint64{2}) {
					t.Errorf("a chat whose inbox is damaged was told %v, want what is not in it", got)
				}
				s.mended.Store(true)
				pass(2 * time.Minute)
				for c := range int64(chats) {
					got := r.chats.to(100 + c)
					if slices.Sort(got); !slices.Equal(got, []uint64{1, 2}) {
						t.Errorf("chat %d was told %v in the end, want both articles", 100+c, got)
					}
				}
				l.stop()
			})
		})
	}
}

// TestWhatCannotBeGivenUpIsNotToldLate: the record of what came too late is damaged.
func TestWhatCannotBeGivenUpIsNotToldLate(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.watch(nil, 1, "tax")
		other := elsewhere(1)
		r.watch(nil, other, "tax")
		s := &damaged{Store: r.store, call: "Expire", shard: d.Shard, err: record.ErrDamaged}
		l := r.runWith(alert.DeliveryOptions{Store: s, Life: [store.Classes]time.Duration{store.Normal: time.Minute}}, nil)
		end := r.outage(alert.NotWritten)
		item := r.accept(l, "tax one")[0]
		pass(2 * time.Minute)
		end()
		r.accept(l, "tax two")
		pass(10 * time.Minute)
		if got := r.chats.to(1); !slices.Equal(got, []uint64{item + 1}) {
			t.Errorf("told %v, want what came in time", got)
		}
		if got := r.chats.to(other); !slices.Equal(got, []uint64{item + 1}) {
			t.Errorf("another chat was told %v, want what came in time", got)
		}
		s.mended.Store(true)
		pass(time.Minute)
		if got := r.tally(item); got != (store.Tally{Expired: 2}) {
			t.Errorf("Tally = %+v in the end, want both expired", got)
		}
		l.stop()
	})
}
