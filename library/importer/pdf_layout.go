package importer

import (
	"context"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A layout is a PDF as Poppler's pdftohtml shows it: words with their places,
// sizes and fonts, page by page, and the outline that the file has.
type layout struct {
	pages   []layoutPage
	outline []bookmark
	turned  bool // it is read from right to left; its pages are mirrored
}

// A layoutPage is a page; its lines stand in the order in which they are read.
type layoutPage struct {
	width, height float64
	frags         []frag
	lines         []pdfLine
}

// A frag is a piece of text in one font. Lengths are in pixels of pdftohtml, of
// which a hundred and eight are an inch.
type frag struct {
	left, top, width, height float64
	text                     string
	bold, mono               bool
	family                   int32 // of its font
}

func (f *frag) right() float64  { return f.left + f.width }
func (f *frag) bottom() float64 { return f.top + f.height }

// A bookmark is an entry of a PDF's outline.
type bookmark struct {
	page  int // from 1
	depth int // 1 for the highest
	title string
}

// A pdfLine is a line of a page.
type pdfLine struct {
	left, right, top, bottom float64
	size                     float64 // the height of most of its letters
	bold, mono               bool    // all of its words
	mixed                    bool    // some of it is set in a font for examples
	text                     string
	cells                    []cell // what wide gaps part, two or more
	page                     int    // from 0
	edge                     float64
	note                     string // the label of the note that begins with it
	calls                    []string
	inset                    bool // it is set in on both sides
	gone                     bool // left out
}

type cell struct {
	left float64
	text string
}

// parseLayout reads what pdftohtml -xml prints. It takes it line by line, and not
// as XML: what it prints of fonts that overlap is not well formed.
func parseLayout(s string) *layout {
	l := &layout{}
	type font struct {
		bold   bool
		family int32
	}
	fonts, families := map[string]font{}, map[string]int32{}
	var names []string
	depth := 0
	for s != "" {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			break
		}
		s = s[i+1:]
		end := strings.IndexByte(s, '>')
		if end < 0 {
			break
		}
		tag := s[:end]
		s = s[end+1:]
		name, attrs, _ := strings.Cut(tag, " ")
		switch name {
		case "page":
			if len(l.pages) < maxBlocks {
				l.pages = append(l.pages, layoutPage{width: length(attrs, "width"), height: length(attrs, "height")})
			}
		case "fontspec":
			family := strings.ToLower(attribute(attrs, "family"))
			n, ok := families[family]
			if !ok && len(names) < 10_000 {
				n = int32(len(names))
				families[family], names = n, append(names, family)
			}
			f := font{family: n, bold: strings.Contains(family, "bold") || strings.Contains(family, "black") || strings.Contains(family, "heavy")}
			fonts[attribute(attrs, "id")] = f
		case "text":
			body, rest, _ := strings.Cut(s, "</text>")
			s = rest
			if len(l.pages) == 0 {
				continue
			}
			bold := allBold(body)
			f := fonts[attribute(attrs, "font")]
			text := html.UnescapeString(withoutTags(body))
			if strings.TrimSpace(text) == "" {
				continue
			}
			text = unspace(text)
			p := &l.pages[len(l.pages)-1]
			p.frags = append(p.frags, frag{left: length(attrs, "left"), top: length(attrs, "top"), width: length(attrs, "width"), height: length(attrs, "height"), text: text, bold: f.bold || bold, family: f.family})
		case "outline":
			depth++
		case "/outline":
			depth--
		case "item":
			body, rest, _ := strings.Cut(s, "</item>")
			s = rest
			if page, err := strconv.Atoi(attribute(attrs, "page")); err == nil && len(l.outline) < maxBlocks {
				l.outline = append(l.outline, bookmark{page: page, depth: max(depth, 1), title: tidy(html.UnescapeString(withoutTags(body)))})
			}
		}
	}
	l.findMono(names)
	l.dropCaps()
	l.turned = l.turn()
	return l
}

// monoName is what fonts for examples are called.
var monoName = expr(`mono|courier|nimbusmon|typewriter|consolas|menlo|(?:cm|ec|tx|tcx|t1x|lm|sf)b?tt`)

// findMono finds the fonts whose letters are all of one width, in which examples
// are set: by what their pieces measure, or by their names.
func (l *layout) findMono(names []string) {
	mono := make([]bool, max(len(names), 1))
	wide := make([][]float32, len(mono))
	type piece struct {
		family int32
		text   string
	}
	seen := map[piece]bool{} // a running head is as wide each time
	for i := range l.pages {
		for k := range l.pages[i].frags {
			f := &l.pages[i].frags[k]
			text := strings.TrimSpace(f.text)
			n := utf8.RuneCountInString(text)
			// Long pieces are alike in every font; of spaces at the ends it is not
			// known how wide they are. Letters that fill a square are in any font.
			if n < 5 || n > 24 || strings.ContainsFunc(text, unspaced) || len(text) != len(f.text) || f.height <= 0 || len(wide[f.family]) > 5000 || seen[piece{f.family, text}] {
				continue
			}
			seen[piece{f.family, text}] = true
			wide[f.family] = append(wide[f.family], float32(f.width/f.height/float64(n)))
		}
	}
	for i, name := range names {
		mono[i] = monoName.MatchString(name)
		if all := wide[i]; len(all) >= 6 {
			slices.Sort(all)
			near, middle := 0, all[len(all)/2]
			for _, w := range all {
				if w > middle*0.97 && w < middle*1.03 {
					near++
				}
			}
			mono[i] = mono[i] || middle > 0.3 && near*10 >= len(all)*9
		}
	}
	for i := range l.pages {
		for k := range l.pages[i].frags {
			f := &l.pages[i].frags[k]
			f.mono = mono[f.family] && !strings.ContainsFunc(f.text, unspaced)
		}
	}
}

