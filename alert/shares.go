package alert

import "rasid/store"

// weights are the classes' shares of the messages, in hundredths.
func weights() [store.Classes]int {
	return [store.Classes]int{store.Urgent: 60, store.Normal: 25, store.Low: 10, store.Broadcast: 5}
}

// shares hands out messages by weighted deficit round robin: each message to
// come belongs to the class that is furthest behind its share, so that a class
// gets its hundredths of any hundred in a row, evenly spread. What a class
// cannot use goes to another and is not made up for later.
type shares struct {
	credit [store.Classes]int // hundredths of a message that a class is behind
}

// owner says whose the next message is, the louder on a tie.
func (s *shares) owner() store.Class {
	first, all := store.Class(0), weights()
	for c := range store.Class(store.Classes) {
		if s.credit[c]+all[c] > s.credit[first]+all[first] {
			first = c
		}
	}
	return first
}

// spend moves on to the message after.
func (s *shares) spend() {
	owner := s.owner()
	for c, w := range weights() {
		s.credit[c] += w
	}
	s.credit[owner] -= 100
}

// heir says who uses what belongs to c: itself if it is busy, else the loudest
// that is. Nobody: false.
func heir(c store.Class, busy func(store.Class) bool) (store.Class, bool) {
	if busy(c) {
		return c, true
	}
	for x := range store.Class(store.Classes) {
		if busy(x) {
			return x, true
		}
	}
	return 0, false
}

// shareOf is the part of all messages that c has now, from 0 to 1.
func shareOf(c store.Class, busy func(store.Class) bool) float64 {
	hundredths := 0
	for owner, w := range weights() {
		if h, ok := heir(store.Class(owner), busy); ok && h == c { //nolint:gosec // a class
			hundredths += w
		}
	}
	return float64(hundredths) / 100
}
