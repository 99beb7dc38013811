package lease_test

import (
	"bytes"
	"context"
	"log/slog"
	"rasid/lease"
	"rasid/store/memstore"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestTheEndOfAnOutageIsToldOnce with how long it took, each time.
func TestTheEndOfAnOutageIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &failing{Leases: memstore.New(), cut: map[string]bool{}}
		var log bytes.Buffer
		k := lease.New(lease.Options{Store: s, Name: "b", Logger: slog.New(slog.NewTextHandler(&log, nil))})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- k.Run(ctx) }()
		for range 2 {
			after(time.Minute)
			s.set("b", true)
			after(30 * time.Second)
			s.set("b", false)
		}
		after(time.Minute)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		errs, told := strings.Count(log.String(), "level=ERROR"), strings.Count(log.String(), `msg="roles can be renewed again" away=30s`)
		if all := strings.Count(log.String(), "renewed again"); errs < 20 || told != 2 || all != 2 {
			t.Errorf("said %d errors and %d times that all is well again, %d times with how long it was; want errors, and 2 of 2:\n%s", errs, all, told, &log)
		}
	})
}
