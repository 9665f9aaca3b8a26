package library

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// shelf is five works of the shapes that groups read: a handful of letters; an
// article with a lead and headings without labels; a chapter; an article with
// footnotes; a book in parts whose roman labels begin anew, with a part whose
// heading is missing, a combined heading, an appendix, lower-case sections and
// epigraphs. Their words are made up.
func testShelf() *Shelf {
	type sec struct {
		label, title string
		depth, ps    int
		epigraphs    int
	}
	build := func(id WorkID, alias, title, author string, lead int, notes int, secs ...sec) *Outline {
		w := &Work{Meta: Meta{ID: id, Aliases: []string{alias}, Title: title, Author: author, Language: "en"}}
		add := func(section, n int) {
			for range n {
				i := len(w.Passages)
				w.Passages = append(w.Passages, Passage{Kind: Paragraph, Section: section, Text: fmt.Sprintf("The first of %s, number %d. A second. A third sentence here. The fourth.", alias, i)})
			}
		}
		if lead > 0 {
			w.Sections = append(w.Sections, Section{Parent: -1, Depth: 1, Lead: true})
			add(0, lead)
		}
		parents := []int{-1}
		for _, s := range secs {
			parents = parents[:s.depth]
			at := len(w.Sections)
			x := Section{Parent: parents[s.depth-1], Depth: s.depth, Title: s.title}
			if s.label != "" {
				x.Labels = strings.Split(s.label, "/")
			}
			w.Sections = append(w.Sections, x)
			parents = append(parents, at)
			for i := range s.epigraphs {
				w.Passages = append(w.Passages, Passage{Kind: Epigraph, Section: at, Text: fmt.Sprintf("Motto %d of %s.", i+1, s.title)})
			}
			add(at, s.ps)
		}
		for i := range notes {
			w.Passages = append(w.Passages, Passage{Kind: Footnote, Section: 0, Label: fmt.Sprint(i + 1), Text: fmt.Sprintf("Note %d.", i+1)})
		}
		w.Number()
		return NewOutline(w)
	}
	return NewShelf([]*Outline{
		build(1, "letters", "An Exchange of Letters", "", 8, 0),
		build(2, "walden", "The House by the Lake", "Mary Holt", 16, 0, sec{title: "What the Winter Took", depth: 1, ps: 19}, sec{title: "The Morale of the House", depth: 1, ps: 14},
			sec{title: "What the Neighbours Failed to See", depth: 1, ps: 19}, sec{title: "Why a Second Summer Is Needed", depth: 1, ps: 6}),
		build(3, "river", "The Rise of the River", "", 6, 0, sec{title: "The wave after the thaw", depth: 1, ps: 10}, sec{title: "Germany in 1923", depth: 1, ps: 20}, sec{title: "Down river", depth: 1, ps: 4}),
		build(4, "oslo", "Oslo Conferences: A debate begins", "Nils Vik", 1, 3, sec{title: "The legacy", depth: 1, ps: 1}, sec{title: "The 1996 conference", depth: 1, ps: 5}, sec{title: "The 1997 conference", depth: 1, ps: 9}),
		build(5, "fate", "The Fate of the Mill", "", 0, 0,
			sec{label: "1", depth: 1}, sec{label: "I", title: "Building the mill", depth: 2, ps: 7, epigraphs: 2}, sec{label: "II", title: "The plan of works", depth: 2, ps: 5, epigraphs: 1}, sec{label: "III", title: "What it needs", depth: 2, ps: 3},
			sec{label: "2", title: "The mill at bay", depth: 1}, sec{label: "I", title: "In exile", depth: 2, ps: 4}, sec{label: "II", title: "\"A household economy\"", depth: 2, ps: 6}, sec{label: "XXIII/XXIV", title: "Two at once", depth: 2, ps: 2},
			sec{label: "i", title: "a small matter", depth: 3, ps: 2}, sec{label: "ii", title: "a smaller matter", depth: 3, ps: 2}, sec{label: "Appendix", title: "the measure and the weight", depth: 2, ps: 3},
			sec{label: "3", title: "The heirs", depth: 1}, sec{label: "I", title: "A formula", depth: 2, ps: 2}, sec{label: "II", title: "In Defence of Water", depth: 2, ps: 3}),
	})
}

