package library_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lectern/library"
)

// A maker makes works for tests.
type maker struct{ works []*library.Outline }

func (m *maker) add(alias, title, author string, build func(w *library.Work)) {
	schemes := map[string]library.Scheme{"john": library.ChapterVerse, "jude": library.ChapterVerse, "bible": library.ChapterVerse,
		"republic": library.StephanusPages, "critique": library.StephanusPages, "iliad": library.LineNumbers}
	w := &library.Work{Meta: library.Meta{ID: library.WorkID(len(m.works) + 1), Aliases: []string{alias}, Title: title, Author: author, Language: "en", Scheme: schemes[alias]}}
	build(w)
	if len(w.Sections) == 0 {
		w.Sections = []library.Section{{Parent: -1, Depth: 1, Lead: true}}
	}
	w.Number()
	m.works = append(m.works, library.NewOutline(w))
}

// heading adds a section below parent, -1 for the top, and n passages to it.
func heading(w *library.Work, parent int, label, title string, n int) int {
	s := library.Section{Parent: parent, Depth: 1, Title: title, Text: strings.TrimSpace(label + " " + title)}
	if label != "" {
		s.Labels = strings.Split(label, "/")
	}
	if parent >= 0 {
		s.Depth = w.Sections[parent].Depth + 1
	}
	w.Sections = append(w.Sections, s)
	fill(w, len(w.Sections)-1, n)
	return len(w.Sections) - 1
}

func fill(w *library.Work, section, n int) {
	for range n {
		w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Section: section, Text: fmt.Sprintf("Number %d. It has a second sentence. And a third.", len(w.Passages)+1)})
	}
}

func verses(w *library.Work, section int, form string, chapter, n int) {
	for v := 1; v <= n; v++ {
		w.Passages = append(w.Passages, library.Passage{Kind: library.Stanza, Section: section, Verse: fmt.Sprintf(form, chapter, v), Text: "A verse."})
	}
}

