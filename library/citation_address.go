package library

import (
	"strconv"
	"strings"
)

// A locus is an address in a scheme: chapter and verse, a line, a page and its
// part. Letters after a number count from 1: "514a" is 514, 1.
type locus struct {
	edition string // "a" of "A 51"
	part    [3]int
	n       int // how many parts there are
}

// An address is what a passage's Verse says: where it begins, the last place
// that it holds whole, and where it begins in another edition.
type address struct {
	from, to, also locus
}

// less reports whether a stands before b, of the same edition.
func (a locus) less(b locus) bool {
	for i := range min(a.n, b.n) {
		if a.part[i] != b.part[i] {
			return a.part[i] < b.part[i]
		}
	}
	return a.n < b.n
}

// indexAddresses reads the addresses that passages bear in the scheme that the
// work declares.
func (o *Outline) indexAddresses() {
	o.addresses = nil
	if o.Scheme == ByPassage {
		return
	}
	addresses, bear := make([]address, o.Last()+1), false
	var room [24]token
	for n := 1; n <= o.Last(); n++ {
		verse := o.Passages[o.At(n)].Verse
		if verse == "" {
			continue
		}
		a := &addresses[n]
		one, other, _ := strings.Cut(verse, "/")
		c := counting{o: o, ts: lex(room[:0], one)}
		a.from = c.locus()
		a.to = a.from
		if c.sign(dash) {
			a.to = c.locus().within(a.from)
		}
		if other != "" {
			c = counting{o: o, ts: lex(room[:0], other)}
			a.also = c.locus()
		}
		bear = bear || a.from.n > 0
	}
	o.loci = nil
	if !bear { // its passages go by their numbers
		return
	}
	o.addresses, o.loci = addresses, map[locus][]run{}
	for n := 1; n <= o.Last(); n++ {
		a := &addresses[n]
		for _, l := range []locus{a.from, a.also} {
			for ; l.n > 0; l = l.outer() {
				o.addRun(l, n)
			}
		}
		if o.Scheme == StephanusPages && a.from.n == 2 && a.to.n == 2 && a.from.part[0] < a.to.part[0] && a.to.part[0]-a.from.part[0] < 1000 {
			// From a part of one page to a part of another: each has five.
			for l := a.from; l.less(a.to); {
				if l.part[1]++; l.part[1] > 5 {
					l.part[0]++
					l.part[1] = 1
					o.addRun(l.outer(), n)
				}
				o.addRun(l, n)
			}
		}
		if k := a.from.n - 1; a.from != a.to && k >= 0 && a.to.n == a.from.n && a.to.outer() == a.from.outer() {
			for l := a.from; l.part[k] < a.to.part[k] && l.part[k]-a.from.part[k] < 1000; {
				l.part[k]++
				o.addRun(l, n)
			}
		}
	}
}

// addRun puts ¶ n at an address: a chapter 1 after a chapter 3 begins another
// book.
func (o *Outline) addRun(l locus, n int) {
	runs := o.loci[l]
	if k := len(runs) - 1; k >= 0 && runs[k].last >= n-1 && (runs[k].last == n || o.sameBook(n-1, n)) {
		runs[k].last = n
		return
	}
	o.loci[l] = append(runs, run{n, n})
}

// outer is the address without its last part: 3 of 3:16.
func (a locus) outer() locus {
	a.n--
	a.part[max(a.n, 0)] = 0
	return a
}

// within completes the end of a range by its beginning: the 18 of "3:16-18".
func (a locus) within(from locus) locus {
	if a.n > 0 && a.n < from.n && a.edition == "" {
		full := from
		copy(full.part[from.n-a.n:], a.part[:a.n])
		return full
	}
	if a.edition == "" {
		a.edition = from.edition
	}
	return a
}

