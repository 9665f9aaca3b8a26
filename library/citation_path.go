package library

import (
	"slices"
	"strconv"
	"strings"
)

// ordinalWords are numbers as people write them out.
var ordinalWords = map[string]int{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
	"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "last": -1, "final": -1,
	// Folded, as texts in other languages head their parts.
	"первая": 1, "вторая": 2, "третья": 3, "четвертая": 4, "пятая": 5, "шестая": 6, "седьмая": 7, "восьмая": 8, "девятая": 9, "десятая": 10, "одиннадцатая": 11, "двенадцатая": 12,
	"первыи": 1, "второи": 2, "третии": 3, "четвертыи": 4, "пятыи": 5, "шестои": 6, "седьмои": 7, "восьмои": 8, "девятыи": 9, "десятыи": 10, "первое": 1, "второе": 2, "третье": 3, "четвертое": 4, "пятое": 5,
	"πρωτο": 1, "δευτερο": 2, "τριτο": 3, "τεταρτο": 4, "πεμπτο": 5, "εκτο": 6, "εβδομο": 7, "ογδοο": 8, "ενατο": 9, "δεκατο": 10, "πρωτον": 1, "δευτερον": 2, "τριτον": 3, "τεταρτον": 4, "πεμπτον": 5,
	"الاول": 1, "الثاني": 2, "الثالث": 3, "الرابع": 4, "الخامس": 5, "السادس": 6, "السابع": 7, "الثامن": 8, "التاسع": 9, "العاشر": 10,
}

// A rank is which kind of section a word before a number asks for.
type rank uint8

const (
	anyRank  rank = iota
	counted       // "§": counts the top level
	topRank       // "part", "book": at the top level
	someRank      // "chapter", "section": wherever the label stands
)

// sectionWords are the words for a section, and their rank.
var sectionWords = map[string]rank{
	"part": topRank, "parts": topRank, "pt": topRank, "pts": topRank, "book": topRank, "books": topRank, "bk": topRank, "bks": topRank, "vol": topRank, "volume": topRank, "teil": topRank, "buch": topRank,
	"chapter": someRank, "chapters": someRank, "chap": someRank, "chaps": someRank, "chapt": someRank, "ch": someRank, "chs": someRank, "cap": someRank, "kapitel": someRank, "kap": someRank, "chapitre": someRank, "capitulo": someRank,
	"section": someRank, "sections": someRank, "sec": someRank, "secs": someRank, "sect": someRank, "sects": someRank, "s": someRank, "ss": someRank, "letter": someRank, "letters": someRank, "lecture": someRank, "act": someRank, "canto": someRank, "essay": someRank, "heading": someRank, "abschnitt": someRank,
	// Folded, too.
	"часть": topRank, "книга": topRank, "том": topRank, "глава": someRank, "главы": someRank, "гл": someRank, "раздел": someRank, "письмо": someRank, "лекция": someRank,
	"μερος": topRank, "βιβλιο": topRank, "βιβλιον": topRank, "τομος": topRank, "κεφαλαιο": someRank, "κεφαλαιον": someRank, "κεφ": someRank, "ενοτητα": someRank,
	"الجزء": topRank, "الكتاب": topRank, "الفصل": someRank, "الباب": someRank, "القسم": someRank,
	"partie": topRank, "livre": topRank, "parte": topRank, "libro": topRank, "deel": topRank, "capitolo": someRank, "hoofdstuk": someRank, "rozdział": someRank, "kapitola": someRank, "kapitlet": someRank, "luku": someRank, "fejezet": someRank, "lettre": someRank, "brief": someRank,
}

// A step is one label of a path, as it is typed.
type step struct {
	rank rank
	kw   string // the word for a section, if one was typed
	key  string // the label, folded
	raw  string
	n    int  // its value as an ordinal, -1 for the last, -2 for none
	num  bool // it is a number or the word for one
	dots bool // a point or a word for a section stands before it

	found []int // the sections whose labels begin so: "app." for "Appendix A"
}

// labelled are the sections that bear a step's label, at any level.
func (o *Outline) labelled(s *step) []int {
	if s.found != nil {
		return s.found
	}
	out := o.labels[s.key]
	if out != nil || s.kw == "" || !s.num || s.n < 1 {
		return out
	}
	// "Chapter 2" where that is headed "Chapter Two".
	for key, at := range o.labels {
		if ordinalWords[key] == s.n {
			out = append(out, at...)
		}
	}
	slices.Sort(out)
	return out
}

