package storage_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lectern/library"
	"lectern/reading"
	"lectern/storage"
	"lectern/storage/storagetest"
)

// sentence says something that no other passage of the text says.
func sentence(n int) string {
	names := strings.Fields("Amara Bela Chidi Dorte Emeka Farah Goran Hilde Imani Jonas Keiko Lupe Marek Noor Oskar Petra Quinn Rosa Sefu Tomas Ulla Vera Wanda Xenia Yusuf Zora")
	things := strings.Fields("lamps maps ropes bells clocks knives boats shoes wheels cups coats drums doors stoves books chairs nets carts hats saws gates rings spades tents pots looms")
	return fmt.Sprintf("%s kept %s in the %s shop and wrote about number %d to %s every winter.", names[n%26], things[(n*7)%26], things[(n*11+3)%26], n*13+7, names[(n*5+1)%26])
}

func bookOf(texts ...string) *library.Work {
	w := &library.Work{Meta: library.Meta{Aliases: []string{"book"}, Title: "A book"}, Sections: []library.Section{{Parent: -1, Depth: 1, Lead: true}}}
	for _, t := range texts {
		w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Text: t})
	}
	w.Number()
	return w
}

// A group reads a book of twenty passages in two readings.
type readers struct {
	t    *testing.T
	db   *storage.DB
	work library.WorkID
	plan reading.PlanID
	who  map[string]reading.PersonID
	text []string
}