func attribute(attrs, name string) string {
	_, rest, ok := strings.Cut(attrs, name+`="`)
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

func length(attrs, name string) float64 {
	f, err := strconv.ParseFloat(attribute(attrs, name), 64)
	if err != nil || f != f || f > 1e6 || f < -1e6 {
		return 0
	}
	return f
}

// allBold reports whether all of a piece's words stand between <b> and </b>.
func allBold(s string) bool {
	if !strings.Contains(s, "<b>") {
		return false
	}
	for {
		before, rest, ok := strings.Cut(s, "<b>")
		if strings.TrimSpace(withoutTags(before)) != "" {
			return false
		}
		if !ok {
			return true
		}
		_, s, _ = strings.Cut(rest, "</b>")
	}
}

func withoutTags(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	var b strings.Builder
	for s != "" {
		before, rest, ok := strings.Cut(s, "<")
		b.WriteString(before)
		if !ok {
			break
		}
		_, s, _ = strings.Cut(rest, ">")
	}
	return b.String()
}

// cutLines makes lines of what stands on each page, one column after the other.
func (l *layout) cutLines(ctx context.Context) error {
	for i := range l.pages {
		if err := ctx.Err(); err != nil {
			return err
		}
		p := &l.pages[i]
		for _, column := range columnsOf(p) {
			lines := linesOf(column.frags, column.right)
			for k := range lines {
				lines[k].page = i
			}
			p.lines = append(p.lines, lines...)
		}
		p.frags = nil
	}
	return nil
}

type column struct {
	frags []frag
	right float64 // how far its lines may go; 0 for as far as the page's do
}

// columnsOf parts a page that is set in two columns: where no words stand in a
// strip about the middle, and many lines on either side of it. What reaches over
// the strip parts the page into bands, which are read one after the other.
func columnsOf(p *layoutPage) []column {
	whole := []column{{frags: p.frags}}
	if len(p.frags) < 12 || p.width <= 0 {
		return whole
	}
	best, at := len(p.frags), 0.0
	for k := 35; k <= 65; k++ {
		x := p.width * float64(k) / 100
		over, left, right := 0, 0, 0
		for i := range p.frags {
			switch f := &p.frags[i]; {
			case f.right() < x-3:
				left++
			case f.left > x+3:
				right++
			default:
				over++
			}
		}
		if left >= 6 && right >= 6 && over < best && over*8 < len(p.frags) {
			best, at = over, x
		}
	}
	if at == 0 {
		return whole
	}
	// Tables leave a strip free, too: columns are filled by lines of words.
	leftLines, rightLines := linesOf(between(p.frags, 0, at), 0), linesOf(between(p.frags, at, p.width), 0)
	if !columnLike(leftLines) || !columnLike(rightLines) {
		return whole
	}
	var out []column
	band := func(top, bottom float64) {
		var a, b []frag
		for i := range p.frags {
			f := &p.frags[i]
			if f.top < top || f.top >= bottom {
				continue
			}
			if f.right() < at-3 {
				a = append(a, *f)
			} else if f.left > at+3 {
				b = append(b, *f)
			}
		}
		if len(a) > 0 {
			out = append(out, column{frags: a, right: at})
		}
		if len(b) > 0 {
			out = append(out, column{frags: b})
		}
	}
	var over []frag
	for i := range p.frags {
		if f := &p.frags[i]; f.right() >= at-3 && f.left <= at+3 {
			over = append(over, *f)
		}
	}
	slices.SortStableFunc(over, func(a, b frag) int { return int(a.top - b.top) })
	top := 0.0
	for i := 0; i < len(over); {
		j := i + 1
		for j < len(over) && over[j].top < over[j-1].bottom()+over[j-1].height {
			j++
		}
		from, to := over[i].top-1, over[j-1].bottom()
		band(top, from)
		var all []frag
		for k := range p.frags {
			if f := &p.frags[k]; f.top >= from && f.top < to {
				all = append(all, *f)
			}
		}
		out = append(out, column{frags: all})
		top = max(top, to)
		i = j
	}
	band(top, p.height+1e6)
	return out
}

// between are the pieces that stand between two places of the width.
func between(frags []frag, from, to float64) (out []frag) {
	for i := range frags {
		if frags[i].left >= from && frags[i].right() <= to {
			out = append(out, frags[i])
		}
	}
	return out
}

// columnLike reports whether lines fill a column: six and more, most of which
// are as wide as the others, and of several words.
func columnLike(lines []pdfLine) bool {
	if len(lines) < 6 {
		return false
	}
	wide := 0.0
	for i := range lines {
		wide = max(wide, lines[i].right-lines[i].left)
	}
	full := 0
	for i := range lines {
		if lines[i].right-lines[i].left > wide*3/4 && strings.Count(lines[i].text, " ") >= 3 {
			full++
		}
	}
	return full*2 > len(lines)
}

// linesOf are the lines that pieces of text stand on, from above to below.
func linesOf(frags []frag, edge float64) (lines []pdfLine) {
	slices.SortStableFunc(frags, func(a, b frag) int {
		if d := a.top + a.height/2 - b.top - b.height/2; d < 0 {
			return -1
		} else if d > 0 {
			return 1
		}
		return 0
	})
	for i := 0; i < len(frags); {
		top, bottom := frags[i].top, frags[i].bottom()
		j := i + 1
		for j < len(frags) {
			f := &frags[j]
			common := min(bottom, f.bottom()) - max(top, f.top)
			if common*2 < min(f.height, bottom-top) {
				break
			}
			if f.height > bottom-top { // what stands raised came first
				top, bottom = f.top, f.bottom()
			}
			j++
		}
		lines = append(lines, lineOf(frags[i:j], edge))
		i = j
	}
	return lines
}

// lineOf puts the pieces of a line together.
func lineOf(frags []frag, edge float64) pdfLine {
	slices.SortStableFunc(frags, func(a, b frag) int {
		if a.left < b.left {
			return -1
		} else if a.left > b.left {
			return 1
		}
		return 0
	})
	// The size of most letters, of those that are set in no font for examples if
	// there are any; what is smaller and stands higher is raised.
	sizes := map[float64]int{}
	words := slices.ContainsFunc(frags, func(f frag) bool { return !f.mono && hasWord(f.text) })
	for i := range frags {
		if !words || !frags[i].mono {
			sizes[frags[i].height] += utf8.RuneCountInString(frags[i].text)
		}
	}
	var main float64
	for s, n := range sizes {
		if n > sizes[main] || n == sizes[main] && s > main {
			main = s
		}
	}
	base := 0.0 // where most letters stand
	for i := range frags {
		if frags[i].height == main {
			base = max(base, frags[i].bottom())
		}
	}
	l := pdfLine{left: frags[0].left, size: main, bold: true, mono: true, edge: edge}
	var b strings.Builder
	cellFrom, cellLeft := 0, frags[0].left
	for i := range frags {
		f := &frags[i]
		text := strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return ' '
			}
			return r
		}, f.text)
		// What stands low, as the 2 of H2O does, calls nothing.
		raised := isNoteMark(strings.TrimSpace(text)) && f.top+f.height/2 < base-main/2 && (f.height < main*0.85 && f.bottom() < base+1 || f.height < main*0.95 && f.bottom() < base-main*0.2)
		if i > 0 {
			gap := f.left - frags[i-1].right()
			switch {
			case gap > main*1.25 && gap > 12:
				l.cells = append(l.cells, cell{cellLeft, strings.TrimSpace(b.String()[cellFrom:])})
				b.WriteByte(' ')
				cellFrom, cellLeft = b.Len(), f.left
			case gap > main*0.12 && !raised:
				b.WriteByte(' ')
			}
		}
		switch {
		case raised && i == 0:
			l.note = strings.TrimSpace(text)
			l.left = f.right()
			if len(frags) > 1 {
				l.left = frags[1].left
			}
			cellLeft = l.left
		case raised:
			mark := strings.TrimSpace(text)
			l.calls = append(l.calls, mark)
			b.WriteString("[" + mark + "]")
		default:
			b.WriteString(text)
		}
		if !raised {
			if hasWord(text) {
				l.bold, l.mono = l.bold && f.bold, l.mono && f.mono
			}
			l.mixed = l.mixed || f.mono
			if l.top == 0 || f.top < l.top {
				l.top = f.top
			}
			l.bottom = max(l.bottom, f.bottom())
		}
		l.right = max(l.right, f.right())
	}
	l.mono = l.mono && l.mixed
	l.bold = l.bold && slices.ContainsFunc(frags, func(f frag) bool { return f.bold })
	if l.bottom == 0 { // nothing but what is raised
		l.top, l.bottom = frags[0].top, frags[0].bottom()
	}
	if len(l.cells) > 0 {
		l.cells = append(l.cells, cell{cellLeft, strings.TrimSpace(b.String()[cellFrom:])})
	}
	l.text = tidy(b.String())
	return l
}

// isNoteMark reports whether what stands raised calls a note.
func isNoteMark(s string) bool {
	if s == "" || len(s) > 8 {
		return false
	}
	if strings.Trim(s, "0123456789") == "" {
		return len(s) <= 3
	}
	return strings.Trim(s, "*†‡§¶") == ""
}
