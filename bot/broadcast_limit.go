package bot

import (
	"cmp"
	"rasid/bot/telegram"
	"rasid/locale"
	"slices"
	"strconv"
	"strings"
	"time"
)

// limits are the times that an announcement may be given by a button, beside
// Options.Expiry: who cannot be told within it is not told any more.
func limits() []time.Duration {
	return []time.Duration{2 * time.Hour, 12 * time.Hour, 24 * time.Hour, 72 * time.Hour}
}

// usualLimit is that of announcements whose admin says nothing else; 0: none.
func (b *Bot) usualLimit() time.Duration { return max(b.o.Expiry, 0) }

// pressedLimit reads a button's token of a preview and its limit in seconds; a
// button of before there were any has none.
func (t *turn) pressedLimit(rest string) (token string, limit time.Duration) {
	token, text, _ := strings.Cut(rest, ":")
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return token, t.b.usualLimit()
	}
	return token, time.Duration(n) * time.Second
}

func inSeconds(limit time.Duration) string { return strconv.Itoa(int(limit / time.Second)) }

// limited words an announcement's limit, and says when it is shorter than
// telling everyone may take.
func (t *turn) limited(limit, busy time.Duration) string {
	switch {
	case limit == 0:
		return "\n" + t.c.HTML("broadcast-no-limit", nil)
	case busy > limit:
		return "\n" + t.c.HTML("broadcast-limit-short", locale.Args{"limit": exactly(t.c, limit)})
	}
	return "\n" + t.c.HTML("broadcast-limit", locale.Args{"limit": exactly(t.c, limit)})
}

// limitsInRow is how many buttons that name a limit fit beside each other.
const limitsInRow = 2

// otherLimits are the buttons that give an announcement another limit.
func (t *turn) otherLimits(token string, limit time.Duration) [][]telegram.Button {
	var buttons []telegram.Button
	all := append(limits(), t.b.usualLimit())
	slices.SortFunc(all, func(x, y time.Duration) int {
		if x == 0 || y == 0 { // none is the longest
			return cmp.Compare(y, x)
		}
		return cmp.Compare(x, y)
	})
	for _, d := range slices.Compact(all) {
		if d != limit {
			buttons = append(buttons, button(limitLabel(t.c, d), "bc", "limit", token, inSeconds(d)))
		}
	}
	return slices.Collect(slices.Chunk(buttons, limitsInRow))
}

// limitLabel says on a button that a time is a limit, and not when something
// is sent.
func limitLabel(c *locale.Catalog, d time.Duration) string {
	if d == 0 {
		return c.Text("broadcast-no-limit-button", nil)
	}
	return c.Text("broadcast-limit-button", locale.Args{"limit": exactly(c, d)})
}

// exactly words a length of time to the minute.
func exactly(c *locale.Catalog, d time.Duration) string {
	if d%time.Hour == 0 {
		return c.Text("limit-hours", locale.Args{"n": int(d.Hours())})
	}
	return c.Text("limit-minutes", locale.Args{"n": max(int(d.Minutes()), 1)})
}

// changeLimit shows a preview again, with another limit.
func (t *turn) changeLimit(token string, limit time.Duration) error {
	note, ok, err := t.draft(token)
	if !ok {
		return err
	}
	text, rows := t.previewed(token, t.b.o.Index.Audience(note), limit)
	t.replace(text, rows...)
	return nil
}
