package demo

import (
	"bufio"
	"io"
	"rasid/sandbox"
	"strings"
	"sync"
	"unicode/utf16"
)

// A screen prints a chat as a person sees it: "> " before the person's lines,
// *bold*, [Label] for buttons. A message that was changed is printed again.
type screen struct {
	typed bool // the person's lines are on the terminal already

	mu    sync.Mutex
	out   *bufio.Writer
	shown map[int64]string // by message id
}

func newScreen(w io.Writer, typed bool) *screen {
	return &screen{typed: typed, out: bufio.NewWriter(w), shown: map[int64]string{}}
}

// show prints what is new.
func (s *screen) show(list []sandbox.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range list {
		text := render(m)
		if s.shown[m.ID] == text {
			continue
		}
		s.shown[m.ID] = text
		if !m.Bot && s.typed {
			continue
		}
		_, _ = s.out.WriteString(text + "\n") // Flush tells
	}
	return s.out.Flush()
}

// behind reports whether show would print something.
func (s *screen) behind(list []sandbox.Message) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range list {
		if s.shown[m.ID] != render(m) {
			return true
		}
	}
	return false
}

// pressed prints that a button was pressed.
func (s *screen) pressed(label string) error { return s.print("> [" + label + "]\n\n") }

// note prints a line that is no message.
func (s *screen) note(text string) error { return s.print("(" + plain(text) + ")\n\n") }

func (s *screen) print(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.out.WriteString(text); err != nil {
		return err
	}
	return s.out.Flush()
}

// render gives a message as lines.
func render(m sandbox.Message) string {
	var b strings.Builder
	text := plain(starred(m))
	if !m.Bot {
		text = "> " + strings.ReplaceAll(text, "\n", "\n> ")
	}
	b.WriteString(strings.TrimRight(text, "\n") + "\n")
	for _, row := range m.Buttons {
		for i, button := range row {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString("[" + plain(button.Text) + "]")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// starred puts stars around what is bold. Neighbours become one run.
func starred(m sandbox.Message) string {
	units := utf16.Encode([]rune(m.Text))
	bold := make([]bool, len(units)+1)
	for _, e := range m.Entities {
		if e.Type == "bold" {
			for i := max(e.Offset, 0); i < min(e.Offset+e.Length, len(units)); i++ {
				bold[i] = true
			}
		}
	}
	var out []uint16
	in := false
	for i, u := range units {
		if bold[i] != in {
			out, in = append(out, '*'), bold[i]
		}
		out = append(out, u)
	}
	if in {
		out = append(out, '*')
	}
	return string(utf16.Decode(out))
}

// plain removes the marks that only steer the direction of text: a person
// does not see them, and in the midst of a word they would hide it from grep.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 0x200e, r == 0x200f, r == 0x61c, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s)
}
