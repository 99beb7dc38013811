// Package settings reads rasid's settings from the environment, checks all of
// them at once, and tells what each means.
package settings

import (
	"errors"
	"log/slog"
	"os"
	"rasid/source"
	"regexp"
	"strings"
	"time"

	"github.com/kelseyhightower/envconfig"
)

// Settings are the program's settings, checked.
type Settings struct {
	Token      string // of the bot; empty when none is set
	API        string // base address of the Bot API, without a slash at its end
	Store      string
	Rules      string // path of the rule file or folder
	RulesNamed bool   // the operator named it; a missing one is then an error
	Admins     []int64
	HTTP       string // address to listen on; empty: off
	HTTPToken  string
	PublicURL  string  // without a slash at its end; empty: none
	HookSecret string  // what Telegram sends to the webhook; set when PublicURL is, given a token
	Rate       float64 // messages a second; 0: no pacing
	Paid       float64 // paid broadcasts a second; 0: broadcasts are not paid for
	Lists      bool    // many alerts that wait for a chat share one message
	RulesMost  int     // how many rules of its own a chat may have; 0: any number
	Language   string
	Timezone   *time.Location
	Retention  time.Duration
	Expiry     [4]time.Duration // how long urgent, normal and low alerts and announcements are worth sending; 0: for good
	LogLevel   slog.Level
	LogJSON    bool
	FeedAllow  source.Allow // networks that feeds may be fetched from though they are private
	TimeScale  float64      // at least 1
}

// An Error lists everything that is wrong with the settings, one a line.
type Error []string

// Error lists the problems.
func (e Error) Error() string { return strings.Join(e, "\n") }

// Load reads and checks the settings of this process's environment. The error
// is an Error; the Settings are then those that could be read.
func Load() (Settings, error) {
	var e env
	if err := envconfig.Process(Prefix, &e); err != nil {
		return Settings{}, Error{err.Error()}
	}
	s, problems := e.check()
	_, s.RulesNamed = os.LookupEnv(Prefix + "_RULES")
	problems = append(unknown(os.Environ()), problems...)
	if len(problems) > 0 {
		return s, problems
	}
	return s, nil
}

// RequireToken returns an error when there is no bot token.
func (s Settings) RequireToken() error {
	if s.Token == "" {
		return Error{"RASID_TELEGRAM_TOKEN is not set: create a bot with @BotFather in Telegram and set the token it gives, or try rasid without one: rasid demo"}
	}
	if s.OnTelegram() && !tokenForm.MatchString(s.Token) { // another server may take any
		return Error{"RASID_TELEGRAM_TOKEN does not look like a token (123456789:letters and digits): copy the whole one that @BotFather gave"}
	}
	return nil
}

// tokenForm is how tokens of Telegram look.
var tokenForm = regexp.MustCompile(`^[0-9]{1,20}:[A-Za-z0-9_-]{1,100}$`)

// OnTelegram reports whether the bot talks to Telegram itself, where settings
// for tests are refused.
func (s Settings) OnTelegram() bool { return telegramHost(s.API) }

// Secrets returns what must not be printed.
func (s Settings) Secrets() []string {
	var all []string
	for _, x := range []string{s.Token, s.HTTPToken, s.HookSecret} {
		if x != "" {
			all = append(all, x)
		}
	}
	return all
}

// errEmptyFile reports a token file without a token.
var errEmptyFile = errors.New("the file is empty")

// maxTokenFile is the most that is read of a token file, in bytes.
const maxTokenFile = 4096

func readToken(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // read only
	buf := make([]byte, maxTokenFile)
	n, err := f.Read(buf)
	token := strings.TrimSpace(string(buf[:n]))
	if token == "" {
		if err == nil || n == 0 {
			return "", errEmptyFile
		}
		return "", err
	}
	return token, nil
}
