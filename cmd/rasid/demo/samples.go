package demo

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"rasid/cmd/rasid/serve"
	"rasid/internal/pause"
	"rasid/news"
	"rasid/rules"
	"rasid/source"
	"strings"
	"time"
)

//go:embed samples/rules.yaml
var rulesYAML []byte

//go:embed samples/articles.jsonl
var articlesJSONL []byte

// How the samples arrive: the first a moment after the person wrote, the
// others at a reader's pace; when all have come, again as follow-ups.
const (
	firstWait = 4 * time.Second
	nextWait  = 7 * time.Second
	roundWait = 45 * time.Second
	rounds    = 20
)

// maxItems is how many articles a demo takes.
const maxItems = 5000

type item = news.Article

func sampleRules() []rules.NamedFile {
	return []rules.NamedFile{{Name: "samples/rules.yaml", Data: rulesYAML}}
}

// load reads the articles at path, a file or a folder of files; the samples
// when path is empty.
func load(path string) ([]item, error) {
	if path == "" {
		return read(nil, bytes.NewReader(articlesJSONL), "samples.jsonl")
	}
	names, err := files(path)
	if err != nil {
		return nil, fmt.Errorf("read the articles: %w; --articles names a file of text, JSON or JSON Lines, or a folder of such files", err)
	}
	var all []item
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read the articles: %w", err)
		}
		all, err = read(all, f, name)
		_ = f.Close() // read only
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// files returns the files of a folder that are not hidden, or a file itself.
func files(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, filepath.Join(path, e.Name()))
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no file is in %s", path)
	}
	return names, nil
}

func read(all []item, r io.Reader, name string) ([]item, error) {
	for a, err := range source.Articles(r, name) {
		if err != nil {
			return nil, fmt.Errorf("read the articles: %w", err)
		}
		if all = append(all, a.Article); len(all) > maxItems {
			return nil, fmt.Errorf("read the articles: %s makes more than %d, the most a demo takes", name, maxItems)
		}
	}
	return all, nil
}

// arrive hands one article in, as if published now, and returns its number.
func (d *demo) arrive(ctx context.Context, r *serve.Running, a item) (uint64, error) {
	if a.Published.IsZero() || d.o.Articles == "" {
		a.Published = time.Now().Add(-time.Minute)
	}
	if err := source.Ready(&a); err != nil {
		return 0, fmt.Errorf("take an article: %w", err)
	}
	got, err := r.Sink(ctx, []item{a})
	if err != nil || len(got) == 0 {
		return 0, err
	}
	return got[0].Seq, nil
}

// overTime lets the articles arrive one after another once the person has
// written something.
func (d *demo) overTime(ctx context.Context, r *serve.Running) error {
	wrote := func() bool {
		for _, m := range d.box.Chat(d.person).Messages() {
			if !m.Bot {
				return true
			}
		}
		return false
	}
	if d.box.Wait(ctx, wrote) != nil {
		return nil //nolint:nilerr // told to stop
	}
	wait := firstWait
	for round := range rounds {
		for _, a := range d.articles {
			if !pause.For(ctx, wait) {
				return nil
			}
			if _, err := d.arrive(ctx, r, followUp(a, round)); err != nil {
				return err
			}
			wait = nextWait
		}
		wait = roundWait
	}
	return nil
}

// followUp makes a later report of a.
func followUp(a item, round int) item {
	if round == 0 {
		return a
	}
	word := "Follow-up: "
	if a.Lang == "ar" {
		word = "متابعة: "
	}
	a.Title = word + a.Title
	a.ID = fmt.Sprintf("%s-%d", news.ID(&a), round+1)
	return a
}

// page lets the articles arrive while people chat in the browser.
func (d *demo) page(ctx context.Context, r *serve.Running) error {
	if err := d.overTime(ctx, r); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
