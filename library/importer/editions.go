package importer

import (
	"fmt"
	"iter"
	"strconv"

	"lectern/library"
)

// pageMark is where a page of the edition that everybody cites begins, as texts
// mark it within their lines: "[514a]", "(514 b)", "[c]" for a part of the same
// page, "[A 51/B 75]", "[B 75]".
var pageMark = expr(`^[\[({|](?:([0-9]{1,4}) ?([a-e])?|([a-e])|([AB]) ?([0-9]{1,3})(?: ?[/=,;] ?([AB]) ?([0-9]{1,3}))?)[\])}|]`)

// pageAhead is such a mark without brackets, at the beginning of a passage.
var pageAhead = expr(`^([0-9]{1,4})([a-e])[.:]?\s`)

// An editionPage is a page, or a part of one.
type editionPage struct {
	edition, other string
	page, part     int // part counts from 1, 0 for a page without any
	otherPage      int
}

func (p editionPage) less(q editionPage) bool {
	return p.page < q.page || p.page == q.page && p.part < q.part
}

func (p editionPage) String() string {
	s := strconv.Itoa(p.page)
	if p.part > 0 {
		s += string(rune('a' + p.part - 1))
	}
	if p.edition != "" {
		s = p.edition + " " + s
	}
	return s
}

// A placedPage is a page mark in a passage.
type placedPage struct {
	editionPage
	passage int
	first   bool // nothing stands before it
}

// mostPages is how far a mark goes on from the one before it.
const mostPages = 20

// enoughPages is how many marks, one after the other, are a numbering where the
// person has not said that there is one.
const enoughPages = 8

// numberEditionPages gives passages the pages of the edition that the text marks
// (Stephanus's of Plato, Bekker's without their lines, A and B of Kant): if the
// person says that it does, or if it plainly does. The marks stay in the text.
func numberEditionPages(w *library.Work, declared library.Scheme) {
	if w.Scheme != library.ByPassage && w.Scheme != library.StephanusPages || declared != library.ByPassage && declared != library.StephanusPages {
		return
	}
	if declared == library.ByPassage {
		declared = w.Scheme
	}
	marks, wrong, parts := editionPages(w, declared == library.StephanusPages)
	switch {
	case declared == library.StephanusPages && len(marks) == 0:
		w.Warnings = append(w.Warnings, library.Warning{Code: "no_verses", Message: "The text was said to bear the pages of an edition, and has no marks that could be theirs, such as [514a] or [A 51/B 75]."})
		return
	case declared == library.StephanusPages:
	case len(marks) < enoughPages || parts*2 < len(marks) || wrong*10 > len(marks):
		return
	default:
		w.Warnings = append(w.Warnings, library.Warning{Code: "scheme_guessed", Message: "The text bears the pages of an edition; passages are cited by them."})
	}
	w.Scheme = library.StephanusPages
	for i := 1; i < len(marks); i++ {
		if a, b := marks[i-1].editionPage, marks[i].editionPage; a.edition == b.edition && b.page > a.page+mostPages {
			w.Warnings = append(w.Warnings, library.Warning{Code: "pages_jump", Message: fmt.Sprintf("The pages of the edition go from %s to %s: the text leaves something out, or a mark is wrong.", a, b)})
		}
	}
	var at editionPage
	for i := range w.Passages {
		p := &w.Passages[i]
		if !p.Kind.Numbered() {
			continue
		}
		from, to := at, at
		for len(marks) > 0 && marks[0].passage <= i {
			if m := marks[0]; m.passage == i {
				if from.page == 0 || m.first {
					from = m.editionPage
				}
				to = m.editionPage
			}
			marks = marks[1:]
		}
		if at = to; from.page == 0 {
			continue
		}
		p.Verse = from.String()
		if from.less(to) && from.edition == to.edition && (from.part > 0) == (to.part > 0) {
			p.Verse += "-" + to.String()
		}
		if from.other != "" {
			p.Verse += "/" + editionPage{edition: from.other, page: from.otherPage}.String()
		}
	}
}

// editionPages are the marks that count up, how many do not, and how many name
// more than a page of one edition: bare numbers in brackets are notes as a rule.
//
// A mark goes on from the last one, within some pages. In an excerpt they may
// jump, where a passage begins: the next goes on from there, or the person said
// that the marks are pages.
func editionPages(w *library.Work, declared bool) (marks []placedPage, wrong, parts int) {
	var last editionPage
	var beyond []placedPage // a jump, to be confirmed
	goesOn := func(m placedPage, from editionPage) bool {
		return m.edition == from.edition && !m.less(from) && m.page <= from.page+mostPages || m.edition != from.edition && m.edition != "" && from.edition != ""
	}
	var take func(m placedPage)
	take = func(m placedPage) {
		if last.page > 0 && !goesOn(m, last) {
			switch jump := m.first && (m.part > 0 || m.edition != "") && m.edition == last.edition && last.less(m.editionPage); {
			case jump && declared:
			case len(beyond) > 0 && goesOn(m, beyond[0].editionPage):
				first := beyond[0]
				wrong, beyond, last = wrong-1, nil, editionPage{}
				take(first)
				take(m)
				return
			case jump:
				beyond = []placedPage{m}
				wrong++
				return
			default:
				wrong++
				return
			}
		}
		beyond = nil
		if m.part > 0 || m.edition != "" {
			parts++
		}
		marks, last = append(marks, m), m.editionPage
	}
	for i := range w.Passages {
		s := w.Passages[i].Text
		if !w.Passages[i].Kind.Numbered() {
			continue
		}
		if s == "" {
			continue
		}
		if s[0] >= '0' && s[0] <= '9' {
			if m := pageAhead.FindStringSubmatch(s); m != nil {
				take(placedPage{editionPage{page: atoi(m[1]), part: int(m[2][0]-'a') + 1}, i, true})
			}
		}
		for begin, groups := range marksIn(s) {
			group := func(n int) string { return groups[n] }
			m := placedPage{passage: i, first: begin == 0}
			switch {
			case group(4) != "":
				m.edition, m.page, m.other, m.otherPage = group(4), atoi(group(5)), group(6), atoi(group(7))
			case group(3) != "":
				if last.page == 0 || last.edition != "" {
					continue
				}
				m.page, m.part = last.page, int(group(3)[0]-'a')+1
			default:
				m.page = atoi(group(1))
				if group(2) != "" {
					m.part = int(group(2)[0]-'a') + 1
				} else if last.page > 0 && last.part > 0 { // "[515]" after "[514e]" is its first part
					m.part = 1
				} else if last.page == 0 {
					continue // a note, or nothing
				}
			}
			take(m)
		}
	}
	return marks, wrong, parts
}

var pageMarkBytes = [256]bool{'[': true, '(': true, '{': true, '|': true}

// marksIn are the page marks in a text: where each begins, and its groups. Most
// brackets hold something else, which two bytes tell.
func marksIn(s string) iter.Seq2[int, []string] {
	return func(yield func(int, []string) bool) {
		for i := 0; i+2 < len(s); i++ {
			if !pageMarkBytes[s[i]] {
				continue
			}
			if c := s[i+1]; (c < '0' || c > '9') && (c < 'a' || c > 'e') && c != 'A' && c != 'B' {
				continue
			}
			groups := pageMark.FindStringSubmatch(s[i:min(len(s), i+24)])
			if groups == nil {
				continue
			}
			if !yield(i, groups) {
				return
			}
			i += len(groups[0]) - 1
		}
	}
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s) // four digits at most
	return n
}
