package planfile_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"lectern/library"
	"lectern/library/importer"
	"lectern/reading"
	"lectern/reading/planfile"
	"lectern/sample"
)

func shelf(t testing.TB) *library.Shelf {
	t.Helper()
	w, err := importer.Read(t.Context(), "reading-together.md", strings.NewReader(sample.Handbook()), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.ID, w.Aliases = 1, []string{"handbook"}
	second := &library.Work{Meta: library.Meta{ID: 2, Aliases: []string{"letters"}, Title: "Letters", Author: "Ana"},
		Sections: []library.Section{{Parent: -1, Depth: 1, Lead: true}}}
	for _, s := range []string{"Dear Ben, here is the first.", "And the second, which is longer than the first.", "And a third."} {
		second.Passages = append(second.Passages, library.Passage{Kind: library.Paragraph, Text: s, Anchor: library.Anchor(s[:4] + s[len(s)-4:])})
	}
	second.Number()
	return library.NewShelf([]*library.Outline{library.NewOutline(w), library.NewOutline(second)})
}

func date(t testing.TB, s string) reading.Date {
	t.Helper()
	d, err := reading.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// plan is one in which everything that a file holds occurs.
func plan(t testing.TB, s *library.Shelf) (reading.Plan, []planfile.Question) {
	t.Helper()
	c, err := reading.ParseCadence("tue 19:00")
	if err != nil {
		t.Fatal(err)
	}
	var works []*library.Outline
	for _, e := range s.Works() {
		o, err := s.Outline(e)
		if err != nil {
			t.Fatal(err)
		}
		works = append(works, o)
	}
	p, err := reading.Build(reading.Spec{Name: "Reading Together", Works: works, Weeks: 5, Cadence: c, Zone: "Europe/London", Start: date(t, "2026-12-08"),
		Skips: []reading.Date{date(t, "2026-12-29")}, End: date(t, "2027-06-30"), Preset: reading.Usual, Place: "Café Nord"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	step := func(q reading.Plan, _ reading.Diff, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		p = q
	}
	step(p.Split(works, 2, 0, 0, now))
	step(p.Break(date(t, "2027-01-08"), date(t, "2027-01-20"), now))
	step(p.Shift(5, 2, now))
	step(p.SetWarning(3, "a “quarrel” \\ of two friends"))
	step(p.CancelMeeting(p.Readings[1].Due.Local.Date, true, now))
	first := p.Readings[0].Portions[0]
	step(p.SetShort(works, 1, []reading.Portion{{Work: first.Work, First: first.First + 1, Last: first.First + 2}}))
	due := p.Readings[0].Due.Local
	return p, []planfile.Question{
		{N: 1, Text: "What does it leave out?\nAnd why?"},
		{N: 1, Text: "¿Y ahora?", At: reading.DateTime{Date: due.Date.AddDays(-3), Clock: reading.Clock{Hour: 18, Minute: 30}}},
		{N: 4, Text: "Is it so?"},
	}
}

func TestExportImportExport(t *testing.T) {
	s := shelf(t)
	p, questions := plan(t, s)
	export := func(p *reading.Plan, q []planfile.Question) []byte {
		t.Helper()
		f, err := planfile.From(p, s, q, []string{"Ana", "Ben"}, 2)
		if err != nil {
			t.Fatal(err)
		}
		data, err := planfile.Encode(f)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	first := export(&p, questions)
	f, err := planfile.Decode(first)
	if err != nil {
		t.Fatalf("%v\n%s", err, first)
	}
	again, asked, err := f.Plan(s, planfile.Change{})
	if err != nil {
		t.Fatalf("%v\n%s", err, first)
	}
	if second := export(&again, asked); !bytes.Equal(first, second) {
		t.Errorf("exported\n%s\nand again\n%s", first, second)
	}
	for i, r := range again.Readings {
		if x := p.Readings[i]; r.Words != x.Words || r.Due != x.Due && !r.Due.At.Equal(x.Due.At) {
			t.Errorf("reading %d: %+v, not %+v", i+1, r, x)
		}
	}

	// Next year, from a new date: the portions stay, and the dates are new.
	next, asked, err := f.Plan(s, planfile.Change{Start: date(t, "2027-09-01")})
	if err != nil {
		t.Fatal(err)
	}
	if len(next.Skips) != 0 || next.Readings[0].Due.Local.String() != "2027-09-07T19:00" || next.Readings[5].Due.Local.String() != "2027-10-12T19:00" ||
		asked[1].At.String() != "2027-09-04T18:30" || next.Readings[1].NoMeeting {
		t.Errorf("%+v %+v", next, asked)
	}
}

// TestAnotherShelf gives the file to a group whose text has one passage more at
// its beginning, and another alias.
func TestAnotherShelf(t *testing.T) {
	s := shelf(t)
	p, questions := plan(t, s)
	f, err := planfile.From(&p, s, questions, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	w, err := importer.Read(t.Context(), "reading-together.md", strings.NewReader(sample.Handbook()), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.ID, w.Aliases = 9, []string{"together"}
	w.Passages = append([]library.Passage{{Kind: library.Paragraph, Text: "A word before.", Anchor: "new"}}, w.Passages...)
	for i := range w.Passages {
		w.Passages[i].Notes = nil
	}
	w.Number()
	second, err := s.ByID(2)
	if err != nil {
		t.Fatal(err)
	}
	other := library.NewShelf([]*library.Outline{library.NewOutline(w), second})
	q, _, err := f.Plan(other, planfile.Change{})
	if err != nil {
		t.Fatal(err)
	}
	if c, was := q.Readings[0].Portions[0], p.Readings[0].Portions[0]; c.Work != 9 || c.First != was.First+1 || c.FirstAnchor != was.FirstAnchor {
		t.Errorf("%+v, was %+v", c, was)
	}
	if _, _, err := f.Plan(library.NewShelf(nil), planfile.Change{}); reason(err) != "not_found/plan_file_work" {
		t.Error(err)
	}
}

func reason(err error) string {
	if e, ok := errors.AsType[*library.Error](err); ok {
		return string(e.Code) + "/" + e.Reason
	}
	return ""
}

const hand = `format = 1
name = "By hand"
cadence = "every other sun 18:00"
zone = "Europe/Berlin"
[[work]]
alias = "l"
title = "letters"
[[reading]]
read = ["l 1"]
[[reading.prompt]]
text = "Why?"
[[reading]]
read = ["l 2-3"]
`

func TestByHand(t *testing.T) {
	s := shelf(t)
	read := func(text string) (reading.Plan, []planfile.Question, error) {
		f, err := planfile.Decode([]byte(text))
		if err != nil {
			return reading.Plan{}, nil, err
		}
		return f.Plan(s, planfile.Change{Zone: "Asia/Tokyo", Today: date(t, "2026-12-01")})
	}
	p, q, err := read(hand)
	if err != nil || len(p.Readings) != 2 || p.Readings[1].Due.Local.String() != "2026-12-20T18:00" || len(q) != 1 || p.Readings[1].Portions[0].First != 2 {
		t.Errorf("%v %+v %+v", err, p, q)
	}
	if p, _, err := read(strings.Replace(hand, "zone = \"Europe/Berlin\"\n", "", 1)); err != nil || p.Zone != "Asia/Tokyo" {
		t.Errorf("%v %s", err, p.Zone)
	}
	for _, c := range []struct{ old, new, want string }{
		{"format = 1", "format = 2", "bad_file/plan_file_format"},
		{"format = 1", "format = one", "bad_file/plan_file_toml"},
		{"name =", "nmae =", "bad_file/plan_file_key"},
		{hand, "", "bad_file/plan_file_format"},
		{hand, "format = 1", "bad_file/plan_file_empty"},
		{"every other sun 18:00", "when we like", "bad_file/plan_file_cadence"},
		{"Europe/Berlin", "Europe/Atlantis", "not_found/zone"},
		{`"letters"`, `"Lettres"`, "not_found/plan_file_work"},
		{`"l 1"`, `"l 4"`, "bad_file/plan_file_portion"},
		{`"l 1"`, `"x 1"`, "bad_file/plan_file_portion"},
		{`"l 1"`, `"l 2"`, "out_of_range/plan_by_hand_twice"},
		{`["l 1"]`, `[]`, "bad_file/plan_file_portion"},
		{`text = "Why?"`, `text = ""`, "bad_file/plan_file_prompt"},
		{`text = "Why?"`, "text = \"Why?\"\ndays_before = 2", "bad_file/plan_file_prompt"},
		{`text = "Why?"`, "text = \"Why?\"\ndays_before = -2\ntime = \"18:00\"", "bad_file/plan_file_prompt"},
		{`zone =`, "skips = [\"soon\"]\nzone =", "bad_file/plan_file_date"},
		{`zone =`, "skips = [\"2026-12-01 to 2099-12-01\"]\nzone =", "bad_file/plan_file_date"},
		{`zone =`, "preset = \"loud\"\nzone =", "bad_file/plan_file_preset"},
		{`read = ["l 2-3"]`, "read = [\"l 2-3\"]\ndue = \"2026-12-01T18:00\"", "bad_file/plan_file_due"},
	} {
		if _, _, err := read(strings.Replace(hand, c.old, c.new, 1)); reason(err) != c.want {
			t.Errorf("%s: %v, not %s", c.new, err, c.want)
		}
	}
	if _, err := planfile.Decode(make([]byte, 2<<20)); reason(err) != "too_large/plan_file_large" {
		t.Error(err)
	}
}

func FuzzPlan(f *testing.F) {
	s := shelf(f)
	f.Add([]byte(hand))
	p, q := plan(f, s)
	file, err := planfile.From(&p, s, q, []string{"Ana"}, 1)
	if err != nil {
		f.Fatal(err)
	}
	data, err := planfile.Encode(file)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := planfile.Decode(data)
		if err != nil {
			if reason(err) == "" {
				t.Error(err)
			}
			return
		}
		p, q, err := file.Plan(s, planfile.Change{Zone: "Europe/London", Today: reading.Date{Year: 2026, Month: 12, Day: 1}})
		if err != nil {
			if reason(err) == "" {
				t.Error(err)
			}
			return
		}
		if _, err := planfile.From(&p, s, q, nil, 0); err != nil {
			t.Error(err)
		}
	})
}
