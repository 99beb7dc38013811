package redisstore

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"rasid/store"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// Feeds implements store.Notes.
func (s *Store) Feeds(ctx context.Context) ([]store.Feed, error) {
	raw, err := s.db.HGetAll(ctx, keyFeeds).Result()
	if err != nil {
		return nil, fmt.Errorf("read feeds: %w", err)
	}
	var all []store.Feed
	for url, b := range raw {
		var f store.Feed
		if err := json.Unmarshal([]byte(b), &f); err != nil {
			return nil, fmt.Errorf("read feed %s: %w", url, err)
		}
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b store.Feed) int { return cmp.Compare(a.URL, b.URL) })
	return all, nil
}

// SaveFeed implements store.Notes.
func (s *Store) SaveFeed(ctx context.Context, f store.Feed) error {
	b, err := json.Marshal(f)
	if err == nil {
		err = s.db.HSet(ctx, keyFeeds, f.URL, b).Err()
	}
	if err != nil {
		return fmt.Errorf("save feed %s: %w", f.URL, err)
	}
	return nil
}

// RuleFile implements store.Notes.
func (s *Store) RuleFile(ctx context.Context) (uint64, []byte, error) {
	got, err := s.db.HMGet(ctx, keyRules, "v", "d").Result()
	if err != nil {
		return 0, nil, fmt.Errorf("read rule file: %w", err)
	}
	v, hasVersion := got[0].(string)
	d, hasData := got[1].(string)
	if !hasVersion || !hasData {
		return 0, nil, nil
	}
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil {
		return 0, nil, fmt.Errorf("read rule file: %w", err)
	}
	return n, []byte(d), nil
}

// SaveRuleFile implements store.Notes.
func (s *Store) SaveRuleFile(ctx context.Context, data []byte) (uint64, error) {
	n, err := s.run(ctx, call{"rules", []string{keyRules}, []any{data, fileField(data)}}).Uint64()
	if err != nil {
		return 0, fmt.Errorf("save rule file: %w", err)
	}
	return n, nil
}

// KnownRuleFile implements store.Notes.
func (s *Store) KnownRuleFile(ctx context.Context, data []byte) (uint64, error) {
	n, err := s.db.HGet(ctx, keyRules, fileField(data)).Uint64()
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	return n, wrap("look up rule file", err)
}

// fileField names the version that a rule file had.
func fileField(data []byte) string {
	sum := sha256.Sum256(data)
	return "f" + string(sum[:16])
}
