package redisstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"rasid/store"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"
)

func sortDests(all []dest) {
	slices.SortFunc(all, func(a, b dest) int { return cmp.Compare(a.Ordinal, b.Ordinal) })
}

// A home is where a chat lives.
type home struct {
	shard store.Shard
	entry string // the directory's; empty: there is none
}

// A move is a migration that was begun, as the directory remembers it until
// it is done; or that a chat is being forgotten that does not live in its home
// shard.
type move struct {
	From   int64       `json:"from"`
	To     int64       `json:"to"`
	Forget int64       `json:"forget,omitempty"`
	Shard  store.Shard `json:"shard"` // where From lives, and To will, or Forget does
	Other  store.Shard `json:"other"` // where To lived before
	Now    int64       `json:"now"`   // Unix milliseconds

	text string // as the directory has it
}

// about reports whether m is about a chat.
func (m move) about(chat int64) bool {
	if m.Forget != 0 {
		return m.Forget == chat
	}
	return m.From == chat || m.To == chat
}

// field is m's in the directory.
func (m move) field() string {
	if m.Forget != 0 {
		return "forget:" + strconv.FormatInt(m.Forget, 10)
	}
	return strconv.FormatInt(m.From, 10)
}

func readMove(text string) (m move, err error) {
	if err = json.Unmarshal([]byte(text), &m); err != nil {
		return m, fmt.Errorf("read migration: %w", err)
	}
	m.text = text
	return m, nil
}

// homeOf returns where a chat lives. It first completes a migration of the chat
// that was cut short, but for one that waits for a message on its way: what becomes
// of that may have to be written down in the chat.
//
// What is found there, or not, tells of another moment. Whoever means to make a
// chat known where it is not, or to forget it, reads that shard's token first
// (tokenOf), then asks homeOf once more, and has the script make sure that the
// token is the same: every step that takes a chat out of a shard changes it
// before the directory says so.
func (s *Store) homeOf(ctx context.Context, chat int64) (home, error) {
	for range attempts {
		h, pending, err := s.directory(ctx, chat)
		if err != nil || len(pending) == 0 {
			return h, err
		}
		if err := s.run(ctx, call{"moving", []string{keyMoved, keyMoving}, nil}).Err(); err != nil {
			return home{}, err
		}
		waiting := 0
		for _, m := range pending {
			err := s.resume(ctx, m)
			if errors.Is(err, errInFlight) {
				waiting++
			} else if err != nil {
				return home{}, err
			}
		}
		if waiting == len(pending) { // so nothing has changed yet
			return h, nil
		}
	}
	return home{}, fmt.Errorf("chat %d: %w, %d times", chat, errConflict, attempts)
}

// tokenOf returns what changes with every chat that leaves a shard.
func (s *Store) tokenOf(ctx context.Context, shard store.Shard) (string, error) {
	return optional(s.db.HGet(ctx, shardKey(shard, atState), "token"))
}

// still reports whether a chat still lives where it did.
func (s *Store) still(ctx context.Context, chat int64, was home) (bool, error) {
	h, err := s.homeOf(ctx, chat)
	return h == was, err
}

// exhausted is the error of what was tried often enough: that a migration of one of
// the chats waits, or that something was changed each time.
func (s *Store) exhausted(ctx context.Context, chats ...int64) error {
	for _, chat := range chats {
		if _, pending, err := s.directory(ctx, chat); err != nil || len(pending) > 0 {
			return cmp.Or(err, errInFlight)
		}
	}
	return fmt.Errorf("%w, %d times", errConflict, attempts)
}

// directory returns where a chat lives, and the migrations of it that were
// begun and not done.
func (s *Store) directory(ctx context.Context, chat int64) (h home, pending []move, err error) {
	var moved *redis.StringCmd
	var moving *redis.MapStringStringCmd
	_, err = s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		moved = p.HGet(ctx, keyMoved, strconv.FormatInt(chat, 10))
		moving = p.HGetAll(ctx, keyMoving)
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return home{}, nil, err
	}
	for _, text := range moving.Val() {
		m, inner := readMove(text)
		if inner != nil {
			return home{}, nil, inner
		}
		if m.about(chat) {
			pending = append(pending, m)
		}
	}
	n, err := moved.Uint64()
	if errors.Is(err, redis.Nil) {
		return home{store.HomeShard(chat), ""}, pending, nil
	}
	return home{store.Shard(n), moved.Val()}, pending, cmp.Or(err, store.Shard(n).Check())
}

// A resident is a chat and where it was found to live.
type resident struct {
	chat int64
	home
}

// begun writes m down before its first step, unless the chats that it is about
// live elsewhere by now or something else was begun with one of them.
func (s *Store) begun(ctx context.Context, m move, chats ...resident) (move, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return m, err
	}
	m.text = string(b)
	args := []any{m.field(), m.text}
	for _, c := range chats {
		args = append(args, c.chat, c.entry)
	}
	return m, answer(s.run(ctx, call{"moving", []string{keyMoved, keyMoving}, args}))
}

// pending reports whether m is not done yet.
func (s *Store) pending(ctx context.Context, m move) (bool, error) {
	text, err := optional(s.db.HGet(ctx, keyMoving, m.field()))
	return text == m.text, err
}

// done enters a migration's result into the directory, at once with its end.
// What is not pending any more changes nothing. seated is whether To has
// anything in its shard.
func (s *Store) done(ctx context.Context, m move, seated bool) error {
	where := any(int(m.Shard))
	if m.Shard == store.HomeShard(m.To) || !seated {
		where = ""
	}
	return s.run(ctx, call{"moved", []string{keyMoved, keyMoving}, []any{m.field(), m.text, m.From, m.To, where}}).Err()
}
