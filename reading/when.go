package reading

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"lectern/library"
)

// A When is a day, and perhaps a time of day, as somebody typed it.
type When struct {
	Day      Date
	Clock    Clock
	HasClock bool
	At       time.Time // with the clock 00:00 where none was given
}

// Date is the day.
func (w When) Date() Date { return w.Day }

// words that the grammar knows, in English and German.
var (
	weekdayWords = map[string]time.Weekday{
		"sun": time.Sunday, "sunday": time.Sunday, "mon": time.Monday, "monday": time.Monday, "tue": time.Tuesday, "tues": time.Tuesday, "tuesday": time.Tuesday,
		"wed": time.Wednesday, "weds": time.Wednesday, "wednesday": time.Wednesday, "thu": time.Thursday, "thur": time.Thursday, "thurs": time.Thursday, "thursday": time.Thursday,
		"fri": time.Friday, "friday": time.Friday, "sat": time.Saturday, "saturday": time.Saturday,
		"sonntag": time.Sunday, "montag": time.Monday, "dienstag": time.Tuesday, "mittwoch": time.Wednesday, "donnerstag": time.Thursday, "freitag": time.Friday, "samstag": time.Saturday, "sonnabend": time.Saturday,
		"so": time.Sunday, "mo": time.Monday, "di": time.Tuesday, "mi": time.Wednesday, "do": time.Thursday, "fr": time.Friday, "sa": time.Saturday,
	}
	monthWords = map[string]time.Month{
		"jan": 1, "january": 1, "januar": 1, "feb": 2, "february": 2, "februar": 2, "mar": 3, "march": 3, "märz": 3, "mär": 3, "maerz": 3, "apr": 4, "april": 4,
		"may": 5, "mai": 5, "jun": 6, "june": 6, "juni": 6, "jul": 7, "july": 7, "juli": 7, "aug": 8, "august": 8, "sep": 9, "sept": 9, "september": 9,
		"oct": 10, "october": 10, "okt": 10, "oktober": 10, "nov": 11, "november": 11, "dec": 12, "december": 12, "dez": 12, "dezember": 12,
	}
	nthWords = map[string]int{
		"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5, "last": -1,
		"ersten": 1, "erster": 1, "zweiten": 2, "zweiter": 2, "dritten": 3, "dritter": 3, "vierten": 4, "letzten": -1, "letzter": -1,
	}
	fillers = map[string]bool{"on": true, "at": true, "the": true, "of": true, "am": true, "um": true, "uhr": true, "every": true, "each": true, "jeden": true, "and": true, "und": true, "&": true}
)

// years bounds how far away a date may lie.
const years = 5

// ParseWhen reads a day, with or without a time of day, as people type it:
// "tue 22 dec", "1 Dec 19:00", "tomorrow 8pm", "in 3 days", "2026-12-01",
// "friday". It reads the whole of the text or refuses: what could mean two
// days ("3/4", "next tue") is an Error, and so is a day that does not exist, a
// weekday that is not that of the date, and a year that is far away.
func ParseWhen(text string, now time.Time, loc *time.Location) (When, error) {
	now = now.In(loc)
	p := &whenParser{today: DateOf(now), now: now}
	bad := func(reason string) (When, error) {
		return When{}, &library.Error{Code: library.Syntax, Reason: reason, Args: map[string]any{"Value": text}}
	}
	if len(text) > 100 {
		return bad("when")
	}
	for _, w := range whenWords(text) {
		if reason := p.word(w); reason != "" {
			return bad(reason)
		}
	}
	w, reason := p.finish(loc)
	if reason != "" {
		return bad(reason)
	}
	return w, nil
}

// whenWords splits at spaces and commas, and between a number and the letters
// that follow it ("7pm", "3days").
func whenWords(s string) []string {
	var out []string
	for w := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return unicode.IsSpace(r) || r == ',' }) {
		w = strings.TrimSuffix(w, "'s")
		out = append(out, w)
	}
	return out
}

