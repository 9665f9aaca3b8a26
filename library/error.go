package library

import (
	"fmt"
	"strings"
)

// A Code names the kind of an Error; the command line prints it as it is.
type Code string

// The codes of errors that a person can cause.
const (
	Syntax      Code = "syntax"
	UnknownWork Code = "unknown_work"
	Ambiguous   Code = "ambiguous"
	OutOfRange  Code = "out_of_range"
	NotFound    Code = "not_found"
	BadFile     Code = "bad_file"
	TooLarge    Code = "too_large"
	Forbidden   Code = "forbidden"
)

// An Error is a mistake that a person can mend. Reason and Args let a
// catalogue say it in the person's language; Error says it for a log.
type Error struct {
	Code        Code
	Reason      string         // the catalogue's key below the code: "passage_range"
	Args        map[string]any // what the sentence names: "Work", "Last", …
	Suggestions []Suggestion   // what to try instead, best first
}

// A Suggestion is a citation that would work, with what stands there.
type Suggestion struct {
	Citation string // canonical or at least resolvable as it stands
	Label    string // for a button: `2.II "A bureaucratic economy"`
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%s", e.Code, e.Reason)
	for _, s := range e.Suggestions {
		fmt.Fprintf(&b, " [%s]", s.Citation)
	}
	return b.String()
}
