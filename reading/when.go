package reading

import (
	"time"

	"lectern/library"
)

// maxYears is how far from now a date may lie that a person types.
const maxYears = 5

// A When is a date, and perhaps a time of day, that a person named.
type When struct {
	Local DateTime  // in the zone it was read for; the clock is 00:00 unless Timed
	Timed bool      // whether a time of day was named
	At    time.Time // the instant, if Timed; otherwise zero
}

// ParseWhen reads a date or a time to come as people type it, in English or
// German: "tue 22 dec", "1 Dec 19:00", "tomorrow 8pm", "in 3 days",
// "2026-12-01", "next tue 7pm", "+1d", "friday", "am 3. Dezember um 19 Uhr".
// A date without its year is the next such one, today's included; a weekday
// is the coming one.
//
// All of the text must be understood, and what could be meant in two ways is
// refused: 03/04/2027; "tuesday" said on a Tuesday; "next friday" said when
// this week's is still to come; "at 7". The error is a *library.Error whose
// suggestions can be typed instead: syntax with the reason when (with the part
// that was not understood), when_day, when_zone, when_no_such_day,
// when_weekday, when_year or clock; ambiguous with when_slashes,
// when_weekday_today, when_next, hour or midnight; out_of_range with when_far,
// when_long_ago or when_passed.
func ParseWhen(text string, now time.Time, loc *time.Location) (When, error) {
	return parseWhen(text, now, loc, +1)
}

// ParsePast is ParseWhen for times that lie behind, as in "why tue 22 dec": a
// date without its year is the last such one, and a weekday the last one.
func ParsePast(text string, now time.Time, loc *time.Location) (When, error) {
	return parseWhen(text, now, loc, -1)
}

// A said is the pieces of a date as they stand in a phrase.
type said struct {
	date       Date // complete, or with Year 0, or with Year and Month 0
	hasDate    bool
	weekday    time.Weekday
	hasWeekday bool
	next, this bool
	tonight    bool
	clock      Clock
	timed      bool
	at         time.Time // "in 2 hours"
}

func parseWhen(text string, now time.Time, loc *time.Location, toward int) (When, error) {
	bad := func(code library.Code, reason string, args map[string]any) error {
		return &library.Error{Code: code, Reason: reason, Args: args}
	}
	ph, ok := newPhrase(text)
	if !ok {
		return When{}, bad(library.Syntax, "when", map[string]any{"Text": clip(text), "Part": clip(text)})
	}
	today := DateOf(now, loc)
	var s said
	for !ph.done() {
		start := ph.at
		if err := ph.piece(&s, now, today); err != nil {
			return When{}, err
		}
		if ph.at > start {
			continue
		}
		_, zone := ph.lex[ph.peek().text][wZone]
		switch {
		case zone && (s.timed || !s.at.IsZero()):
			return When{}, bad(library.Syntax, "when_zone", map[string]any{"Part": ph.rest(), "Zone": loc.String()})
		case !s.timed && ph.bareHour():
			return When{}, ph.ambiguousHour()
		}
		return When{}, bad(library.Syntax, "when", map[string]any{"Text": clip(text), "Part": ph.rest()})
	}
	if !s.at.IsZero() {
		if s.hasDate || s.hasWeekday || s.timed || s.tonight {
			return When{}, bad(library.Syntax, "when", map[string]any{"Text": clip(text), "Part": clip(text)})
		}
		return When{Local: DateTimeOf(s.at, loc), Timed: true, At: s.at.In(loc)}, nil
	}
	date, err := s.resolve(today, now, loc, toward)
	if err != nil {
		return When{}, err
	}
	switch years := date.Year - today.Year; {
	case years > maxYears:
		return When{}, bad(library.OutOfRange, "when_far", map[string]any{"Date": date, "Years": maxYears})
	case -years > maxYears && toward > 0: // who asks about the past may ask about all of it
		return When{}, bad(library.OutOfRange, "when_long_ago", map[string]any{"Date": date, "Years": maxYears})
	}
	w := When{Local: DateTime{Date: date}, Timed: s.timed}
	if s.timed {
		w.Local.Clock = s.clock
		w.At = Instant(w.Local, loc)
	}
	return w, nil
}

