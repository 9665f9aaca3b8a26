package library_test

import (
	"testing"

	"lectern/library"
)

// A path says no label twice, and finds its section.
func TestPathsOfDecimals(t *testing.T) {
	w := &library.Work{Meta: library.Meta{Aliases: []string{"policy"}}}
	add := func(parent int, label, title string) int {
		s := library.Section{Parent: parent, Depth: 1, Title: title}
		if label != "" {
			s.Labels = []string{label}
		}
		if parent >= 0 {
			s.Depth = w.Sections[parent].Depth + 1
		}
		w.Sections = append(w.Sections, s)
		w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Section: len(w.Sections) - 1, Text: "Of " + title + "."})
		return len(w.Sections) - 1
	}
	var want []string
	for _, chapter := range []string{"1", "2"} {
		c := add(-1, chapter, "Chapter "+chapter)
		s := add(c, chapter+".1", "Lamps")
		add(s, chapter+".1.1", "Wicks")
		add(s, "", "Oil")
		add(c, chapter+".2", "Shelves")
		want = append(want, chapter, chapter+".1", chapter+".1.1", chapter+".1.2", chapter+".2")
	}
	w.Number()
	o := library.NewOutline(w)
	shelf := library.NewShelf([]*library.Outline{o})
	for i := range w.Sections {
		path := o.SectionPath(i)
		if path != want[i] {
			t.Errorf("section %d has the path %q, want %q", i, path, want[i])
		}
		r, err := shelf.Resolve("policy §"+path, library.Context{})
		if err != nil {
			t.Errorf("policy §%s: %v", path, err)
			continue
		}
		if got := r.Passages(); w.Passages[got[0]].Section != i {
			t.Errorf("policy §%s is section %d, want %d", path, w.Passages[got[0]].Section, i)
		}
	}
}
