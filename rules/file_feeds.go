package rules

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"
	"golang.org/x/text/language"
)

func (r *fileReader) feeds(n ast.Node) {
	for _, v := range r.list(n, "feeds") {
		r.feed(v)
	}
}

func (r *fileReader) feed(n ast.Node) {
	var f FileFeed
	var link, zone, every, full, lang fileText
	one := func(to *fileText, what string) func(ast.Node) {
		return func(n ast.Node) { *to, _ = r.scalar(n, what) }
	}
	ok := r.mapping(n, "a feed", map[string]func(ast.Node){
		"url": one(&link, "url"), "source": r.into(&f.Source, "source"), "lang": one(&lang, "lang"),
		"timezone": one(&zone, "timezone"), "every": one(&every, "every"), "full_text": one(&full, "full_text"),
	})
	f.URL, f.Timezone, f.Lang, f.FullText = link.value, zone.value, lang.value, full.value == "true"
	if !ok || !r.feedURL(n, link) {
		return
	}
	r.feedAt[f.URL] = link.at
	f.Every = r.every(every)
	if _, err := language.Parse(lang.value); lang.value != "" && err != nil {
		r.errorf(lang.at, "lang is "+strconv.Quote(lang.value), "languages are named like ar or en")
	}
	if zone.value != "" && !zoneName.MatchString(zone.value) {
		r.errorf(zone.at, "timezone is "+strconv.Quote(zone.value), "zones are named like Africa/Cairo or UTC")
		f.Timezone = "" // said, so nobody is to look for it
	}
	if full.value != "" && full.value != "true" && full.value != "false" {
		r.errorf(full.at, "full_text is "+strconv.Quote(full.value), "true or false")
	}
	r.file.Feeds = append(r.file.Feeds, f)
}

// zoneName is the form of an IANA zone's name. Whether there is one of that
// name only a disk knows, so whoever loads the file asks.
var zoneName = regexp.MustCompile(`^(UTC|GMT|[A-Z][A-Za-z_]+(/[A-Za-z0-9_+-]+)+)$`)

// feedURL checks the address of the feed at n.
func (r *fileReader) feedURL(n ast.Node, link fileText) bool {
	u, err := url.Parse(link.value)
	before, twice := r.feedAt[link.value]
	switch {
	case link.value == "":
		r.errorf(r.at(n.GetToken()), "a feed needs a url", "")
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		r.errorf(link.at, "a feed's url begins with http:// or https://", "")
	case u.User != nil:
		r.errorf(link.at, "a feed's url must not carry a name and password", "")
	case twice:
		r.errorf(link.at, "the feed stands twice", "it stands in line "+strconv.Itoa(before.line)+" too")
	default:
		return true
	}
	return false
}

func (r *fileReader) every(t fileText) time.Duration {
	if t.value == "" {
		return 0
	}
	d, err := time.ParseDuration(t.value)
	if err != nil || d < time.Minute || d > 24*time.Hour {
		r.errorf(t.at, "every is a time between 1m and 24h", "every: 5m")
	}
	return d
}

func (r *fileReader) routes(n ast.Node) {
	for _, v := range r.list(n, "routes") {
		r.route(v)
	}
}

func (r *fileReader) route(n ast.Node) {
	var to Route
	at := r.at(n.GetToken())
	var topics []fileText
	ok := r.mapping(n, "a route", map[string]func(ast.Node){
		"chat":   func(n ast.Node) { to.Chat = r.number(n, "chat", "Telegram's number, such as -1001234567890") },
		"thread": func(n ast.Node) { to.Thread = r.number(n, "thread", "the number of a forum topic") },
		"topics": func(n ast.Node) { topics = r.texts(n, "topics") },
	})
	before, twice := r.routeAt[[2]int64{to.Chat, to.Thread}]
	switch {
	case !ok:
		return
	case to.Chat == 0 || len(topics) == 0:
		r.errorf(at, "a route needs a chat and topics", "{chat: -1001234567890, topics: [ID]}")
		return
	case to.Thread < 0:
		r.errorf(at, "a forum topic's number is above 0", "leave thread out for the chat itself")
		return
	case twice:
		r.errorf(at, "a route to the same place stands before", "put its topics into line "+strconv.Itoa(before.line))
		return
	}
	r.routeAt[[2]int64{to.Chat, to.Thread}] = at
	for _, t := range topics {
		if slices.Contains(to.Topics, t.value) {
			r.warn(t.at, "topic "+t.value+" stands twice in a route", "keep one of them")
			continue
		}
		to.Topics = append(to.Topics, t.value)
		r.routed = append(r.routed, t)
	}
	r.file.Routes = append(r.file.Routes, to)
}

// number reads a number that is not 0.
func (r *fileReader) number(n ast.Node, what, form string) int64 {
	t, ok := r.scalar(n, what)
	if !ok {
		return 0
	}
	v, err := strconv.ParseInt(t.value, 10, 64)
	if err != nil || v == 0 {
		r.errorf(t.at, what+" must be "+form, "")
	}
	return v
}
