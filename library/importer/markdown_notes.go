package importer

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	east "github.com/yuin/goldmark/extension/ast"

	"lectern/library"
)

// The notes of a text in Markdown, and what of it went into no passage.

// note keeps a footnote for the end of the work.
func (m *markdown) note(n *east.Footnote) {
	label := string(n.Ref)
	if at := m.start(n); at >= 0 {
		mark := "[^" + label + "]:"
		if i := bytes.LastIndex(m.src[max(0, at-len(mark)-256):at], []byte(mark)); i >= 0 {
			i += max(0, at-len(mark)-256)
			m.use(i, i+len(mark))
		}
	}
	s := m.flat(n)
	m.pending = nil // calls within notes tie nothing
	m.notes = append(m.notes, markdownNote{library.Passage{Kind: library.Footnote, Label: label, Text: s}, n.Index > 0, m.start(n)})
}

// A markdownNote is a footnote, and where it stands.
type markdownNote struct {
	library.Passage
	called bool
	at     int
}

// sectionAt is the section that a place of the source is in.
func (m *markdown) sectionAt(at int) int {
	s := m.section()
	for s > 0 && m.opened[s] > at {
		s--
	}
	return s
}

// finish ties footnotes to their calls, in the section of the first passage that
// calls them, and lists what of the source was not used.
func (m *markdown) finish() *library.Work {
	w := m.w
	lost := 0
	for _, n := range m.notes {
		if n.Text == "" {
			continue
		}
		at := len(w.Passages)
		var by []int
		if n.called {
			by = m.called[n.Label]
		}
		if len(by) > 0 {
			n.Section = w.Passages[by[0]].Section
		} else {
			n.Section = m.sectionAt(n.at)
			lost++
		}
		for _, i := range by {
			if !slices.Contains(w.Passages[i].Notes, at) {
				w.Passages[i].Notes = append(w.Passages[i].Notes, at)
			}
		}
		w.Passages = append(w.Passages, n.Passage)
	}
	if lost > 0 {
		w.Warnings = append(w.Warnings, library.Warning{Code: "note_uncalled", Message: uncalled(lost)})
	}
	numberVerses(w)
	slices.SortFunc(m.used, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	at, line, counted := 0, 1, 0
	for _, u := range append(m.used, span{len(m.src), len(m.src)}) {
		if u.from > at {
			if piece := tidy(string(m.src[at:u.from])); hasWord(piece) {
				line += bytes.Count(m.src[counted:at], []byte("\n"))
				counted = at
				w.LeftOut = append(w.LeftOut, library.LeftOut{Text: piece, Reason: markupReason(piece), Line: line})
			}
		}
		at = max(at, u.to)
	}
	return w
}

func markupReason(s string) string {
	switch {
	case strings.Contains(s, "<!--"):
		return "a comment"
	case strings.HasPrefix(s, "<"):
		return "HTML"
	case strings.HasPrefix(s, "]") || strings.Contains(s, "://"):
		return "the address of a link or a picture"
	}
	return "Markdown's own"
}
