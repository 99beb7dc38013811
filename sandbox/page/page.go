// Package page is the sandbox's chat page: a person's Telegram in the browser.
// It is a shell rendered here and plain scripts, the first of them app.js, that
// talk to the control API beside it. Everything is embedded; nothing is loaded
// from elsewhere.
package page

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"time"
)

//go:embed assets
var assets embed.FS

// A Bot is whom the page talks to.
type Bot struct {
	ID       int64
	Name     string
	Username string
}

// policy lets the page load only its own scripts and style, and talk only to
// where it came from.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler serves the page at / and its assets beside it.
func Handler(b Bot) http.Handler {
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		panic("embedded assets are gone: " + err.Error())
	}
	shell := template.Must(template.ParseFS(files, "index.html"))
	m := http.NewServeMux()
	m.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		var page bytes.Buffer
		if err := shell.Execute(&page, map[string]any{"Bot": b}); err != nil {
			http.Error(w, "render page", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(page.Bytes()))
	})
	m.HandleFunc("GET /assets/{name}", func(w http.ResponseWriter, r *http.Request) {
		name := path.Base(r.PathValue("name"))
		if name == "index.html" {
			http.NotFound(w, r)
			return
		}
		http.ServeFileFS(w, r, files, name)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache") // no browser shows what an older version was
		m.ServeHTTP(w, r)
	})
}
