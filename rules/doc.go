package rules

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"rasid/news"
	"rasid/text"
	"strings"
)

// cacheWords is how many analysed words a Doc remembers between articles.
const cacheWords = 1 << 17

// A Doc is an article as rules read it. Any number of goroutines may try rules
// on one with Rule.Match; Reset and Set.Match are for one at a time.
type Doc struct {
	fields  [fieldCount]string // as stored
	lang    string             // declared, else detected
	gen     uint32             // number of this article; what bears another is of an earlier one
	tokens  []docToken         // by field and place
	occurs  []occurrence       // the words of this article, each once
	slots   []wordSlot         // every word known, also from earlier articles
	words   []docWord          // more of each
	terms   termTable          // of words
	caches  map[string]*wordCache
	arabic  *wordCache // of this article's words in Arabic letters
	latin   *wordCache // of those in ASCII letters
	known   []int32    // words by hash, plus one: open addressing; those that follow a clitic are in their caches only
	inKnown int        // words in known
	buf     []byte
	cut     []text.Token
	ahead   []glance // of cut
	names   []string
	links   termLinks
	pass    pass // of Set.Match
	skipped int
	steps   int // that an article may take in a set; 0: articleSteps. Tests take less
}

const fieldCount = int(news.FieldSite) + 1

// A docToken is a word at a place.
type docToken struct {
	start, end int32 // of the written word in its field
	pos        int32 // words side by side differ by one
	occurs     int32 // of which word
	next       int32 // the next token of the same word, or -1
	field      news.Field
}

// An occurrence tells where a word of this article occurs.
type occurrence struct {
	word        int32
	first, last int32 // tokens
	members     memberSpan
	fields      uint16 // a bit for each
}

// A wordSlot is what every reading of a word needs: 64 bytes, so that it is in
// one line of the processor's cache.
type wordSlot struct {
	hash    uint64 // of known
	gen     uint32 // the article in which the word occurred last
	occurs  int32  // there
	members memberSpan
	cache   uint16       // number of the cache whose words it is of
	size    uint16       // of the word in bytes
	text    [inSlot]byte // the word, or its beginning
}

const inSlot = 28

// A docWord is a distinct word with its terms.
type docWord struct {
	text   string
	terms  []int32
	starts []string // for * and ~; see text.Beginnings
}

// A wordCache holds the words of one language.
type wordCache struct {
	number   uint16
	analyzer text.Analyzer
	words    map[string]int32 // those that known has not
}

// Read reads an article once for all rules.
func Read(a *news.Article) *Doc {
	d := new(Doc)
	d.Reset(a)
	return d
}

// Reset makes d the reading of a. It keeps d's memory and its cache of
// analysed words, so a stream is best read with one Doc.
func (d *Doc) Reset(a *news.Article) {
	if d.caches == nil || len(d.words) > cacheWords || len(d.caches) > maxCaches {
		d.forget()
	}
	if d.gen++; d.gen == 0 { // after four billion articles
		d.forget()
		d.gen = 1
	}
	d.tokens, d.occurs = d.tokens[:0], d.occurs[:0]
	d.fields = [fieldCount]string{
		news.FieldTitle: a.Title, news.FieldSummary: a.Summary, news.FieldBody: a.Body, news.FieldTags: strings.Join(a.Tags, "\n"),
		news.FieldSource: a.Source, news.FieldAuthor: a.Author, news.FieldLang: a.Lang, news.FieldSite: hostOf(a.URL),
	}
	d.lang = strings.ToLower(a.Lang)
	if d.lang == "" {
		d.lang = detect(a)
	}
	d.arabic, d.latin = d.cache(analyzerLang(d.lang, "ا")), d.cache(analyzerLang(d.lang, "a"))
	for f := news.FieldTitle; f <= news.FieldAuthor; f++ {
		d.read(f)
	}
	d.readLang()
	d.readSite()
}

// Content stands for what rules see of the article: it is equal for two articles
// that no rule can tell apart. It is 8 characters, letters, digits, - and _.
func (d *Doc) Content() string {
	h := sha256.New()
	var size [8]byte
	for _, s := range append(d.fields[:], d.lang) {
		binary.BigEndian.PutUint64(size[:], uint64(len(s)))
		_, _ = h.Write(size[:]) // a hash never fails
		_, _ = h.Write([]byte(s))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:6])
}

