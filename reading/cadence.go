package reading

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// Every says which stretch of the calendar a cadence counts in.
type Every int

// The stretches.
const (
	EveryDay Every = iota + 1
	EveryWeek
	EveryMonth
)

// A Cadence is the pattern of a group's meetings: every so many days, weeks or
// months at a time of day. It knows neither zone nor beginning; Occurrences
// takes those. The zero Cadence is none.
type Cadence struct {
	Every    Every
	Interval int            // 1 for each, 2 for every other, …
	Weekdays []time.Weekday // EveryWeek: one or more, Monday first; EveryMonth with Nth: one
	Nth      []int          // EveryMonth: which of the weekdays, 1 to 5, then -1 for the last
	MonthDay []int          // EveryMonth without Nth: 1 to 28, then -1 for the last day
	Clock    Clock
}

// An Occurrence is one time that a cadence names: in a diary, in a zone, and
// as an instant, which follows from the two by RFC 5545 (see Instant).
type Occurrence struct {
	Local DateTime
	Zone  string
	At    time.Time
}

// OccurrenceAt is the occurrence at a civil time in a zone.
func OccurrenceAt(local DateTime, loc *time.Location) Occurrence {
	return Occurrence{Local: local, Zone: loc.String(), At: Instant(local, loc)}
}

// IsZero reports whether c is no cadence.
func (c Cadence) IsZero() bool { return c.Every == 0 }

// Equal reports whether c and d name the same times.
func (c Cadence) Equal(d Cadence) bool { return c.String() == d.String() }

// valid reports whether c is a pattern that ParseCadence could have read.
func (c Cadence) valid() bool {
	if c.Interval < 1 || c.Interval > maxInterval || c.Clock.Hour < 0 || c.Clock.Hour > 23 ||
		c.Clock.Minute < 0 || c.Clock.Minute > 59 {
		return false
	}
	for _, d := range c.Weekdays {
		if d < time.Sunday || d > time.Saturday {
			return false
		}
	}
	switch c.Every {
	case EveryDay:
		return len(c.Weekdays) == 0 && len(c.Nth) == 0 && len(c.MonthDay) == 0
	case EveryWeek:
		return len(c.Weekdays) > 0 && len(c.Nth) == 0 && len(c.MonthDay) == 0
	case EveryMonth:
		for _, n := range c.Nth {
			if n != -1 && (n < 1 || n > 5) {
				return false
			}
		}
		for _, d := range c.MonthDay {
			if d != -1 && (d < 1 || d > lastMonthDay) {
				return false
			}
		}
		if len(c.Nth) > 0 {
			return len(c.Weekdays) == 1 && len(c.MonthDay) == 0
		}
		return len(c.Weekdays) == 0 && len(c.MonthDay) > 0
	}
	return false
}

// normal puts the lists of c in order and takes out what stands twice.
func (c Cadence) normal() Cadence {
	c.Weekdays = slices.Clone(c.Weekdays)
	slices.SortFunc(c.Weekdays, func(a, b time.Weekday) int { return isoDay(a) - isoDay(b) })
	c.Weekdays = slices.Compact(c.Weekdays)
	lastAtEnd := func(a, b int) int {
		if (a < 0) != (b < 0) {
			return b - a
		}
		return a - b
	}
	c.Nth = slices.Clone(c.Nth)
	slices.SortFunc(c.Nth, lastAtEnd)
	c.Nth = slices.Compact(c.Nth)
	c.MonthDay = slices.Clone(c.MonthDay)
	slices.SortFunc(c.MonthDay, lastAtEnd)
	c.MonthDay = slices.Compact(c.MonthDay)
	return c
}

// String writes the cadence in its canonical form, which ParseCadence reads
// back: "tue 19:00", "mon, thu 20:00", "every other sun 18:00",
// "first and third mon 19:00", "daily 08:00", "monthly on the 15th 19:00".
// No cadence is "".
func (c Cadence) String() string {
	if c.IsZero() {
		return ""
	}
	var parts []string
	if c.Interval > 1 {
		name := map[Every]string{EveryDay: "day", EveryWeek: "week", EveryMonth: "month"}[c.Every]
		switch {
		case c.Interval == 2 && c.Every == EveryWeek:
			parts = append(parts, "every other")
		case c.Interval == 2:
			parts = append(parts, "every other "+name)
		default:
			parts = append(parts, fmt.Sprintf("every %d %ss", c.Interval, name))
		}
	}
	switch {
	case c.Every == EveryDay && c.Interval == 1:
		parts = append(parts, "daily")
	case c.Every == EveryWeek:
		var names []string
		for _, d := range c.Weekdays {
			names = append(names, weekdayName(d))
		}
		parts = append(parts, strings.Join(names, ", "))
	case c.Every == EveryMonth && len(c.Nth) > 0:
		var names []string
		for _, n := range c.Nth {
			names = append(names, map[int]string{1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}[n])
		}
		parts = append(parts, strings.Join(names, " and "), weekdayName(c.Weekdays[0]))
	case c.Every == EveryMonth:
		var names []string
		for _, d := range c.MonthDay {
			if d < 0 {
				names = append(names, "last day")
			} else {
				names = append(names, fmt.Sprintf("%d%s", d, ordinalSuffix(d)))
			}
		}
		if c.Interval == 1 {
			parts = append(parts, "monthly")
		}
		parts = append(parts, "on the "+strings.Join(names, " and "))
	}
	return strings.Join(append(parts, c.Clock.String()), " ")
}

