// Package memstore is the store in memory: the model that the other back
// ends are compared with, and a store for the tests of other rooms. It aims
// at being obviously right, not at being fast: one lock, plain maps.
package memstore

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"maps"
	"rasid/store"
	"slices"
	"sync"
	"time"
)

// A Store keeps everything in memory. The zero value is not usable; use New.
type Store struct {
	mu        sync.Mutex
	items     map[uint64]store.Item
	spoilt    map[uint64]error // those of items that cannot be read
	name      string
	seen      map[string]seen // by record.ItemKey
	seq       uint64
	cursor    uint64
	ahead     []byte // record.Ahead
	epochs    [store.Roles]uint64
	leases    [store.Roles]lease
	joined    map[string]time.Time // until when each process is there
	listeners map[chan store.Hint]struct{}
	moved     map[int64]store.Shard // chats that do not live in their home shard
	shards    [store.Shards]shard
	feeds     map[string]store.Feed
	file      []byte
	filed     uint64
	files     map[string]uint64 // every rule file there was, by the start of its SHA-256, and its version
}

type seen struct {
	seq    uint64
	digest string
	last   time.Time
}

type shard struct {
	last    uint32 // the newest ordinal
	version uint64 // of the newest change
	dests   map[uint32]*dest
	index   map[store.Dest]uint32
	jobs    map[uint64]*job
	marks   map[string]store.Mark
	settled []string // tokens, oldest first
	dead    []store.DeadLetter
	expired map[lateKey][]store.Expired // each with an ordinal once
	inboxes map[uint32]*inbox           // none is empty
	updates map[update]result
}

type dest struct {
	store.Destination
	version uint64
	gone    time.Time
	ring    []store.Sent
}

type job struct {
	owed             map[uint32]store.Class
	tries            map[uint32]int
	created, expires time.Time
	matcher          string
	tally            store.Tally // Owed is counted when asked
}

type inbox struct {
	store.Inbox
	tries int // of its count
}

type lateKey struct {
	item  uint64
	class store.Class
}

type update struct {
	id int64
	to store.Dest
}

type result struct {
	created bool
	did     []store.Did
	at      time.Time
}

// New returns an empty store.
func New() *Store {
	s := &Store{
		name:      rand.Text(),
		items:     map[uint64]store.Item{},
		spoilt:    map[uint64]error{},
		seen:      map[string]seen{},
		files:     map[string]uint64{},
		moved:     map[int64]store.Shard{},
		joined:    map[string]time.Time{},
		listeners: map[chan store.Hint]struct{}{},
		feeds:     map[string]store.Feed{},
	}
	for i := range s.shards {
		s.shards[i] = shard{
			dests:   map[uint32]*dest{},
			index:   map[store.Dest]uint32{},
			jobs:    map[uint64]*job{},
			marks:   map[string]store.Mark{},
			updates: map[update]result{},
			expired: map[lateKey][]store.Expired{},
			inboxes: map[uint32]*inbox{},
		}
	}
	return s
}

// lock starts a call: it takes the lock unless ctx is over.
func (s *Store) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	return nil
}

// Ping implements store.Store.
func (s *Store) Ping(ctx context.Context) error { return ctx.Err() }

// Close implements store.Store. What was stored is still there afterwards.
func (s *Store) Close() error { return nil }

// Feeds implements store.Notes.
func (s *Store) Feeds(ctx context.Context) ([]store.Feed, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var all []store.Feed
	for _, url := range slices.Sorted(maps.Keys(s.feeds)) {
		all = append(all, s.feeds[url])
	}
	return all, nil
}

// SaveFeed implements store.Notes.
func (s *Store) SaveFeed(ctx context.Context, f store.Feed) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.feeds[f.URL] = f
	return nil
}

// RuleFile implements store.Notes.
func (s *Store) RuleFile(ctx context.Context) (uint64, []byte, error) {
	if err := s.lock(ctx); err != nil {
		return 0, nil, err
	}
	defer s.mu.Unlock()
	return s.filed, slices.Clone(s.file), nil
}

// SaveRuleFile implements store.Notes.
func (s *Store) SaveRuleFile(ctx context.Context, data []byte) (uint64, error) {
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	if s.filed == 0 || !slices.Equal(s.file, data) {
		s.filed, s.file = s.filed+1, slices.Clone(data)
		s.files[fileKey(data)] = s.filed
	}
	return s.filed, nil
}

// KnownRuleFile implements store.Notes.
func (s *Store) KnownRuleFile(ctx context.Context, data []byte) (uint64, error) {
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	return s.files[fileKey(data)], nil
}

func fileKey(data []byte) string {
	sum := sha256.Sum256(data)
	return string(sum[:16])
}

var _ store.Store = (*Store)(nil)
