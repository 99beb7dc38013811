// Package text cuts text into words and says which words are the same: how a
// keyword that a reader typed meets a word of an article.
//
// Tokens cuts; an Analyzer turns a word into terms; two words are the same
// when their terms meet. The article side is generous (every reading of
// وبالجيش), the keyword side strict. Everything here is pure.
package text

// Version names the present behaviour of everything in this package. It
// changes whenever any word may give other terms.
func Version() string { return "1" }

// An Analyzer turns the words of one language into terms. A term is a string
// without spaces, tabs or "|". A term that starts with "=" stands for a word
// exactly as written; see Exact.
type Analyzer interface {
	// Lang is the language, BCP 47.
	Lang() string
	// Version changes whenever the analyser's terms may.
	Version() string
	// Article appends the terms of a word of an article to dst. It is
	// generous: all that the word may be, its exact terms among them, and its
	// folded spelling unless the word is of a closed class.
	Article(dst []string, word string) []string
	// Keyword appends the terms of a word that a reader looks for to dst. It
	// is strict: only what the word most likely is.
	Keyword(dst []string, word string) []string
}