// locus reads an address from the tokens that are left; n is 0 where there is
// none.
func (c *counting) locus() (l locus) {
	start := c.at
	if t := c.peek(); t != nil && t.sign == word && len(t.text) == 1 && c.at+1 < len(c.ts) && c.ts[c.at+1].sign == number {
		l.edition = t.text
		c.at++
	}
	for l.n < len(l.part) {
		before := c.at
		if l.n > 0 {
			// A point, a colon, "v." or a space between: "3:16", "3.16", "3 v 16".
			if !c.sign(colon) && !c.sign(dot) {
				c.word(verseWords)
			}
		}
		t := c.peek()
		switch {
		case t == nil:
		case t.sign == number:
			l.part[l.n] = t.n
			l.n++
			c.at++
			continue
		case c.o.Scheme == ChapterVerse && l.n == 2 && c.versePart():
			return l
		case t.sign == word && len(t.text) == 1 && (t.glued || c.o.Scheme == StephanusPages) && l.n > 0 && t.text[0] >= 'a' && t.text[0] <= 'e':
			l.part[l.n] = int(t.text[0]-'a') + 1
			l.n++
			c.at++
			continue
		}
		c.at = before
		break
	}
	if l.n == 0 {
		c.at = start
		return locus{}
	}
	return l
}

var (
	verseWords   = []string{"v", "vv", "vs", "verse", "verses", "line", "lines", "l", "ll"}
	chapterWords = []string{"ch", "chap", "chapter", "chapters", "psalm", "bk", "book"}
)

// address reads an address of the work's scheme, or a run of them. ok is false
// where the tokens are something else.
func (c *counting) address() ([]part, bool, *Error) {
	o := c.o
	chapter := c.word(chapterWords)
	verse := !chapter && c.word(verseWords)
	start := c.at
	from := c.locus()
	if from.n == 0 {
		return nil, false, nil
	}
	// "3,16" is how some write 3:16; in a list it would be two chapters.
	if t := c.peek(); t != nil && t.sign == comma && t.glued && from.n == 1 && c.alone && o.Scheme == ChapterVerse {
		if c.at++; c.at == len(c.ts)-1 && c.ts[c.at].sign == number && c.ts[c.at].glued {
			return c.verseOrChapter(from, c.ts[c.at].n)
		}
		return nil, false, nil
	}
	to, next, rest := from, false, false
	switch mid := c.at; {
	case c.following():
		next = c.ts[mid].text == "f" || c.ts[mid].text == "sq"
		rest = !next
	default:
		if t := c.peek(); t != nil && rangeSign(t) {
			if c.inner {
				return nil, false, nil
			}
			c.at++
			if c.word(lastWords) {
				rest = true
				break
			}
			c.word(verseWords)
			if n := c.peek(); n != nil && n.sign == number && from.n == 2 && o.Scheme == ChapterVerse {
				if c.at++; c.versePart() { // "3:16b-17a"
					to = verseIn(from.part[0], locus{part: [3]int{n.n}, n: 1})
					break
				}
				c.at--
			}
			if to = c.locus(); to.n == 0 {
				// "514a-b": the part of the same page.
				t := c.peek()
				if t == nil || t.sign != word || len(t.text) != 1 || t.text[0] < 'a' || t.text[0] > 'e' || from.n < 2 {
					return nil, false, nil
				}
				to = from
				to.part[to.n-1] = int(t.text[0]-'a') + 1
				c.at++
			} else {
				to = to.within(from)
			}
		}
	}
	if c.sign(slash) { // "A 51/B 75": the first says it
		c.locus()
	}
	if !c.done() {
		return nil, false, nil
	}
	span := c.within()
	if from.n == 1 && !chapter && from.edition == "" {
		// A bare number is a chapter; in the only chapter, or after "v.", a verse.
		only, single := o.onlyChapter(span)
		after := c.after
		var last locus
		if after != nil && after.verse {
			last = o.addresses[after.last].from
		}
		switch {
		case verse && last.n == 2:
			from, to = verseIn(last.part[0], from), verseIn(last.part[0], to)
		case single && (verse || c.scope >= 0 || o.Scheme == ChapterVerse):
			if o.Scheme == ChapterVerse && from.part[0] == only && !verse && c.scope < 0 && c.at-start == 1 && len(o.find(verseIn(only, from), span)) > 0 {
				runs := o.find(from, span)
				if len(runs) == 1 && (runs[0].last > runs[0].first) {
					one := o.find(verseIn(only, from), span)[0]
					return nil, true, &Error{Code: Ambiguous, Reason: "which_place", Args: map[string]any{"Place": typed(c.ts)},
						Suggestions: []Suggestion{{Citation: o.Cite(runs[0].first, runs[0].last)}, {Citation: o.Cite(one.first, one.last)}}}
				}
			}
			if o.Scheme == ChapterVerse {
				from, to = verseIn(only, from), verseIn(only, to)
			}
		case verse && o.Scheme == ChapterVerse && c.scope < 0:
			return nil, true, syntaxError(c.ts) // of which chapter?
		case last.n == 2 && o.Scheme == ChapterVerse && c.scope < 0:
			// "3:16, 18": a verse of the same chapter.
			from, to = verseIn(last.part[0], from), verseIn(last.part[0], to)
		}
	}
	a, err := o.place(from, span)
	if err != nil {
		return nil, true, err
	}
	b := a
	if to != from {
		if b, err = o.place(to, span); err != nil {
			return nil, true, err
		}
	}
	first, last := a.first, b.last
	switch {
	case next:
		last = min(last+1, span.last)
	case rest:
		for last < span.last && o.sameChapter(last, last+1) {
			last++
		}
	}
	if last < first {
		return nil, true, &Error{Code: Syntax, Reason: "backwards", Args: map[string]any{"First": from.String(), "Last": to.String()},
			Suggestions: []Suggestion{{Citation: o.Cite(b.first, a.last)}}}
	}
	return []part{{first: first, last: last, at: -1, section: -1, verse: from.n > 1}}, true, nil
}

