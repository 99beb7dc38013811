package settings

import (
	"os"
	"path/filepath"
	"rasid/bot/telegram"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// clear empties the environment of our variables and sets others.
func clear(t *testing.T, vars map[string]string) {
	t.Helper()
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "RASID_") {
			t.Setenv(name, "") // restores it afterwards
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, value := range vars {
		t.Setenv(name, value)
	}
}

func TestDefaultsAreSound(t *testing.T) {
	clear(t, map[string]string{"LANGUAGE": "de_DE:de", "HTTP": "x", "STORE": "y", "RATE": "z"})
	got, err := Load()
	if err != nil {
		t.Fatalf("Load() = %v", err)
	}
	want := Settings{
		API: "https://api.telegram.org", Store: "bolt:rasid.db", Rules: "rules.yaml", HTTP: "127.0.0.1:8080",
		Rate: 27, Lists: true, RulesMost: 50, Language: "ar", Timezone: time.UTC, Retention: 168 * time.Hour, TimeScale: 1,
		Expiry: [4]time.Duration{2 * time.Hour, 12 * time.Hour, 36 * time.Hour, 24 * time.Hour},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Load() = %+v, want %+v", got, want)
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	for _, tt := range []struct{ name, variable, value, want string }{
		{"an unknown name is told with the nearest", "RASID_TELEGRAM_TOKN", "1:a", "RASID_TELEGRAM_TOKN is not a setting; did you mean RASID_TELEGRAM_TOKEN?"},
		{"a part of a name is told with the whole", "RASID_TOKEN", "1:a", "RASID_TOKEN is not a setting; did you mean RASID_TELEGRAM_TOKEN?"},
		{"settings of later versions are unknown", "RASID_DIGEST", "x", "RASID_DIGEST is not a setting"},
		{"a token has no spaces", "RASID_TELEGRAM_TOKEN", "12:ab cd", "RASID_TELEGRAM_TOKEN is not a token"},
		{"a token file must be there", "RASID_TELEGRAM_TOKEN_FILE", "/nonexistent/token", "RASID_TELEGRAM_TOKEN_FILE cannot be read"},
		{"the API has an address", "RASID_TELEGRAM_API", "api.telegram.org", "RASID_TELEGRAM_API is not a base address"},
		{"the API's address carries no password", "RASID_TELEGRAM_API", "http://u:p@host", "RASID_TELEGRAM_API is not a base address"},
		{"HTTP is host and port", "RASID_HTTP", "8080", "RASID_HTTP is not an address"},
		{"a port is a number", "RASID_HTTP", "127.0.0.1:web", `RASID_HTTP has the port "web"`},
		{"HTTP for other machines needs a token", "RASID_HTTP", ":8080", "set RASID_HTTP_TOKEN"},
		{"HTTP on a public address needs a token", "RASID_HTTP", "192.0.2.1:80", "set RASID_HTTP_TOKEN"},
		{"the public address is one", "RASID_PUBLIC_URL", "news.example.org", "RASID_PUBLIC_URL is not an address"},
		{"the public address is of the web", "RASID_PUBLIC_URL", "ftp://news.example.org", "RASID_PUBLIC_URL is not an address"},
		{"the public address has no query", "RASID_PUBLIC_URL", "https://news.example.org/?a=b", "RASID_PUBLIC_URL is not an address"},
		{"the public address carries no password", "RASID_PUBLIC_URL", "https://u:p@news.example.org", "RASID_PUBLIC_URL is not an address"},
		{"the public address is encrypted", "RASID_PUBLIC_URL", "http://news.example.org", "RASID_PUBLIC_URL must begin with https://"},
		{"the public address has a port that Telegram knows", "RASID_PUBLIC_URL", "https://news.example.org:8081", "Telegram knows 443, 80, 88 and 8443 only"},
		{"the public path is plain", "RASID_PUBLIC_URL", "https://news.example.org/{x}", "RASID_PUBLIC_URL has a path"},
		{"the public path does not climb", "RASID_PUBLIC_URL", "https://news.example.org/a/../b", "RASID_PUBLIC_URL has a path"},
		{"a public address needs a token", "RASID_PUBLIC_URL", "https://news.example.org", "set RASID_HTTP_TOKEN"},
		{"a webhook secret has no spaces", "RASID_WEBHOOK_SECRET", "a b", "RASID_WEBHOOK_SECRET must be 16 to 256"},
		{"a webhook secret is long", "RASID_WEBHOOK_SECRET", strings.Repeat("x", 15), "RASID_WEBHOOK_SECRET must be 16 to 256"},
		{"an HTTP token is long", "RASID_HTTP_TOKEN", strings.Repeat("x", 7), "RASID_HTTP_TOKEN is too short to be a secret; want 8 characters"},
		{"a webhook secret has an end", "RASID_WEBHOOK_SECRET", strings.Repeat("x", 257), "RASID_WEBHOOK_SECRET must be 16 to 256"},
		{"admins are numbers", "RASID_ADMINS", "12,@ann", `RASID_ADMINS has "@ann"`},
		{"a group is no admin", "RASID_ADMINS", "-1001", `RASID_ADMINS has "-1001"`},
		{"a rate is a number", "RASID_RATE", "fast", `RASID_RATE is "fast"`},
		{"a rate is not NaN", "RASID_RATE", "NaN", `RASID_RATE is "NaN"`},
		{"no pacing is refused on Telegram", "RASID_RATE", "0", "Telegram would block the bot"},
		{"lists are on or off", "RASID_LISTS", "some", `RASID_LISTS is "some"; want on or off`},
		{"more than Telegram takes is refused there", "RASID_RATE", "31", "Telegram takes 30"},
		{"faster time is refused on Telegram", "RASID_TIME_SCALE", "2", "cannot be used on api.telegram.org"},
		{"time never runs slower", "RASID_TIME_SCALE", "0.5", `RASID_TIME_SCALE is "0.5"`},
		{"paid broadcasts are asked for by a number", "RASID_PAID_BROADCAST", "yes", `RASID_PAID_BROADCAST is "yes"; want messages a second`},
		{"paid broadcasts are not NaN", "RASID_PAID_BROADCAST", "NaN", `RASID_PAID_BROADCAST is "NaN"`},
		{"no paid broadcasts is off, not 0", "RASID_PAID_BROADCAST", "0", "or off"},
		{"more paid broadcasts than Telegram takes are refused", "RASID_PAID_BROADCAST", "1001", "Telegram takes 1000"},
		{"nobody pays for what is no faster", "RASID_PAID_BROADCAST", "27", "no faster than RASID_RATE (27)"},
		{"languages have names", "RASID_LANGUAGE", "arabic!", `RASID_LANGUAGE is "arabic!"`},
		{"a language is one that rasid speaks", "RASID_LANGUAGE", "fr", `RASID_LANGUAGE is "fr"; rasid speaks ar and en`},
		{"a store is of a kind that there is", "RASID_STORE", "mysql://x", "RASID_STORE is not the address of a store"},
		{"a store has a kind", "RASID_STORE", "rasid.db", "it has no kind in front"},
		{"a store's address is whole", "RASID_STORE", "redis:/x", "RASID_STORE is not the address of a store: it has no ://"},
		{"rules are counted", "RASID_RULES_PER_CHAT", "many", `RASID_RULES_PER_CHAT is "many"`},
		{"rules are not fewer than none", "RASID_RULES_PER_CHAT", "-1", `RASID_RULES_PER_CHAT is "-1"`},
		{"rules have an end", "RASID_RULES_PER_CHAT", "10001", `RASID_RULES_PER_CHAT is "10001"`},
		{"zones have names", "RASID_TIMEZONE", "Cairo", `RASID_TIMEZONE is "Cairo"`},
		{"retention has a unit", "RASID_RETENTION", "7", `RASID_RETENTION is "7"`},
		{"expiry is three times or four", "RASID_EXPIRY", "2h,12h", `RASID_EXPIRY is "2h,12h"`},
		{"expiry is no more than four times", "RASID_EXPIRY", "2h,12h,36h,24h,1h", `RASID_EXPIRY is "2h,12h,36h,24h,1h"`},
		{"expiry has units", "RASID_EXPIRY", "2,12,36", `RASID_EXPIRY is "2,12,36"`},
		{"nothing expires at once", "RASID_EXPIRY", "1s,12h,36h", `RASID_EXPIRY is "1s,12h,36h"`},
		{"levels have names", "RASID_LOG_LEVEL", "loud", `RASID_LOG_LEVEL is "loud"`},
		{"formats have names", "RASID_LOG_FORMAT", "xml", `RASID_LOG_FORMAT is "xml"`},
		{"feeds are allowed by address and port", "RASID_FEED_ALLOW", "localhost", `RASID_FEED_ALLOW is "localhost"`},
		{"the store is somewhere", "RASID_STORE", "", "RASID_STORE is empty"},
		{"the rules are somewhere", "RASID_RULES", "", "RASID_RULES is empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clear(t, map[string]string{tt.variable: tt.value})
			_, err := Load()
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Load() with %s=%q = %v, want it to say %q", tt.variable, tt.value, err, tt.want)
			}
		})
	}
}

