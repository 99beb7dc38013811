package store

import (
	"slices"
	"strings"
	"time"
)

// Strikes and StrikeWindow say when repeated refusals suspend: the third
// within a day.
const (
	Strikes      = 3
	StrikeWindow = 24 * time.Hour
)

func (e Edit) apply(d *Destination, now time.Time) Did {
	switch e.Op {
	case AddRule, RemoveRule, RestoreRule:
		return e.applyRule(d, now)
	case Subscribe, Unsubscribe, SetRoutes:
		return Did{Changed: e.applyTopics(d)}
	case SetLang, Pause, Resume:
		return Did{Changed: e.applySetting(d)}
	case Suspend, Revive, Strike:
		return Did{Changed: e.applySuspension(d, now)}
	case Touch:
		return Did{Changed: later(&d.Active, now)}
	}
	return Did{}
}

func (e Edit) applyRule(d *Destination, now time.Time) Did {
	switch e.Op {
	case AddRule:
		if r, ok := ruleByText(d, e.Text); ok {
			return Did{N: r.N, Rule: r}
		}
		if e.Limit > 0 && len(d.Rules) >= e.Limit {
			return Did{}
		}
		d.NextRule++
		return insertRule(d, Rule{N: d.NextRule, Text: e.Text, Lang: e.Lang, Made: now.UTC()})
	case RestoreRule:
		return e.restore(d, now)
	default:
		i := slices.IndexFunc(d.Rules, func(r Rule) bool { return r.N == e.N })
		if i < 0 {
			return Did{N: e.N}
		}
		r := d.Rules[i]
		d.Rules = slices.Delete(d.Rules, i, i+1)
		return Did{Changed: true, N: r.N, Rule: r}
	}
}

// restore puts a removed rule back under its number, unless the number or the
// text is taken. A number that no rule ever had is nobody's to give: it comes
// with a button, and who presses may have made that up.
func (e Edit) restore(d *Destination, now time.Time) Did {
	for _, r := range d.Rules {
		if r.N == e.N || r.Text == e.Text {
			return Did{N: r.N, Rule: r}
		}
	}
	if e.N < 1 || e.N > d.NextRule {
		return Did{}
	}
	return insertRule(d, Rule{N: e.N, Text: e.Text, Lang: e.Lang, Made: now.UTC()})
}

func insertRule(d *Destination, r Rule) Did {
	i, _ := slices.BinarySearchFunc(d.Rules, r.N, func(x Rule, n int) int { return x.N - n })
	d.Rules = slices.Insert(d.Rules, i, r)
	return Did{Changed: true, N: r.N, Rule: r}
}

func ruleByText(d *Destination, text string) (Rule, bool) {
	i := slices.IndexFunc(d.Rules, func(r Rule) bool { return r.Text == text })
	if i < 0 {
		return Rule{}, false
	}
	return d.Rules[i], true
}

func (e Edit) applyTopics(d *Destination) bool {
	if e.Op == SetRoutes {
		want := Sorted(e.Topics)
		changed := !slices.Equal(d.Routes, want)
		d.Routes = want
		return changed
	}
	i, has := slices.BinarySearch(d.Topics, e.Text)
	if has == (e.Op == Subscribe) {
		return false
	}
	if has {
		d.Topics = slices.Delete(d.Topics, i, i+1)
	} else {
		d.Topics = slices.Insert(d.Topics, i, strings.Clone(e.Text))
	}
	return true
}

// Sorted returns the distinct strings of s in order; nil when there are none.
func Sorted(s []string) []string {
	if len(s) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(s)))
}

func (e Edit) applySetting(d *Destination) bool {
	was := *d
	switch e.Op {
	case SetLang:
		d.Lang = e.Lang
	case Pause:
		d.Paused = true
	default:
		d.Paused = false
	}
	return was.Lang != d.Lang || was.Paused != d.Paused
}

func (e Edit) applySuspension(d *Destination, now time.Time) bool {
	switch e.Op {
	case Suspend:
		changed := d.Suspended != Suspension(e.Text)
		d.Suspended = Suspension(e.Text)
		return changed
	case Revive:
		changed := d.Suspended != "" || len(d.Strikes) > 0
		d.Suspended, d.Strikes = "", nil
		return changed
	default:
		return strike(d, now)
	}
}

// strike counts a refusal. The same second counts once, so that a repeated
// call does no more than the first.
func strike(d *Destination, now time.Time) bool {
	at := now.Unix()
	if d.Suspended != "" || slices.Contains(d.Strikes, at) {
		return false
	}
	old := now.Add(-StrikeWindow).Unix()
	d.Strikes = append(slices.DeleteFunc(d.Strikes, func(s int64) bool { return s <= old }), at)
	if len(d.Strikes) >= Strikes {
		d.Suspended, d.Strikes = Refused, nil
	}
	return true
}

func later(t *time.Time, now time.Time) bool {
	if !now.After(*t) {
		return false
	}
	*t = now.UTC()
	return true
}
