package importer

import (
	"maps"
	"strings"
	"unicode"
)

var (
	contentsTitle = expr(`^(?i:(?:table of )?contents(?: of (?:this|the) .{1,40})?|inhalt(?:sverzeichnis)?|table des mati(?:è|e)res|sommaire|índice|indice|inhoud|spis treści|содержание|оглавление|περιεχόμενα|πίνακας περιεχομένων)\.?:?$`)
	contentsHead  = expr(`^(?i:(?:chapter|chap\.?|pages?|part|kapitel|seite|chapitre|глава)(?: +(?:pages?|seite)\.?)?)$`)
	dotLeader     = expr(`\.{3,} ?[0-9ivxlc]+$|(?: \.){3,} ?[0-9ivxlc]+$|\s[0-9]{1,3}$`)
)

// An entry of a table of contents may be wrapped over this many lines, and so
// may the heading that it names.
const entryLines = 4

// contents leaves out a table of contents: what follows its title, or opens the
// text, and stands again as headings or ends with the numbers of pages. What it
// names is remembered, so that headings are known however long they are.
func (d *draft) contents() {
	tries := 0
	var all map[string]int
	gone := map[string]int{} // what the tables before this one have named
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.role != prose && b.role != stanza && b.role != list && b.role != table {
			continue
		}
		// Chapters may have tables of their own.
		titled := contentsTitle.MatchString(strings.TrimPrefix(d.first(b).text, digest)) && (d.short(b, 6) || b.size() > 1)
		// A run of labelled items needs no title, and may open a part as well.
		if items := !titled && d.labelledItems(i); !titled && !items && (d.listed != nil || i*3 > len(d.blocks)+30 || b.size() < 5 || !d.shortLines(b)) {
			continue
		}
		if tries++; tries > 30 {
			return
		}
		if len(all) == 0 {
			all = d.headingForms()
		}
		// What was listed before will not come again.
		later := forthcoming{all: all, taken: maps.Clone(gone)}
		from, end := i, i
		if !titled {
			from, end = i-1, i-1
		}
		skipped := 0
		named := map[string]bool{} // what this table has listed
		for k := from + 1; k < len(d.blocks) && k < i+600; k++ {
			c := &d.blocks[k]
			if c.role == leftOut {
				continue
			}
			// What it has listed with its label is the heading itself, though others are
			// called the same; and the first chapter may have a table of its own.
			if s := d.text(c); titled && k > i && (contentsTitle.MatchString(s) && d.short(c, 6) || c.size() <= entryLines && named[entry(s)] && labelledLine(s)) {
				break
			}
			if !d.listsHeadings(c, later) {
				if !titled && d.labelledItem(c) {
					continue // it may be an entry that stands otherwise above its section
				}
				if titled && d.labelledLines(c) {
					continue // so may one of entries that are worded otherwise above their sections
				}
				// The head of a column is no entry.
				if skipped++; skipped > 1 || !d.short(c, 2) || !contentsHead.MatchString(d.text(c)) {
					break
				}
				continue
			}
			end = k
			if titled {
				d.eachEntry(c, later, func(e string, _ bool) { named[e] = true })
			}
			// An entry that will not come again is the heading itself.
			if c.size() <= entryLines {
				for _, e := range forms(d.text(c)) {
					later.taken[e]++
				}
			}
		}
		if titled && b.size() > 1 && d.listsHeadings(b, later) {
			from = i - 1
		}
		if end == i && from == i || !titled && end < i {
			continue
		}
		gone = later.taken
		if d.listed == nil {
			d.listed = map[string]bool{}
		}
		for k := i; k <= end; k++ {
			if c := &d.blocks[k]; c.role != leftOut {
				d.eachEntry(c, later, func(e string, deep bool) {
					d.listed[e] = true
					d.listsAll = d.listsAll || deep
				})
				c.role, c.reason = leftOut, "table of contents"
			}
		}
	}
}

// labelledItems reports whether a run of items begins here, parted by empty
// lines, of which each is short and says a label behind its mark: "* 1.2. Scope".
func (d *draft) labelledItems(at int) bool {
	const run = 8
	if at+run > len(d.blocks) {
		return false
	}
	for i := at; i < at+run; i++ {
		if !d.labelledItem(&d.blocks[i]) {
			return false
		}
	}
	return true
}

