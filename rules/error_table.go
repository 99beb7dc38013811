package rules

// english words the codes; {0} is the first of Args.
var english = map[Code]string{
	CodeEmpty:           "there is no word to look for",
	CodeEncoding:        "the rule is not valid UTF-8",
	CodeTooLong:         "the rule has {0} characters; at most {1} are allowed",
	CodeTooManyTerms:    "the rule has {0} words and phrases; at most {1} are allowed",
	CodeTooDeep:         "brackets are nested more than {0} deep",
	CodeUnclosedQuote:   "the quote is not closed after {0}",
	CodeUnclosedBracket: "the bracket is not closed",
	CodeUnopenedBracket: "the bracket was not opened",
	CodeEmptyGroup:      "there is nothing in {0}",
	CodeMissingOperand:  "{0} needs a word beside it",
	CodeNothingPositive: "{0} only excludes; there is nothing to look for",
	CodeOrNegation:      "{0} as an alternative would match nearly every article",
	CodeStopWords:       "{0} would match most articles",
	CodeUnknownField:    "{0}: is not a field; in quotes it is a phrase",
	CodeBadValue:        "{1} is no value for {0}:",
	CodeTooShort:        "{0} is too short for {1}; it needs {2} letters",
	CodeMisplaced:       "{0} does not go with what is beside it",
	CodeBadNumber:       "{0} takes a number from {1} to {2}",
	CodeUnavailable:     "{0} is not available yet",
	CodeUnknownCountry:  "{0} is no country: write a code like LY, or a name",
	CodeAliasCycle:      "the alias @{0} stands for itself",
}