// rankOf is the rank of a token that is a word for a section.
func rankOf(t *token) (rank, bool) {
	switch {
	case t.quoted:
	case t.sign == section:
		return counted, true
	case t.sign == word:
		r, ok := sectionWords[t.text]
		return r, ok
	}
	return anyRank, false
}

// steps reads tokens as a path of labels; nil where they are none.
func (o *Outline) steps(room []step, ts []token) []step {
	out := room[:0]
	var s step
	pending := false // a word for a section waits for its label
	for i := 0; i < len(ts); {
		t := &ts[i]
		if t.quoted {
			return nil
		}
		// Words such as "s" may be labels too; "§" never is.
		if r, ok := rankOf(t); ok && (i+1 < len(ts) || !pending && len(out) > 0 && out[len(out)-1].num) {
			if _, label := o.labels[t.text]; !label || t.sign == section || i+1 < len(ts) {
				if i+1 == len(ts) { // "third chapter"
					if len(t.text) < 3 && t.sign == word { // "12 ss" is none
						return nil
					}
					if out[len(out)-1].rank == anyRank && len(out) == 1 {
						out[0].rank, out[0].kw = r, t.text
						return out
					}
					return nil
				}
				if k := len(out) - 1; k == 0 && out[0].rank == anyRank && out[0].num && ordinalWords[out[0].raw] != 0 { // "second chapter 3"
					return nil
				}
				s.rank, s.kw, s.dots, pending = r, t.text, true, true
				i++
				if i < len(ts) && ts[i].sign == dot {
					i++
				}
				continue
			}
		}
		switch t.sign {
		case dot, slash:
			s.dots = true
			i++
			continue
		case comma:
			if i == 0 || i+1 == len(ts) || ts[i+1].sign == number {
				return nil
			}
			i++
			continue
		case word, number:
		default:
			return nil
		}
		n := o.label(&s, ts[i:])
		if n == 0 {
			return nil
		}
		out = append(out, s)
		s, pending = step{}, false
		if i += n; len(out) > 8 {
			return nil
		}
	}
	if pending {
		return nil
	}
	return out
}

// longestLabel is of how many tokens a label may be: 1.2.3.4.5.6.
const longestLabel = 11

// label reads one label from the start of ts and returns how many tokens it
// is: "II", "3a", "Appendix A", "XXIII/XXIV", "two".
func (o *Outline) label(s *step, ts []token) int {
	var room [64]byte
	for n := min(len(ts), longestLabel); n > 1; n-- {
		if last := ts[n-1].sign; last != word && last != number || ts[n-1].quoted {
			continue
		}
		key := glue(room[:0], ts[:n])
		if _, ok := o.labels[string(key)]; ok {
			s.key, s.raw, s.n = string(key), typed(ts[:n]), -2
			return n
		}
	}
	t := &ts[0]
	s.key, s.raw, s.n = t.text, t.raw, -2
	_, known := o.labels[t.text]
	switch {
	case t.sign == number:
		s.n, s.num = t.n, true
		if k := strings.TrimLeft(t.text, "0"); !known && k != "" {
			s.key = k
		}
		// "3rd chapter"
		if len(ts) > 1 && ts[1].glued && ts[1].is("st", "nd", "rd", "th") {
			return 2
		}
		return 1
	case ordinalWords[t.text] != 0:
		s.n, s.num = ordinalWords[t.text], true
		if !known {
			s.key = strconv.Itoa(s.n)
		}
		return 1
	case roman(t.text) > 0:
		s.n = roman(t.text)
		return 1
	case known:
		return 1
	}
	// "app. b" for "Appendix B", "appendix" for any.
	if len(t.text) < 3 {
		return 0
	}
	second, used := "", 1
	for k := 1; k < len(ts) && k < 3; k++ {
		if ts[k].sign == word || ts[k].sign == number {
			second, used = ts[k].text, k+1
			break
		}
		if ts[k].sign != dot {
			break
		}
	}
	var begun, both []int
	for i := range o.Sections {
		for _, l := range o.Sections[i].Labels {
			f := Fold(l)
			if head, tail, _ := strings.Cut(f, " "); strings.HasPrefix(head, t.text) && roman(f) == 0 {
				begun = append(begun, i)
				if tail != "" && tail == second {
					both = append(both, i)
				}
			}
		}
	}
	switch {
	case len(both) > 0:
		s.found = both
		return used
	case len(begun) > 0:
		s.found = begun
		return 1
	}
	return 0
}

