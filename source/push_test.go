package source_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"rasid/news"
	"rasid/source"
	"rasid/store"
	"strings"
	"testing"
)

// remembered is a sink that keeps what it gets and knows ids.
type remembered struct {
	got  []news.Article
	seen map[string]bool
	err  error
}

func (r *remembered) sink(_ context.Context, articles []news.Article) ([]store.Accepted, error) {
	if r.err != nil {
		return nil, r.err
	}
	out := make([]store.Accepted, len(articles))
	for i, a := range articles {
		if r.seen == nil {
			r.seen = map[string]bool{}
		}
		out[i].Verdict = store.New
		if r.seen[a.ID] {
			out[i].Verdict = store.Same
		}
		r.seen[a.ID] = true
		r.got = append(r.got, a)
	}
	return out, nil
}

type answer struct {
	Status   int `json:"-"`
	Accepted int
	Seen     int
	Detail   string
	Index    *int
	Field    string
}

func post(t *testing.T, h http.Handler, change func(*http.Request), body string) answer {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/v1/articles", strings.NewReader(body))
	r.RemoteAddr, r.Host = "127.0.0.1:4000", "127.0.0.1:8080"
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	a := answer{Status: w.Code}
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("answer %q is not JSON: %v", w.Body, err)
	}
	if kind := w.Header().Get("Content-Type"); w.Code != http.StatusAccepted && kind != "application/problem+json" {
		t.Errorf("a refusal has the type %q", kind)
	}
	return a
}

var silent = slog.New(slog.DiscardHandler)

func TestPushTakesWhatIsRight(t *testing.T) {
	for _, tt := range []struct {
		name, body     string
		accepted, seen int
	}{
		{"an object", `{"id":"a","title":"A"}`, 1, 0},
		{"an array", `[{"id":"a","title":"A"},{"id":7,"text":"B"}]`, 2, 0},
		{"JSON Lines", "{\"title\":\"A\"}\n{\"title\":\"B\"}\n", 2, 0},
		{"the same twice in one request", `[{"id":"a","title":"A"},{"id":"a","title":"A"}]`, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r remembered
			got := post(t, source.NewPush(source.PushOptions{Sink: r.sink, Logger: silent}), nil, tt.body)
			if got.Status != http.StatusAccepted || got.Accepted != tt.accepted || got.Seen != tt.seen {
				t.Errorf("answer %+v; want 202 with %d accepted, %d seen", got, tt.accepted, tt.seen)
			}
			for _, a := range r.got {
				if a.ID == "" {
					t.Errorf("%+v came without an id", a)
				}
			}
		})
	}
}

func TestPushRefusesWithTheReason(t *testing.T) {
	one := func(n int) *int { return &n }
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for _, tt := range []struct {
		name, token string
		change      func(*http.Request)
		body        string
		status      int
		index       *int
		field       string
		detail      string
	}{
		{"not JSON", "", nil, `{"title":`, 400, one(0), "", "not valid JSON"},
		{"nothing", "", nil, ``, 400, nil, "", "no article"},
		{"an empty array", "", nil, `[]`, 400, nil, "", "no article"},
		{"the second of two is empty", "", nil, `[{"title":"A"},{}]`, 400, one(1), "title", ""},
		{"a field of another kind", "", nil, `[{"title":"A"},{"title":7}]`, 400, one(1), "title", ""},
		{"a time that is none", "", nil, `{"title":"A","published":"yesterday"}`, 400, one(0), "published", ""},
		{"the second line", "", nil, "{\"title\":\"A\"}\n{\"title\":7}", 400, one(1), "title", ""},
		{"a form, as a web page could send it", "", header("Content-Type", "text/plain"), `{"title":"A"}`, 415, nil, "", "application/json"},
		{"from another machine without a token", "", func(r *http.Request) { r.RemoteAddr = "192.0.2.7:80" }, `{"title":"A"}`, 403, nil, "", "RASID_HTTP_TOKEN"},
		{"through a proxy without a token", "", header("X-Forwarded-For", "192.0.2.7"), `{"title":"A"}`, 403, nil, "", "RASID_HTTP_TOKEN"},
		{"by a name that was pointed here", "", func(r *http.Request) { r.Host = "evil.example:8080" }, `{"title":"A"}`, 403, nil, "", "RASID_HTTP_TOKEN"},
		{"no token", "secret", nil, `{"title":"A"}`, 401, nil, "", "Bearer"},
		{"another token", "secret", header("Authorization", "Bearer other"), `{"title":"A"}`, 401, nil, "", "Bearer"},
		{"a token that begins alike", "secret", header("Authorization", "Bearer secret2"), `{"title":"A"}`, 401, nil, "", "Bearer"},
		{"a GET", "", func(r *http.Request) { r.Method = http.MethodGet }, ``, 405, nil, "", "POST"},
		{"too large", "", nil, `{"title":"` + strings.Repeat("a", source.MaxPush) + `"}`, 413, nil, "", "10 MB"},
		{"too many", "", nil, "[" + strings.Repeat(`{"title":"A"},`, 10000) + `{"title":"A"}]`, 400, nil, "", "10,000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r remembered
			got := post(t, source.NewPush(source.PushOptions{Sink: r.sink, Token: tt.token, Logger: silent}), tt.change, tt.body)
			sameIndex := (got.Index == nil) == (tt.index == nil) && (tt.index == nil || *got.Index == *tt.index)
			if got.Status != tt.status || !sameIndex || got.Field != tt.field || !strings.Contains(got.Detail, tt.detail) {
				t.Errorf("answer %+v; want %d, index %v, field %q, detail with %q", got, tt.status, tt.index, tt.field, tt.detail)
			}
			if len(r.got) > 0 {
				t.Errorf("%d articles of a refused request were taken", len(r.got))
			}
		})
	}
}

