package source

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Limits of one fetch.
const (
	fetchTime     = 20 * time.Second
	fetchMost     = 10 << 20 // bytes, decoded
	fetchRatio    = 100      // decoded to compressed
	fetchHops     = 5        // redirects
	ratioMatters  = 1 << 20  // bytes decoded before the ratio is looked at
	retryMost     = 24 * time.Hour
	userAgentName = "rasid (news alerts)"
)

// A Request asks for a document unless it is as it was.
type Request struct {
	URL, ETag, LastModified, BodyHash string
}

// An Answer is a document, or that it is the Same as before.
type Answer struct {
	Same                         bool
	URL                          string // where it came from in the end
	Body                         []byte
	ContentType                  string
	ETag, LastModified, BodyHash string // for the next Request, byte for byte
}

// A Fetcher fetches.
type Fetcher func(ctx context.Context, r Request) (Answer, error)

// A statusError is an answer that brings nothing.
type statusError struct {
	status string
	after  time.Duration // of Retry-After
}

// Error says what the server answered.
func (e *statusError) Error() string { return "the server answered " + e.status }

func retryAfter(err error) time.Duration {
	if s, ok := errors.AsType[*statusError](err); ok {
		return s.after
	}
	return 0
}

// NewFetcher returns a Fetcher over HTTP that reaches public addresses and
// those of allow only, follows five redirects, and takes 10 MB and 20 s at
// most.
func NewFetcher(allow Allow) Fetcher {
	client := &http.Client{
		Transport: &http.Transport{
			DialContext: guardedDialer(allow).DialContext, DisableCompression: true,
			TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: fetchTime, IdleConnTimeout: time.Minute,
			MaxIdleConns: 100, MaxIdleConnsPerHost: 1, MaxResponseHeaderBytes: 1 << 20,
		},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) > fetchHops {
				return errors.New("more than 5 redirects")
			}
			return checkURL(req.URL)
		},
	}
	return func(ctx context.Context, r Request) (Answer, error) {
		ctx, cancel := context.WithTimeout(ctx, fetchTime)
		defer cancel()
		return fetch(ctx, client, r)
	}
}

func fetch(ctx context.Context, client *http.Client, r Request) (Answer, error) {
	req, err := r.request(ctx)
	if err != nil {
		return Answer{}, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return Answer{}, fmt.Errorf("fetch: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // read only
	same := Answer{Same: true, URL: r.URL, ETag: r.ETag, LastModified: r.LastModified, BodyHash: r.BodyHash}
	switch {
	case resp.StatusCode == http.StatusNotModified:
		return same, nil
	case resp.StatusCode != http.StatusOK:
		return Answer{}, &statusError{resp.Status, parseRetryAfter(resp.Header.Get("Retry-After"))}
	}
	body, err := readBody(resp)
	if err != nil {
		return Answer{}, err
	}
	sum := sha256.Sum256(body)
	a := Answer{
		URL: resp.Request.URL.String(), Body: body, ContentType: resp.Header.Get("Content-Type"),
		ETag: resp.Header.Get("ETag"), LastModified: resp.Header.Get("Last-Modified"), BodyHash: hex.EncodeToString(sum[:16]),
	}
	if a.BodyHash == r.BodyHash {
		a.Same, a.Body = true, nil
	}
	return a, nil
}

// request returns the one that asks for what changed since the last answer.
func (r Request) request(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL, nil)
	if err != nil {
		return nil, err
	}
	if err = checkURL(req.URL); err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", userAgentName)
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("Accept", "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5")
	if r.ETag != "" {
		req.Header.Set("If-None-Match", r.ETag)
	}
	if r.LastModified != "" {
		req.Header.Set("If-Modified-Since", r.LastModified)
	}
	return req, nil
}

func parseRetryAfter(s string) time.Duration {
	if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && n > 0 {
		return min(time.Duration(n)*time.Second, retryMost)
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(0, min(time.Until(at), retryMost))
	}
	return 0
}

// readBody reads and decompresses within the limits.
func readBody(resp *http.Response) ([]byte, error) {
	raw := &counter{r: io.LimitReader(resp.Body, fetchMost+1)}
	var r io.Reader = raw
	if strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, fmt.Errorf("decompress: %w", err)
		}
		r = z
	}
	var body []byte
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		body = append(body, buf[:n]...)
		switch {
		case len(body) > fetchMost:
			return nil, errors.New("the document is larger than 10 MB")
		case len(body) > ratioMatters && len(body) > fetchRatio*raw.n:
			return nil, errors.New("the document decompresses more than a hundredfold")
		case errors.Is(err, io.EOF):
			return body, nil
		case err != nil:
			return nil, fmt.Errorf("read: %w", err)
		}
	}
}

type counter struct {
	r io.Reader
	n int
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}
