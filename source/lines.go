package source

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"rasid/news"
	"strings"
)

// MaxArticle is the largest article that is read from a line or a file, in
// bytes.
const MaxArticle = 10 << 20

// A Named is an article with the name it is printed under: its own id, else
// the file's name, else FILE:LINE.
type Named struct {
	Name    string
	Article news.Article
}

// Articles reads the articles of a file or of standard input: plain text (one
// article, whose first line is the title), a JSON object or array, or JSON
// Lines; gzip is read too. The form is told by the name's ending, else by the
// first character. An error names FILE:LINE and ends the reading, except that
// a bad line of JSON Lines is passed over when the caller goes on.
func Articles(r io.Reader, name string) iter.Seq2[Named, error] {
	return func(yield func(Named, error) bool) {
		br := bufio.NewReaderSize(r, 64<<10)
		base := strings.TrimSuffix(path.Base(name), ".gz")
		if head, _ := br.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
			z, err := gzip.NewReader(br)
			if err != nil {
				yield(Named{}, fmt.Errorf("%s: %w", name, err))
				return
			}
			br = bufio.NewReaderSize(z, 64<<10)
		}
		switch form(base, br) {
		case "text":
			readText(br, name, base, yield)
		case "json":
			readJSON(br, name, base, yield)
		default:
			readLines(br, name, yield)
		}
	}
}

// form tells how a file is to be read.
func form(base string, br *bufio.Reader) string {
	switch path.Ext(base) {
	case ".txt":
		return "text"
	case ".jsonl", ".ndjson":
		return "lines"
	}
	head, _ := br.Peek(4096)
	head = bytes.TrimLeft(head, "\ufeff \t\r\n")
	switch {
	case path.Ext(base) == ".json", len(head) > 0 && head[0] == '[':
		return "json"
	case len(head) > 0 && head[0] == '{':
		return "lines"
	}
	return "text"
}

func readText(r io.Reader, name, base string, yield func(Named, error) bool) {
	data, err := io.ReadAll(io.LimitReader(r, MaxArticle+1))
	switch {
	case err != nil:
		yield(Named{}, fmt.Errorf("%s: %w", name, err))
	case len(data) > MaxArticle:
		yield(Named{}, fmt.Errorf("%s: larger than 10 MB", name))
	default:
		title, body, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(string(data), "\ufeff")), "\n")
		a := news.Article{Title: title, Body: body}
		news.Clean(&a)
		yield(Named{base, a}, nil)
	}
}

func readJSON(r io.Reader, name, base string, yield func(Named, error) bool) {
	dec := json.NewDecoder(r)
	for n := 0; ; n++ {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			yield(Named{}, fmt.Errorf("%s: not valid JSON at byte %d: %w", name, dec.InputOffset(), err))
			return
		}
		articles, err := decode(raw)
		if err != nil {
			yield(Named{}, fmt.Errorf("%s: %w", name, err))
			return
		}
		for i, a := range articles {
			at := base
			if n+i > 0 || len(articles) > 1 {
				at = fmt.Sprintf("%s:%d", base, n+i+1)
			}
			if !yield(named(a, at), nil) {
				return
			}
		}
	}
}

// decode reads one article, or an array of them.
func decode(raw json.RawMessage) ([]news.Article, error) {
	if trimmed := bytes.TrimSpace(raw); len(trimmed) == 0 || trimmed[0] != '[' {
		var a news.Article
		if err := json.Unmarshal(raw, &a); err != nil {
			return nil, &ArticleError{0, err}
		}
		return []news.Article{a}, nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	articles := make([]news.Article, len(list))
	for i, item := range list {
		if err := json.Unmarshal(item, &articles[i]); err != nil {
			return nil, &ArticleError{i, err}
		}
	}
	return articles, nil
}

func readLines(br *bufio.Reader, name string, yield func(Named, error) bool) {
	sc := bufio.NewScanner(br)
	sc.Buffer(nil, MaxArticle)
	line := 0
	for sc.Scan() {
		line++
		text := bytes.TrimSpace(bytes.TrimPrefix(sc.Bytes(), []byte("\ufeff")))
		if len(text) == 0 {
			continue
		}
		at := fmt.Sprintf("%s:%d", name, line)
		var a news.Article
		if err := json.Unmarshal(text, &a); err != nil {
			if !yield(Named{}, fmt.Errorf("%s: %w", at, err)) {
				return
			}
			continue
		}
		if !yield(named(a, fmt.Sprintf("%s:%d", path.Base(name), line)), nil) {
			return
		}
	}
	if err := sc.Err(); err != nil {
		yield(Named{}, fmt.Errorf("%s:%d: %w", name, line+1, err))
	}
}

func named(a news.Article, at string) Named {
	news.Clean(&a)
	if a.ID != "" {
		at = a.ID
	}
	return Named{at, a}
}