// resolve turns what was said into a day.
func (s *said) resolve(today Date, now time.Time, loc *time.Location, toward int) (Date, error) {
	// passed reports whether the time of day, if any, is behind us on a day.
	passed := func(d Date) bool {
		return s.timed && !Instant(DateTime{d, s.clock}, loc).After(now)
	}
	date := s.date
	switch {
	case s.tonight:
		if s.hasDate || s.hasWeekday || s.timed && s.clock.Hour < 12 {
			return Date{}, &library.Error{Code: library.Syntax, Reason: "when", Args: map[string]any{"Text": "tonight", "Part": "tonight"}}
		}
		return today, nil
	case !s.hasDate && s.hasWeekday:
		return s.resolveWeekday(today, passed, toward)
	case !s.hasDate:
		// A time of day alone.
		if toward > 0 && passed(today) || toward < 0 && !passed(today) {
			return Date{}, &library.Error{Code: library.OutOfRange, Reason: "when_passed", Args: map[string]any{"Clock": s.clock},
				Suggestions: s.suggest(today, today.AddDays(toward))}
		}
		return today, nil
	case date.Month == 0:
		var err error
		if date, err = dayOfMonth(date.Day, today, toward); err != nil {
			return Date{}, err
		}
	case date.Year == 0:
		var ok bool
		if date, ok = withYear(date, today, toward); !ok {
			return Date{}, noSuchDay(date)
		}
	}
	if s.next || s.this {
		return Date{}, &library.Error{Code: library.Syntax, Reason: "when_day", Args: map[string]any{}}
	}
	if s.hasWeekday && date.Weekday() != s.weekday {
		return Date{}, &library.Error{Code: library.Syntax, Reason: "when_weekday",
			Args:        map[string]any{"Date": date, "Weekday": date.Weekday(), "Said": s.weekday},
			Suggestions: s.suggest(date)}
	}
	if s.date.Year == 0 && date == today && toward > 0 && passed(today) {
		return Date{}, &library.Error{Code: library.OutOfRange, Reason: "when_passed", Args: map[string]any{"Clock": s.clock},
			Suggestions: s.suggest(today)}
	}
	return date, nil
}

// resolveWeekday finds the coming day of that name, or the last one.
func (s *said) resolveWeekday(today Date, passed func(Date) bool, toward int) (Date, error) {
	ahead := (int(s.weekday) - int(today.Weekday()) + 7) % 7
	switch {
	case s.this:
		return today.AddDays(ahead), nil
	case s.next:
		if ahead == 0 {
			return today.AddDays(7), nil
		}
		// The coming one, unless it is in this week, whether weeks begin on
		// Sunday or on Monday: then half the world means the one after.
		sunday := today.AddDays(-int(today.Weekday()))
		coming := today.AddDays(ahead)
		if coming.Sub(sunday) < 7 || coming.Sub(today.monday()) < 7 {
			return Date{}, &library.Error{Code: library.Ambiguous, Reason: "when_next",
				Args: map[string]any{"Weekday": s.weekday}, Suggestions: s.suggest(coming, coming.AddDays(7))}
		}
		return coming, nil
	case ahead > 0 && toward > 0:
		return today.AddDays(ahead), nil
	case ahead > 0:
		return today.AddDays(ahead - 7), nil
	case s.timed && toward > 0 && passed(today):
		return today.AddDays(7), nil
	case s.timed && toward < 0 && !passed(today):
		return today.AddDays(-7), nil
	}
	return Date{}, &library.Error{Code: library.Ambiguous, Reason: "when_weekday_today",
		Args: map[string]any{"Weekday": s.weekday}, Suggestions: s.suggest(today, today.AddDays(7*toward))}
}

// suggest writes days, with the time of day that was said, so that they can be
// typed instead.
func (s *said) suggest(days ...Date) []library.Suggestion {
	var out []library.Suggestion
	for _, d := range days {
		text := d.String()
		if s.timed {
			text += " " + s.clock.String()
		}
		out = append(out, library.Suggestion{Citation: text, Label: weekdayName(d.Weekday()) + " " + text})
	}
	return out
}

// dayOfMonth finds the 15th, of this month or the one beside it.
func dayOfMonth(day int, today Date, toward int) (Date, error) {
	d, ok := NewDate(today.Year, today.Month, day)
	if ok && (d.Compare(today)*toward < 0) {
		first := Date{today.Year, today.Month, 1}
		if toward > 0 {
			first = first.AddDays(daysIn(first.Year, first.Month))
		} else {
			first = first.AddDays(-1)
		}
		d, ok = NewDate(first.Year, first.Month, day)
	}
	if !ok {
		return Date{}, noSuchDay(Date{Day: day})
	}
	return d, nil
}

// withYear finds the year of a day and a month: the nearest in one direction,
// today's included.
func withYear(d, today Date, toward int) (Date, bool) {
	for n := range maxYears + 1 {
		c, ok := NewDate(today.Year+n*toward, d.Month, d.Day)
		if ok && c.Compare(today)*toward >= 0 {
			return c, true
		}
	}
	return d, false
}

func noSuchDay(d Date) error {
	if d.Month < 0 || d.Month > time.December || d.Month == 0 && d.Year != 0 {
		return &library.Error{Code: library.Syntax, Reason: "when_no_such_month", Args: map[string]any{"Month": int(d.Month)}}
	}
	if d.Month == 0 { // a day alone
		return &library.Error{Code: library.Syntax, Reason: "when_no_such_day", Args: map[string]any{"Day": d.Day, "Month": "", "Year": 0}}
	}
	return &library.Error{Code: library.Syntax, Reason: "when_no_such_day",
		Args: map[string]any{"Day": d.Day, "Month": d.Month, "Year": d.Year}}
}
