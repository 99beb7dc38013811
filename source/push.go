package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"rasid/internal/door"
	"rasid/news"
	"rasid/store"
)

// MaxPush is the largest body that is taken, in bytes.
const MaxPush = 10 << 20

// maxPushed is how many articles one request may carry.
const maxPushed = 10000

// PushOptions tunes the push handler. Sink is required.
type PushOptions struct {
	Sink   Sink
	Token  string       // bearer token; empty: this machine only, no proxy, and JSON content types only
	Logger *slog.Logger // default: slog.Default()
}

// NewPush returns the handler of POST /v1/articles. It answers 202 with how
// many were new and how many were seen before, only when the Sink has taken
// them all; else a problem (RFC 9457) that names the article's index and the
// field where one is to blame.
func NewPush(o PushOptions) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &push{o}
}

type push struct{ o PushOptions }

// A problem is an answer that refuses.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Index  *int   `json:"index,omitempty"`
	Field  string `json:"field,omitempty"`
}

func refuse(status int, detail string) *problem {
	return &problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
}

// ServeHTTP implements http.Handler.
func (h *push) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p := h.admit(r)
	if p == nil {
		p = h.take(w, r)
	}
	if p == nil {
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	switch p.Status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5")
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // whoever asked is gone
}

// admit says what keeps the request from being read at all.
func (h *push) admit(r *http.Request) *problem {
	if r.Method != http.MethodPost {
		return refuse(http.StatusMethodNotAllowed, "articles are sent by POST")
	}
	if status, why := door.Admit(r, h.o.Token); status != 0 {
		return refuse(status, why)
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	isJSON := err == nil && (kind == "application/json" || kind == "application/x-ndjson" || kind == "application/jsonl")
	if !isJSON && (h.o.Token == "" || kind != "") {
		return refuse(http.StatusUnsupportedMediaType, "send application/json or application/x-ndjson")
	}
	return nil
}

func (h *push) take(w http.ResponseWriter, r *http.Request) *problem {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxPush))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return refuse(http.StatusRequestEntityTooLarge, "a request carries 10 MB at most; send several")
	case err != nil:
		return refuse(http.StatusBadRequest, "the body ended early")
	}
	articles, err := ReadPush(data)
	if err != nil {
		return blame(err)
	}
	got, err := h.o.Sink(r.Context(), articles)
	if err != nil {
		h.o.Logger.Error("pushed articles were not stored", "count", len(articles), "err", err)
		return refuse(http.StatusServiceUnavailable, "the articles could not be stored; send them again")
	}
	fresh := 0
	for _, a := range got {
		if a.Verdict == store.New {
			fresh++
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_ = json.NewEncoder(w).Encode(Receipt{Accepted: fresh, Seen: len(got) - fresh}) // whoever asked is gone
	return nil
}

// A Receipt tells what became of pushed articles.
type Receipt struct {
	Accepted int `json:"accepted"` // new ones
	Seen     int `json:"seen"`     // known by their id
}

func blame(err error) *problem {
	p := refuse(http.StatusBadRequest, err.Error())
	if a, ok := errors.AsType[*ArticleError](err); ok {
		p.Index = &a.Index
	}
	if f, ok := errors.AsType[*news.FieldError](err); ok {
		p.Field, p.Detail = f.Name, f.Error()
	}
	return p
}

// ReadPush reads a pushed body: an article, an array of them, or JSON Lines.
// It makes every article ready; the error is an *ArticleError where one is to
// blame.
func ReadPush(data []byte) ([]news.Article, error) {
	var articles []news.Article
	dec := json.NewDecoder(bytes.NewReader(data))
	for {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, &ArticleError{len(articles), errors.New("not valid JSON: " + err.Error())}
		}
		more, err := decode(raw)
		if a, ok := errors.AsType[*ArticleError](err); ok {
			return nil, &ArticleError{len(articles) + a.Index, a.Err}
		}
		if err != nil {
			return nil, err
		}
		if articles = append(articles, more...); len(articles) > maxPushed {
			return nil, errors.New("a request carries 10,000 articles at most")
		}
	}
	if len(articles) == 0 {
		return nil, errors.New("there is no article in the body")
	}
	for i := range articles {
		if err := Ready(&articles[i]); err != nil {
			return nil, &ArticleError{i, err}
		}
	}
	return articles, nil
}
