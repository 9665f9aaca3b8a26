package importer_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"lectern/library"
	"lectern/library/importer"
)

func FuzzText(f *testing.F) { fuzz(f, "x.txt") }

func FuzzMarkdown(f *testing.F) { fuzz(f, "x.md") }

// fuzz reads anything and looks whether what comes out is sound.
func fuzz(f *testing.F, name string) {
	files, err := filepath.Glob("testdata/shapes/*.[tm]*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		if b, err := os.ReadFile(file); err == nil {
			f.Add(string(b))
		}
	}
	for _, s := range []string{
		"", " \n", "one", "A\n\nB\n\nC", "# A\n\n## B\n\ntext[^1]\n\n[^1]: note", "I\n\nTitle\n\nText.\n\n2. Part\n\nI. One\n\nText.",
		"> quote\n> — Somebody\n", "1. a\n2. b\n\n1) c\n\n2) d", "x\f y [Page 3]\fz", "*** START OF THE PROJECT GUTENBERG EBOOK X ***\na\n*** END OF THE PROJECT GUTENBERG EBOOK X ***",
		"a\tb\tc\nd\te\tf", "foo-\nbar", "[1] x\n\n[1]", "---\ntitle: x\n---\n# y\n", "| a | b |\n|---|---|\n| c | d |", "<div>a</div>\n\n[x](y \"z\") ![p](q)", "CHAPTER I\n\nContents\n\nI. a .... 3",
		"| a\n|  b\n c\n|\n| d\n\nT\n:   d\n    e\n\n(@x) f\n\n(@x)\n\n::: {.quote}\ng\n:::\n\n==h== ![[i--j]]\n", "+++\na = \"b\"\n[c]\nd = 'e'\n+++\nf\n",
		"題\n誰\n\n《》：ルビ\n字《じ》｜は《わ》［＃「a」は大見出し］\n底本：x\n", "第１章 a\n\nb\n\n第二章\n\nc",
		"a b c /usr/\nshare/d https://e\n/f \"/g\n/h\" x\n-y x-y\n:\n  N   M\n  -----\n  o   p\n",
		"% T\n% A; B\n% 1881\n\nx^[y *z*] [[p|q]] [[r]] `^[c]`\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := importer.Read(t.Context(), name, strings.NewReader(s), importer.Options{})
		if err != nil {
			if _, ok := errors.AsType[*library.Error](err); !ok {
				t.Fatalf("no person could mend this: %v", err)
			}
			return
		}
		sound(t, w)
		if utf8.ValidString(s) && !strings.HasPrefix(s, "\ufeff") {
			if name == "x.md" { // what other tools add, in Markdown's own words
				plain := importer.PlainMarkdown(s)
				had := map[string]int{}
				for _, f := range words(plain) {
					had[f]++
				}
				for _, f := range words(s) {
					if had[f]--; had[f] < 0 {
						t.Fatalf("%q is lost before it is read", f)
					}
				}
				s = plain
			}
			sameWords(t, s, w)
		}
	})
}

// sound looks whether a work holds together.
func sound(t *testing.T, w *library.Work) {
	t.Helper()
	for i := range w.Sections {
		s := &w.Sections[i]
		depth := 1
		if s.Parent >= 0 {
			if s.Parent >= i {
				t.Fatalf("section %d stands before its parent %d", i, s.Parent)
			}
			depth = w.Sections[s.Parent].Depth + 1
		}
		if s.Depth != depth {
			t.Fatalf("section %d is of depth %d, want %d", i, s.Depth, depth)
		}
	}
	number, section := 0, 0
	anchors := map[library.Anchor]bool{}
	for i := range w.Passages {
		p := &w.Passages[i]
		if p.Text == "" || !utf8.ValidString(p.Text) {
			t.Fatalf("passage %d says %q", i, p.Text)
		}
		if p.Section < 0 || p.Section >= len(w.Sections) {
			t.Fatalf("passage %d stands in no section: %d", i, p.Section)
		}
		if p.Kind != library.Footnote {
			if p.Section < section {
				t.Fatalf("passage %d stands before its section", i)
			}
			section = p.Section
		}
		if p.Kind.Numbered() {
			if number++; p.Number != number {
				t.Fatalf("passage %d bears the number %d, want %d", i, p.Number, number)
			}
		} else if p.Number != 0 {
			t.Fatalf("passage %d bears a number", i)
		}
		for _, n := range p.Notes {
			if n < 0 || n >= len(w.Passages) || w.Passages[n].Kind != library.Footnote {
				t.Fatalf("passage %d calls %d, which is no note", i, n)
			}
		}
		if anchors[p.Anchor] || p.Anchor == "" {
			t.Fatalf("passage %d has no anchor of its own", i)
		}
		anchors[p.Anchor] = true
	}
	for i := range w.Parts {
		if p := &w.Parts[i]; p.Section < -1 || p.Section >= len(w.Sections) || p.Before < 0 || p.Before > len(w.Passages) {
			t.Fatalf("part %d stands nowhere: section %d, before %d", i, p.Section, p.Before)
		}
	}
}
