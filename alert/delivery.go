package alert

import (
	"cmp"
	"context"
	"log/slog"
	"rasid/internal/pause"
	"rasid/store"
	"slices"
	"sync"
	"time"
)

// Book is what Delivery needs of the store.
type Book interface {
	Changes
	Items
	Attempts
	Expiries
	Inboxes
	Owed(ctx context.Context, shard store.Shard, after uint64) ([]store.Job, error)
	Marks(ctx context.Context, shard store.Shard) ([]store.Mark, error)
}

// DeliveryOptions tunes a Delivery. Store, Index, Pacer and Sender are
// required.
type DeliveryOptions struct {
	Store        Book
	Index        *Index
	Pacer        *Pacer
	Sender       Sender
	Shared       bool                            // other processes may be at work on the store; see store.Leases
	Refresh      func(context.Context) error     // puts the newest stored rule file in force; default: nothing
	Stats        *Stats                          // default: a new one
	Logger       *slog.Logger                    // default: slog.Default()
	InFlight     int                             // sends under way at a time, W of the promise; default 16
	InFlightPaid int                             // paid broadcasts under way beside them; default: a third of a second's
	Apart        bool                            // each alert is a message of its own, also where many wait for a chat
	Late         func(context.Context, Forecast) // told once of an item that will expire before all are told, of a few in an hour; default: nobody
	Drain        time.Duration                   // how long a stop waits for them; default 15s
	Poll         time.Duration                   // looks for new jobs this often without being told; default 10s
	Life         [store.Classes]time.Duration    // how long after its acceptance an alert is worth sending, by class; default Lives(); negative: for good
	Keep         time.Duration                   // how long the store keeps articles, IntakeOptions.Retention; default 168h
	Scale        float64                         // divides every time of the delivery's own, for tests; default 1
	Crash        func(point string)              // called at the points where a crash is tested; default: nothing
}

