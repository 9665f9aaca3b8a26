package reading

import (
	"slices"
	"time"

	"lectern/library"
)

const (
	maxInterval  = 52 // every so many days, weeks or months
	lastMonthDay = 28 // the last day that every month has
)

// ParseCadence reads a pattern of meetings as people type it, in English or
// German: "tue 19:00", "weekly tue 19:00", "mon, thu 8pm", "mon-fri 8:00",
// "every other sunday 6pm", "every 3 weeks on tue 19:00",
// "first and third monday 19:00", "last fri of the month 7pm", "daily 8:00",
// "monthly on the 15th 19:00", "jeden Dienstag um 19 Uhr".
//
// All of the text must be understood. The error is a *library.Error: syntax
// with the reason cadence (with the part that was not understood), clock,
// cadence_clock, cadence_days or cadence_month_day; ambiguous with
// cadence_second, cadence_biweekly, hour or midnight, and suggestions that can be
// typed instead.
func ParseCadence(s string) (Cadence, error) {
	ph, ok := newPhrase(s)
	if !ok {
		return Cadence{}, badCadence(s, clip(s))
	}
	c := Cadence{Interval: 1}
	var timed bool
	var err error
	if c.Clock, timed, err = ph.clock(); err != nil {
		return Cadence{}, err
	}
	if err := ph.pattern(&c); err != nil {
		return Cadence{}, err
	}
	if !timed {
		if c.Clock, timed, err = ph.clock(); err != nil {
			return Cadence{}, err
		}
	}
	switch {
	case !timed && ph.bareHour():
		return Cadence{}, ph.ambiguousHour()
	case !ph.done():
		return Cadence{}, badCadence(s, ph.rest())
	case c.Every == 0:
		return Cadence{}, &library.Error{Code: library.Syntax, Reason: "cadence_days", Args: map[string]any{"Text": clip(s)}}
	case !timed:
		return Cadence{}, &library.Error{Code: library.Syntax, Reason: "cadence_clock", Args: map[string]any{"Text": clip(s)}}
	}
	c = c.normal()
	if !c.valid() {
		return Cadence{}, badCadence(s, clip(s))
	}
	return c, nil
}

func badCadence(text, part string) error {
	return &library.Error{Code: library.Syntax, Reason: "cadence", Args: map[string]any{"Text": clip(text), "Part": part}}
}

// pattern reads everything of a cadence but its clock. What it does not
// understand it leaves, and c.Every at 0 if there is no day in it.
func (p *phrase) pattern(c *Cadence) error {
	if _, ok := p.word(wUnclear); ok {
		return &library.Error{Code: library.Ambiguous, Reason: "cadence_biweekly"}
	}
	if _, ok := p.word(wDaily); ok {
		c.Every = EveryDay
		return nil
	}
	every, counted := p.every(c)
	if c.Every == EveryDay {
		return nil
	}
	p.skip(wOn, wThe)
	switch {
	case p.ordinals(c, every && !counted):
	case p.days(c):
		if c.Every == EveryMonth && len(c.Nth) == 0 {
			c.Every = 0 // "monthly tue": which one?
			return &library.Error{Code: library.Syntax, Reason: "cadence_days", Args: map[string]any{"Text": "monthly"}}
		}
		c.Every = EveryWeek
	case c.Every != 0:
		// "every week" names no day.
		c.Every = 0
	}
	return p.refusals(c, every && !counted)
}

// every reads how often: "weekly", "every other", "every 3 months on". It
// reports whether a word like "every" stood there, and whether it was counted.
func (p *phrase) every(c *Cadence) (every, counted bool) {
	units := map[unit]Every{days: EveryDay, weeks: EveryWeek, months: EveryMonth}
	switch {
	case p.has(wWeekly):
		c.Every = EveryWeek
		return false, true
	case p.has(wFortnight):
		c.Every, c.Interval = EveryWeek, 2
		return false, true
	case p.has(wMonthly):
		c.Every = EveryMonth
		return false, true
	case !p.has(wEvery):
		return false, false
	}
	start := p.at
	if p.has(wOther) {
		c.Interval = 2
		if u, ok := p.word(wUnit); ok && units[unit(u)] != 0 {
			c.Every = units[unit(u)]
		}
		return true, true
	}
	n, numbered := p.number()
	if !numbered {
		n = 1
	}
	if u, ok := p.word(wUnit); ok && units[unit(u)] != 0 && n >= 1 {
		c.Every, c.Interval = units[unit(u)], n
		return true, true
	}
	p.at = start
	return true, false
}

// has reads a word with the meaning.
func (p *phrase) has(m meaning) bool {
	_, ok := p.word(m)
	return ok
}