// versePart takes the letter of "3:16a": a verse is shown whole.
func (c *counting) versePart() bool {
	t := c.peek()
	if t == nil || t.sign != word || len(t.text) != 1 || !t.glued || t.text[0] < 'a' || t.text[0] > 'd' {
		return false
	}
	c.at++
	return true
}

func verseIn(chapter int, l locus) locus {
	if l.n != 1 {
		return l
	}
	return locus{edition: l.edition, part: [3]int{chapter, l.part[0]}, n: 2}
}

// within is the run of ¶s in which an address is looked for.
func (c *counting) within() run {
	if c.scope < 0 {
		return run{1, c.o.Last()}
	}
	s := &c.o.Sections[c.scope]
	return run{s.First, s.Last}
}

// verseOrChapter is "3,16": a verse or two chapters, asked where both are
// there.
func (c *counting) verseOrChapter(chapter locus, n int) ([]part, bool, *Error) {
	o, span := c.o, c.within()
	verse := o.find(verseIn(chapter.part[0], locus{part: [3]int{n}, n: 1}), span)
	one, two := o.find(chapter, span), o.find(locus{part: [3]int{n}, n: 1}, span)
	switch {
	case len(verse) != 1:
		return nil, false, nil
	case len(one) != 1 || len(two) != 1:
		return []part{{first: verse[0].first, last: verse[0].last, at: -1, section: -1}}, true, nil
	}
	both := Ref{Work: o, parts: []part{{first: one[0].first, last: one[0].last, at: -1, section: -1}, {first: two[0].first, last: two[0].last, at: -1, section: -1}}}
	return nil, true, &Error{Code: Ambiguous, Reason: "which_place", Args: map[string]any{"Place": typed(c.ts)},
		Suggestions: []Suggestion{{Citation: o.Cite(verse[0].first, verse[0].last)}, {Citation: both.Canonical()}}}
}

// onlyChapter is the chapter that all verses of a run are in.
func (o *Outline) onlyChapter(span run) (chapter int, single bool) {
	for n := span.first; n >= 1 && n <= span.last; n++ {
		a := &o.addresses[n].from
		if a.n < 2 {
			continue
		}
		if single && a.part[0] != chapter {
			return 0, false
		}
		chapter, single = a.part[0], true
	}
	return chapter, single
}

