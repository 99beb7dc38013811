package rules

import (
	"rasid/news"
	"rasid/text"
	"strings"
)

// cacheWords is how many analysed words a Doc remembers between articles.
const cacheWords = 1 << 16

// A Doc is an article as rules read it. Any number of goroutines may try rules
// on one with Rule.Match; Reset and Set.Match are for one at a time.
type Doc struct {
	fields  [fieldCount]string // as stored
	lang    string             // declared, else detected
	gen     uint32             // number of this article; what bears another is of an earlier one
	tokens  []docToken         // by field and place
	words   []docWord          // every word known, also from earlier articles
	terms   []docTerm          // every term known, also from earlier articles
	links   []link             // words of a term in this article
	active  []int32            // the terms of this article
	present []int32            // the words of this article
	caches  map[string]*wordCache
	arabic  *wordCache // of this article's words in Arabic letters
	latin   *wordCache // of those in ASCII letters
	table   []int32    // terms by hash: open addressing, index in terms plus one
	known   []int32    // words by hash, in the same way; those that follow a clitic are in their caches only
	inKnown int        // words in known
	buf     []byte
	cut     []text.Token
	names   []string
	pass    pass // of Set.Match
}

const fieldCount = int(news.FieldSite) + 1

// A docToken is a word at a place.
type docToken struct {
	start, end int32 // of the written word in its field
	pos        int32 // words side by side differ by one
	word       int32
	next       int32 // the next token of the same word, or -1
	field      news.Field
}

// A docWord is a distinct word with its terms.
type docWord struct {
	terms       []int32
	starts      []string // for * and ~; see text.Beginnings
	text        string
	hash        uint64     // of known
	cache       *wordCache // whose words it is of
	gen         uint32
	fields      uint16 // where it occurs in this article, a bit for each
	first, last int32  // tokens
}

// A docTerm is a term, and which words of this article have it.
type docTerm struct {
	term
	gen  uint32
	head int32 // link, or -1
}

type link struct{ word, next int32 }

// A wordCache holds the words of one language.
type wordCache struct {
	analyzer text.Analyzer
	words    map[string]int32
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
	if d.caches == nil || len(d.words) > cacheWords {
		*d = Doc{
			gen: d.gen, tokens: d.tokens, links: d.links, active: d.active, present: d.present, buf: d.buf, cut: d.cut, names: d.names, pass: d.pass,
			caches: map[string]*wordCache{}, table: make([]int32, 1<<10), known: make([]int32, 1<<10),
		}
		d.pass.members.forget()
	}
	d.gen++
	d.tokens, d.links, d.active, d.present = d.tokens[:0], d.links[:0], d.active[:0], d.present[:0]
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
		d.add(docToken{start: int32(whole), end: int32(end), pos: pos, field: f, word: d.word(particle, s[t.Start:t.End], t.Hash)})
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

func (d *Doc) add(t docToken) {
	i := int32(len(d.tokens))
	t.next = -1
	d.tokens = append(d.tokens, t)
	w := &d.words[t.word]
	if w.gen == d.gen {
		d.tokens[w.last].next = i
		w.last = i
		w.fields |= 1 << t.field
		return
	}
	w.gen, w.first, w.last, w.fields = d.gen, i, i, 1<<t.field
	d.present = append(d.present, t.word)
	for _, id := range w.terms {
		term := &d.terms[id]
		if term.gen != d.gen {
			term.gen, term.head = d.gen, -1
			d.active = append(d.active, id)
		}
		d.links = append(d.links, link{word: t.word, next: term.head})
		term.head = int32(len(d.links) - 1)
	}
}

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
		id = d.learn("")
		c.words[string(d.buf)] = id
	}
	d.add(docToken{pos: d.nextPos(), field: f, word: id})
}
