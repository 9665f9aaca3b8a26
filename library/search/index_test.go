package search_test

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/search"
	"lectern/storage"
	"lectern/storage/storagetest"
)

// A corpus is passages in the order of their ids, and words as unequally common
// as those of a language.
type corpus struct {
	rng  *rand.Rand
	zipf *rand.Zipf
	ids  []int64
	text [][]string
}

func newCorpus(seed uint64) *corpus {
	rng := rand.New(rand.NewPCG(seed, 2))
	return &corpus{rng: rng, zipf: rand.NewZipf(rng, 1.1, 3, 3000)}
}

func (c *corpus) word() string { return fmt.Sprintf("w%d", c.zipf.Uint64()) }

// work is a work of n passages.
func (c *corpus) work(alias string, n int) (*library.Work, [][]string) {
	texts, all := make([]string, n), make([][]string, n)
	for i := range texts {
		for range 1 + c.rng.IntN(40) {
			all[i] = append(all[i], c.word())
		}
		texts[i] = strings.Join(all[i], " ")
	}
	return work(alias, texts...), all
}

// put imports a work.
func (c *corpus) put(t testing.TB, db *storage.DB, alias string, n int) search.Range {
	t.Helper()
	w, all := c.work(alias, n)
	r := put(t, db, w)
	for i := range all {
		c.ids, c.text = append(c.ids, r.First+int64(i)), append(c.text, all[i])
	}
	return r
}

// count is how often some words follow one another in a passage, the last of
// them as a beginning if prefix is true.
func count(passage, words []string, prefix bool) (n int) {
next:
	for i := range len(passage) - len(words) + 1 {
		for j, w := range words {
			if passage[i+j] != w && !(prefix && j == len(words)-1 && strings.HasPrefix(passage[i+j], w)) {
				continue next
			}
		}
		n++
	}
	return n
}

// A wanted is a phrase, and how it is asked for.
type wanted struct {
	words  []string
	prefix bool
}

func (w wanted) String() string {
	s := `"` + strings.Join(w.words, " ") + `"`
	if w.prefix {
		s += "*"
	}
	return s
}

// best are the passages in which any or all of some phrases stand, by BM25 as a
// textbook has it, every passage scored.
func (c *corpus) best(some []wanted, all bool) (out []search.Hit) {
	mean := 0.0
	for _, p := range c.text {
		mean += float64(len(p)) / float64(len(c.text))
	}
	frequency := map[string]float64{}
	for _, p := range c.text {
		seen := map[string]bool{}
		for _, w := range p {
			if !seen[w] {
				seen[w] = true
				frequency[w]++
			}
		}
	}
	weights := make([]float64, len(some))
	for i, w := range some {
		for j, x := range w.words {
			in := frequency[x]
			if w.prefix && j == len(w.words)-1 {
				in = 0
				for y, n := range frequency {
					if strings.HasPrefix(y, x) {
						in += n
					}
				}
			}
			n := float64(len(c.text))
			in = min(in, n)
			weights[i] += math.Log(1 + (n-in+0.5)/(in+0.5))
		}
	}
	for i, p := range c.text {
		score, found := 0.0, 0
		for j, w := range some {
			n := float64(count(p, w.words, w.prefix))
			if n > 0 {
				found++
			}
			score += weights[j] * n / (n + 1.2*(1-0.75+0.75*float64(len(p))/mean))
		}
		if found == len(some) || !all && found > 0 {
			out = append(out, search.Hit{Passage: c.ids[i], Score: score})
		}
	}
	slices.SortFunc(out, func(a, b search.Hit) int { return cmp.Compare(b.Score, a.Score) })
	return out
}

func run(t testing.TB, db *storage.DB, query string, limit int, ranges ...search.Range) search.Result {
	t.Helper()
	return runWith(t, db, &search.Cache{}, query, limit, ranges...)
}

// runWith is run with what a cache has of the searches before.
func runWith(t testing.TB, db *storage.DB, cache *search.Cache, query string, limit int, ranges ...search.Range) search.Result {
	t.Helper()
	return runShared(t, db, cache, 0, query, limit, ranges...)
}