// What people type, and what it names: a canonical citation, or the code of
// the question that is asked back with its first suggestion.
var asTyped = []struct{ in, want string }{
	{"walden 12", "walden 12"}, {"Walden 12", "walden 12"}, {"WALDEN ¶12", "walden 12"}, {"walden ¶ 12", "walden 12"}, {"walden par. 12", "walden 12"},
	{"walden para 12", "walden 12"}, {"walden paragraph 12", "walden 12"}, {"walden passage 12", "walden 12"}, {"walden12", "walden 12"}, {"walden¶12", "walden 12"},
	{"walden 12-14", "walden 12-14"}, {"walden 12–14", "walden 12-14"}, {"walden ¶¶ 12–14", "walden 12-14"}, {"walden 12—14", "walden 12-14"}, {"walden 12 - 14", "walden 12-14"},
	{"walden 12 to 14", "walden 12-14"}, {"walden 12ff", "walden 12-16"}, {"walden 12ff.", "walden 12-16"}, {"walden 12f", "walden 12-13"}, {"walden last", "walden 74"},
	{"walden 3, 7", "walden 3, 7"}, {"walden 3, 7-9; 12", "walden 3, 7-9, 12"}, {"walden 3;7", "walden 3, 7"}, {"walden 12:2", "walden 12:2"}, {"walden 12:2-3", "walden 12:2-3"},
	{"walden §1", "walden 17-35"}, {"walden § 1", "walden 17-35"}, {"walden §0", "walden 1-16"}, {"walden §2 ¶3", "walden 38"}, {"walden §2 3-5", "walden 38-40"},
	{"walden ch. 2", "walden 36-49"}, {"walden chapter 2", "walden 36-49"}, {"walden chapter two", "walden 36-49"}, {"walden section 4", "walden 69-74"}, {"walden sect. 4", "walden 69-74"},
	{"walden morale", "walden 36-49"}, {"walden Morale of the House", "walden 36-49"}, {"walden \"the morale of the house\"", "walden 36-49"}, {"walden “what the winter took” 2", "walden 18"}, {"walden winter", "walden 17-35"},
	{"holt 12", "walden 12"}, {"mary holt 12", "walden 12"}, {"house by the lake 12", "walden 12"}, {"The House by the Lake 12", "walden 12"}, {"the house by the lake, 12", "walden 12"},
	{"[walden 12]", "walden 12"}, {"(walden 12)", "walden 12"}, {"walden 12.", "walden 12"}, {"  walden   12  ", "walden 12"}, {"walden", "walden"},
	{"river \"Germany in 1923\"", "river 17-36"}, {"river germany", "river 17-36"}, {"river down river", "river 37-40"}, {"river §3", "river 37-40"}, {"river wave 2", "river 8"},
	{"rise of the river 3", "river 3"}, {"oslo fn 1", "oslo fn 1"}, {"oslo note 2", "oslo fn 2"}, {"oslo footnote 3", "oslo fn 3"}, {"oslo fn [1]", "oslo fn 1"},
	{"oslo n. 2", "oslo fn 2"}, {"vik 3", "oslo 3"}, {"oslo 1996", "error out_of_range"}, {"oslo \"1996 conference\"", "oslo 3-7"}, {"oslo the 1997 conference 2", "oslo 9"},
	{"fate 1", "fate 1"}, {"fate 1.II", "fate 8-12"}, {"fate 1.ii", "fate 8-12"}, {"fate 1 II", "fate 8-12"}, {"fate 1.II 3-5", "fate 10-12"},
	{"fate 1.II ¶3", "fate 10"}, {"fate 2.II 1:2-3", "fate 20:2-3"}, {"fate 2.II 1; 1.I 2", "fate 20, 2"}, {"fate 2.XXIII", "fate 26-31"}, {"fate 2.XXIV", "fate 26-31"},
	{"fate 2.XXIII/XXIV", "fate 26-31"}, {"fate xxiv", "fate 26-31"}, {"fate 2 appendix", "fate 32-34"}, {"fate 2.Appendix 2", "fate 33"}, {"fate appendix", "fate 32-34"},
	{"fate 2.XXIII.i", "fate 28-29"}, {"fate 2.XXIII.ii 2", "fate 31"}, {"fate 1.II ep 1", "fate 1.II ep 1"}, {"fate 1.I ep 2", "fate 1.I ep 2"}, {"fate 1.I epigraph 1", "fate 1.I ep 1"},
	{"fate §2", "fate 16-34"}, {"fate part 2", "fate 16-34"}, {"fate 3.II", "fate 37-39"}, {"fate in defence of water", "fate 37-39"}, {"fate defence 2", "fate 38"},
	{"fate household", "fate 20-25"}, {"fate XXIII 2", "fate 27"}, {"fate III 2", "fate 14"}, {"fate 2.1", "fate 16-19"}, {"fate II 6", "fate 25"},
	// Questions, never guesses.
	{"fate II", "error ambiguous"}, {"fate I", "error ambiguous"}, {"fate II 2", "error ambiguous"}, {"fate ep 1", "error ambiguous"}, {"mill 3", "fate 3"},
	{"walden 90", "error out_of_range"}, {"walden 0", "error out_of_range"}, {"walden 12:9", "error out_of_range"}, {"walden §9", "error out_of_range"}, {"walden what", "error ambiguous"},
	{"oslo fn 9", "error out_of_range"}, {"walden fn 1", "error not_found"}, {"walden p. 34", "error not_found"}, {"waldne 12", "error unknown_work"}, {"nobody 3", "error unknown_work"},
	{"12", "error syntax"}, {"§3", "error syntax"}, {"", "error syntax"}, {"walden 14-12", "error syntax"}, {"Am 8. Oktober", "error unknown_work"},
	{"walden §", "error syntax"}, {"walden ;", "error syntax"}, {"walden §-1", "error not_found"}, {"walden §+1", "error not_found"},
	{"the 12", "error ambiguous"}, {"ibid", "error not_found"}, {"this week", "error not_found"},
}

