package redisstore

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// How often fewer replicas than before are to be seen, no sooner than so after one
// another, until that is believed, and how many histories are known at a time.
const (
	fewerSeen  = 6
	fewerEvery = time.Second
	known      = 4
)

// Followers tell how many replicas are to have a write before it counts, behind
// Sentinels: each that is well, and some at least. Any of them may become the
// master, since Sentinels compare how far each had come a while ago. See
// https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/.
//
// One that was chosen to be the master leaves the old one at once, and the rest,
// by turns, some seconds later. Until then they confirm to the old one what all
// of them forget when they follow the new one. So a server has as many replicas
// as it had until it had fewer for five seconds, in each of them: on a machine that
// was busy for that long nothing went on. That is of its own replicas only: a new
// master begins a history of its own, with those that follow it already.
type followers struct {
	least int

	mu    sync.Mutex
	known []*history // the newest first
}

// A history is what one server wrote since it became the master. Its replicas
// bear its name, those of another master do not.
type history struct {
	name  string
	need  int       // replicas that are to have a write
	fewer int       // how often fewer were seen, at times far enough apart
	seen  time.Time // the last of these times
	most  int       // that were well since the first
}

// need is how many replicas the server that was heard of last is to have.
func (f *followers) need() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.known) == 0 {
		return f.least
	}
	return f.known[0].need
}

// hear takes what a server tells of its replicas (INFO replication), and returns
// how many of them are to have a write.
func (f *followers) hear(told map[string]string, now time.Time) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	h, n := f.history(told["master_replid"]), max(f.least, wellOf(told))
	switch {
	case n >= h.need:
		h.need, h.fewer = n, 0
	case h.fewer == 0:
		h.fewer, h.seen, h.most = 1, now, n
	default:
		h.most = max(h.most, n)
		if now.Sub(h.seen) >= fewerEvery {
			h.fewer, h.seen = h.fewer+1, now
		}
	}
	if h.fewer == fewerSeen {
		h.need, h.fewer = h.most, 0
	}
	return h.need
}

// history returns what is known of one, in front of the others. An answer that
// comes late may be of a server that is the master no more.
func (f *followers) history(name string) *history {
	i := slices.IndexFunc(f.known, func(h *history) bool { return h.name == name })
	if i < 0 {
		f.known = slices.Insert(f.known, 0, &history{name: name, need: f.least})
		f.known = f.known[:min(len(f.known), known)]
		return f.known[0]
	}
	h := f.known[i]
	f.known = slices.Insert(slices.Delete(f.known, i, i+1), 0, h)
	return h
}

// lagMost is how long ago a replica that is well last said how far it is, in
// seconds. Replicas say so once a second.
const lagMost = 2

// wellOf counts the replicas of a server that are well: those that follow it and
// have said so lately. One that is frozen or cut off is not.
func wellOf(told map[string]string) (n int) {
	for key, value := range told {
		if strings.HasPrefix(key, "slave") && isWell(value) {
			n++
		}
	}
	return n
}

// isWell reads what a server tells of a replica:
// "ip=10.0.0.2,port=6379,state=online,offset=1234,lag=1".
func isWell(replica string) bool {
	online, lag := false, -1
	for field := range strings.SplitSeq(replica, ",") {
		switch name, value, _ := strings.Cut(field, "="); name {
		case "state":
			online = value == "online"
		case "lag":
			if n, err := strconv.Atoi(value); err == nil {
				lag = n
			}
		}
	}
	return online && lag >= 0 && lag <= lagMost
}

// replicasOf tells how many replicas a server has now.
func replicasOf(info map[string]map[string]string) int {
	n, err := strconv.Atoi(info["Replication"]["connected_slaves"])
	if err != nil {
		return 0
	}
	return n
}
