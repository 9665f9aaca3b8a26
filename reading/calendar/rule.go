package calendar

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"lectern/reading"
)

// A rule says on which days an entry of whole days begins anew: the part of
// RFC 5545, 3.3.10, that days need. Days are looked at one by one, so that how
// long it takes does not depend on what the rule says.
type rule struct {
	start    reading.Date
	freq     string // YEARLY, MONTHLY, WEEKLY, DAILY
	interval int
	count    int          // 0 for no end by number
	until    reading.Date // zero for no end by date
	months   []time.Month
	days     []int // of the month; -1 is the last
	weekdays []nth
	week     time.Weekday // with which weeks begin
}

// An nth is a weekday, of a month the n-th: the last for -1, any for 0.
type nth struct {
	n   int
	day time.Weekday
}

// maxDaysBack is how long before it is asked about an entry may have begun that
// is counted out.
const maxDaysBack = 200 * 366

var weekdays = map[string]time.Weekday{"SU": time.Sunday, "MO": time.Monday, "TU": time.Tuesday, "WE": time.Wednesday, "TH": time.Thursday, "FR": time.Friday, "SA": time.Saturday}

// parseRule reads a rule, and returns false for one that says more than is
// understood.
func parseRule(s string, start reading.Date) (r rule, ok bool) {
	r = rule{start: start, interval: 1, week: time.Monday}
	for part := range strings.SplitSeq(strings.ToUpper(strings.TrimSpace(s)), ";") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "FREQ":
			r.freq = value
			ok = slices.Contains([]string{"YEARLY", "MONTHLY", "WEEKLY", "DAILY"}, value)
		case "INTERVAL":
			r.interval, ok = number(value, 1, 1000)
		case "COUNT":
			r.count, ok = number(value, 1, 100000)
		case "UNTIL":
			day, _, _ := strings.Cut(value, "T")
			r.until, ok = parseDay(day)
		case "BYMONTH":
			ok = each(value, func(s string) bool {
				n, ok := number(s, 1, 12)
				r.months = append(r.months, time.Month(n))
				return ok
			})
		case "BYMONTHDAY":
			ok = each(value, func(s string) bool {
				n, ok := number(s, -31, 31)
				r.days = append(r.days, n)
				return ok && n != 0
			})
		case "BYDAY":
			ok = each(value, func(s string) bool {
				if len(s) < 2 {
					return false
				}
				d, known := weekdays[s[len(s)-2:]]
				n, numbered := 0, true
				if at := s[:len(s)-2]; at != "" {
					n, numbered = number(at, -5, 5)
				}
				r.weekdays = append(r.weekdays, nth{n, d})
				return known && numbered
			})
		case "WKST":
			r.week, ok = weekdays[value]
		default:
			return r, false
		}
		if !ok {
			return r, false
		}
	}
	return r, r.freq != "" && r.complete()
}

// complete adds what a rule leaves to its first day, and reports whether the
// rule is one that is understood.
func (r *rule) complete() bool {
	numbered := slices.ContainsFunc(r.weekdays, func(x nth) bool { return x.n != 0 })
	switch r.freq {
	case "YEARLY":
		if len(r.weekdays) > 0 && len(r.months) == 0 {
			return false // the weekdays of a year are counted otherwise
		}
		if len(r.months) == 0 && len(r.days) == 0 {
			r.months = []time.Month{r.start.Month}
		}
		if len(r.days) == 0 && len(r.weekdays) == 0 {
			r.days = []int{r.start.Day}
		}
	case "MONTHLY":
		if len(r.days) == 0 && len(r.weekdays) == 0 {
			r.days = []int{r.start.Day}
		}
	case "WEEKLY":
		if len(r.weekdays) == 0 {
			r.weekdays = []nth{{0, r.start.Weekday()}}
		}
		return !numbered && len(r.days) == 0
	default:
		return !numbered
	}
	return true
}

// on reports whether the entry begins on a day, its end by number apart.
func (r *rule) on(d reading.Date) bool {
	switch r.freq {
	case "YEARLY":
		if (d.Year-r.start.Year)%r.interval != 0 {
			return false
		}
	case "MONTHLY":
		if (12*(d.Year-r.start.Year)+int(d.Month-r.start.Month))%r.interval != 0 {
			return false
		}
	case "WEEKLY":
		begin := func(d reading.Date) reading.Date { return d.AddDays(-(int(d.Weekday()-r.week) + 7) % 7) }
		if begin(d).Sub(begin(r.start))/7%r.interval != 0 {
			return false
		}
	default:
		if d.Sub(r.start)%r.interval != 0 {
			return false
		}
	}
	last := time.Date(d.Year, d.Month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return (len(r.months) == 0 || slices.Contains(r.months, d.Month)) &&
		(len(r.days) == 0 || slices.Contains(r.days, d.Day) || slices.Contains(r.days, d.Day-last-1)) &&
		(len(r.weekdays) == 0 || slices.ContainsFunc(r.weekdays, func(x nth) bool {
			return x.day == d.Weekday() && (x.n == 0 || x.n == (d.Day-1)/7+1 || x.n == -((last-d.Day)/7+1))
		}))
}

// each reports whether fn accepts every part of a list.
func each(list string, fn func(string) bool) bool {
	for s := range strings.SplitSeq(list, ",") {
		if !fn(s) {
			return false
		}
	}
	return true
}

func number(s string, least, most int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= least && n <= most
}
