package reading

import (
	"cmp"
	"fmt"
	"time"

	"lectern/library"
)

// A Date is a day of the civil calendar (proleptic Gregorian), in no zone.
// The zero Date is no date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// A Clock is a time of day to the minute, 00:00 to 23:59.
type Clock struct {
	Hour, Minute int
}

// A DateTime is a civil date and a time of day, in no zone: what stands in a
// diary. Instant gives the moment it means somewhere.
type DateTime struct {
	Date  Date
	Clock Clock
}

// The layouts of dates and times as people and files write them.
const (
	dateLayout     = "2006-01-02"
	clockLayout    = "15:04"
	dateTimeLayout = "2006-01-02T15:04"
)

// The years that a Date may have when it is read from text.
const (
	minYear = 1900
	maxYear = 9999
)

// NewDate returns the day d of month m in year y, and false if the calendar
// has no such day.
func NewDate(y int, m time.Month, d int) (Date, bool) {
	if y < minYear || y > maxYear || m < time.January || m > time.December || d < 1 || d > daysIn(y, m) {
		return Date{}, false
	}
	return Date{y, m, d}, true
}

// DateOf is the day that a calendar in loc shows at t.
func DateOf(t time.Time, loc *time.Location) Date {
	y, m, d := t.In(loc).Date()
	return Date{y, m, d}
}

// DateTimeOf is what a calendar and a clock in loc show at t, seconds cut off.
func DateTimeOf(t time.Time, loc *time.Location) DateTime {
	t = t.In(loc)
	return DateTime{DateOf(t, loc), Clock{t.Hour(), t.Minute()}}
}

// ParseDate reads a date written 2006-01-02. The error is a *library.Error
// (syntax/date).
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(dateLayout, s)
	if err != nil || t.Year() < minYear {
		return Date{}, &library.Error{Code: library.Syntax, Reason: "date", Args: map[string]any{"Text": clip(s)}}
	}
	return DateOf(t, time.UTC), nil
}

// ParseClock reads a time of day written 15:04. The error is a *library.Error
// (syntax/clock).
func ParseClock(s string) (Clock, error) {
	t, err := time.Parse(clockLayout, s)
	if err != nil || len(s) != len(clockLayout) {
		return Clock{}, &library.Error{Code: library.Syntax, Reason: "clock", Args: map[string]any{"Text": clip(s)}}
	}
	return Clock{t.Hour(), t.Minute()}, nil
}

// ParseDateTime reads a civil time written 2006-01-02T15:04. The error is a
// *library.Error (syntax/date).
func ParseDateTime(s string) (DateTime, error) {
	t, err := time.Parse(dateTimeLayout, s)
	if err != nil || len(s) != len(dateTimeLayout) || t.Year() < minYear {
		return DateTime{}, &library.Error{Code: library.Syntax, Reason: "date", Args: map[string]any{"Text": clip(s)}}
	}
	return DateTimeOf(t, time.UTC), nil
}

// String writes the date as 2006-01-02, and "" for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// String writes the clock as 15:04.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c.Hour, c.Minute) }

// String writes the civil time as 2006-01-02T15:04, and "" for none.
func (dt DateTime) String() string {
	if dt.IsZero() {
		return ""
	}
	return dt.Date.String() + "T" + dt.Clock.String()
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == Date{} }

// IsZero reports whether dt has no date.
func (dt DateTime) IsZero() bool { return dt.Date.IsZero() }

// utc is midnight of the day in UTC, where every day has one.
func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// AddDays is the date n days later, or earlier if n is negative.
func (d Date) AddDays(n int) Date { return DateOf(d.utc().AddDate(0, 0, n), time.UTC) }

// Sub is the number of days from e to d.
func (d Date) Sub(e Date) int { return int(d.utc().Sub(e.utc()) / (24 * time.Hour)) }

// Compare orders dates; it returns -1, 0 or 1.
func (d Date) Compare(e Date) int {
	return cmp.Or(cmp.Compare(d.Year, e.Year), cmp.Compare(d.Month, e.Month), cmp.Compare(d.Day, e.Day))
}

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After reports whether d is a later day than e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// Compare orders times of day; it returns -1, 0 or 1.
func (c Clock) Compare(e Clock) int {
	return cmp.Or(cmp.Compare(c.Hour, e.Hour), cmp.Compare(c.Minute, e.Minute))
}

// Compare orders civil times; it returns -1, 0 or 1.
func (dt DateTime) Compare(e DateTime) int {
	return cmp.Or(dt.Date.Compare(e.Date), dt.Clock.Compare(e.Clock))
}

// monday is the Monday of the date's week; weeks begin on Monday (ISO 8601).
func (d Date) monday() Date { return d.AddDays(-isoDay(d.Weekday())) }

// isoDay counts a weekday from Monday, 0, to Sunday, 6.
func isoDay(w time.Weekday) int { return (int(w) + 6) % 7 }

// daysIn is the number of days in a month.
func daysIn(y int, m time.Month) int { return time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day() }

// nthWeekday is the nth given weekday of a month; n is 1 to 5, or -1 for the
// last one. It returns false where the month has no fifth.
func nthWeekday(y int, m time.Month, w time.Weekday, n int) (Date, bool) {
	if n < 0 {
		last := Date{y, m, daysIn(y, m)}
		return last.AddDays(-((int(last.Weekday()) - int(w) + 7) % 7)), true
	}
	first := Date{y, m, 1}
	day := 1 + (int(w)-int(first.Weekday())+7)%7 + 7*(n-1)
	return NewDate(y, m, day)
}

// MarshalText writes the date as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	*d, err = ParseDate(string(b))
	return err
}

// MarshalText writes the clock as String does.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (c *Clock) UnmarshalText(b []byte) (err error) {
	*c, err = ParseClock(string(b))
	return err
}

// MarshalText writes the civil time as String does.
func (dt DateTime) MarshalText() ([]byte, error) { return []byte(dt.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (dt *DateTime) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*dt = DateTime{}
		return nil
	}
	*dt, err = ParseDateTime(string(b))
	return err
}

// clip shortens a person's text for an error's Args.
func clip(s string) string {
	const limit = 60
	r := []rune(s)
	if len(r) <= limit {
		return s
	}
	return string(r[:limit]) + "…"
}
