package source_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"rasid/source"
	"strings"
	"testing"
	"time"
)

func allowed(t *testing.T) source.Allow {
	t.Helper()
	a, err := source.ParseAllow("127.0.0.1:*")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestFetchAsksWhetherItChanged(t *testing.T) {
	const etag, modified = `W/"odd \"one"`, "Thu, 24 Sep 2026 11:00:00 GMT"
	var asked http.Header
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header.Clone()
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", etag)
		w.Header().Set("Last-Modified", modified)
		w.Header().Set("Content-Type", "application/rss+xml; charset=windows-1256")
		_, _ = w.Write([]byte("<rss/>"))
	}))
	defer srv.Close()
	fetch := source.NewFetcher(allowed(t))
	first, err := fetch(t.Context(), source.Request{URL: srv.URL})
	if err != nil || first.Same || string(first.Body) != "<rss/>" || first.ETag != etag || first.LastModified != modified || !strings.Contains(first.ContentType, "1256") {
		t.Fatalf("fetch = %+v, %v", first, err)
	}
	next := source.Request{URL: srv.URL, ETag: first.ETag, LastModified: first.LastModified, BodyHash: first.BodyHash}
	again, err := fetch(t.Context(), next)
	if err != nil || !again.Same || again.ETag != etag || asked.Get("If-None-Match") != etag || asked.Get("If-Modified-Since") != modified {
		t.Errorf("the second fetch = %+v, %v; asked with %v", again, err, asked)
	}
	next.ETag, next.LastModified = "", ""
	if again, err = fetch(t.Context(), next); err != nil || !again.Same {
		t.Errorf("the same body = %+v, %v; want it known by its hash", again, err)
	}
}

func TestFetchHasLimits(t *testing.T) {
	bomb := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		zeros := make([]byte, 1<<20)
		for range 200 {
			if _, err := z.Write(zeros); err != nil {
				return
			}
		}
		_ = z.Close()
	}
	large := func(w http.ResponseWriter, _ *http.Request) {
		data := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
		for range 12 {
			if _, err := w.Write(data); err != nil {
				return
			}
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/bomb", bomb)
	mux.HandleFunc("/large", large)
	mux.HandleFunc("/torn", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write([]byte("not gzip"))
	})
	mux.HandleFunc("/round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) })
	mux.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "ftp://127.0.0.1/x", http.StatusFound)
	})
	mux.HandleFunc("/busy", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	srv := httptest.NewServer(mux)
	defer srv.Close()
	fetch := source.NewFetcher(allowed(t))
	for path, want := range map[string]string{
		"/bomb": "hundredfold", "/large": "10 MB", "/torn": "decompress", "/round": "5 redirects", "/file": "http or https", "/busy": "503", "/none": "404",
	} {
		if got, err := fetch(t.Context(), source.Request{URL: srv.URL + path}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("fetch %s = %d bytes, %v; want an error with %q", path, len(got.Body), err, want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer hang.Close()
	if _, err := fetch(ctx, source.Request{URL: hang.URL}); err == nil {
		t.Error("a server that never answers was waited for")
	}
}

func TestFetchReachesPublicAddressesOnly(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("inside")) }))
	defer srv.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(srv.URL, "http://"), ":")
	fetch := source.NewFetcher(nil)
	for _, url := range []string{
		srv.URL, "http://localhost:" + port, "http://[::1]:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://0.0.0.0:" + port, "http://2130706433:" + port,
		"http://10.0.0.1/", "http://192.168.1.1/", "http://172.16.0.1/", "http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/",
		"http://[fe80::1]/", "http://[fc00::1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://224.0.0.1/", "http://255.255.255.255/",
	} {
		got, err := fetch(t.Context(), source.Request{URL: url})
		if err == nil {
			t.Errorf("fetch %s = %q; want it refused", url, got.Body)
			continue
		}
		if !strings.Contains(err.Error(), "RASID_FEED_ALLOW") && !strings.Contains(err.Error(), "no such host") && !strings.Contains(err.Error(), "lookup") {
			t.Errorf("fetch %s: %v; want the guard's refusal", url, err)
		}
	}
	for _, url := range []string{"file:///etc/passwd", "ftp://example.org/", "http://user:pass@example.org/", "gopher://x", "//x", ""} {
		if _, err := fetch(t.Context(), source.Request{URL: url}); err == nil {
			t.Errorf("fetch %q was tried", url)
		}
	}
	// A redirect is looked at like the first address.
	other, err := source.ParseAllow(fmt.Sprintf("127.0.0.1:%s", port))
	if err != nil {
		t.Fatal(err)
	}
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, srv.URL, http.StatusFound) }))
	defer away.Close()
	if _, err := source.NewFetcher(other)(t.Context(), source.Request{URL: away.URL}); err == nil {
		t.Error("an address whose port is not allowed was fetched")
	}
	_, awayPort, _ := strings.Cut(strings.TrimPrefix(away.URL, "http://"), ":")
	only, err := source.ParseAllow("127.0.0.1:" + awayPort)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := source.NewFetcher(only)(t.Context(), source.Request{URL: away.URL}); err == nil {
		t.Errorf("a redirect led inside: %q", got.Body)
	}
}

func TestParseAllow(t *testing.T) {
	got, err := source.ParseAllow(" 127.0.0.1:8099, 10.0.0.0/8:* ,[::1]:80,")
	want := source.Allow{
		{Net: netip.MustParsePrefix("127.0.0.1/32"), Port: 8099}, {Net: netip.MustParsePrefix("10.0.0.0/8")}, {Net: netip.MustParsePrefix("::1/128"), Port: 80},
	}
	if err != nil || len(got) != len(want) {
		t.Fatalf("ParseAllow = %v, %v", got, err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("entry %d = %v; want %v", i, got[i], want[i])
		}
	}
	for _, s := range []string{"127.0.0.1", "x:80", "10.0.0.0/33:80", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:http"} {
		if _, err := source.ParseAllow(s); err == nil {
			t.Errorf("ParseAllow(%q) was taken", s)
		}
	}
}
