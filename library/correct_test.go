package library_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"lectern/library"
)

// letter is a work with two headings, a footnote and a line left out.
func letter() *library.Work {
	w := &library.Work{Meta: library.Meta{Title: "A letter", Language: "en", Aliases: []string{"letter"}},
		Sections: []library.Section{{Parent: -1, Depth: 1, Lead: true}, {Parent: -1, Depth: 1, Labels: []string{"I"}, Title: "The shop", Text: "I. The shop"}, {Parent: 1, Depth: 2, Title: "The lamps", Text: "The lamps"}},
		LeftOut:  []library.LeftOut{{Text: "Last updated in May.", Reason: "furniture", Line: 40}}}
	for i, x := range []struct {
		section int
		text    string
	}{{0, "My dear Vera, I write to you at last."}, {1, "The shop stood at the corner. It sold lamps and little else.[1]"}, {1, "OUR FRIENDS"}, {1, "They came on Tuesdays, in all weathers."}, {2, "The lamps were of brass."}, {2, "Nobody counted them."}} {
		w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Section: x.section, Text: x.text})
		if i == 1 {
			w.Passages[i].Notes = []int{6}
		}
	}
	w.Passages = append(w.Passages, library.Passage{Kind: library.Footnote, Section: 2, Label: "1", Text: "And oil, in winter."})
	w.Parts = []library.Part{{Kind: library.Signature, Text: "Ana", Section: 2, Before: 7}}
	w.Number()
	return w
}

// shape is a work in few words.
func shape(w *library.Work) string {
	var b strings.Builder
	section := -1
	for i := range w.Passages {
		p := &w.Passages[i]
		if p.Kind != library.Footnote && p.Section != section {
			for section++; section <= p.Section; section++ {
				s := &w.Sections[section]
				fmt.Fprintf(&b, "%s%s/", strings.Repeat("=", s.Depth), s.Title)
			}
			section = p.Section
		}
		fmt.Fprintf(&b, "%d%s", p.Number, strings.Fields(p.Text)[0])
		for _, n := range p.Notes {
			b.WriteString("^" + w.Passages[n].Label)
		}
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

func TestCorrect(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{`title "Another"`, `=/1My =The shop/2The^1 3OUR 4They ==The lamps/5The 6Nobody 0And`},
		{`§"The shop" rename "The corner"`, `=/1My =The corner/2The^1 3OUR 4They ==The lamps/5The 6Nobody 0And`},
		{`§"The lamps" level 1`, `=/1My =The shop/2The^1 3OUR 4They =The lamps/5The 6Nobody 0And`},
		{`§"I. The shop" text`, `=/1My 2I. 3The^1 4OUR 5They =The lamps/6The 7Nobody 0And`},
		{`§"The lamps" text`, `=/1My =The shop/2The^1 3OUR 4They 5The 6The 7Nobody 0And`},
		{`¶3 "OUR FRIENDS" heading 2`, `=/1My =The shop/2The^1 ==OUR FRIENDS/3They ==The lamps/4The 5Nobody 0And`},
		{`¶3 heading`, `=/1My =The shop/2The^1 =OUR FRIENDS/3They ==The lamps/4The 5Nobody 0And`},
		{`¶1 heading 1`, `=My dear Vera, I write to you at last./=The shop/1The^1 2OUR 3They ==The lamps/4The 5Nobody 0And`},
		{`¶2 split "It sold"`, `=/1My =The shop/2The 3It^1 4OUR 5They ==The lamps/6The 7Nobody 0And`},
		{`¶"The lamps were" merge`, `=/1My =The shop/2The^1 3OUR 4They ==The lamps/5The 0And`},
		{`¶"OUR FRIENDS" drop`, `=/1My =The shop/2The^1 3They ==The lamps/4The 5Nobody 0And`},
		{`left "Last updated" restore ¶4`, `=/1My =The shop/2The^1 3OUR 4Last 5They ==The lamps/6The 7Nobody 0And`},
		{`left "Last updated" restore`, `=/1My =The shop/2The^1 3OUR 4They ==The lamps/5The 6Nobody 7Last 0And`},
		{`¶4 kind footnote`, `=/1My =The shop/2The^1 3OUR 0They ==The lamps/4The 5Nobody 0And`},
	} {
		fix, err := library.ParseCorrection(c.line)
		if err != nil {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		w := letter()
		if failed := library.Correct(w, []library.Correction{fix}); len(failed) > 0 {
			t.Errorf("%s: %v", c.line, failed[0].Err)
			continue
		}
		if got := shape(w); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.line, got, c.want)
		}
		sound(t, w)
	}
}

