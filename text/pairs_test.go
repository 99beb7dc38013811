package text

import (
	"strings"
	"testing"
)

// A pair says of a keyword which words of an article it matches. What comes
// with the lexicon is in later: those words are known not to be told right
// today (they come with the Words lexicon), and the test fails when they are,
// so that the row is moved.
type pair struct {
	why, keyword   string
	yes, no, later string // words apart by "،"; later: wanted, and not matched yet
}

func TestArabicPairs(t *testing.T) {
	pairs := []pair{
		{why: "an adjective of origin is another word", keyword: "ليبيا", yes: "وليبيا، بليبيا، لليبيا", no: "الليبي، ليبيون"},
		{why: "a preposition is no name", keyword: "علي", yes: "عليّ، وعلي، لعلي", no: "على، وعلى"},
		{why: "a preposition is no governor", keyword: "والي", yes: "الوالي، بالوالي، ولاة", no: "وإلى، إلى، والى"},
		{why: "Egyptian ى in a name", keyword: "مصطفى", yes: "مصطفي، لمصطفى، ومصطفى"},
		{why: "ة and ه at the end", keyword: "مصراتة", yes: "مصراته، بمصراتة"},
		{why: "spelling variants of one entry", keyword: "ميليشيا", yes: "مليشيات، الميلشيات، ميليشيات"},
		{why: "sound plurals of a variant stem", keyword: "صحفي", yes: "الصحفي، الصحفيين", no: "صحيفة، صحافة", later: "صحافيين"},
		{why: "dual, plural with hamza seat", keyword: "وزير", yes: "الوزيرين، والوزير، للوزير، وزراؤه، الوزراء", no: "وزارة، وزيرستان"},
		{why: "the adjective main is another word", keyword: "رئيس", yes: "الرئيس، رئيسها، رئيسهم، رؤساء", no: "الرئيسي، رئيسية"},
		{why: "forms of a verb", keyword: "قتل", yes: "وقتل، يقتل، وقُتلت", no: "مقتل، قتلى، قاتل"},
		{why: "hamza seats as typed", keyword: "لاجئ", yes: "لاجئين، لاجىء، اللاجيء، اللاجئون"},
		{why: "another word with the same letters", keyword: "حماس", yes: "وحماس، لحماس", no: "حماسة، حماسي"},
		{why: "a name that begins like a clitic", keyword: "بوتين", yes: "وبوتين، لبوتين، ببوتين"},
		{why: "a name that ends like a noun", keyword: "غزة", yes: "لغزة، غزّة، بغزة", no: "لغز"},
		{why: "a long vowel is not folded", keyword: "كورونا", yes: "وكورونا", no: "كرونا"},
		{why: "the same root is another word", keyword: "هدنة", yes: "الهدنة، للهدنة، هدنتين", no: "هادن، مهادنة"},
		{why: "bare spelling cannot tell", keyword: "عمان", yes: "عُمان، عمّان، وعمان"},
		{why: "a shadda can", keyword: "عمّان", yes: "عمّان، عمان، وعَمّان", no: "عُمان"},
		{why: "a prefix that is none", keyword: "سرت", yes: "بسرت، وسرت", no: "أسرت، الأسرة"},
		{why: "never ف and لسطين", keyword: "فلسطين", yes: "لفلسطين، ففلسطين، وفلسطين", no: "الفلسطينيون"},
		{why: "the article is seen through", keyword: "الوطني", yes: "الوطنى، للوطني، والوطني، وطني، بالوطنى"},
		{why: "Maghreb spelling", keyword: "الرحمن", yes: "الرحمان، رحمن"},
		{why: "son of, in two spellings", keyword: "بن", yes: "ابن، بن"},
		{why: "a reader's and goes where the word is plain", keyword: "وتونس", yes: "تونس، وتونس"},
		{why: "but stays where it is a letter", keyword: "وكالة", yes: "الوكالة، وكالات"},
		{why: "presentation forms, Persian letters, digits", keyword: "ليبيا", yes: "ﻟﻴﺒﻴﺎ، لیبیا، لـيـبـيا"},
		{why: "a country is not its adjective", keyword: "تركي", yes: "التركي", no: "تركيا"},
		{why: "a preposition with and is itself", keyword: "وعلى", yes: "وعلى", no: "وعلي، فعلى"},
		{why: "a name that looks like a particle", keyword: "فان", yes: "فان", no: "أن، ان، وان"},
		{why: "hamza of a name", keyword: "أردوغان", yes: "وأردوغان، لأردوغان، إردوغان، أردوغـان، اردوغان"},
	}
	for _, p := range pairs {
		t.Run(p.why, func(t *testing.T) {
			p.check(t, p.yes, true)
			p.check(t, p.no, false)
			p.check(t, p.later, false) // wanted, and comes with the lexicon
		})
	}
}

func (p pair) check(t *testing.T, words string, want bool) {
	a := For("ar")
	for w := range strings.SplitSeq(words, "،") {
		w = strings.TrimSpace(w)
		if w == "" {
			continue
		}
		got := meet(a.Keyword(nil, p.keyword), a.Article(nil, w)) && (!Marked(p.keyword) || !Clash(p.keyword, w))
		if got != want {
			t.Errorf("keyword %s, word %s: match = %v, want %v (%q, %q)", p.keyword, w, got, want, a.Keyword(nil, p.keyword), a.Article(nil, w))
		}
	}
}

func TestOtherPairs(t *testing.T) {
	tests := []struct {
		name, lang, keyword, word string
		want                      bool
	}{
		{"case does not matter", "en", "libya", "Libya", true},
		{"a singular finds the plural", "en", "sanction", "sanctions", true},
		{"a plural finds the singular", "en", "sanctions", "sanction", true},
		{"a name is no plural", "en", "William", "Williams", false},
		{"a possessive is its name", "en", "Libya", "Libya’s", true},
		{"bare finds diacritics", "de", "muller", "Müller", true},
		{"diacritics find only themselves", "de", "Müller", "Muller", false},
		{"parts equal the composed letter", "fr", "café", "cafe\u0301", true},
		{"an elided article is passed over before an accent", "fr", "école", "l’École", true},
		{"an elided article is passed over", "fr", "union", "l'Union", true},
		{"capitals are the acronym", "en", "U.S.", "US", true},
		{"a pronoun is not the acronym", "en", "U.S.", "us", false},
		{"the acronym is found without points", "en", "US", "U.S", true},
		{"a ticker finds itself", "en", "$NOW", "$NOW", true},
		{"a ticker finds no word", "en", "$NOW", "now", false},
		{"a word finds the ticker", "en", "tsla", "$TSLA", true},
		{"Arabic digits are digits", "en", "2011", "٢٠١١", true},
		{"thousands may be grouped", "en", "1000", "1,000", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := For(tt.lang)
			word := strings.TrimSuffix(tt.keyword, ".")
			if got := meet(a.Keyword(nil, word), a.Article(nil, tt.word)); got != tt.want {
				t.Errorf("keyword %s, word %s: match = %v, want %v", tt.keyword, tt.word, got, tt.want)
			}
		})
	}
}

func TestEveryJoinedNameParts(t *testing.T) {
	for name, n := range joinedNames {
		for _, clitic := range []string{"", "و", "ل", "وب"} {
			if got, want := joinedName(clitic+name), len(clitic)+n; got != want {
				t.Errorf("joinedName(%q) = %d, want %d", clitic+name, got, want)
			}
		}
	}
}
