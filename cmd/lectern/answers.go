package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"lectern/library"
)

// The answers of the command line as JSON, one object to a line. What a text
// does not say is null.

type workAnswer struct {
	Alias     *string  `json:"alias"`
	Title     *string  `json:"title"`
	Author    *string  `json:"author"`
	Date      *string  `json:"date"`
	Language  *string  `json:"language"`
	Source    *string  `json:"source"`
	Sections  int      `json:"sections"`
	Passages  int      `json:"passages"`
	Epigraphs int      `json:"epigraphs"`
	Notes     int      `json:"notes"`
	Words     int      `json:"words"`
	Warnings  []string `json:"warnings"`
}

// importAnswer is a work that was brought in, or would be.
type importAnswer struct {
	workAnswer
	Subtitle *string         `json:"subtitle"`
	Edition  *string         `json:"edition"`
	Rights   *string         `json:"rights"`
	Scheme   *string         `json:"scheme"`
	Outline  []sectionAnswer `json:"outline"`
	Parts    []partAnswer    `json:"parts"`
	LeftOut  []leftOutAnswer `json:"left_out"`
	Readings []string        `json:"readings"` // of plans: what becomes of them, a sentence each
}

// partAnswer is a piece of the text that is kept and bears no number.
type partAnswer struct {
	Kind    string  `json:"kind"`
	Text    string  `json:"text"`
	Section *string `json:"section"` // the path, null before the first
	Before  int     `json:"before"`  // which of the passages comes after it, from 0, footnotes counted
}

type leftOutAnswer struct {
	Text   string `json:"text"`
	Reason string `json:"reason"`
	Line   *int   `json:"line"`
}

type leftOutsAnswer struct {
	Query   string          `json:"query"`
	Work    string          `json:"work"`
	LeftOut []leftOutAnswer `json:"left_out"`
}

type outlineAnswer struct {
	Work     workAnswer      `json:"work"`
	Sections []sectionAnswer `json:"sections"`
}

type sectionAnswer struct {
	Path  string  `json:"path"`
	Label *string `json:"label"`
	Title *string `json:"title"`
	Depth int     `json:"depth"`
	First *int    `json:"first"`
	Last  *int    `json:"last"`
	Words int     `json:"words"`
}

type passagesAnswer struct {
	Query    string          `json:"query"`
	Citation string          `json:"citation"`
	Work     string          `json:"work"`
	Passages []passageAnswer `json:"passages"`
	// Of a work whole: its headings, and the parts that bear no number.
	Sections []sectionAnswer `json:"sections,omitempty"`
	Parts    []partAnswer    `json:"parts,omitempty"`
}

type passageAnswer struct {
	Number      *int       `json:"number"`
	InSection   int        `json:"in_section"`
	Section     sectionRef `json:"section"`
	Kind        string     `json:"kind"`
	Citation    string     `json:"citation"`
	Anchor      string     `json:"anchor"`
	Text        string     `json:"text"`
	Attribution *string    `json:"attribution"`
	Notes       []string   `json:"notes"`
	Page        *string    `json:"page"`
	// Editions is where a chapter stands, of a work of which only the outline is
	// kept.
	Editions []extentAnswer `json:"editions,omitempty"`
}

type extentAnswer struct {
	Name   *string `json:"name"`
	Unit   string  `json:"unit"` // pages or minutes
	First  *string `json:"first"`
	Last   *string `json:"last"`
	Length int     `json:"length"`
}

type sectionRef struct {
	Path  string  `json:"path"`
	Title *string `json:"title"`
}

type searchAnswer struct {
	Query string      `json:"query"`
	Total int         `json:"total"`
	Hits  []hitAnswer `json:"hits"`
	// Forms says that the hits have other forms of the words.
	Forms bool `json:"forms,omitempty"`
	// Instead is what would have been found, where nothing was.
	Instead []insteadAnswer `json:"instead,omitempty"`
}

type insteadAnswer struct {
	Query string `json:"query"`
	Total int    `json:"total"`
}

type hitAnswer struct {
	Citation string  `json:"citation"`
	Number   *int    `json:"number"`
	Work     string  `json:"work"`
	Section  string  `json:"section"`
	Score    float64 `json:"score"`
	Text     string  `json:"text"`
	Snippet  string  `json:"snippet"`
}

type quoteAnswer struct {
	Query   string        `json:"query"`
	Found   bool          `json:"found"`
	Reason  *string       `json:"reason"`
	Matches []matchAnswer `json:"matches"`
}

type matchAnswer struct {
	Citation string  `json:"citation"`
	Number   *int    `json:"number"`
	Work     string  `json:"work"`
	Quoted   string  `json:"quoted"`  // the quotation, or which of those in a message
	Heading  bool    `json:"heading"` // it is a heading, or a title, that says so
	Score    float64 `json:"score"`
	Text     string  `json:"text"`
	Marked   string  `json:"marked"`
}

type planAnswer struct {
	Readings []readingAnswer `json:"readings"`
}

type readingAnswer struct {
	N        int     `json:"n"`
	Citation string  `json:"citation"`
	First    int     `json:"first"`
	Last     int     `json:"last"`
	Words    int     `json:"words"`
	Minutes  int     `json:"minutes"`
	Opens    *string `json:"opens"`
	Due      string  `json:"due"`
	Local    string  `json:"local"`
	Zone     string  `json:"zone"`
}

type errorAnswer struct {
	Query string      `json:"query"`
	Error errorDetail `json:"error"`
}

type errorDetail struct {
	Code        string   `json:"code"`
	Message     string   `json:"message"`
	Suggestions []string `json:"suggestions"`
}

// text is a string that may be unknown.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// count is a ¶ number, of which there is no 0.
func count(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

// emit prints one answer on a line of its own.
func (a *app) emit(answer any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	return e.Encode(answer)
}

// fail prints a mistake as JSON; what is not a person's mistake is returned.
func (a *app) fail(query string, err error) error {
	var le *library.Error
	err = mistake(err)
	if !errors.As(err, &le) {
		return err
	}
	answer := errorAnswer{Query: query, Error: errorDetail{Code: string(le.Code), Message: a.sentence(err), Suggestions: []string{}}}
	for _, s := range le.Suggestions {
		answer.Error.Suggestions = append(answer.Error.Suggestions, s.Citation)
	}
	if err := a.emit(answer); err != nil {
		return err
	}
	return errShown
}

// each answers one query, or with "-" every line of standard input with one
// line. Mistakes in a line are answered and do not end the run.
func (a *app) each(query string, asJSON bool, one func(query string, oneLine bool) error) error {
	answer := func(q string, oneLine bool) error {
		err := one(q, oneLine)
		if err == nil || !asJSON {
			return err
		}
		return a.fail(q, err)
	}
	if query != "-" {
		return answer(query, false)
	}
	in := bufio.NewReader(a.in)
	for {
		line, err := in.ReadString('\n')
		if line == "" && err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		err = answer(strings.TrimRight(line, "\r\n"), true)
		var le *library.Error
		switch {
		case err == nil || errors.Is(err, errShown):
		case errors.As(err, &le):
			if _, err := io.WriteString(a.out, "! "+a.sentence(err)+"\n"); err != nil {
				return err
			}
		default:
			return err
		}
		if err := a.ctx.Err(); err != nil {
			return err
		}
	}
}
