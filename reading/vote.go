package reading

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lectern/library"
)

// A VoteID names a vote.
type VoteID int64

// A Vote is a question that is put to a group, with what can be chosen.
type Vote struct {
	ID       VoteID
	Group    GroupID
	N        int // its number in the group, from 1
	Question string
	Choices  []string
	Several  bool // each may choose as many as they like
	Asked    time.Time
	Closes   time.Time // from then on nothing counts any more
}

// Open reports whether a vote can be cast at an instant.
func (v *Vote) Open(at time.Time) bool { return at.Before(v.Closes) }

// Limits on a vote; lengths are in characters.
const (
	MaxChoices  = 10
	MaxChoice   = 200
	MaxQuestion = 300
	// VoteDays is how long one is open that says nothing else, and MaxVoteDays
	// the longest that one may be.
	VoteDays    = 7
	MaxVoteDays = 366
)

// ParseVote reads what is put to the vote: a question, and what can be chosen,
// parted by bars or on lines of their own. What follows the last "until" there
// is when it closes, unless that is said apart; a day without an hour counts to
// its end. A question without quotation marks may run on into the choices up to
// its question mark, as it does when it is typed.
//
// The error is a *library.Error: syntax with the reason vote_question,
// vote_few, vote_twice, vote_until (with the part that is no time) or
// vote_past; too_large with vote_many, vote_question_long or vote_choice_long;
// out_of_range with vote_far; or what ParseWhen says of a time that could be
// meant in two ways.
func ParseVote(question, choices, until string, now time.Time, loc *time.Location) (Vote, error) {
	v := Vote{Question: oneLine(question), Asked: now}
	if until == "" {
		before, after, apart := cutUntil(choices)
		if _, err := ParseWhen(after, now, loc); !apart || !notAsTime(err) { // "until dusk" may be a choice
			choices, until = before, after
		}
	}
	for part := range strings.FieldsFuncSeq(choices, func(r rune) bool { return r == '|' || r == '\n' || r == '\r' }) {
		if part = oneLine(part); part != "" {
			v.Choices = append(v.Choices, part)
		}
	}
	if len(v.Choices) > 0 && !ended(v.Question) {
		// Which book next? A | B
		if rest, first, ok := strings.Cut(v.Choices[0], "? "); ok {
			v.Question, v.Choices[0] = strings.TrimSpace(v.Question+" "+rest)+"?", strings.TrimSpace(first)
		}
	}
	if err := v.check(); err != nil {
		return Vote{}, err
	}
	if until == "" {
		local := DateTimeOf(now, loc)
		local.Date = local.Date.AddDays(VoteDays)
		v.Closes = Instant(local, loc)
		return v, nil
	}
	w, err := ParseWhen(until, now, loc)
	if err != nil {
		if notAsTime(err) {
			return Vote{}, &library.Error{Code: library.Syntax, Reason: "vote_until", Args: map[string]any{"Text": clip(until)}}
		}
		return Vote{}, err
	}
	v.Closes = w.At
	if !w.Timed {
		w.Local.Clock = Clock{Hour: 23, Minute: 59}
		v.Closes = Instant(w.Local, loc)
	}
	switch {
	case v.Closes.Before(now.Add(time.Minute)):
		return Vote{}, &library.Error{Code: library.Syntax, Reason: "vote_past", Args: map[string]any{"Text": clip(until)}}
	case v.Closes.After(now.AddDate(0, 0, MaxVoteDays)):
		return Vote{}, &library.Error{Code: library.OutOfRange, Reason: "vote_far", Args: map[string]any{"Days": MaxVoteDays}}
	}
	return v, nil
}

// notAsTime reports whether something was not understood as a time at all.
func notAsTime(err error) bool {
	e, ok := errors.AsType[*library.Error](err)
	return ok && e.Code == library.Syntax && e.Reason == "when"
}

