package feed

import (
	"bytes"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

var prolog = regexp.MustCompile(`^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)

// decode turns data into UTF-8. A byte order mark decides; then valid UTF-8
// that is not plain ASCII is taken for what it is, whatever it says it is; then
// the HTTP header, the prolog, and at last the letters.
func decode(data []byte, contentType string) []byte {
	if e, rest := byMark(data); e != nil {
		return convert(e, rest)
	}
	if utf8.Valid(data) {
		return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	}
	for _, name := range []string{headerCharset(contentType), prologCharset(data)} {
		e, canonical := lookup(name)
		if e != nil && (canonical != "windows-1252" || !arabicBytes(data)) { // Arabic is often said to be Latin
			return convert(e, data)
		}
	}
	return convert(guess(data), data)
}

func byMark(data []byte) (encoding.Encoding, []byte) {
	for _, m := range []struct {
		mark string
		e    encoding.Encoding
	}{
		{"\x00\x00\xfe\xff", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
		{"\xff\xfe\x00\x00", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
		{"\xfe\xff", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
		{"\xff\xfe", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	} {
		if rest, ok := bytes.CutPrefix(data, []byte(m.mark)); ok {
			return m.e, rest
		}
	}
	for _, m := range []struct {
		head string
		e    encoding.Encoding
	}{
		{"\x00\x00\x00<", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
		{"<\x00\x00\x00", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
		{"\x00<\x00", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
		{"<\x00", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	} {
		if bytes.HasPrefix(data, []byte(m.head)) {
			return m.e, data
		}
	}
	return nil, data
}

func convert(e encoding.Encoding, data []byte) []byte {
	out, err := e.NewDecoder().Bytes(data)
	if err != nil {
		return bytes.ToValidUTF8(data, []byte("\uFFFD"))
	}
	return out
}

func headerCharset(contentType string) string {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return params["charset"]
}

func prologCharset(data []byte) string {
	if m := prolog.FindSubmatch(data[:min(len(data), 512)]); m != nil {
		return string(m[1])
	}
	return ""
}

// lookup finds an encoding and its canonical name.
func lookup(name string) (encoding.Encoding, string) {
	name = strings.ToLower(strings.Trim(name, `"' `))
	if rest, ok := strings.CutPrefix(name, "cp"); ok && len(rest) == 4 {
		name = "windows-" + rest
	}
	if name == "" || name == "utf-8" || name == "utf8" {
		return nil, "" // it is not, or we would not be here
	}
	return charset.Lookup(name)
}

func guess(data []byte) encoding.Encoding {
	if arabicBytes(data) {
		return charmap.Windows1256
	}
	return charmap.Windows1252
}

// arabicBytes reports whether data reads as Arabic in windows-1256: most of
// its high bytes are letters, and the commonest of them are alef, lam and yeh.
func arabicBytes(data []byte) bool {
	var letters, common, high int
	for _, b := range data {
		switch {
		case b < 0x80:
			continue
		case b == 0xc7 || b == 0xe1 || b == 0xed || b == 0xe3 || b == 0xe6 || b == 0xe4 || b == 0xd1 || b == 0xca || b == 0xc8 || b == 0xc9:
			common++
			letters++
		case b >= 0xc0 && b <= 0xdf, b == 0xe5, b == 0xec, b == 0xe3, b == 0xa1, b == 0xba, b == 0xbf:
			letters++
		}
		high++
	}
	return high >= 8 && letters*10 >= high*8 && common*10 >= high*4
}
