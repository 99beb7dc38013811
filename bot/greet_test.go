package bot_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"rasid/alert"
	"rasid/bot"
	"rasid/bot/telegram"
	"rasid/store/memstore"
	"testing"
	"testing/synctest"
	"time"
)

// mute is a server that never answers.
type mute struct{}

func (mute) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestAStopBeforeTelegramAnsweredIsNoTrouble: nothing failed, so nothing is said.
func TestAStopBeforeTelegramAnsweredIsNoTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := telegram.New(telegram.Options{Base: "http://sandbox", Token: "1:test-token", HTTP: &http.Client{Transport: mute{}}})
		if err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		log := slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn}))
		b := bot.New(bot.Options{
			API: client, Store: memstore.New(), Index: alert.NewIndex(alert.IndexOptions{Logger: log}),
			Pacer: alert.NewPacer(alert.PacerOptions{}), Logger: log,
		})
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if err := b.Run(ctx); err != nil || said.Len() > 0 {
			t.Errorf("Run = %v, and it says %q; want nil and nothing", err, &said)
		}
	})
}
