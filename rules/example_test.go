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

func ExampleExplain() {
	query, err := rules.Parse(`libya "cease fire" -football`)
	if err != nil {
		panic(err)
	}
	doc := rules.Read(&news.Article{Title: "Libya: fire in a football stadium"})
	why, err := rules.Explain(query, rules.Env{}, doc)
	if err != nil {
		panic(err)
	}
	for _, part := range why.Args {
		fmt.Println(part.Text, part.True)
	}
	for _, part := range why.Missing() {
		fmt.Println("it lacks", part.Text)
	}
	// Output:
	// libya true
	// "cease fire" false
	// -football false
	// it lacks "cease fire"
	// it lacks -football
}

func ExampleSet_Edit() {
	compile := func(s string) *rules.Rule {
		query, err := rules.Parse(s)
		if err != nil {
			panic(err)
		}
		rule, err := rules.Compile(query, rules.Env{})
		if err != nil {
			panic(err)
		}
		return rule
	}
	set := rules.NewSet()
	set.Put(1, compile("libya"))
	set.Edit(func(e rules.Edit) { // whoever matches meanwhile sees one of the two
		e.Delete(1)
		e.Put(2, compile("libya -football"))
	})
	doc := rules.Read(&news.Article{Title: "Libya votes"})
	fmt.Println(set.Len(), set.Match(doc, nil))
	// Output: 1 [2]
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