// runShared is runWith, shared out among as many, unless that is 0.
func runShared(t testing.TB, db *storage.DB, cache *search.Cache, shares int, query string, limit int, ranges ...search.Range) search.Result {
	t.Helper()
	q, err := search.Parse(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	var r search.Result
	if err := db.Read(t.Context(), func(tx *storage.Tx) (err error) {
		x, err := cache.Open(t.Context(), tx.SQL())
		if err == nil && shares > 0 {
			x.ShareOut(shares)
		}
		if err == nil {
			r, err = x.Search(t.Context(), q, ranges, limit, 0)
		}
		return err
	}); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return r
}

// TestBestLikeScoringEverything compares what is best with every passage's
// score, over several parts and windows.
func TestBestLikeScoringEverything(t *testing.T) {
	db := storagetest.Open(t)
	c := newCorpus(1)
	first := c.put(t, db, "a", 16_500)
	c.put(t, db, "b", 300)
	last := c.put(t, db, "c", 1500)
	shelf := search.Range{First: first.First, Last: last.Last}
	check := func(some []wanted, all bool) {
		t.Helper()
		var said []string
		for _, w := range some {
			said = append(said, w.String())
		}
		query := strings.Join(said, map[bool]string{true: " ", false: " OR "}[all])
		want := c.best(some, all)
		got := run(t, db, query, 10, shelf)
		if got.Total != len(want) || len(got.Hits) != min(10, len(want)) {
			t.Errorf("%s: %d hits, %d of them shown, want %d", query, got.Total, len(got.Hits), len(want))
			return
		}
		for i, h := range got.Hits {
			if math.Abs(h.Score-want[i].Score) > 1e-4 {
				t.Errorf("%s: score %d is %v, want %v", query, i, h.Score, want[i].Score)
			}
		}
	}
	for i := range 12 {
		some := make([]wanted, 1+c.rng.IntN(8))
		for j := range some {
			some[j].words = []string{c.word()}
			switch c.rng.IntN(6) {
			case 0:
				some[j].words = append(some[j].words, c.word())
			case 1:
				some[j].prefix = true
			}
		}
		check(some, false)
		if i%3 == 0 {
			check(some[:min(2, len(some))], true)
		}
	}
}

// TestMergesChangeNothing: what is found, and how it is scored, is the same
// however the index is divided into parts, and what is gone leaves it; and a
// cache that has seen all of that finds the same as one that is new.
func TestMergesChangeNothing(t *testing.T) {
	ctx := t.Context()
	db := storagetest.Open(t)
	c := newCorpus(3)
	var ranges []search.Range
	for i := range 30 {
		ranges = append(ranges, c.put(t, db, fmt.Sprintf("work%d", i), 100+c.rng.IntN(400)))
	}
	count := func(query string) (n int) {
		t.Helper()
		if err := db.Read(ctx, func(tx *storage.Tx) error { return tx.SQL().QueryRow(query).Scan(&n) }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	var queries []string
	for range 30 {
		queries = append(queries, c.word(), c.word()+" OR "+c.word()+" OR "+c.word(), `"`+c.word()+" "+c.word()+`"`, "w1*", "NEAR("+c.word()+" "+c.word()+", 3)")
	}
	same := func(what string, before, after []search.Result) {
		t.Helper()
		for i, q := range queries {
			if before[i].Total != after[i].Total {
				t.Errorf("%s: %s: %d hits, and %d before", what, q, after[i].Total, before[i].Total)
			}
			for j := range before[i].Hits {
				// Sums that differ by the last bit change places.
				if a, b := before[i].Hits[j], after[i].Hits[j]; math.Abs(a.Score-b.Score) > 1e-4 {
					t.Errorf("%s: %s: hit %d is %v, and %v before", what, q, j, b, a)
					break
				}
			}
		}
	}
	var old search.Cache
	shared := func(shares int) (out []search.Result) {
		for _, q := range queries {
			out = append(out, runShared(t, db, &search.Cache{}, shares, q, 50, ranges...))
		}
		return out
	}
	all := func() (out []search.Result) {
		for _, q := range queries {
			r := run(t, db, q, 50, ranges...)
			for range 2 { // what is read, and what is kept of it
				if kept := runWith(t, db, &old, q, 50, ranges...); !reflect.DeepEqual(kept, r) {
					t.Errorf("%s: %v with the cache, and %v without", q, kept, r)
				}
			}
			out = append(out, r)
		}
		return out
	}
	steps(t, db, search.Next)
	before := all()
	if n := count(`SELECT count(*) FROM search_part`); n != 30 {
		t.Fatalf("%d parts", n)
	}
	steps(t, db, search.NextTidy)
	if n := count(`SELECT count(*) FROM search_part`); n >= 10 {
		t.Errorf("%d parts after merging", n)
	}
	merged := all()
	same("merged", before, merged)
	for _, n := range []int{2, 7} {
		same(fmt.Sprintf("shared out among %d", n), merged, shared(n))
	}

	// Half of the works go; of what they held nothing stays.
	if err := db.Write(ctx, func(tx *storage.Tx) error {
		works, err := tx.Works(ctx, 0)
		for i := range works {
			if i%2 == 0 && err == nil {
				err = tx.RemoveWork(ctx, works[i].ID)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	steps(t, db, search.Next)
	steps(t, db, search.NextTidy)
	if in, are := count(`SELECT sum(passages) FROM search_part`), count(`SELECT count(*) FROM passage`); in != are {
		t.Errorf("%d passages in the index, %d in the library", in, are)
	}
	if n := count(`SELECT (SELECT count(DISTINCT part) FROM search_page) - (SELECT count(*) FROM search_part) + (SELECT count(*) FROM search_gone)`); n != 0 {
		t.Errorf("%d parts are left over", n)
	}
	after := all()
	if err := db.Write(ctx, func(tx *storage.Tx) error {
		if err := search.Drop(ctx, tx.SQL()); err != nil {
			return err
		}
		return search.Sync(ctx, tx.SQL())
	}); err != nil {
		t.Fatal(err)
	}
	same("anew", after, all())
}

// TestAStepOfAnotherStateDoesNothing: two processes prepare the same.
func TestAStepOfAnotherStateDoesNothing(t *testing.T) {
	ctx := t.Context()
	db := storagetest.Open(t)
	if _, err := db.Import(ctx, work("a", "needle"), storage.Importing{}); err != nil {
		t.Fatal(err)
	}
	next := func() (s *search.Step) {
		t.Helper()
		if err := db.Read(ctx, func(tx *storage.Tx) (err error) {
			s, err = search.Next(ctx, tx.SQL())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	apply := func(s *search.Step) {
		t.Helper()
		if err := db.Write(ctx, func(tx *storage.Tx) error { return s.Apply(ctx, tx.SQL()) }); err != nil {
			t.Fatal(err)
		}
	}
	apply(next()) // the tables
	one, other := next(), next()
	apply(one)
	apply(other)
	steps(t, db, search.Next)
	if r := run(t, db, "needle", 10, search.Range{First: 0, Last: math.MaxInt32}); r.Total != 1 {
		t.Errorf("it is found %d times", r.Total)
	}
}

// TestDamageIsNoticed: whatever byte of the index is another, it is said to be
// damaged or the answer is right.
func TestDamageIsNoticed(t *testing.T) {
	ctx := t.Context()
	db := storagetest.Open(t)
	c := newCorpus(5)
	r := c.put(t, db, "a", 3000)
	for _, where := range []string{"search_page SET data", "search_chunk SET docs", "search_chunk SET places", "search_length SET data"} {
		column := strings.Fields(where)[2]
		query := `UPDATE ` + where + ` = CAST(substr(` + column + `, 1, length(` + column + `) / 2) || x'5a' || substr(` + column + `, length(` + column + `) / 2 + 2) AS BLOB)`
		damaged := errors.New("as it should be")
		if err := db.Write(ctx, func(tx *storage.Tx) error {
			if _, err := tx.SQL().Exec(query); err != nil {
				return err
			}
			q, err := search.Parse(`w1 OR "w1 w2"`)
			if err != nil {
				return err
			}
			if _, err = search.Search(ctx, tx.SQL(), q, []search.Range{r}, 10, 0); !errors.Is(err, search.ErrDamaged) {
				t.Errorf("%s: %v", where, err)
			}
			return damaged // and so it is taken back
		}); !errors.Is(err, damaged) {
			t.Fatal(err)
		}
	}
}

func TestOtherForms(t *testing.T) {
	db := storagetest.Open(t)
	r := put(t, db, work("a",
		"The workers were happy.",             // 0
		"A worker is at work.",                // 1
		"Happiness is another matter.",        // 2
		"Die Arbeiter und ihre Arbeiterinnen", // 3
		"working-class parties",               // 4
	))
	find := func(query string, languages ...string) (out []int, marked string) {
		t.Helper()
		q, err := search.Parse(query)
		if err != nil {
			t.Fatal(err)
		}
		q, ok := q.OtherForms(languages)
		if !ok {
			return nil, ""
		}
		if err := db.Read(t.Context(), func(tx *storage.Tx) error {
			res, err := search.Search(t.Context(), tx.SQL(), q, []search.Range{r}, 10, 0)
			for _, h := range res.Hits {
				out = append(out, int(h.Passage-r.First))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, p := range q.Snippet("Workers, a worker and the work of happiest", 100) {
			if p.Hit {
				marked += "[" + p.Text + "]"
			}
		}
		slices.Sort(out)
		return out, marked
	}
	for _, tt := range []struct {
		query, language string
		want            []int
		marked          string
	}{
		{"worker", "en", []int{0, 1}, "[Workers][worker]"},
		{"worked", "en-GB", []int{1, 4}, "[work]"},
		{"worker's", "en", []int{0, 1}, "[Workers][worker]"},
		{"“the worker’s”", "en", []int{0}, ""},
		{`"worker is"`, "en", []int{1}, ""},
		{"worker NOT happy", "en", []int{1}, "[Workers][worker]"},
		{"worked party", "en", []int{4}, "[work]"},
		{"work*", "en", nil, ""},
		{"worker", "xx", nil, ""},
		{"worker", "", nil, ""},
		{"革命", "en", nil, ""},
	} {
		if got, marked := find(tt.query, tt.language); !slices.Equal(got, tt.want) || marked != tt.marked {
			t.Errorf("%s (%s): %v %s, want %v %s", tt.query, tt.language, got, marked, tt.want, tt.marked)
		}
	}
}

func TestSuggest(t *testing.T) {
	db := storagetest.Open(t)
	mine := put(t, db, work("a",
		"The bureaucracy of a degenerated state.",
		"A strong state, but without mandarins.",
		"The strong and the weak.",
		"NEAR is a word, and the strong state is another.",
		"An autocracy, says an autocracy.",
		"Autocracy, constant.",
		"The U.N. and the USSR: e-mail of a counter-revolution, the counter-revolution, says a worker.",
		"A counterrevolutionary cooperation maintains it.",
	))
	put(t, db, work("b", "burocracy, as somebody else spells it on a shelf of theirs"))
	for _, tt := range []struct{ query, want string }{
		{"burocracy", "bureaucracy 1 burocracy→bureaucracy"},
		{"kronstadt", ""}, // no "constant"
		{"Mandarines state", "mandarins state 1 Mandarines→mandarins"},
		{"burocracy of degenarated", "bureaucracy of degenerated 1 burocracy→bureaucracy degenarated→degenerated"},
		{`"the burocracy of the stat"* mandarins`, `mandarins 1 "the burocracy of the stat"*→`},
		{`"burocracy of a degen*"`, `"bureaucracy of a degen*" 1 burocracy→bureaucracy`},
		{"mandorans", "mandarins 1 mandorans→mandarins"},
		{"maindarings", "mandarins 1 maindarings→mandarins"},
		{"minderinas", ""}, // neither "mandarins" nor "maintains"
		{"steat", "state 3 steat→state"},
		{"scope", ""}, // not "state"
		{"satte", "state 3 satte→state"},
		// Written as one, apart, or with signs between.
		{"U.S.S.R.", "ussr 1 U.S.S.R.→ussr"},
		{"the U.S.S.R.", "the ussr 1 U.S.S.R.→ussr"},
		{"co-operation", "cooperation 1 co-operation→cooperation"},
		{"UN", "u.n. 1 UN→u.n."},
		{"counterrevolution", `"counter revolution" 1 counterrevolution→counter revolution`},
		{"worker counterrevolution", `worker "counter revolution" 1 counterrevolution→counter revolution`},
		{`"a counterrevolution"`, `"a counter revolution" 1 counterrevolution→counter revolution`},
		{"co operation maintains", "cooperation maintains 1 co operation→cooperation"},
		{"strong state's", "strong state 2 state's→state"},
		{`"strnog state" NOT weak`, `"strong state" NOT weak 2 strnog→strong`},
		{"strong mandarins degenerated", "strong mandarins 1 degenerated→"},
		{"weak degenerated but mandarins", ""},
		{"burocracy mandarins", "mandarins 1 burocracy→; bureaucracy 1 burocracy→bureaucracy mandarins→"},
		{"weak mandarins strong", "mandarins strong 1 weak→; weak strong 1 mandarins→"},
		{"weak OR unobtainium NOT weak", ""},
		{"zzzzzzz strong", "strong 3 zzzzzzz→"},
		{"in:a weak mandarins", "in:a mandarins 1 weak→; in:a weak 1 mandarins→"},
		{"weak (mandarins OR degenerated)", "weak 1 (mandarins OR degenerated)→; (mandarins OR degenerated) 2 weak→"},
		{"stat*", ""},
		{"x", ""},
	} {
		q, err := search.Parse(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		if err := db.Read(t.Context(), func(tx *storage.Tx) error {
			x, err := search.Open(t.Context(), tx.SQL())
			if err != nil {
				return err
			}
			some, err := x.Suggest(t.Context(), q, []search.Range{mine})
			for _, s := range some {
				one := []string{fmt.Sprintf("%s %d", s.Query, s.Total)}
				for _, c := range s.Spelled {
					one = append(one, c.Word+"→"+c.Instead)
				}
				if s.Without != "" {
					one = append(one, s.Without+"→")
				}
				said = append(said, strings.Join(one, " "))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(said, "; "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.query, got, tt.want)
		}
	}
}
