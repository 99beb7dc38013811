package rules_test

import (
	"errors"
	"fmt"
	"rasid/news"
	"rasid/rules"
	"slices"
)

func Example() {
	query, err := rules.Parse(`"الجيش الوطني" -"كرة القدم"`)
	if err != nil {
		panic(err)
	}
	rule, err := rules.Compile(query, rules.Env{Lang: "ar"})
	if err != nil {
		panic(err)
	}
	article := rules.Read(&news.Article{Title: "هدنة", Body: "التحق بالجيش الوطنى أمس"})
	hit, ok := rule.Match(article)
	fmt.Println(ok, hit.Spans[0].Term)
	// Output: true بالجيش الوطنى
}

func ExampleSet() {
	set := rules.NewSet()
	for id, s := range []string{"libya ceasefire", "libya -football", "title:sudan"} {
		query, err := rules.Parse(s)
		if err != nil {
			panic(err)
		}
		rule, err := rules.Compile(query, rules.Env{})
		if err != nil {
			panic(err)
		}
		set.Put(rules.ID(id), rule)
	}
	doc := rules.Read(&news.Article{Title: "Libya: the ceasefire holds"})
	ids := set.Match(doc, nil)
	slices.Sort(ids)
	fmt.Println(ids)
	// Output: [0 1]
}

func ExampleParse() {
	query, _ := rules.Parse("ليبيا بدون كرة القدم أو فن")
	fmt.Println(query)

	_, err := rules.Parse(`ليبيا "وقف إطلاق`)
	if e, ok := errors.AsType[*rules.Error](err); ok {
		fmt.Println(e.Code, e.Pos, e.Repair)
	}
	// Output:
	// ليبيا -("كرة القدم" | فن)
	// unclosed-quote 11 ليبيا "وقف إطلاق"
}

func ExampleFamilies() {
	query, _ := rules.Parse("هدنة ليبيا")
	for _, f := range rules.Families(query, rules.Env{Lang: "ar"}) {
		fmt.Println(f.Word, f.Forms)
	}
	// Output:
	// هدنة [الهدنة هدن الهدن للهدنة]
	// ليبيا [وليبيا بليبيا لليبيا]
}
