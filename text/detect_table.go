package text

import "unicode"

// scripts holds the scripts by which Detect goes.
var scripts = []script{
	{unicode.Latin, "en"},
	{unicode.Arabic, "ar"},
	{unicode.Cyrillic, "ru"},
	{unicode.Han, "zh"},
	{unicode.Hiragana, "ja"},
	{unicode.Katakana, "ja"},
	{unicode.Hebrew, "he"},
	{unicode.Devanagari, "hi"},
	{unicode.Greek, "el"},
	{unicode.Hangul, "ko"},
	{unicode.Thai, "th"},
	{unicode.Lao, "lo"},
	{unicode.Khmer, "km"},
	{unicode.Myanmar, "my"},
	{unicode.Armenian, "hy"},
	{unicode.Georgian, "ka"},
	{unicode.Ethiopic, "am"},
	{unicode.Bengali, "bn"},
	{unicode.Tamil, "ta"},
}

// scriptMates holds, by the language that its script is taken for, the
// languages that stop words tell apart.
var scriptMates = map[string][]string{
	"en": {"en", "fr", "de", "es", "pt", "it", "tr", "id", "nl"},
	"ar": {"ar", "fa", "ur"},
	"ru": {"ru", "uk"},
}

// stopWords holds the commonest words of some languages, as keepFold leaves
// them.
var stopWords = map[string]map[string]bool{
	"en": wordSet(`the of and to a in is it that for on was with as by at from be are this have has had not but or an they which
		he she his her their its we you i will would been were there what when who said`),
	"fr": wordSet(`le la les de des du un une et est dans que qui pour par sur au aux avec ce cette il elle pas plus ne se son sa ses ou`),
	"de": wordSet(`der die das und ist in den von zu mit dem des ein eine einen nicht auf für sich auch im an als nach bei wird aus er sie es wie`),
	"es": wordSet(`el la los las de del y en que un una es por con para se su al lo como más no fue sus pero este esta ha o`),
	"pt": wordSet(`o os as de do da dos das e em que um uma é por com para se seu sua ao no na nos nas mais não foi mas ou`),
	"it": wordSet(`il lo la gli le di del della dei e in che un una è per con non si su al da nel alla sono più come anche o`),
	"tr": wordSet(`ve bir bu da de için ile olarak çok daha gibi olan ne kadar sonra o ise değil en her ya ki`),
	"id": wordSet(`yang dan di ke dari ini itu untuk dengan pada tidak dalam akan juga oleh sebagai telah ada mereka adalah`),
	"nl": wordSet(`de het een en van in is dat op te zijn met voor niet aan er ook als maar om dan bij nog naar`),
	"ar": wordSet(`من الي علي في ان الذي التي هذا هذه و ما لا عن مع كان قد او بعد قبل بين حتي كما لم لن ثم`),
	"fa": wordSet(`از به که در این را با است ان برای تا بر خود شد می های یک کرد شده و اند نیز ها گفت
		كه اين است براي مي هاي يك كرد`),
	"ur": wordSet(`کے میں کی ہے سے کو کا نے پر اور ہیں یہ کہ نہیں بھی ایک گیا تھا جو اس
		كے كي كا كو نے هے ہے ميں هيں اور پر سے يه كه نهيں بهي ايك`),
	"ru": wordSet(`и в не на что с по как из у за от о а это его к для до он при но же так`),
	"uk": wordSet(`і в не на що з та до у за як від це про він для й його але є`),
}

// ownLetters holds letters that among the languages of a script only a few
// have.
var ownLetters = map[string]string{
	"tr": "ığşİĞŞ",
	"de": "äßÄ",
	"es": "ñ¿¡Ñ",
	"pt": "ãõÃÕ",
	"fr": "èêœçÈÊŒ",
	"it": "ìò",
	"ar": "ةىيكإأ",
	"fa": "پچژگیک",
	"ur": "ٹڈڑںےہھپچژگیک",
	"uk": "іїєґІЇЄҐ",
	"ru": "ыэъЫЭЪ",
}
