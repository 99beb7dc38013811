package bot

import (
	"rasid/bot/telegram"
	"testing"
	"time"
)

// TestAGroupHeardToMoveWhileStuckMakesRoom: its updates wait for the id they came
// under, though they would wait for another by now.
func TestAGroupHeardToMoveWhileStuckMakesRoom(t *testing.T) {
	const before, after = -5, -1005
	n := newUnfinished(&Bot{moves: newMoves()})
	var updates []telegram.Update
	for id := range int64(3) {
		u := telegram.Update{ID: id + 1, Message: &telegram.Message{Chat: telegram.Chat{ID: after}}}
		x := &taken{Update: u, lane: after}
		n.open[u.ID], n.lanes[after] = x, append(n.lanes[after], x)
		updates = append(updates, u)
	}
	n.lanes[after][0].begun = time.Now().Add(-stuckAfter)
	n.b.moves.heard(telegram.Update{Message: &telegram.Message{Chat: telegram.Chat{ID: after}, MigrateFrom: before}})
	if x := n.stuck(updates); x == nil || x.ID != 1 {
		t.Errorf("stuck = %v; want the first update of the only chat there is", x)
	}
}
