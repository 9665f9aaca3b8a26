package importer_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

const seaRoad = `title: The Sea Road
author: Hilde Vane
date: 1931
alias: sea
edition: Penguin 1990, pages
edition: audiobook, minutes

Introduction | xi–xx | -
# Part One: Out
1 Setting out | 1-24 | 31
2. The strait | 25-60 | 44:10
Part Two
Chapter 3: "1916" | 61-96 | 1:02:30
IV. Home | 97 |
`

func outline(t *testing.T, text string) (*library.Work, error) {
	t.Helper()
	return importer.ReadOutline(t.Context(), "x.txt", strings.NewReader(text), importer.Options{})
}

func TestOutline(t *testing.T) {
	w, err := outline(t, seaRoad)
	if err != nil {
		t.Fatal(err)
	}
	if !w.OutlineOnly() || w.Title != "The Sea Road" || w.Author != "Hilde Vane" || w.Date != "1931" || w.Alias() != "sea" {
		t.Errorf("the title page: %+v", w.Meta)
	}
	var got []string
	for i := range w.Sections {
		s := &w.Sections[i]
		got = append(got, strings.Repeat(" ", s.Depth-1)+strings.Join(s.Labels, "/")+"|"+s.Title)
	}
	want := []string{"|Introduction", "One|Out", " 1|Setting out", " 2|The strait", "Two|", " 3|1916", " IV|Home"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("sections are %q, want %q", got, want)
	}
	wantExtents := [][]library.Extent{
		{{First: "xi", Last: "xx", Length: 10}, {First: "1", Last: "24", Length: 24}, {First: "25", Last: "60", Length: 36}, {First: "61", Last: "96", Length: 36}, {First: "97", Last: "97", Length: 1}},
		{{}, {Length: 31}, {Length: 44}, {Length: 63}, {}},
	}
	for i, e := range w.Contents.Editions {
		if !reflect.DeepEqual(e.Chapters, wantExtents[i]) {
			t.Errorf("%s has %v, want %v", e.Name, e.Chapters, wantExtents[i])
		}
	}
	var words []int
	for i := range w.Passages {
		if w.Passages[i].Kind != library.Chapter || w.Passages[i].Number != i+1 {
			t.Errorf("passage %d is %+v", i, w.Passages[i])
		}
		words = append(words, w.Passages[i].Words)
	}
	if want := []int{3000, 7200, 10800, 10800, 300}; !reflect.DeepEqual(words, want) {
		t.Errorf("chapters count as %v words, want %v", words, want)
	}
}

// TestOutlineInOneLine is for places where a line cannot be broken.
func TestOutlineInOneLine(t *testing.T) {
	a, err := outline(t, "title: A; 1 One | 1-9; 2 Two | 10-19")
	if err != nil {
		t.Fatal(err)
	}
	b, err := outline(t, "title: A\n1 One | 1-9\n2 Two | 10-19\n")
	if err != nil || importer.FormatOutline(a) != importer.FormatOutline(b) || len(a.Passages) != 2 {
		t.Errorf("in one line: %q, in three: %q (%v)", importer.FormatOutline(a), importer.FormatOutline(b), err)
	}
}

// TestOutlineMistakes holds each mistake to its reason and its line.
func TestOutlineMistakes(t *testing.T) {
	head := "title: A\nedition: X, pages\nedition: Y, minutes\n"
	for _, test := range []struct {
		text, reason string
		line         int
	}{
		{"title: A\n", "outline_chapters", 1},
		{"1 One | 1-9\n", "outline_title", 1},
		{head + "1 One | 1-9\n", "outline_stretches", 4},
		{head + "\n1 One | 1-9 | 5 | 6\n", "outline_stretches", 5},
		{head + "Part of it\n", "outline_stretches", 4},
		{head + "| 1-9 | 5\n", "outline_untitled", 4},
		{head + "1 One | 9-1 | 5\n", "outline_pages", 4},
		{head + "1 One | ix-12 | 5\n", "outline_pages", 4},
		{head + "1 One | 1-9 | 5:70\n", "outline_minutes", 4},
		{head + "1 One | 1-9 | soon\n", "outline_minutes", 4},
		{head + "1 One | 1-9 | 5\n2 Two | 8-12 | 5\n", "outline_order", 5},
		{head + "1 One | 1-9 | 5\nNotes | xi | 5\n", "outline_order", 5},
		{head + "1 One | 1-9 | 5\n1 Two | 10-12 | 5\n", "outline_label_twice", 5},
		{head + "edition: x, pages\n", "outline_edition_twice", 4},
		{head + "edition: , pages\n", "outline_edition_name", 4},
		{head + "#\n", "outline_heading", 4},
		{"title: A\n1 One | 1-9 | 5\n", "outline_no_edition", 2},
		{"title: A\nOne\nTwo | 1-9\n", "outline_no_edition", 3},
		{"title: A\n" + strings.Repeat("x", 301) + "\n", "outline_long", 2},
		{"title: A\n" + strings.Repeat("name\n", 2001), "outline_long_list", 2002},
		{"title: A\n" + "edition: x|y\n", "outline_edition_name", 2},
	} {
		_, err := outline(t, test.text)
		e, ok := errors.AsType[*library.Error](err)
		if !ok || e.Code != library.BadFile || e.Reason != test.reason || e.Args["Line"] != test.line {
			t.Errorf("%.60q: %v (%v), want %s in line %d", test.text, err, e, test.reason, test.line)
		}
	}
}

