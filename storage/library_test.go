package storage_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/library"
	"lectern/library/importer"
	"lectern/sample"
	"lectern/storage"
	"lectern/storage/storagetest"
)

// sampleWork is a work with everything that a work can have, by chance.
func sampleWork(rng *rand.Rand, alias string) *library.Work {
	text := func() string {
		parts := []string{"Words", "état", "革命", "'); DROP TABLE work; --", "“quoted”", "a\nline", "\u202e", "$1", "?", ""}
		return strings.Join([]string{parts[rng.IntN(len(parts))], fmt.Sprint(rng.Uint32()), parts[rng.IntN(len(parts))]}, " ")
	}
	w := &library.Work{Meta: library.Meta{Aliases: []string{alias, alias + "-2"}, Title: text(), Subtitle: text(), Author: text(), Date: text(), Language: "en", Source: text(), Edition: text(), Rights: text()}}
	for i := range 1 + rng.IntN(8) {
		s := library.Section{Parent: rng.IntN(i+1) - 1, Title: text(), Text: text(), Page: text(), Lead: rng.IntN(4) == 0, Missing: rng.IntN(4) == 0}
		s.Depth = 1
		if s.Parent >= 0 {
			s.Depth = w.Sections[s.Parent].Depth + 1
		}
		for range rng.IntN(3) {
			s.Labels = append(s.Labels, []string{"I", "2", "Appendix"}[rng.IntN(3)])
		}
		w.Sections = append(w.Sections, s)
	}
	kinds := []library.Kind{library.Paragraph, library.Quotation, library.List, library.Stanza, library.Table, library.Preformatted, library.Epigraph, library.Footnote}
	n := rng.IntN(40)
	for i := range n {
		p := library.Passage{Kind: kinds[rng.IntN(len(kinds))], Section: i * len(w.Sections) / n, Label: text(), Text: text(), Attribution: text(), Page: text(), Verse: text()}
		if rng.IntN(2) == 0 {
			p.Anchor = library.Anchor(fmt.Sprintf("anchor%d", i))
		}
		for range rng.IntN(3) {
			p.Notes = append(p.Notes, rng.IntN(n))
		}
		w.Passages = append(w.Passages, p)
	}
	for range rng.IntN(4) {
		w.Parts = append(w.Parts, library.Part{Kind: library.Dateline, Text: text(), Section: rng.IntN(len(w.Sections)+1) - 1, Before: rng.IntN(n + 1)})
		w.LeftOut = append(w.LeftOut, library.LeftOut{Text: text(), Reason: text(), Line: rng.IntN(1000)})
		w.Warnings = append(w.Warnings, library.Warning{Code: text(), Message: text(), Line: rng.IntN(1000)})
	}
	w.Number()
	return w
}

