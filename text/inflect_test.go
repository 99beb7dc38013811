package text

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryLexiconIsRead: a mistake in a file is found here, and not when a
// program meets the language for the first time.
func TestEveryLexiconIsRead(t *testing.T) {
	files, err := filepath.Glob("lexicon/*.txt")
	if err != nil || len(files) < 11 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lang := strings.TrimSuffix(filepath.Base(file), ".txt")
		f, err := parseInflection(lang, string(data))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if len(f.own) < 50 || len(f.levels) == 0 {
			t.Errorf("%s: %d words that are themselves", file, len(f.own))
		}
	}
	w, err := parseArabicWords(arabicWordsFile)
	if err != nil || len(w.kind) < 2000 || len(w.forms) < 300 {
		t.Errorf("arabic.words: %d words, %d forms, %v", len(w.kind), len(w.forms), err)
	}
}

func TestALexiconLineThatIsWrong(t *testing.T) {
	for _, line := range []string{"mice", "-s/x: -es"} {
		if _, err := parseInflection("en", "\n"+line); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v; want an error that names line 2", line, err)
		}
	}
}

// TestWordsThatAreTheSame holds what readers of each language expect: a keyword
// finds the words before the bar, and none of those behind it.
func TestWordsThatAreTheSame(t *testing.T) {
	for lang, rows := range map[string][]string{
		"en": {
			"minister: ministers Minister minister's | administer ministry", "city: cities City's | citizen", "child: children | chill", "woman: women | womb", "crisis: crises | critic",
			"write: writes wrote written writing | writer", "go: goes went gone | goal", "say: says said saying | saint", "stop: stops stopped stopping | top", "use: uses used using | us",
			"die: dies died dying | diet", "study: studies studied studying | student studio", "news: news News | new news'paper", "new: newer newest | news", "US: US U.S. | us", "us: us | bus",
			"AIDS: AIDS | aids", "Iraqi: Iraqis | Iraq", "American: Americans | America", "William: William's | Williams", "Paris: Paris | pari", "united: united | unit",
			"large: larger largest | largesse", "happy: happier happiest | happen", "bus: buses | bust busy", "leaf: leaves | lea", "analysis: analyses | analyst", "this: this | thi",
			"peace: peace | pea", "police: police | policy", "general: generals | generate", "war: wars | warm ware", "oil: oils | soil", "lie: lies lying | life", "run: runs ran running | rung",
			"tax: taxes taxed | taxi", "party: parties | part", "sanctions: sanction sanctions | sanctuary", "ministers: minister | ministry", "protest: protests protested | protestant",
		},
		"fr": {
			"ministre: ministres | ministère", "cheval: chevaux | chevalet", "national: nationaux nationale | nation", "œil: yeux | oeillet", "élection: élections | électeur", "parler: parle parlait parlé parleront | parloir",
			"finir: finit finissait fini | fin", "pouvoir: peut pouvait pourra | pourvoir", "faire: fait faisait fera | faite-main", "prendre: prend pris prenait | prénom", "venir: vient venu viendra | vin",
			"être: est était sera | étrier", "avoir: a avait aura | avoine", "place: places | placer", "placer: placé placera | places", "entre: entre | entrer", "beau: belle beaux | bureau",
			"Paris: Paris | pari", "Mali: Mali | malin", "pays: pays | paysan", "acheter: achète achetait | achat", "appeler: appelle appelait | appel", "vert: verte verts | vertu",
		},
		"de": {
			"Haus: Häuser Hauses Häusern | Hast", "Land: Länder Ländern Landes | Landung", "Regierung: Regierungen | regieren", "Mann: Männer Mannes | Manna", "gehen: geht ging gegangen | Gehalt", "sprechen: spricht sprach gesprochen | Spruch-band",
			"groß: größer größte große | Gros", "gut: besser beste gute | Gut-haben", "anfangen: anfing angefangen anzufangen | Anfänger-Kurs", "kommen: kommt kam gekommen | Komma", "Krieg: Kriege Kriegs | kriegerisch",
			"Merkel: Merkels | merken", "Bayern: Bayern | Bayer-AG", "Wahl: Wahlen | Wal", "Buch: Bücher Büchern | Buche-n", "Museum: Museen | Muse",
		},
		"es": {
			"ministro: ministros ministra | ministerio", "ciudad: ciudades | ciudadano", "luz: luces | lucha", "nación: naciones | nacional", "hablar: habla habló hablando | habitar", "poder: puede pudo podrá | podio",
			"decir: dice dijo dicho | dicha-más", "hacer: hizo hecho haciendo | hacia", "pedir: pide pidió | pedal", "dormir: duerme durmió | dominar", "jugar: juega jugó | juzgar", "ir: va iba irá | ira-cundo",
			"mexicano: mexicana mexicanos | México", "dar: dio darle dando | dardo", "Chile: Chile | chileno",
		},
		"ru": {
			"президент: президента президенту президентом президенты | резидент", "страна: страны стране страну стран | странный", "книга: книги книгу книг | книжный", "город: города городе городов | огород", "говорить: говорит говорил говорят | говор",
			"большой: больше больших большая | боль", "новый: новая новые новых | новость", "человек: люди людей | человечество", "рынок: рынка рынке рынки | рыночный", "идти: идёт шёл шла | идея",
			"Путин: Путина Путину Путиным | путь", "Москва: Москвы Москве Москву | москит", "Россия: России Россию | российский", "выбрать: выбрал выбрали | выбор", "день: дня дни дней | деньги",
		},
		"tr": {
			"ev: evler evde evin evlerinde | eve-t", "kitap: kitaplar kitabı kitaplarda | kitara", "şehir: şehirler şehri | şehit", "gitmek: gitmek | git-ar", "gel: geldi geliyor gelecek | gelin-cik", "çocuk: çocuklar çocuğu çocuklara | çorba",
			"Ankara: Ankara'da Ankara'nın | anka", "su: suyu suya | şu süre", "bakan: bakanlar bakanı | başkan", "Türkiye: Türkiye'nin | Türk", "kış: kışın | kişi", "yıl: yıllar yılında | yol",
		},
		"fa": {
			"کتاب: کتابها کتابهای کتابش | کاتب", "کشور: کشورها کشورهای | کشتی", "رفت: میرود رفته رفتند | رفیق", "بزرگ: بزرگتر بزرگترین | بزرگراه-ها", "مسئله: مسائل | مسئول", "زن: زنان زنها | زنگ", "خانه: خانهها خانههای | خان", "ایران: ایران | ایرانی", "فرد: افراد | فردا", "گفت: گفتند میگوید | گفتگو",
		},
		"he": {
			"ממשלה: הממשלה בממשלה ממשלות | משל", "מדינה: המדינה מדינות ומדינה | דין", "בית: הבית בבית בתים | ביתר", "ילד: ילדים הילד לילדים | לידה", "מלחמה: המלחמה מלחמות | לחם", "ישראל: בישראל מישראל וישראל | שאל", "שר: השר שרים | שיר", "ירושלים: בירושלים לירושלים | שלום",
		},
		"id": {
			"baca: membaca dibaca bacaan pembaca | bacok", "tulis: menulis ditulis penulis tulisan | tuli", "ajar: belajar mengajar pelajaran | ujar", "ekonomi: ekonominya | ekonom", "main: bermain pemain | maling", "Jakarta: Jakarta | karta", "perang: perang | rang", "kirim: mengirim dikirim kiriman | kiri",
		},
		"hi": {
			"लड़का: लड़के लड़कों | लड़ाई", "किताब: किताबें किताबों | किस्मत", "देश: देशों | दिशा", "नेता: नेताओं | नेतृत्व", "कर: किया करने करेगा | कर्म", "नया: नई नए | नाम", "मंत्री: मंत्रियों | मंत्र", "भारत: भारत | भार",
		},
		"ur": {
			"کتاب: کتابیں کتابوں | کاتب", "لڑکا: لڑکے لڑکوں | لڑائی", "ملک: ممالک ملکوں | ملکہ", "بڑا: بڑے بڑی | بڑھاپا", "جانا: گیا جائے | جان", "پاکستان: پاکستان | پاک",
		},
	} {
		a := For(lang)
		for _, row := range rows {
			keyword, words, _ := strings.Cut(row, ": ")
			yes, no, _ := strings.Cut(words, " | ")
			terms := a.Keyword(nil, keyword)
			for want, list := range map[bool]string{true: yes, false: no} {
				for word := range strings.FieldsSeq(list) {
					if got := meet(terms, a.Article(nil, word)); got != want {
						t.Errorf("%s: keyword %s, word %s: match = %v, want %v (%q, %q)", lang, keyword, word, got, want, terms, a.Article(nil, word))
					}
				}
			}
		}
	}
}

