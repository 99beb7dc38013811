package bot

import (
	"rasid/locale"
	"slices"
	"strings"
	"testing"
)

// TestTheNameOfEveryButtonIsKnown: one that is not would be offered as a watch.
func TestTheNameOfEveryButtonIsKnown(t *testing.T) {
	ids := locale.For("en").IDs()
	for _, id := range ids {
		if _, ok := labels()[id]; !ok && strings.HasSuffix(id, "-button") && !strings.HasPrefix(id, "broadcast-") {
			t.Errorf("the button %s is not among the labels", id)
		}
	}
	for id, command := range labels() {
		if !slices.Contains(ids, id) {
			t.Errorf("there is no message %s", id)
		}
		if _, ok := actions()[command]; command != "" && !ok {
			t.Errorf("there is no command %s", command)
		}
	}
}

func TestLabelled(t *testing.T) {
	for _, tt := range []struct {
		why, said, command string
		is                 bool
	}{
		{"as it stands", "Why?", "", true},
		{"without its sign, and in another case", "why", "", true},
		{"in Arabic", "لماذا؟", "", true},
		{"with the other question mark", "لماذا?", "", true},
		{"with an invisible mark", "\u200fإيقاف مؤقت", "pause", true},
		{"without the hamza", "ايقاف مؤقت", "pause", true},
		{"with a number", "Unwatch 12", "unwatch", true},
		{"with an Arabic number", "إلغاء ٣", "unwatch", true},
		{"with more than the name", "Why Libya?", "", false},
		{"in the midst of more", "إيقاف مؤقت لإطلاق النار", "", false},
		{"a number alone", "3", "", false},
		{"nothing", "", "", false},
	} {
		if command, is := labelled(tt.said); command != tt.command || is != tt.is {
			t.Errorf("%s: labelled(%q) = %q, %v; want %q, %v", tt.why, tt.said, command, is, tt.command, tt.is)
		}
	}
}
