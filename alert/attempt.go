package alert

import (
	"context"
	"crypto/rand"
	"errors"
	"rasid/rules"
	"rasid/store"
	"slices"
	"time"
)

// Attempts is what an attempt to send needs of the store.
type Attempts interface {
	Begin(ctx context.Context, m store.Mark) error
	Finish(ctx context.Context, m store.Mark, o store.Outcome, now time.Time) error
	Release(ctx context.Context, m store.Mark, until time.Time) error
	Withdraw(ctx context.Context, p store.Place, items []uint64, epoch uint64) error
	Change(ctx context.Context, c store.Change) (store.Result, error)
	Migrate(ctx context.Context, from, to int64, now time.Time) error
}

// An attempt tells one destination one item, or several in one message. It runs
// in a goroutine of its own.
type attempt struct {
	d       *Delivery
	ctx     context.Context // ends when the program is told to stop, or the shard to be given up
	sendCtx context.Context // ends later: what was begun is finished
	lease   Lease           // of the shard
	pick    pick
	rest    []*job            // what is not done with yet of the pick
	to      store.Destination // zero: gone or suspended
	chat    int64             // that was begun; to may move to another meanwhile
	tries   []int             // unknown outcomes so far, of each of the pick
	missed  []untoldOf        // what came too late for it
	shelve  []*job            // what is to be put into its inbox, instead of being told
	parked  []*job            // what has to wait, and lets others go on
	free    time.Time         // until then
	left    int               // what stays in its inbox, since it cannot be told for now
	leftFor time.Time         // until then
	mark    store.Mark
	paced   *Slot // the slot of the pace that it has

	overtook bool // what was to be begun turned out to be settled
}

func (a *attempt) run() result {
	a.rest = a.pick.jobs
	r := a.survive()
	r.parked, r.free = a.parked, a.free
	if r.verb == settled && a.left > 0 {
		r.inbox = a.leftFor
	}
	return r
}

func (a *attempt) try() result {
	switch {
	case a.shelve != nil:
		return a.putAway()
	case a.rest[0].isInbox():
		return a.tellInbox()
	}
	if a.to.Chat == 0 {
		return a.withdraw(a.rest)
	}
	alerts, unwanted, err := a.wanted()
	if err == nil && len(unwanted) > 0 {
		// Whoever matched it may have known of rules that we have not read yet.
		if err = a.catchUp(); err == nil {
			alerts, unwanted, err = a.wanted()
		}
	}
	if err != nil {
		return a.failed(err)
	}
	if unwanted = a.waitForFile(unwanted); len(unwanted) > 0 {
		if r := a.withdraw(unwanted); r.verb != settled {
			return r
		}
	}
	if len(alerts) == 0 {
		return a.done()
	}
	if err = a.addMissed(&alerts[len(alerts)-1]); err != nil {
		return a.failed(err)
	}
	return a.tell(alerts)
}

// wanted matches the items again. Those that are no more are not wanted, and
// those that cannot be read are set aside, or given up.
func (a *attempt) wanted() (alerts []Alert, unwanted []*job, err error) {
	for _, j := range a.rest {
		doc, err := a.d.docs.get(a.ctx, a.sendCtx, j.item)
		if bad, is := errors.AsType[*unread](err); is {
			if err = a.unreadable(j, bad); err != nil {
				return nil, nil, err
			}
			continue
		}
		var al Alert
		var ok bool
		if err == nil {
			al, ok, err = a.matched(j, doc)
		}
		switch {
		case errors.Is(err, errBroke):
			if err = a.bury([]uint64{j.item}, err.Error()); err != nil {
				return nil, nil, err
			}
			a.rest = without(a.rest, []*job{j})
		case err != nil && !errors.Is(err, store.ErrUnknown):
			return nil, nil, err
		case ok:
			alerts = append(alerts, al)
		default:
			unwanted = append(unwanted, j)
		}
	}
	return alerts, unwanted, nil
}

// matched is alert, and survives it.
func (a *attempt) matched(j *job, doc *itemDoc) (al Alert, ok bool, err error) {
	defer caught(a.d.o.Logger, "match an article again", &err)
	al, ok = a.alert(j, doc)
	return al, ok, nil
}

// catchUp learns of everything that was known when the item was matched.
func (a *attempt) catchUp() error {
	if err := a.d.sync(a.ctx); err != nil {
		return err
	}
	if to, known := a.d.o.Index.Destination(a.pick.line.place); known {
		a.to = to
	}
	if a.newest() <= a.d.o.Index.FileVersion() {
		return nil
	}
	return a.d.o.Refresh(a.ctx)
}

// newest is the newest rule file that some of the items were matched with.
func (a *attempt) newest() (version uint64) {
	for _, j := range a.rest {
		version = max(version, fileOf(j.matcher))
	}
	return version
}

// alert matches the item again, against this destination's rules only, and
// reports whether it is still wanted. A hit that only another version of the
// matcher saw, or that was in the article before it was edited, is told without
// the words.
func (a *attempt) alert(j *job, doc *itemDoc) (Alert, bool) {
	al := Alert{To: a.to, Item: doc.item, Class: j.class}
	if doc.item.Broadcast != nil {
		return al, true
	}
	al.Reasons = a.d.o.Index.Reasons(a.to, &doc.doc)
	wants := len(a.to.Rules)+len(a.to.Topics)+len(a.to.Routes) > 0
	if len(al.Reasons) == 0 && wants && (engineOf(j.matcher) != rules.Version() || a.edited(j, doc)) {
		return al, true
	}
	return al, len(al.Reasons) > 0
}

