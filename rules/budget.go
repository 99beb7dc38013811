package rules

// What an article may cost at most, whoever writes the rules and the articles.
// A step is a place looked at, of 5 to 25 ns.
const (
	articleSteps = 1 << 25 // of one article in a set
	maxSteps     = 1 << 22 // of one rule in one article
	stepsOfTrial = 8       // what trying a rule, a word or a chain costs beside its places, or a search among them
)

// Rules of people ask for a few dozen steps, and a million of them for about
// ten thousand an article. 150,000 were seen for one rule, where two of the
// commonest words had to be near each other in five megabytes.

// A budget is what is left of an article's steps.
type budget struct {
	left    int
	skipped int // rules, or lists of rules, that were left out
}

// spend takes n steps, and reports whether they were there to take.
func (b *budget) spend(n int) bool {
	if b.left < n {
		b.left = 0
		b.skipped++
		return false
	}
	b.left -= n
	return true
}

// Skipped tells how many rules, or words with all rules that wait for them, the
// last Set.Match left out, because the article would have cost more than about
// three quarters of a second. It is zero for all articles but such as are made to be hard,
// together with rules that are.
func (d *Doc) Skipped() int { return d.skipped }
