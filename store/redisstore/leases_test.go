package redisstore_test

import (
	"context"
	"rasid/store"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"testing"
	"time"
)

// TestRolesOfServersThatAnswerAreTaken freezes one of three masters: the roles
// that lie on the others are given out all the same.
func TestRolesOfServersThatAnswerAreTaken(t *testing.T) {
	c := redistest.StartCluster(t)
	s := openAt(t, c.URL, redisstore.Options{})
	var roles []store.Role
	for shard := range store.Shard(store.Shards) {
		roles = append(roles, shard.Role())
	}
	first, err := s.Take(t.Context(), "a", roles, time.Minute, at(1))
	if err != nil {
		t.Fatal(err)
	}
	frozen := c.Masters()[0]
	if err := frozen.Stop(); err != nil {
		t.Fatal(err)
	}
	defer frozen.Continue()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	again, err := s.Take(ctx, "a", roles, time.Minute, at(1))
	if err == nil || len(again) != len(roles) {
		t.Fatalf("Take = %d epochs, %v, where a server does not answer; want all and an error", len(again), err)
	}
	renewed := 0
	for i, epoch := range again {
		switch epoch {
		case first[i]:
			renewed++
		case store.Unanswered:
		default:
			t.Errorf("%s: epoch %d after %d", roles[i], epoch, first[i])
		}
	}
	if renewed < 100 || renewed == len(roles) {
		t.Errorf("%d of %d roles were renewed, with two of three masters; want two thirds", renewed, len(roles))
	}
}
