package text

import (
	"embed"
	"strings"
	"sync"
)

//go:embed lexicon/*.txt
var lexicon embed.FS

// inflections holds, for each language with a file, what reads it once, when
// it is first needed.
var inflections = func() map[string]func() *inflection {
	all := map[string]func() *inflection{}
	files, err := lexicon.ReadDir("lexicon")
	if err != nil {
		panic(err) // it is part of the program
	}
	for _, file := range files {
		lang := strings.TrimSuffix(file.Name(), ".txt")
		all[lang] = sync.OnceValue(func() *inflection { return mustRead(lang) })
	}
	return all
}()

//go:embed lexicon/arabic.words
var arabicWordsFile string

// words reads the file once, when Arabic is first met.
var words = sync.OnceValue(func() *arabicWords {
	w, err := parseArabicWords(arabicWordsFile)
	if err != nil {
		panic("text: lexicon/arabic.words: " + err.Error()) // a test reads it
	}
	return w
})
