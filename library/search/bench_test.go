package search_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"lectern/library/search"
	"lectern/storage"
	"lectern/storage/storagetest"
)

// generated is a text of 100,000 passages whose words are as unequally common
// as those of a language.
func generated(b *testing.B) (*storage.DB, search.Range) {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rng, 1.1, 10, 200_000)
	texts := make([]string, 100_000)
	var s strings.Builder
	for i := range texts {
		s.Reset()
		for range 60 + rng.IntN(100) {
			fmt.Fprintf(&s, "w%d ", zipf.Uint64())
		}
		texts[i] = s.String()
	}
	db := storagetest.Open(b)
	return db, put(b, db, work("a", texts...))
}

func BenchmarkSearch(b *testing.B) {
	db, r := generated(b)
	shelf := []search.Range{r}
	third := (r.Last - r.First) / 3
	part := []search.Range{{First: r.First, Last: r.First + third/100}, {First: r.First + third, Last: r.First + third + third/100}}
	for _, bb := range []struct {
		name, query string
		ranges      []search.Range
	}{
		{"rare", "w150001", shelf},
		{"common", "w0", shelf},
		{"common-in-a-few-works", "w0", part},
		{"two-words", "w3 w40", shelf},
		{"eight-words-or", "w0 OR w11 OR w22 OR w33 OR w44 OR w55 OR w66 OR w77", shelf},
		{"phrase", `"w0 w1 w2"`, shelf},
		{"prefix", "w12*", shelf},
		{"near", "NEAR(w5 w6, 5)", shelf},
	} {
		b.Run(bb.name, func(b *testing.B) {
			q, err := search.Parse(bb.query)
			if err != nil {
				b.Fatal(err)
			}
			total := 0
			for b.Loop() {
				if err := db.Read(b.Context(), func(tx *storage.Tx) error {
					res, err := search.Search(b.Context(), tx.SQL(), q, bb.ranges, 10, 0)
					total = res.Total
					return err
				}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(total), "hits")
		})
	}
}

func BenchmarkSync(b *testing.B) {
	db, _ := generated(b)
	for b.Loop() {
		if err := db.Write(b.Context(), func(tx *storage.Tx) error {
			if err := search.Drop(b.Context(), tx.SQL()); err != nil {
				return err
			}
			return search.Sync(b.Context(), tx.SQL())
		}); err != nil {
			b.Fatal(err)
		}
	}
}
