package bot

import (
	"math/rand/v2"
	"rasid/alert"
	"rasid/bot/telegram"
	"rasid/store"
	"time"
)

// How long the whole bot waits where Telegram does not say.
const (
	waitToken = time.Minute     // for a token that is refused: an operator has to act
	waitRival = 4 * time.Second // for another process to go
)

// outcomeOf says what an answer to a message means for the one it was for. It
// is the second half of the error table: package telegram tells what was
// refused, and this what becomes of the message and of the chat.
func outcomeOf(err error) alert.Outcome {
	o := alert.Outcome{Fate: alert.Refused}
	if err != nil {
		o.Reason = err.Error()
	}
	switch v := telegram.Classify(err); v.Class {
	case telegram.None, telegram.Same:
		o.Fate = alert.Delivered
	case telegram.Flood:
		o.Fate, o.After = alert.Wait, v.After
	case telegram.Moved:
		o.Fate, o.MovedTo = alert.Moved, v.MovedTo
	case telegram.Gone:
		o.Suspend = store.Blocked
	case telegram.Out:
		o.Suspend = store.Kicked
	case telegram.Mute, telegram.NoChat, telegram.NoThread:
		o.Strike = true
	case telegram.BadToken, telegram.Missing:
		o.Fate, o.WholeBot, o.After = alert.Wait, true, waitToken
	case telegram.Rival:
		o.Fate, o.WholeBot, o.After = alert.Wait, true, waitRival
	case telegram.NotWritten:
		o.Fate = alert.NotWritten
	case telegram.Unknown:
		o.Fate = alert.Unknown
	default: // our text, our failure, or a refusal that nobody knows
	}
	return o
}

// plainMayHelp reports whether the same message might be taken as plain text.
func plainMayHelp(err error) bool {
	c := telegram.Classify(err).Class
	return c == telegram.Garbled || c == telegram.Refused
}

// backoff returns how long to wait after the nth failure in a row, from 1:
// from half a second, doubling to 30 seconds, a fifth of it random so that
// processes do not knock together.
func backoff(n int) time.Duration {
	d := min(500*time.Millisecond<<min(max(n-1, 0), 10), 30*time.Second)
	return d - time.Duration(rand.Int64N(int64(d)/5))
}
