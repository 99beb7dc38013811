package rules

import (
	"strconv"
	"strings"
)

// A Code says what is wrong with a rule. Locales word it.
type Code string

// The codes. Args of the error are given in brackets.
const (
	CodeEmpty           Code = "empty"            // no word at all
	CodeEncoding        Code = "bad-encoding"     // not valid UTF-8
	CodeTooLong         Code = "too-long"         // [characters, most]
	CodeTooManyTerms    Code = "too-many-terms"   // [terms, most]
	CodeTooDeep         Code = "too-deep"         // [most]
	CodeUnclosedQuote   Code = "unclosed-quote"   // [the word before the end]
	CodeUnclosedBracket Code = "unclosed-bracket" // []
	CodeUnopenedBracket Code = "unopened-bracket" // []
	CodeEmptyGroup      Code = "empty-group"      // [what was written: () or ""]
	CodeMissingOperand  Code = "missing-operand"  // [the operator]
	CodeNothingPositive Code = "nothing-positive" // [the excluded term]
	CodeOrNegation      Code = "or-negation"      // [the excluded alternative]
	CodeStopWords       Code = "stop-words"       // [the words]
	CodeUnknownField    Code = "unknown-field"    // [what stands before the colon]
	CodeBadValue        Code = "bad-value"        // [field, value]: lang: or site: with something that is none
	CodeUnavailable     Code = "not-available"    // [the operator]: a later version knows it
	CodeTooShort        Code = "too-short"        // [word, operator, least letters]: for * or ~
	CodeMisplaced       Code = "misplaced"        // [the operator]: it does not go with what is beside it
	CodeBadNumber       Code = "bad-number"       // [the operator, least, most]
	CodeAliasCycle      Code = "alias-cycle"      // [alias]
	CodeUnknownCountry  Code = "unknown-country"  // [what stands after @country:]
)

// Codes lists every code.
func Codes() []Code {
	return []Code{
		CodeEmpty, CodeEncoding, CodeTooLong, CodeTooManyTerms, CodeTooDeep, CodeUnclosedQuote,
		CodeUnclosedBracket, CodeUnopenedBracket, CodeEmptyGroup, CodeMissingOperand, CodeNothingPositive,
		CodeOrNegation, CodeStopWords, CodeUnknownField, CodeBadValue, CodeUnavailable, CodeTooShort, CodeMisplaced, CodeBadNumber,
		CodeAliasCycle, CodeUnknownCountry,
	}
}

// An Error says what is wrong with a rule, where, and how it could be meant.
type Error struct {
	Code     Code
	Pos, End int      // byte offsets in the source
	Args     []string // what the wording mentions; see the codes
	Repair   string   // a rule that parses; empty when none is near
}

// Error words e in English, for logs and the command line.
func (e *Error) Error() string {
	s, ok := english[e.Code]
	if !ok {
		s = string(e.Code)
	}
	for i, arg := range e.Args {
		s = strings.ReplaceAll(s, "{"+strconv.Itoa(i)+"}", arg)
	}
	return s
}
