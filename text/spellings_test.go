package text

import (
	"slices"
	"strings"
	"testing"
)

func TestSpellings(t *testing.T) {
	tests := []struct {
		name string
		want []string
	}{
		{"Erdogan", []string{"أردوغان", "إردوغان"}},
		{"erdoğan", []string{"أردوغان", "إردوغان"}},
		{"أردوغان", []string{"Erdogan", "Erdoğan"}},
		{"al-Sisi", []string{"السيسي"}},
		{"السيسي", []string{"Sisi", "el-Sisi", "al-Sisi"}},
		{"Mohamed Salah", []string{"محمد صلاح"}},
		{"محمود عباس", []string{"Mahmoud Abbas"}},
		{"Khaled Haftar", []string{"خالد حفتر"}},
		{"أحمد حسين", []string{"Ahmed Hussein"}},
		{"Xi Jinping", []string{"شي جين بينغ"}},
		{"Hezbollah", []string{"حزب الله"}},
		{"حزبالله", []string{"Hezbollah", "Hizbullah"}},
		{"Sulayman", []string{"سليمان", "سلمان"}},
		{"the", nil},
		{"table", nil},
		{"Table", nil},
		{"ceasefire", nil},
		{"Government", nil},
		{"هدنة", nil},
		{"حكومة", nil},
		{"سيول", []string{"Seoul"}},
		{"السيول", nil},  // the floods
		{"الرئيسي", nil}, // the main one
		{"رئيسي", []string{"Raisi"}},
		{"السلام", nil}, // peace
		{"القاعدة", []string{"al-Qaeda", "Al Qaeda"}},
		{"قاعدة", nil}, // a base
		{"سيسي", []string{"Sisi", "el-Sisi", "al-Sisi"}},
		{"al-Raisi", []string{"رئيسي"}},
		{"", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Spellings(tt.name, 3); !slices.Equal(got, tt.want) {
				t.Errorf("Spellings(%q, 3) = %q, want %q", tt.name, got, tt.want)
			}
		})
	}
}

// TestSoundsLike counts on the list of names: how many pairs are found to
// sound alike (some are translations: Hebron is الخليل), and how many words that
// have nothing to do with each other.
func TestSoundsLike(t *testing.T) {
	var latin, arabic []string
	for line := range strings.Lines(namesFile) {
		a, b, ok := strings.Cut(line, "=")
		if ok && !strings.HasPrefix(line, "#") && !strings.Contains(names(a)[0], " ") {
			latin, arabic = append(latin, names(a)[0]), append(arabic, names(b)[0])
		}
	}
	right, wrong, pairs := 0, 0, 0
	for i := range latin {
		for k := range arabic {
			switch like := SoundsLike(latin[i], arabic[k]); {
			case i == k && like:
				right++
			case i == k:
				t.Log("not alike:", latin[i], arabic[k])
			case like:
				wrong++
				t.Log("alike:", latin[i], arabic[k])
			}
			pairs++
		}
	}
	t.Logf("%d of %d names sound like their own, and %d of %d pairs of others", right, len(latin), wrong, pairs)
	if right*100 < len(latin)*80 || wrong*1000 > pairs {
		t.Error("too few or too many sound alike")
	}
}