// FuzzTerms: any word in any language gives terms, in bounds, and finds
// itself.
func FuzzTerms(f *testing.F) {
	for _, s := range []string{"وبالجيش", "running", "Türkiye'de", "'s", "ها", "gegangen", "می\u200cرود", "ъ", "ו", "食べる", "", "a\u0301", "\xff", "ÀÉ", "ge", "ممم", "-"} {
		f.Add(s)
	}
	langs := []string{"ar", "en", "fr", "de", "es", "tr", "fa", "he", "ru", "id", "hi", "ur", "zh", "ja", "xx"}
	f.Fuzz(func(t *testing.T, s string) {
		for _, tok := range Tokens(nil, s) {
			word := s[tok.Start:tok.End]
			for _, lang := range langs {
				a := For(lang)
				terms := a.Article(nil, word)
				if len(terms) == 0 || len(terms) > 4*maxHypotheses {
					t.Fatalf("%s: %q has %d terms", lang, word, len(terms))
				}
				keyword := a.Keyword(nil, word)
				if len(keyword) == 0 {
					t.Fatalf("%s: keyword %q has no terms", lang, word)
				}
				if !meet(keyword, terms) {
					t.Errorf("%s: %q does not find itself: %q, %q", lang, word, keyword, terms)
				}
			}
		}
	})
}