func (o *Outline) sameChapter(a, b int) bool {
	x, y := &o.addresses[a].from, &o.addresses[b].from
	if x.n < 2 || y.n < 2 {
		return o.Passages[o.At(a)].Section == o.Passages[o.At(b)].Section
	}
	return x.part[0] == y.part[0] && o.Passages[o.At(a)].Section == o.Passages[o.At(b)].Section
}

// mostPages is how far pages of an edition go on from one mark to the next:
// beyond it, something is left out.
const mostPages = 20

// find are the runs of ¶s at an address: those that begin there, or hold it.
func (o *Outline) find(l locus, span run) (out []run) {
	runs := o.loci[l]
	if span.first <= 1 && span.last == o.Last() {
		out = runs
	} else {
		for _, r := range runs {
			if r.first, r.last = max(r.first, span.first), min(r.last, span.last); r.first <= r.last {
				out = append(out, r)
			}
		}
	}
	if len(out) > 0 || o.Scheme == ChapterVerse || o.Scheme == ByChapter {
		return out
	}
	// A line or a page may begin within a passage.
	before, gap, end, last := 0, 0, 0, 0
	for n := max(span.first, 1); n <= span.last; n++ {
		a := o.addresses[n].from
		if a.edition != l.edition {
			a = o.addresses[n].also
		}
		if a.n == 0 || a.edition != l.edition {
			continue
		}
		if end > 0 {
			p := o.addresses[end].from
			jump := o.Scheme == StephanusPages && a.part[0] > p.part[0]+mostPages
			switch {
			case jump && before == end && l.less(a): // what lies between is not there
				last = end
			case p.n == a.n && !jump:
				gap = max(gap, a.part[a.n-1]-p.part[p.n-1])
			}
		}
		if end = n; a.less(l) {
			before = n
		}
	}
	if last > 0 {
		end = last
	}
	if before == 0 || o.addresses[before].from != o.addresses[before].to { // or it says where it ends
		return nil
	}
	if before == end { // how far the last one goes is not known: as far as the longest
		a := o.addresses[before].from
		if l.n != a.n || l.n > 1 && l.part[0] != a.part[0] || l.part[l.n-1] > a.part[a.n-1]+max(gap, 1) {
			return nil
		}
	}
	return []run{{before, before}}
}

// sameBook reports whether two neighbours count on: a chapter 1 after a
// chapter 3 begins another book.
func (o *Outline) sameBook(a, b int) bool {
	x, y := &o.addresses[a].from, &o.addresses[b].from
	return y.n == 0 || !y.less(*x)
}

// place is the one run of ¶s at an address.
func (o *Outline) place(l locus, span run) (run, *Error) {
	found := o.find(l, span)
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return run{}, o.noAddress(l, span)
	}
	e := &Error{Code: Ambiguous, Reason: "which_section", Args: map[string]any{"Name": l.String(), "Work": o.Title, "Count": len(found)}}
	for _, r := range found[:min(len(found), maxChoices)] {
		e.Suggestions = append(e.Suggestions, Suggestion{Citation: o.Cite(r.first, r.last), Label: o.SectionName(o.Passages[o.At(r.first)].Section)})
	}
	return run{}, e
}

// leftOut is the error for an address that is not there though what stands
// before and after it is, as in an excerpt; nil for any other.
func (o *Outline) leftOut(l locus, span run) *Error {
	chapter := o.Scheme == ChapterVerse && l.n > 1
	if chapter && len(o.loci[l.outer()]) == 0 { // of which there is nothing
		l, chapter = locus{edition: l.edition, part: [3]int{l.part[0]}, n: 1}, false
	}
	before, after := 0, 0
	for n := max(span.first, 1); n <= span.last; n++ {
		a := &o.addresses[n]
		switch {
		case a.from.n == 0 || a.from.edition != l.edition || chapter && a.from.part[0] != l.part[0]:
		case a.to.less(l):
			before, after = n, 0
		case before > 0 && after == 0 && l.less(a.from):
			after = n
		}
	}
	if before == 0 || after == 0 {
		return nil
	}
	from, to := o.addresses[before].to, o.addresses[after].from
	return &Error{Code: OutOfRange, Reason: "address_gap", Args: map[string]any{"Work": o.Alias(), "Place": o.write(l), "Before": o.write(from), "After": o.write(to)},
		Suggestions: []Suggestion{{Citation: o.Cite(before, before), Label: o.write(from)}, {Citation: o.Cite(after, after), Label: o.write(to)}}}
}

