package rules

// A block is what is filed under a group, or a part of it: one piece of memory
// that never changes, laid out so that matching reads as few lines of it as can
// be. After the head come the groups that tests need, in order, then the rules
// that ask for nothing more, and then the rest of the tests.
type block []uint32

// The head of a block.
const (
	blockNext  = iota // the block with more of the same, from spills, plus one; 0: there is none
	blockDead         // in the first block: filings under the group that are of rules that are gone
	blockYes          // rules that are true where the group is
	blockTests        // rules that ask for more
	blockHead         // the length of the head
)

const (
	entrySize = 3
	testSize  = 4 // without need

	// blockMost is how many filings a block has before the next begins. A new
	// filing copies its block.
	blockMost = 128
)

// An entry is a rule where it is filed.
type entry struct {
	id   ID
	rule uint32 // its number, with severally
}

// A test is a rule that may be true where its group is.
type test struct {
	entry
	need  uint32 // a group that must be there, or with absent one that must not; noGroup: none
	check uint32 // what else must be true: nothing, after, before, or the whole rule in checks
}

// plain reports whether the rule asks for nothing but its group.
func (t *test) plain() bool { return t.need == noGroup && t.check == nothing }

// size is how many numbers a filing takes.
func (t *test) size() int {
	if t.plain() {
		return entrySize
	}
	return 1 + testSize
}

const (
	severally = 1 << 31 // of a rule's number: it may come up twice
	absent    = 1 << 31 // of test.need
)

// Values of test.check.
const (
	nothing = iota
	after   // needs a word of the group need directly after
	before
	wholeRule // this and greater: the whole rule, from checks
)

// with returns a copy of b, which may be nil, with one more filing.
func (b block) with(t *test) block {
	if len(b) == 0 {
		b = make(block, blockHead)
	}
	needs, yes, tests := b.parts()
	own := append(make(block, 0, len(b)+t.size()), b[:blockHead]...)
	own = append(own, needs...)
	if t.plain() {
		own[blockYes]++
		own = append(own, yes...)
		own = append(own, uint32(t.id), uint32(t.id>>32), t.rule) //nolint:gosec // halves
		return append(own, tests...)
	}
	own[blockTests]++
	own = append(own, t.need)
	own = append(own, yes...)
	own = append(own, tests...)
	return append(own, uint32(t.id), uint32(t.id>>32), t.rule, t.check) //nolint:gosec // halves
}

// filed is how many filings b has.
func (b block) filed() int {
	if len(b) == 0 {
		return 0
	}
	return int(b[blockYes]) + int(b[blockTests])
}

// parts returns the three parts of b.
func (b block) parts() (needs, yes, tests []uint32) {
	if len(b) == 0 {
		return nil, nil, nil
	}
	from := blockHead + int(b[blockTests])
	to := from + entrySize*int(b[blockYes])
	return b[blockHead:from], b[from:to], b[to:]
}

// filings appends what b holds.
func (b block) filings(yes []entry, tests []test) ([]entry, []test) {
	needs, plain, rest := b.parts()
	for i := 0; i < len(plain); i += entrySize {
		yes = append(yes, entryOf(plain[i:]))
	}
	for i, need := range needs {
		t := rest[testSize*i:]
		tests = append(tests, test{entry: entryOf(t), need: need, check: t[entrySize]})
	}
	return yes, tests
}

func entryOf(words []uint32) entry { return entry{id: idOf(words), rule: words[2]} }

func idOf(words []uint32) ID { return ID(words[1])<<32 | ID(words[0]) }
