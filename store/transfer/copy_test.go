package transfer_test

import (
	"context"
	"path/filepath"
	"rasid/news"
	"rasid/store"
	"rasid/store/audit"
	"rasid/store/boltstore"
	"rasid/store/memstore"
	"rasid/store/redisstore"
	"rasid/store/storetest"
	"rasid/store/storetest/redistest"
	"rasid/store/transfer"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func mem() storetest.End {
	return storetest.End{
		Name:   "memory",
		Open:   func(testing.TB) storetest.Movable { return memstore.New() },
		Target: func(testing.TB, string) storetest.Movable { return memstore.New() },
	}
}

func bolt(t *testing.T) storetest.End {
	dir, n := t.TempDir(), 0
	open := func(t testing.TB, from string) storetest.Movable {
		t.Helper()
		n++
		path, o := filepath.Join(dir, strconv.Itoa(n)+".db"), boltstore.Options{NoSync: true}
		s, err := boltstore.OpenTarget(path, from, o)
		if from == "" {
			s, err = boltstore.Open(path, o)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	return storetest.End{
		Name: "bolt", Open: func(t testing.TB) storetest.Movable { return open(t, "") }, Target: open,
	}
}

// onRedis is a server, whose stores are in its databases by turns, or those of
// others that flush empties.
func onRedis(name string, url func() string) storetest.End {
	open := func(t testing.TB, from string) storetest.Movable {
		t.Helper()
		url := url()
		s, err := redisstore.OpenTarget(context.Background(), url, from, redisstore.Options{})
		if from == "" {
			s, err = redisstore.Open(context.Background(), url, redisstore.Options{})
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	return storetest.End{
		Name: name, Open: func(t testing.TB) storetest.Movable { return open(t, "") }, Target: open,
	}
}

// databases are those of a server, each emptied when its turn has come.
func databases(t *testing.T) func() string {
	server := redistest.Start(t, "--appendfsync", "no")
	n := 0
	return func() string {
		n = (n + 1) % 8
		db := redis.NewClient(&redis.Options{Addr: server.Addr, DB: n})
		defer db.Close()
		if err := db.FlushDB(context.Background()).Err(); err != nil {
			t.Fatal(err)
		}
		return server.URL + "/" + strconv.Itoa(n)
	}
}

func TestCopies(t *testing.T) {
	storetest.Copies(t, mem(), bolt(t), onRedis("redis", databases(t)))
}

// TestTheCountOfAnEmptyInboxIsCopied: a store is sound with an inbox of which
// nothing but the count of what was dropped is left, and so is its copy.
func TestTheCountOfAnEmptyInboxIsCopied(t *testing.T) {
	r, b := onRedis("redis", databases(t)), bolt(t)
	for _, x := range []struct{ from, to storetest.End }{{b, r}, {r, b}, {mem(), r}, {r, mem()}} {
		t.Run(x.from.Name+" to "+x.to.Name, func(t *testing.T) {
			from := x.from.Open(t)
			place := emptied(t, from)
			name, err := from.Name(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			to := x.to.Target(t, name)
			if _, err := transfer.Copy(t.Context(), from, to, transfer.Options{Batch: 3}); err != nil {
				t.Fatal(err)
			}
			for _, s := range []storetest.Movable{from, to} {
				if box, err := s.Inbox(t.Context(), place); err != nil || len(box.Items) != 0 || box.Dropped != 1 {
					t.Errorf("Inbox = %+v, %v; want only that one was dropped", box, err)
				}
				if boxes, err := s.Inboxes(t.Context(), place.Shard); err != nil || len(boxes) != 1 {
					t.Errorf("Inboxes = %+v, %v; want one", boxes, err)
				}
				if checked, ok := s.(audit.Store); ok {
					storetest.Sound(t, checked, time.Unix(100, 0))
				}
			}
		})
	}
}

// emptied makes an inbox that only has the count of what was dropped.
func emptied(t *testing.T, s store.Store) store.Place {
	t.Helper()
	ctx, at := t.Context(), time.Unix(50, 0)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := s.Change(ctx, store.Change{Dest: store.Dest{Chat: 7}, Now: at})
	must(err)
	_, err = s.Accept(ctx, []store.Item{{Article: news.Article{ID: "a", Title: "x"}}}, at)
	must(err)
	d := store.Dispatch{Shard: r.After.Shard, Item: 1, Created: at}
	d.Owed[store.Normal] = []uint32{r.After.Ordinal}
	_, err = s.Dispatch(ctx, d, 1)
	must(err)
	must(s.Advance(ctx, store.Reach{To: 1}, 1))
	_, err = s.Shelve(ctx, store.Shelving{Place: r.After.Place, Items: []uint64{1}, At: at}, 1)
	must(err)
	_, err = s.Outlive(ctx, at.Add(time.Second))
	must(err)
	return r.After.Place
}

func TestCopiesElsewhere(t *testing.T) {
	c := redistest.StartCluster(t)
	cluster := onRedis("cluster", func() string {
		for _, s := range c.Masters() {
			if err := s.Flush(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		return c.URL
	})
	w := redistest.StartWatched(t)
	sentinel := onRedis("sentinel", func() string {
		if err := w.Master(t).Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
		return w.URL
	})
	for _, x := range []struct{ from, to storetest.End }{{bolt(t), cluster}, {cluster, sentinel}, {sentinel, cluster}, {cluster, bolt(t)}} {
		t.Run(x.from.Name+" to "+x.to.Name, func(t *testing.T) { storetest.CopyOne(t, x.from, x.to) })
	}
}

func TestACopyThatIsCutShortGoesOn(t *testing.T) {
	r := onRedis("redis", databases(t))
	for _, x := range []struct{ from, to storetest.End }{{bolt(t), r}, {r, bolt(t)}, {mem(), mem()}} {
		t.Run(x.from.Name+" to "+x.to.Name, func(t *testing.T) { storetest.CutCopies(t, x.from, x.to) })
	}
}

func TestACopyIsAsGoodAsWhatItIsOf(t *testing.T) {
	storetest.CopyModel(t, mem(), bolt(t), onRedis("redis", databases(t)))
}
