package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"rasid/cmd/rasid/rulefile"
	"rasid/rules"
	"strings"
	"unicode/utf8"
)

// load reads the rules that can be read and complains of the others.
func (m *matcher) load(set rules.Edit) error {
	switch {
	case m.rulesPath == "":
	case strings.EqualFold(path.Ext(m.rulesPath), ".tsv"):
		if err := m.loadTSV(set); err != nil {
			return err
		}
	default:
		if err := m.loadFile(set); err != nil {
			return err
		}
	}
	for i, e := range m.expressions {
		name := fmt.Sprintf("e%d", i+1)
		m.add(set, name, e, rules.Env{Lang: m.lang}, place{name, 1, 1})
	}
	return nil
}

// A place is where a rule stands.
type place struct {
	file      string
	line, col int
}

// add adds a rule, or complains of it.
func (m *matcher) add(set rules.Edit, id, src string, env rules.Env, at place) {
	q, err := rules.Parse(src)
	if err == nil {
		err = m.put(set, id, q, env)
	}
	if err != nil {
		m.complain(complaint(src, err, at))
	}
}

func (m *matcher) put(set rules.Edit, id string, q *rules.Query, env rules.Env) error {
	r, err := rules.Compile(q, env)
	if err != nil {
		return err
	}
	m.named = append(m.named, namedRule{id, q.String(), env})
	set.Put(rules.ID(len(m.named)), r)
	return nil
}

// complaint words FILE:LINE:COL: reason.
func complaint(src string, err error, at place) string {
	hint := ""
	if e, ok := errors.AsType[*rules.Error](err); ok {
		at.col += utf8.RuneCountInString(src[:min(e.Pos, len(src))])
		if e.Repair != "" {
			hint = "; hint: write " + e.Repair
		}
	}
	return fmt.Sprintf("%s:%d:%d: %v%s", at.file, at.line, at.col, err, hint)
}

// loadTSV reads lines of ID TAB RULE.
func (m *matcher) loadTSV(set rules.Edit) error {
	f, err := os.Open(m.rulesPath)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	n := 0
	return eachLine(f, func(line string) error {
		n++
		line = strings.TrimPrefix(line, "\ufeff")
		if strings.TrimSpace(line) == "" {
			return nil
		}
		id, src, ok := strings.Cut(strings.TrimRight(line, "\r"), "\t")
		if !ok || id == "" {
			m.complain(fmt.Sprintf("%s:%d:1: want ID TAB RULE", m.rulesPath, n))
			return nil
		}
		m.add(set, id, src, rules.Env{Lang: m.lang}, place{m.rulesPath, n, utf8.RuneCountInString(id) + 2})
		return nil
	})
}

// loadFile reads the topics of a rule file.
func (m *matcher) loadFile(set rules.Edit) error {
	files, err := rulefile.Read(m.rulesPath)
	if err != nil {
		return err
	}
	file, problems := rules.ReadFiles(files)
	for _, p := range problems {
		if p.Severity == rules.SeverityError {
			hint := ""
			if p.Hint != "" {
				hint = "; hint: " + p.Hint
			}
			m.complain(fmt.Sprintf("%s:%d:%d: %s%s", p.File, p.Line, p.Col, p.Reason, hint))
		}
	}
	for _, t := range file.Topics {
		if t.Query != nil {
			_ = m.put(set, t.ID, t.Query, file.Env(m.lang)) // what does not compile was complained of
		}
	}
	return nil
}

// eachFile calls f with each named file, or with standard input when none is
// named or one is "-".
func eachFile(in io.Reader, names []string, f func(io.Reader, string) error) error {
	if len(names) == 0 {
		names = []string{"-"}
	}
	for _, name := range names {
		if name == "-" {
			if err := f(in, "-"); err != nil {
				return err
			}
			continue
		}
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		err = f(file, name)
		_ = file.Close() // read only
		if err != nil {
			return err
		}
	}
	return nil
}
