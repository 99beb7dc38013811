package markup

import "regexp"

// finders are asked in this order; an earlier find wins over a later one.
var finders = []finder{
	{kind: "url", trim: true, pattern: regexp.MustCompile(`(?i)((?:https?|ftp|tonsite)://[^\s<>"«»\x{2066}-\x{2069}\x{200e}\x{200f}]+)`)},
	{kind: "email", trim: true, pattern: regexp.MustCompile(`(?i)([a-z0-9._%+-]+@(?:[a-z0-9-]+\.)+[a-z]{2,24})`)},
	{kind: "url", trim: true, pattern: regexp.MustCompile(`(?i)((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|org|net|info|io|me|news|tv|gov|edu|int|eu|uk|de|fr|ae|bh|dz|eg|iq|jo|kw|lb|ly|ma|om|ps|qa|sa|sd|sy|tn|ye|example)(?::\d{1,5})?(?:/[^\s<>"«»\x{2066}-\x{2069}\x{200e}\x{200f}]*)?)(?:[^\pL\pN_@-]|$)`)},
	{kind: "mention", pattern: regexp.MustCompile(`(@[A-Za-z][A-Za-z0-9_]{1,31})`)},
	{kind: "hashtag", pattern: regexp.MustCompile(`(#[\pL\pM\pN_\x{200c}]{1,256})`)},
	{kind: "cashtag", pattern: regexp.MustCompile(`(\$[A-Z]{1,8})`)},
	{kind: "bot_command", pattern: regexp.MustCompile(`(/[A-Za-z0-9_]{1,64}(?:@[A-Za-z][A-Za-z0-9_]{2,31})?)`)},
}