type whenParser struct {
	today   Date
	now     time.Time
	day     Date // a full date
	dayNum  int
	month   time.Month
	year    int
	weekday int // 0 none, weekday+1
	offset  bool
	exact   time.Time // "in 3 hours"
	clock   Clock
	has     bool
	pending int // "in 3", "+3": a number that waits for its unit
	in      bool
	bare    int // a bare number, perhaps of "7 pm", perhaps a day
	hasBare bool
}

func (p *whenParser) word(w string) (reason string) {
	if p.in {
		return p.relative(w)
	}
	if p.hasBare {
		if c, ok := meridiem(p.bare, 0, w); ok {
			p.hasBare = false
			return p.setClock(c)
		}
		if w == "uhr" {
			p.hasBare = false
			return p.setClock(Clock{p.bare, 0})
		}
		n := p.bare
		p.hasBare = false
		if r := p.setDayNum(n); r != "" {
			return r
		}
	}
	switch w {
	case "today", "heute":
		return p.setDay(p.today)
	case "tonight":
		return p.setDay(p.today)
	case "tomorrow", "tmrw", "morgen":
		return p.setDay(p.today.AddDays(1))
	case "next", "nächsten", "nächster", "kommenden":
		return "when_next"
	case "this", "diesen":
		return ""
	case "in":
		p.in = true
		return ""
	case "noon", "midday", "mittags":
		return p.setClock(Clock{12, 0})
	}
	if fillers[w] {
		return ""
	}
	word := strings.TrimSuffix(w, ".")
	if d, ok := weekdayWords[word]; ok {
		if p.weekday != 0 {
			return "when"
		}
		p.weekday = int(d) + 1
		return ""
	}
	if m, ok := monthWords[word]; ok {
		if p.month != 0 {
			return "when"
		}
		p.month = m
		return ""
	}
	if strings.HasPrefix(w, "+") {
		p.in = true
		return p.relative(strings.TrimPrefix(w, "+"))
	}
	if d, err := ParseDate(w); err == nil {
		return p.setDay(d)
	}
	if date, clock, ok := strings.Cut(w, "t"); ok {
		if d, err := ParseDate(date); err == nil {
			if c, ok := parseClock(clock); ok {
				if r := p.setDay(d); r != "" {
					return r
				}
				return p.setClock(c)
			}
		}
	}
	if c, ok := parseClock(w); ok {
		return p.setClock(c)
	}
	if strings.Contains(w, "/") {
		return p.slashed(w)
	}
	if strings.Count(w, ".") > 0 {
		return p.dotted(w)
	}
	for _, suffix := range []string{"st", "nd", "rd", "th"} {
		if n, ok := number(strings.TrimSuffix(w, suffix)); ok && strings.HasSuffix(w, suffix) {
			return p.setDayNum(n)
		}
	}
	n, ok := number(w)
	switch {
	case !ok:
		return "when"
	case len(w) == 4:
		if p.year != 0 {
			return "when"
		}
		p.year = n
		return ""
	case n <= 31:
		p.bare, p.hasBare = n, true
		return ""
	}
	return "when"
}

// relative reads what follows "in" and "+": "3 days", "2w".
func (p *whenParser) relative(w string) string {
	i := 0
	for i < len(w) && w[i] >= '0' && w[i] <= '9' {
		i++
	}
	if i > 0 {
		n, ok := number(w[:i])
		if !ok || p.pending != 0 || n == 0 {
			return "when"
		}
		p.pending = n
		if w = w[i:]; w == "" {
			return ""
		}
	}
	if p.pending == 0 {
		switch w {
		case "a", "an", "one", "einem", "einer":
			p.pending = 1
			return ""
		}
		return "when"
	}
	n := p.pending
	p.pending, p.in = 0, false
	switch w {
	case "d", "day", "days", "tag", "tagen":
		return p.setDay(p.today.AddDays(n))
	case "w", "week", "weeks", "woche", "wochen":
		return p.setDay(p.today.AddDays(7 * n))
	case "h", "hour", "hours", "stunde", "stunden":
		return p.setExact(time.Duration(n) * time.Hour)
	case "m", "min", "minute", "minutes", "minuten":
		return p.setExact(time.Duration(n) * time.Minute)
	}
	return "when"
}