func TestPushWithTheTokenComesFromAnywhere(t *testing.T) {
	var r remembered
	got := post(t, source.NewPush(source.PushOptions{Sink: r.sink, Token: "secret", Logger: silent}), func(r *http.Request) {
		r.RemoteAddr, r.Host = "192.0.2.7:80", "news.example.org"
		r.Header.Set("X-Forwarded-For", "198.51.100.1")
		r.Header.Set("Authorization", "Bearer secret")
	}, `{"title":"A"}`)
	if got.Status != http.StatusAccepted || got.Accepted != 1 {
		t.Errorf("answer %+v; want 202 with 1 accepted", got)
	}
}

func TestPushSaysTakenOnlyWhenItIsStored(t *testing.T) {
	r := remembered{err: errors.New("the disk is full")}
	got := post(t, source.NewPush(source.PushOptions{Sink: r.sink, Logger: silent}), nil, `{"title":"A"}`)
	if got.Status != http.StatusServiceUnavailable || strings.Contains(got.Detail, "disk") {
		t.Errorf("answer %+v; want 503 without the inside of the store", got)
	}
}

func TestPusherCarriesTheServersReason(t *testing.T) {
	var r remembered
	srv := httptest.NewServer(source.NewPush(source.PushOptions{Sink: r.sink, Token: "secret", Logger: silent}))
	defer srv.Close()
	p := source.Pusher{URL: srv.URL + "/", Token: "secret"}
	got, err := p.Push(t.Context(), []news.Article{{Title: "A"}, {Title: "A"}})
	if err != nil || got != (source.Receipt{Accepted: 1, Seen: 1}) {
		t.Errorf("Push = %+v, %v", got, err)
	}
	if _, err = p.Push(t.Context(), []news.Article{{Title: "A"}, {}}); err == nil || !strings.Contains(err.Error(), "article 2") {
		t.Errorf("Push of an empty article: %v; want which one", err)
	}
	p.Token = "x"
	if _, err = p.Push(t.Context(), []news.Article{{Title: "A"}}); !errors.Is(err, source.ErrToken) {
		t.Errorf("Push with another token: %v", err)
	}
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html>")
	}))
	defer other.Close()
	p.URL = other.URL
	if _, err = p.Push(t.Context(), []news.Article{{Title: "A"}}); err == nil || !strings.Contains(err.Error(), "502") {
		t.Errorf("Push to another server: %v", err)
	}
}

// FuzzPush: any body is taken whole or refused whole, and never breaks.
func FuzzPush(f *testing.F) {
	for _, s := range []string{
		`{"title":"A"}`, `[{"title":"A"},{"body":"B","tags":["x"],"published":"2026-01-02T03:04:05Z"}]`, "{}\n{}", `[[{}]]`, `null`, `[null]`,
		`{"title":"\ud800"}`, "\xef\xbb\xbf{}", `{"id":1e400,"title":"a"}`, `"x"`, `{"title":"A","url":"javascript:alert(1)"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		articles, err := source.ReadPush(body)
		if (err == nil) == (len(articles) == 0) {
			t.Fatalf("ReadPush(%q) = %d articles, %v", body, len(articles), err)
		}
		for _, a := range articles {
			if a.ID == "" || news.Check(&a) != nil {
				t.Errorf("ReadPush(%q) gives %+v, which is not ready", body, a)
			}
		}
		for a, err := range source.Articles(bytes.NewReader(body), "x.jsonl") {
			if (err == nil) && a.Name == "" {
				t.Errorf("Articles(%q) gives an article without a name", body)
			}
		}
	})
}