func (d *draft) labelledItem(b *block) bool {
	s := d.first(b).text
	if b.size() > entryLines || len(s) < 3 || strings.IndexByte("*-+", s[0]) < 0 || s[1] != ' ' {
		return false
	}
	l, ok := readLabel(strings.TrimSpace(s[2:]))
	return ok && l.title != ""
}

// labelledLines reports whether each line of a block bears a label of the same
// kind: a list of sections.
func (d *draft) labelledLines(b *block) bool {
	style := ""
	for i := b.from; i < b.to; i++ {
		l, ok := readLabel(d.lines[i].text)
		if !ok || l.title == "" || d.lines[i].width > 100 || i > b.from && l.style[:1] != style[:1] {
			return false
		}
		style = l.style
	}
	return true
}

// shortLines reports whether all lines of a block are as short as headings.
func (d *draft) shortLines(b *block) bool {
	for i := b.from; i < b.to; i++ {
		if d.lines[i].width > 100 || end(d.lines[i].text) == fullEnd && !dotLeader.MatchString(d.lines[i].text) && lastRune(d.lines[i].text) != '?' {
			return false
		}
	}
	return true
}

// withoutPage takes the number of a page off an entry, and the dots before it.
func withoutPage(s string) string {
	if c := s[max(0, len(s)-1):]; c != "" && (c[0] >= '0' && c[0] <= '9') || strings.Contains(s, "...") || strings.Contains(s, ". .") {
		return dotLeader.ReplaceAllString(s, "")
	}
	return s
}

// entry is a heading as it may stand in a table of contents too.
func entry(s string) string {
	s = withoutPage(s)
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// forms are a heading with and without its label, and without what stands before
// it in a digest.
func forms(s string) []string {
	s = strings.TrimPrefix(s, digest)
	out := []string{entry(s)}
	if l, ok := readLabel(s); ok && l.title != "" {
		if e := entry(l.title); len(e) > 3 {
			out = append(out, e)
		}
	}
	return out
}

// What may be headings, and how many of them a table of contents has named.
type forthcoming struct{ all, taken map[string]int }

func (f forthcoming) count(e string) int { return f.all[e] - f.taken[e] }

// headingForms counts what may be headings.
func (d *draft) headingForms() map[string]int {
	later := map[string]int{}
	for k := range d.blocks {
		if c := &d.blocks[k]; c.role != leftOut && d.maybeListed(c) {
			for _, e := range forms(d.text(c)) {
				later[e]++
			}
		}
	}
	delete(later, "")
	return later
}

// maybeListed reports whether a block is short enough for a heading, and none
// that lists several.
func (d *draft) maybeListed(b *block) bool {
	if b.size() > entryLines || d.words(b) > 320 {
		return false
	}
	for i := b.from + 1; i < b.to; i++ {
		if _, ok := readLabel(d.lines[i].text); ok {
			return false
		}
	}
	return true
}

// words is about how many characters a short block has.
func (d *draft) words(b *block) int32 {
	n := int32(0)
	for i := b.from; i < b.to; i++ {
		n += d.lines[i].width
	}
	return n
}

// eachEntry calls f with each entry of a block that stands again as a heading,
// and whether it is one below the top level.
func (d *draft) eachEntry(b *block, later forthcoming, f func(e string, deep bool)) {
	for i := b.from; i < b.to; {
		n := min(entryLines, b.to-i)
	longest:
		for ; n > 0; n-- {
			s := withoutPage(d.mend.join(d.lines[i : i+n]))
			for _, e := range forms(s) {
				if _, ok := later.all[e]; ok {
					l, labelled := readLabel(s)
					f(e, labelled && strings.Contains(l.style, ".") || d.lines[i].indent > d.first(b).indent)
					f(entry(s), false)
					break longest
				}
			}
		}
		i += max(n, 1)
	}
}

// listsHeadings reports whether a block is made of entries of a table of
// contents.
func (d *draft) listsHeadings(b *block, later forthcoming) bool {
	hits, n := 0, 0
	for i := b.from; i < b.to; {
		if d.lines[i].width > 160 {
			return false
		}
		taken := 0
		for k := min(entryLines, b.to-i); k > 0 && taken == 0; k-- {
			whole := k == b.size()
			for _, e := range forms(d.mend.join(d.lines[i : i+k])) {
				if c := later.count(e); c >= 2 || c >= 1 && !whole {
					taken = k
				}
			}
		}
		n++
		if taken > 0 || dotLeader.MatchString(d.lines[i].text) {
			hits++
		}
		i += max(taken, 1)
	}
	return hits*2 > n
}
