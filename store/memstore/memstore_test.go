package memstore_test

import (
	"rasid/store"
	"rasid/store/memstore"
	"rasid/store/record"
	"rasid/store/storetest"
	"testing"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return memstore.New() })
}

func TestWhatCannotBeReadHidesNoOther(t *testing.T) {
	s := memstore.New()
	storetest.Unreadable(t, s, record.ErrNewer, func(seq uint64, b []byte) {
		_, err := record.ReadItem(seq, b)
		s.Spoil(seq, err)
	})
}
