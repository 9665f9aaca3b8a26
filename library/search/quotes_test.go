package search_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"lectern/library/quote"
	"lectern/library/search"
	"lectern/storage"
	"lectern/storage/storagetest"
)

func syncQuotes(t testing.TB, db *storage.DB) {
	t.Helper()
	if err := search.SyncQuotes(t.Context(), search.Store[*storage.Tx]{Read: db.Read, Write: db.Write}, nil); err != nil {
		t.Fatal(err)
	}
	if err := db.Read(t.Context(), func(tx *storage.Tx) error {
		stale, err := search.QuotesStale(t.Context(), tx.SQL())
		if stale {
			t.Error("stale after a sync")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// whereIs is the passage that a quotation is found in, 0 if it is not.
func whereIs(t testing.TB, db *storage.DB, within search.Range, text string) (id int64) {
	t.Helper()
	if err := db.Read(t.Context(), func(tx *storage.Tx) error {
		q := search.Quotes{Tx: tx.SQL()}
		a, err := (&quote.Finder{Index: q, Texts: q, Within: []quote.Range{quote.Range(within)}}).Find(t.Context(), text)
		if err == nil && a.Verdict == quote.Found {
			id = a.Places[0].Spots[0].First
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

func segments(t testing.TB, db *storage.DB) (n, runs int) {
	t.Helper()
	if err := db.Read(t.Context(), func(tx *storage.Tx) error {
		return tx.SQL().QueryRow(`SELECT (SELECT count(*) FROM quote_segment), (SELECT count(*) FROM quote_run)`).Scan(&n, &runs)
	}); err != nil {
		t.Fatal(err)
	}
	return n, runs
}

// phrase is a sentence that no other seed gives.
func phrase(seed int) string {
	r := rand.New(rand.NewPCG(uint64(seed), 7))
	words := make([]string, 24)
	for i := range words {
		var b strings.Builder
		for range 2 + r.IntN(7) {
			b.WriteByte("aeiouaeiobcdfghlmnprst"[r.IntN(22)])
		}
		words[i] = b.String()
	}
	return strings.Join(words, " ") + "."
}

func part(s string) string { return strings.Join(strings.Fields(s)[5:15], " ") }

func TestQuotesFollowTheLibrary(t *testing.T) {
	db := storagetest.Open(t)
	syncQuotes(t, db) // nothing there yet
	const works = 60
	ranges := make([]search.Range, works)
	for i := range ranges {
		ranges[i] = put(t, db, work(fmt.Sprint("w", i), phrase(2*i), phrase(2*i+1)))
		syncQuotes(t, db)
	}
	if n, runs := segments(t, db); n > 12 || runs != works {
		t.Errorf("%d segments with %d runs after %d works came in one by one", n, runs, works)
	}
	everything := search.Range{First: 1, Last: 1 << 40}
	for i, r := range ranges {
		if id := whereIs(t, db, everything, part(phrase(2*i+1))); id != r.Last {
			t.Fatalf("work %d is found in passage %d, want %d", i, id, r.Last)
		}
		if id := whereIs(t, db, ranges[(i+1)%works], part(phrase(2*i+1))); id != 0 {
			t.Fatalf("work %d is found on a shelf without it", i)
		}
	}

	// A text that is replaced is found as it is now alone.
	now := put(t, db, work("w7", phrase(14), phrase(1000)))
	syncQuotes(t, db)
	if id := whereIs(t, db, now, part(phrase(1000))); id != now.Last {
		t.Errorf("the new text is found in %d, want %d", id, now.Last)
	}
	if id := whereIs(t, db, now, part(phrase(15))); id != 0 {
		t.Errorf("the old text is found in %d", id)
	}

	// Most works go, and their part of the index in the end.
	if err := db.Write(t.Context(), func(tx *storage.Tx) error {
		all, err := tx.Works(t.Context(), 0)
		for _, m := range all {
			if err == nil && m.Alias() != "w7" && m.Alias() != "w50" {
				err = tx.RemoveWork(t.Context(), m.ID)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	syncQuotes(t, db)
	if _, runs := segments(t, db); runs > 4 {
		t.Errorf("%d runs are kept for two works", runs)
	}
	if id := whereIs(t, db, everything, part(phrase(100))); id != ranges[50].First {
		t.Errorf("what stayed is found in %d, want %d", id, ranges[50].First)
	}

	// Built anew it is the same.
	if err := db.Write(t.Context(), func(tx *storage.Tx) error { return search.DropQuotes(t.Context(), tx.SQL()) }); err != nil {
		t.Fatal(err)
	}
	syncQuotes(t, db)
	if id := whereIs(t, db, everything, part(phrase(100))); id != ranges[50].First {
		t.Errorf("after a rebuild it is found in %d, want %d", id, ranges[50].First)
	}
}
