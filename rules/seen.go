package rules

// seen is a small set of rules, by number: those that may come up again in the
// same article. It is much smaller than a table of all rules, and so stays in
// the processor's cache.
type seen struct {
	table []seenRule // open addressing
	n     int        // in this run
	run   uint32
}

type seenRule struct{ rule, run uint32 }

const leastSeen = 1 << 10

// begin empties s.
func (s *seen) begin() {
	s.n = 0
	if s.run++; s.run == 0 || s.table == nil {
		s.table = make([]seenRule, max(leastSeen, len(s.table)))
		s.run = 1
	}
}

// at returns the place of a rule, or the empty one where it would be.
func (s *seen) at(rule uint32) *seenRule {
	mask := uint32(len(s.table) - 1) //nolint:gosec // less than four billion
	for i := rule * 0x9E3779B1 >> 7 & mask; ; i = (i + 1) & mask {
		if e := &s.table[i]; e.run != s.run || e.rule == rule {
			return e
		}
	}
}

func (s *seen) has(rule uint32) bool { return s.at(rule).run == s.run }

// add adds a rule, and reports whether it is new.
func (s *seen) add(rule uint32) bool {
	e := s.at(rule)
	if e.run == s.run {
		return false
	}
	*e = seenRule{rule: rule, run: s.run}
	if s.n++; 2*s.n > len(s.table) {
		s.grow()
	}
	return true
}

func (s *seen) grow() {
	old := s.table
	s.table = make([]seenRule, 2*len(old))
	for _, e := range old {
		if e.run == s.run {
			*s.at(e.rule) = e
		}
	}
}
