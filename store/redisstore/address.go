package redisstore

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Forms says what addresses look like, for messages.
const Forms = "redis://HOST:PORT/DATABASE (rediss:// for TLS), unix:///PATH, " +
	"redis+sentinel://HOST:PORT,HOST:PORT/MASTER or redis+cluster://HOST:PORT,HOST:PORT"

// A kind says how servers stand together.
type kind string

const (
	single   kind = ""
	sentinel kind = "sentinel"
	cluster  kind = "cluster"
)

// waitAuto leaves it to the servers how many replicas a write waits for.
const waitAuto = -1

// An address is where the servers are, taken apart.
type address struct {
	kind   kind
	hosts  []string // more than one only where kind is not single
	master string   // of sentinel
	wait   int      // replicas that a write waits for; waitAuto: one where there are any
	redis  *redis.Options

	sentinelUser, sentinelPassword string
}

// Check reports what is wrong with how an address is written, without asking
// anybody. The error shows no password.
func Check(text string) error {
	_, err := parse(text)
	return err
}

// parse takes an address apart. Beside the client's own parameters there are
// ca, cert and key (files, for TLS), wait, sentinel_user and sentinel_password.
// No error shows what may be a password.
func parse(text string) (address, error) {
	a := address{wait: waitAuto}
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return a, errors.New("it has no ://")
	}
	if scheme == "unix" {
		ro, err := redis.ParseURL(text)
		a.redis = ro
		return a, hidden(err, text, text)
	}
	base, what, _ := strings.Cut(scheme, "+")
	a.kind = kind(what)
	if base != "redis" && base != "rediss" || a.kind != single && a.kind != sentinel && a.kind != cluster {
		return a, fmt.Errorf("there is no kind %q", scheme)
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	path, _, _ := strings.Cut(rest[end:], "?")
	if strings.ContainsRune(path, '@') || strings.ContainsRune(rest, '#') {
		return a, errLetters // else a part of the password would pass for the name of a server
	}
	at := strings.LastIndexByte(rest[:end], '@') + 1
	a.hosts = strings.Split(rest[at:end], ",")
	if len(a.hosts) > 1 && a.kind == single {
		a.kind = cluster
	}
	return a, a.read(base + "://" + rest[:at] + a.hosts[0] + rest[end:])
}

// read reads an address with one host.
func (a *address) read(text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return hidden(err, text, text)
	}
	if a.kind == sentinel {
		path := strings.TrimPrefix(u.Path, "/")
		a.master, path, _ = strings.Cut(path, "/")
		if u.Path = "/" + path; a.master == "" {
			return errors.New("it lacks the name of the master, as in redis+sentinel://HOST:PORT/MASTER")
		}
	}
	q := u.Query()
	files := [3]string{take(q, "ca"), take(q, "cert"), take(q, "key")}
	a.sentinelUser, a.sentinelPassword = take(q, "sentinel_user"), take(q, "sentinel_password")
	if w := take(q, "wait"); w != "" {
		if a.wait, err = strconv.Atoi(w); err != nil || a.wait < 0 {
			return errors.New("wait is to be a number of replicas, 0 or more")
		}
	}
	u.RawQuery = q.Encode()
	if a.redis, err = redis.ParseURL(u.String()); err != nil {
		return hidden(err, u.String(), text)
	}
	return a.secure(files)
}

func take(q url.Values, name string) string {
	v := q.Get(name)
	q.Del(name)
	return v
}

// secure reads the files for TLS: those of whom to trust and of who we are.
func (a *address) secure(files [3]string) error {
	ca, cert, key := files[0], files[1], files[2]
	if ca == "" && cert == "" && key == "" {
		return nil
	}
	conf := a.redis.TLSConfig
	if conf == nil {
		return errors.New("ca, cert and key are for TLS: the address is to begin with rediss")
	}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return fmt.Errorf("ca: %w", err)
		}
		if conf.RootCAs = x509.NewCertPool(); !conf.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("ca: %s holds no certificate in PEM", ca)
		}
	}
	if cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return fmt.Errorf("cert and key: %w", err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	if a.kind != single { // each host has a name of its own
		conf.ServerName = ""
	}
	return nil
}

// errLetters reports an address that cannot be read, and may not be quoted.
var errLetters = errors.New("it cannot be read, and is not shown, since it holds a password: " +
	"in a name or password write / as %2F, ? as %3F, # as %23, @ as %40 and % as %25; a port and a database are numbers, and a parameter is to be known")

// hidden is an error about a URL without the URL. Where there may be a password
// it says nothing of what stands there: that may be a part of it. given is what
// text was made of.
func hidden(err error, text, given string) error {
	switch {
	case err == nil:
		return nil
	case strings.ContainsRune(given, '@'), strings.Contains(given, "password"):
		return errLetters
	}
	if inner, ok := errors.AsType[*url.Error](err); ok {
		err = inner.Err
	}
	return errors.New(strings.ReplaceAll(strings.ReplaceAll(err.Error(), fmt.Sprintf("%q", text), "the given address"), text, "the given address"))
}

// where names the servers for messages.
func (a *address) where() string {
	if len(a.hosts) == 0 {
		return a.redis.Addr
	}
	return strings.Join(a.hosts, ",")
}

// connect makes the client.
func (a *address) connect(o Options) redis.UniversalClient {
	ro := a.redis
	ro.DialTimeout, ro.ReadTimeout, ro.WriteTimeout = o.Timeout, o.Timeout, o.Timeout
	ro.ContextTimeoutEnabled = true
	ro.MaxRetries, ro.PoolSize = o.Retries, o.Pool
	switch a.kind {
	case sentinel:
		return redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: a.master, SentinelAddrs: a.hosts, SentinelUsername: a.sentinelUser, SentinelPassword: a.sentinelPassword,
			Username: ro.Username, Password: ro.Password, DB: ro.DB, TLSConfig: ro.TLSConfig,
			DialTimeout: o.Timeout, ReadTimeout: o.Timeout, WriteTimeout: o.Timeout, ContextTimeoutEnabled: true,
			MaxRetries: o.Retries, PoolSize: o.Pool,
		})
	case cluster:
		db := redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: a.hosts, Username: ro.Username, Password: ro.Password, TLSConfig: ro.TLSConfig,
			DialTimeout: o.Timeout, ReadTimeout: o.Timeout, WriteTimeout: o.Timeout, ContextTimeoutEnabled: true,
			MaxRedirects: o.Redirects, MaxRetries: o.Retries, PoolSize: o.Pool,
		})
		db.AddHook(discreet{})
		return db
	}
	return redis.NewClient(ro)
}