func TestEveryProblemIsToldAtOnce(t *testing.T) {
	clear(t, map[string]string{"RASID_RATE": "x", "RASID_HTTP": "x", "RASID_LOG_LEVEL": "x", "RASID_X": "x"})
	_, err := Load()
	problems, ok := err.(Error) //nolint:errorlint // the exact type is the promise
	if !ok || len(problems) != 4 {
		t.Errorf("Load() = %q, want four problems", err)
	}
}

func TestSettingsThatAreTaken(t *testing.T) {
	for _, tt := range []struct {
		name string
		vars map[string]string
		see  func(Settings) bool
	}{
		{"what Kubernetes injects is passed over", map[string]string{"RASID_SERVICE_HOST": "10.0.0.1", "RASID_PORT": "tcp://x", "RASID_PORT_80_TCP": "x"}, func(Settings) bool { return true }},
		{"what docker-compose.yml alone reads is passed over", map[string]string{"RASID_REPLICAS": "3", "RASID_VERSION": "1.2"}, func(Settings) bool { return true }},
		{"an empty HTTP turns it off", map[string]string{"RASID_HTTP": ""}, func(s Settings) bool { return s.HTTP == "" }},
		{"loopback needs no token", map[string]string{"RASID_HTTP": "[::1]:80"}, func(s Settings) bool { return s.HTTP == "[::1]:80" }},
		{"alerts may be for good", map[string]string{"RASID_EXPIRY": "0, 1h30m,0"}, func(s Settings) bool {
			return s.Expiry == [4]time.Duration{0, 90 * time.Minute, 0, 24 * time.Hour}
		}},
		{"announcements have a time of their own", map[string]string{"RASID_EXPIRY": "2h,12h,36h,0"}, func(s Settings) bool {
			return s.Expiry == [4]time.Duration{2 * time.Hour, 12 * time.Hour, 36 * time.Hour, 0}
		}},
		{"rules may be any number", map[string]string{"RASID_RULES_PER_CHAT": "0"}, func(s Settings) bool { return s.RulesMost == 0 }},
		{"lists may be off", map[string]string{"RASID_LISTS": "off"}, func(s Settings) bool { return !s.Lists }},
		{"pacing may be off elsewhere", map[string]string{"RASID_RATE": "0", "RASID_TIME_SCALE": "20", "RASID_TELEGRAM_API": "http://127.0.0.1:8081/"}, func(s Settings) bool {
			return s.Rate == 0 && s.TimeScale == 20 && s.API == "http://127.0.0.1:8081"
		}},
		{"broadcasts may be paid for", map[string]string{"RASID_PAID_BROADCAST": "500"}, func(s Settings) bool { return s.Paid == 500 }},
		{"broadcasts may be said not to be", map[string]string{"RASID_PAID_BROADCAST": "off"}, func(s Settings) bool { return s.Paid == 0 }},
		{"the public address may have a path", map[string]string{"RASID_PUBLIC_URL": "https://example.org:8443/news/rasid/", "RASID_HTTP_TOKEN": "12345678"}, func(s Settings) bool { return s.PublicURL == "https://example.org:8443/news/rasid" }},
		{"elsewhere the public address may be any", map[string]string{"RASID_PUBLIC_URL": "http://127.0.0.1:8099", "RASID_HTTP_TOKEN": "12345678", "RASID_TELEGRAM_API": "http://127.0.0.1:8081"}, func(s Settings) bool { return s.PublicURL == "http://127.0.0.1:8099" }},
		{"admins are a list", map[string]string{"RASID_ADMINS": "12, 34"}, func(s Settings) bool { return slices.Equal(s.Admins, []int64{12, 34}) }},
		{"networks may be allowed", map[string]string{"RASID_FEED_ALLOW": "127.0.0.1:8099,10.0.0.0/8:*,[::1]:80"}, func(s Settings) bool { return len(s.FeedAllow) == 3 }},
		{"a named rule file is known to be named", map[string]string{"RASID_RULES": "rules.yaml"}, func(s Settings) bool { return s.RulesNamed }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clear(t, tt.vars)
			s, err := Load()
			if err != nil || !tt.see(s) {
				t.Errorf("Load() with %v = %+v, %v", tt.vars, s, err)
			}
		})
	}
}

