package text

import (
	"strings"
	"testing"
)

func TestFamilies(t *testing.T) {
	tests := []struct{ lang, word, want string }{
		{"ar", "حكومة", "الحكومة حكومات الحكومات للحكومة"},
		{"ar", "وزير", "الوزير وزراء الوزراء للوزير"},
		{"ar", "لاجئ", "اللاجئ لاجئون"},
		{"ar", "قال", "يقول تقول قالت قالوا"},
		{"ar", "أعلن", "أعلنت يعلن تعلن أعلنوا"},
		{"ar", "استقال", "استقالت يستقيل تستقيل استقالوا"},
		{"ar", "التقى", "يلتقي تلتقي التقت التقوا"},
		{"ar", "القاهرة", "والقاهرة بالقاهرة للقاهرة القاهره"},
		{"ar", "تونس", "وتونس بتونس لتونس"},
		{"en", "attack", "attacks attacked attacking"},
		{"en", "strike", "struck"},
		{"en", "stop", "stops stopped stopping"},
		{"en", "city", "cities city's"},
		{"en", "child", "children"},
		{"fr", "élection", "élections l'élection d'élection"},
		{"fr", "réunir", "réunit réunissent"},
		{"fr", "national", "nationaux nationale"},
		{"de", "Wahl", "Wahlen"},
		{"de", "Stadt", "Städte Städten"},
		{"es", "atacar", "ataca atacan atacó atacado"},
		{"es", "elección", "elecciones"},
		{"tr", "hükümet", "hükümetler hükümette"},
		{"tr", "bakan", "bakanlar bakanın bakanda"},
		{"ru", "война", "войны войну войне войной"},
		{"ru", "атаковать", "атакует атакуют"},
		{"fa", "دولت", "دول"},
		{"hi", "हमला", "हमले हमलों"},
		{"ur", "وزیر", "وزرا"},
	}
	for _, tt := range tests {
		t.Run(tt.lang+" "+tt.word, func(t *testing.T) {
			if got := strings.Join(Families(For(tt.lang), tt.word, 4), " "); !strings.HasPrefix(got, tt.want) {
				t.Errorf("Families(%s, %q, 4) = %q, want %q first", tt.lang, tt.word, got, tt.want)
			}
		})
	}
}
