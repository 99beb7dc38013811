package memstore_test

import (
	"testing"

	"rasid/store"
	"rasid/store/memstore"
	"rasid/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return memstore.New() })
}