func TestTheWebhooksSecretNeedNotBeMade(t *testing.T) {
	secret := func(vars map[string]string) string {
		t.Helper()
		clear(t, vars)
		s, err := Load()
		if err != nil {
			t.Fatal(err)
		}
		if s.HookSecret != "" && (!slices.Contains(s.Secrets(), s.HookSecret) || !telegram.GoodSecret(s.HookSecret)) {
			t.Errorf("the secret %q is printed, or none", s.HookSecret)
		}
		return s.HookSecret
	}
	const public = "https://news.example.org/rasid/"
	one := secret(map[string]string{"RASID_PUBLIC_URL": public, "RASID_HTTP_TOKEN": "12345678", "RASID_TELEGRAM_TOKEN": "1:abc"})
	again := secret(map[string]string{"RASID_PUBLIC_URL": public, "RASID_HTTP_TOKEN": "12345678", "RASID_TELEGRAM_TOKEN": " 1:abc\n", "RASID_STORE": "redis://r/0"})
	other := secret(map[string]string{"RASID_PUBLIC_URL": public, "RASID_HTTP_TOKEN": "12345678", "RASID_TELEGRAM_TOKEN": "1:abd"})
	if one == "" || one != again || one == other || strings.Contains(one, "abc") {
		t.Errorf("secrets of one token %q and %q, of another %q; want one for each", one, again, other)
	}
	if given := secret(map[string]string{"RASID_PUBLIC_URL": public, "RASID_HTTP_TOKEN": "12345678", "RASID_WEBHOOK_SECRET": "mine_1-and-no-others"}); given != "mine_1-and-no-others" {
		t.Errorf("a given secret becomes %q", given)
	}
	if none := secret(map[string]string{"RASID_TELEGRAM_TOKEN": "1:abc"}); none != "" {
		t.Errorf("without a public address the secret is %q, want none", none)
	}
}

