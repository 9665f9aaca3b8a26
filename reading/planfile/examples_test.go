package planfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
	"lectern/reading"
	"lectern/reading/planfile"
)

// TestExamples holds the examples to what they promise: a group that has the
// texts makes a plan of them.
func TestExamples(t *testing.T) {
	read := func(t *testing.T, name string) planfile.File {
		t.Helper()
		data, err := os.ReadFile(filepath.Join("../../examples", name))
		if err != nil {
			t.Fatal(err)
		}
		f, err := planfile.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	change := planfile.Change{Zone: "Europe/London", Start: reading.Date{Year: 2026, Month: 12, Day: 1}}
	t.Run("handbook", func(t *testing.T) {
		f := read(t, "handbook.toml")
		s := shelf(t)
		p, q, err := f.Plan(s, change)
		if err != nil {
			t.Fatal(err)
		}
		if last := p.Readings[len(p.Readings)-1].Portions; len(p.Readings) != 4 || len(q) != 3 || last[len(last)-1].Last != s.Entry(1).Last {
			t.Errorf("%d readings, %d questions, %+v", len(p.Readings), len(q), last)
		}
	})
	t.Run("five texts", func(t *testing.T) {
		dir := "../../../shared/texts"
		files, _ := filepath.Glob(filepath.Join(dir, "*.txt"))
		if len(files) == 0 {
			t.Skip("the five texts are not beside this project: the example over them was only parsed")
		}
		f := read(t, "five-texts.toml")
		var works []*library.Outline
		for i, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			w, err := importer.Read(t.Context(), filepath.Base(file), strings.NewReader(string(text)), importer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			w.ID, w.Aliases = library.WorkID(i+1), []string{f.Works[i].Alias}
			if i == 4 {
				w.Title = f.Works[i].Title // the file names none; its group does
			}
			works = append(works, library.NewOutline(w))
		}
		p, q, err := f.Plan(library.NewShelf(works), change)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Readings) != 8 || len(q) != 10 {
			t.Errorf("%d readings and %d questions", len(p.Readings), len(q))
		}
		for _, r := range p.Readings {
			if r.Words > 30_000 {
				t.Errorf("reading %d has %d words", r.N, r.Words)
			}
			t.Logf("%d: %d words, %d portions", r.N, r.Words, len(r.Portions))
		}
	})
}
