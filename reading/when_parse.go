package reading

import (
	"time"

	"lectern/library"
)

// piece reads one piece of a date, each of which may stand once: a day counted
// from today, a weekday, a date, a time of day. It reads nothing when nothing
// fits.
func (p *phrase) piece(s *said, now time.Time, today Date) error {
	start := p.at
	if s.at.IsZero() && !s.hasDate {
		if ok, err := p.counted(s, now, today); ok || err != nil {
			return err
		}
	}
	if !s.timed {
		c, ok, err := p.clock()
		if err != nil {
			return err
		}
		if ok {
			s.clock, s.timed = c, true
			return nil
		}
	}
	p.skip(wOn)
	if !s.hasDate {
		if n, ok := p.relative(); ok {
			s.date, s.hasDate = today.AddDays(n), true
			return nil
		}
	}
	if !s.hasWeekday && !s.tonight {
		if ok, err := p.namedDay(s); ok || err != nil {
			return err
		}
	}
	if !s.hasDate {
		if ok, err := p.date(s); ok || err != nil {
			return err
		}
	}
	p.at = start
	return nil
}

// relative reads "tomorrow" and "the day after tomorrow", in days from today.
func (p *phrase) relative() (int, bool) {
	if n, ok := p.word(wRelative); ok {
		return n, true
	}
	start := p.at
	p.skip(wThe)
	if u, ok := p.word(wUnit); ok && unit(u) == days && p.has(wAfter) {
		if n, ok := p.word(wRelative); ok && n == 1 {
			return n + 1, true
		}
	}
	p.at = start
	return 0, false
}

// counted reads "in 3 days", "in 3 days' time", "3 days from now", "+1d", "3 days
// ago" and "vor 3 Tagen".
func (p *phrase) counted(s *said, now time.Time, today Date) (bool, error) {
	start := p.at
	n, u, ok := 0, 0, false
	sign := 1
	switch t := p.peek(); {
	case t.shape == "+9a" && t.digits[0] <= 3:
		if u, ok = p.lex[t.letters[0]][wUnit]; ok {
			n = t.numbers[0]
			p.at++
		}
	case t.shape == "+9" && t.digits[0] <= 3:
		n = t.numbers[0]
		p.at++
		u, ok = p.word(wUnit)
	default:
		in := p.has(wIn)
		if !in && p.has(wBefore) {
			in, sign = true, -1
		}
		var numbered bool
		if n, numbered = p.number(); !numbered {
			// "in 3h"
			if t := p.peek(); t.shape == "9a" && t.digits[0] <= 3 {
				if u, ok = p.lex[t.letters[0]][wUnit]; ok {
					n = t.numbers[0]
					p.at++
				}
			}
		} else {
			u, ok = p.word(wUnit)
		}
		switch {
		case !ok:
		case in:
			p.skip(wTime)
		case p.has(wFrom):
			ok = p.has(wNow)
		default:
			sign = -1
			ok = p.has(wAgo)
		}
	}
	if !ok {
		p.at = start
		return false, nil
	}
	n *= sign
	switch unit(u) {
	case minutes:
		s.at = now.Truncate(time.Minute).Add(time.Duration(n) * time.Minute)
	case hours:
		s.at = now.Truncate(time.Minute).Add(time.Duration(n) * time.Hour)
	case days, weeks:
		if unit(u) == weeks {
			n *= 7
		}
		s.date, s.hasDate = today.AddDays(n), true
	case months:
		first := Date{today.Year, today.Month, 1}.utc().AddDate(0, n, 0)
		d, ok := NewDate(first.Year(), first.Month(), today.Day)
		if !ok {
			return false, noSuchDay(Date{first.Year(), first.Month(), today.Day})
		}
		s.date, s.hasDate = d, true
	}
	return true, nil
}

// namedDay reads "tue", "next tue", "this friday" and "tonight".
func (p *phrase) namedDay(s *said) (bool, error) {
	start := p.at
	if !s.hasDate && p.has(wTonight) {
		s.tonight = true
		return true, nil
	}
	p.skip(wThe) // "am nächsten", "den 3."
	next := p.has(wNext)
	this := !next && p.has(wThis)
	if next || this {
		if u, ok := p.word(wUnit); ok {
			return false, &library.Error{Code: library.Syntax, Reason: "when_day", Args: map[string]any{"Unit": unitName(unit(u))}}
		}
	}
	d, ok := p.weekday()
	if !ok {
		p.at = start
		return false, nil
	}
	s.weekday, s.hasWeekday, s.next, s.this = d, true, next, this
	return true, nil
}

// unitName is the unit in English, for an error's Args.
func unitName(u unit) string {
	return [...]string{"minute", "hour", "day", "week", "month"}[u]
}