func TestAPublicAddressNeedsSomebodyBehindIt(t *testing.T) {
	clear(t, map[string]string{"RASID_PUBLIC_URL": "https://news.example.org", "RASID_HTTP": ""})
	if _, err := Load(); err == nil || !strings.Contains(err.Error(), "RASID_HTTP is off") {
		t.Errorf("Load() = %v, want it to say that RASID_HTTP is off", err)
	}
}

func TestTokenMayBeInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("12:abc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	clear(t, map[string]string{"RASID_TELEGRAM_TOKEN_FILE": path})
	if s, err := Load(); err != nil || s.Token != "12:abc" || s.RequireToken() != nil {
		t.Errorf("Load() = %+v, %v; want the token of the file", s, err)
	}
	t.Setenv("RASID_TELEGRAM_TOKEN", "13:abc")
	if _, err := Load(); err == nil || !strings.Contains(err.Error(), "both set") || strings.Contains(err.Error(), "abc") {
		t.Errorf("Load() with two tokens = %v, want an error without them", err)
	}
}

func TestListMasksSecrets(t *testing.T) {
	clear(t, map[string]string{
		"RASID_TELEGRAM_TOKEN": "12:secret", "RASID_HTTP_TOKEN": "secret", "RASID_WEBHOOK_SECRET": "secret", "RASID_STORE": "redis://u:secret@h/0", "RASID_RATE": "3",
	})
	all, err := List()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]Entry{}
	for _, e := range all {
		seen[e.Name] = e
		if strings.Contains(e.Value, "secret") || e.Meaning == "" {
			t.Errorf("List() shows %+v", e)
		}
	}
	if seen["RASID_RATE"].Value != "3" || seen["RASID_TELEGRAM_API"].Default != "https://api.telegram.org" || seen["RASID_LOG_FORMAT"].Set {
		t.Errorf("List() = %+v", all)
	}
}