// TestOutlineCitations resolves what members write.
func TestOutlineCitations(t *testing.T) {
	w, err := outline(t, seaRoad)
	if err != nil {
		t.Fatal(err)
	}
	shelf := library.NewShelf([]*library.Outline{library.NewOutline(w)})
	for query, want := range map[string]struct {
		cite string
		upto int
	}{
		"sea 2":                {"sea 2", 3}, // an introduction stands before chapter 1
		"sea ch 2":             {"sea 2", 3},
		"sea chapter 1-3":      {"sea 1-3", 4},
		"sea ch IV":            {"sea ¶5", 5},
		"sea Introduction":     {"sea ¶1", 1},
		"sea ¶2":               {"sea 1", 2},
		`sea "the strait"`:     {"sea 2", 3},
		"sea part two":         {"sea ¶4-5", 5},
		"sea p. xv":            {"sea ¶1", 1},
		"sea p. 28":            {"sea 2", 2}, // hardly begun: the one before it is read
		"sea p. 50":            {"sea 2", 3},
		"sea p. 50 of penguin": {"sea 2", 3},
		"sea pp. 20-70":        {"sea 1-3", 3},
		"sea last":             {"sea ¶5", 5},
	} {
		ref, err := shelf.Resolve(query, library.Context{})
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if got := ref.Canonical(); got != want.cite || ref.Upto() != want.upto {
			t.Errorf("%s is %s up to %d, want %s up to %d", query, got, ref.Upto(), want.cite, want.upto)
		}
		if again, err := shelf.Resolve(ref.Canonical(), library.Context{}); err != nil || again.Canonical() != ref.Canonical() {
			t.Errorf("%s is not read as it is written: %v", ref.Canonical(), err)
		}
	}
	for query, reason := range map[string]string{
		"sea 9": "chapter_range", "sea ch 9": "chapter_range", "sea p. 98": "chapter_page_range", "sea p. i": "chapter_page_range",
		"sea p. 5 norton": "no_such_edition", "sea p. 5 audiobook": "no_such_edition", "sea pp. 60-30": "backwards",
	} {
		_, err := shelf.Resolve(query, library.Context{})
		if e, ok := errors.AsType[*library.Error](err); !ok || e.Reason != reason {
			t.Errorf("%s: %v, want %s", query, err, reason)
		}
	}
}

// FuzzOutline: what is read is sound, and is read again as it is written.
func FuzzOutline(f *testing.F) {
	for _, s := range []string{seaRoad, "title: A; 1 One | 1-9", "title: x\nyear: 1\nby: y\nOne\nTwo\n#Part\n3", "title: T\nedition: a, b, min\n\"1 x\" | 1h02\nAppendix A. Notes | ?",
		"title: T\nI. A | i-v\nII: B | v\nLetter the first | 1", "title: T\nChapter Four | 1\nPart 2\nChapter Four | 2", "title: T\n1\n2.\n\"\"x\"\"\n1) — \"3\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := outline(t, s)
		if err != nil {
			if _, ok := errors.AsType[*library.Error](err); !ok {
				t.Fatalf("no person could mend this: %v", err)
			}
			return
		}
		sound(t, w)
		written := importer.FormatOutline(w)
		again, err := outline(t, written)
		if err != nil {
			t.Fatalf("%q is written %q, which is not read: %v", s, written, err)
		}
		again.Warnings, w.Warnings = nil, nil // of the encoding
		if w.Language == "" || again.Language == "" {
			w.Language, again.Language = "", ""
		}
		if !reflect.DeepEqual(w, again) {
			t.Fatalf("%q is written %q, and read as something else:\n%+v\n%+v", s, written, w, again)
		}
		o := library.NewOutline(w)
		for i := range w.Passages {
			if ref, err := o.Resolve(strings.TrimSpace(strings.TrimPrefix(o.CiteAt(i), o.Alias()))); err != nil || len(ref.Passages()) != 1 || ref.Passages()[0] != i {
				t.Fatalf("%s is not passage %d: %v", o.CiteAt(i), i, err)
			}
		}
	})
}