func TestCitationsAsTyped(t *testing.T) {
	if len(asTyped) < 100 {
		t.Fatalf("only %d citations", len(asTyped))
	}
	s := testShelf()
	for _, c := range asTyped {
		ref, err := s.Resolve(c.in, Context{})
		got := ref.canonicalOr(err)
		if got != c.want {
			t.Errorf("%q: got %s, want %s (%v)", c.in, got, c.want, err)
		}
	}
}

func (r Ref) canonicalOr(err error) string {
	var e *Error
	switch {
	case errors.As(err, &e):
		return "error " + string(e.Code)
	case err != nil:
		return err.Error()
	}
	return r.Canonical()
}

// What was meant is offered.
func TestSuggestions(t *testing.T) {
	s := testShelf()
	for in, want := range map[string]string{
		"walden 90":    "walden 9",  // a digit too many
		"walden 749":   "walden 74", // likewise
		"waldne 12":    "walden 12", // a slip of the pen
		"fate II":      "fate 8-12", // the first of three
		"walden 14-12": "walden 12-14",
		"walden winer": "walden 17-35",
	} {
		_, err := s.Resolve(in, Context{})
		var e *Error
		if !errors.As(err, &e) || len(e.Suggestions) == 0 {
			t.Errorf("%q: %v offers nothing", in, err)
			continue
		}
		if got := e.Suggestions[0].Citation; got != want {
			t.Errorf("%q: offers %q first, want %q", in, got, want)
		}
		if ref, err := s.Resolve(e.Suggestions[0].Citation, Context{}); err != nil {
			t.Errorf("%q: what it offers does not resolve: %v %v", in, ref, err)
		}
	}
}

