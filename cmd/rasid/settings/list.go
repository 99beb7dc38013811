package settings

import (
	"net/url"
	"os"
	"rasid/text"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/kelseyhightower/envconfig"
)

// An Entry is one setting as `rasid config` shows it.
type Entry struct {
	Name    string `json:"name"`
	Meaning string `json:"meaning"`
	Default string `json:"default"`
	Value   string `json:"value"` // secrets masked
	Set     bool   `json:"set"`   // in the environment
}

// masked stands for a secret that is set.
const masked = "(set, not shown)"

// List returns every setting, in the order of the documentation, with the
// values of this process's environment.
func List() ([]Entry, error) {
	var names strings.Builder
	if err := envconfig.Usagef(Prefix, &env{}, &names, "{{range .}}{{usage_key .}} {{end}}"); err != nil {
		return nil, err
	}
	var all []Entry
	kind := reflect.TypeFor[env]()
	for i, name := range strings.Fields(names.String()) {
		tag := kind.Field(i).Tag
		e := Entry{Name: name, Meaning: tag.Get("desc"), Default: tag.Get("default")}
		e.read(tag.Get("mask"))
		all = append(all, e)
	}
	return all, nil
}

func (e *Entry) read(mask string) {
	value, set := os.LookupEnv(e.Name)
	e.Set = set
	if !set {
		value = e.Default
	}
	switch {
	case mask == "true" && value != "":
		value = masked
	case mask == "url":
		value = withoutPassword(value)
	}
	e.Value = value
}

// withoutPassword masks the password of an address; of one that cannot be
// read and may hold one it shows nothing.
func withoutPassword(s string) string {
	u, err := url.Parse(s)
	switch {
	case err == nil && u.User == nil && u.RawQuery == "":
		return s
	case err == nil && u.RawQuery == "":
		return u.Redacted()
	}
	return masked
}

// kubernetes matches what a cluster with a service named rasid puts into the
// environment of every pod.
var kubernetes = regexp.MustCompile(`^RASID_(SERVICE|PORT)(_.*)?$`)

// composes are the variables that docker-compose.yml reads beside the settings:
// how many processes, and the version that is built. They are in the environment
// of whoever exports its .env.
func composes() []string { return []string{Prefix + "_REPLICAS", Prefix + "_VERSION"} }

// unknown lists the variables that begin as ours do and mean nothing.
func unknown(environ []string) Error {
	entries, err := List()
	if err != nil {
		return Error{err.Error()}
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	var found Error
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, Prefix+"_") || slices.Contains(names, name) || kubernetes.MatchString(name) || slices.Contains(composes(), name) {
			continue
		}
		found = append(found, name+" is not a setting; did you mean "+nearest(name, names)+"?")
	}
	slices.Sort(found)
	return found
}

// nearest returns the first name that ends as name does after its RASID, else
// the one with the smallest edit distance to name.
func nearest(name string, names []string) string {
	end := strings.TrimPrefix(name, Prefix)
	if i := slices.IndexFunc(names, func(s string) bool { return strings.HasSuffix(s, end) }); i >= 0 && len(end) > 1 {
		return names[i]
	}
	return slices.MinFunc(names, func(a, b string) int { return text.Distance(name, a) - text.Distance(name, b) })
}
