package rules

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestLint compares what is said of each testdata/file/*.yaml with the .txt
// beside it.
func TestLint(t *testing.T) {
	paths, err := filepath.Glob("testdata/file/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("Glob = %v, %v", paths, err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, p := range Lint(filepath.Base(path), data) {
				b.WriteString(p.String() + "\n")
				if p.Line > 0 && !strings.Contains(string(data), p.Source) {
					t.Errorf("Source of %v is %q, which is no line of it", p, p.Source)
				}
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".txt", b.String())
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

func TestParseFileReadsEverything(t *testing.T) {
	data, err := os.ReadFile("testdata/file/sound.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f, err := ParseFile("sound.yaml", data)
	if err != nil {
		t.Fatalf("ParseFile = %v", err)
	}
	topic, ok := f.Topic("libya")
	if !ok || topic.Query == nil {
		t.Fatalf("Topic(libya) = %+v, %v", topic, ok)
	}
	want := `libya | ليبيا | @lna`
	if got := topic.Query.String(); !strings.Contains(got, "ليبيا | libya | @lna") || !strings.Contains(got, `-(title:football | title:"كرة القدم")`) {
		t.Errorf("the topic's query = %s, want one like %s without football", got, want)
	}
	topic.Query = nil
	got := *f
	got.Topics = []Topic{topic}
	if diff := cmp.Diff(File{
		Aliases: map[string][]string{"lna": {"الجيش الوطني الليبي", "Libyan National Army", "LNA"}},
		Topics: []Topic{{
			ID: "libya", Title: map[string]string{"ar": "ليبيا", "en": "Libya"}, Match: []string{"ليبيا OR libya", "@lna"},
			Exclude: `title:football OR title:"كرة القدم"`, Priority: "urgent",
			Tests: TopicTests{Match: []string{"وفد من ليبيا يصل إلى تونس", "Talks on Libya resume"}, Not: []string{"Libya win the football cup"}},
		}},
		Feeds: []FileFeed{{
			URL: "https://example.org/rss.xml", Source: "Example", Lang: "ar", Timezone: "Africa/Cairo",
			Every: 5 * time.Minute, FullText: true,
		}},
		Routes: []Route{{Chat: -1001234567890, Thread: 7, Topics: []string{"libya"}}},
	}, got); diff != "" {
		t.Errorf("ParseFile differs (-want +got):\n%s", diff)
	}
	if name := topic.Name("ar-EG"); name != "ليبيا" {
		t.Errorf("Name(ar-EG) = %q", name)
	}
	if name := topic.Name("fr"); name != "Libya" {
		t.Errorf("Name(fr) = %q, want the English one", name)
	}
}

func TestFolderIsOneFile(t *testing.T) {
	files := []NamedFile{
		{"10-aliases.yaml", []byte("aliases: {lna: [LNA]}\n")},
		{"20-topics.yaml", []byte("topics:\n  - {id: a, match: '@lna'}\n  - {id: b, match: 'x OR'}\n")},
		{"30-more.yaml", []byte("topics:\n  - {id: a, match: y}\nroutes:\n  - {chat: 5, topics: [a]}\n")},
	}
	_, err := ParseFiles(files)
	var errs FileErrors
	if !errors.As(err, &errs) || len(errs) != 2 || errs[0].File != "20-topics.yaml" || errs[1].File != "30-more.yaml" {
		t.Fatalf("ParseFiles = %v, want an error in the second and one in the third", err)
	}
	f, problems := ReadFiles(files)
	if len(f.Topics) == 0 || f.Topics[0].ID != "a" || len(f.Aliases) != 1 || len(f.Routes) != 1 || len(problems) < 2 {
		t.Errorf("ReadFiles = %+v, %v; want what is sound of it", f, problems)
	}
}

// FuzzParseFile feeds anything to the reader. What it accepts compiles, and
// what it refuses it refuses with places that exist.
func FuzzParseFile(f *testing.F) {
	paths, err := filepath.Glob("testdata/file/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("topics: [{id: a, match: &x [b]}, {id: c, match: *x}]\n"))
	f.Add([]byte("a: &a [*a]\ntopics: *a\n"))
	f.Add([]byte("--- !!binary x\n...\n%YAML 1.2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			return
		}
		file, err := ParseFile("f", data)
		if err == nil {
			for _, topic := range file.Topics {
				if _, err := Compile(topic.Query, file.Env("")); err != nil || topic.ID == "" {
					t.Errorf("ParseFile(%q) accepted topic %q, which does not compile: %v", data, topic.ID, err)
				}
			}
			return
		}
		var errs FileErrors
		if !errors.As(err, &errs) || len(errs) == 0 {
			t.Fatalf("ParseFile(%q) = %v, want FileErrors", data, err)
		}
		lines := strings.Count(string(data), "\n") + 1
		for _, p := range errs {
			if p.Line < 0 || p.Line > lines+1 || p.Col < 0 || p.Reason == "" || p.Severity != SeverityError {
				t.Errorf("ParseFile(%q) has the error %+v, of %d lines", data, p, lines)
			}
		}
	})
}
