package text

// foldTable folds the letters that have no decomposition in Unicode but that
// people type in two ways, and a few with one that is not wanted.
var foldTable = map[rune]string{
	'ß': "ss", 'ẞ': "ss", 'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'ø': "o", 'Ø': "o", 'đ': "d", 'Đ': "d",
	'ð': "d", 'Ð': "d", 'þ': "th", 'Þ': "th", 'ł': "l", 'Ł': "l", 'ħ': "h", 'Ħ': "h", 'ı': "i", 'İ': "i",
	'ё': "е", 'Ё': "е", 'ς': "σ", '’': "'", '‘': "'", '＇': "'", '״': "\"", '׳': "'", '．': ".",
}
