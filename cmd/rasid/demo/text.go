package demo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"rasid/cmd/rasid/serve"
	"rasid/internal/pause"
	"rasid/sandbox"
	"rasid/store"
	"slices"
	"strings"
	"time"
	"unicode"
)

// How long the terminal chat waits: for answers that may not come, and for what
// is owed.
const (
	answerWait = time.Minute
	owedWait   = 2 * time.Minute
	pollWait   = 20 * time.Millisecond
)

// maxLine is the longest message that is read, in bytes; Telegram takes less.
const maxLine = 64 << 10

// text chats in the terminal. On a terminal it goes on until the input ends;
// else it ends when nothing is owed.
func (d *demo) text(ctx context.Context, r *serve.Running) error {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	s := newScreen(d.o.Out, d.o.Interactive)
	if d.o.Interactive {
		if err := s.note("write /start; Ctrl-D ends the demo"); err != nil {
			return err
		}
		shown, arrived := make(chan error, 1), make(chan error, 1)
		go func() { shown <- d.follow(inner, s) }()
		go func() { arrived <- d.overTime(inner, r) }()
		err := d.converse(inner, r, s)
		stop()
		return errors.Join(err, <-shown, <-arrived)
	}
	if err := d.converse(inner, r, s); err != nil || ctx.Err() != nil {
		return err
	}
	if err := d.all(inner, r); err != nil {
		return err
	}
	return d.show(s)
}

// follow shows what comes until ctx ends.
func (d *demo) follow(ctx context.Context, s *screen) error {
	for {
		if err := d.show(s); err != nil {
			return err
		}
		if d.box.Wait(ctx, func() bool { return s.behind(d.messages()) }) != nil {
			return nil //nolint:nilerr // told to stop
		}
	}
}

func (d *demo) messages() []sandbox.Message { return d.box.Chat(d.person).Messages() }

func (d *demo) show(s *screen) error { return s.show(d.messages()) }

// converse says each line of the input and waits for its answer.
func (d *demo) converse(ctx context.Context, r *serve.Running, s *screen) error {
	lines, failed := make(chan string), make(chan error, 1)
	go func() { // ends with the input, at the latest with the process: a read cannot be called off
		scan := bufio.NewScanner(d.o.In)
		scan.Buffer(nil, maxLine)
		for scan.Scan() {
			select {
			case lines <- scan.Text():
			case <-ctx.Done():
				return
			}
		}
		failed <- scan.Err()
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case line := <-lines:
			if err := d.turn(ctx, r, s, strings.TrimSpace(line)); err != nil {
				return err
			}
		}
	}
}

// turn says one line, or presses a button, and waits for the answer.
func (d *demo) turn(ctx context.Context, r *serve.Running, s *screen, line string) error {
	if line == "" {
		return nil
	}
	query := ""
	if label, ok := strings.CutPrefix(line, ">"); ok {
		label = strings.TrimSpace(label)
		var err error
		if query, err = d.press(label); err != nil {
			return s.note(fmt.Sprintf("there is no button [%s]", label))
		}
		if err := s.pressed(label); err != nil {
			return err
		}
	} else if _, err := d.box.Say(d.person, d.person, 0, line, 0); err != nil {
		return fmt.Errorf("say %q: %w", line, err)
	}
	if d.o.Interactive {
		return nil
	}
	d.answered(ctx, r)
	if err := d.show(s); err != nil {
		return err
	}
	if a, ok := d.box.Answer(query); ok && a.Text != "" {
		return s.note(a.Text)
	}
	return nil
}

// press presses the newest button with a label.
func (d *demo) press(label string) (string, error) {
	list := d.messages()
	for _, l := range slices.Backward(list) {
		for _, row := range l.Buttons {
			for _, b := range row {
				if t := plain(b.Text); t == label || strings.TrimLeftFunc(t, notLetter) == label {
					return d.box.Press(d.person, d.person, l.ID, b.Text)
				}
			}
		}
	}
	return "", errors.New("no such button")
}

// notLetter tells the signs in front of a label from the label.
func notLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }

// answered waits until the bot has taken what was said, and until no answer is
// on its way any more: one may have to wait for the pace.
func (d *demo) answered(ctx context.Context, r *serve.Running) {
	ctx, stop := context.WithTimeout(ctx, answerWait)
	defer stop()
	taken := func() bool { return d.box.Updates().Pending == 0 }
	if d.box.Wait(ctx, taken) != nil {
		return // running out of time is an answer, too
	}
	for r.Answering(d.person) && pause.For(ctx, pollWait) {
	}
}

// all lets every article arrive and waits until nothing is owed any more, or
// only to a person who paused.
func (d *demo) all(ctx context.Context, r *serve.Running) error {
	var items []uint64
	for _, a := range d.articles {
		seq, err := d.arrive(ctx, r, a)
		if err != nil {
			return err
		}
		items = append(items, seq)
	}
	slices.Sort(items)
	ctx, stop := context.WithTimeout(ctx, owedWait)
	defer stop()
	for ctx.Err() == nil {
		var err error
		if items, err = r.Owing(ctx, items); err != nil && ctx.Err() == nil {
			return err
		}
		if len(items) == 0 || d.paused(ctx, r, items) {
			return nil
		}
		pause.For(ctx, pollWait)
	}
	return nil
}

// paused reports whether the person paused alerts; what is matched stays owed
// then.
func (d *demo) paused(ctx context.Context, r *serve.Running, items []uint64) bool {
	p, err := r.Store().Destination(ctx, store.Dest{Chat: d.person})
	if err != nil || !p.Paused && p.Suspended == "" {
		return false
	}
	cursor, err := r.Store().Cursor(ctx)
	return err == nil && cursor >= items[len(items)-1]
}