// A citation may lean on what is being read.
func TestLeaning(t *testing.T) {
	s := testShelf()
	c := Context{Current: 2, This: []Run{{2, 17, 35}}, Next: []Run{{2, 36, 49}}, Prev: []Run{{2, 1, 16}}, Last: []string{"fate 3"}}
	for in, want := range map[string]string{"this": "walden 17-35", "This week": "walden 17-35", "next": "walden 36-49", "prev": "walden 1-16", "ibid": "fate 3", "12": "walden 12", "§2": "walden 36-49", "fate 1": "fate 1"} {
		ref, err := s.Resolve(in, c)
		if got := ref.canonicalOr(err); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	// A reading is leant on whole: a place after the word is offered, in its work.
	for in, want := range map[string]string{"this 22": "walden 22", "this ¶ 3": "walden 3", "next 3": "walden 3", "prev §2": "walden 36-49", "this week 4": "walden 4"} {
		_, err := s.Resolve(in, c)
		if e, _ := errors.AsType[*Error](err); e == nil || e.Reason != "lean_whole" || len(e.Suggestions) != 1 || e.Suggestions[0].Citation != want {
			t.Errorf("%q: got %v, want %s offered", in, err, want)
		}
	}
	_, err := s.Resolve("ibid", Context{Forgot: true})
	if e, _ := errors.AsType[*Error](err); e == nil || e.Reason != "ibid_forgotten" {
		t.Errorf("ibid after a citation that failed: %v", err)
	}
}

// A title that begins another is not swallowed.
func TestTitleWithinTitle(t *testing.T) {
	one := func(id WorkID, alias, title string, n int) *Outline {
		w := &Work{Meta: Meta{ID: id, Aliases: []string{alias}, Title: title}, Sections: []Section{{Parent: -1, Depth: 1, Lead: true}}}
		for i := range n {
			w.Passages = append(w.Passages, Passage{Kind: Paragraph, Text: fmt.Sprint("Words ", i, ".")})
		}
		w.Number()
		return NewOutline(w)
	}
	s := NewShelf([]*Outline{one(1, "cap", "Capital", 5), one(2, "cap2", "Capital Revisited", 5)})
	for in, want := range map[string]string{"Capital 3": "cap 3", "Capital Revisited 3": "cap2 3", "capital": "cap", "revisited 2": "cap2 2"} {
		ref, err := s.Resolve(in, Context{})
		if got := ref.canonicalOr(err); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

// Parse, format, parse is the identity, and nothing lies out of bounds.
func checkRef(t *testing.T, s *Shelf, in string) {
	t.Helper()
	ref, err := s.Resolve(in, Context{})
	if err != nil {
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("%q: %v is no error that a person understands", in, err)
		}
		return
	}
	for _, p := range ref.Pieces() {
		if p.Index < 0 || p.Index >= len(ref.Work.Passages) {
			t.Fatalf("%q: passage %d of %d", in, p.Index, len(ref.Work.Passages))
		}
		if p.From > p.To || p.To > ref.Work.Passages[p.Index].Sentences {
			t.Fatalf("%q: sentences %d to %d", in, p.From, p.To)
		}
	}
	canonical := ref.Canonical()
	again, err := s.Resolve(canonical, Context{})
	if err != nil {
		t.Fatalf("%q is %q, which does not resolve: %v", in, canonical, err)
	}
	if got := again.Canonical(); got != canonical {
		t.Fatalf("%q is %q, and that is %q", in, canonical, got)
	}
	if got, want := again.Pieces(), ref.Pieces(); again.Work != ref.Work || !slices.Equal(got, want) {
		t.Fatalf("%q is %q, which names %v instead of %v", in, canonical, got, want)
	}
}

func TestCanonicalIsStable(t *testing.T) {
	s := testShelf()
	for _, c := range asTyped {
		checkRef(t, s, c.in)
	}
	for _, e := range s.Works() {
		o, err := s.Outline(e)
		if err != nil {
			t.Fatal(err)
		}
		for i := range o.Passages {
			checkRef(t, s, o.CiteAt(i))
		}
		for i := range o.Sections {
			checkRef(t, s, o.Alias()+" "+o.SectionPath(i))
			checkRef(t, s, o.Alias()+" "+o.SectionName(i))
		}
	}
}

func FuzzResolve(f *testing.F) {
	s := testShelf()
	for _, c := range asTyped {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		start := time.Now()
		checkRef(t, s, in)
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%q took %s", in, d)
		}
	})
}

func FuzzSentences(f *testing.F) {
	for _, s := range []string{"One. Two! Three?", "Mr. Smith went. \"Did he?\" He did.", "学而时习之。不亦说乎？", "J. S. Mill wrote it [1]. Then 3.5 more.", "…", ". . ."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, s := range Sentences(text, "en") {
			if s.Start < at || s.End <= s.Start || s.End > len(text) {
				t.Fatalf("%q: %v after %d", text, s, at)
			}
			if strings.TrimSpace(text[at:s.Start]) != "" {
				t.Fatalf("%q: lost %q", text, text[at:s.Start])
			}
			at = s.End
		}
		if strings.TrimSpace(text[at:]) != "" {
			t.Fatalf("%q: lost %q", text, text[at:])
		}
	})
}

func TestSentences(t *testing.T) {
	for text, want := range map[string]int{
		"One. Two! Three?":                                     3,
		"Mr. Smith went home. He slept.":                       2,
		"J. S. Mill wrote it in ch. 2. It is short.":           2,
		"He asked, \"Why?\" and left. \"Why?\" she said. Now.": 3,
		"It cost 3.50 in 1917. Then more.":                     2,
		"学而时习之，不亦说乎？有朋自远方来，不亦乐乎？":                              2,
		"A note.[1] Another.":                                  2,
		"Wait... what? Yes.":                                   2,
	} {
		if got := CountSentences(text, "en"); got != want {
			t.Errorf("%q: %d sentences, want %d", text, got, want)
		}
	}
}

func TestNamed(t *testing.T) {
	o := NewOutline(&Work{Meta: Meta{Aliases: []string{"rise", "the-rise"}}})
	for citation, want := range map[string]bool{"rise 1-5": true, "Rise ¶ 3": true, "The-Rise 3": true, "rise": false, "rises 3": false, "1-5": false, "the rise of it": false, "rise §3": true} {
		if got := o.Named(citation); got != want {
			t.Errorf("%q: %v", citation, got)
		}
	}
}