func (p *whenParser) setExact(d time.Duration) string {
	if !p.exact.IsZero() || p.offset {
		return "when"
	}
	p.exact = p.now.Add(d)
	return ""
}

func (p *whenParser) setDay(d Date) string {
	if !p.day.IsZero() {
		return "when"
	}
	p.day, p.offset = d, true
	return ""
}

func (p *whenParser) setDayNum(n int) string {
	if p.dayNum != 0 || n < 1 || n > 31 {
		return "when"
	}
	p.dayNum = n
	return ""
}

func (p *whenParser) setClock(c Clock) string {
	if p.has || c.Hour > 23 || c.Minute > 59 {
		return "when"
	}
	p.clock, p.has = c, true
	return ""
}

// slashed reads 22/12 and 12/22, and refuses what could be both.
func (p *whenParser) slashed(w string) string {
	parts := strings.Split(w, "/")
	var n [3]int
	if len(parts) < 2 || len(parts) > 3 || p.month != 0 {
		return "when"
	}
	for i, s := range parts {
		v, ok := number(s)
		if !ok {
			return "when"
		}
		n[i] = v
	}
	if len(parts) == 3 {
		if len(parts[2]) != 4 {
			return "when_slashes"
		}
		p.year = n[2]
	}
	switch {
	case n[0] == n[1] || n[0] > 12 && n[1] >= 1 && n[1] <= 12:
		p.month = time.Month(n[1])
		return p.setDayNum(n[0])
	case n[1] > 12 && n[0] >= 1 && n[0] <= 12:
		p.month = time.Month(n[0])
		return p.setDayNum(n[1])
	}
	return "when_slashes"
}

// dotted reads 22.12. and 22.12.2026, where the day always comes first, and
// "22." before a month's name.
func (p *whenParser) dotted(w string) string {
	parts := strings.Split(strings.TrimSuffix(w, "."), ".")
	if p.month != 0 && len(parts) > 1 {
		return "when"
	}
	for i, s := range parts {
		n, ok := number(s)
		if !ok {
			return "when"
		}
		switch i {
		case 0:
			if r := p.setDayNum(n); r != "" {
				return r
			}
		case 1:
			if n < 1 || n > 12 {
				return "when"
			}
			p.month = time.Month(n)
		case 2:
			if len(s) != 4 || p.year != 0 {
				return "when"
			}
			p.year = n
		default:
			return "when"
		}
	}
	return ""
}

func (p *whenParser) finish(loc *time.Location) (When, string) {
	if p.hasBare {
		if r := p.setDayNum(p.bare); r != "" {
			return When{}, r
		}
	}
	if p.in {
		return When{}, "when"
	}
	if !p.exact.IsZero() {
		if p.has || p.offset || p.dayNum != 0 || p.month != 0 || p.weekday != 0 || p.year != 0 {
			return When{}, "when"
		}
		at := p.exact.Truncate(time.Minute)
		return When{Day: DateOf(at), Clock: Clock{at.Hour(), at.Minute()}, HasClock: true, At: at}, ""
	}
	w := When{Clock: p.clock, HasClock: p.has}
	switch {
	case p.offset:
		if p.dayNum != 0 || p.month != 0 || p.year != 0 {
			return When{}, "when"
		}
		w.Day = p.day
	case p.dayNum != 0 && p.month != 0:
		day, reason := p.calendarDay()
		if reason != "" {
			return When{}, reason
		}
		w.Day = day
	case p.dayNum != 0 || p.month != 0 || p.year != 0:
		return When{}, "when_partial"
	case p.weekday != 0:
		ahead := (p.weekday - 1 - int(p.today.Weekday()) + 7) % 7
		w.Day = p.today.AddDays(ahead)
		// The same weekday as today means today only while its time is ahead.
		if ahead == 0 && (!p.has || !Instant(DateTime{w.Day, p.clock}, loc).After(p.now)) {
			w.Day = w.Day.AddDays(7)
		}
	case p.has:
		w.Day = p.today
		if !Instant(DateTime{w.Day, p.clock}, loc).After(p.now) {
			w.Day = w.Day.AddDays(1)
		}
	default:
		return When{}, "when"
	}
	if p.weekday != 0 && int(w.Day.Weekday()) != p.weekday-1 {
		return When{}, "when_weekday"
	}
	if far := p.today.DaysUntil(w.Day); far > years*366 || far < -years*366 {
		return When{}, "when_far"
	}
	w.At = Instant(DateTime{w.Day, w.Clock}, loc)
	return w, ""
}

