package crash

import (
	"fmt"
	"rasid/sandbox"
	"rasid/store"
	"strings"
	"testing"
	"time"
)

// TestTelegramIsDown keeps Telegram away for six hours, in each of the ways in
// which it can be away, while an article comes every minute. What is normal is
// kept for 12 hours and told afterwards. What is urgent is given up after two,
// and each alert that did not come is one that was counted.
func TestTelegramIsDown(t *testing.T) {
	underSky(t, "Telegram down for 6 h (virtual clock)", 15, func(s *sky) {
		s.feedFor(10*time.Minute, time.Minute)
		before := s.running.Stats().Report()
		s.cutOff.Store(true) // no connection
		s.feedFor(2*time.Hour, time.Minute)
		s.box.Faults().Add(sandbox.Fault{N: -1, Kind: sandbox.FaultHang})
		s.cutOff.Store(false)
		s.feedFor(2*time.Hour, time.Minute) // connections, and no answer
		s.box.Faults().Clear()
		s.box.Faults().Add(sandbox.Fault{N: -1, Kind: sandbox.FaultHTML, Status: 502})
		s.feedFor(2*time.Hour, time.Minute) // a front end's answers
		time.Sleep(10 * time.Second)        // until the last article was matched
		s.box.Faults().Clear()
		up, down := time.Now(), s.running.Stats().Report()
		if down.Delivered != before.Delivered {
			s.Errorf("%d messages were delivered while Telegram was down", down.Delivered-before.Delivered)
		}
		owed, missing := s.owed(), s.load.Count(townsfolk{s.box})
		if owed != missing.Lost || missing.Late == 0 {
			s.Errorf("%d alerts are owed after the outage and %d are given up, want the %d that nobody got, and some given up", owed, missing.Late, missing.Lost)
		}
		s.row.Note = fmt.Sprintf("%s owed at its end, %d urgent ones given up after 2 h and counted; %d attempts without an answer, %d with not a byte written",
			thousands(owed), missing.Late, down.Unknown-before.Unknown, down.NotWritten-before.NotWritten)
		s.finish(up, "2 h no connection, 2 h no answer, 2 h 502", 0)
	})
}

// TestTelegramAsksToWait storms the program with 429, of single chats and of
// many at a time, under Telegram's documented limits.
func TestTelegramAsksToWait(t *testing.T) {
	underSky(t, "429 storms (virtual clock)", 0, func(s *sky) {
		storms := times(5, 100)
		for range storms {
			s.feedFor(time.Minute, 2*time.Second)
			s.box.Faults().Add(sandbox.Fault{
				Method: "sendMessage", Kind: sandbox.FaultStatus, N: 1 + s.chance.IntN(30), RetryAfter: 1 + s.chance.IntN(90),
			})
		}
		s.feedFor(time.Minute, 2*time.Second)
		s.box.Faults().Clear()
		over := time.Now()
		asked, knocks := s.knocks()
		if knocks > 0 {
			s.Errorf("%d messages were tried while Telegram had asked to wait", knocks)
		}
		if peaks := s.box.Peaks(); peaks.Bot.Count > 30 {
			s.Errorf("%d messages went out in one second, want at most 30", peaks.Bot.Count)
		}
		s.row.Note = fmt.Sprintf("asked to wait %d times, never tried too early", asked)
		s.finish(over, fmt.Sprintf("%d storms of up to 30 refusals of up to 90 s", storms), 0)
	})
}

// knocks tells how often Telegram asked to wait, and how often a chat was
// written to before its wait was over.
func (s *sky) knocks() (asked, early int) {
	until := map[int64]time.Time{}
	for _, c := range s.box.Calls() {
		if c.Method != "sendmessage" {
			continue
		}
		if c.At.Before(until[c.Chat]) {
			early++
		}
		if c.Status != 429 {
			continue
		}
		asked++
		var after int
		if _, rest, ok := strings.Cut(c.Answer, `"retry_after":`); ok {
			if _, err := fmt.Sscanf(rest, "%d", &after); err != nil {
				s.Errorf("read %s: %v", c.Answer, err)
			}
		}
		until[c.Chat] = c.At.Add(time.Duration(after) * time.Second)
	}
	return asked, early
}

// TestTelegramsAnswersAreLost loses answers after the effect: one at a time,
// several in a row, and all of one alert, which is given up as the page says
// after two more copies. Each is counted as unknown, and after three in a row
// Telegram is asked whether it answers before anything is sent.
func TestTelegramsAnswersAreLost(t *testing.T) {
	underSky(t, "Telegram's answer lost after the effect (virtual clock)", 0, func(s *sky) {
		asked := s.box.Count("getMe")
		lose := func(f sandbox.Fault) int {
			f.Method, f.Kind = "sendMessage", sandbox.FaultDropAfter
			s.box.Faults().Add(f)
			s.feedFor(time.Minute, 3*time.Second)
			for len(s.box.Faults().List()) > 0 {
				s.feedFor(time.Second, 3*time.Second)
			}
			return f.N
		}
		lost := lose(sandbox.Fault{N: 5}) + lose(sandbox.Fault{N: store.MaxTries, Chat: first})
		for range times(10, 300) {
			lost += lose(sandbox.Fault{N: []int{1, 1, 1, 5}[s.chance.IntN(4)]})
		}
		over := time.Now()
		got := s.running.Stats().Report()
		if int(got.Unknown) != lost {
			s.Errorf("%d attempts were counted as unknown, want the %d whose answer was lost", got.Unknown, lost)
		}
		if asked = s.box.Count("getMe") - asked; asked == 0 {
			s.Error("Telegram was never asked whether it answers")
		}
		dead := s.dead()
		if dead == 0 {
			s.Errorf("no alert was given up; want the one that got no answer %d times", store.MaxTries)
		}
		s.row.Note = fmt.Sprintf("%d counted as unknown, %d given up after three, getMe asked %d times", got.Unknown, dead, asked)
		s.finish(over, fmt.Sprintf("%d answers", lost), lost)
	})
}

// dead is how many alerts were given up.
func (s *sky) dead() (n int) {
	for shard := range store.Shard(store.Shards) {
		all, err := s.running.Store().Dead(s.Context(), shard, store.DeadKeep)
		if err != nil {
			s.Error(err)
		}
		n += len(all)
	}
	return n
}
