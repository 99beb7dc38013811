package bot

import (
	"fmt"
	"strings"
	"testing"
)

// sayTest speaks Arabic and English for tests of rendering, so that they show
// where words go and not how locale keeps them. A message it lacks shows as
// its id.
func sayTest(lang, id string, args map[string]any) string {
	both, ok := map[string][2]string{
		"alert-why":            {"لماذا؟", "Why?"},
		"alert-unwatch":        {"إلغاء المتابعة", "Unwatch"},
		"alert-unwatch-number": {"إلغاء المتابعة {n}", "Unwatch {n}"},
		"alert-snippet":        {"«{text}»", "“{text}”"},
		"alert-rule":           {"متابعة: {text}", "Watch: {text}"},
		"alert-topic":          {"ملف: {text}", "Topic: {text}"},
		"alert-more":           {"و{n} أسباب أخرى", "+{n} more"},
		"when-today":           {"اليوم {time}", "today {time}"},
		"when-yesterday":       {"أمس {time}", "yesterday {time}"},
		"when-date":            {"{day} {month} {time}", "{day} {month} {time}"},
		"when-year":            {"{day} {month} {year} {time}", "{day} {month} {year} {time}"},
		"month-1":              {"يناير", "January"},
		"month-2":              {"فبراير", "February"},
		"month-3":              {"مارس", "March"},
		"month-4":              {"أبريل", "April"},
		"month-5":              {"مايو", "May"},
		"month-6":              {"يونيو", "June"},
		"month-7":              {"يوليو", "July"},
		"month-8":              {"أغسطس", "August"},
		"month-9":              {"سبتمبر", "September"},
		"month-10":             {"أكتوبر", "October"},
		"month-11":             {"نوفمبر", "November"},
		"month-12":             {"ديسمبر", "December"},
	}[id]
	if !ok {
		return id
	}
	s := both[0]
	if lang == "en" {
		s = both[1]
	}
	for k, v := range args {
		s = strings.ReplaceAll(s, "{"+k+"}", fmt.Sprint(v))
	}
	return s
}

// TestPhraseOfIsolatedArgument has a catalogue that isolates what it puts in.
func TestPhraseOfIsolatedArgument(t *testing.T) {
	say := func(lang, id string, args map[string]any) string {
		return sayTest(lang, id, map[string]any{"text": "\u2068" + fmt.Sprint(args["text"]) + "\u2069"})
	}
	r := &Rich{}
	wordsFor("ar", say).phrase(r, "alert-rule", (&Rich{}).Text("هدنة"))
	if got := r.Plain(); got != "متابعة: هدنة" {
		t.Errorf("phrase = %q, want no isolate around words of the line's direction", got)
	}
}