// calendarDay is the day and month that were named, in the year that was, or
// in the next in which they lie ahead.
func (p *whenParser) calendarDay() (Date, string) {
	exists := func(y int) (Date, bool) {
		d := Date{y, p.month, p.dayNum}
		return d, d.AddDays(0) == d
	}
	if p.year != 0 {
		d, ok := exists(p.year)
		if !ok {
			return d, "when_no_day"
		}
		return d, ""
	}
	for y := p.today.Year; y <= p.today.Year+8; y++ {
		if d, ok := exists(y); ok && !d.Before(p.today) {
			return d, ""
		}
	}
	return Date{}, "when_no_day"
}

// parseClock reads 19:00, 7pm, 7:30pm, 19h, 19.30h.
func parseClock(w string) (Clock, bool) {
	for _, suffix := range []string{"a.m.", "p.m.", "am", "pm"} {
		if head, ok := strings.CutSuffix(w, suffix); ok {
			h, m, _ := strings.Cut(head, ":")
			hour, ok := number(h)
			minute := 0
			if m != "" {
				if minute, ok = number(m); !ok || len(m) != 2 {
					return Clock{}, false
				}
			}
			if !ok {
				return Clock{}, false
			}
			return meridiem(hour, minute, suffix)
		}
	}
	w = strings.TrimSuffix(w, "uhr")
	if head, ok := strings.CutSuffix(w, "h"); ok {
		n, ok := number(head)
		return Clock{n, 0}, ok && n <= 23
	}
	h, m, ok := strings.Cut(w, ":")
	if !ok || len(m) != 2 {
		return Clock{}, false
	}
	hour, ok1 := number(h)
	minute, ok2 := number(m)
	return Clock{hour, minute}, ok1 && ok2 && hour <= 23 && minute <= 59
}

func meridiem(hour, minute int, w string) (Clock, bool) {
	if hour < 1 || hour > 12 || minute > 59 {
		return Clock{}, false
	}
	switch w {
	case "am", "a.m.", "a.m":
		return Clock{hour % 12, minute}, true
	case "pm", "p.m.", "p.m":
		return Clock{hour%12 + 12, minute}, true
	}
	return Clock{}, false
}

