package text

import (
	"fmt"
	"strings"
)

// arabicWords are the words of lexicon/arabic.words, folded.
type arabicWords struct {
	seen  memo
	kind  map[string]wordKind
	forms map[string][]string // what a plural or an irregular form is of
	shown map[string][]string // the plurals of a word, as they are spelled
	verbs map[string][]string // the forms of a verb or adjective, as they are spelled
	names []string            // as they are spelled
}

// A wordKind says what a word may be.
type wordKind uint8

const (
	aNoun wordKind = 1 << iota
	anAdjective
	aVerb
	aName
	aForm // of another word
)

func parseArabicWords(data string) (*arabicWords, error) {
	sections := map[string]wordKind{"[nouns]": aNoun, "[adjectives]": anAdjective, "[verbs]": aVerb, "[names]": aName, "[plurals]": aForm, "[forms]": aForm}
	w := &arabicWords{kind: map[string]wordKind{}, forms: map[string][]string{}, shown: map[string][]string{}, verbs: map[string][]string{}}
	var now wordKind
	var plural bool
	n := 0
	for line := range strings.Lines(data) {
		n++
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if kind, ok := sections[line]; ok {
			now, plural = kind, line == "[plurals]"
			continue
		}
		if now != aForm {
			w.list(line, now)
			continue
		}
		if line == "" {
			continue
		}
		base, forms, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("line %d: %q has no colon", n, line)
		}
		w.add(arabicFold(strings.TrimSpace(base)), forms, plural)
	}
	return w, nil
}

// list enters words of a kind.
func (w *arabicWords) list(line string, kind wordKind) {
	for word := range strings.FieldsSeq(line) {
		fold := arabicFold(word)
		w.kind[fold] |= kind
		if kind != aName {
			continue
		}
		w.names = append(w.names, word)
		if bare, ok := strings.CutPrefix(fold, "ال"); ok && len(bare) >= 3*letterLen {
			w.kind[bare] |= aName
		}
	}
}

func (w *arabicWords) add(base, forms string, noun bool) {
	if noun && w.kind[base] == 0 {
		w.kind[base] = aNoun
	}
	for form := range strings.FieldsSeq(forms) {
		if noun {
			w.shown[base] = append(w.shown[base], form)
		} else {
			w.verbs[base] = append(w.verbs[base], form)
		}
		form = arabicFold(form)
		w.kind[form] |= aForm
		if form != base {
			w.forms[form] = add(w.forms[form], 0, base)
		}
	}
}

// has reports whether word is known as one of the kinds.
func (w *arabicWords) has(word string, kinds wordKind) bool { return w.kind[word]&kinds != 0 }
