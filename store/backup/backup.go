// Package backup gives a running rasid's store away as a file: what one process
// has locked, another cannot read.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"rasid/internal/door"
	"rasid/store"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Store is what the handler needs of it.
type Store interface {
	// Path is where the store's file is.
	Path() string
	// Snapshot writes the store as it is to a file, or returns store.ErrNoRoom.
	Snapshot(name string) error
}

// Options tunes a Handler. Store is required.
type Options struct {
	Store  Store
	Token  string       // bearer token; empty: this machine only, neither a proxy nor a browser
	Logger *slog.Logger // default: slog.Default()
}

// fileHeader names the file that is asked for, so that nobody is given another's.
const fileHeader = "Rasid-Store"

// ownHeader is one that a page of another origin cannot send: the browser would
// ask first, and is not answered. A page whose own name was pointed here could;
// that name, as the request's host, is refused by door.
const ownHeader = "Rasid-Backup"

// stall is how long the other side may take for a piece.
const stall = 30 * time.Second

// Handler returns the handler of GET /v1/backup, which answers with the store's
// file as it is at that moment. It takes a copy first, beside the store, so that
// a slow reader keeps nobody from writing; one at a time.
func Handler(o Options) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &handler{o: o}
}

type handler struct {
	o    Options
	busy sync.Mutex
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, why := h.admit(r)
	if status != 0 {
		if status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
		http.Error(w, why, status)
		return
	}
	if !h.busy.TryLock() {
		w.Header().Set("Retry-After", "10")
		http.Error(w, "another backup is being made; ask again when it is done", http.StatusServiceUnavailable)
		return
	}
	defer h.busy.Unlock()
	if err := h.give(w); err != nil {
		h.o.Logger.Error("a backup was not given", "err", err)
	}
}

// admit says why a request is not answered.
func (h *handler) admit(r *http.Request) (status int, why string) {
	if r.Method != http.MethodGet {
		return http.StatusMethodNotAllowed, "a backup is asked for by GET"
	}
	if status, why = door.Admit(r, h.o.Token); status != 0 {
		return status, why
	}
	if h.o.Token == "" && r.Header.Get(ownHeader) == "" {
		return http.StatusForbidden, "without a token only rasid store backup on this machine is answered; set RASID_HTTP_TOKEN"
	}
	if want := r.Header.Get(fileHeader); want != "" && !same(want, h.o.Store.Path()) {
		return http.StatusConflict, "this rasid works on another store"
	}
	return 0, ""
}

func same(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// give makes a copy and sends it. Nothing of it stays.
func (h *handler) give(w http.ResponseWriter) error {
	name := h.o.Store.Path() + ".backup"
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{}) // a large store takes its time; pieces have a deadline each
	if err := h.o.Store.Snapshot(name); errors.Is(err, store.ErrNoRoom) {
		http.Error(w, "beside the store there is no room for a copy of it: "+err.Error(), http.StatusInsufficientStorage)
		return fmt.Errorf("copy the store to %s: %w", name, err)
	} else if err != nil {
		http.Error(w, "the store cannot be copied; the log of rasid tells why", http.StatusInternalServerError)
		return fmt.Errorf("copy the store to %s: %w", name, err)
	}
	f, err := os.Open(name)
	err = errors.Join(err, os.Remove(name)) // it is there until it is closed
	if err != nil {
		http.Error(w, "the store cannot be copied; the log of rasid tells why", http.StatusInternalServerError)
		return fmt.Errorf("read the copy of the store: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	info, err := f.Stat()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.FormatInt(info.Size(), 10))
	for {
		_ = control.SetWriteDeadline(time.Now().Add(stall)) // where there is none the server's holds
		if _, err := io.CopyN(w, f, 1<<20); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("send the copy of the store: %w", err)
		}
	}
}

// A Client asks a running rasid for its store.
type Client struct {
	URL      string        // without /v1/backup
	Token    string        // its RASID_HTTP_TOKEN
	Store    string        // the file that is meant; empty: whichever it works on
	Progress func(float64) // is told how far it is, 0 to 1; default: nobody
	HTTP     *http.Client  // default: one that goes directly
}

// Fetch writes the store to a new file, whole and durable.
func (c Client) Fetch(ctx context.Context, name string) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	resp, err := c.ask(ctx)
	if err != nil {
		return fmt.Errorf("ask the running rasid at %s for its store: %w", c.URL, err)
	}
	defer resp.Body.Close() //nolint:errcheck // read only
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(name))
		}
	}()
	late := time.AfterFunc(stall, cancel)
	defer late.Stop()
	n, err := io.Copy(f, &watched{r: resp.Body, of: resp.ContentLength, told: c.Progress, late: late})
	if err == nil && n != resp.ContentLength {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("receive the store: %w", err)
	}
	return nil
}

func (c Client) ask(ctx context.Context) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(c.URL, "/")+"/v1/backup", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set(ownHeader, "1")
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if c.Store != "" {
		path, inner := filepath.Abs(c.Store)
		if inner != nil {
			return nil, inner
		}
		req.Header.Set(fileHeader, path)
	}
	client := c.HTTP
	if client == nil {
		client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, ResponseHeaderTimeout: 10 * time.Minute}} // no proxy
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		why, _ := io.ReadAll(io.LimitReader(resp.Body, 1000)) // what came of it
		_ = resp.Body.Close()                                 // read only
		return nil, fmt.Errorf("%s: %s", resp.Status, strings.TrimSpace(string(why)))
	}
	if resp.ContentLength < 0 {
		_ = resp.Body.Close() // read only
		return nil, errors.New("it does not say how long its answer is, so that it is not known to be whole")
	}
	return resp, nil
}

// watched tells how far a reading is, and puts off its end as long as it goes on.
type watched struct {
	r    io.Reader
	n    int64
	of   int64
	told func(float64)
	late *time.Timer
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.n += int64(n)
	w.late.Reset(stall)
	if w.told != nil && w.of > 0 {
		w.told(float64(w.n) / float64(w.of))
	}
	return n, err
}