// works are shapes that the five texts have not; works.txt lists them.
func works() *library.Shelf {
	m := &maker{}
	plain := func(n int) func(*library.Work) {
		return func(w *library.Work) { heading(w, -1, "", "", n); w.Sections[0].Lead = true }
	}
	m.add("john", "The Gospel of John", "", func(w *library.Work) {
		for c := 1; c <= 21; c++ {
			n := map[int]int{1: 51, 3: 36, 4: 54}[c]
			verses(w, heading(w, -1, "", fmt.Sprintf("Chapter %d", c), 0), "%d:%d", c, max(n, 10))
		}
	})
	m.add("jude", "The Letter of Jude", "", func(w *library.Work) { plain(0)(w); verses(w, 0, "%d:%d", 1, 25) })
	m.add("bible", "The Bible", "", func(w *library.Work) {
		for _, b := range []struct {
			name     string
			chapters []int
		}{{"Genesis", []int{20, 20, 10}}, {"Exodus", []int{11, 10}}, {"John", []int{5, 5, 20}}} {
			s := heading(w, -1, "", b.name, 0)
			for c, n := range b.chapters {
				verses(w, s, "%d:%d", c+1, n)
			}
		}
	})
	m.add("republic", "The Republic", "Plato", func(w *library.Work) {
		plain(0)(w)
		for page := 514; page <= 521; page++ {
			for part := 'a'; part <= 'e' && (page < 521 || part <= 'b'); part++ {
				w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Verse: fmt.Sprintf("%d%c", page, part), Text: "A speech."})
			}
		}
	})
	m.add("critique", "The Critique", "Immanuel Kant", func(w *library.Work) {
		plain(0)(w)
		for p := 1; p <= 9; p++ {
			w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Verse: fmt.Sprintf("A %d/B %d", p, p+9), Text: "A thought."})
		}
	})
	m.add("iliad", "The Iliad", "Homer", func(w *library.Work) {
		for b := 1; b <= 2; b++ {
			s := heading(w, -1, "", fmt.Sprintf("Book %d", b), 0)
			for line := 1; line <= 100; line += 5 {
				w.Passages = append(w.Passages, library.Passage{Kind: library.Stanza, Section: s, Verse: fmt.Sprintf("%d.%d", b, line), Text: "Five lines."})
			}
		}
	})
	m.add("capital", "Capital", "Karl Holm", func(w *library.Work) {
		chapter := 0
		for _, part := range []string{"I", "II", "III"} {
			p := heading(w, -1, part, "A part "+part, 0)
			for range 3 {
				chapter++
				heading(w, p, fmt.Sprint(chapter), fmt.Sprintf("Of matter %d", chapter), 2)
			}
		}
	})
	m.add("capital2", "Capital Revisited", "Karl Holm", plain(9))
	m.add("war", "War", "Ann Berg", plain(9))
	m.add("wap", "War and Peace", "Leo Tolstoy", plain(9))
	m.add("warrior", "Warriors of the Steppe", "Ida Falk", plain(9))
	m.add("deep", "A Deep Book", "", func(w *library.Work) {
		one := heading(w, -1, "1", "The first part", 0)
		a := heading(w, one, "A", "The same title", 1)
		i := heading(w, a, "i", "Small", 1)
		heading(w, i, "a", "Smaller", 1)
		heading(w, i, "b", "Smaller still", 1)
		heading(w, a, "ii", "Small again", 1)
		heading(w, one, "B", "A few words", 2)
		heading(w, -1, "", "An interlude", 1)
		two := heading(w, -1, "2", "The second part", 0)
		a = heading(w, two, "A", "The same title", 1)
		i = heading(w, a, "i", "Another small matter", 1)
		heading(w, i, "a", "More", 1)
		heading(w, two, "B", "What is left", 3)
		heading(w, -1, "Appendix A", "Tables", 1)
		heading(w, -1, "Appendix B", "Sources", 2)
		for _, l := range []string{"*", "†"} {
			w.Passages = append(w.Passages, library.Passage{Kind: library.Footnote, Label: l, Text: "A note."})
		}
	})
	m.add("notes", "A Paper with Notes", "", func(w *library.Work) {
		plain(3)(w)
		for _, l := range []string{"1", "2", "1", "1"} {
			w.Passages = append(w.Passages, library.Passage{Kind: library.Footnote, Label: l, Text: "A note."})
		}
		w.Passages[0].Notes = []int{5}
	})
	m.add("prestup", "Преступление и наказание", "Фёдор Достоевский", func(w *library.Work) {
		heading(w, -1, "", "Часть первая", 3)
		heading(w, -1, "", "Часть вторая", 3)
	})
	m.add("lunyu", "论语", "孔子", func(w *library.Work) { heading(w, -1, "", "学而", 3); heading(w, -1, "", "为政", 3) })
	m.add("quran", "القرآن", "", plain(6))
	m.add("gita", "भगवद्गीता गीता", "", plain(6))
	m.add("years", "A Chronicle", "", func(w *library.Work) { heading(w, -1, "", "1917", 3); heading(w, -1, "", "1923", 3) })
	m.add("vol3", "Letters, volume 3", "", plain(9))
	m.add("orwell", "1984", "George Orwell", plain(9))
	return library.NewShelf(m.works)
}

func TestCitationsOfOtherWorks(t *testing.T) { table(t, works(), "works.txt", 120) }

// FuzzResolveWorks feeds nonsense to works with schemes, depth and other
// scripts: what resolves must be cited so that it resolves to itself.
func FuzzResolveWorks(f *testing.F) {
	shelf := works()
	for _, name := range []string{"works.txt", "texts.txt"} {
		for in := range tableRows(f, name) {
			f.Add(in)
		}
	}
	f.Fuzz(func(t *testing.T, in string) {
		ref, err := shelf.Resolve(in, library.Context{Last: []string{"john 3:16", "deep 1.A", "war"}})
		if err != nil {
			var e *library.Error
			if !errors.As(err, &e) {
				t.Fatalf("%q: %v is no error that a person understands", in, err)
			}
			for _, s := range e.Suggestions {
				if _, err := shelf.Resolve(s.Citation, library.Context{}); err != nil {
					t.Fatalf("%q is offered %q, which does not resolve: %v", in, s.Citation, err)
				}
			}
			return
		}
		canonical := ref.Canonical()
		again, err := shelf.Resolve(canonical, library.Context{})
		if err != nil {
			t.Fatalf("%q is %q, which does not resolve: %v", in, canonical, err)
		}
		if again.Work != ref.Work || again.Canonical() != canonical || !slices.Equal(again.Pieces(), ref.Pieces()) {
			t.Fatalf("%q is %q, and that is %q: %v, %v", in, canonical, again.Canonical(), ref.Pieces(), again.Pieces())
		}
	})
}
