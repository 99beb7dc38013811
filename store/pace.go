package store

import "time"

// A PaceAsk asks for a moment to send one message, where several processes
// share the bot's pace. The limits are the asker's; all processes have the
// same.
type PaceAsk struct {
	Token string // of the message, for PaceEnd
	Chat  int64
	Group bool // a group, supergroup or channel
	Paid  bool // a broadcast that is paid for: these have a pace of their own

	Rate   float64       // messages a second
	Climb  float64       // by which a slowed pace climbs each second
	Most   int           // messages that may count at a time
	MakeUp time.Duration // of the pace's delay that may be made up for
	Lost   time.Duration // a message without an answer counts so long: its process may be gone

	ChatBurst   int           // messages that a chat takes at once
	ChatEvery   time.Duration // and then one each
	ChatBusy    time.Duration // how long a message without an answer keeps others from its chat
	GroupMost   int           // messages that a group takes
	GroupWindow time.Duration // in each so long
}

// A PaceAnswer is what a PaceAsk comes to.
type PaceAnswer struct {
	OK   bool          // a moment is reserved, in Wait
	Chat bool          // not OK: it is the chat that has to wait so long, and not the bot
	Wait time.Duration // until the moment, or until it is worth asking again
	Rate float64       // messages a second in force
}

// A PaceEnd tells what came of a reserved moment.
type PaceEnd struct {
	Token     string
	Chat      int64
	Paid      bool
	Rate      float64       // messages a second, as it was asked for
	Sent      bool          // there is an answer, or none can come; else nothing was sent
	Counts    time.Duration // how long an answered message counts on
	ChatEvery time.Duration
	Kept      time.Duration // how long the chat's pace is remembered
}