// A correction is found again in a text of which some words were changed, and
// said to be out of place where it has none.
func TestCorrectionsAreFoundAgain(t *testing.T) {
	for _, c := range []struct {
		line, from, to string
		ok             bool
	}{
		{`¶2 "The shop stood at the corner. It sold" split "It sold"`, "stood at the corner", "stood on the corner", true},
		{`¶9 "The shop stood at the corner. It sold" split "It sold"`, "", "", true}, // the number is a hint
		{`¶2 "The shop stood at the corner. It sold" split "It sold"`, "It sold", "There were", false},
		{`¶2 "Something else altogether" drop`, "", "", false},
		{`§"No such heading" level 1`, "", "", false},
		{`¶4 merge`, "", "", false}, // the next stands under another heading
		{`left "Not left out" restore`, "", "", false},
	} {
		fix, err := library.ParseCorrection(c.line)
		if err != nil {
			t.Fatalf("%s: %v", c.line, err)
		}
		w := letter()
		for i := range w.Passages {
			if c.from != "" {
				w.Passages[i].Text = strings.Replace(w.Passages[i].Text, c.from, c.to, 1)
			}
		}
		before := shape(w)
		failed := library.Correct(w, []library.Correction{fix})
		if ok := len(failed) == 0; ok != c.ok {
			t.Errorf("%s: done %v", c.line, ok)
		}
		if !c.ok && shape(w) != before {
			t.Errorf("%s: it failed, and did something", c.line)
		}
	}
}

// Copies are told apart by their number, or not at all.
func TestCorrectionsOfCopies(t *testing.T) {
	w := workOf([]string{"Amen.", "One.", "Amen.", "Two.", "Amen."})
	if failed := library.Correct(w, []library.Correction{{Op: library.Drop, At: library.Place{Number: 3, Words: "Amen."}}}); len(failed) > 0 || w.Passages[2].Text != "Two." {
		t.Errorf("the third was not dropped: %v", failed)
	}
	w = workOf([]string{"Amen.", "One.", "Amen."})
	if failed := library.Correct(w, []library.Correction{{Op: library.Drop, At: library.Place{Words: "Amen."}}}); len(failed) != 1 {
		t.Error("one of several was chosen")
	}
}

func FuzzParseCorrection(f *testing.F) {
	for _, s := range []string{`title "A \"b\" c"`, `¶12 "words" #ABC split "more"`, `§"x" level 2`, `left "x" restore ¶3 "y"`, `¶3 heading`, `¶"a" kind quotation`, `¶1 by “curly”`, `alias "wright"`, `¶0 drop`, `§`, `left`, "¶1 \"a\nb\" drop", `¶1 kind "editor's note"`, `¶999999999999 drop`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := library.ParseCorrection(s)
		if err != nil {
			return
		}
		again, err := library.ParseCorrection(c.String())
		if err != nil {
			t.Fatalf("%q became %q, which is none: %v", s, c.String(), err)
		}
		if again.String() != c.String() || again.Op != c.Op || again.At != c.At || again.Level != c.Level || again.Before != c.Before {
			t.Fatalf("%q, then %q, then %q", s, c.String(), again.String())
		}
		// Whatever it is, a work stays sound.
		w := letter()
		library.Correct(w, []library.Correction{c, c})
		sound(t, w)
	})
}

// sound holds a work to what every part of the program relies on.
func sound(t *testing.T, w *library.Work) {
	t.Helper()
	section := 0
	for i := range w.Passages {
		p := &w.Passages[i]
		if p.Section < 0 || p.Section >= len(w.Sections) {
			t.Fatalf("passage %d is in section %d of %d", i, p.Section, len(w.Sections))
		}
		if p.Kind != library.Footnote {
			if p.Section < section {
				t.Fatalf("passage %d is in section %d, after one in %d", i, p.Section, section)
			}
			section = p.Section
		}
		for _, n := range p.Notes {
			if n < 0 || n >= len(w.Passages) {
				t.Fatalf("passage %d calls note %d of %d", i, n, len(w.Passages))
			}
		}
	}
	for i := range w.Sections {
		s := &w.Sections[i]
		if s.Parent >= i || s.Parent >= 0 && s.Depth != w.Sections[s.Parent].Depth+1 || s.Parent < 0 && s.Depth != 1 {
			t.Fatalf("section %d of depth %d is in %d", i, s.Depth, s.Parent)
		}
	}
	for i, p := range w.Parts {
		if p.Section < -1 || p.Section >= len(w.Sections) || p.Before < 0 || p.Before > len(w.Passages) {
			t.Fatalf("part %d is before %d, in %d", i, p.Before, p.Section)
		}
	}
}

