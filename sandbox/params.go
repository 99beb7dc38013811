package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"rasid/sandbox/wire"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxBody is the largest request the sandbox reads, in bytes.
const maxBody = 10 << 20

// params are a call's arguments as text. A nested value is its JSON.
type params map[string]string

// readParams collects arguments from the query, a form, a multipart form or a
// JSON object, as the server does.
func readParams(r *http.Request) (params, error) {
	p := params{}
	p.addAll(r.URL.Query())
	if r.Body == nil || r.Method != http.MethodPost {
		return p, p.check()
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, wire.Bad("can't read the request body")
	}
	if len(body) > maxBody {
		return nil, &wire.Error{Code: 413, Description: "Request Entity Too Large"}
	}
	return p, p.addBody(r.Header.Get("Content-Type"), body)
}

// addBody reads arguments from a body of one of the kinds that the server
// takes.
func (p params) addBody(contentType string, body []byte) error {
	kind, attrs, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = ""
	}
	switch kind {
	case "application/json":
		err = p.addJSON(body)
	case "multipart/form-data":
		err = p.addMultipart(body, attrs["boundary"])
	default:
		err = p.addForm(string(body))
	}
	if err != nil {
		return err
	}
	return p.check()
}

func (p params) addAll(v url.Values) {
	for k, vs := range v {
		if len(vs) > 0 {
			p[k] = vs[0]
		}
	}
}

func (p params) addForm(body string) error {
	v, err := url.ParseQuery(body)
	if err != nil {
		return wire.Bad("can't parse the request's form")
	}
	p.addAll(v)
	return nil
}

func (p params) addMultipart(body []byte, boundary string) error {
	r := http.Request{Method: http.MethodPost, Header: http.Header{"Content-Type": {`multipart/form-data; boundary="` + boundary + `"`}}, Body: io.NopCloser(bytes.NewReader(body))}
	if err := r.ParseMultipartForm(maxBody); err != nil {
		return wire.Bad("can't parse the request's multipart form")
	}
	p.addAll(r.MultipartForm.Value)
	return nil
}

func (p params) addJSON(body []byte) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil {
		return wire.Bad("can't parse the request's JSON object")
	}
	for k, raw := range object {
		var s string
		if bytes.HasPrefix(raw, []byte(`"`)) && json.Unmarshal(raw, &s) == nil {
			p[k] = s
		} else {
			p[k] = string(raw)
		}
	}
	return nil
}

func (p params) check() error {
	for _, v := range p {
		if !utf8.ValidString(v) {
			return wire.Bad("strings must be encoded in UTF-8")
		}
	}
	return nil
}

// num reads a whole number the way the server does: what is none is 0.
func (p params) num(key string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(p[key]), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// within reads a number, def when it is absent, bounded by low and high.
func (p params) within(key string, def, low, high int64) int64 {
	if p[key] == "" {
		return def
	}
	return min(max(p.num(key), low), high)
}

func (p params) flag(key string) bool {
	switch strings.ToLower(p[key]) {
	case "true", "yes", "1":
		return true
	default:
		return false
	}
}
