package importer

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A fit knows how wide the lines of a hard-wrapped text are, and so whether a
// line was ended because the next word did not fit or because its writer meant
// it: the end of a paragraph, a line of verse, a heading.
//
// Typewritten text is measured in characters. Text that was drawn out of a page
// is measured in the widths of Times, which most pages are set in or near to;
// whichever of the two contradicts the text less is taken.
type fit struct {
	limit int  // a line with the next word on it that stays below was ended on purpose
	times bool // measured in thousandths of an em instead of characters
	known bool // there was enough to measure
	full  int32
}

// times are the widths of Times Roman's characters from the space on, in
// thousandths of an em, as Adobe's font metrics (AFM) give them; quotation marks
// as the curly ones that typesetters use.
var times = [...]uint16{
	250, 333, 444, 500, 500, 833, 778, 333, 333, 333, 500, 564, 250, 333, 250, 278,
	500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444,
	921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889, 722, 722,
	556, 722, 667, 556, 611, 722, 722, 944, 722, 722, 611, 333, 278, 333, 469, 500,
	333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500,
	500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
}

func measureTimes(s string) int {
	n := 0
	for i := range len(s) {
		c := s[i] - ' ' // below a space it turns over, and is beyond the table
		if int(c) >= len(times) {
			return n + measureOther(s[i:])
		}
		n += int(times[c])
	}
	return n
}

// measureOther is measureTimes of what begins with no sign of ASCII.
func measureOther(s string) (n int) {
	for _, r := range s {
		switch {
		case r >= ' ' && int(r-' ') < len(times):
			n += int(times[r-' '])
		case r == '—' || r == '…':
			n += 1000
		case r == '‘' || r == '’':
			n += 333
		case r == '“' || r == '”':
			n += 444
		default:
			n += 500
		}
	}
	return n
}

func (f *fit) measure(s string) int {
	if f.times {
		return measureTimes(s)
	}
	return utf8.RuneCountInString(s)
}

// unit is what would have had to fit: the first word of a line, or what stands
// before its first hyphen.
func unit(s string) string {
	if i := strings.IndexByte(s, ' '); i >= 0 {
		s = s[:i]
	}
	if i := strings.IndexByte(s, '-'); i > 0 && i+1 < len(s) && s[i+1] != '-' && s[i-1] != '-' {
		s = s[:i+1]
	}
	return s
}

// withNext is the width of a line if the next word stood on it too.
func (f *fit) withNext(a, b *line) int {
	n := f.measure(a.text)
	if !f.times {
		n += int(a.indent)
	}
	return f.longer(n, a, b)
}

// longer is withNext of a line whose width is known.
func (f *fit) longer(width int, a, b *line) int {
	n := width + f.measure(unit(b.text))
	if !strings.HasSuffix(a.text, "-") {
		if f.times {
			return n + 250
		}
		return n + 1
	}
	return n
}

// byHand reports whether a line was ended on purpose though the next word would
// have fitted.
func (f *fit) byHand(a, b *line) bool {
	return f.known && f.withNext(a, b) < f.limit
}

const fitSample = 20000

// learn measures the lines that certainly run on: a letter or a comma at the
// end, a small letter at the beginning of the next.
func (f *fit) learn(lines []line) {
	step := max(1, len(lines)/fitSample)
	var at []int
	adjacent := 0
	for i := 1; i < len(lines); i += step {
		a, b := &lines[i-1], &lines[i]
		if b.gap > 0 || b.feed || a.width > 140 {
			continue
		}
		adjacent++
		if r := lastRune(a.text); (unicode.IsLetter(r) || r == ',') && a.width >= 25 && unicode.IsLower(firstRune(b.text)) {
			at = append(at, i)
		}
	}
	if len(at) < 6 || len(at)*12 < adjacent {
		return
	}
	best := 2.0
	for _, t := range []bool{false, true} {
		try := fit{times: t, known: true}
		lo, hi := make([]int, 0, len(at)), make([]int, 0, len(at))
		for _, i := range at {
			w := try.measure(lines[i-1].text)
			if !t {
				w += int(lines[i-1].indent)
			}
			lo, hi = append(lo, w), append(hi, try.longer(w, &lines[i-1], &lines[i]))
		}
		slices.Sort(lo)
		slices.Sort(hi)
		wide, narrow := lo[len(lo)*99/100], hi[len(hi)/100]
		if spread := float64(wide-narrow) / float64(wide); spread < best-0.02 {
			best = spread
			*f = try
			// Verse among the prose pulls the narrow end down: not below nine tenths.
			f.limit = max(narrow, wide*9/10)
		}
	}
	if best > 0.5 { // no width at all: lines end where their writer pleased
		*f = fit{}
		return
	}
	widths := make([]int32, len(at))
	for k, i := range at {
		widths[k] = lines[i-1].indent + lines[i-1].width
	}
	slices.Sort(widths)
	f.full = widths[len(widths)*99/100]
}