func (v *Vote) check() error {
	refuse := func(code library.Code, reason string, args map[string]any) error {
		return &library.Error{Code: code, Reason: reason, Args: args}
	}
	switch {
	case v.Question == "":
		return refuse(library.Syntax, "vote_question", nil)
	case utf8.RuneCountInString(v.Question) > MaxQuestion:
		return refuse(library.TooLarge, "vote_question_long", map[string]any{"Max": MaxQuestion})
	case len(v.Choices) < 2:
		return refuse(library.Syntax, "vote_few", nil)
	case len(v.Choices) > MaxChoices:
		return refuse(library.TooLarge, "vote_many", map[string]any{"Max": MaxChoices, "Number": len(v.Choices)})
	}
	for i, c := range v.Choices {
		if utf8.RuneCountInString(c) > MaxChoice {
			return refuse(library.TooLarge, "vote_choice_long", map[string]any{"Max": MaxChoice, "Text": clip(c)})
		}
		if slices.ContainsFunc(v.Choices[:i], func(other string) bool { return strings.EqualFold(other, c) }) {
			return refuse(library.Syntax, "vote_twice", map[string]any{"Text": clip(c)})
		}
	}
	return nil
}

// ended reports whether a question ends as one.
func ended(question string) bool {
	return strings.HasSuffix(strings.TrimRight(question, `"”“»«' `), "?")
}

// untils are the words before the time at which a vote closes.
var untils = []string{" until ", " bis "}

// cutUntil takes the time at which a vote closes off the end of its choices.
// apart is true where it stands between bars like a choice.
func cutUntil(s string) (choices, until string, apart bool) {
	lower := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) && r < utf8.RuneSelf {
			return ' '
		}
		if r < utf8.RuneSelf {
			return unicode.ToLower(r)
		}
		return r // others may change their length
	}, s)
	if len(lower) != len(s) { // it is not valid UTF-8
		return s, "", false
	}
	at, end := -1, 0
	for _, word := range untils {
		if i := strings.LastIndex(lower, word); i > at {
			at, end = i, i+len(word)
		}
	}
	if at < 0 || strings.ContainsAny(s[end:], "|\n") {
		return s, "", false
	}
	before := strings.TrimRight(s[:at], " \t")
	return s[:at], strings.TrimSpace(s[end:]), strings.HasSuffix(before, "|") || strings.HasSuffix(before, "\n")
}

// ParseChoice reads what somebody chooses: numbers, parted by commas or spaces,
// or one choice in its own words, of which the beginning will do. Nothing is
// chosen by "none". Choices count from 1, and come in order.
//
// The error is a *library.Error: out_of_range with the reason vote_choice, or
// syntax with vote_one.
func (v *Vote) ParseChoice(text string) ([]int, error) {
	said := strings.Trim(oneLine(text), `"“”„«». `)
	switch strings.ToLower(said) {
	case "none", "-", "nothing", "keine", "nichts":
		return nil, nil
	}
	var out []int
	add := func(n int) {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	words := strings.FieldsFunc(said, func(r rune) bool { return r == ',' || r == ';' || r == '+' || r == '&' || unicode.IsSpace(r) })
	numbers := len(words) > 0
	for _, w := range words {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(w, "#"), "."))
		switch {
		case err == nil && n >= 1 && n <= len(v.Choices):
			add(n)
		case strings.EqualFold(w, "and") || strings.EqualFold(w, "und"):
		default:
			numbers = false
		}
	}
	if !numbers || len(out) == 0 {
		out = nil
		for i, c := range v.Choices {
			if strings.EqualFold(c, said) {
				out = []int{i + 1}
				break
			}
			if len(said) > 0 && len(c) > len(said) && strings.EqualFold(c[:len(said)], said) {
				add(i + 1)
			}
		}
		if len(out) != 1 {
			return nil, &library.Error{Code: library.OutOfRange, Reason: "vote_choice", Args: map[string]any{"Text": clip(said), "Last": len(v.Choices)}}
		}
	}
	if len(out) > 1 && !v.Several {
		return nil, &library.Error{Code: library.Syntax, Reason: "vote_one"}
	}
	slices.Sort(out)
	return out, nil
}

// Leading are the choices that have most votes, none if nobody voted. Counts
// are those of the choices, in order.
func Leading(counts []int) (choices []int, votes int) {
	for i, n := range counts {
		switch {
		case n == 0 || n < votes:
		case n > votes:
			choices, votes = []int{i + 1}, n
		default:
			choices = append(choices, i+1)
		}
	}
	return choices, votes
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
