package importer

import (
	"strings"
)

// monthNames are the names and abbreviations of months.
const monthNames = " January February March April May June July August September October November December Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec" +
	" Januar Februar März Mai Juni Juli Oktober Dezember janvier février mars avril mai juin juillet août septembre octobre novembre décembre" +
	" enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "

// dayNames are those of weekdays.
const dayNames = " Mon Tue Tues Wednes Thu Thur Thurs Fri Satur Sun Monday Tueday Tuesday Wednesday Thuday Thurday Thursday Friday Saturday Sunday "

// isDate reports whether a line is a date and nothing else, with or without a
// place before it.
func isDate(s string) bool {
	s = strings.Trim(s, "()[] ")
	// A date ends with a number or a month.
	if len(s) > 60 || s == "" {
		return false
	}
	if last := s[strings.LastIndexByte(s, ' ')+1:]; !strings.ContainsAny(last, "0123456789") && last != "UTC" && last != "GMT" && !listed(monthNames, strings.TrimSuffix(last, ".")) {
		return false
	}
	if dateForm(s) {
		return true
	}
	if !strings.Contains(s, ", ") {
		return false
	}
	m := placeDate.FindStringSubmatch(s)
	// "Released May, 2001" names no place.
	return m != nil && strings.ContainsAny(m[2], "0123456789") && dateForm(m[2]) && !(strings.Contains(m[1], " ") && listed(monthNames, m[1][strings.LastIndexByte(m[1], ' ')+1:]))
}

// shapeOfDate is a date as people write it, with or without a year or a weekday,
// whose month is M and whose weekday is W: "W, 3rd of M 1881", "M 3-5, 1881",
// "1881-05-03 14:00 UTC", "3.5.1881", "1881-83".
var shapeOfDate = expr(`^(?:W,? )?(?:` +
	`(?:[0-9]{1,2}(?:st|nd|rd|th|\.)?(?: ?[-–] ?[0-9]{1,2})? (?:de |of )?)?M(?:,? (?:de )?[0-9]{4})?` +
	`|M [0-9]{1,2}(?:st|nd|rd|th)?(?: ?[-–] ?[0-9]{1,2})?(?:,? [0-9]{4})?` +
	`|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?: ?[A-Z]{1,4})?)?|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}|(?:1[0-9]|20)[0-9]{2}(?: ?[-–/] ?[0-9]{2,4})?)\.?$`)

// dateForm reports whether a text is a date. The names are taken out of it
// first, since an expression with all of them in it is slow.
func dateForm(s string) bool {
	shape := make([]byte, 0, 64)
	for i := 0; i < len(s); {
		n := 0
		for n < len(s)-i && (s[i+n]|0x20 >= 'a' && s[i+n]|0x20 <= 'z' || s[i+n] >= 0xC3 && s[i+n] <= 0xC3 || s[i+n] >= 0x80 && s[i+n] < 0xC0 && n > 0) {
			n++
		}
		w := s[i : i+n]
		switch {
		case n == 0:
			shape = append(shape, s[i])
			n = 1
		case listed(monthNames, w):
			shape = append(shape, 'M')
			if i+n < len(s) && s[i+n] == '.' {
				n++
			}
		case i == 0 && listed(dayNames, w):
			shape = append(shape, 'W')
		case n == 1 && (w == "M" || w == "W"):
			return false
		case n > 4: // no word of a date is longer
			return false
		default:
			shape = append(shape, w...)
		}
		i += n
	}
	return shapeOfDate.MatchString(string(shape))
}

// datesOpen reports whether dates that stand alone open the sections of the
// text: a diary. Then one with a day belongs to the text.
func (d *draft) datesOpen(at int) bool {
	if !hasDay(d.lines[at].text) {
		return false
	}
	n := 0
	for i := at; i+1 < len(d.lines) && i < at+20000; i++ {
		l, next := &d.lines[i], &d.lines[i+1]
		if l.width > 60 || i > 0 && l.gap == 0 || next.gap > 2 || !hasDay(l.text) || !isDate(l.text) {
			continue
		}
		if greeting.MatchString(next.text) || isDate(next.text) || next.width < 40 && end(next.text) != fullEnd {
			return false
		}
		n++
	}
	return n >= 3
}

// hasDay reports whether a date names a day and not a year or a month alone.
func hasDay(s string) bool {
	if len(s) > 60 {
		return false
	}
	for f := range strings.FieldsSeq(s) {
		if f = strings.Trim(f, ".,()[]"); f != "" && f[0] >= '0' && f[0] <= '9' && (len(f) <= 4 && strings.Trim(f[1:], "0123456789stndrh") == "" && len(strings.Trim(f, "stndrh")) <= 2 || strings.ContainsAny(f, "./-") && len(f) > 5) {
			return true
		}
	}
	return false
}
