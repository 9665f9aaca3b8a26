package library

import (
	"errors"
	"fmt"
	"testing"
)

// schemeShelf is a book of two books with chapters and verses, one of a single
// book, and a poem with numbered lines.
func schemeShelf() *Shelf {
	verses := func(w *Work, section, chapter, n int) {
		for v := range n {
			w.Passages = append(w.Passages, Passage{Kind: Paragraph, Section: section, Text: fmt.Sprintf("%d And so it went on. And so it ended.", v+1), Verse: fmt.Sprintf("%d:%d", chapter, v+1)})
		}
	}
	two := &Work{Meta: Meta{ID: 1, Aliases: []string{"two"}, Title: "The Two Rivers", Scheme: ChapterVerse}, Sections: []Section{
		{Parent: -1, Depth: 1, Title: "Ashan"}, {Parent: 0, Depth: 2, Labels: []string{"1"}}, {Parent: 0, Depth: 2, Labels: []string{"2"}},
		{Parent: -1, Depth: 1, Title: "Tamar"}, {Parent: 3, Depth: 2, Labels: []string{"1"}},
	}}
	verses(two, 1, 1, 5)
	verses(two, 2, 2, 4)
	verses(two, 4, 1, 6)
	one := &Work{Meta: Meta{ID: 2, Aliases: []string{"wells"}, Title: "The Book of Wells", Scheme: ChapterVerse}, Sections: []Section{
		{Parent: -1, Depth: 1, Labels: []string{"1"}}, {Parent: -1, Depth: 1, Labels: []string{"2"}},
	}}
	verses(one, 0, 1, 4)
	verses(one, 1, 2, 3)
	poem := &Work{Meta: Meta{ID: 3, Aliases: []string{"crossing"}, Title: "The Crossing", Scheme: LineNumbers}, Sections: []Section{{Parent: -1, Depth: 1, Labels: []string{"I"}}, {Parent: -1, Depth: 1, Labels: []string{"II"}}}}
	for i, v := range []string{"1-6", "7-12", "13-18"} {
		poem.Passages = append(poem.Passages, Passage{Kind: Stanza, Section: i / 2, Text: "A line.\nAnother.", Verse: v})
	}
	var all []*Outline
	for _, w := range []*Work{two, one, poem} {
		w.Number()
		all = append(all, NewOutline(w))
	}
	return NewShelf(all)
}

func TestSchemes(t *testing.T) {
	s := schemeShelf()
	for _, c := range []struct{ in, want string }{
		{"wells 1:3", "wells 1:3"}, {"wells 1:3-4", "wells 1:3-4"}, {"wells 1:3-2:2", "wells 1:3-2:2"}, {"wells 1.3", "wells 1:3"}, {"wells 1:3ff", "wells 1:3-4"}, {"wells 1:4f", "wells 1:4-2:1"},
		{"wells v. 2:3", "wells 2:3"}, {"wells 2", "wells 2:1-3"}, {"wells 1-2", "wells 1:1-2:3"}, {"wells ch. 2", "wells 2:1-3"}, {"wells ¶3", "wells 1:3"}, {"wells ¶5:2", "wells ¶5:2"}, {"wells last", "wells 2:3"},
		{"two Ashan 1:2", "two ¶2"}, {"two Tamar 1:2", "two ¶11"}, {"two 1:6", "two 1:6"}, {"two 2:4", "two 2:4"}, {"two ¶2", "two ¶2"}, {"two Ashan", "two ¶1-9"},
		{"crossing 9", "crossing 7-12"}, {"crossing 5-9", "crossing 1-12"}, {"crossing ll. 5-9", "crossing 1-12"}, {"crossing II 14", "crossing 13-18"}, {"crossing line 1", "crossing 1-6"}, {"crossing 9ff", "crossing 7-12"}, {"crossing ¶2", "crossing 7-12"},
	} {
		ref, err := s.Resolve(c.in, Context{})
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if got := ref.Canonical(); got != c.want {
			t.Errorf("%s is %s, want %s", c.in, got, c.want)
			continue
		}
		again, err := s.Resolve(c.want, Context{})
		if err != nil || again.Canonical() != c.want || fmt.Sprint(again.Passages()) != fmt.Sprint(ref.Passages()) {
			t.Errorf("%s, read again, is %s of %v: %v", c.want, again.Canonical(), again.Passages(), err)
		}
	}
	for _, c := range []struct{ in, reason string }{
		{"wells 1:9", "verse_range"}, {"wells 7:1", "chapter_range"}, {"wells 2:1-1:2", "backwards"}, {"two 1:2", "which_section"}, {"two 1", "which_section"}, {"crossing 40", "line_range"}, {"crossing II 3", "line_range"}, {"crossing 14-3", "backwards"},
	} {
		_, err := s.Resolve(c.in, Context{})
		if e, ok := errors.AsType[*Error](err); !ok || e.Reason != c.reason {
			t.Errorf("%s: %v, want %s", c.in, err, c.reason)
		}
	}
}
