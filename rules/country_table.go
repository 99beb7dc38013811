package rules

import (
	_ "embed" // the names of countries
	"sync"
)

//go:embed countries/cldr.txt
var cldrCountries string

//go:embed countries/news.txt
var newsCountries string

// countries reads the files once, when a country is first named.
var countries = sync.OnceValue(func() *countryTable {
	t, err := parseCountries(cldrCountries, newsCountries)
	if err != nil {
		panic("rules: countries: " + err.Error()) // a test reads them
	}
	return t
})
