package boltstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"rasid/store"
)

// Feeds implements store.Notes.
func (s *Store) Feeds(ctx context.Context) ([]store.Feed, error) {
	var all []store.Feed
	err := s.view(ctx, func(t *tx) error {
		return t.scan(bucketFeeds, nil, nil, func(r row) (bool, error) {
			var f store.Feed
			if err := json.Unmarshal(r.value, &f); err != nil {
				return false, fmt.Errorf("read feed %s: %w", r.key, err)
			}
			all = append(all, f)
			return true, nil
		})
	})
	return all, err
}

// SaveFeed implements store.Notes.
func (s *Store) SaveFeed(ctx context.Context, f store.Feed) error {
	b, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("save feed %s: %w", f.URL, err)
	}
	return s.update(ctx, func(t *tx) error { return t.put(bucketFeeds, []byte(f.URL), b) })
}

// RuleFile implements store.Notes.
func (s *Store) RuleFile(ctx context.Context) (version uint64, data []byte, err error) {
	err = s.view(ctx, func(t *tx) (err error) {
		version, data, err = t.rules()
		return err
	})
	return version, data, err
}

func (t *tx) rules() (version uint64, data []byte, err error) {
	v, err := t.get(bucketMeta, []byte(keyRules))
	if err != nil || len(v) < 8 {
		return 0, nil, err
	}
	return binary.BigEndian.Uint64(v), bytes.Clone(v[8:]), nil
}

// SaveRuleFile implements store.Notes.
func (s *Store) SaveRuleFile(ctx context.Context, data []byte) (version uint64, err error) {
	err = s.update(ctx, func(t *tx) error {
		n, old, inner := t.rules()
		if inner != nil {
			return inner
		}
		version = n
		if n > 0 && bytes.Equal(old, data) {
			return nil
		}
		version++
		if inner = t.putNumber(bucketMeta, fileKey(data), version); inner != nil {
			return inner
		}
		return t.put(bucketMeta, []byte(keyRules), join(u64(version), data))
	})
	return version, err
}

// KnownRuleFile implements store.Notes.
func (s *Store) KnownRuleFile(ctx context.Context, data []byte) (version uint64, err error) {
	err = s.view(ctx, func(t *tx) (err error) {
		version, err = t.number(fileKey(data))
		return err
	})
	return version, err
}

// fileKey names the record of the version that a rule file had.
func fileKey(data []byte) []byte {
	sum := sha256.Sum256(data)
	return join([]byte(keyRules), sum[:16])
}
