package importer

import (
	"fmt"
	"strings"
	"testing"

	"lectern/library"
)

// A dialogue with Stephanus's pages in its lines, and what can be cited.
func TestStephanusPages(t *testing.T) {
	var b strings.Builder
	b.WriteString("[514a] Next, said I, think of a cellar and a lamp, and of people who have sat there [b] since they were small, and see only the wall.\n\n")
	b.WriteString("I see, he said.\n\n")
	b.WriteString("And of a shelf behind them [c] where others carry things to and fro, some of whom speak and some of whom do not, [515a] as is usual.\n\n")
	b.WriteString("A strange cellar, he said, and strange people.\n\n")
	for i, part := range "bcde" {
		fmt.Fprintf(&b, "[515%c] Like us, I said, for the %dth time, and went on to speak about the wall that was before them.\n\n", part, i)
	}
	for _, name := range []string{"lamp.txt", "lamp.md"} {
		title := map[bool]string{true: "# The Lamp\n\n", false: "The Lamp\n\nby Ada Lowell\n\n"}[name == "lamp.md"]
		w, err := Read(t.Context(), name, strings.NewReader(title+b.String()), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if w.Scheme != library.StephanusPages {
			t.Fatalf("%s: the scheme is %q", name, w.Scheme)
		}
		w.Aliases = []string{"lamp"}
		shelf := library.NewShelf([]*library.Outline{library.NewOutline(w)})
		for query, want := range map[string]string{"lamp 514a": "1-1", "lamp 514b": "1-3", "lamp 514c": "3-3", "lamp 515a": "3-4", "lamp 514": "1-3", "lamp 515b": "5-5", "lamp 515e": "8-8", "lamp 514b-515b": "1-5"} {
			r, err := shelf.Resolve(query, library.Context{})
			if err != nil {
				t.Errorf("%s: %s: %v", name, query, err)
				continue
			}
			p := r.Passages()
			if got := fmt.Sprintf("%d-%d", w.Passages[p[0]].Number, w.Passages[p[len(p)-1]].Number); got != want {
				t.Errorf("%s: %s is %s, want %s", name, query, got, want)
			}
		}
		if !strings.HasPrefix(w.Passages[0].Text, "[514a] Next") {
			t.Error("the mark is not in the text")
		}
	}
}

// The pages of Kant's two editions.
func TestPagesOfTwoEditions(t *testing.T) {
	var b strings.Builder
	for i := range 10 {
		fmt.Fprintf(&b, "[A %d/B %d] All our knowledge of lamps begins, for the %dth time, with their having been lit by somebody else.\n\n", 51+i, 75+i, i)
	}
	w, err := Read(t.Context(), "critique.txt", strings.NewReader("Of Lamps\n\n"+b.String()), Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.Aliases = []string{"lamps"}
	shelf := library.NewShelf([]*library.Outline{library.NewOutline(w)})
	for query, want := range map[string]int{"lamps A 51": 1, "lamps B 77": 3, "lamps A 60": 10} {
		r, err := shelf.Resolve(query, library.Context{})
		if err != nil {
			t.Errorf("%s: %v", query, err)
		} else if p := r.Passages(); len(p) != 1 || w.Passages[p[0]].Number != want {
			t.Errorf("%s is %v", query, p)
		}
	}
}

// Notes in brackets, years and letters of lists are no pages.
func TestNoPagesOfEditions(t *testing.T) {
	for _, s := range []string{"a [1] b [2] c [3] d [4] e [5] f [6] g [7] h [8] i [9].", "(a) one (b) two (c) three (d) four (e) five", "In (1881) and (1882) and (1883) and (1884) and (1885) and (1886) and (1887) and (1888) it rained."} {
		w, err := Read(t.Context(), "x.txt", strings.NewReader(s+"\n"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if w.Scheme != library.ByPassage {
			t.Errorf("%q is taken for pages", s)
		}
	}
}
