package alert

import (
	"context"
	"errors"
	"log/slog"
	"rasid/store"
	"strings"
	"testing"
)

// A lossyFeed gives what is there, and then err.
type lossyFeed struct {
	there []store.Destination
	anew  bool // the history is another
	err   error
}

func (f *lossyFeed) Changes(_ context.Context, cur *store.Cursor, give func(store.Destination) error) error {
	if f.anew {
		f.anew, *cur = false, store.Cursor{}
		return store.ErrAnew
	}
	for _, d := range f.there {
		if err := give(d); err != nil {
			return err
		}
	}
	cur[1]++
	return f.err
}

func chat(n uint32) store.Destination {
	return store.Destination{
		Place: store.Place{Shard: 1, Ordinal: n}, Dest: store.Dest{Chat: int64(n)},
		Rules: []store.Rule{{N: 1, Text: "quake", Lang: "en"}},
	}
}

// TestWhatTheStoreLostIsForgotten: but not before all is read, nor what cannot be.
func TestWhatTheStoreLostIsForgotten(t *testing.T) {
	x := NewIndex(IndexOptions{Logger: slog.New(slog.DiscardHandler)})
	feed := &lossyFeed{there: []store.Destination{chat(1), chat(2), chat(3), chat(4)}}
	var gone []int64
	defer x.watch(func(_, is *store.Destination) {
		if is.Gone {
			gone = append(gone, is.Chat)
		}
	})()
	sync := func(when string, wantErr error, want int) {
		t.Helper()
		if err := x.Sync(t.Context(), feed); !errors.Is(err, wantErr) || len(x.places) != want {
			t.Errorf("%s: Sync = %v, and %d destinations are known; want %v, %d", when, err, len(x.places), wantErr, want)
		}
	}
	sync("at first", nil, 4)
	unreadable, broken := new(store.UnreadableDestError), errors.New("broken")
	unreadable.Add(chat(3).Place, errors.New("damaged"))
	*feed = lossyFeed{there: []store.Destination{chat(1)}, anew: true, err: errors.Join(broken, unreadable)}
	sync("cut short", broken, 4)
	*feed = lossyFeed{there: []store.Destination{chat(4)}}
	sync("to the end", nil, 3)
	if len(gone) != 1 || gone[0] != 2 {
		t.Errorf("those who watch hear that %v are gone; want chat 2", gone)
	}
	*feed = lossyFeed{}
	sync("later", nil, 3)
}

// TestWhoLeftIsNotLost: a chat that left since the reader last looked is told of as
// gone when all is read anew, and is no loss to warn of.
func TestWhoLeftIsNotLost(t *testing.T) {
	var log strings.Builder
	x := NewIndex(IndexOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	feed := &lossyFeed{there: []store.Destination{chat(1), chat(2), chat(3)}}
	if err := x.Sync(t.Context(), feed); err != nil {
		t.Fatal(err)
	}
	*feed = lossyFeed{there: []store.Destination{chat(1), chat(2).Tombstone()}, anew: true}
	if err := x.Sync(t.Context(), feed); err != nil {
		t.Fatal(err)
	}
	if len(x.places) != 1 || strings.Count(log.String(), "level=WARN") != 1 || !strings.Contains(log.String(), "destinations=1") {
		t.Errorf("%d are known, and the log says %s; want the first, and that the third was lost", len(x.places), log.String())
	}
}
