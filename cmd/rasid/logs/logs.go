// Package logs makes the program's logger. A line shows no secret whatever it
// was given, and chats only as a code that is the same for the same chat,
// unless the level is debug.
package logs

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Options tunes a logger. The zero value logs text from the level info on.
type Options struct {
	Level   slog.Level
	JSON    bool
	Secrets []string // of 8 bytes or more; never printed; chats are coded with the first
}

// New returns a logger that writes to w, one line in one Write.
func New(w io.Writer, o Options) *slog.Logger {
	h := &slog.HandlerOptions{Level: o.Level}
	if o.Level > slog.LevelDebug {
		h.ReplaceAttr = coder(o.Secrets).replace
	}
	w = Redact(w, o.Secrets)
	if o.JSON {
		return slog.New(slog.NewJSONHandler(w, h))
	}
	return slog.New(slog.NewTextHandler(w, h))
}

// personal names the keys whose numbers tell who somebody is.
func personal(key string) bool {
	switch key {
	case "chat", "user", "person", "from", "to", "admin":
		return true
	}
	return false
}

// keyed replaces ids of chats and people. Its key keeps the codes from
// being found by trying all numbers.
type keyed struct{ key []byte }

func coder(secrets []string) keyed {
	sum := sha256.Sum256([]byte("rasid log " + strings.Join(secrets[:min(1, len(secrets))], "")))
	return keyed{sum[:]}
}

func (k keyed) replace(_ []string, a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch err, is := v.Any().(error); {
	case is && !personal(a.Key):
		return slog.String(a.Key, k.coded(fmt.Sprint(err))) // which also prints one that is a nil pointer
	case !personal(a.Key):
	case v.Kind() == slog.KindInt64:
		return slog.String(a.Key, k.code(strconv.FormatInt(v.Int64(), 10)))
	case v.Kind() == slog.KindUint64:
		return slog.String(a.Key, k.code(strconv.FormatUint(v.Uint64(), 10)))
	case v.Kind() == slog.KindString || v.Kind() == slog.KindAny:
		return slog.String(a.Key, k.code(v.String()))
	}
	return a
}

// named finds the chats that an error names: "chat 5", "chat 5 to -1005", "change
// 5/0", "destination 5/0".
var named = regexp.MustCompile(`\b(?:chat -?\d+ to|chat) -?\d+\b|\b(?:change|destination) -?\d+/`)

var id = regexp.MustCompile(`-?\d+`)

// coded is an error's text with codes in place of chats.
func (k keyed) coded(text string) string {
	return named.ReplaceAllStringFunc(text, func(s string) string { return id.ReplaceAllStringFunc(s, k.code) })
}

func (k keyed) code(id string) string {
	mac := hmac.New(sha256.New, k.key)
	mac.Write([]byte(id)) // a hash never fails
	return hex.EncodeToString(mac.Sum(nil)[:6])
}

// Redact returns a writer that replaces secrets in what is written to w,
// whatever way they are spelled in addresses; none shorter than 8 bytes. A secret that is split over two
// writes is not seen, so write whole lines.
func Redact(w io.Writer, secrets []string) io.Writer {
	var pairs []string
	for _, s := range spellings(secrets) {
		pairs = append(pairs, s, "[secret]")
	}
	if len(pairs) == 0 {
		return w
	}
	return redactor{w, strings.NewReplacer(pairs...)}
}

// minSecret is the length from which something is a secret, and so is a part of
// one. Shorter ones stand in the midst of words: to replace them there would
// tell them.
const minSecret = 8

// spellings lists the secrets as they may occur, the longest first.
func spellings(secrets []string) []string {
	var all []string
	for _, s := range secrets {
		if len(s) < minSecret {
			continue
		}
		all = append(all, s, url.QueryEscape(s), url.PathEscape(s))
		if _, key, ok := strings.Cut(s, ":"); ok && len(key) >= minSecret {
			all = append(all, key)
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(all)
}

type redactor struct {
	w io.Writer
	r *strings.Replacer
}

// Write implements io.Writer.
func (r redactor) Write(p []byte) (int, error) {
	if _, err := io.WriteString(r.w, r.r.Replace(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
