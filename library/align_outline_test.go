package library_test

import (
	"fmt"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

func seaOutline(t *testing.T, lines string) *library.Work {
	t.Helper()
	w, err := importer.ReadOutline(t.Context(), "sea.outline", strings.NewReader("title: The Sea Road\nalias: sea\n"+strings.ReplaceAll(lines, "; ", "\n")), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// A chapter is the same one while two of its title, its number and its place
// agree, or while its title does; none is given another's anchor.
func TestAlignChapters(t *testing.T) {
	const sea = `edition: Penguin 1990, pages; 1 Setting out | 1-24; 2 The strait | 25-60; 3 A winter | 61-96; 4 "1916" | 97-130`
	for _, c := range []struct {
		name, before, now string
		want              []int // beside the chapters before, from 1; 0 for one that is gone
	}{
		{"a title", sea, strings.Replace(sea, "A winter", "The Winter", 1), []int{1, 2, 3, 4}},
		{"a title, by another word", sea, strings.Replace(sea, "A winter", "Ice", 1), []int{1, 2, 3, 4}},
		{"the title of another", sea, strings.Replace(sea, "A winter", "The strait", 1), []int{1, 2, 3, 4}},
		{"two titles exchanged", sea, `edition: Penguin 1990, pages; 1 Setting out | 1-24; 2 A winter | 25-60; 3 The strait | 61-96; 4 "1916" | 97-130`, []int{1, 2, 3, 4}},
		{"all titles", sea, `edition: Penguin 1990, pages; 1 Aufbruch | 1-24; 2 Die Meerenge | 25-60; 3 Ein Winter | 61-96; 4 Das Jahr | 97-130`, []int{1, 2, 3, 4}},
		{"all titles, another edition", sea, `edition: Insel, pages; 1 Aufbruch | 9-30; 2 Die Meerenge | 31-80; 3 Ein Winter | 81-99; 4 Das Jahr | 100-130`, []int{1, 2, 3, 4}},
		{"all titles, and one more", sea, `1 Aufbruch; 2 Die Meerenge; 3 Ein Winter; 4 Das Jahr; 5 Nachwort`, []int{1, 2, 3, 4}},
		{"roman numbers", sea, `I. Aufbruch; II. Die Meerenge; III. Ein Winter; IV. Das Jahr`, []int{1, 2, 3, 4}},
		{"no numbers", sea, `Setting out; The strait; A winter; "1916"`, []int{1, 2, 3, 4}},
		{"an introduction", sea, `Introduction; 1 Setting out; 2 The strait; 3 A winter; 4 "1916"`, []int{2, 3, 4, 5}},
		{"one put in, all numbered anew", sea, `1 Setting out; 2 The pilot; 3 The strait; 4 A winter; 5 "1916"`, []int{1, 3, 4, 5}},
		{"one put in, and the next renamed", sea, `1 Setting out; 2 The pilot; 3 Narrows; 4 A winter; 5 "1916"`, []int{1, 0, 4, 5}},
		{"one put in, and the next renamed, with pages", sea, `edition: Penguin 1990, pages; 1 Setting out | 1-20; 2 The pilot | 21-24; 3 Narrows | 25-60; 4 A winter | 61-96; 5 "1916" | 97-130`, []int{1, 0, 4, 5}},
		{"one left out", sea, `1 Setting out; 3 A winter; 4 "1916"`, []int{1, 0, 2, 3}},
		{"one moved", sea, `1 The strait; 2 A winter; 3 Setting out; 4 "1916"`, []int{3, 1, 2, 4}},
		{"titles twice", `Part One; 1 Spring; 2 Autumn; Part Two; 1 Spring; 2 Autumn`, `Part One; 1 Spring; 2 Fall; Part Two; 1 Spring; 2 Autumn`, []int{1, 2, 3, 4}},
		{"no titles", `1; 2; 3`, `1; 2; 3; 4`, []int{1, 2, 3}},
		{"the number of another, and nothing else", `1 Setting out; 2 The strait; 3 A winter`, `1 Setting out; 5 The pilot; 3 A winter`, []int{1, 0, 3}},
	} {
		before, now := seaOutline(t, c.before), seaOutline(t, c.now)
		library.SetAnchors(before)
		m := library.Align(before, now, nil)
		at := map[library.Anchor]int{}
		for j := range now.Passages {
			if a := now.Passages[j].Anchor; a == "" || at[a] > 0 {
				t.Errorf("%s: chapter %d has the anchor %q", c.name, j+1, a)
			}
			at[now.Passages[j].Anchor] = j + 1
		}
		var got []int
		for i := range before.Passages {
			got = append(got, at[before.Passages[i].Anchor])
			if m.Now[i]+1 != got[i] {
				t.Errorf("%s: chapter %d is said to be %d", c.name, i+1, m.Now[i]+1)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: chapters are %v now, want %v", c.name, got, c.want)
		}
	}
}

// A number that is typed is the chapter that a citation with it means.
func TestChapterByNumber(t *testing.T) {
	for _, c := range []struct {
		lines string
		n     int
		title string
	}{
		{`Introduction; 1 Setting out; 2 The strait; 3 A winter; Afterword`, 2, "The strait"},
		{`Introduction; 1 Setting out; 2 The strait; 3 A winter; Afterword`, 1, "Setting out"},
		{`1 Setting out; 2 The strait; 3 A winter; Afterword`, 4, "Afterword"},
		{`Part One; 1 Spring; 2 Autumn; Part Two; 1 Winter; 2 Summer`, 3, "Winter"},
	} {
		w := seaOutline(t, c.lines)
		library.SetAnchors(w)
		ref, err := library.NewShelf([]*library.Outline{library.NewOutline(w)}).Resolve(fmt.Sprintf("sea %d", c.n), library.Context{})
		if err != nil {
			t.Fatalf("%q: %v", c.lines, err)
		}
		if got := w.Passages[ref.Passages()[0]].Text; got != c.title {
			t.Errorf("sea %d is %q in %q", c.n, got, c.lines)
		}
		if i := w.Cited(c.n); i < 0 || w.Passages[i].Text != c.title {
			t.Errorf("%d is passage %d in %q, want %s", c.n, i, c.lines, c.title)
		}
		fixes, err := library.ParseCorrections(fmt.Sprintf("%d drop\n", c.n))
		if err != nil {
			t.Fatal(err)
		}
		if failed := library.Correct(w, fixes); len(failed) > 0 || w.LeftOut[0].Text != c.title {
			t.Errorf("%d drop left %v out, %v", c.n, w.LeftOut, failed)
		}
	}
}

// A line of a file is read as one that is typed: ¶ may be missing.
func TestCorrectionsWithoutAMark(t *testing.T) {
	w := letter()
	fixes, err := library.ParseCorrections("5 merge\n3 drop\n1 by \"Wren\"\n\"They came\" kind quotation\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range fixes {
		again, err := library.ParseCorrection(c.String())
		if err != nil || again != c {
			t.Errorf("%s is read as %+v, %v, not %+v", c, again, err, c)
		}
	}
	if failed := library.Correct(w, fixes); len(failed) > 0 {
		t.Fatal(failed)
	}
	if got := shape(w); got != `=/1My =The shop/2The^1 3They ==The lamps/4The 0And` || w.Passages[0].Attribution != "Wren" || w.Passages[2].Kind != library.Quotation {
		t.Errorf("the text is %s: %+v", got, w.Passages)
	}
}
