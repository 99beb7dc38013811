package settings

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"rasid/bot/telegram"
	"rasid/locale"
	"rasid/source"
	"rasid/store/open"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// maxRate is the most that Telegram takes from a free bot, in messages a
// second over all chats. See https://core.telegram.org/bots/faq#broadcasting-to-users.
const maxRate = 30

// maxPaid is the most paid broadcasts a second that Telegram takes. See
// https://core.telegram.org/bots/api#sendmessage, allow_paid_broadcast.
const maxPaid = 1000

// maxRules is the most that RULES_PER_CHAT may be: a chat is one record, which is
// written whole.
const maxRules = 10000

// The shortest secrets that are taken, in bytes. A shorter one could be guessed,
// and hiding it in messages would take words apart and so tell it.
const (
	minHTTPToken  = 8
	minHookSecret = 16
)

// A checker turns text into settings and notes what is wrong.
type checker struct {
	env      env
	out      Settings
	problems Error
}

func (e env) check() (Settings, Error) {
	c := checker{env: e}
	c.telegram()
	c.web()
	c.webhook()
	c.people()
	c.keeping()
	c.logs()
	c.pace()
	c.out.Store, c.out.Rules = e.Store, e.Rules
	if e.Store == "" {
		c.wrong("STORE", "is empty; name a place such as bolt:rasid.db")
	} else if err := open.Check(e.Store); err != nil {
		c.wrong("STORE", "is %v", err)
	}
	if e.Rules == "" {
		c.wrong("RULES", "is empty; name a file such as rules.yaml")
	}
	return c.out, c.problems
}

func (c *checker) wrong(name, format string, args ...any) {
	c.problems = append(c.problems, Prefix+"_"+name+" "+fmt.Sprintf(format, args...))
}

func (c *checker) telegram() {
	e := c.env
	c.out.Token = strings.TrimSpace(e.TelegramToken)
	switch {
	case e.TelegramToken != "" && e.TelegramTokenFile != "":
		c.wrong("TELEGRAM_TOKEN", "and RASID_TELEGRAM_TOKEN_FILE are both set; keep one")
	case e.TelegramTokenFile != "":
		token, err := readToken(e.TelegramTokenFile)
		if err != nil {
			c.wrong("TELEGRAM_TOKEN_FILE", "cannot be read: %v", err)
		}
		c.out.Token = token
	}
	if strings.ContainsAny(c.out.Token, " \t\r\n/?#") {
		c.wrong("TELEGRAM_TOKEN", "is not a token: it looks like 123456:ABC-DEF and has no spaces or slashes")
	}
	u, err := url.Parse(e.TelegramAPI)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.User != nil {
		c.wrong("TELEGRAM_API", "is not a base address such as https://api.telegram.org")
		return
	}
	c.out.API = strings.TrimRight(e.TelegramAPI, "/")
}

