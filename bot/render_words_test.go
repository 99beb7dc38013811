package bot

import (
	"fmt"
	"testing"
)

// TestPhraseOfIsolatedArgument has a catalogue that isolates what it puts in.
func TestPhraseOfIsolatedArgument(t *testing.T) {
	isolating := func(lang, id string, args map[string]any) string {
		return say(lang, id, map[string]any{"text": "\u2068" + fmt.Sprint(args["text"]) + "\u2069"})
	}
	r := &Rich{}
	wordsFor("ar", isolating).phrase(r, "alert-rule", (&Rich{}).Text("هدنة"))
	if got := r.Plain(); got != "متابعة: هدنة" {
		t.Errorf("phrase = %q, want no isolate around words of the line's direction", got)
	}
}
