package record

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"rasid/store"
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
