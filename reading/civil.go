package reading

import (
	"fmt"
	"time"
)

// A Date is a day of the civil calendar, in no zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the day of an instant in its own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads YYYY-MM-DD. A day that the calendar lacks is an error.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("reading: %q is no date: %w", s, err)
	}
	return DateOf(t), nil
}

func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == Date{} }

// utc is the day's midnight in UTC, for arithmetic.
func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// AddDays is n days later, or earlier if n is negative.
func (d Date) AddDays(n int) Date { return DateOf(d.utc().AddDate(0, 0, n)) }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.utc().Before(e.utc()) }

// DaysUntil is how many days lie between d and e.
func (d Date) DaysUntil(e Date) int { return int(e.utc().Sub(d.utc()).Hours() / 24) }

// A Clock is a time of day.
type Clock struct{ Hour, Minute int }

func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c.Hour, c.Minute) }

// A DateTime is a civil date and time, in no zone.
type DateTime struct {
	Date
	Clock
}

const dateTimeLayout = "2006-01-02T15:04"

// ParseDateTime reads YYYY-MM-DDTHH:MM.
func ParseDateTime(s string) (DateTime, error) {
	t, err := time.Parse(dateTimeLayout, s)
	if err != nil {
		return DateTime{}, fmt.Errorf("reading: %q is no date and time: %w", s, err)
	}
	return DateTime{DateOf(t), Clock{t.Hour(), t.Minute()}}, nil
}

func (d DateTime) String() string { return d.Date.String() + "T" + d.Clock.String() }
