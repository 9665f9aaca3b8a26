package importer_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"lectern/library"
	"lectern/library/importer"
	"lectern/sample"
)

// check holds what is true of every work, whatever it was read from.
func check(t *testing.T, w *library.Work) {
	t.Helper()
	for i, s := range w.Sections {
		if s.Parent >= i || s.Parent < -1 {
			t.Fatalf("section %d stands in section %d", i, s.Parent)
		}
		if want := 1; s.Parent >= 0 && s.Depth != w.Sections[s.Parent].Depth+1 || s.Parent < 0 && s.Depth != want {
			t.Fatalf("section %d has depth %d", i, s.Depth)
		}
	}
	number := 0
	anchors := map[library.Anchor]bool{}
	for i := range w.Passages {
		p := &w.Passages[i]
		if p.Section < 0 || p.Section >= len(w.Sections) {
			t.Fatalf("passage %d stands in section %d of %d", i, p.Section, len(w.Sections))
		}
		if strings.TrimSpace(p.Text) == "" || !utf8.ValidString(p.Text) {
			t.Fatalf("passage %d says %q", i, p.Text)
		}
		if p.Kind.Numbered() {
			if number++; p.Number != number {
				t.Fatalf("¶ %d comes after ¶ %d", p.Number, number-1)
			}
		}
		if p.Anchor == "" || anchors[p.Anchor] {
			t.Fatalf("the anchor %q of passage %d is not its own", p.Anchor, i)
		}
		anchors[p.Anchor] = true
		for _, n := range p.Notes {
			if n < 0 || n >= len(w.Passages) || w.Passages[n].Kind != library.Footnote {
				t.Fatalf("passage %d calls %d, which is no footnote", i, n)
			}
		}
	}
}

func fuzz(f *testing.F, name string, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := importer.Read(t.Context(), name, strings.NewReader(string(data)), importer.Options{MaxBytes: 1 << 20})
		if err != nil {
			var e *library.Error
			if !errors.As(err, &e) {
				t.Fatalf("%v is no error that a person understands", err)
			}
			return
		}
		check(t, w)
		library.NewOutline(w)
	})
}

func FuzzText(f *testing.F) {
	fuzz(f, "a.txt", "Title\n\nBy Ann Other\n\nA paragraph that is long enough to be one, surely.\n\nHeading\n\nMore text follows here, and ends.\n",
		"I: One\n\n\"A motto\". Ann Other, A Book.\n\nText of the first.\n\nII: Two\n\nText.\n\n2. Part\n\nI. One\n\nText.", "a\n\nii\n\nb", "1. x\n2. y\n3. z", "\ufeffx", "a\x00b", "\xff\xfe", "Dear Ann,\n\nText.\n\nYours,\nBen", strings.Repeat("x", 70)+"\n"+strings.Repeat("y ", 40)+"\n\n\n\n"+strings.Repeat("z ", 40))
}

func FuzzMarkdown(f *testing.F) {
	fuzz(f, "a.md", sample.Handbook(), "# T\n\n> q\n>\n> — A\n\ntext[^1]\n\n[^1]: note\n", "---\ntitle: x\n---\n\ny", "| a | b |\n| - | - |\n| c | d |", "- a\n\n- b\n  - c", "***\n\n<p>x</p>\n<!-- c -->", "> > a\n\n```\nb\n```", "[^a]: x\n[^a]: y\n\nz[^a][^b]")
}

// The handbook is read as a reader would divide it.
func TestHandbook(t *testing.T) {
	w, err := importer.Read(t.Context(), sample.HandbookName, strings.NewReader(sample.Handbook()), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	check(t, w)
	if w.Title != "Reading Together" || w.Author != "the Lectern project" || w.Subtitle != "A handbook for groups that read" || w.Language != "en" {
		t.Errorf("title page: %+v", w.Meta)
	}
	c := w.Counts()
	if c.Sections != 39 || c.Epigraphs == 0 || c.Notes != 4 {
		t.Errorf("%+v", c)
	}
	kinds := map[library.Kind]int{}
	attributed := 0
	for i := range w.Passages {
		kinds[w.Passages[i].Kind]++
		if w.Passages[i].Attribution != "" {
			attributed++
		}
	}
	for _, k := range []library.Kind{library.Paragraph, library.Quotation, library.List, library.Table, library.Epigraph, library.Footnote} {
		if kinds[k] == 0 {
			t.Errorf("no %s among %v", k, kinds)
		}
	}
	if attributed < 8 {
		t.Errorf("only %d attributions", attributed)
	}
}

// Awkward files give a sound work or a sentence.
func TestAwkwardFiles(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		reason string // "" is read
	}{
		"no end of line.txt":  {"A paragraph that ends without the end of its line", ""},
		"one long line.txt":   {strings.Repeat("words and more words ", 200_000), ""},
		"many headings.md":    {strings.Repeat("# Heading\n\n", 20_000), ""},
		"windows.txt":         {"Caf\xe9 society, the whole of it.\n\nNa\xefve it was.\n", ""},
		"empty.txt":           {"", "file_empty"},
		"blank.md":            {"\n\n  \n", "file_empty"},
		"nul.txt":             {"a\x00b", "file_not_text"},
		"picture.txt":         {"\x89PNG\r\n", "file_not_text"},
		"noise.txt":           {strings.Repeat("\x01\x02\x03\x04", 100), "file_not_text"},
		"only a comment.md":   {"<!-- nothing -->\n", "file_empty"},
		"deep quotations.md":  {strings.Repeat("> ", 500) + "deep", ""},
		"utf-16 with mark.md": {"\xff\xfeH\x00i\x00 \x00y\x00o\x00u\x00", ""},
	} {
		w, err := importer.Read(t.Context(), name, strings.NewReader(c.text), importer.Options{})
		var e *library.Error
		switch {
		case c.reason == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.reason == "":
			check(t, w)
		case !errors.As(err, &e) || e.Reason != c.reason:
			t.Errorf("%s: %v, want %s", name, err, c.reason)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for name, text := range map[string]string{
		"text":     strings.Repeat("The sentence stands here, and it is followed by another one which is longer. It ends.\n\n", 20_000),
		"markdown": strings.Repeat("The sentence stands *here*, and it is followed by [another](x) one which is longer. It ends.\n\n", 20_000),
	} {
		ext := map[string]string{"text": ".txt", "markdown": ".md"}[name]
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for range b.N {
				if _, err := importer.Read(b.Context(), "a"+ext, strings.NewReader(text), importer.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
