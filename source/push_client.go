package source

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"rasid/news"
	"strings"
	"time"
)

// A Pusher sends articles to a running rasid.
type Pusher struct {
	URL   string // of the server, such as http://127.0.0.1:8080
	Token string // bearer token; empty: none
	HTTP  *http.Client
}

// ErrToken reports that the server wants another token.
var ErrToken = errors.New("the token is missing or wrong")

// Push sends articles in one request and returns the server's receipt. The
// error is ErrToken or carries the server's reason.
func (p Pusher) Push(ctx context.Context, articles []news.Article) (Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := p.request(ctx, articles)
	if err != nil {
		return Receipt{}, err
	}
	resp, err := cmp.Or(p.HTTP, http.DefaultClient).Do(req)
	if err != nil {
		return Receipt{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // read only
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return Receipt{}, err
	}
	switch resp.StatusCode {
	case http.StatusAccepted:
	case http.StatusUnauthorized:
		return Receipt{}, ErrToken
	default:
		return Receipt{}, serverError(resp.Status, data)
	}
	var r Receipt
	if err := json.Unmarshal(data, &r); err != nil {
		return Receipt{}, errors.New("the server's answer is not rasid's; see the address")
	}
	return r, nil
}

func (p Pusher) request(ctx context.Context, articles []news.Article) (*http.Request, error) {
	body, err := json.Marshal(articles)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(p.URL, "/")+"/v1/articles", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if p.Token != "" {
		req.Header.Set("Authorization", "Bearer "+p.Token)
	}
	return req, nil
}

func serverError(status string, data []byte) error {
	var why problem
	if json.Unmarshal(data, &why) != nil || why.Detail == "" {
		if strings.HasPrefix(status, "404 ") {
			return errors.New("the server answered 404: no rasid takes articles there; see the address")
		}
		return fmt.Errorf("the server answered %s", status)
	}
	if why.Index != nil {
		return fmt.Errorf("refused: article %d: %s", *why.Index+1, why.Detail)
	}
	return fmt.Errorf("refused: %s", why.Detail)
}