// number reads up to four ASCII digits.
func number(s string) (int, bool) {
	if s == "" || len(s) > 4 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// ParseCadence reads when a group meets: "tue 19:00", "mon, thu 8pm", "every
// other sunday 6pm", "first and third monday 19:00", "daily 8:00", "monthly 15
// 19:00". A pattern without a time of day is refused.
func ParseCadence(text string) (Cadence, error) {
	c := Cadence{Every: 1}
	bad := func(reason string) (Cadence, error) {
		return Cadence{}, &library.Error{Code: library.Syntax, Reason: reason, Args: map[string]any{"Value": text}}
	}
	if len(text) > 100 {
		return bad("cadence")
	}
	hasClock, daily, monthly, bare := false, false, false, -1
	setClock := func(k Clock) bool {
		if hasClock || k.Hour > 23 || k.Minute > 59 {
			return false
		}
		c.Clock, hasClock = k, true
		return true
	}
	words := whenWords(strings.NewReplacer("/", " ", "+", " ", "-weekly", "weekly").Replace(text))
	for i, w := range words {
		if bare >= 0 {
			k, ok := meridiem(bare, 0, w)
			if !ok && w == "uhr" {
				k, ok = Clock{bare, 0}, true
			}
			if ok {
				if !setClock(k) {
					return bad("cadence")
				}
				bare = -1
				continue
			}
			if !monthly || c.MonthDay != 0 {
				return bad("cadence")
			}
			c.MonthDay, bare = bare, -1
		}
		switch w {
		case "weekly", "week", "wöchentlich":
			continue
		case "other", "second", "biweekly", "fortnightly", "zweiten":
			// "every other tue", "every second tue"; otherwise the second of the month.
			if w == "biweekly" || w == "fortnightly" || i > 0 && (words[i-1] == "every" || words[i-1] == "jeden" && w == "other") {
				c.Every = 2
				continue
			}
		case "daily", "day", "täglich":
			daily = true
			continue
		case "monthly", "month", "monatlich":
			monthly = true
			continue
		case "noon":
			if !setClock(Clock{12, 0}) {
				return bad("cadence")
			}
			continue
		}
		if fillers[w] {
			continue
		}
		word := strings.TrimSuffix(strings.TrimSuffix(w, "."), "s")
		d, ok := weekdayWords[word]
		if !ok {
			d, ok = weekdayWords[strings.TrimSuffix(w, ".")]
		}
		if ok {
			if containsDay(c.Weekdays, d) {
				return bad("cadence")
			}
			c.Weekdays = append(c.Weekdays, d)
			continue
		}
		if k, ok := parseClock(w); ok {
			if !setClock(k) {
				return bad("cadence")
			}
			continue
		}
		if n, ok := nthWords[w]; ok {
			if monthly && n > 0 && len(c.Weekdays) == 0 && c.MonthDay == 0 && !nthThenDay(words[i+1:]) {
				c.MonthDay = n
				continue
			}
			c.Nths = append(c.Nths, n)
			continue
		}
		digits := strings.TrimRight(w, "sthndr.")
		if n, ok := number(digits); ok && n >= 1 && n <= 31 {
			if w != digits { // "15th", "15."
				if c.MonthDay != 0 {
					return bad("cadence")
				}
				c.MonthDay, monthly = n, true
				continue
			}
			bare = n
			continue
		}
		return bad("cadence")
	}
	if bare >= 0 {
		if !monthly || c.MonthDay != 0 {
			return bad("cadence")
		}
		c.MonthDay = bare
	}
	switch {
	case !hasClock:
		return bad("cadence_clock")
	case daily && (len(c.Weekdays) > 0 || monthly || c.Every == 2),
		monthly && c.MonthDay == 0 && len(c.Nths) == 0,
		c.MonthDay != 0 && (len(c.Weekdays) > 0 || len(c.Nths) > 0),
		len(c.Nths) > 0 && (len(c.Weekdays) == 0 || c.Every == 2),
		!daily && c.MonthDay == 0 && len(c.Weekdays) == 0:
		return bad("cadence")
	}
	sortDays(c.Weekdays)
	return c, nil
}

// nthThenDay reports whether a weekday follows, so that a number counts it.
func nthThenDay(words []string) bool {
	for _, w := range words {
		if _, ok := weekdayWords[strings.TrimSuffix(w, "s")]; ok {
			return true
		}
	}
	return false
}

func containsDay(ds []time.Weekday, d time.Weekday) bool {
	for _, x := range ds {
		if x == d {
			return true
		}
	}
	return false
}

// sortDays puts days in order from Monday.
func sortDays(ds []time.Weekday) {
	for i := range ds {
		for j := i; j > 0 && (ds[j]+6)%7 < (ds[j-1]+6)%7; j-- {
			ds[j], ds[j-1] = ds[j-1], ds[j]
		}
	}
}
