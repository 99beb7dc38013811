package flood

import "time"

// A Peak is the most that happened in any stretch of time as long as its
// window, wherever it begins.
type Peak struct {
	Count int   `json:"count"`
	Chat  int64 `json:"chat,omitempty"` // where; 0 for the whole bot
}

// Peaks are the highest rates seen. The Asked ones count refused calls too.
type Peaks struct {
	Bot       Peak `json:"bot"`        // messages to all chats in BotWindow, but for paid ones
	BotAsked  Peak `json:"bot_asked"`  // the same, refused ones included
	Paid      Peak `json:"paid"`       // paid messages to all chats in BotWindow
	Chat      Peak `json:"chat"`       // messages and edits of one chat in ChatEvery
	ChatAsked Peak `json:"chat_asked"` // the same, refused ones included
	Group     Peak `json:"group"`      // messages and edits of one group or channel in GroupWindow
}

// Peaks returns the highest rates seen so far.
func (m *Meter) Peaks() Peaks { return m.peaks }

func raise(p *Peak, count int, chat int64) {
	if count > p.Count {
		*p = Peak{Count: count, Chat: chat}
	}
}

// A window counts what happened in the last stretch of time.
type window struct{ times []time.Time }

// add counts something at now and returns how many lie in (now-span, now].
func (w *window) add(now time.Time, span time.Duration) int {
	w.drop(now, span)
	w.times = append(w.times, now)
	return len(w.times)
}

// wait returns how long until fewer than limit lie in the window.
func (w *window) wait(now time.Time, span time.Duration, limit int) time.Duration {
	w.drop(now, span)
	if len(w.times) < limit {
		return 0
	}
	return w.times[len(w.times)-limit].Add(span).Sub(now)
}

func (w *window) drop(now time.Time, span time.Duration) {
	from := now.Add(-span)
	n := 0
	for n < len(w.times) && !w.times[n].After(from) {
		n++
	}
	w.times = w.times[n:]
}
