package rules

// fieldNames holds the names of fields, folded.
var fieldNames = map[string]field{
	"title": inTitle, "body": inBody, "tag": inTags, "source": inSource, "author": inAuthor,
	"عنوان": inTitle, "العنوان": inTitle, "نص": inBody, "النص": inBody, "وسم": inTags, "الوسم": inTags,
	"مصدر": inSource, "المصدر": inSource, "كاتب": inAuthor, "الكاتب": inAuthor,
}

// valueNames holds the names of fields that take a value and not words,
// folded.
var valueNames = map[string]op{
	"lang": opLang, "site": opSite, "لغه": opLang, "اللغه": opLang, "موقع": opSite, "الموقع": opSite,
}

// langNames holds the Arabic names of languages, folded.
var langNames = map[string]string{
	"عربي": "ar", "العربيه": "ar", "عربيه": "ar", "انجليزي": "en", "انجليزيه": "en", "الانجليزيه": "en",
	"فرنسي": "fr", "فرنسيه": "fr", "الفرنسيه": "fr", "تركي": "tr", "تركيه": "tr", "التركيه": "tr",
	"فارسي": "fa", "فارسيه": "fa", "الفارسيه": "fa", "arabic": "ar", "english": "en", "french": "fr",
}

// canonicalFields holds the name by which a field is printed.
var canonicalFields = map[field]string{
	inTitle: "title", inBody: "body", inTags: "tag", inSource: "source", inAuthor: "author",
}

// operators holds the words that are operators when they stand alone outside
// quotes. The Arabic ones are folded, the English ones are not.
var operators = map[string]kind{
	"AND": kindAnd, "OR": kindOr, "NOT": kindNot,
	"و": kindAnd, "او": kindOr, "ولا": kindNor,
	"بدون": kindWithout, "باستثناء": kindWithout, "ليس": kindWithout, "ماعدا": kindWithout,
}

// levels holds the words, folded, that after # at the end of a rule say how
// loud its alerts are.
var levels = map[string]Level{
	"urgent": Urgent, "عاجل": Urgent, "low": Low, "هادي": Low, "digest": digest, "موجز": digest,
}

// closers holds for each opening quote the characters that close it.
var closers = map[rune]string{
	'"': "\"“”„‟＂", '＂': "\"“”„‟＂", '“': "\"“”„‟＂", '”': "\"“”„‟＂", '„': "\"“”„‟＂", '‟': "\"“”„‟＂", '〝': "〞〟",
	'«': "«»", '»': "«»", '‹': "‹›", '›': "‹›", '「': "」", '『': "』",
	'\'': "'’", '‘': "’'", '’': "’'", '‚': "‘’'",
}
