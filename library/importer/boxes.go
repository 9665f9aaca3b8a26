package importer

import "strings"

// unbox takes off the signs with which a box is drawn around lines:
//
//	*****************************
//	*                           *
//	*   On the Care of Lamps    *
//	*                           *
//	*****************************
//
// What stands in it is then read like anything else that is set in.
func (d *draft) unbox() {
	var out []line // nil until the first box
	for i := 0; i < len(d.lines); i++ {
		end := 0
		if sides := boxRule(d.lines[i].text); sides != "" {
			end = d.boxEnd(i, sides)
		}
		if end == 0 {
			if out != nil {
				out = append(out, d.lines[i])
			}
			continue
		}
		if out == nil {
			out = append(make([]line, 0, len(d.lines)), d.lines[:i]...)
		}
		out = append(out, d.lines[i])
		gap := int32(1)
		var box draft
		for _, l := range d.lines[i+1 : end] {
			if !box.addLine(inBox(l.raw, l.text[:1]), l.no, gap, l.feed) {
				gap++
				continue
			}
			out = append(out, box.lines[len(box.lines)-1])
			gap = 0
		}
		rule := d.lines[end]
		rule.gap = gap + 1
		out = append(out, rule)
		i = end
		if i+1 < len(d.lines) {
			d.lines[i+1].gap = max(1, d.lines[i+1].gap)
		}
	}
	if out != nil {
		d.lines = out
	}
}

// inBox is a line without the sides of its box.
func inBox(raw, side string) string {
	raw = strings.TrimRight(raw, " \t")
	body := strings.TrimLeft(raw, " \t")
	inner := strings.TrimLeft(body, side)
	return raw[:len(raw)-len(body)] + strings.Repeat(" ", len(body)-len(inner)) + strings.TrimRight(inner, side)
}

// boxRule is the sign that stands at the sides of a box which a line closes
// above or below, "" where it is no such line.
func boxRule(s string) string {
	if len(s) < 12 || s[0] != s[len(s)-1] || s[1] != s[len(s)-2] {
		return ""
	}
	switch s[0] {
	case '*', '#':
		if strings.Trim(s, s[:1]) == "" {
			return s[:1]
		}
	case '-', '=', '+':
		if strings.Trim(s[1:len(s)-1], "-") == "" || strings.Trim(s[1:len(s)-1], "=") == "" {
			return "|"
		}
	}
	return ""
}

// boxEnd is the line that closes a box below, 0 where there is none.
func (d *draft) boxEnd(at int, sign string) int {
	words := false
	for i := at + 1; i < len(d.lines) && i <= at+40 && d.lines[i].gap == 0; i++ {
		s := d.lines[i].text
		if boxRule(s) == sign {
			if words && i > at+1 {
				return i
			}
			return 0
		}
		if len(s) < 2 || s[:1] != sign || s[len(s)-1:] != sign || sign == "|" && strings.Contains(strings.Trim(s, sign), sign) {
			return 0
		}
		words = words || hasWord(s)
	}
	return 0
}
