package calendar

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	ics "github.com/arran4/golang-ical"

	"lectern/reading"
)

// What is read of somebody else's calendar at most.
const (
	maxHolidayFile = 4 << 20 // bytes
	maxHolidays    = 4000    // days
)

// The mistakes that a file of holidays can have.
var (
	ErrNotCalendar = errors.New("calendar: not an iCalendar file")
	ErrTooLarge    = errors.New("calendar: too large")
	ErrNoDays      = errors.New("calendar: no whole days in it")
)

// Holidays are the whole days that an iCalendar file names, in order, from a
// day to another. Entries with a time of day are passed over, and so are
// cancelled ones. One that repeats by a rule counts on its first days only; the
// number of those is returned too, so that it can be said.
func Holidays(r io.Reader, from, to reading.Date) (days []reading.Date, repeating int, err error) {
	limited := &io.LimitedReader{R: r, N: maxHolidayFile + 1}
	cal, err := ics.ParseCalendar(limited)
	if limited.N <= 0 {
		return nil, 0, ErrTooLarge
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrNotCalendar, err)
	}
	if len(cal.CalendarProperties)+len(cal.Components) == 0 {
		return nil, 0, ErrNotCalendar
	}
	for _, e := range cal.Events() {
		status := e.GetProperty(ics.ComponentPropertyStatus)
		start, whole := dayOf(e.GetProperty(ics.ComponentPropertyDtStart))
		if !whole || status != nil && status.Value == string(ics.ObjectStatusCancelled) {
			continue
		}
		end, ok := dayOf(e.GetProperty(ics.ComponentPropertyDtEnd))
		if !ok || !end.After(start) {
			end = start.AddDays(1) // RFC 5545, 3.6.1: one day
		}
		if e.GetProperty(ics.ComponentPropertyRrule) != nil {
			repeating++
		}
		for d := start; d.Before(end) && !d.After(to); d = d.AddDays(1) {
			if d.Before(from) {
				if d.Sub(from) < -maxHolidays {
					break
				}
				continue
			}
			if days = append(days, d); len(days) > maxHolidays {
				return nil, 0, ErrTooLarge
			}
		}
	}
	if len(days) == 0 {
		return nil, repeating, ErrNoDays
	}
	slices.SortFunc(days, reading.Date.Compare)
	return slices.Compact(days), repeating, nil
}

// dayOf is the day that a property names, false if it names none or a time.
func dayOf(p *ics.IANAProperty) (reading.Date, bool) {
	if p == nil {
		return reading.Date{}, false
	}
	t, err := time.Parse("20060102", p.Value)
	if err != nil {
		return reading.Date{}, false
	}
	return reading.NewDate(t.Year(), t.Month(), t.Day())
}
