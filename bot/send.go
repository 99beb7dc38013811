package bot

import (
	"context"
	"fmt"
	"log/slog"
	"rasid/alert"
	"rasid/bot/telegram"
	"rasid/store"
	"sync/atomic"
)

// API is what a Sender needs of Telegram.
type API interface {
	SendMessage(ctx context.Context, s telegram.Send) (telegram.Message, error)
	GetMe(ctx context.Context) (telegram.User, error)
}

// SenderOptions tunes a Sender. Only API and Render.Words have no default.
type SenderOptions struct {
	API        API
	Render     RenderOptions
	Logger     *slog.Logger
	Paid       bool                                    // broadcasts are sent as paid ones: each costs the bot a tenth of a Star
	LostThread func(ctx context.Context, d store.Dest) // told when a forum topic is gone or closed and its alerts go to the chat, once in a day; nil: nobody
}

// A Sender words alerts and sends them. It is alert's Sender, is safe for use
// by several goroutines, and starts none.
type Sender struct {
	*Renderer
	o     SenderOptions
	gate  gate
	lost  lostThreads
	stats senderStats
}

type senderStats struct{ plain, threads, unknown atomic.Int64 }

// SenderStats counts what should be rare.
type SenderStats struct {
	Plain   int64 // messages refused as they were, to be sent once more as plain text: our bugs
	Threads int64 // messages refused since their forum topic was gone
	Unknown int64 // messages without an answer
	Closed  bool  // nothing is sent until Telegram answers
}

// NewSender makes a Sender.
func NewSender(o SenderOptions) *Sender {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	r := NewRenderer(o.Render)
	return &Sender{Renderer: r, o: o, gate: gate{now: r.o.Now}}
}

// Stats returns the counts so far.
func (s *Sender) Stats() SenderStats {
	return SenderStats{
		Plain: s.stats.plain.Load(), Threads: s.stats.threads.Load(), Unknown: s.stats.unknown.Load(), Closed: s.gate.shut(),
	}
}

// Probe asks Telegram something harmless, for alert.Prober. An answer also
// opens the gate that lost messages closed.
func (s *Sender) Probe(ctx context.Context) error { return s.gate.knock(ctx, s.o.API) }

// Prepare words an alert or a broadcast for its destination.
func (s *Sender) Prepare(_ context.Context, a alert.Alert) (alert.Message, error) {
	d := s.Alert(a)
	d.Paid = s.o.Paid && a.Item.Broadcast != nil
	if d.Text.Empty() {
		return nil, fmt.Errorf("word item %d for a chat: nothing to say", a.Item.Seq)
	}
	return d, nil
}

// PrepareList words several alerts of one class for their destination.
func (s *Sender) PrepareList(_ context.Context, all []alert.Alert) (alert.Message, error) {
	return s.List(all), nil
}

// Send sends what Prepare worded, in one request, and tells what became of it.
// What was refused for a reason that another form does not have (tags it cannot
// read, a forum topic that is gone) is to be sent in that form.
func (s *Sender) Send(ctx context.Context, m alert.Message) alert.Outcome {
	d, ok := m.(Draft)
	if !ok {
		return alert.Outcome{Fate: alert.Refused, Reason: fmt.Sprintf("message of type %T was not prepared here", m)}
	}
	if wait, open := s.gate.pass(ctx, s.o.API); !open {
		return alert.Outcome{Fate: alert.Wait, WholeBot: true, After: wait, Reason: "Telegram did not answer the last messages"}
	}
	if s.lost.has(d.To, s.gate.now()) {
		d = d.outside()
	}
	sent, err := s.try(ctx, d.send())
	if other, ok := s.otherForm(ctx, d, err); ok {
		return alert.Outcome{Fate: alert.Reworded, Instead: other, Reason: err.Error()}
	}
	o := outcomeOf(err)
	o.MessageID = sent.ID
	return o
}

// outside returns a message to a forum topic as it goes to the chat. It has no
// buttons there: what they are about are the topic's watches, and who presses is
// in the chat, which has others.
func (d Draft) outside() Draft {
	d.To.Thread, d.Keyboard = 0, nil
	return d
}

// otherForm returns a refused message in a form that may be taken, if there is one
// that was not tried.
func (s *Sender) otherForm(ctx context.Context, d Draft, err error) (Draft, bool) {
	switch {
	case telegram.Classify(err).Class == telegram.NoThread && d.To.Thread != 0:
		s.lose(ctx, d.To, err)
		d = d.outside()
	case plainMayHelp(err) && !d.bare:
		s.stats.plain.Add(1)
		s.o.Logger.ErrorContext(ctx, "message refused, to be sent as plain text", "err", err)
		d.bare = true
	default:
		return d, false
	}
	return d, true
}

func (s *Sender) try(ctx context.Context, m telegram.Send) (telegram.Message, error) {
	sent, err := s.o.API.SendMessage(ctx, m)
	s.gate.saw(err)
	if telegram.Classify(err).Class == telegram.Unknown {
		s.stats.unknown.Add(1)
	}
	return sent, err
}

// lose remembers that a forum topic is gone.
func (s *Sender) lose(ctx context.Context, d store.Dest, err error) {
	s.stats.threads.Add(1)
	if !s.lost.add(d, s.gate.now()) {
		return
	}
	s.o.Logger.WarnContext(ctx, "forum topic is gone, its alerts go to the chat", "chat", d.Chat, "thread", d.Thread, "err", err)
	if s.o.LostThread != nil {
		s.o.LostThread(ctx, d)
	}
}

// A Draft is a message that is worded and not yet sent.
type Draft struct {
	To       store.Dest
	Text     *Rich
	Link     string // of the article; plain text, where words cannot be linked, names it
	Keyboard *telegram.InlineKeyboard
	Preview  *telegram.LinkPreview
	Silent   bool
	Paid     bool
	bare     bool // it is sent without anything that could be refused
}

func (d Draft) send() telegram.Send {
	if d.bare {
		return d.plain()
	}
	m := telegram.Send{Chat: d.To.Chat, Thread: d.To.Thread, Text: d.Text.HTML(), HTML: true, Preview: d.Preview, Silent: d.Silent, Paid: d.Paid}
	if d.Keyboard != nil {
		m.Markup = d.Keyboard
	}
	return m
}

// plain is the message without anything that could be refused.
func (d Draft) plain() telegram.Send {
	text := d.Text.Cut(MaxText - units(d.Link) - 1).Plain()
	if d.Link != "" {
		text += "\n" + d.Link
	}
	return telegram.Send{
		Chat: d.To.Chat, Thread: d.To.Thread, Text: text, Silent: d.Silent, Paid: d.Paid,
		Preview: &telegram.LinkPreview{Disabled: true},
	}
}
