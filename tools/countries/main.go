// Command countries writes rules/countries/cldr.txt: the names of countries
// in the languages that rasid knows best, from Unicode's CLDR. Unpack the npm
// package cldr-localenames-full and give its directory:
//
//	cd tools && go run ./countries DIR DATE >../rules/countries/cldr.txt
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// langs are those whose names are taken, in the order in which they are
// written.
const langs = "ar en fr de es it pt tr fa he ur ru id hi zh ja"

// noCountry are codes of CLDR that are no country's: groups, unknown places,
// and those made up for tests.
const noCountry = "EZ QO UN XA XB ZZ"

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "use: countries DIR DATE")
		os.Exit(2)
	}
	out := bufio.NewWriter(os.Stdout)
	err := write(out, os.Args[1], os.Args[2])
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "countries:", err)
		os.Exit(1)
	}
}

func write(w io.Writer, dir, date string) error {
	version, err := packageVersion(dir)
	if err != nil {
		return err
	}
	names := map[string][]string{} // by code: "lang name, name"
	for lang := range strings.FieldsSeq(langs) {
		of, err := territories(dir, lang)
		if err != nil {
			return err
		}
		for code, list := range of {
			names[code] = append(names[code], lang+" "+strings.Join(list, ", "))
		}
	}
	fmt.Fprintf(w, "# Names of countries and territories, from CLDR %s, written %s by tools/countries.\n", version, date)
	fmt.Fprintln(w, "# LICENSE-Unicode.txt applies. Change nothing here: what news call them besides is in news.txt.")
	codes := make([]string, 0, len(names))
	for code := range names {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		fmt.Fprintf(w, "%s: %s\n", code, strings.Join(names[code], " / "))
	}
	return nil
}

func packageVersion(dir string) (string, error) {
	var p struct{ Version string }
	err := readJSON(filepath.Join(dir, "package.json"), &p)
	return p.Version, err
}

func readJSON(file string, v any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

var (
	code    = regexp.MustCompile(`^[A-Z]{2}$`)
	bracket = regexp.MustCompile(`\s*[(（][^)）]*[)）]`)
)

// territories returns the names of one language by code, the usual one first.
// Names with a dash stand for two and are left to news.txt.
func territories(dir, lang string) (map[string][]string, error) {
	var file struct {
		Main map[string]struct {
			LocaleDisplayNames struct{ Territories map[string]string }
		}
	}
	if err := readJSON(filepath.Join(dir, "main", lang, "territories.json"), &file); err != nil {
		return nil, err
	}
	all := file.Main[lang].LocaleDisplayNames.Territories
	keys := make([]string, 0, len(all))
	for key := range all {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	names := map[string][]string{}
	for _, key := range keys {
		c, _, _ := strings.Cut(key, "-")
		name := strings.TrimSpace(bracket.ReplaceAllString(all[key], ""))
		if !code.MatchString(c) || slices.Contains(strings.Fields(noCountry), c) || strings.Contains(all[key], " - ") || strings.Contains(name, "–") {
			continue
		}
		if (c == "CD" || c == "CG") && name != all[key] {
			continue // without its brackets it may be either Congo
		}
		if !slices.Contains(names[c], name) && !strings.ContainsAny(name, ",/:?") {
			names[c] = append(names[c], name)
		}
	}
	return names, nil
}