// ordinals reads "first and third monday", "15th of the month" or "last day".
func (p *phrase) ordinals(c *Cadence, every bool) bool {
	start := p.at
	var nth []int
	for {
		p.skip(wAnd, wThe)
		n, ok := p.ordinal()
		if !ok && c.Every == EveryMonth {
			n, ok = p.monthDay()
		}
		if !ok {
			break
		}
		nth = append(nth, n)
		p.dayWord() // "the last day"
	}
	if len(nth) == 0 {
		p.at = start
		return false
	}
	if w, ok := p.weekday(); ok {
		ofMonth := p.ofMonth()
		if every && !ofMonth && len(nth) == 1 && nth[0] > 1 {
			// Every second Tuesday: of the month, or every other? refusals
			// asks.
			c.Every, c.Nth, c.Weekdays = EveryMonth, nil, []time.Weekday{w}
			c.MonthDay = nth
			return true
		}
		if c.Every == EveryWeek {
			p.at = start
			return false
		}
		c.Every, c.Nth, c.Weekdays = EveryMonth, nth, []time.Weekday{w}
		return true
	}
	if p.ofMonth() || c.Every == EveryMonth {
		c.Every, c.MonthDay = EveryMonth, nth
		return true
	}
	p.at = start
	return false
}

// monthDay reads the 15 of "monthly 15 19:00", which is no hour.
func (p *phrase) monthDay() (int, bool) {
	t := p.peek()
	if t.shape != "9" || t.digits[0] > 2 || t.numbers[0] == 0 {
		return 0, false
	}
	p.at++
	for _, m := range []meaning{wMeridiem, wOClock} {
		if _, ok := p.lex[p.peek().text][m]; ok && !p.done() {
			p.at--
			return 0, false
		}
	}
	return t.numbers[0], true
}

// dayWord passes over the word "day".
func (p *phrase) dayWord() {
	start := p.at
	if u, ok := p.word(wUnit); !ok || unit(u) != days {
		p.at = start
	}
}

// ofMonth reads "of the month", "of every month" or "im Monat".
func (p *phrase) ofMonth() bool {
	start := p.at
	if p.has(wOf) || p.has(wIn) {
		p.skip(wThe, wEvery)
		if u, ok := p.word(wUnit); ok && unit(u) == months {
			return true
		}
	}
	p.at = start
	return false
}

// days reads weekdays: "tue", "mon, thu", "mon-fri", "weekdays".
func (p *phrase) days(c *Cadence) bool {
	if p.has(wWeekdays) {
		c.Weekdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
		return true
	}
	first := p.at
	for {
		start := p.at
		if p.at > first {
			p.skip(wAnd, wOn, wEvery)
		}
		d, ok := p.weekday()
		if !ok {
			p.at = start
			break
		}
		c.Weekdays = append(c.Weekdays, d)
		if p.peek().text == "-" {
			start := p.at
			p.at++
			last, ok := p.weekday()
			if !ok || isoDay(last) <= isoDay(d) {
				p.at = start
				break
			}
			for d = (d + 1) % 7; ; d = (d + 1) % 7 {
				c.Weekdays = append(c.Weekdays, d)
				if d == last {
					break
				}
			}
		}
	}
	return len(c.Weekdays) > 0
}

// refusals turns down what could be meant in two ways, or does not come in
// every month.
func (p *phrase) refusals(c *Cadence, every bool) error {
	if c.Every != EveryMonth || len(c.Nth) > 0 {
		return nil
	}
	if len(c.Weekdays) > 0 && len(c.MonthDay) == 1 {
		n, day := c.MonthDay[0], weekdayName(c.Weekdays[0])
		err := &library.Error{Code: library.Ambiguous, Reason: "cadence_second", Args: map[string]any{"N": n, "Day": day}}
		of := Cadence{Every: EveryMonth, Interval: 1, Nth: c.MonthDay, Weekdays: c.Weekdays}
		each := Cadence{Every: EveryWeek, Interval: n, Weekdays: c.Weekdays}
		// The clock, if it is plain, goes into what can be typed instead.
		at := p.at
		if clock, ok, _ := p.clock(); ok {
			of.Clock, each.Clock = clock, clock
			for _, s := range []Cadence{each, of} {
				if s.valid() {
					err.Suggestions = append(err.Suggestions, library.Suggestion{Citation: s.String(), Label: s.String()})
				}
			}
		}
		p.at = at
		return err
	}
	if i := slices.IndexFunc(c.MonthDay, func(d int) bool { return d > lastMonthDay }); i >= 0 {
		return &library.Error{Code: library.Syntax, Reason: "cadence_month_day",
			Args: map[string]any{"Day": c.MonthDay[i], "Last": lastMonthDay}}
	}
	return nil
}
