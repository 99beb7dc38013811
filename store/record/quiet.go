package record

import (
	"bytes"
	"rasid/store"
)

// quiet is how the record of a quiet item ends, and no other: its mark is the last
// field there is, and its feed the one before. The Lua scripts know it.
const quiet = `"o":true}}`

// Quiet returns how the record of a quiet item ends, and no other's.
func Quiet() string { return quiet }

// IsQuiet reports whether an item's record is that of a quiet one.
func IsQuiet(b []byte) bool { return bytes.HasSuffix(b, []byte(quiet)) }

// Meet makes of an item what becomes of it where a quiet one has its id, and reports
// whether it is new all the same. See store.Articles.
func Meet(it *store.Item, old *store.Item) (isNew bool) {
	switch {
	case it.Quiet && it.Feed != old.Feed:
		it.Feed = "" // several feeds hold it
	case !it.Quiet && old.Feed != "" && it.Feed != old.Feed:
		return true
	case !it.Quiet:
		it.Quiet, it.Feed = true, old.Feed
	}
	return false
}
