// Package serve joins the rooms to a running bot. Run is the one place where
// all of them meet; the commands run and demo differ only in what they give
// it.
package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"rasid/cmd/rasid/settings"
	"rasid/rules"
	"rasid/store"
	"rasid/store/open"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options says what to run. Settings is required.
type Options struct {
	Settings settings.Settings
	Store    store.Store                                 // in place of the one that Settings names; it is closed, too
	Logger   *slog.Logger                                // default: slog.Default()
	HTTP     *http.Client                                // reaches Telegram in place of the network; default: the network
	Rules    []rules.NamedFile                           // in place of the file that Settings names
	Reload   <-chan struct{}                             // asks to read the rule file at once; may be nil
	Version  string                                      // shown to operators
	Beside   func(ctx context.Context, a *Running) error // runs beside the rooms, and ends them when it returns; default: nothing
}

// How long a stop may take: the rooms have drain to finish what they began,
// and the whole must be over after stopTime.
const (
	drain    = 10 * time.Second
	stopTime = 14 * time.Second
)

// ErrStuck reports a stop that took too long.
var ErrStuck = errors.New("the rooms did not stop in time")

// errDone ends the group when Beside returned.
var errDone = errors.New("done")

// Run runs the bot until ctx ends, and returns nil then. Whatever way it
// ends, the store is closed last.
func Run(ctx context.Context, o Options) (err error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s, err := o.open(ctx)
	if s == nil {
		return err
	}
	stuck := false
	defer func() { // a call under way forbids closing; the system closes files of what is stuck
		if !stuck {
			err = errors.Join(err, closeStore(s))
		}
	}()
	r, err := newRunning(ctx, o, s)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	err = r.run(ctx)
	stuck = errors.Is(err, ErrStuck) || !r.pacer.Wait()
	return err
}

// unlessStopped makes nothing of an error that only says that the program was
// told to stop while it started.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// open opens the store, and logs what makes it weaker than the promise. There is
// neither a store nor an error when ctx ended meanwhile.
func (o Options) open(ctx context.Context) (store.Store, error) {
	if o.Store != nil {
		return o.Store, nil
	}
	s, warnings, err := open.Open(ctx, o.Settings.Store)
	switch {
	case errors.Is(err, open.ErrAddress):
		return nil, settings.Error{"RASID_STORE is " + err.Error()}
	case err != nil:
		return nil, unlessStopped(ctx, fmt.Errorf("open the store: %w", err))
	}
	for _, w := range warnings {
		o.Logger.Warn(w)
	}
	return s, nil
}

func closeStore(s io.Closer) error {
	if err := s.Close(); err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	return nil
}

// run runs the rooms until ctx ends or one of them fails.
func (r *Running) run(ctx context.Context) error {
	g, inner := errgroup.WithContext(ctx)
	for _, room := range r.rooms() {
		g.Go(func() error { return room(inner) })
	}
	ended := make(chan error, 1)
	go func() { ended <- g.Wait() }()
	select {
	case err := <-ended:
		return plain(err)
	case <-inner.Done():
	}
	r.log.Info("stopping")
	late := time.NewTimer(stopTime)
	defer late.Stop()
	select {
	case err := <-ended:
		return plain(err)
	case <-late.C:
		return ErrStuck
	}
}

// plain makes nothing of the errors that only say that it is over.
func plain(err error) error {
	if errors.Is(err, errDone) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// rooms lists what runs side by side.
func (r *Running) rooms() []func(context.Context) error {
	rooms := []func(context.Context) error{r.tidy, r.keeper.Run, r.deliver, r.failure, r.bot.Run, r.poller.Run}
	if r.store.Shared() {
		rooms = append(rooms, r.tell, r.hear)
	}
	if r.watcher != nil {
		rooms = append(rooms, r.watcher.Run)
	}
	if r.listener != nil {
		rooms = append(rooms, r.serveHTTP)
	}
	if r.beside != nil {
		rooms = append(rooms, func(ctx context.Context) error {
			return cmp.Or(r.beside(ctx, r), errDone)
		})
	}
	return rooms
}

// Store is the store that the rooms share.
func (r *Running) Store() store.Store { return r.store }