// No heading goes deeper than one below the one before it.
func TestCorrectRefusesLevels(t *testing.T) {
	for _, c := range []struct {
		line string
		most int
	}{
		{`§"The shop" level 2`, 1}, {`§"The shop" level 9`, 1}, {`§"The lamps" level 3`, 2}, {`¶3 heading 3`, 2}, {`¶1 heading 2`, 1}, {`¶5 heading 4`, 3},
	} {
		fix, err := library.ParseCorrection(c.line)
		if err != nil {
			t.Fatal(c.line, err)
		}
		w := letter()
		before := shape(w)
		failed := library.Correct(w, []library.Correction{fix})
		if len(failed) != 1 || failed[0].Err.Reason != "fix_level" || failed[0].Err.Args["Max"] != c.most {
			t.Errorf("%s: %+v, want level %d at most", c.line, failed, c.most)
		}
		if shape(w) != before {
			t.Errorf("%s is refused and changes the text: %s", c.line, shape(w))
		}
	}
}

// Of a work of which only the outline is kept, chapters are renamed and dropped,
// with what their editions say of them.
func TestCorrectAnOutline(t *testing.T) {
	book := func() *library.Work {
		w := &library.Work{Meta: library.Meta{Title: "The Sea Road", Aliases: []string{"sea"}, Scheme: library.ByChapter, Contents: &library.Contents{}}}
		w.Sections = append(w.Sections, library.Section{Parent: -1, Depth: 1, Labels: []string{"One"}, Title: "Out", Text: "Part One Out"})
		e := library.Edition{Name: "Penguin", Unit: library.Pages}
		for i, title := range []string{"Setting out", "The strait", "A winter"} {
			label := fmt.Sprint(i + 1)
			w.Sections = append(w.Sections, library.Section{Parent: 0, Depth: 2, Labels: []string{label}, Title: title, Text: label + " " + title})
			w.Passages = append(w.Passages, library.Passage{Kind: library.Chapter, Section: i + 1, Label: label, Text: title, Words: 300})
			w.Contents.Chapters = append(w.Contents.Chapters, library.ChapterName{Label: label, Title: title})
			e.Chapters = append(e.Chapters, library.Extent{First: fmt.Sprint(10*i + 1), Last: fmt.Sprint(10*i + 10), Length: 10})
		}
		w.Contents.Editions = []library.Edition{e}
		w.Number()
		return w
	}
	fix := func(w *library.Work, line string) []library.Failed {
		t.Helper()
		c, err := library.ParseCorrection(line)
		if err != nil {
			t.Fatal(line, err)
		}
		return library.Correct(w, []library.Correction{c})
	}
	was := book()
	w := was.Clone()
	if failed := fix(w, `§"The strait" rename "The narrows"`); failed != nil {
		t.Fatal(failed)
	}
	if w.Sections[2].Title != "The narrows" || w.Passages[1].Text != "The narrows" || w.Contents.Chapters[1].Title != "The narrows" || was.Contents.Chapters[1].Title != "The strait" {
		t.Errorf("renamed: %+v, %+v", w.Sections[2], w.Contents)
	}
	if failed := fix(w, `§"Part One" rename "Outward"`); failed != nil || w.Sections[0].Title != "Outward" {
		t.Errorf("a part: %+v %v", w.Sections[0], failed)
	}
	w = was.Clone()
	if failed := fix(w, `¶2 drop`); failed != nil {
		t.Fatal(failed)
	}
	if len(w.Passages) != 2 || len(w.Sections) != 3 || len(w.Contents.Chapters) != 2 || w.Contents.Editions[0].Run(2, 2).First != "21" || len(was.Contents.Editions[0].Chapters) != 3 {
		t.Errorf("dropped: %+v, %+v", w.Passages, w.Contents)
	}
	if w.Passages[1].Verse != "3" { // ch. 3 is still that, though it is the second
		t.Errorf("the third chapter is cited as %q", w.Passages[1].Verse)
	}
	fix(w, `¶2 drop`)
	if failed := fix(w, `¶1 drop`); len(failed) != 1 || failed[0].Err.Reason != "fix_last_chapter" {
		t.Errorf("the last chapter: %v", failed)
	}
	for _, line := range []string{`§"The strait" level 1`, `§"The strait" text`, `¶2 merge`, `¶2 split "strait"`, `¶2 kind quotation`, `¶2 by "her"`, `¶2 heading`} {
		if failed := fix(book(), line); len(failed) != 1 || failed[0].Err.Reason != "fix_outline_only" {
			t.Errorf("%s: %v", line, failed)
		}
	}
}

