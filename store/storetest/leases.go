package storetest

import (
	"rasid/store"
	"time"
)

func leasePromises() []promise {
	return []promise{
		{"a role has one owner at a time, who keeps its epoch", oneOwner},
		{"a role that was given back or ran out is taken with a larger epoch", takenAnew},
		{"who joined is told, until it leaves or its time is over", joined},
		{"each role has epochs of its own", ownEpochs},
	}
}

// blink is a lease so short that the test waits for its end: a store that
// processes share measures time with a clock of its own.
const blink = 30 * time.Millisecond

// take takes one role and returns the epoch.
func (b *bench) take(name string, r store.Role, ttl time.Duration) uint64 {
	b.Helper()
	epochs, err := b.Take(b.ctx, name, []store.Role{r}, ttl, time.Now())
	b.must(err)
	if len(epochs) != 1 {
		b.Fatalf("Take = %v; want one epoch", epochs)
	}
	return epochs[0]
}

func oneOwner(b *bench) {
	for _, r := range []store.Role{0, 255, store.Intake, store.Updates} {
		first := b.take("a", r, time.Hour)
		if again := b.take("a", r, time.Hour); first == 0 || again != first {
			b.Errorf("%s: Take = %d, and renewed %d; want the same above 0", r, first, again)
		}
		if other := b.take("b", r, time.Hour); other != 0 {
			b.Errorf("%s: Take by another = %d; want 0", r, other)
		}
		b.must(b.Leave(b.ctx, "b", []store.Role{r}))
		if again := b.take("a", r, time.Hour); again != first {
			b.Errorf("%s: Take after another left = %d; want %d", r, again, first)
		}
	}
}

func takenAnew(b *bench) {
	for _, r := range []store.Role{7, store.Intake, store.Updates} {
		first := b.take("a", r, time.Hour)
		b.must(b.Leave(b.ctx, "a", []store.Role{r}))
		second := b.take("a", r, blink)
		time.Sleep(2 * blink)
		third := b.take("a", r, blink)
		time.Sleep(2 * blink)
		fourth := b.take("b", r, time.Hour)
		if second <= first || third <= second || fourth <= third {
			b.Errorf("%s: epochs %d, %d, %d, %d; want them to grow", r, first, second, third, fourth)
		}
	}
}

func joined(b *bench) {
	join := func(name string, ttl time.Duration) []string {
		all, err := b.Join(b.ctx, name, ttl, time.Now())
		b.must(err)
		return all
	}
	b.same("alone", join("b", time.Hour), []string{"b"})
	b.same("both", join("a", time.Hour), []string{"a", "b"})
	b.same("without a", join("a", 0), []string{"b"})
	b.same("both again", join("a", blink), []string{"a", "b"})
	time.Sleep(2 * blink)
	b.same("a's time is over", join("b", time.Hour), []string{"b"})
}

func ownEpochs(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	intake := b.take("a", store.Intake, time.Hour)
	for range 3 { // so that the shard's epochs are ahead
		b.take("b", d.Shard.Role(), time.Hour)
		b.must(b.Leave(b.ctx, "b", []store.Role{d.Shard.Role()}))
	}
	b.epoch = intake
	b.owe(1, store.Normal, d)
	b.must(b.Advance(b.ctx, store.Reach{To: 1}, intake))
	sender := b.take("a", d.Shard.Role(), time.Hour)
	m := b.mark("t", d, 1)
	m.Epoch = sender
	b.must(b.Begin(b.ctx, m))
	m.Token, m.Epoch = "u", sender-1
	b.want("Begin with an old epoch of the shard", b.Begin(b.ctx, m), store.ErrFenced)
}
