package text

import "testing"

func TestSmoke(t *testing.T) {
	s := "أعلن وبالجيش الوطنى لـ«حماس» U.S. COVID-19 C++ AT&T 3.5% a@b.org @lna $TSLA #وقف_إطلاق وعبدالله بأبوظبي 日本語 عام2011 ليبيا و تونس O'Brien's"
	for _, tok := range Tokens(nil, s) {
		w := s[tok.Start:tok.End]
		a := For("en")
		if ScriptLang(w) == "ar" { a = For("ar") }
		t.Log(w, tok, a.Article(nil, w), a.Keyword(nil, w))
	}
	t.Log(Detect(s), Fold("ﷲ ﻻ Ａｂ É Müller ﱞ 가"))
}