func (o DeliveryOptions) withDefaults() DeliveryOptions {
	o.InFlight = cmp.Or(o.InFlight, 16)
	o.InFlightPaid = cmp.Or(o.InFlightPaid, paidRoom(o.Pacer.PaidRate()))
	o.Drain = cmp.Or(o.Drain, 15*time.Second)
	o.Poll = cmp.Or(o.Poll, 10*time.Second)
	o.Keep = cmp.Or(o.Keep, 168*time.Hour)
	o.Life = lives(o.Life)
	if o.Stats == nil {
		o.Stats = NewStats()
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Crash == nil {
		o.Crash = func(string) {}
	}
	if o.Late == nil {
		o.Late = func(context.Context, Forecast) {}
	}
	if o.Refresh == nil {
		o.Refresh = func(context.Context) error { return nil }
	}
	return o
}

// inOneMessage is how many alerts may share a message.
func (o DeliveryOptions) inOneMessage() int {
	if o.Apart {
		return 1
	}
	return listMost
}

// The points at which DeliveryOptions.Crash and IntakeOptions.Crash are called.
const (
	CrashMidDispatch  = "mid-dispatch"
	CrashBeforeCursor = "after-dispatch-before-cursor"
	CrashBeforeBegin  = "before-begin"
	CrashBeforeWrite  = "after-begin-before-write"
	CrashBeforeFinish = "after-accepted-before-finish"
	CrashAfterFinish  = "after-finish"
)

const (
	docsKept     = 256                   // articles kept for matching again
	ageEvery     = 5 * time.Second       // between looks at how old the oldest job is
	answerLimit  = 60 * time.Second      // after which a written message counts as unknown
	unknownAgain = 5 * time.Second       // before an alert without an answer is sent again
	beginLate    = 75 * time.Millisecond // a write-ahead that took longer has cost its slot
	waitLeast    = time.Second           // where Telegram asks to wait and does not say how long
	slotLimit    = 30 * time.Second      // before an attempt without a slot makes room
	slotAgain    = time.Second           // where it is written ahead already
	wholeEvery   = 10 * time.Minute      // between looks at all that is owed from the start
	markOld      = 5 * time.Second       // a write-ahead that took longer is taken back
	settleMore   = 2 * time.Second       // that recording an attempt's end may take beyond the drain
)

// A Delivery sends what is owed in the shards that are its own: those of Own.
type Delivery struct {
	o     DeliveryOptions
	scale scale
	store persister
	docs  *docs
	gate  gate
	bell  *bell // what others told, for the goroutine of Run

	behind     seldom // that the rule file in force is older than one matched with
	unreadSaid seldom // that a record cannot be read

	// The rest belongs to the goroutine of Run.
	queue     *queue
	owned     [store.Shards]ownership
	foreign   foreign                   // attempts of others whose outcome is not known yet
	untold    *untold                   // what came too late and the chats do not know of
	expired   time.Time                 // when it was last looked for
	inboxes   map[store.Place]time.Time // those with something in, and when it is due
	looked    time.Time                 // at everything, last
	results   chan result
	rooms     [rooms]room
	aged      time.Time // when the oldest job was last looked for, and forecasts made
	pulse     pulse
	late      lateList
	tellsLate recentLate
}

// A result is what an attempt leads to.
type result struct {
	pick    pick
	verb    verb
	rest    []*job // of again: what stays of the pick
	unknown bool   // of again: nobody knows how this attempt ended
	tries   []int  // unknown outcomes before it, of each of the pick
	chat    int64
	until   time.Time
	sync    bool      // the destination changed in the store
	told    bool      // the chat was told what came too late
	shelved []*job    // is in the inbox now
	parked  []*job    // what of the pick has to wait for something that nothing else waits for, as much of it as stays
	free    time.Time // until then
	inbox   time.Time // what stays in the inbox is told from then on; zero: nothing does
	lease   Lease
	err     error // ErrFenced: the shard is another's
}

type verb uint8

const (
	settled   verb = iota // the items are done with
	again                 // rest stays, from until on
	cancelled             // nothing is owed of the item in this shard any more
)

// NewDelivery returns a delivery that has not begun.
func NewDelivery(o DeliveryOptions) *Delivery {
	o = o.withDefaults()
	d := &Delivery{
		o: o, scale: scale(o.Scale), gate: gate{scale: scale(o.Scale)},
		store: persister{scale(o.Scale), o.Logger, o.Stats},
		bell:  newBell(), foreign: foreign{}, unreadSaid: seldom{every: unreadSaid},
		pulse: pulse{scale: scale(o.Scale)}, late: lateList{},
		untold: newUntold(o.Keep, o.Life, scale(o.Scale)), inboxes: map[store.Place]time.Time{},
		queue: newQueue(o.inOneMessage()), results: make(chan result, o.InFlight+o.InFlightPaid),
	}
	d.docs = newDocs(o.Store, &d.store, docsKept)
	d.queue.paid = o.InFlightPaid > 0
	d.rooms = [rooms]room{
		roomShared: {most: o.InFlight, next: d.queue.next}, roomPaid: {most: o.InFlightPaid, next: d.queue.nextPaid},
	}
	return d
}

// Wake tells that destinations changed. It never blocks.
func (d *Delivery) Wake() { d.bell.changed() }

// Owes tells that items numbered from first on may be owed in some shards. It
// never blocks.
func (d *Delivery) Owes(shards []store.Shard, first uint64) { d.bell.owes(shards, first) }

// Stats returns the delivery's counters.
func (d *Delivery) Stats() *Stats { return d.o.Stats }

// Run sends until ctx ends, then waits for what is in flight, at most
// DeliveryOptions.Drain. A shard that another process has taken over is given
// up; that is no error.
func (d *Delivery) Run(ctx context.Context) error {
	runCtx, stop := context.WithCancel(ctx)
	sendCtx, cancel := drainContext(runCtx, d.scale.of(d.o.Drain))
	defer cancel()
	defer d.o.Index.watch(d.bell.watch)()
	var flights sync.WaitGroup
	err := d.loop(runCtx, sendCtx, &flights)
	stop()
	for d.flying() > 0 {
		d.land(<-d.results)
	}
	flights.Wait()
	if ctx.Err() != nil {
		return nil // an error is what the end of ctx caused
	}
	return err
}

func (d *Delivery) loop(ctx, sendCtx context.Context, flights *sync.WaitGroup) error {
	poll := time.NewTicker(d.scale.of(d.o.Poll))
	defer poll.Stop()
	d.looked = time.Now()
	d.bell.all()
	for ctx.Err() == nil {
		if err := d.catchUp(ctx); err != nil {
			return err
		}
		if err := d.expire(ctx); err != nil {
			return err
		}
		d.probeIfClosed(ctx, flights)
		d.fill(ctx, sendCtx, flights)
		d.report(ctx, flights)
		d.wait(ctx, poll.C)
	}
	return nil
}

func (d *Delivery) start(sendCtx context.Context, flights *sync.WaitGroup, a attempt) {
	own := &d.owned[a.pick.shard()]
	in := d.roomOf(a.pick)
	in.flying++
	if in == &d.rooms[roomShared] {
		d.queue.spend()
	}
	own.flying++
	a.d, a.ctx, a.sendCtx, a.lease, a.tries = d, own.ctx, sendCtx, own.lease, a.pick.tries()
	a.missed = d.untold.of(a.pick.line.place, time.Now())
	flights.Go(func() { d.results <- a.run() }) //nolint:contextcheck // what it tells other processes is told, also when we stop
}

// wait blocks until there is something to do.
func (d *Delivery) wait(ctx context.Context, poll <-chan time.Time) {
	var due <-chan time.Time
	if at := d.wakeAt(); !at.IsZero() {
		timer := time.NewTimer(time.Until(at))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-d.bell.rung:
	case <-poll:
		d.look(time.Now())
	case <-due:
	case r := <-d.results:
		d.land(r)
	}
}

// look asks for a look at what is new. Other processes may dispatch an article late
// that could not be read in its turn, and say so in vain, so where there are some
// everything is looked at now and then.
func (d *Delivery) look(now time.Time) {
	if d.o.Shared && now.Sub(d.looked) >= d.scale.of(wholeEvery) {
		d.looked = now
		d.bell.everything()
	}
	d.bell.all()
}

// wakeAt tells when time alone gives something to do; zero: never.
func (d *Delivery) wakeAt() time.Time {
	if d.rooms[roomShared].full() && d.rooms[roomPaid].full() {
		return time.Time{}
	}
	if open, until := d.gate.open(time.Now()); !open {
		return until
	}
	at, _ := d.queue.wakeAt()
	return earliest(at, d.foreign.due())
}

// land takes in what came of an attempt.
func (d *Delivery) land(r result) {
	d.roomOf(r.pick).flying--
	if r.sync {
		d.bell.changed()
	}
	d.settle(r)
	if r.chat != 0 {
		d.queue.free(r.chat)
	}
	if r.told {
		d.untold.told(r.pick.line.place)
	}
	own := &d.owned[r.pick.shard()]
	own.flying--
	if isFenced(r.err) && own.lease == r.lease {
		d.o.Logger.Warn("another process sends to these chats now", "shard", r.pick.shard())
		d.giveUp(r.pick.shard())
	}
	if (r.shelved != nil || !r.inbox.IsZero()) && own.lease != nil {
		d.keepInbox(store.Inbox{Place: r.pick.line.place, Due: r.inbox})
	}
	own.landed()
}

// settle tells the queue what came of an attempt.
func (d *Delivery) settle(r result) {
	d.queue.park(r.pick, r.parked, r.free)
	switch r.verb {
	case again:
		if r.unknown {
			d.queue.unknown(r.pick, r.rest, r.tries)
		}
		d.queue.settle(r.pick, slices.Concat(r.rest, r.parked), r.until, time.Now())
	case cancelled:
		d.queue.cancel(r.pick)
	default:
		d.queue.shelved(r.pick, r.shelved)
		d.queue.settle(r.pick, r.parked, time.Time{}, time.Time{})
	}
}

// report tells the counters what is waiting.
func (d *Delivery) report(ctx context.Context, flights *sync.WaitGroup) {
	d.o.Stats.setOwed(d.queue.owed)
	d.o.Stats.inboxes.Store(int64(len(d.inboxes)))
	if now := time.Now(); now.Sub(d.aged) >= d.scale.of(ageEvery) {
		d.aged = now
		d.o.Stats.setOldest(d.queue.oldest())
		d.forecast(ctx, flights, now)
	}
}

// probeIfClosed begins to ask whether Telegram answers, when nothing may be
// sent before it does.
func (d *Delivery) probeIfClosed(ctx context.Context, flights *sync.WaitGroup) {
	if !d.gate.claimProbe() {
		return
	}
	d.o.Logger.Warn("Telegram did not answer several times in a row; nothing is sent until it does")
	flights.Go(func() {
		for ctx.Err() == nil {
			if d.probe(ctx) == nil {
				d.gate.answered(true)
				d.Wake()
				return
			}
			pause.For(ctx, d.scale.of(probeEvery)) // the loop looks at ctx
		}
		d.gate.answered(false)
	})
}

func (d *Delivery) probe(ctx context.Context) error {
	p, ok := d.o.Sender.(Prober)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, d.scale.of(probeLimit))
	defer cancel()
	return p.Probe(ctx)
}
