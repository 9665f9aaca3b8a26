package calendar

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
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
// cancelled ones. What repeats by a rule of years, months, weeks or days counts
// each time; of one whose rule says more than that only the first days count,
// and the number of those is returned too, so that it can be said.
func Holidays(r io.Reader, from, to reading.Date) (days []reading.Date, unread int, err error) {
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
	h := holidays{from: from, to: to, named: map[reading.Date]bool{}, left: maxLooked}
	for _, e := range cal.Events() {
		status := e.GetProperty(ics.ComponentPropertyStatus)
		start, whole := dayOf(e.GetProperty(ics.ComponentPropertyDtStart))
		if !whole || status != nil && status.Value == string(ics.ObjectStatusCancelled) {
			continue
		}
		length := 1 // RFC 5545, 3.6.1
		if end, ok := dayOf(e.GetProperty(ics.ComponentPropertyDtEnd)); ok && end.After(start) {
			length = end.Sub(start)
		}
		rules := e.GetProperties(ics.ComponentPropertyRrule)
		one, read := rule{}, len(rules) == 1
		if read {
			one, read = parseRule(rules[0].Value, start)
		}
		switch {
		case len(rules) == 0:
			h.add(start, length)
		case !read:
			unread++
			h.add(start, length)
		default:
			h.repeat(&one, length, exceptions(e))
		}
		if len(h.named) > maxHolidays || h.left < 0 {
			return nil, 0, ErrTooLarge
		}
	}
	if len(h.named) == 0 {
		return nil, unread, ErrNoDays
	}
	return slices.SortedFunc(maps.Keys(h.named), reading.Date.Compare), unread, nil
}

// maxLooked is how many days are looked at for all the rules of a file.
const maxLooked = 20_000_000

// holidays gathers days.
type holidays struct {
	from, to reading.Date
	named    map[reading.Date]bool
	left     int // days that may still be looked at
}

// add names the days from one on, as far as they are asked about.
func (h *holidays) add(start reading.Date, length int) {
	end := start.AddDays(min(length, maxDaysBack))
	if start.Before(h.from) {
		start = h.from
	}
	for d := start; d.Before(end) && !d.After(h.to) && len(h.named) <= maxHolidays; d = d.AddDays(1) {
		h.named[d] = true
	}
}

// repeat names the days of an entry each time that it comes.
func (h *holidays) repeat(r *rule, length int, except []reading.Date) {
	first := r.start
	if earliest := h.from.AddDays(-min(length, maxHolidays)); r.count == 0 && first.Before(earliest) {
		first = earliest
	}
	if h.from.Sub(first) > maxDaysBack {
		return
	}
	last := h.to
	if !r.until.IsZero() && r.until.Before(last) {
		last = r.until
	}
	for n, d := 0, first; !d.After(last) && h.left >= 0 && len(h.named) <= maxHolidays; d = d.AddDays(1) {
		h.left--
		if d != r.start && !r.on(d) { // the first is one whatever the rule says
			continue
		}
		if n++; r.count > 0 && n > r.count {
			return
		}
		if !slices.Contains(except, d) {
			h.add(d, length)
		}
	}
}

// exceptions are the days on which an entry does not come.
func exceptions(e *ics.VEvent) (out []reading.Date) {
	for _, p := range e.GetProperties(ics.ComponentPropertyExdate) {
		for s := range strings.SplitSeq(p.Value, ",") {
			day, _, _ := strings.Cut(s, "T")
			if d, ok := parseDay(day); ok {
				out = append(out, d)
			}
		}
	}
	return out
}

// dayOf is the day that a property names, false if it names none or a time.
func dayOf(p *ics.IANAProperty) (reading.Date, bool) {
	if p == nil {
		return reading.Date{}, false
	}
	return parseDay(p.Value)
}

func parseDay(s string) (reading.Date, bool) {
	t, err := time.Parse("20060102", s)
	if err != nil {
		return reading.Date{}, false
	}
	return reading.NewDate(t.Year(), t.Month(), t.Day())
}