// Of pieces, passages and headings that begin nearly alike, the one whose words
// were said is meant.
func TestPlacesWordForWord(t *testing.T) {
	w := &library.Work{Sections: []library.Section{{Parent: -1, Depth: 1, Lead: true}},
		Passages: []library.Passage{{Kind: library.Paragraph, Text: "Another page of the house, number 1"}, {Kind: library.Paragraph, Text: "Another page of the house, number 2"}},
		LeftOut:  []library.LeftOut{{Text: "A link to the other site, number 1"}, {Text: "A link to the other site, number 3"}}}
	w.Number()
	for _, line := range []string{`left "A link to the other site, number 3" restore`, `¶"Another page of the house, number 2" kind list`} {
		c, err := library.ParseCorrection(line)
		if err != nil {
			t.Fatal(err)
		}
		if failed := library.Correct(w, []library.Correction{c}); len(failed) > 0 {
			t.Fatal(line, failed[0].Err)
		}
	}
	if got := w.Passages[2].Text; got != "A link to the other site, number 3" {
		t.Errorf("restored %q", got)
	}
	if w.Passages[0].Kind != library.Paragraph || w.Passages[1].Kind != library.List {
		t.Errorf("kinds %s and %s", w.Passages[0].Kind, w.Passages[1].Kind)
	}
}

// Corrections that name passages by numbers alone are given what stands there, each
// in the text that those before it leave, so that another text, in which the
// numbers are others, has them at the same passages.
func TestCorrectPlacesNumbers(t *testing.T) {
	all, err := library.ParseCorrections("3 drop\n4 merge\nfn 1 drop\nleft \"Last updated\" restore 2\n9 drop\n")
	if err != nil {
		t.Fatal(err)
	}
	w := letter()
	failed := library.Correct(w, all)
	if len(failed) != 1 || failed[0].At.Number != 9 || !failed[0].Loose() {
		t.Errorf("failed: %+v", failed)
	}
	want := `=/1My =The shop/2Last 3The 4They ==The lamps/5The`
	if got := shape(w); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	var lines []string
	for _, c := range all[:4] {
		if c.Loose() {
			t.Errorf("%s is named by a number alone", c)
		}
		lines = append(lines, c.String())
	}
	if all, err = library.ParseCorrections(strings.Join(lines, "\n")); err != nil {
		t.Fatal(err)
	}
	w = letter()
	w.Passages = append([]library.Passage{{Kind: library.Paragraph, Text: "New."}, {Kind: library.Paragraph, Text: "Newer."}}, w.Passages...)
	w.Passages[3].Notes = []int{8}
	w.Number()
	if failed := library.Correct(w, all); len(failed) > 0 {
		t.Errorf("failed in another text: %+v", failed[0].Err)
	}
	if got, want := shape(w), `=/1New. 2Newer. 3My =The shop/4Last 5The 6They ==The lamps/7The`; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// What a shell has taken the quotation marks off, and marks of other languages.
func TestParseCorrectionQuotes(t *testing.T) {
	for line, want := range map[string]string{
		`date 1999`: `date "1999"`, `12 by Lenin, 1917`: `12 by "Lenin, 1917"`, `2 split 1917`: `2 split "1917"`, `§"The shop" rename The corner`: `§"The shop" rename "The corner"`,
		`¶2 by „Vera, 1931“`: `¶2 by "Vera, 1931"`, `2 by «Vera»`: `2 by "Vera"`, `2 by 'Vera's aunt'`: `2 by "Vera's aunt"`, `§'The shop' text`: `§"The shop" text`, `“Not a word” drop`: `¶"Not a word" drop`,
		`left "x" restore 3`: `left "x" restore ¶3`, `2 DROP`: `2 drop`, `fn 2 drop`: `fn 2 drop`, `II.1 ep 1 by "Vera"`: `II.1 ep 1 by "Vera"`, `left "x" restore ¶3 "y" #ABC`: `left "x" restore ¶3 "y" #ABC`,
	} {
		c, err := library.ParseCorrection(line)
		if err != nil {
			t.Errorf("%s: %v", line, err)
		} else if got := c.String(); got != want {
			t.Errorf("%s became %s, want %s", line, got, want)
		}
	}
	for line, want := range map[string]string{
		`3 kind poem`: "fix_kinds", `3 kind`: "fix_kinds", `3 kind chapter`: "fix_kinds", `3 split`: "fix_needs_text", `author`: "fix_needs_text", `§"x" level`: "fix_needs_level", `3 heading 0`: "fix_needs_level",
		`§2 rename "x"`: "fix_heading_words", `3 foo`: "fix_line", `3 split "a" b`: "fix_line", `§"x" drop`: "fix_line", `left 3 restore`: "fix_line", `3 by "open`: "fix_line",
	} {
		_, err := library.ParseCorrection(line)
		if e, ok := errors.AsType[*library.Error](err); !ok || e.Reason != want {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
	for line, want := range map[string]string{`language German`: "fix_language", `§"The shop" rename ""`: "fix_no_title", `fn 7 drop`: "fix_no_passage"} {
		c, err := library.ParseCorrection(line)
		if err != nil {
			t.Fatal(line, err)
		}
		if failed := library.Correct(letter(), []library.Correction{c}); len(failed) != 1 || failed[0].Err.Reason != want {
			t.Errorf("%s: %+v, want %s", line, failed, want)
		}
	}
}
