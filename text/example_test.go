package text_test

import (
	"fmt"
	"rasid/text"
)

func ExampleTokens() {
	s := "قال لـ«حماس» وعبدالله في U.S. #وقف_النار"
	for _, t := range text.Tokens(nil, s) {
		fmt.Print(s[t.Start:t.End], "|")
	}
	// Output: قال|لـ|حماس|وعبد|الله|في|U.S|وقف|النار|
}

func ExampleFor() {
	ar := text.For("ar")
	fmt.Println(ar.Keyword(nil, "الجيش"))
	fmt.Println(ar.Article(nil, "وللجيش"))
	// Output:
	// [الجيش جيش ~جيش]
	// [=وللجيش وللجيش للجيش لجيش جيش ~جيش]
}

func ExampleFamilies() {
	fmt.Println(text.Families(text.For("ar"), "وزير", 4))
	// Output: [الوزير وزراء الوزراء للوزير]
}

func ExampleDetect() {
	fmt.Println(text.Detect("أعلنت الحكومة هدنة"), text.Detect("The truce is in force"))
	// Output: ar en
}
