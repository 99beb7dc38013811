package boltstore_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"path/filepath"
	"rasid/news"
	"rasid/store"
	"rasid/store/boltstore"
	"rasid/store/record"
	"rasid/store/storetest"
	"slices"
	"testing"
	"time"
)

// TestWhatCannotBeReadHidesNoOther has records that were written so, and such as
// the disk changed after the file was opened.
func TestWhatCannotBeReadHidesNoOther(t *testing.T) {
	for name, put := range map[string]func(*testing.T, *boltstore.Store, string, []byte, []byte){
		"written so": boltstore.Put, "with a wrong checksum": boltstore.Tear,
	} {
		t.Run(name, func(t *testing.T) {
			s, err := boltstore.Open(filepath.Join(t.TempDir(), "rasid.db"), boltstore.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			storetest.Unreadable(t, s, record.ErrDamaged, func(seq uint64, record []byte) { put(t, s, "items", be(seq), append([]byte{}, record...)) })
		})
	}
}

// TestWhatIsDamagedKeepsNothingFromBeingAccepted: an article whose record is
// damaged comes again, changed, beside others.
func TestWhatIsDamagedKeepsNothingFromBeingAccepted(t *testing.T) {
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "rasid.db"), boltstore.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Unix(1000, 0)
	accept := func(items ...store.Item) (verdicts []store.Verdict) {
		t.Helper()
		got, err := s.Accept(t.Context(), items, now)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range got {
			verdicts = append(verdicts, a.Verdict)
		}
		return verdicts
	}
	article := func(id, title string) store.Item {
		return store.Item{Article: news.Article{ID: id, Title: title}}
	}
	accept(article("a", "one"), article("b", "two"), article("c", "three"))
	for _, seq := range []uint64{1, 2} {
		boltstore.Tear(t, s, "items", be(seq), boltstore.Get(t, s, "items", be(seq)))
	}
	key := record.ItemKey("c")
	boltstore.Tear(t, s, "ids", key, boltstore.Get(t, s, "ids", key))
	again := article("b", "two")
	again.Quiet, again.Article.Body = true, "and more"
	got := accept(article("a", "one, corrected"), again, article("c", "three"), article("d", "four"))
	want := []store.Verdict{store.Changed, store.Same, store.New, store.New}
	if !slices.Equal(got, want) {
		t.Errorf("Accept says %v, want %v", got, want)
	}
	items, err := s.Log(t.Context(), 0, 10)
	var bad *store.UnreadableError
	if !errors.As(err, &bad) || len(bad.Items) != 2 || len(items) != 3 || items[2].Article.ID != "d" {
		t.Errorf("Log = %v, %v, want 3 items, and 2 that cannot be read", items, err)
	}
}

// spoiler has records whose checksums are wrong.
type spoiler struct {
	t *testing.T
	s *boltstore.Store
}

func (x spoiler) tear(bucket string, key ...[]byte) {
	k := bytes.Join(key, nil)
	boltstore.Tear(x.t, x.s, bucket, k, boltstore.Get(x.t, x.s, bucket, k))
}

func shardOf(p store.Place) []byte { return binary.BigEndian.AppendUint16(nil, uint16(p.Shard)) }

func (x spoiler) Owed(p store.Place, item uint64) {
	x.tear("owed", shardOf(p), be(item), []byte{byte(store.Normal)})
}
func (x spoiler) Mark(p store.Place, token string) { x.tear("marks", shardOf(p), []byte(token)) }
func (x spoiler) Expired(p store.Place, item uint64) {
	x.tear("expired", shardOf(p), be(item), []byte{byte(store.Normal)})
}

func TestADamagedRecordHidesNoOtherOfItsShard(t *testing.T) {
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "rasid.db"), boltstore.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	storetest.UnreadableInShard(t, s, spoiler{t, s})
}
