package feed

// months lists the names of the months: English, and Arabic as Egypt and the
// Gulf, the Levant and Iraq, Algeria and Tunisia, Morocco and Libya use them.
func months() [12][]string {
	return [12][]string{
		{"january", "يناير", "كانون الثاني", "جانفي", "ينّاير", "أي النار"},
		{"february", "فبراير", "شباط", "فيفري", "النوار"},
		{"march", "مارس", "آذار", "اذار", "الربيع"},
		{"april", "أبريل", "ابريل", "إبريل", "نيسان", "أفريل", "افريل", "الطير"},
		{"may", "مايو", "أيار", "ايار", "ماي", "ماي", "الماء"},
		{"june", "يونيو", "يونيه", "حزيران", "جوان", "الصيف"},
		{"july", "يوليو", "يوليه", "تموز", "جويلية", "يوليوز", "ناصر"},
		{"august", "أغسطس", "اغسطس", "آب", "اب", "أوت", "اوت", "غشت", "هانيبال"},
		{"september", "سبتمبر", "أيلول", "ايلول", "شتنبر", "الفاتح"},
		{"october", "أكتوبر", "اكتوبر", "تشرين الأول", "تشرين الاول", "التمور"},
		{"november", "نوفمبر", "تشرين الثاني", "نونبر", "الحرث"},
		{"december", "ديسمبر", "كانون الأول", "كانون الاول", "دجنبر", "الكانون"},
	}
}

// zones gives the hours east of Greenwich of the zone names that feeds use.
func zones() map[string]float64 {
	return map[string]float64{
		"Z": 0, "GMT": 0, "UTC": 0, "UT": 0, "WET": 0, "BST": 1, "WEST": 1, "CET": 1, "MET": 1, "CEST": 2, "MEST": 2, "EET": 2, "SAST": 2,
		"EEST": 3, "MSK": 3, "AST": 3, "TRT": 3, "IRST": 3.5, "GST": 4, "PKT": 5, "IST": 5.5, "BDT": 6, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9,
		"AEST": 10, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
	}
}