// walk follows a path of labels from the top; one label is found at any level.
// Where the first may be the label of one section and, in other letters, that of
// a top one ("I.III" where the parts are 1 to 6), both are followed.
func (o *Outline) walk(steps []step, scope int) []int {
	if len(steps) == 0 {
		return nil
	}
	found := o.follow(o.first(&steps[0], len(steps) == 1, len(steps) > 1 && steps[1].dots), steps, scope)
	found = o.sameCase(found, steps)
	if s := &steps[0]; len(steps) > 1 && s.rank == anyRank && s.n > 0 && !s.num && !steps[1].num {
		if len(found) == 1 && o.exactly(found[0], steps) {
			return found
		}
		for _, f := range o.sameCase(o.follow(o.valued(-1, s.n), steps, scope), steps) {
			if !slices.Contains(found, f) {
				found = append(found, f)
			}
		}
		slices.Sort(found)
	}
	return found
}

// follow goes from where a path begins to where it leads.
func (o *Outline) follow(cur []int, steps []step, scope int) []int {
	for i := range steps[1:] {
		s := &steps[i+1]
		var next []int
		for _, c := range cur {
			next = append(next, o.children(c, s)...)
		}
		if len(next) == 0 && i == 0 && len(steps) > 1 && steps[0].rank == anyRank { // a path that begins below the top
			for _, c := range o.labelled(&steps[0]) {
				next = append(next, o.children(c, s)...)
			}
		}
		if len(next) == 0 && !s.num { // or leaves a level out
			for _, l := range o.labelled(s) {
				for _, c := range cur {
					if l != c && o.within(l, c) && (s.found != nil || o.bearsAs(l, s.raw)) {
						next = append(next, l)
					}
				}
			}
		}
		if len(next) == 0 && scope >= 0 && len(steps) == 2 {
			return nil
		}
		cur = next
	}
	return cur
}

// exactly reports whether a section and those it stands in bear the labels of a
// path as they were typed.
func (o *Outline) exactly(section int, steps []step) bool {
	for i := len(steps) - 1; i >= 0; i-- {
		if section < 0 || !o.bearsAs(section, steps[i].raw) {
			return false
		}
		section = o.Sections[section].Parent
	}
	return true
}

// bearsAs reports whether a section bears a label as it was typed.
func (o *Outline) bearsAs(section int, raw string) bool {
	s := &o.Sections[section]
	return slices.Contains(s.Labels, raw) || s.Label() == raw
}

