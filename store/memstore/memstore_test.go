package memstore_test

import (
	"rasid/store"
	"rasid/store/memstore"
	"rasid/store/storetest"
	"testing"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return memstore.New() })
}
