package reading_test

import (
	"fmt"
	"strings"
	"testing"

	"lectern/library"
	"lectern/reading"
)

// chapters is a work whose chapters hold the passages with these names, each of
// which has words of its own.
func chapters(list ...string) *library.Work {
	w := &library.Work{}
	for i, names := range list {
		w.Sections = append(w.Sections, library.Section{Parent: -1, Depth: 1, Labels: []string{fmt.Sprint(i + 1)}, Title: "Chapter"})
		for name := range strings.FieldsSeq(names) {
			var text strings.Builder
			text.WriteString(strings.Repeat(name+" ", 3))
			for k := range 20 {
				fmt.Fprintf(&text, "%s%d ", name, k)
			}
			w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Section: i, Text: strings.TrimSpace(text.String())})
		}
	}
	w.Number()
	library.SetAnchors(w)
	return w
}

// A cut between two chapters stays between them, whatever single passages were
// moved to the end of the first or to the beginning of the second.
func TestCutsStayBetweenChapters(t *testing.T) {
	before := chapters("a b c d", "e f g h", "i j k l")
	for _, c := range []struct {
		name string
		now  []string
		ends []int // of the readings, one for each chapter
	}{
		{"as before", []string{"a b c d", "e f g h", "i j k l"}, []int{4, 8, 12}},
		{"from before to the end of the second", []string{"a c d", "e f g h b", "i j k l"}, []int{3, 8, 12}},
		{"from behind to the end of the second", []string{"a b c d", "e f g h k", "i j l"}, []int{4, 9, 12}},
		{"to the beginning of the third", []string{"a b c d", "e g h", "f i j k l"}, []int{4, 7, 12}},
		{"from the third to the end of the first", []string{"a b c d i", "e f g h", "j k l"}, []int{5, 9, 12}},
		{"within a chapter", []string{"a b c d", "f g h e", "i j k l"}, []int{4, 8, 12}},
		{"put in at the end of a chapter", []string{"a b c d", "e f g h x", "i j k l"}, []int{4, 9, 13}},
		{"a chapter moved", []string{"e f g h", "a b c d", "i j k l"}, nil},
	} {
		now := chapters(c.now...)
		m := library.Align(before, now, nil)
		f := reading.NewFollower(1, before, now, &m)
		next := 1
		for i, want := range c.ends {
			got, ok := f.Portion(reading.Portion{Work: 1, First: 4*i + 1, Last: 4*i + 4}, true)
			if !ok || got.First != next || got.Last != want {
				t.Errorf("%s: reading %d is ¶ %d to %d, not %d to %d", c.name, i+1, got.First, got.Last, next, want)
			}
			next = want + 1
		}
		if c.ends == nil { // whole chapters keep together, wherever they are
			if got, ok := f.Portion(reading.Portion{Work: 1, First: 9, Last: 12}, true); !ok || got.First != 9 || got.Last != 12 {
				t.Errorf("%s: the last reading is ¶ %d to %d", c.name, got.First, got.Last)
			}
		}
	}
}
