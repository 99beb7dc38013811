// Package demo runs the bot against a local Telegram, on a store that is
// gone afterwards, with sample rules and articles. A person talks to it in the
// browser or in the terminal.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"rasid/cmd/rasid/serve"
	"rasid/cmd/rasid/settings"
	"rasid/sandbox"
)

// Options says how to demonstrate. In and Out are required.
type Options struct {
	Settings    settings.Settings // of which language, zone, admins and limits are used
	Listen      string            // of the chat page; default 127.0.0.1:0
	Lang        string            // of the person's app; default ar
	Articles    string            // a file or folder of articles in place of the samples; may be empty
	Text        bool              // chat here in place of the browser
	Interactive bool              // In is a terminal, where a person sees what they type
	In          io.Reader
	Out         io.Writer // only the chat, or the page's address and what to do with it
	Logger      *slog.Logger
	Version     string
}

// A demo is a local Telegram with one person in it.
type demo struct {
	o        Options
	box      *sandbox.Server
	person   int64
	articles []item
}

// Run demonstrates until ctx ends, or until everything that was asked on a
// standard input that is no terminal is answered.
func Run(ctx context.Context, o Options) (err error) {
	dir, err := os.MkdirTemp("", "rasid-demo-")
	if err != nil {
		return fmt.Errorf("make a place for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	articles, err := load(o.Articles)
	if err != nil {
		return err
	}
	listen := o.Listen
	if o.Text {
		listen = "" // nothing is served, all is in this process
	}
	box, err := sandbox.New(sandbox.Options{Listen: listen, Name: botName(o.Lang)})
	if err != nil {
		return fmt.Errorf("start the sandbox: %w", err)
	}
	d := &demo{o: o, box: box, articles: articles}
	d.person = box.AddUser(sandbox.User{FirstName: name(o.Lang), Lang: o.Lang})
	return d.run(ctx, dir)
}

// botName is what the bot is called.
func botName(lang string) string {
	if lang == "ar" {
		return "راصد"
	}
	return "Rasid"
}

// name is what the person is called.
func name(lang string) string {
	if lang == "ar" {
		return "سلمى"
	}
	return "Salma"
}

// run keeps the sandbox up until the bot has ended.
func (d *demo) run(ctx context.Context, dir string) error {
	boxCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	if d.o.Text {
		ended <- nil
	} else {
		go func() { ended <- d.box.Run(boxCtx) }()
		if _, err := fmt.Fprintf(d.o.Out, "Chat page: %s/\nOpen it in a browser; Ctrl-C ends the demo.\n", d.box.URL()); err != nil {
			stop()
			return errors.Join(err, <-ended)
		}
	}
	err := d.serve(ctx, dir)
	stop()
	return errors.Join(err, <-ended, d.box.Close())
}

func (d *demo) serve(ctx context.Context, dir string) error {
	set := d.o.Settings
	set.API, set.Token = "http://sandbox", d.box.Token()
	set.Store = "bolt:" + filepath.Join(dir, "demo.db")
	set.HTTP, set.PublicURL = "", ""
	beside := d.page
	if d.o.Text {
		beside = d.text
		set.Lists = set.Lists && d.o.Interactive // a script's articles all come at once, and are told one by one
	}
	return serve.Run(ctx, serve.Options{
		Settings: set, Logger: d.o.Logger, HTTP: &http.Client{Transport: d.box.RoundTripper()},
		Rules: sampleRules(), Version: d.o.Version, Beside: beside,
	})
}
