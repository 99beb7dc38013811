package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
)

// The limits of a connection.
const (
	headerTime  = 5 * time.Second
	requestTime = 60 * time.Second // 10 MB on a slow line
	answerTime  = 90 * time.Second
	idleTime    = 2 * time.Minute
	maxHeader   = 16 << 10 // bytes
	maxConns    = 256
)

// Serve answers requests on l until ctx ends, then lets those under way end,
// for at most drain. It closes l, and returns nil when told to stop.
func Serve(ctx context.Context, l net.Listener, h http.Handler, logger *slog.Logger, drain time.Duration) error {
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      answerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(netutil.LimitListener(l, maxConns)) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := s.Shutdown(stop); err != nil {
		_ = s.Close() // the slow ones are cut off
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP: %w", err)
	}
	return nil
}
