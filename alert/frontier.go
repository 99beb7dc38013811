package alert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"rasid/store"
	"rasid/store/record"
	"slices"
	"time"
)

// A frontier is how far an Intake is in the log. What cannot be read for now is gone
// past. The store is told of that with each step, so that whoever takes over goes on
// from there, and looks again at nothing else. A step begins where the store says:
// of what it lost nothing was done.
type frontier struct {
	stored store.Reach       // what the store says
	past   uint64            // up to here everything is dispatched, but for what is unread
	unread map[uint64]unread // what cannot be read for now
}

// How articles that cannot be read are told of, and looked at again: as often as
// by a Delivery, see docs.
const (
	unreadSaid  = time.Minute // between two lines of the log
	unreadLooks = 64          // in one step
)

// from begins a step where the store says that intake is. What another process could
// not read is due, and counts as not yet tried.
func (f *frontier) from(r store.Reach) {
	known := f.unread
	*f = frontier{stored: r, past: r.To, unread: make(map[uint64]unread, len(r.Unread))}
	for _, seq := range r.Unread {
		u := known[seq]
		u.seq = seq
		f.unread[seq] = u
	}
}

// reach is what the store is to say.
func (f *frontier) reach() store.Reach {
	r := store.Reach{To: f.past}
	for _, seq := range slices.Sorted(maps.Keys(f.unread)) {
		if seq <= f.past {
			r.Unread = append(r.Unread, seq)
		}
	}
	return r
}

// did notes that items were dispatched.
func (f *frontier) did(items []store.Item) {
	for i := range items {
		delete(f.unread, items[i].Seq)
	}
	f.past = max(f.past, items[len(items)-1].Seq)
}

// due lists what is to be read again now, what has waited longest first.
func (f *frontier) due(now time.Time) []uint64 {
	var all []unread
	for _, u := range f.unread {
		if !u.again.After(now) {
			all = append(all, u)
		}
	}
	slices.SortFunc(all, func(a, b unread) int { return cmp.Or(a.again.Compare(b.again), cmp.Compare(a.seq, b.seq)) })
	seqs := make([]uint64, 0, unreadLooks)
	for _, u := range all[:min(len(all), unreadLooks)] {
		seqs = append(seqs, u.seq)
	}
	slices.Sort(seqs)
	return seqs
}

// A yield is what a step found in the log.
type yield struct {
	items []store.Item // to be dispatched, in order
	upTo  uint64       // everything up to here was looked at
	more  bool         // there may be more
}

// read reads the log from where intake is, and again what could not be read.
func (in *Intake) read(ctx context.Context) (r yield, err error) {
	var bad []store.Unreadable
	err = in.store.insist(ctx, "read the log", func() error {
		reach, inner := in.o.Store.Reach(ctx)
		if inner != nil {
			return inner
		}
		in.at.from(reach)
		r.items, inner = in.o.Store.Log(ctx, in.at.past, in.o.Batch)
		bad, inner = unreadOf(inner)
		return inner
	})
	if err != nil {
		return yield{}, err
	}
	in.meet(&r, bad)
	late, err := in.readAgain(ctx)
	r.items, r.more = slices.Concat(late, r.items), r.more || len(late) == unreadLooks
	return r, err
}

// meet takes in what of the log cannot be read. Where there is too much of that
// intake goes no further for now.
func (in *Intake) meet(r *yield, bad []store.Unreadable) {
	r.more = len(r.items)+len(bad) == in.o.Batch
	if n := len(r.items); n > 0 {
		r.upTo = r.items[n-1].Seq
	}
	for _, x := range bad {
		if len(in.at.unread) >= unreadMost {
			r.items = slices.DeleteFunc(r.items, func(it store.Item) bool { return it.Seq > x.Seq })
			r.upTo, r.more = x.Seq-1, false
			return
		}
		in.failed(x)
		r.upTo = max(r.upTo, x.Seq)
	}
}

// readAgain reads those again that could not be read and are due, and returns those
// that can be now.
func (in *Intake) readAgain(ctx context.Context) (late []store.Item, err error) {
	for _, seq := range in.at.due(time.Now()) {
		it, err := in.retry(ctx, seq)
		if err != nil {
			return nil, err
		}
		if it.Seq != 0 {
			late = append(late, it)
		}
	}
	return late, nil
}

// retry reads an item once more that could not be read. One without a number: it
// still cannot, which is noted. Where it is gone the log is read from the cursor on:
// the store lost it with all behind it, or somebody deleted it.
func (in *Intake) retry(ctx context.Context, seq uint64) (it store.Item, err error) {
	err = in.store.insist(ctx, "read an article again", func() (inner error) {
		var bad []store.Unreadable
		it, inner = in.item(ctx, seq)
		bad, inner = unreadOf(inner)
		for _, x := range bad {
			in.failed(x)
		}
		return inner
	})
	if errors.Is(err, errReplaced) {
		err = cmp.Or(in.store.insist(ctx, "begin at the cursor", func() error { return in.o.Store.Advance(ctx, store.Reach{}, in.epoch) }), err)
	}
	return it, err
}

