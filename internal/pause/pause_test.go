package pause_test

import (
	"context"
	"rasid/internal/pause"
	"testing"
	"testing/synctest"
	"time"
)

func TestAPauseEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		begun := time.Now()
		if !pause.For(ctx, 2*time.Second) || time.Since(begun) != 2*time.Second {
			t.Errorf("For(2s) ended after %v, or said that the context ended", time.Since(begun))
		}
		if pause.For(ctx, time.Hour) || time.Since(begun) != 3*time.Second {
			t.Errorf("For(1h) ended %v after the context began, which ends after 3s, or said that it goes on", time.Since(begun))
		}
	})
}