func telegramHost(api string) bool {
	u, err := url.Parse(api)
	if err != nil {
		return false
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	return host == "telegram.org" || strings.HasSuffix(host, ".telegram.org")
}

func (c *checker) web() {
	c.out.HTTP, c.out.HTTPToken = c.env.HTTP, strings.TrimSpace(c.env.HTTPToken)
	if n := len(c.out.HTTPToken); n > 0 && n < minHTTPToken {
		c.wrong("HTTP_TOKEN", "is too short to be a secret; want %d characters or more, better 32", minHTTPToken)
	}
	if c.env.HTTP == "" {
		return
	}
	host, port, err := net.SplitHostPort(c.env.HTTP)
	if err != nil {
		c.wrong("HTTP", "is not an address such as 127.0.0.1:8080 or :8080")
		return
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		c.wrong("HTTP", "has the port %q; ports are 0 to 65535", port)
	} else if !loopback(host) && c.out.HTTPToken == "" {
		c.wrong("HTTP", "is open to other machines (port %d); set RASID_HTTP_TOKEN, or listen on 127.0.0.1 only", n)
	}
}

// publicPath is a path that a proxy may add: plain names.
var publicPath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)*/?$`)

func (c *checker) webhook() {
	secret := strings.TrimSpace(c.env.WebhookSecret)
	if secret != "" && (!telegram.GoodSecret(secret) || len(secret) < minHookSecret) {
		c.wrong("WEBHOOK_SECRET", "must be %d to %d letters, digits, - and _; without it one is made from the token", minHookSecret, telegram.MaxSecret)
	}
	if c.env.PublicURL == "" {
		return
	}
	u, err := url.Parse(c.env.PublicURL)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http":
		c.wrong("PUBLIC_URL", "is not an address such as https://news.example.org or https://example.org/rasid")
		return
	case !publicPath.MatchString(u.Path) || strings.Contains(u.Path, ".."):
		c.wrong("PUBLIC_URL", "has a path of other characters than letters, digits, - . _ ~")
	case u.Scheme != "https" && c.out.OnTelegram():
		c.wrong("PUBLIC_URL", "must begin with https://: Telegram sends messages to no other")
	case c.out.OnTelegram() && !slices.Contains([]string{"", "443", "80", "88", "8443"}, u.Port()):
		c.wrong("PUBLIC_URL", "has the port %s; Telegram knows 443, 80, 88 and 8443 only", u.Port())
	case c.env.HTTP == "":
		c.wrong("PUBLIC_URL", "is set, but RASID_HTTP is off; nobody would answer there")
	case c.out.HTTPToken == "":
		// What a proxy on this machine passes on comes from loopback.
		c.wrong("PUBLIC_URL", "lets the world in, and without a token anyone who comes that way could push articles and take the store; set RASID_HTTP_TOKEN to a long secret")
	}
	c.out.PublicURL = strings.TrimRight(c.env.PublicURL, "/")
	if c.out.HookSecret = secret; secret == "" && c.out.Token != "" {
		c.out.HookSecret = telegram.WebhookSecret(c.out.Token)
	}
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (c *checker) people() {
	for field := range strings.FieldsFuncSeq(c.env.Admins, func(r rune) bool { return r == ',' || r == ' ' }) {
		id, err := strconv.ParseInt(field, 10, 64)
		if err != nil || id <= 0 {
			c.wrong("ADMINS", "has %q; people are named by their numbers, with commas between: 1234567,7654321", field)
			continue
		}
		c.out.Admins = append(c.out.Admins, id)
	}
	most, err := strconv.Atoi(c.env.RulesPerChat)
	if err != nil || most < 0 || most > maxRules {
		c.wrong("RULES_PER_CHAT", "is %q; want how many watches a chat may have, such as 50, or 0 for any number", c.env.RulesPerChat)
	}
	c.out.RulesMost = most
	tag, err := language.Parse(c.env.Language)
	if err != nil || !locale.Has(tag.String()) {
		c.wrong("LANGUAGE", "is %q; rasid speaks %s", c.env.Language, strings.Join(locale.Langs(), " and "))
	} else {
		c.out.Language = tag.String()
	}
	zone, err := time.LoadLocation(c.env.Timezone)
	if err != nil || c.env.Timezone == "" || c.env.Timezone == "Local" {
		c.wrong("TIMEZONE", "is %q; zones are named like Africa/Cairo or UTC", c.env.Timezone)
		zone = time.UTC
	}
	c.out.Timezone = zone
}

func (c *checker) keeping() {
	d, err := time.ParseDuration(c.env.Retention)
	if err != nil || d < time.Hour || d > 10*365*24*time.Hour {
		c.wrong("RETENTION", "is %q; want a time of an hour or more, such as 168h", c.env.Retention)
	}
	c.out.Retention = d
	c.expiry()
	if c.out.FeedAllow, err = source.ParseAllow(c.env.FeedAllow); err != nil {
		c.wrong("FEED_ALLOW", "is %q; want ADDRESS:PORT or NETWORK:PORT, such as 10.0.0.0/8:*: %v", c.env.FeedAllow, err)
	}
}

// expiry reads four times, of which none is shorter than the outage of a minute
// that it must outlast. The last one, of announcements, may be left out.
func (c *checker) expiry() {
	all := strings.Split(c.env.Expiry, ",")
	if len(all) == len(c.out.Expiry)-1 {
		all = append(all, "24h")
	}
	good := len(all) == len(c.out.Expiry)
	for i := range min(len(all), len(c.out.Expiry)) {
		d, err := time.ParseDuration(strings.TrimSpace(all[i]))
		good = good && err == nil && (d == 0 || d >= time.Minute)
		c.out.Expiry[i] = d
	}
	if !good {
		c.wrong("EXPIRY", "is %q; want three or four times of a minute or more, or 0, such as 2h,12h,36h,24h", c.env.Expiry)
	}
}

func (c *checker) logs() {
	if err := c.out.LogLevel.UnmarshalText([]byte(c.env.LogLevel)); err != nil {
		c.wrong("LOG_LEVEL", "is %q; want debug, info, warn or error", c.env.LogLevel)
		c.out.LogLevel = slog.LevelInfo
	}
	switch c.env.LogFormat {
	case "text":
	case "json":
		c.out.LogJSON = true
	default:
		c.wrong("LOG_FORMAT", "is %q; want text or json", c.env.LogFormat)
	}
}

func (c *checker) pace() {
	rate, err := strconv.ParseFloat(c.env.Rate, 64)
	switch {
	case err != nil || !(rate >= 0 && rate <= 10000) || rate > 0 && rate < 0.01:
		c.wrong("RATE", "is %q; want messages a second, such as 27", c.env.Rate)
	case rate == 0 && c.out.OnTelegram():
		c.wrong("RATE", "is 0, which is for tests: Telegram would block the bot")
	case rate > maxRate && c.out.OnTelegram():
		c.wrong("RATE", "is %v; Telegram takes %d messages a second at most", rate, maxRate)
	}
	c.out.Rate = rate
	c.paid()
	c.out.Lists = c.onOff("LISTS", c.env.Lists)
	c.timeScale()
}

// timeScale reads how much faster than they should all times pass.
func (c *checker) timeScale() {
	scale, err := strconv.ParseFloat(c.env.TimeScale, 64)
	switch {
	case err != nil || !(scale >= 1 && scale <= 1000):
		c.wrong("TIME_SCALE", "is %q; want a number from 1 to 1000", c.env.TimeScale)
		scale = 1
	case scale != 1 && c.out.OnTelegram():
		c.wrong("TIME_SCALE", "is %v, which is for tests: it cannot be used on api.telegram.org", scale)
	}
	c.out.TimeScale = scale
}

// paid reads how fast announcements may be that are paid for. It has to be
// asked for by a number, since it costs.
func (c *checker) paid() {
	if c.env.PaidBroadcast == "off" || c.env.PaidBroadcast == "" {
		return
	}
	rate, err := strconv.ParseFloat(c.env.PaidBroadcast, 64)
	switch {
	case err != nil || !(rate > 0):
		c.wrong("PAID_BROADCAST", "is %q; want messages a second, such as 500, or off", c.env.PaidBroadcast)
	case rate > maxPaid:
		c.wrong("PAID_BROADCAST", "is %v; Telegram takes %d paid messages a second at most", rate, maxPaid)
	case rate <= c.out.Rate:
		c.wrong("PAID_BROADCAST", "is %v, which is no faster than RASID_RATE (%v) and would only cost; set more, or off", rate, c.out.Rate)
	default:
		c.out.Paid = rate
	}
}

// onOff reads a setting that is on or off; true and 1, false and 0 are taken
// for them.
func (c *checker) onOff(name, value string) bool {
	switch strings.ToLower(value) {
	case "on":
		return true
	case "off":
		return false
	}
	is, err := strconv.ParseBool(value)
	if err != nil {
		c.wrong(name, "is %q; want on or off", value)
	}
	return is
}