// noAddress says what the last there is: of the chapter, or of the work.
func (o *Outline) noAddress(l locus, span run) *Error {
	if e := o.leftOut(l, span); e != nil {
		return e
	}
	last := 0
	for inside := l.n > 1; ; inside = false {
		for n := span.first; n >= 1 && n <= span.last; n++ {
			if a := &o.addresses[n].to; a.n > 0 && a.edition == l.edition && (!inside || a.part[0] == l.part[0]) {
				last = n
			}
		}
		if last > 0 || !inside {
			break
		}
	}
	e := &Error{Code: OutOfRange, Reason: "address_range", Args: map[string]any{"Work": o.Alias(), "Place": o.write(l)}}
	if last == 0 {
		return e
	}
	end := o.addresses[last].to
	e.Suggestions = []Suggestion{{Citation: o.Cite(last, last), Label: o.write(end)}}
	switch {
	case o.Scheme == ChapterVerse && end.n == 2 && l.n == 2 && end.part[0] == l.part[0]:
		e.Reason = "verse_range"
		e.Args["Chapter"], e.Args["Number"], e.Args["Last"] = l.part[0], l.part[1], end.part[1]
	case o.Scheme == ChapterVerse && end.n == 2, o.Scheme == ByChapter:
		e.Reason, e.Args["Number"], e.Args["Last"] = "chapter_range", l.part[0], end.part[0]
	case o.Scheme == LineNumbers && end.n == 1:
		e.Reason, e.Args["Number"], e.Args["Last"] = "line_range", l.part[0], end.part[0]
	default:
		e.Args["Last"] = o.write(end)
	}
	return e
}

// String is the address as the scheme writes it.
func (a locus) String() string {
	var b strings.Builder
	if a.edition != "" {
		b.WriteString(strings.ToUpper(a.edition))
	}
	for i := range a.n {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(strconv.Itoa(a.part[i]))
	}
	return b.String()
}

// write is String in the form of the work's scheme.
func (o *Outline) write(a locus) string {
	switch {
	case o.Scheme == LineNumbers:
		return strings.ReplaceAll(a.String(), ":", ".")
	case o.Scheme == StephanusPages && a.n == 2:
		return locus{edition: a.edition, part: a.part, n: 1}.String() + string(rune('a'+a.part[1]-1))
	}
	return a.String()
}

// addressOf is a run of ¶s by its addresses, or by its numbers where they do
// not say it.
func (o *Outline) addressOf(first, last int) string {
	plain := "¶" + runOf(first, last)
	whole := run{1, o.Last()}
	a, b := o.addresses[first], o.addresses[last]
	if a.from.n == 0 || b.to.n == 0 {
		return plain
	}
	is := func(l locus, n func(run) int, want int) bool {
		found := o.find(l, whole)
		return len(found) == 1 && n(found[0]) == want
	}
	begin, end := func(r run) int { return r.first }, func(r run) int { return r.last }
	if !is(a.from, begin, first) || !is(b.to, end, last) {
		return plain
	}
	from, to := o.write(a.from), o.write(b.to)
	switch {
	case from == to:
		return from
	case a.from.n == 2 && b.to.n == 2 && a.from.part[0] == b.to.part[0] && a.from.edition == b.to.edition:
		if o.Scheme == StephanusPages {
			return from + "-" + string(rune('a'+b.to.part[1]-1))
		}
		return from + "-" + strconv.Itoa(b.to.part[1])
	}
	return from + "-" + to
}
