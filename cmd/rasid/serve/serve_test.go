package serve_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"rasid/cmd/rasid/serve"
	"rasid/cmd/rasid/settings"
	"rasid/store/storetest/redistest"
	"testing"
	"time"
)

// TestAStopDuringTheStartIsNoFailure stops the program before it runs.
func TestAStopDuringTheStartIsNoFailure(t *testing.T) {
	for name, store := range map[string]string{
		"bolt": "bolt:" + filepath.Join(t.TempDir(), "rasid.db"), "redis": redistest.Start(t).URL,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			stop()
			err := serve.Run(ctx, serve.Options{
				Settings: settings.Settings{API: "http://127.0.0.1:1", Token: "1:x", Store: store, Language: "en", Timezone: time.UTC},
				Logger:   slog.New(slog.DiscardHandler),
			})
			if err != nil {
				t.Errorf("Run = %v; want nil after a stop", err)
			}
		})
	}
}