// edited reports whether the item says something else than what was matched: which
// hits there were then is not known any more. Where something is not wanted any more
// since then, those may have been of that: then it counts as not edited.
func (a *attempt) edited(j *job, doc *itemDoc) bool {
	then := contentOf(j.matcher)
	return then != "" && then != doc.doc.Content() && !a.d.o.Index.wantsLess(a.to.Place, doc.item.At)
}

// tell words, paces, begins, sends and settles.
func (a *attempt) tell(alerts []Alert) result {
	a.mark = store.Mark{ // it gets its time when it is begun
		Place: a.to.Place, Epoch: a.lease.Epoch(), Token: rand.Text(),
		Items: marked(alerts), Tries: slices.Max(a.tries),
	}
	msg, err := a.prepare(alerts)
	if err != nil {
		return a.unworded(alerts, err)
	}
	defer func() { a.paced.unused() }() // where nothing is sent in the end
	var out Outcome
	for n := 0; ; n++ {
		if r, ok := a.begin(); !ok {
			return r
		}
		if n == 0 {
			a.d.o.Stats.tells(alerts)
		}
		a.d.o.Crash(CrashBeforeWrite)
		if out = a.send(msg); out.Fate != Reworded || n == formsMost {
			break
		}
		if err := a.afresh(alerts, out); err != nil {
			return a.failed(err)
		}
		msg = out.Instead
	}
	if out.Fate == Delivered {
		a.d.o.Crash(CrashBeforeFinish)
	}
	r := a.settle(alerts, out)
	a.d.o.Crash(CrashAfterFinish)
	return r
}

// formsMost is in how many other forms a message may be sent.
const formsMost = 2

// afresh takes back what was refused, so that another form of the message has a
// slot and a mark of its own, and goes out only where the lease still holds.
func (a *attempt) afresh(alerts []Alert, out Outcome) error {
	a.d.gate.saw(out.Fate, time.Now())
	a.d.o.Stats.sent(alerts, out)
	err := a.takeBack(time.Time{})
	a.mark.Token, a.mark.At = rand.Text(), time.Time{}
	return err
}

// send makes one request, and waits for its answer as long as whoever takes the
// shard over would.
func (a *attempt) send(msg Message) Outcome {
	ctx, cancel := context.WithDeadline(a.sendCtx, a.mark.At.Add(a.d.scale.of(answerLimit)))
	defer cancel()
	out := a.request(ctx, msg)
	if out.Fate == NotWritten {
		a.paced.unused()
	} else {
		a.paced.Answered()
	}
	return out
}

// request is Sender.Send; of one that broke the program nobody knows the outcome.
func (a *attempt) request(ctx context.Context, msg Message) (out Outcome) {
	var err error
	defer func() {
		if err != nil {
			out = Outcome{Fate: Unknown, Reason: err.Error()}
		}
	}()
	defer caught(a.d.o.Logger, "send an alert", &err)
	return a.d.o.Sender.Send(ctx, msg)
}

func (a *attempt) prepare(alerts []Alert) (msg Message, err error) {
	defer caught(a.d.o.Logger, "word an alert", &err)
	if len(alerts) == 1 {
		return a.d.o.Sender.Prepare(a.ctx, alerts[0])
	}
	return a.d.o.Sender.PrepareList(a.ctx, alerts)
}

func items(jobs []*job) []uint64 {
	list := make([]uint64, len(jobs))
	for i, j := range jobs {
		list[i] = j.item
	}
	return list
}

// overtaken is what follows when an item turned out to be settled: it is done
// with, and where a broadcast was stopped so is the rest of the shard.
func (a *attempt) overtaken() result {
	a.d.o.Stats.overtaken.Add(1)
	a.overtook = true
	key := a.rest[0].jobKey
	if key.class != store.Broadcast {
		return a.done()
	}
	jobs, err := a.d.o.Store.Owed(a.sendCtx, key.shard, key.item-1)
	r := a.done()
	owed := slices.ContainsFunc(jobs, func(j store.Job) bool { return j.Item == key.item && j.Class == key.class })
	if err == nil && !owed {
		r.verb = cancelled
	}
	return r
}

// withdraw takes items off what is owed, since nobody wants them any more.
func (a *attempt) withdraw(jobs []*job) result {
	if err := a.drop(items(jobs)); err != nil {
		return a.failed(err)
	}
	a.rest = without(a.rest, jobs)
	return a.done()
}

func (a *attempt) drop(items []uint64) error {
	err := a.d.store.do(a.sendCtx, "withdraw alerts", func() error {
		return a.d.o.Store.Withdraw(a.sendCtx, a.pick.line.place, items, a.lease.Epoch())
	})
	if err != nil && !errors.Is(err, store.ErrUnknown) {
		return err
	}
	a.d.o.Stats.withdrawn.Add(int64(len(items)))
	return nil
}

func without(all, some []*job) (rest []*job) {
	for _, j := range all {
		if !slices.Contains(some, j) {
			rest = append(rest, j)
		}
	}
	return rest
}