// date reads a day of the calendar, with or without its year.
func (p *phrase) date(s *said) (bool, error) {
	p.skip(wThe)
	t := p.peek()
	var y, d int
	var m time.Month
	dated := true // whether the year is part of the token
	switch t.shape {
	case "9-9-9", "9-9-9a9:9":
		if t.digits[0] != 4 || t.digits[1] != 2 || t.digits[2] != 2 {
			return false, nil
		}
		if t.shape != "9-9-9" {
			h, mi := t.numbers[3], t.numbers[4]
			if s.timed || t.letters[0] != "t" || t.digits[3] != 2 || t.digits[4] != 2 {
				return false, nil
			}
			if h > 23 || mi > 59 {
				return false, badClock(t.text)
			}
			s.clock, s.timed = Clock{h, mi}, true
		}
		p.at++
		y, m, d = t.numbers[0], time.Month(t.numbers[1]), t.numbers[2]
	case "9.9.", "9.9.9":
		if t.digits[0] > 2 || t.digits[1] > 2 {
			return false, nil
		}
		p.at++
		d, m = t.numbers[0], time.Month(t.numbers[1])
		if t.shape == "9.9.9" {
			if y = t.numbers[2]; t.digits[2] != 4 {
				return false, yearDigits(t.text)
			}
		} else {
			y = p.year()
		}
	case "9/9", "9/9/9":
		if t.digits[0] > 2 || t.digits[1] > 2 {
			return false, nil
		}
		if len(t.numbers) == 3 {
			if y = t.numbers[2]; t.digits[2] != 4 {
				return false, yearDigits(t.text)
			}
		}
		a, b := t.numbers[0], t.numbers[1]
		if a <= 12 && b <= 12 && a != b {
			return false, slashes(t.text, y, a, b)
		}
		p.at++
		if a > 12 {
			d, m = a, time.Month(b)
		} else {
			d, m = b, time.Month(a)
		}
	default:
		var ok bool
		dated = false
		if y, m, d, ok = p.wordyDate(); !ok {
			return false, nil
		}
	}
	if dated && len(t.numbers) > 2 && y < minYear {
		return false, yearDigits(t.text)
	}
	if y == 0 && m == 0 {
		if d > 31 {
			return false, noSuchDay(Date{Day: d})
		}
		s.date, s.hasDate = Date{Day: d}, true
		return true, nil
	}
	check := y
	if y == 0 {
		check = 2000 // a leap year, so that 29 February passes here
	} else if y < minYear {
		return false, yearDigits(t.text)
	}
	if _, ok := NewDate(check, m, d); !ok {
		return false, noSuchDay(Date{y, m, d})
	}
	s.date, s.hasDate = Date{y, m, d}, true
	return true, nil
}

// wordyDate reads "1 dec", "1st of December 2026", "Dec 1, 2026", "3. Dezember"
// and "the 15th".
func (p *phrase) wordyDate() (y int, m time.Month, d int, ok bool) {
	start := p.at
	if v, ok := p.word(wMonth); ok {
		m = time.Month(v)
		p.skip(wThe)
		if d, ok = p.dayNumber(); !ok {
			p.at = start
			return 0, 0, 0, false
		}
		return p.year(), m, d, true
	}
	ordinal := p.peek().shape != "9"
	if d, ok = p.dayNumber(); !ok {
		p.at = start
		return 0, 0, 0, false
	}
	p.skip(wOf)
	v, named := p.word(wMonth)
	switch {
	case named:
		return p.year(), time.Month(v), d, true
	case ordinal && p.tokens[p.at-1].shape != "a":
		return 0, 0, d, true
	}
	p.at = start
	return 0, 0, 0, false
}

// dayNumber reads the day of a month: 1, 1st, 1. or first.
func (p *phrase) dayNumber() (int, bool) {
	if d, ok := p.ordinal(); ok {
		return d, d > 0
	}
	if t := p.peek(); t.shape == "9" && t.digits[0] <= 2 {
		p.at++
		return t.numbers[0], true
	}
	return 0, false
}

// year reads a year of four digits, 0 if there is none.
func (p *phrase) year() int {
	if t := p.peek(); t.shape == "9" && t.digits[0] == 4 {
		p.at++
		return t.numbers[0]
	}
	return 0
}

func yearDigits(text string) error {
	return &library.Error{Code: library.Syntax, Reason: "when_year", Args: map[string]any{"Text": clip(text)}}
}

// slashes asks which number is the day.
func slashes(text string, y, a, b int) error {
	err := &library.Error{Code: library.Ambiguous, Reason: "when_slashes", Args: map[string]any{"Text": clip(text)}}
	for _, md := range [][2]int{{a, b}, {b, a}} {
		d := Date{y, time.Month(md[1]), md[0]}
		if y != 0 {
			if _, ok := NewDate(y, d.Month, d.Day); !ok {
				continue
			}
		}
		s := d.utc().Format("2 Jan")
		if y != 0 {
			s = d.utc().Format("2 Jan 2006")
		}
		err.Suggestions = append(err.Suggestions, library.Suggestion{Citation: s, Label: s})
	}
	return err
}