// MarshalText writes the cadence as String does.
func (c Cadence) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (c *Cadence) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*c = Cadence{}
		return nil
	}
	*c, err = ParseCadence(string(b))
	return err
}

// dates yields the days of the cadence on or after from, in order and without
// end, up to the year 9999. What is counted in intervals is counted from the
// week or month of the first day that fits.
func (c Cadence) dates(from Date) iter.Seq[Date] {
	return func(yield func(Date) bool) {
		if !c.valid() {
			return
		}
		switch c.Every {
		case EveryDay:
			for d := from; d.Year <= maxYear; d = d.AddDays(c.Interval) {
				if !yield(d) {
					return
				}
			}
		case EveryWeek:
			week, begun := from.monday(), false
			for week.Year <= maxYear {
				for _, w := range c.Weekdays {
					if d := week.AddDays(isoDay(w)); !d.Before(from) {
						begun = true
						if !yield(d) {
							return
						}
					}
				}
				if begun {
					week = week.AddDays(7 * c.Interval)
				} else {
					week = week.AddDays(7)
				}
			}
		case EveryMonth:
			y, m, begun := from.Year, from.Month, false
			for y <= maxYear {
				for _, d := range c.inMonth(y, m) {
					if !d.Before(from) {
						begun = true
						if !yield(d) {
							return
						}
					}
				}
				step := 1
				if begun {
					step = c.Interval
				}
				next := Date{y, m, 1}.utc().AddDate(0, step, 0)
				y, m = next.Year(), next.Month()
			}
		}
	}
}

// inMonth is the cadence's days in one month, in order.
func (c Cadence) inMonth(y int, m time.Month) []Date {
	var out []Date
	for _, n := range c.Nth {
		if d, ok := nthWeekday(y, m, c.Weekdays[0], n); ok {
			out = append(out, d)
		}
	}
	for _, d := range c.MonthDay {
		if d < 0 {
			d = daysIn(y, m)
		}
		out = append(out, Date{y, m, d})
	}
	slices.SortFunc(out, Date.Compare)
	return slices.Compact(out) // the fourth may be the last
}

// Occurrences yields the times of the cadence on or after a date in a zone, in
// order and practically without end, leaving out the days in skips. An
// interval is counted from the first day that fits, whether it is left out or
// not. A day that the zone's calendar lacks (Apia, 2011-12-30) would fall on
// the same instant as the next; the repeat is dropped. A cadence that
// ParseCadence could not have returned yields nothing.
func (c Cadence) Occurrences(from Date, zone *time.Location, skips []Date) iter.Seq[Occurrence] {
	return func(yield func(Occurrence) bool) {
		var last time.Time
		for d := range c.dates(from) {
			if slices.Contains(skips, d) {
				continue
			}
			o := OccurrenceAt(DateTime{d, c.Clock}, zone)
			if !o.At.After(last) {
				continue
			}
			last = o.At
			if !yield(o) {
				return
			}
		}
	}
}

// PerWeek is how many meetings the cadence has in a week, on average.
func (c Cadence) PerWeek() float64 {
	if !c.valid() {
		return 0
	}
	const weeksInMonth = 365.2425 / 12 / 7
	per := 1 / float64(c.Interval)
	switch {
	case c.Every == EveryDay:
		return 7 * per
	case c.Every == EveryWeek:
		return float64(len(c.Weekdays)) * per
	case len(c.Nth) > 0:
		return float64(len(c.Nth)) * per / weeksInMonth
	default:
		return float64(len(c.MonthDay)) * per / weeksInMonth
	}
}

// InWeeks is how many meetings the cadence has in n weeks from the first one
// on or after a date: n for a weekly one, at least 1.
func (c Cadence) InWeeks(n int, from Date) int {
	count := 0
	var first Date
	for d := range c.dates(from) {
		if first.IsZero() {
			first = d
		}
		if d.Sub(first) >= 7*n {
			break
		}
		count++
	}
	return max(count, 1)
}
