package boltstore_test

import (
	"path/filepath"
	"rasid/store/boltstore"
	"rasid/store/storetest"
	"testing"
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
			storetest.Unreadable(t, s, func(seq uint64, record []byte) { put(t, s, "items", be(seq), append([]byte{}, record...)) })
		})
	}
}