// maxCaches bounds how many languages a Doc remembers words of: articles may
// declare what they like.
const maxCaches = 256

// forget forgets all words. Their numbers are given anew.
func (d *Doc) forget() {
	d.slots, d.words, d.terms = nil, nil, newTermTable()
	d.caches, d.known, d.inKnown = map[string]*wordCache{}, make([]int32, 1<<10), 0
	clear(d.links.heads)
	d.pass.members.forget()
}

func detect(a *news.Article) string {
	for _, s := range []string{a.Body, a.Summary, a.Title} {
		if lang := text.Detect(s); lang != "" {
			return lang
		}
	}
	return ""
}

// hostOf returns the host of an absolute link, in lower case.
func hostOf(link string) string {
	_, rest, ok := strings.Cut(link, "://")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	host, _, _ := strings.Cut(rest, ":")
	return strings.ToLower(host)
}

// read takes in the words of a field.
func (d *Doc) read(f news.Field) {
	s := d.fields[f]
	d.cut = text.Tokens(d.cut[:0], s)
	d.glance()
	pos := d.nextPos()
	var before text.Token
	particle, whole := "", 0
	for i, t := range d.cut {
		if t.Kind == text.Particle {
			particle = s[t.Start:t.End]
			continue
		}
		if !t.Joined {
			whole = t.Start
		}
		end := t.End
		if i+1 < len(d.cut) && d.cut[i+1].Joined {
			end = d.cut[i+1].End
		}
		pos += gap(before, t, s, f)
		d.add(docToken{start: int32(whole), end: int32(end), pos: pos, field: f}, d.word(particle, s[t.Start:t.End], d.ahead[i]))
		before, particle = t, ""
	}
}

// nextPos returns a position that is beside no word so far.
func (d *Doc) nextPos() int32 {
	if len(d.tokens) == 0 {
		return 0
	}
	return d.tokens[len(d.tokens)-1].pos + 1
}

// gap returns how far a token is from the one before it in the same field. An
// unspaced script has no neighbours across spaces and signs, and no phrase
// runs from one tag into the next.
func gap(before, t text.Token, s string, f news.Field) int32 {
	switch {
	case before.Kind == text.Rune && t.Kind == text.Rune && before.End != t.Start:
		return 2
	case f == news.FieldTags && strings.Contains(s[before.End:t.Start], "\n"):
		return 2
	}
	return 1
}

func (d *Doc) add(t docToken, word int32) {
	i := int32(len(d.tokens))
	slot := &d.slots[word]
	t.next = -1
	if slot.gen == d.gen {
		t.occurs = slot.occurs
		o := &d.occurs[t.occurs]
		d.tokens[o.last].next = i
		o.last = i
		o.fields |= 1 << t.field
	} else {
		t.occurs = int32(len(d.occurs))
		slot.gen, slot.occurs = d.gen, t.occurs
		d.occurs = append(d.occurs, occurrence{word: word, first: i, last: i, fields: 1 << t.field, members: slot.members})
	}
	d.tokens = append(d.tokens, t)
}

// wordAt returns the word of a token.
func (d *Doc) wordAt(token int32) *docWord { return &d.words[d.occurs[d.tokens[token].occurs].word] }

// readLang adds the language of the article as terms that no word can be: of
// en-gb both en-gb and en.
func (d *Doc) readLang() {
	for i := range len(d.lang) {
		if d.lang[i] == '-' {
			d.mark(news.FieldLang, langTerm, d.lang[:i])
		}
	}
	d.mark(news.FieldLang, langTerm, d.lang)
}

// readSite adds the host, and the domains above it.
func (d *Doc) readSite() {
	for host := d.fields[news.FieldSite]; host != ""; _, host, _ = strings.Cut(host, ".") {
		d.mark(news.FieldSite, siteTerm, host)
	}
}

// The beginnings of terms that are no words.
const (
	langTerm = "\x00lang:"
	siteTerm = "\x00site:"
)

// mark adds a term that is no word.
func (d *Doc) mark(f news.Field, kind, value string) {
	c := d.cache("")
	d.buf = append(append(d.buf[:0], kind...), value...)
	id, ok := c.words[string(d.buf)]
	if !ok {
		d.names = append(d.names[:0], string(d.buf))
		id = d.learn(c, "")
		c.words[string(d.buf)] = id
	}
	d.add(docToken{pos: d.nextPos(), field: f}, id)
}
