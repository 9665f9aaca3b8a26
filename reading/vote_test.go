package reading

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"lectern/library"
)

var voteNow = time.Date(2026, 11, 24, 19, 30, 0, 0, time.UTC) // a Tuesday

func TestParseVote(t *testing.T) {
	for _, c := range []struct {
		question, choices, until string
		wants                    string // question, choices and when it closes
		refused                  string // the reason
	}{
		{question: "Which book next?", choices: "Letters | Essays", wants: "Which book next? Letters/Essays 2026-12-01T19:30"},
		{question: "Which book next?", choices: "Letters|Essays|  Plays  until friday", wants: "Which book next? Letters/Essays/Plays 2026-11-27T23:59"},
		{question: "Which book next?", choices: "A | B until fri 27 nov 19:00", wants: "Which book next? A/B 2026-11-27T19:00"},
		{question: "Which book next?", choices: "A\nB\nC UNTIL\ttomorrow 8pm", wants: "Which book next? A/B/C 2026-11-25T20:00"},
		{question: "Welches Buch?", choices: "A | B bis Freitag", wants: "Welches Buch? A/B 2026-11-27T23:59"},
		{question: "Read until when?", choices: "Read until noon | Read until dusk", until: "in 2 days", wants: "Read until when? Read until noon/Read until dusk 2026-11-26T23:59"},
		{question: "How long?", choices: "Read until noon | Until dusk", wants: "How long? Read until noon/Until dusk 2026-12-01T19:30"},
		{question: "Which?", choices: "A | B | until friday", wants: "Which? A/B 2026-11-27T23:59"},
		{question: "Which", choices: "book next? Letters | Essays until friday", wants: "Which book next? Letters/Essays 2026-11-27T23:59"},
		{question: "Who?", choices: "Who goes? He | She", wants: "Who? Who goes? He/She 2026-12-01T19:30"},
		{question: " ", choices: "A | B", refused: "vote_question"},
		{question: strings.Repeat("x", 301), choices: "A | B", refused: "vote_question_long"},
		{question: "Q?", choices: "A", refused: "vote_few"},
		{question: "Q?", choices: " | | until friday", refused: "vote_few"},
		{question: "Q?", choices: "1|2|3|4|5|6|7|8|9|10|11", refused: "vote_many"},
		{question: "Q?", choices: "a | B | A", refused: "vote_twice"},
		{question: "Q?", choices: "a | " + strings.Repeat("b", 201), refused: "vote_choice_long"},
		{question: "Q?", choices: "A | B until the cows come home", refused: "vote_until"},
		{question: "Q?", choices: "A | B", until: "yesterday", refused: "vote_past"},
		{question: "Q?", choices: "A | B until 24 nov 2030", refused: "vote_far"},
		{question: "Q?", choices: "A | B until tuesday", refused: "when_weekday_today"},
	} {
		v, err := ParseVote(c.question, c.choices, c.until, voteNow, time.UTC)
		if e, ok := errors.AsType[*library.Error](err); ok && e.Reason == c.refused {
			continue
		} else if err != nil || c.refused != "" {
			t.Errorf("%q %q %q: %+v, %v, want %q", c.question, c.choices, c.until, v, err, c.refused)
			continue
		}
		if got := v.Question + " " + strings.Join(v.Choices, "/") + " " + v.Closes.Format("2006-01-02T15:04"); got != c.wants {
			t.Errorf("%q %q %q:\n got %s\nwant %s", c.question, c.choices, c.until, got, c.wants)
		}
	}
}

func TestParseChoice(t *testing.T) {
	one := Vote{Choices: []string{"Letters", "Essays", "Letters and essays", "7"}}
	several := Vote{Choices: one.Choices, Several: true}
	for _, c := range []struct {
		vote    *Vote
		said    string
		want    []int
		refused string
	}{
		{&one, "2", []int{2}, ""},
		{&one, "#2.", []int{2}, ""},
		{&one, "essays", []int{2}, ""},
		{&one, "“Ess”", []int{2}, ""},
		{&one, "letters", []int{1}, ""},
		{&one, "none", nil, ""},
		{&one, "7", []int{4}, ""},
		{&one, "lett", nil, "vote_choice"},
		{&one, "5", nil, "vote_choice"},
		{&one, "0", nil, "vote_choice"},
		{&one, "2 and more", nil, "vote_choice"},
		{&one, "1, 2", nil, "vote_one"},
		{&several, "3, 1 and 2", []int{1, 2, 3}, ""},
		{&several, "2 2", []int{2}, ""},
		{&several, "1, 9", nil, "vote_choice"},
	} {
		got, err := c.vote.ParseChoice(c.said)
		if e, ok := errors.AsType[*library.Error](err); ok {
			if e.Reason != c.refused {
				t.Errorf("%q: refused as %s, want %q", c.said, e.Reason, c.refused)
			}
		} else if c.refused != "" || !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, want %v %s", c.said, got, c.want, c.refused)
		}
	}
}

func TestLeading(t *testing.T) {
	for _, c := range []struct {
		counts, want []int
		most         int
	}{{[]int{0, 0}, nil, 0}, {[]int{1, 3, 2}, []int{2}, 3}, {[]int{2, 0, 2}, []int{1, 3}, 2}, {nil, nil, 0}} {
		if got, most := Leading(c.counts); !slices.Equal(got, c.want) || most != c.most {
			t.Errorf("%v: %v with %d", c.counts, got, most)
		}
	}
}

// What is taken keeps the limits, and can be chosen by its number.
func FuzzParseVote(f *testing.F) {
	f.Add("Which book next?", "Letters | Essays until friday", "")
	f.Add("Which", "book? Letters | Essays", "in 3 days")
	f.Add("Q", "a until b | c bis d", "")
	f.Add("\xff", "\u00a0|\u2028 \u0130 until \u212a|x", "-")
	f.Fuzz(func(t *testing.T, question, choices, until string) {
		v, err := ParseVote(question, choices, until, voteNow, time.UTC)
		if err != nil {
			if _, ok := errors.AsType[*library.Error](err); !ok {
				t.Fatalf("no sentence for %v", err)
			}
			return
		}
		if v.Question == "" || len(v.Choices) < 2 || len(v.Choices) > MaxChoices || !v.Open(voteNow) || v.Open(v.Closes) {
			t.Fatalf("%+v", v)
		}
		for i, c := range v.Choices {
			if c == "" || c != oneLine(c) {
				t.Fatalf("choice %q", c)
			}
			if got, err := v.ParseChoice(string(rune('1' + i))); i < 9 && (err != nil || !slices.Equal(got, []int{i + 1})) {
				t.Fatalf("choice %d is %v, %v", i+1, got, err)
			}
		}
	})
}
