package rules

import (
	"rasid/text"
	"slices"
)

// familyForms is how many forms a Family shows.
const familyForms = 4

// A Family is a word of a rule and a few of the other forms it matches.
type Family struct {
	Word  string
	Forms []string
}

// Families tells for each word that q looks for a few of the forms it also
// matches, in the order of the rule, each word once. Words that are wanted
// exactly, phrases' too, have none; what is excluded is left out.
func Families(q *Query, env Env) []Family {
	var out []Family
	seen := map[string]bool{}
	q.root.walk(false, func(n *node, negated bool) {
		if n.op == opCountry && !negated {
			names := countries().byCode[n.value].shown(env.Lang)
			out = append(out, Family{Word: "@" + countryName + ":" + n.value, Forms: names[:min(len(names), 2*familyForms)]})
		}
		if n.op != opTerm || negated {
			return
		}
		for i, w := range n.words {
			if seen[w.text] {
				continue
			}
			seen[w.text] = true
			f := Family{Word: w.text}
			if group := env.spellings(n); len(group) > 1 {
				f.Forms = slices.DeleteFunc(slices.Clone(group), func(s string) bool { return s == n.joined() })
				out = append(out, f)
				continue
			}
			if like := i == len(n.words)-1 && (n.star || n.fuzzy); !n.exact && !like {
				f.Forms = text.Families(text.For(analyzerLang(env.Lang, w.text)), w.text, familyForms)
			}
			out = append(out, f)
		}
	})
	return out
}