// failed notes that an item cannot be read, and says so.
func (in *Intake) failed(x store.Unreadable) {
	now := time.Now()
	u := in.at.unread[x.Seq]
	u.found(x.Seq, x.Err, now, in.scale)
	in.at.unread[x.Seq] = u
	in.o.Stats.storeErrors.Add(1)
	others, ok := in.unreadSaid.may(now)
	switch {
	case !ok:
	case errors.Is(x.Err, record.ErrNewer):
		in.o.Logger.Error("an article waits for a newer rasid, others go on; start one, or run rasid store check where there was none", "article", x.Seq, "others", others, "err", x.Err)
	default:
		in.o.Logger.Error("an article cannot be read and is tried again, others go on", "article", x.Seq, "tries", u.damaged, "others", others, "err", x.Err)
	}
}

// passOver gives up what is damaged for good, and says so before the store is told.
func (in *Intake) passOver(ctx context.Context) error {
	looks := 0
	for _, seq := range slices.Sorted(maps.Keys(in.at.unread)) {
		u := in.at.unread[seq]
		if !u.lost(in.scale) {
			continue
		}
		if looks++; looks > unreadLooks {
			break
		}
		it, err := in.retry(ctx, seq)
		if err != nil {
			return err
		}
		if u = in.at.unread[seq]; it.Seq != 0 || !u.lost(in.scale) { // it can be read after all
			u.again = time.Time{}
			in.at.unread[seq] = u
			continue
		}
		in.o.Stats.passedOver.Add(1)
		in.o.Logger.Error("an article cannot be read and is passed over: nobody is told of it; run rasid store check, it says what to do",
			"article", seq, "tries", u.damaged, "err", u.err)
		delete(in.at.unread, seq)
		if err := in.advance(ctx, func() error { return in.stillUnread(ctx, seq) }); err != nil {
			return err
		}
	}
	return nil
}

// advance has the store note how far intake is, unless it knows. For still see
// while; what the store says of that must also be as it was.
func (in *Intake) advance(ctx context.Context, still func() error) error {
	to := in.at.reach()
	if to.Equal(in.at.stored) {
		return nil
	}
	same := func() error {
		if err := still(); err != nil {
			return err
		}
		says, err := in.o.Store.Reach(ctx)
		if err == nil && !says.Equal(in.at.stored) && !says.Equal(to) {
			err = fmt.Errorf("item %d: %w", to.To, errReplaced)
		}
		return err
	}
	err := in.while(ctx, "advance the cursor", same, func() error { return in.o.Store.Advance(ctx, to, in.epoch) })
	if err == nil {
		in.at.stored = to
	}
	return err
}

// errReplaced reports that the log has something else under an item's number, or
// nothing: the server lost what it had last in a crash.
var errReplaced = errors.New("the article is no longer in the log")

// item reads one item of the log. A *store.UnreadableError: it is there, and cannot
// be read; errReplaced: it is not.
func (in *Intake) item(ctx context.Context, seq uint64) (store.Item, error) {
	got, err := in.o.Store.Log(ctx, seq-1, 1)
	bad, other := unreadOf(err)
	switch {
	case other != nil:
		return store.Item{}, other
	case len(bad) > 0 && bad[0].Seq == seq:
		return store.Item{}, err
	case len(got) == 0 || got[0].Seq != seq:
		return store.Item{}, fmt.Errorf("item %d: %w", seq, errReplaced)
	}
	return got[0], nil
}

// still returns errReplaced unless the log still has an item under its number, and
// it can be read.
func (in *Intake) still(ctx context.Context, it *store.Item) error {
	got, err := in.item(ctx, it.Seq)
	bad, err := unreadOf(err)
	if err == nil && (len(bad) > 0 || got.Article.ID != it.Article.ID || !got.At.Equal(it.At)) {
		err = fmt.Errorf("item %d: %w", it.Seq, errReplaced)
	}
	return err
}

// stillUnread returns errReplaced unless the log still has an item under its number,
// and it cannot be read.
func (in *Intake) stillUnread(ctx context.Context, seq uint64) error {
	it, err := in.item(ctx, seq)
	if _, err = unreadOf(err); err == nil && it.Seq != 0 {
		err = fmt.Errorf("item %d: %w", seq, errReplaced)
	}
	return err
}

// unreadOf takes apart what a Log says of items from what it says of the store.
func unreadOf(err error) (bad []store.Unreadable, other error) {
	if u, is := errors.AsType[*store.UnreadableError](err); is {
		return u.Items, nil
	}
	return nil, err
}
