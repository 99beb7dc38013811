package bot

import (
	"fmt"
	"html"
	"strings"
)

// ParseHTML reads HTML as Rich writes it: the tags b strong i em u ins s
// strike del a code pre blockquote, and the entities &lt; &gt; &amp; &quot; and
// numeric ones. Anything else is an error, as it is for Telegram. Message
// files are read with it; strangers' words never are.
func ParseHTML(s string) (*Rich, error) {
	p := parser{src: s, out: &Rich{}}
	for p.at < len(p.src) {
		if err := p.step(); err != nil {
			return nil, err
		}
	}
	if n := len(p.open); n > 0 {
		return nil, fmt.Errorf("parse html: <%s> is not closed", p.open[n-1].name)
	}
	return p.out, nil
}

type parser struct {
	src  string
	at   int
	open []opened
	out  *Rich
}

type opened struct {
	name  string
	style Style
	href  string
}

func (p *parser) step() error {
	rest := p.src[p.at:]
	if rest[0] != '<' {
		n := strings.IndexByte(rest, '<')
		if n < 0 {
			n = len(rest)
		}
		p.at += n
		p.words(rest[:n])
		return nil
	}
	n := strings.IndexByte(rest, '>')
	if n < 0 {
		return fmt.Errorf("parse html: tag not closed at byte offset %d", p.at)
	}
	at := p.at
	p.at += n + 1
	inside := rest[1:n]
	if name, ok := strings.CutPrefix(inside, "/"); ok {
		return p.end(strings.TrimSpace(name), at)
	}
	return p.begin(inside, at)
}

func (p *parser) begin(inside string, at int) error {
	name, attribute, _ := strings.Cut(inside, " ")
	name = strings.ToLower(name)
	style, ok := styleOf(name)
	if !ok {
		return fmt.Errorf("parse html: unsupported tag %q at byte offset %d", name, at)
	}
	o := opened{name: name, style: style}
	switch attribute = strings.TrimSpace(attribute); {
	case attribute == "":
	case style == Quote && attribute == "expandable":
		o.style |= Folded
	case style == link && strings.HasPrefix(attribute, `href="`) && strings.HasSuffix(attribute, `"`) && len(attribute) > len(`href="`):
		o.href = html.UnescapeString(attribute[len(`href="`) : len(attribute)-1])
	default:
		return fmt.Errorf("parse html: unsupported attribute %q at byte offset %d", attribute, at)
	}
	p.open = append(p.open, o)
	return nil
}

func (p *parser) end(name string, at int) error {
	n := len(p.open)
	if n == 0 || p.open[n-1].name != strings.ToLower(name) {
		return fmt.Errorf("parse html: unmatched end tag </%s> at byte offset %d", name, at)
	}
	p.open = p.open[:n-1]
	return nil
}

func (p *parser) words(s string) {
	var style Style
	href := ""
	for _, o := range p.open {
		style |= o.style &^ link
		if o.href != "" {
			href = o.href
		}
	}
	p.out.add(unescape(s), style, href)
}

// unescape resolves the entities that Telegram knows and leaves the others as
// they stand.
func unescape(s string) string {
	var out strings.Builder
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			break
		}
		out.WriteString(s[:i])
		s = s[i:]
		n := entity(s)
		out.WriteString(html.UnescapeString(s[:n]))
		s = s[n:]
		if n == 0 {
			out.WriteByte('&')
			s = s[1:]
		}
	}
	out.WriteString(s)
	return out.String()
}

// entity returns how long the entity is with which s begins, 0 when it is
// none.
func entity(s string) int {
	for _, e := range []string{"&lt;", "&gt;", "&amp;", "&quot;"} {
		if strings.HasPrefix(s, e) {
			return len(e)
		}
	}
	if n := strings.IndexByte(s, ';'); n > 2 && n < 10 && s[1] == '#' {
		return n + 1
	}
	return 0
}

func styleOf(name string) (Style, bool) {
	switch name {
	case "strong":
		name = "b"
	case "em":
		name = "i"
	case "ins":
		name = "u"
	case "strike", "del":
		name = "s"
	}
	for _, t := range tags() {
		if t.name == name {
			return t.style, true
		}
	}
	return 0, false
}