func read[T any](t testing.TB, db *storage.DB, fn func(*storage.Tx) (T, error)) (out T) {
	t.Helper()
	if err := db.Read(t.Context(), func(tx *storage.Tx) (err error) {
		out, err = fn(tx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// outlinesOf are the operator's works without their words.
func outlinesOf(ctx context.Context, tx *storage.Tx) (out []*library.Outline, err error) {
	entries, err := tx.Entries(ctx, 0)
	for _, e := range entries {
		o, err := tx.Outline(ctx, e)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, err
}

// TestAWorkComesBackAsItWentIn also holds Import and ImportWork to the same.
func TestAWorkComesBackAsItWentIn(t *testing.T) {
	ctx := t.Context()
	db := storagetest.Open(t)
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range 100 {
		w := sampleWork(rng, fmt.Sprintf("work%d", i))
		var id library.WorkID
		var err error
		if i%2 == 0 {
			id, err = db.Import(ctx, w, storage.Importing{})
		} else {
			err = db.Write(ctx, func(tx *storage.Tx) (err error) {
				id, err = tx.ImportWork(ctx, 0, w)
				return err
			})
		}
		if err != nil {
			t.Fatal(err)
		}
		got := read(t, db, func(tx *storage.Tx) (*library.Work, error) { return tx.Work(ctx, id) })
		if !reflect.DeepEqual(got, w) {
			t.Fatalf("seed %d: got %+v\nwant %+v", i, got, w)
		}
		if err := db.Read(ctx, func(tx *storage.Tx) error {
			entries, err := tx.Entries(ctx, 0)
			if err != nil {
				return err
			}
			e := entries[slices.IndexFunc(entries, func(e *library.Entry) bool { return e.ID == id })]
			n, doubts, err := tx.Counts(ctx, e)
			if n != w.Counts() || !reflect.DeepEqual(doubts, w.Warnings) {
				t.Errorf("seed %d: counts %+v and doubts %v, want %+v and %v", i, n, doubts, w.Counts(), w.Warnings)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		o := library.NewOutline(w)
		for _, x := range read(t, db, func(tx *storage.Tx) ([]*library.Outline, error) { return outlinesOf(ctx, tx) }) {
			if x.ID != id {
				continue
			}
			for j := range x.Passages {
				if x.Passages[j].ID != x.Passages[0].ID+int64(j) {
					t.Errorf("ids do not follow one another: %d, %d", x.Passages[0].ID, x.Passages[j].ID)
				}
				o.Passages[j].ID = x.Passages[j].ID
			}
			if !reflect.DeepEqual(x, o) {
				t.Fatalf("seed %d: outline %+v\nwant %+v", i, x, o)
			}
		}
	}
}

// big is a work that takes several transactions.
func big(alias string, n int, word string) *library.Work {
	w := &library.Work{Meta: library.Meta{Aliases: []string{alias}, Title: alias}, Sections: []library.Section{{Parent: -1, Depth: 1, Lead: true}}}
	for i := range n {
		w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Text: fmt.Sprintf("%s %d %s", word, i, strings.Repeat("filler ", 1000))})
	}
	w.Number()
	return w
}

// TestAnImportIsSeenWholeOrNotAtAll looks at the shelf all the while.
func TestAnImportIsSeenWholeOrNotAtAll(t *testing.T) {
	ctx := t.Context()
	db := storagetest.Open(t)
	const n = 300
	look := func() string {
		works := read(t, db, func(tx *storage.Tx) ([]*library.Outline, error) { return outlinesOf(ctx, tx) })
		if len(works) == 0 {
			return ""
		}
		if len(works) > 1 || len(works[0].Passages) != n {
			t.Errorf("half a work is seen: %d works, %d passages", len(works), len(works[0].Passages))
		}
		p := read(t, db, func(tx *storage.Tx) ([]library.Passage, error) {
			return tx.PassagesByID(ctx, []int64{works[0].Passages[0].ID})
		})
		return strings.Fields(p[0].Text)[0]
	}
	revision := func() int64 {
		return read(t, db, func(tx *storage.Tx) (int64, error) { return tx.LibraryRevision(ctx) })
	}
	before := ""
	for _, word := range []string{"first", "second"} {
		at, chunks := revision(), 0
		if _, err := db.Import(ctx, big("a", n, word), storage.Importing{Index: func(context.Context, *storage.Tx, int64, int64, int64) error {
			if chunks++; look() != before {
				t.Error("seen too early")
			}
			if revision() != at {
				t.Error("announced too early")
			}
			return nil
		}}); err != nil {
			t.Fatal(err)
		}
		if chunks < 3 || look() != word || revision() != at+1 {
			t.Errorf("%d transactions, %q, revision %d after %d", chunks, look(), revision(), at)
		}
		before = word
	}
	// One that fails or is stopped in the middle leaves nothing.
	stop := errors.New("stop")
	cancelled, cancel := context.WithCancel(ctx)
	for i, fail := range []func() error{
		func() error { return stop },
		func() error { cancel(); return nil },
	} {
		chunks := 0
		_, err := db.Import(cancelled, big("a", n, "third"), storage.Importing{Index: func(context.Context, *storage.Tx, int64, int64, int64) error {
			if chunks++; chunks == 3 {
				return fail()
			}
			return nil
		}})
		if !errors.Is(err, stop) && !errors.Is(err, context.Canceled) {
			t.Errorf("%d: %v", i, err)
		}
		if look() != "second" {
			t.Errorf("%d: %q is seen", i, look())
		}
	}
	if left := read(t, db, func(tx *storage.Tx) (n int, err error) {
		return n, tx.SQL().QueryRow(`SELECT count(*) FROM text WHERE work IS NULL`).Scan(&n)
	}); left != 0 {
		t.Errorf("%d texts were left", left)
	}
}

// TestWhatACrashLeftIsForgotten stands for a process that was killed while it
// imported.
func TestWhatACrashLeftIsForgotten(t *testing.T) {
	ctx := t.Context()
	clock := &storagetest.Clock{}
	db := storagetest.OpenAt(t, filepath.Join(t.TempDir(), "a.db"), clock)
	if err := db.Write(ctx, func(tx *storage.Tx) error {
		_, err := tx.SQL().Exec(`INSERT INTO text (work, imported) VALUES (NULL, ?)`, tx.Now.UnixMilli())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	staged := func() int {
		return read(t, db, func(tx *storage.Tx) (n int, err error) {
			return n, tx.SQL().QueryRow(`SELECT count(*) FROM text WHERE work IS NULL`).Scan(&n)
		})
	}
	for _, want := range []int{1, 0} { // another process may still be at it
		if _, err := db.Import(ctx, big("a", 1, "x"), storage.Importing{}); err != nil {
			t.Fatal(err)
		}
		if got := staged(); got != want {
			t.Errorf("%d staged texts, want %d", got, want)
		}
		clock.Advance(25 * time.Hour)
	}
}

func TestACorrectedTextIsCompared(t *testing.T) {
	ctx := t.Context()
	db := storagetest.Open(t)
	if _, err := db.Import(ctx, big("a", 3, "first"), storage.Importing{Check: func(*storage.Reimport) error {
		t.Error("a new work was compared")
		return nil
	}}); err != nil {
		t.Fatal(err)
	}
	// What Check refuses is not there, and leaves nothing behind.
	no := errors.New("no")
	if _, err := db.Import(ctx, big("a", 3, "refused"), storage.Importing{Check: func(*storage.Reimport) error { return no }}); !errors.Is(err, no) {
		t.Fatal(err)
	}
	// A text that comes between is compared instead.
	between, calls := true, 0
	if _, err := db.Import(ctx, big("a", 3, "third"), storage.Importing{Check: func(r *storage.Reimport) error {
		calls++
		if between {
			between = false
			if _, err := db.Import(ctx, big("a", 3, "between"), storage.Importing{}); err != nil {
				return err
			}
		} else if !strings.HasPrefix(r.Before.Passages[0].Text, "between") {
			t.Error("compared with a text that is gone")
		}
		return nil
	}}); err != nil {
		t.Fatal(err)
	}
	if calls != 2 {
		t.Errorf("compared %d times", calls)
	}
}

func TestAliases(t *testing.T) {
	ctx := t.Context()
	db := storagetest.Open(t)
	add := func(owner library.GroupID, fresh bool, aliases ...string) (library.WorkID, error) {
		w := big("", 1, "x")
		w.Aliases = aliases
		return db.Import(ctx, w, storage.Importing{Owner: owner, New: fresh})
	}
	ok := func(owner library.GroupID, aliases ...string) library.WorkID {
		t.Helper()
		id, err := add(owner, false, aliases...)
		if err != nil {
			t.Fatalf("%v: %v", aliases, err)
		}
		return id
	}
	taken := func(owner library.GroupID, fresh bool, which string, aliases ...string) {
		t.Helper()
		_, err := add(owner, fresh, aliases...)
		if e, ok := errors.AsType[*library.Error](err); !ok || e.Code != library.Ambiguous || e.Reason != "alias_taken" || e.Args["Alias"] != which {
			t.Errorf("%v: %v", aliases, err)
		}
	}
	wright := ok(0, "wright", "war")
	capital := ok(1, "capital")
	if other := ok(2, "capital"); other == capital {
		t.Error("two groups share a work")
	}
	taken(1, false, "wright", "wright")         // it is on the operator's shelf
	taken(1, false, "WRIGHT", "mine", "WRIGHT") // case does not tell names apart
	taken(1, false, "wríght", "wríght")         // nor do accents
	taken(0, false, "capital", "capital")       // it would stand on the groups' shelves
	taken(0, false, "war", "fate", "war")       // another work's
	taken(0, true, "wright", "wright")          // to be new
	if _, err := add(0, false); err == nil {
		t.Error("a work without a name")
	}
	if again := ok(0, "War", "soviet"); again != wright {
		t.Error("a work that is known by its second name is another")
	}
	m := read(t, db, func(tx *storage.Tx) (library.Meta, error) { return tx.WorkMeta(ctx, wright) })
	if !reflect.DeepEqual(m.Aliases, []string{"War", "soviet", "wright"}) {
		t.Errorf("its names are %v", m.Aliases)
	}
	shelf := func(of func(*storage.Tx) ([]library.Meta, error)) (out []string) {
		for _, m := range read(t, db, of) {
			out = append(out, m.Alias())
		}
		return out
	}
	if got := shelf(func(tx *storage.Tx) ([]library.Meta, error) { return tx.Works(ctx, 1) }); !reflect.DeepEqual(got, []string{"War", "capital"}) {
		t.Errorf("the shelf is %v", got)
	}
	if got := shelf(func(tx *storage.Tx) ([]library.Meta, error) { return tx.OwnWorks(ctx, 1) }); !reflect.DeepEqual(got, []string{"capital"}) {
		t.Errorf("its own are %v", got)
	}
}

func TestRemoveWork(t *testing.T) {
	ctx := t.Context()
	db := storagetest.Open(t)
	rng := rand.New(rand.NewPCG(5, 6))
	id, err := db.Import(ctx, sampleWork(rng, "a"), storage.Importing{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Import(ctx, sampleWork(rng, "a"), storage.Importing{}); err != nil {
		t.Fatal(err)
	}
	remove := func() error {
		return db.Write(ctx, func(tx *storage.Tx) error { return tx.RemoveWork(ctx, id) })
	}
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"work", "alias", "text", "section", "passage", "part", "left_out", "warning"} {
		if n := read(t, db, func(tx *storage.Tx) (n int, err error) {
			return n, tx.SQL().QueryRow(`SELECT count(*) FROM ` + table).Scan(&n)
		}); n != 0 {
			t.Errorf("%d rows stay in %s", n, table)
		}
	}
	if err := remove(); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	again, err := db.Import(ctx, sampleWork(rng, "a"), storage.Importing{})
	if err != nil || again == id {
		t.Errorf("an id comes twice: %d, %v", again, err)
	}
}

// TestImportsAtOnce has several write, as a bot and a command line do.
func TestImportsAtOnce(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "a.db")
	db, other := storagetest.OpenAt(t, path, &storagetest.Clock{}), storagetest.OpenAt(t, path, &storagetest.Clock{})
	var wg sync.WaitGroup
	for i, db := range []*storage.DB{db, other, db, other} {
		wg.Go(func() {
			for j := range 3 {
				if _, err := db.Import(ctx, big(fmt.Sprintf("w%d-%d", i, j), 100, "x"), storage.Importing{}); err != nil {
					t.Error(err)
				}
				if _, err := db.Import(ctx, big("same", 100, "x"), storage.Importing{}); err != nil && !strings.Contains(err.Error(), "meanwhile") {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	works := read(t, db, func(tx *storage.Tx) ([]*library.Outline, error) { return outlinesOf(ctx, tx) })
	if len(works) != 13 {
		t.Errorf("%d works", len(works))
	}
	for _, o := range works {
		if len(o.Passages) != 100 || o.Passages[99].ID != o.Passages[0].ID+99 {
			t.Errorf("%s: %d passages from %d to %d", o.Alias(), len(o.Passages), o.Passages[0].ID, o.Passages[len(o.Passages)-1].ID)
		}
	}
}

func BenchmarkImport(b *testing.B) {
	w := big("a", 3000, "x") // 21 MB
	db := storagetest.Open(b)
	b.SetBytes(int64(len(w.Passages) * len(w.Passages[0].Text)))
	for b.Loop() {
		if _, err := db.Import(b.Context(), w, storage.Importing{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOutline(b *testing.B) {
	db := storagetest.Open(b)
	const n = 3000
	if _, err := db.Import(b.Context(), big("a", n, "x"), storage.Importing{}); err != nil {
		b.Fatal(err)
	}
	e := read(b, db, func(tx *storage.Tx) ([]*library.Entry, error) { return tx.Entries(b.Context(), 0) })[0]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := db.Outline(b.Context(), e); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/passage")
}

// A place is found under the first of the headings that begin with it, and the
// outline in memory says the same.
func TestHeading(t *testing.T) {
	db := storagetest.Open(t)
	w, err := importer.Read(t.Context(), sample.HandbookName, strings.NewReader(sample.Handbook()), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.Aliases = []string{"handbook"}
	err = db.Write(t.Context(), func(tx *storage.Tx) error {
		_, err := tx.ImportWork(t.Context(), 0, w)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Read(t.Context(), func(tx *storage.Tx) error {
		outlines, err := outlinesOf(t.Context(), tx)
		if err != nil {
			return err
		}
		o := outlines[0]
		for n, want := range map[int]string{1: "", 2: "I Before you begin", 3: "Why read with others", 5: "Choosing a text", 15: "II The pace", 16: "How much in a week", 43: "V Quoting"} {
			if got := o.Heading(n); got != want {
				t.Errorf("¶ %d is under %q, want %q", n, got, want)
			}
		}
		for n := 1; n <= o.Last(); n++ {
			h, err := tx.Heading(t.Context(), o.ID, n)
			if err != nil {
				return err
			}
			if got := o.Heading(n); got != h.Title && !strings.HasSuffix(got, " "+h.Title) {
				t.Errorf("¶ %d is under %q in the database and under %q in memory", n, h.Title, got)
			}
			if lead := n < 3; h.Lead != (lead && o.Heading(n) == "") {
				t.Errorf("¶ %d: lead is %v", n, h.Lead)
			}
		}
		none, err := tx.Heading(t.Context(), o.ID, o.Last()+1)
		if err == nil && none != (storage.Heading{}) {
			t.Errorf("what is not there is under %+v", none)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A chapter that is a number alone is called by it, and is no opening.
func TestHeadingOfNumbersAlone(t *testing.T) {
	for _, c := range []struct {
		name     string
		sections []library.Section
		want     []storage.Heading
	}{
		{"numbers alone", []library.Section{{Parent: -1, Depth: 1, Lead: true}, {Parent: -1, Depth: 1, Labels: []string{"1"}}, {Parent: -1, Depth: 1, Labels: []string{"2"}}},
			[]storage.Heading{{Lead: true}, {Label: "1"}, {Label: "2"}}},
		{"in parts", []library.Section{{Parent: -1, Depth: 1, Labels: []string{"2"}, Title: "The war"}, {Parent: 0, Depth: 2, Labels: []string{"XIX"}}, {Parent: 0, Depth: 2, Labels: []string{"XX"}}},
			[]storage.Heading{{Title: "The war"}, {Label: "2.XIX"}, {Label: "2.XX"}}},
		{"no headings", []library.Section{{Parent: -1, Depth: 1, Lead: true}}, []storage.Heading{{}}},
		{"neither", []library.Section{{Parent: -1, Depth: 1, Lead: true}, {Parent: -1, Depth: 1}}, []storage.Heading{{Lead: true}, {}}},
	} {
		db := storagetest.Open(t)
		w := &library.Work{Meta: library.Meta{Title: "Numbers", Aliases: []string{"numbers"}}, Sections: c.sections}
		for i := range c.sections {
			w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Section: i, Text: fmt.Sprintf("The words of passage %d.", i+1)})
		}
		w.Number()
		var id library.WorkID
		err := db.Write(t.Context(), func(tx *storage.Tx) (err error) {
			id, err = tx.ImportWork(t.Context(), 0, w)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Read(t.Context(), func(tx *storage.Tx) error {
			for i, want := range c.want {
				if got, err := tx.Heading(t.Context(), id, i+1); err != nil || got != want {
					t.Errorf("%s: ¶ %d is under %+v, want %+v (%v)", c.name, i+1, got, want, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
