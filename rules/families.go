package rules

// A Family is a word of a rule and a few of the other forms it matches.
type Family struct {
	Word  string
	Forms []string
}

// Families tells for each word that q looks for a few of the forms it also
// matches, in the order of the rule.
func Families(q *Query, env Env) []Family { return nil }
