package record

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"rasid/store"
	"time"
)

// KeySize is the length of an ItemKey and of a Digest, in bytes.
const KeySize = 16

// ItemKey stands for an article's id, however long that is.
func ItemKey(id string) []byte {
	sum := sha256.Sum256([]byte(id))
	return sum[:KeySize]
}

// Digest stands for an item's content: equal for equal articles.
func Digest(it store.Item) ([]byte, error) {
	b, err := json.Marshal(store.Item{Article: it.Article, Broadcast: it.Broadcast})
	if err != nil {
		return nil, fmt.Errorf("digest item %q: %w", it.Article.ID, err)
	}
	sum := sha256.Sum256(b)
	return sum[:KeySize], nil
}

// An Arrival is an item on its way in, with what is worked out beforehand.
type Arrival struct {
	store.Item
	Key, Digest, Bytes []byte // ItemKey, Digest and Item
}

// Arrivals prepares items that come in at now. One without an id is refused.
func Arrivals(items []store.Item, now time.Time) ([]Arrival, error) {
	all := make([]Arrival, len(items))
	for i, it := range items {
		if it.Article.ID == "" {
			return nil, fmt.Errorf("accept: item %d of %d has no id", i+1, len(items))
		}
		it.At = store.Instant(now)
		digest, err := Digest(it)
		if err != nil {
			return nil, err
		}
		kept := it
		if !it.Quiet {
			kept.Feed = ""
		}
		b, err := Item(kept)
		if err != nil {
			return nil, err
		}
		all[i] = Arrival{it, ItemKey(it.Article.ID), digest, b}
	}
	return all, nil
}
