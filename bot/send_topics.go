package bot

import (
	"cmp"
	"context"
	"rasid/locale"
	"rasid/store"
	"sync"
	"time"
)

// How forum topics that are gone are remembered.
const (
	lostFor  = 24 * time.Hour // one that was closed may be open again
	lostMost = 4096           // topics
)

// lostThreads remembers forum topics that are gone or closed, so that what is for
// them goes to the chat at once.
type lostThreads struct {
	mu   sync.Mutex
	when map[store.Dest]time.Time
}

// has reports whether a topic was found gone within a day.
func (l *lostThreads) has(d store.Dest, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, is := l.when[d]
	return is && now.Sub(at) < lostFor
}

// add remembers a topic and reports whether that is new.
func (l *lostThreads) add(d store.Dest, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, is := l.when[d]; is && now.Sub(at) < lostFor {
		return false
	}
	if l.when == nil {
		l.when = map[store.Dest]time.Time{}
	}
	if len(l.when) >= lostMost {
		l.forget(now)
	}
	l.when[d] = now
	return true
}

// forget makes room: for those that are remembered too long, or for any.
func (l *lostThreads) forget(now time.Time) {
	for d, at := range l.when {
		if now.Sub(at) >= lostFor {
			delete(l.when, d)
		}
	}
	for d := range l.when {
		if len(l.when) < lostMost {
			return
		}
		delete(l.when, d)
	}
}

// lostThread tells the chat, and the bot's admins, where a topic's alerts go.
func (b *Bot) lostThread(_ context.Context, d store.Dest) {
	b.NotifyAdmins("topic-lost", locale.Args{"chat": d.Chat, "topic": d.Thread})
	lang := b.o.Lang
	if known, ok := b.o.Index.Find(d); ok {
		lang = cmp.Or(known.Lang, lang)
	}
	b.mail(letter{to: store.Dest{Chat: d.Chat}, group: true, html: locale.For(lang).HTML("topic-lost-here", nil)})
}
