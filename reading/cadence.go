package reading

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// A Cadence is the pattern of a group's meetings. The zero Cadence never
// occurs; ParseCadence makes the others.
type Cadence struct {
	Clock Clock
	// Every is the number of days or weeks from one to the next: 1 unless the
	// group meets every other week.
	Every int
	// Weekdays are the days of the week, in order from Monday; none means
	// every day, or the day of the month below.
	Weekdays []time.Weekday
	// Nths restrict the weekdays to the first, second, … of the month; -1 is
	// the last.
	Nths []int
	// MonthDay is a day of the month, 0 for none. Months that lack it have no
	// meeting.
	MonthDay int
}

var weekdays = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// String is the cadence in the words that ParseCadence reads: "tue 19:00",
// "every other sun 18:00", "first and third mon 19:00".
func (c Cadence) String() string {
	var days []string
	for _, d := range c.Weekdays {
		days = append(days, weekdays[d])
	}
	var b strings.Builder
	switch {
	case c.MonthDay > 0:
		fmt.Fprintf(&b, "monthly %d", c.MonthDay)
	case len(c.Nths) > 0:
		var nths []string
		for _, n := range c.Nths {
			nths = append(nths, nthNames[n])
		}
		b.WriteString(strings.Join(nths, " and ") + " " + strings.Join(days, ", "))
	case len(days) == 0:
		b.WriteString("daily")
	default:
		if c.Every == 2 {
			b.WriteString("every other ")
		}
		b.WriteString(strings.Join(days, ", "))
	}
	return b.String() + " " + c.Clock.String()
}

var nthNames = map[int]string{1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}

// An Occurrence is one meeting of a cadence: its civil time as it was planned,
// the zone, and the instant.
type Occurrence struct {
	Local DateTime
	Zone  string
	At    time.Time
}

// Occurrences are the meetings on or after a day, without those on the days
// that are skipped, in order and without end. Two civil times that are one
// instant, since a zone left a day out, occur once. Every other week counts
// from the week of the first meeting.
func (c Cadence) Occurrences(from Date, loc *time.Location, skips []Date) iter.Seq[Occurrence] {
	return func(yield func(Occurrence) bool) {
		if c.Every == 0 {
			return
		}
		var last time.Time
		week := -1 // of the first meeting, counted from the week of from
		monday := from.AddDays(-(int(from.Weekday()) + 6) % 7)
		for day := from; day.Year < 10000; day = day.AddDays(1) {
			if !c.on(day) {
				continue
			}
			if c.Every == 2 {
				w := monday.DaysUntil(day) / 7
				if week < 0 {
					week = w
				}
				if (w-week)%2 != 0 {
					continue
				}
			}
			if slices.Contains(skips, day) {
				continue
			}
			local := DateTime{day, c.Clock}
			at := Instant(local, loc)
			if !last.IsZero() && !at.After(last) {
				continue
			}
			last = at
			if !yield(Occurrence{Local: local, Zone: loc.String(), At: at}) {
				return
			}
		}
	}
}

// on reports whether a day belongs to the pattern, fortnights apart.
func (c Cadence) on(d Date) bool {
	if c.MonthDay > 0 {
		return d.Day == c.MonthDay
	}
	if len(c.Weekdays) > 0 && !slices.Contains(c.Weekdays, d.Weekday()) {
		return false
	}
	if len(c.Nths) == 0 {
		return true
	}
	nth := (d.Day-1)/7 + 1
	isLast := d.AddDays(7).Month != d.Month
	return slices.Contains(c.Nths, nth) || isLast && slices.Contains(c.Nths, -1)
}
