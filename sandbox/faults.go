package sandbox

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// A Kind is what goes wrong with a call.
type Kind string

// The kinds of fault.
const (
	FaultStatus     Kind = "status"      // a Bot API refusal with Status, Description and RetryAfter
	FaultHTML       Kind = "html"        // a front end's HTML page with Status (502)
	FaultDropBefore Kind = "drop before" // the connection ends before anything was done
	FaultDropAfter  Kind = "drop after"  // the effect is there, but the connection ends without an answer
	FaultHang       Kind = "hang"        // nothing is done and nothing answered until the caller goes away
	FaultSlow       Kind = "slow"        // answered as usual after Delay
	FaultTruncate   Kind = "truncate"    // the effect is there, but the answer ends half way
)

// WebhookMethod stands for what goes to a webhook, as if that were a method.
const WebhookMethod = "webhook"

// A Fault makes calls go wrong, or the telling of a webhook when Method is
// WebhookMethod: a drop after the effect is then an update that the webhook
// took and that comes again.
type Fault struct {
	Method      string        `json:"method"` // in any case; empty: every method
	Chat        int64         `json:"chat"`   // 0: every chat
	Skip        int           `json:"skip"`   // so many calls pass first
	N           int           `json:"n"`      // how many go wrong; 0: one, below 0: all
	Kind        Kind          `json:"kind"`
	Status      int           `json:"status"` // default 500, of html 502
	Description string        `json:"description"`
	RetryAfter  int           `json:"retry_after"` // seconds; makes the status 429
	Delay       time.Duration `json:"delay"`       // of slow; nanoseconds in JSON
}

// Faults are the script of what will go wrong.
type Faults struct {
	mu   sync.Mutex
	list []Fault
}

// Faults returns the script.
func (s *Server) Faults() *Faults { return s.faults }

// Add appends a fault. Of several that fit a call the oldest is used.
func (f *Faults) Add(fault Fault) {
	if fault.N == 0 {
		fault.N = 1
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, fault)
}

// Clear removes all faults.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
}

// List returns the faults that are still to come.
func (f *Faults) List() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.list)
}

// next returns the fault that strikes a call, used up by one.
func (f *Faults) next(method string, chat int64) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.list {
		fault := &f.list[i]
		if fault.Method == "" && method == WebhookMethod {
			continue
		}
		if fault.Method != "" && !strings.EqualFold(fault.Method, method) || fault.Chat != 0 && fault.Chat != chat {
			continue
		}
		if fault.Skip > 0 {
			fault.Skip--
			continue
		}
		hit := *fault
		if fault.N > 0 {
			fault.N--
			if fault.N == 0 {
				f.list = slices.Delete(f.list, i, i+1)
			}
		}
		return hit, true
	}
	return Fault{}, false
}
