package reading

import (
	"fmt"
	"slices"
	"time"
)

// A Kind is what sort of post a plan owes.
type Kind string

// The kinds of posts around a reading.
const (
	Announcement Kind = "announcement"
	Reminder     Kind = "reminder"
	Question     Kind = "prompt"
	Recap        Kind = "recap" // after the last reading; the others' are part of the next announcement
)

// ReminderBefore is how long before a reading is due its reminder comes.
const ReminderBefore = 24 * time.Hour

// A Prompt is a question and when it is asked.
type Prompt struct {
	ID      int64
	Reading ReadingID
	At      time.Time
}

// An Owed is a post that a plan will owe. Its occurrence is the same as long
// as the post is for the same reading and the same meeting.
type Owed struct {
	Kind       Kind
	Reading    ReadingID
	Prompt     int64
	Occurrence string
	At         time.Time
}

// Schedule is every post that a published plan owes, in order.
func Schedule(p *Plan, prompts []Prompt) []Owed {
	var out []Owed
	for i := range p.Readings {
		x := &p.Readings[i]
		out = append(out, Owed{Kind: Announcement, Reading: x.ID, Occurrence: fmt.Sprintf("r%d", x.ID), At: x.Opens})
		if at := x.Due.At.Add(-ReminderBefore); at.After(x.Opens) {
			out = append(out, Owed{Kind: Reminder, Reading: x.ID, Occurrence: fmt.Sprintf("r%d %s", x.ID, x.Due.Local), At: at})
		}
		if i == len(p.Readings)-1 {
			out = append(out, Owed{Kind: Recap, Reading: x.ID, Occurrence: fmt.Sprintf("r%d", x.ID), At: x.Due.At})
		}
	}
	for _, q := range prompts {
		out = append(out, Owed{Kind: Question, Reading: q.Reading, Prompt: q.ID, Occurrence: fmt.Sprintf("q%d", q.ID), At: q.At})
	}
	slices.SortStableFunc(out, func(a, b Owed) int { return a.At.Compare(b.At) })
	return out
}

// PromptTime is when a question for reading n is asked unless somebody says
// otherwise: two days after it opens, at the hour of the meeting; for a
// reading that is open already, the next such hour.
func PromptTime(p *Plan, n int, now time.Time) time.Time {
	loc, err := LoadZone(p.Zone)
	if err != nil {
		loc = time.UTC
	}
	x := &p.Readings[n-1]
	opens := x.Opens
	if opens.IsZero() {
		opens = now
	}
	at := Instant(DateTime{DateOf(opens, loc).AddDays(2), p.Cadence.Clock}, loc)
	if at.After(now) && at.Before(x.Due.At) {
		return at
	}
	at = Instant(DateTime{DateOf(now, loc), p.Cadence.Clock}, loc)
	if !at.After(now) {
		at = Instant(DateTime{DateOf(now, loc).AddDays(1), p.Cadence.Clock}, loc)
	}
	return at
}
