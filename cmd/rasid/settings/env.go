package settings

// Prefix begins the name of every environment variable of rasid.
const Prefix = "RASID"

// env is what the environment holds, as text. The fields' names become the
// variables' names: TelegramToken is RASID_TELEGRAM_TOKEN. There are no
// envconfig tags, for these would also be read without the prefix, and
// LANGUAGE alone means something else on most machines.
type env struct {
	TelegramToken     string `split_words:"true" desc:"the bot's token, from @BotFather" mask:"true"`
	TelegramTokenFile string `split_words:"true" desc:"a file that holds the token, instead of TELEGRAM_TOKEN"`
	TelegramAPI       string `split_words:"true" default:"https://api.telegram.org" desc:"base address of the Bot API"`
	Store             string `default:"bolt:rasid.db" desc:"where everything is kept: bolt:PATH, redis://HOST:PORT/DB, rediss://, redis+sentinel:// or redis+cluster://" mask:"url"`
	Rules             string `default:"rules.yaml" desc:"the rule file, or a folder read in the order of names"`
	Admins            string `desc:"Telegram ids of the people who may broadcast, with commas"`
	HTTP              string `default:"127.0.0.1:8080" desc:"address of push, health and metrics; empty: off"`
	HTTPToken         string `split_words:"true" desc:"what callers of push must send; required when HTTP is not loopback, and with PUBLIC_URL" mask:"true"`
	PublicURL         string `split_words:"true" desc:"https address under which the world reaches HTTP; Telegram then sends messages there (webhook); empty: they are asked for"`
	WebhookSecret     string `split_words:"true" desc:"what Telegram must send along; default: made from the token" mask:"true"`
	Rate              string `default:"27" desc:"messages a second over all chats; 0: no pacing at all (never on api.telegram.org)"`
	PaidBroadcast     string `split_words:"true" default:"off" desc:"announcements a second as paid broadcasts, up to 1000, each for up to 0.1 Telegram Stars of the bot's balance; off: none is paid for"`
	Lists             string `default:"on" desc:"whether many alerts that wait for a chat share one message: on or off"`
	RulesPerChat      string `split_words:"true" default:"50" desc:"how many watches a chat, and in a forum each topic, may have; those there already stay; 0: any number"`
	Language          string `default:"ar" desc:"language of chats that chose none"`
	Timezone          string `default:"UTC" desc:"time zone of the times that are shown, an IANA name"`
	Retention         string `default:"168h" desc:"how long articles are kept"`
	Expiry            string `default:"2h,12h,36h,24h" desc:"how long after their acceptance urgent, normal and low alerts, and announcements, are worth sending; 0: for good"`
	LogLevel          string `split_words:"true" default:"info" desc:"debug, info, warn or error; debug shows chat ids as they are"`
	LogFormat         string `split_words:"true" default:"text" desc:"text or json"`
	FeedAllow         string `split_words:"true" desc:"private addresses that feeds may be fetched from, such as 127.0.0.1:8099,10.0.0.0/8:*"`
	TimeScale         string `split_words:"true" default:"1" desc:"divides rasid's own waits, for tests (never on api.telegram.org)"`
}