// sameCase keeps those whose labels have the case that was typed, if there are
// any: "II" wins over "ii".
func (o *Outline) sameCase(found []int, steps []step) []int {
	if len(found) < 2 {
		return found
	}
	raw := steps[len(steps)-1].raw
	var exact []int
	for _, f := range found {
		if o.bearsAs(f, raw) {
			exact = append(exact, f)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return found
}

// first are the sections that the first step of a path names.
func (o *Outline) first(s *step, only, dotted bool) []int {
	byLabel := o.labelled(s)
	switch s.rank {
	case counted:
		if s.num {
			return o.nthTop(s.n)
		}
		if len(byLabel) == 0 && s.n > 0 {
			return o.nthTop(s.n)
		}
		return byLabel
	case topRank:
		var top []int
		for _, l := range byLabel {
			if o.Sections[l].Parent < 0 {
				top = append(top, l)
			}
		}
		if s.n == -1 {
			return o.nthTop(-1)
		}
		if len(top) == 0 && s.n > 0 {
			top = o.valued(-1, s.n)
		}
		if len(top) == 0 && s.n > 0 && !o.labelledTop() {
			top = o.nthTop(s.n)
		}
		return top
	case someRank:
		if s.n == -1 {
			return o.nthTop(-1)
		}
		if len(byLabel) > 1 {
			// "Chapter 3" is a chapter where the headings say which are.
			var named []int
			for _, l := range byLabel {
				if strings.HasPrefix(Fold(o.Sections[l].Text), s.kw) {
					named = append(named, l)
				}
			}
			if len(named) > 0 && len(s.kw) > 2 {
				return named
			}
		}
		if len(byLabel) > 0 {
			return byLabel
		}
		if s.n > 0 {
			if found := o.valued(-1, s.n); len(found) > 0 {
				return found
			}
			if !o.labelledTop() {
				return o.nthTop(s.n)
			}
		}
		if s.n == 0 {
			return o.nthTop(0)
		}
		return nil
	}
	if s.n == -1 {
		return nil
	}
	if _, spelled := ordinalWords[Fold(s.raw)]; spelled && only && len(byLabel) > 0 && s.num {
		return nil // "two" alone is no label
	}
	if !only { // a path begins at the top
		var top []int
		for _, l := range byLabel {
			if o.Sections[l].Parent < 0 {
				top = append(top, l)
			}
		}
		if len(top) > 0 {
			return top
		}
	}
	if len(byLabel) > 0 {
		return byLabel
	}
	// "wright II", "2.5": by ordinal, where nothing at the top bears a label.
	if s.n > 0 && !o.labelledTop() && (!s.num || dotted) {
		return o.nthTop(s.n)
	}
	return nil
}

// labelledTop reports whether sections at the top level bear labels.
func (o *Outline) labelledTop() bool {
	for i := range o.Sections {
		if s := &o.Sections[i]; s.Parent < 0 && len(s.Labels) > 0 {
			return true
		}
	}
	return false
}

// nthTop is the n-th section at the top level, the lead for 0, the last for -1.
func (o *Outline) nthTop(n int) []int {
	at, last := 0, -1
	for i := range o.Sections {
		s := &o.Sections[i]
		if s.Parent >= 0 {
			continue
		}
		if s.Lead {
			if n == 0 {
				return []int{i}
			}
			continue
		}
		last = i
		if at++; at == n {
			return []int{i}
		}
	}
	if n == -1 && last >= 0 {
		return []int{last}
	}
	return nil
}

// tops is how many sections the top level has, the lead apart.
func (o *Outline) tops() (n int) {
	for i := range o.Sections {
		if s := &o.Sections[i]; s.Parent < 0 && !s.Lead {
			n++
		}
	}
	return n
}

// children are the children of a section that a step names: by label, or, after
// a point, by the value of a roman label, or by ordinal where they bear none.
func (o *Outline) children(parent int, s *step) []int {
	var found []int
	for _, l := range o.labelled(s) {
		if o.Sections[l].Parent == parent {
			found = append(found, l)
		}
	}
	if s.rank == counted && s.num {
		found = nil
	}
	if len(found) > 0 || !s.dots || s.n < 1 {
		return found
	}
	if s.rank != counted {
		if found = o.valued(parent, s.n); len(found) > 0 {
			return found
		}
	}
	at := 0
	for i := range o.Sections {
		if c := &o.Sections[i]; c.Parent == parent && !c.Lead {
			if at++; at == s.n && (len(c.Labels) == 0 || s.rank == counted) {
				return []int{i}
			}
		}
	}
	return nil
}

// valued are the children of a section, of -1 those at the top, whose roman or
// Arabic label has a value.
func (o *Outline) valued(parent, n int) (found []int) {
	for i := range o.Sections {
		s := &o.Sections[i]
		if s.Parent != parent {
			continue
		}
		for _, l := range s.Labels {
			if v, err := strconv.Atoi(l); err == nil && v == n || roman(l) == n {
				found = append(found, i)
			}
		}
	}
	return found
}

// byLabels are the sections that a path of labels names.
func (o *Outline) byLabels(path string) []int {
	var room [16]token
	var steps [8]step
	return o.walk(o.steps(steps[:], lex(room[:0], path)), -1)
}

// siblings are the sections beside one that tokens name.
func (o *Outline) siblings(beside int, ts []token) []int {
	var room [8]step
	steps := o.steps(room[:], ts)
	if len(steps) != 1 {
		return nil
	}
	parent := o.Sections[beside].Parent
	var found []int
	for _, l := range o.labelled(&steps[0]) {
		if o.Sections[l].Parent == parent {
			found = append(found, l)
		}
	}
	if found = o.sameCase(found, steps); len(found) == 0 && parent < 0 && steps[0].n > 0 && !o.labelledTop() {
		return o.nthTop(steps[0].n)
	}
	return found
}
