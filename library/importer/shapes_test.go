package importer_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Texts of many shapes, and what is found in them: each passage with its number
// and kind, and whatever else is kept or left out. The golden files were read
// against the texts, and differences are to be.
func TestShapes(t *testing.T) {
	files, err := filepath.Glob("testdata/shapes/*.[tm]*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			w, err := importer.Read(t.Context(), file, strings.NewReader(string(src)), importer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			sound(t, w)
			sameWords(t, string(src), w)
			golden := strings.TrimSuffix(file, filepath.Ext(file)) + ".golden"
			got := describe(w)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("not as %s has it (-update writes it anew):\n%s", golden, difference(string(want), got))
			}
		})
	}
}

// describe is a work as a reader would note it down.
func describe(w *library.Work) string {
	var b strings.Builder
	for _, f := range [...][2]string{{"title", w.Title}, {"subtitle", w.Subtitle}, {"author", w.Author}, {"date", w.Date}, {"language", w.Language}, {"source", w.Source},
		{"edition", w.Edition}, {"rights", w.Rights}, {"scheme", string(w.Scheme)}} {
		if f[1] != "" {
			fmt.Fprintf(&b, "%s: %s\n", f[0], f[1])
		}
	}
	section, part := -1, 0
	open := func(to int) {
		for section < to {
			section++
			s := &w.Sections[section]
			fmt.Fprintf(&b, "%s [%s] %s", strings.Repeat("#", s.Depth), s.Label(), s.Title)
			if s.Lead {
				b.WriteString("lead")
			}
			b.WriteByte('\n')
		}
	}
	parts := func(before int) {
		for ; part < len(w.Parts) && w.Parts[part].Before <= before; part++ {
			p := &w.Parts[part]
			if p.Section > section {
				open(p.Section)
			}
			fmt.Fprintf(&b, "      (%s) %s\n", p.Kind, p.Text)
		}
	}
	for i := range w.Passages {
		p := &w.Passages[i]
		parts(i)
		if p.Kind != library.Footnote {
			open(p.Section)
		}
		name := string(p.Kind)
		if p.Label != "" {
			name += " " + p.Label
		}
		if p.Verse != "" {
			name += " " + p.Verse
		}
		if p.Page != "" {
			name += " p. " + p.Page
		}
		fmt.Fprintf(&b, "%5s %s: %s", number(p), name, strings.ReplaceAll(p.Text, "\n", "\n      | "))
		if p.Attribution != "" {
			fmt.Fprintf(&b, "\n      whose: %s", p.Attribution)
		}
		for _, n := range p.Notes {
			fmt.Fprintf(&b, "\n      calls: %.20s", w.Passages[n].Text)
		}
		b.WriteByte('\n')
	}
	open(len(w.Sections) - 1)
	parts(len(w.Passages))
	for _, l := range w.LeftOut {
		fmt.Fprintf(&b, "left out, line %d, %s: %s\n", l.Line, l.Reason, strings.ReplaceAll(l.Text, "\n", "\n      | "))
	}
	for _, x := range w.Warnings {
		fmt.Fprintf(&b, "doubt, line %d, %s: %s\n", x.Line, x.Code, x.Message)
	}
	return b.String()
}

func number(p *library.Passage) string {
	if p.Number == 0 {
		return "-"
	}
	return fmt.Sprint(p.Number)
}

// difference shows the first lines that are not alike.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return fmt.Sprintf("line %d\n want %q\n got  %q", i+1, strings.Join(a[i:min(i+3, len(a))], "\n"), strings.Join(b[min(i, len(b)):min(i+3, len(b))], "\n"))
		}
	}
	return fmt.Sprintf("more lines from %d: %q", len(a), b[min(len(a), len(b)-1)])
}
