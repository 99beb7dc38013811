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
	LostThread func(ctx context.Context, d store.Dest) // told when a forum topic is gone and its alert went to the chat; nil: nobody
}

// A Sender words alerts and sends them. It is alert's Sender, is safe for use
// by several goroutines, and starts none.
type Sender struct {
	*Renderer
	o     SenderOptions
	gate  gate
	stats senderStats
}

type senderStats struct{ plain, threads, unknown atomic.Int64 }

// SenderStats counts what should be rare.
type SenderStats struct {
	Plain   int64 // messages refused as they were and sent once more as plain text: our bugs
	Threads int64 // messages whose forum topic was gone
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

// Send sends what Prepare worded, and tells what became of it. It sends a
// second time only what was refused for a reason that the second does not
// have: tags it cannot read, a forum topic that is gone.
func (s *Sender) Send(ctx context.Context, m alert.Message) alert.Outcome {
	d, ok := m.(Draft)
	if !ok {
		return alert.Outcome{Fate: alert.Refused, Reason: fmt.Sprintf("message of type %T was not prepared here", m)}
	}
	if wait, open := s.gate.pass(ctx, s.o.API); !open {
		return alert.Outcome{Fate: alert.Wait, WholeBot: true, After: wait, Reason: "Telegram did not answer the last messages"}
	}
	sent, err := s.try(ctx, d.send())
	if telegram.Classify(err).Class == telegram.NoThread && d.To.Thread != 0 {
		s.lost(ctx, d.To, err)
		d.To.Thread = 0
		sent, err = s.try(ctx, d.send())
	}
	if plainMayHelp(err) {
		s.stats.plain.Add(1)
		s.o.Logger.ErrorContext(ctx, "message refused, sent as plain text", "err", err)
		sent, err = s.try(ctx, d.plain())
	}
	o := outcomeOf(err)
	o.MessageID = sent.ID
	return o
}

func (s *Sender) try(ctx context.Context, m telegram.Send) (telegram.Message, error) {
	sent, err := s.o.API.SendMessage(ctx, m)
	s.gate.saw(err)
	if telegram.Classify(err).Class == telegram.Unknown {
		s.stats.unknown.Add(1)
	}
	return sent, err
}

func (s *Sender) lost(ctx context.Context, d store.Dest, err error) {
	s.stats.threads.Add(1)
	s.o.Logger.WarnContext(ctx, "forum topic is gone, sent without it", "thread", d.Thread, "err", err)
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
}

func (d Draft) send() telegram.Send {
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