func newReaders(t *testing.T) *readers {
	ctx := t.Context()
	r := &readers{t: t, db: storagetest.Open(t), who: map[string]reading.PersonID{}}
	for n := range 20 {
		r.text = append(r.text, sentence(n))
	}
	w := bookOf(r.text...)
	var err error
	if r.work, err = r.db.Import(ctx, w, storage.Importing{}); err != nil {
		t.Fatal(err)
	}
	err = r.db.Write(ctx, func(tx *storage.Tx) error {
		ana, err := tx.PersonOf(ctx, "console", "ana", "Ana")
		if err != nil {
			return err
		}
		r.who["ana"] = ana
		g, err := tx.AddGroup(ctx, reading.Group{Name: "Readers", Zone: "UTC", Language: "en"}, ana)
		if err != nil {
			return err
		}
		outlines, err := outlinesOf(ctx, tx)
		if err != nil {
			return err
		}
		cadence, err := reading.ParseCadence("tue 19:00")
		if err != nil {
			return err
		}
		plan, err := reading.Build(reading.Spec{Group: g, Name: "A book", Works: outlines, Parts: 2, Cadence: cadence, Zone: "UTC", Start: reading.DateOf(tx.Now, tx.Now.Location())})
		if err != nil {
			return err
		}
		row := storage.PlanRow{Plan: plan, Platform: "console", Room: "room"}
		if err := tx.AddPlan(ctx, &row); err != nil {
			return err
		}
		r.plan = row.ID
		if err := tx.AddPrompt(ctx, &storage.Prompt{Plan: row.ID, Reading: row.Readings[0].ID, Text: "Why?"}); err != nil {
			return err
		}
		before, err := json.Marshal(row)
		if err != nil {
			return err
		}
		return tx.SaveChange(ctx, row.ID, 1, "plan skip", before, storage.Beside{}, ana)
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// at checks a member in at a passage.
func (r *readers) at(who string, number int) {
	r.t.Helper()
	ctx := r.t.Context()
	err := r.db.Write(ctx, func(tx *storage.Tx) error {
		p, err := tx.PersonOf(ctx, "console", who, who)
		if err != nil {
			return err
		}
		r.who[who] = p
		row, err := tx.Plan(ctx, r.plan)
		if err != nil {
			return err
		}
		w, err := tx.Work(ctx, r.work)
		if err != nil {
			return err
		}
		for _, x := range row.Readings {
			if x.Contains(r.work, number) {
				return tx.AddCheckIn(ctx, row.Group, storage.CheckIn{Person: p, Plan: r.plan, Reading: x.ID, Kind: "at", Work: r.work, Anchor: w.Passages[number-1].Anchor, Number: number,
					Covers: x.Upto(r.work, number, w.Passages[number-1].Anchor)})
			}
		}
		return fmt.Errorf("no reading has %d", number)
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *readers) correct(texts ...string) *storage.Reimport {
	r.t.Helper()
	var was *storage.Reimport
	_, err := r.db.Import(r.t.Context(), bookOf(texts...), storage.Importing{Check: func(x *storage.Reimport) error {
		was = x
		return nil
	}})
	if err != nil {
		r.t.Fatal(err)
	}
	return was
}

// ranges are the numbers of the plan's readings; a portion's anchors must be
// those of its ends.
func (r *readers) ranges() string {
	r.t.Helper()
	p := read(r.t, r.db, func(tx *storage.Tx) (storage.PlanRow, error) { return tx.Plan(r.t.Context(), r.plan) })
	w := read(r.t, r.db, func(tx *storage.Tx) (*library.Work, error) { return tx.Work(r.t.Context(), r.work) })
	var out []string
	for _, x := range p.Readings {
		words := 0
		for _, k := range x.Portions {
			out = append(out, fmt.Sprintf("%d-%d", k.First, k.Last))
			if w.Passages[k.First-1].Anchor != k.FirstAnchor || w.Passages[k.Last-1].Anchor != k.LastAnchor {
				r.t.Errorf("reading %d: its anchors are not those of ¶ %d and %d", x.N, k.First, k.Last)
			}
			for n := k.First; n <= k.Last; n++ {
				words += w.Passages[n-1].Words
			}
		}
		if words != x.Words {
			r.t.Errorf("reading %d: %d words, want %d", x.N, x.Words, words)
		}
	}
	return strings.Join(out, " ")
}

func (r *readers) stands(who string) (n int) {
	r.t.Helper()
	for _, c := range read(r.t, r.db, func(tx *storage.Tx) ([]storage.CheckIn, error) { return tx.CheckIns(r.t.Context(), r.plan) }) {
		if c.Person == r.who[who] {
			n = c.Number
		}
	}
	return n
}

// covered is what a member has read.
func (r *readers) covered(who string) string {
	r.t.Helper()
	for _, c := range read(r.t, r.db, func(tx *storage.Tx) ([]storage.CheckIn, error) { return tx.CheckIns(r.t.Context(), r.plan) }) {
		if c.Person == r.who[who] && len(c.Covers) == 1 {
			return fmt.Sprintf("%d-%d", c.Covers[0].First, c.Covers[0].Last)
		}
	}
	return ""
}

func (r *readers) count(query string) int {
	return read(r.t, r.db, func(tx *storage.Tx) (n int, err error) { return n, tx.SQL().QueryRow(query).Scan(&n) })
}

func insert(texts []string, at int, more ...string) []string {
	return slices.Insert(slices.Clone(texts), at, more...)
}

func TestPlansAndCheckInsFollowACorrectedText(t *testing.T) {
	for _, c := range []struct {
		name   string
		now    func(text []string) []string
		ranges string
		ben    int    // who was at 5
		cem    int    // who was at 10, the end of the first reading
		read   string // what ben has read
	}{
		{"a word is mended", func(s []string) []string {
			s[4] = strings.Replace(s[4], "winter", "summer", 1)
			return s
		}, "1-10 11-20", 5, 10, "1-5"},
		{"one is put in", func(s []string) []string {
			return insert(s, 2, "A passage that nobody has seen before today, about nothing.")
		}, "1-11 12-21", 6, 11, "1-6"},
		{"one is put in at the cut", func(s []string) []string {
			return insert(s, 10, "A passage that nobody has seen before today, about nothing.")
		}, "1-11 12-21", 5, 10, "1-5"},
		{"one is put in at the end", func(s []string) []string {
			return append(s, "A passage that nobody has seen before today, about nothing.")
		}, "1-10 11-21", 5, 10, "1-5"},
		{"one is put in at the beginning", func(s []string) []string {
			return insert(s, 0, "A passage that nobody has seen before today, about nothing.")
		}, "1-11 12-21", 6, 11, "1-6"},
		{"one is taken out", func(s []string) []string { return slices.Delete(s, 1, 2) }, "1-9 10-19", 4, 9, "1-4"},
		{"the last of the first reading is cut up", func(s []string) []string {
			half := strings.Index(s[9], " and wrote")
			return insert(slices.Delete(slices.Clone(s), 9, 10), 9, s[9][:half], s[9][half+1:])
		}, "1-11 12-21", 5, 11, "1-5"},
		{"two are put together", func(s []string) []string {
			s[3] += " " + s[4]
			return slices.Delete(s, 4, 5)
		}, "1-9 10-19", 4, 9, "1-4"},
		{"a few move to the end", func(s []string) []string {
			return append(slices.Delete(slices.Clone(s), 1, 3), s[1], s[2])
		}, "1-8 9-20", 3, 8, "1-3"},
		{"one that somebody is at is taken out", func(s []string) []string { return slices.Delete(s, 4, 5) }, "1-9 10-19", 4, 9, "1-4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReaders(t)
			if got := r.ranges(); got != "1-10 11-20" {
				t.Fatalf("the plan reads %s", got)
			}
			r.at("ben", 5)
			r.at("cem", 10)
			r.correct(c.now(slices.Clone(r.text))...)
			if got := r.ranges(); got != c.ranges {
				t.Errorf("the plan reads %s, want %s", got, c.ranges)
			}
			if got := r.stands("ben"); got != c.ben {
				t.Errorf("ben is at %d, want %d", got, c.ben)
			}
			if got := r.stands("cem"); got != c.cem {
				t.Errorf("cem is at %d, want %d", got, c.cem)
			}
			if got := r.covered("ben"); got != c.read {
				t.Errorf("ben has read %s, want %s", got, c.read)
			}
			if first, _, _ := strings.Cut(c.ranges, " "); r.covered("cem") != first {
				t.Errorf("cem has read %s of a reading of %s", r.covered("cem"), first)
			}
			if n := r.count(`SELECT count(*) FROM prompt q JOIN reading r ON r.id = q.reading WHERE r.n = 1 AND q.number BETWEEN 8 AND 11`); n != 1 {
				t.Error("the question is not the first reading's any more")
			}
			// A change that is undone brings no old numbers back.
			last := read(t, r.db, func(tx *storage.Tx) (storage.PlanChange, error) { return tx.LastChange(t.Context(), r.plan) })
			var before storage.PlanRow
			if err := json.Unmarshal(last.Before, &before); err != nil {
				t.Fatal(err)
			}
			var old []string
			for _, x := range before.Readings {
				old = append(old, fmt.Sprintf("%d-%d", x.Portions[0].First, x.Portions[0].Last))
			}
			if got := strings.Join(old, " "); got != c.ranges {
				t.Errorf("before its change the plan reads %s, want %s", got, c.ranges)
			}
			// The original again: everything is where it was.
			r.correct(r.text...)
			if got := r.ranges(); got != "1-10 11-20" && c.name != "a few move to the end" {
				t.Errorf("with the first text again the plan reads %s", got)
			}
		})
	}
}

// An old text stays only while something points at a passage of it that is
// nowhere else, and the passage comes back when a text has it again.
func TestOldTexts(t *testing.T) {
	ctx := t.Context()
	r := newReaders(t)
	r.at("ben", 5)
	texts := func() int { return r.count(`SELECT count(*) FROM text`) }
	anchor := read(t, r.db, func(tx *storage.Tx) (*library.Work, error) { return tx.Work(ctx, r.work) }).Passages[4].Anchor

	// Nothing is lost: nothing stays.
	r.correct(insert(r.text, 1, "A passage that nobody has seen before today, about nothing.")...)
	if n := texts(); n != 1 {
		t.Errorf("%d texts, want 1", n)
	}
	// Something that nobody points at is lost: nothing stays.
	r.correct(slices.Delete(slices.Clone(r.text), 7, 8)...)
	if n := texts(); n != 1 {
		t.Errorf("%d texts, want 1", n)
	}
	// What ben points at is lost: it stays, and is said.
	was := r.correct(slices.Delete(slices.Clone(r.text), 4, 5)...)
	if len(was.Lost) != 1 || was.Lost[0].Anchor != anchor || was.Lost[0].CheckIns != 1 || was.Lost[0].Number != 5 {
		t.Errorf("lost: %+v", was.Lost)
	}
	if n := texts(); n != 2 {
		t.Errorf("%d texts, want 2", n)
	}
	find := func() (p library.Passage, current bool) {
		t.Helper()
		if err := r.db.Read(ctx, func(tx *storage.Tx) (err error) {
			p, current, err = tx.Anchored(ctx, r.work, anchor)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return p, current
	}
	if p, current := find(); current || p.Text != r.text[4] {
		t.Errorf("the anchor means %q, current %v", p.Text, current)
	}
	// Another text comes: it still stays, once, and is not said again.
	was = r.correct(insert(slices.Delete(slices.Clone(r.text), 4, 5), 3, "Something else that was put in later, for no reason at all.")...)
	if len(was.Lost) != 0 {
		t.Errorf("lost again: %+v", was.Lost)
	}
	if n := texts(); n != 2 {
		t.Errorf("%d texts, want 2", n)
	}
	// It comes back, and is none of those that the text before had.
	was = r.correct(r.text...)
	if m := was.Matching; was.Back != 1 || m.Kept != len(r.text) || m.Added != 0 {
		t.Errorf("%d came back, %d kept, %d added", was.Back, m.Kept, m.Added)
	}
	if p, current := find(); !current || p.Number != 5 {
		t.Errorf("the anchor means ¶ %d, current %v", p.Number, current)
	}
	if n := texts(); n != 1 {
		t.Errorf("%d texts, want 1", n)
	}
}

// An anchor that was merged into another means that one, through any number of
// corrections, and its own passage if that comes back.
func TestMergedAnchorsAreFollowed(t *testing.T) {
	ctx := t.Context()
	r := newReaders(t)
	anchors := func() (out []library.Anchor) {
		for _, p := range read(t, r.db, func(tx *storage.Tx) (*library.Work, error) { return tx.Work(ctx, r.work) }).Passages {
			out = append(out, p.Anchor)
		}
		return out
	}
	is := anchors()
	means := func(a library.Anchor) int {
		t.Helper()
		n := 0
		if err := r.db.Read(ctx, func(tx *storage.Tx) error {
			p, current, err := tx.Anchored(ctx, r.work, a)
			if !current {
				t.Error("it is not in the current text")
			}
			n = p.Number
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	two := slices.Clone(r.text)
	two[3] += " " + two[4]
	two = slices.Delete(two, 4, 5)
	r.correct(two...)
	if means(is[3]) != 4 || means(is[4]) != 4 {
		t.Errorf("they mean %d and %d", means(is[3]), means(is[4]))
	}
	three := slices.Clone(two)
	three[3] += " " + three[4]
	three = slices.Delete(three, 4, 5)
	r.correct(three...)
	for k := 3; k <= 5; k++ {
		if means(is[k]) != 4 {
			t.Errorf("the anchor of %d means %d", k+1, means(is[k]))
		}
	}
	r.correct(r.text...)
	now := anchors()
	borne := map[library.Anchor]bool{}
	for _, a := range now {
		if borne[a] {
			t.Fatal("two passages bear one anchor")
		}
		borne[a] = true
	}
	for k := range is {
		if k < 3 || k > 5 {
			if now[k] != is[k] {
				t.Errorf("¶ %d has another anchor", k+1)
			}
		}
	}
}

// A reading of which nothing is left is refused, and nothing is half done.
func TestAReadingThatVanishesIsRefused(t *testing.T) {
	r := newReaders(t)
	_, err := r.db.Import(t.Context(), bookOf(append(slices.Clone(r.text[10:]), "The first ten passages are not here.")...), storage.Importing{})
	if e, ok := errors.AsType[*library.Error](err); !ok || e.Reason != "reading_vanished" || e.Args["N"] != 1 {
		t.Fatalf("%v", err)
	}
	if got := r.ranges(); got != "1-10 11-20" {
		t.Errorf("the plan reads %s", got)
	}
	if n := r.count(`SELECT count(*) FROM text`); n != 1 {
		t.Errorf("%d texts", n)
	}
}

// Every column that holds an anchor is one of those that are followed.
func TestEveryAnchorIsHeld(t *testing.T) {
	known := map[string]bool{"prompt.anchor": true, "short_portion.first_anchor": true, "short_portion.last_anchor": true, "covered.first_anchor": true, "covered.last_anchor": true,
		"passage.anchor": true, "anchor_moved.anchor": true, "checkin.anchor": true, "portion.first_anchor": true, "portion.last_anchor": true}
	file, err := os.ReadFile("schema.sql") // which another test holds true
	if err != nil {
		t.Fatal(err)
	}
	schema := string(file)
	table := regexp.MustCompile(`(?s)CREATE TABLE "?(\w+)"? \((.*?)\) STRICT`)
	column := regexp.MustCompile(`(?m)(?:^|,)\s+(\w*anchor\w*) `)
	found := 0
	for _, m := range table.FindAllStringSubmatch(schema, -1) {
		for _, c := range column.FindAllStringSubmatch(m[2], -1) {
			found++
			if !known[m[1]+"."+c[1]] {
				t.Errorf("%s.%s holds an anchor that a re-import would not follow: see held in storage/reimport.go", m[1], c[1])
			}
		}
	}
	if found < len(known) {
		t.Errorf("%d columns found, want %d", found, len(known))
	}
}

// What is said of each reading is what became of it: what it gained and lost,
// and which passages are in another reading now.
func TestWhatBecameOfReadings(t *testing.T) {
	mend := func(s string) string { return strings.Replace(s, "winter", "summer", 1) }
	for _, c := range []struct {
		name string
		now  func(text []string) []string
		want string
	}{
		{"nothing", func(s []string) []string { return s }, ""},
		{"a word is mended", func(s []string) []string { s[4] = mend(s[4]); return s }, "1: 1 changed"},
		{"one is put in", func(s []string) []string {
			return insert(s, 2, "A passage that nobody has seen before today, about nothing.")
		}, "1: 1 new, 2: the same"},
		{"one is taken out", func(s []string) []string { return slices.Delete(s, 1, 2) }, "1: 1 gone, 2: the same"},
		{"one is cut up", func(s []string) []string {
			half := strings.Index(s[3], " and wrote")
			return insert(slices.Delete(slices.Clone(s), 3, 4), 3, s[3][:half], s[3][half+1:])
		}, "1: the same, 2: the same"},
		{"two are put together", func(s []string) []string {
			s[3] += " " + s[4]
			return slices.Delete(s, 4, 5)
		}, "1: the same, 2: the same"},
		{"one goes to the other reading", func(s []string) []string {
			moved := s[4]
			return insert(slices.Delete(slices.Clone(s), 4, 5), 15, moved)
		}, "1: went 5-5 to 2, 2: came 16-16 from 1"},
		{"two change places", func(s []string) []string {
			s[4], s[14] = s[14], s[4]
			return s
		}, "1: came 5-5 from 2 went 5-5 to 2, 2: came 15-15 from 1 went 15-15 to 1"},
		{"three go, one of them mended", func(s []string) []string {
			moved := slices.Clone(s[3:6])
			moved[1] = mend(moved[1])
			return insert(slices.Delete(slices.Clone(s), 3, 6), 12, moved...)
		}, "1: went 4-6 to 2, 2: came 13-15 from 1"},
		{"two of one reading change places", func(s []string) []string {
			s[4], s[6] = s[6], s[4]
			return s
		}, "1: reordered"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReaders(t)
			var got []string
			was := r.correct(c.now(slices.Clone(r.text))...)
			for _, p := range was.Plans {
				for _, s := range p.Shifts {
					said := []string{fmt.Sprintf("%d:", s.To.N)}
					for _, x := range s.Came {
						said = append(said, fmt.Sprintf("came %d-%d from %d", x.First, x.Last, x.Reading))
					}
					for _, x := range s.Went {
						said = append(said, fmt.Sprintf("went %d-%d to %d", x.First, x.Last, x.Reading))
					}
					for _, x := range []struct {
						n    int
						what string
					}{{s.New, "new"}, {s.Gone, "gone"}, {s.Changed, "changed"}} {
						if x.n > 0 {
							said = append(said, fmt.Sprintf("%d %s", x.n, x.what))
						}
					}
					if s.Reordered {
						said = append(said, "reordered")
					}
					if s.Same() {
						said = append(said, "the same")
					}
					got = append(got, strings.Join(said, " "))
				}
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("%q, want %q", strings.Join(got, ", "), c.want)
			}
		})
	}
}
