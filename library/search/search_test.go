package search_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/search"
	"lectern/storage"
	"lectern/storage/storagetest"
)

// work is a work of one section with these passages.
func work(alias string, texts ...string) *library.Work {
	w := &library.Work{Meta: library.Meta{Aliases: []string{alias}, Title: alias, Language: "en"},
		Sections: []library.Section{{Parent: -1, Depth: 1, Lead: true}}}
	for _, s := range texts {
		w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Text: s})
	}
	w.Number()
	return w
}

// put imports a work and returns the range of its passages.
func put(t testing.TB, db *storage.DB, w *library.Work) search.Range {
	t.Helper()
	ctx := t.Context()
	id, err := db.Import(ctx, w, storage.Importing{Index: func(ctx context.Context, tx *storage.Tx, text, first, last int64) error {
		return search.Add(ctx, tx.SQL(), text, first, last)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return rangeOf(t, db, id)
}

func rangeOf(t testing.TB, db *storage.DB, id library.WorkID) (r search.Range) {
	t.Helper()
	if err := db.Read(t.Context(), func(tx *storage.Tx) error {
		return tx.SQL().QueryRow(`SELECT min(p.id), max(p.id) FROM passage p JOIN work w ON w.text = p.text WHERE w.id = ?`, id).Scan(&r.First, &r.Last)
	}); err != nil {
		t.Fatal(err)
	}
	return r
}

func sync(t testing.TB, db *storage.DB) {
	t.Helper()
	if err := db.Write(t.Context(), func(tx *storage.Tx) error { return search.Sync(t.Context(), tx.SQL()) }); err != nil {
		t.Fatal(err)
	}
}

// steps does every step that next prepares, each in a transaction of its own.
func steps(t testing.TB, db *storage.DB, next func(context.Context, *sql.Tx) (*search.Step, error)) int {
	t.Helper()
	for n := 0; ; n++ {
		var step *search.Step
		if err := db.Read(t.Context(), func(tx *storage.Tx) (err error) {
			step, err = next(t.Context(), tx.SQL())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if step == nil {
			return n
		}
		if err := db.Write(t.Context(), func(tx *storage.Tx) error { return step.Apply(t.Context(), tx.SQL()) }); err != nil {
			t.Fatal(err)
		}
	}
}

// find is the numbers of the passages that match, counted from r.First, in
// order.
func find(t testing.TB, db *storage.DB, query string, ranges ...search.Range) []int {
	t.Helper()
	q, err := search.Parse(query)
	if err != nil {
		t.Fatalf("%q: %v", query, err)
	}
	var out []int
	if err := db.Read(t.Context(), func(tx *storage.Tx) error {
		r, err := search.Search(t.Context(), tx.SQL(), q, ranges, 1_000_000, 0)
		if err == nil && r.Total != len(r.Hits) {
			t.Errorf("%q: %d hits, %d in all", query, len(r.Hits), r.Total)
		}
		for _, h := range r.Hits {
			out = append(out, int(h.Passage-ranges[0].First))
		}
		return err
	}); err != nil {
		t.Fatalf("%q: %v", query, err)
	}
	slices.Sort(out)
	return out
}

func TestSearch(t *testing.T) {
	db := storagetest.Open(t)
	r := put(t, db, work("a",
		"The workers' state, degenerated as it is, must be defended.",           // 0
		"A strong state, but without mandarins.",                                // 1
		"The bureaucracy of the state grew; mandarins came back.",               // 2
		"Trotsky’s book was read in naïve Zürich cafés, and the oﬃce was shut.", // 3
		"無産者階級の革命党は、第3章に述べる。",                                                   // 4
		"เราอ่านหนังสือด้วยกันทุกวันอังคาร",                                     // 5
		"working-class self-reliance, don't you think?",                         // 6
		"one two three four five six seven eight nine ten eleven twelve",        // 7
	))
	tests := []struct {
		query string
		want  []int
	}{
		{"state", []int{0, 1, 2}},
		{"STATE mandarins", []int{1, 2}},
		{"state AND mandarins", []int{1, 2}},
		{`"strong state"`, []int{1}},
		{"“strong state”", []int{1}},
		{"«strong state»", []int{1}},
		{"state NOT mandarins", []int{0}},
		{"state NOT mandarins NOT degenerated", nil},
		{"strong OR bureaucracy", []int{1, 2}},
		{"state (strong OR bureaucracy)", []int{1, 2}},
		{"workers state OR book read", []int{0, 3}},
		{"(strong OR bureaucracy) NOT (grew OR nothing)", []int{1}},
		{"bureau*", []int{2}},
		{`"of the sta"*`, []int{2}},
		{`"of the sta*"`, []int{2}},
		{`"of the sta* "`, []int{2}},
		{"mandarins | nothing", []int{1, 2}},
		{"mandarins|nothing degenerated", []int{1, 2}},
		{"strong || bureaucracy", []int{1, 2}},
		{"NEAR (one three, 1)", []int{7}},
		{"NEAR(one, three, 1)", []int{7}},
		{"NEAR(one,three)", []int{7}},
		{"NEAR(one AND three, 1)", []int{7}},
		{"self - reliance", []int{6}}, // a dash
		{"self-reliance -1 OR working", []int{6}},
		{"state or mandarins", nil}, // "or" is a word
		{"naive cafe*", []int{3}},
		{"zurich office", []int{3}},
		{"trotsky", []int{3}},
		{"trotsky's", []int{3}},
		{"don’t", []int{6}},
		{"working-class", []int{6}},
		{"class-working", nil},
		{"NEAR(one three, 1)", []int{7}},
		{"NEAR(one four, 1)", nil},
		{`NEAR("one two" elev*, 8)`, []int{7}},
		{"NEAR(eight one)", []int{7}},
		{"革命", []int{4}},
		{"命党", []int{4}},
		{"党", []int{4}},
		{"級", []int{4}},
		{"革党", nil},
		{"第3章", []int{4}},
		{"章", []int{4}},
		{"革命 階級", []int{4}},
		{"หนังสือ", []int{5}},
		{"!!! state ???", []int{0, 1, 2}},
		{"in:a by:b section:\"The end\" strong", []int{1}},
	}
	for _, tt := range tests {
		if got := find(t, db, tt.query, r); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.query, got, tt.want)
		}
	}
	if got := find(t, db, "state", search.Range{First: r.First + 1, Last: r.First + 1}, search.Range{First: r.First + 2, Last: r.First + 7}); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("in two ranges: %v", got) // counted from the first
	}
}

func TestBestFirstAndPages(t *testing.T) {
	db := storagetest.Open(t)
	var texts []string
	for i := range 50 {
		texts = append(texts, strings.Repeat("filler ", 10+i)+"needle")
	}
	texts[33] = "needle needle needle"
	r := put(t, db, work("a", texts...))
	q, err := search.Parse("needle")
	if err != nil {
		t.Fatal(err)
	}
	var all []search.Hit
	for offset := 0; ; offset += 7 {
		var page search.Result
		if err := db.Read(t.Context(), func(tx *storage.Tx) (err error) {
			page, err = search.Search(t.Context(), tx.SQL(), q, []search.Range{r}, 7, offset)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if page.Total != 50 {
			t.Fatalf("%d in all", page.Total)
		}
		if len(page.Hits) == 0 {
			break
		}
		all = append(all, page.Hits...)
	}
	if len(all) != 50 || all[0].Passage != r.First+33 {
		t.Errorf("%d hits, first %+v", len(all), all[0])
	}
	if !slices.IsSortedFunc(all, func(a, b search.Hit) int { return int(1e9 * (b.Score - a.Score)) }) {
		t.Error("not best first")
	}
}

// TestManyWorksOnAShelf: SQLite refuses conditions that are nested too deeply.
func TestManyWorksOnAShelf(t *testing.T) {
	db := storagetest.Open(t)
	texts := make([]string, 20_000)
	for i := range texts {
		texts[i] = "needle"
	}
	r := put(t, db, work("a", texts...))
	var odd []search.Range
	for id := r.First + 1; id <= r.Last; id += 2 {
		odd = append(odd, search.Range{First: id, Last: id})
	}
	rand.Shuffle(len(odd), func(i, j int) { odd[i], odd[j] = odd[j], odd[i] })
	if got := find(t, db, "needle", append([]search.Range{{First: r.First, Last: r.First - 1}}, odd...)...); len(got) != 10_000 || got[0] != 1 || got[9999] != 19_999 {
		t.Errorf("%d hits", len(got))
	}
}

// TestLikeReadingEverything compares searches with a reader who looks at each
// passage.
func TestLikeReadingEverything(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	vocabulary := []string{"an", "and", "ant", "bee", "été", "state", "states", "x"}
	pick := func() string { return vocabulary[rng.IntN(len(vocabulary))] }
	passages := make([][]string, 300)
	texts := make([]string, len(passages))
	for i := range passages {
		for range 1 + rng.IntN(6) {
			passages[i] = append(passages[i], pick())
		}
		texts[i] = strings.Join(passages[i], " ")
	}
	db := storagetest.Open(t)
	r := put(t, db, work("a", texts...))

	type test func(passage []string) bool
	var query func(depth int) (string, test)
	term := func() (string, test) {
		switch rng.IntN(4) {
		case 0:
			a, b := pick(), pick()
			return `"` + a + " " + b + `"`, func(p []string) bool {
				for i := range len(p) - 1 {
					if p[i] == a && p[i+1] == b {
						return true
					}
				}
				return false
			}
		case 1:
			a := []string{"an", "st", "sta", "be", "ét"}[rng.IntN(5)]
			return a + "*", func(p []string) bool {
				return slices.ContainsFunc(p, func(w string) bool { return strings.HasPrefix(w, a) })
			}
		}
		a := pick()
		return a, func(p []string) bool { return slices.Contains(p, a) }
	}
	query = func(depth int) (string, test) {
		if depth == 0 {
			return term()
		}
		a, ta := query(depth - 1)
		b, tb := query(depth - 1)
		switch rng.IntN(5) {
		case 0:
			return "(" + a + " OR " + b + ")", func(p []string) bool { return ta(p) || tb(p) }
		case 1:
			return "(" + a + " NOT " + b + ")", func(p []string) bool { return ta(p) && !tb(p) }
		case 2:
			return a, ta
		}
		return "(" + a + " " + b + ")", func(p []string) bool { return ta(p) && tb(p) }
	}
	for range 500 {
		q, matches := query(rng.IntN(4))
		var want []int
		for i, p := range passages {
			if matches(p) {
				want = append(want, i)
			}
		}
		if got := find(t, db, q, r); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", q, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ query, reason string }{
		{"", "query_empty"},
		{"* * *", "query_empty"},
		{"…!", "query_empty"},
		{`""`, "query_empty"},
		{"in:fate", "query_empty"},
		{"()", "query_empty"},
		{`"a strong state`, "query_quote"},
		{`in:"fate`, "query_quote"},
		{"(state", "query_bracket"},
		{"state)", "query_bracket"},
		{strings.Repeat("(", 20) + "a" + strings.Repeat(")", 20), "query_nested"},
		{strings.Repeat("(", 1000), "query_nested"},
		{"NOT state", "query_only_not"},
		{"state OR NOT mandarins", "query_only_not"},
		{"state OR", "query_operator"},
		{"OR state", "query_operator"},
		{"state OR OR mandarins", "query_operator"},
		{"state AND", "query_operator"},
		{"AND state", "query_operator"},
		{"state NOT", "query_operator"},
		{"state NOT NOT mandarins", "query_operator"},
		{"state (OR mandarins)", "query_operator"},
		{"in: state", "query_limit_empty"},
		{`by:"" state`, "query_limit_empty"},
		{"in:a in:b state", "query_limit_twice"},
		{"state NOT in:a", "query_limit_inside"},
		{"(state in:a)", "query_limit_inside"},
		{"NEAR(state)", "query_near"},
		{"NEAR(a b", "query_near"},
		{"NEAR(a b, x)", "query_near_number"},
		{"NEAR(a b, -1)", "query_near_number"},
		{"NEAR(working class, state)", "query_near_number"},
		{"NEAR(a b, 1000)", "query_near_far"},
		{"NEAR(a b, 99999999999999999999)", "query_near_far"},
		{"NEAR(a NEAR(b c))", "query_near_inside"},
		{"NEAR((a) b)", "query_near_inside"},
		{"NEAR(a NOT b)", "query_near_inside"},
		{"NEAR(a -b)", "query_near_inside"},
		{"NEAR(,)", "query_near"},
		{"NEAR(a, 5)", "query_near"},
		{"NEAR(OR a)", "query_near"},
		{"NEAR(a b OR)", "query_near"},
		{"NEAR(a OR b c, 3)", "query_near_or"},
		{"NEAR(a|b c, 3)", "query_near_or"},
		{"state NEAR", "query_near_sign"},
		{"state NEAR power", "query_near_sign"},
		{"NEAR/5", "query_near_sign"},
		{"| state", "query_bar"},
		{"state ||", "query_bar"},
		{"state | OR mandarins", "query_operator"},
		{"state -mandarins", "query_minus"},
		{"-mandarins", "query_minus"},
		{"state -in:a", "query_limit_inside"},
		{"*ism", "query_star"},
		{"wor*er", "query_star"},
		{`"strong sta* state"`, "query_star"},
		{`"strong *"`, "query_star"},
		{"a*", "query_prefix_short"},
		{strings.Repeat("wort ", 100), "query_terms"},
		{strings.Repeat("wort* ", 9), "query_prefixes"},
		{strings.Repeat("w ", 10_000), "query_too_long"},
	}
	for _, tt := range tests {
		_, err := search.Parse(tt.query)
		e, ok := errors.AsType[*library.Error](err)
		if !ok || e.Code != library.Syntax || e.Reason != tt.reason {
			t.Errorf("%.40q: %v, want %s", tt.query, err, tt.reason)
		}
	}
	q, err := search.Parse(`IN:fate state By:"James P Cannon" section:2.II`)
	if err != nil || q.In != "fate" || q.By != "James P Cannon" || q.Section != "2.II" {
		t.Errorf("%+v, %v", q, err)
	}
}

// Signs of other languages that are not understood come with what to write.
func TestParseOffers(t *testing.T) {
	for query, want := range map[string]string{
		"state -mandarins":                       "state NOT mandarins",
		"-mandarins state":                       "NOT mandarins state",
		`in:a state -"strong state" -power`:      `in:a state NOT "strong state" NOT power`,
		"state -(power OR mandarins)":            "state NOT (power OR mandarins)",
		"-mandarins":                             "",
		"NOT -mandarins":                         "",
		"NEAR(state OR power revolution, 3)":     "NEAR(state revolution, 3) OR NEAR(power revolution, 3)",
		"a NEAR(b OR c d|ex*) in:f":              "a (NEAR(b d) OR NEAR(b ex*) OR NEAR(c d) OR NEAR(c ex*)) in:f",
		"NEAR(a|b|c d|e|f g)":                    "",
		"NEAR(a|b c) -d":                         "(NEAR(a c) OR NEAR(b c)) NOT d",
		"the state NEAR power grew":              "the NEAR(state power) grew",
		`"the state" NEAR/5 pow*`:                `NEAR("the state" pow*, 5)`,
		"NEAR power":                             "",
		"state NEAR/x power":                     "",
		`by:b "strong state"~5 power`:            "by:b NEAR(strong state, 5) power",
		"NEAR(a b, x)":                           "",
		strings.Repeat("-word ", 64) + "another": "",
	} {
		_, err := search.Parse(query)
		e, ok := errors.AsType[*library.Error](err)
		if !ok {
			t.Errorf("%s: %v", query, err)
			continue
		}
		var got []string
		for _, s := range e.Suggestions {
			got = append(got, s.Citation)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s (%s): %q is offered, want %q", query, e.Reason, got, want)
		}
	}
}

func TestSnippet(t *testing.T) {
	long := strings.Repeat("filler ", 100) + "the strong state stands here " + strings.Repeat("words ", 100) + "another state"
	tests := []struct{ query, text, want string }{
		{"state", "A strong state, a weak State.", "A strong [state], a weak [State]."},
		{`"strong state"`, "A strong state, a weak state.", "A [strong state], a weak state."},
		{"stat*", "states statistics estate", "[states] [statistics] estate"},
		{"strong NOT weak", "strong weak", "[strong] weak"},
		{"cafe", "naïve cafés, a café", "naïve cafés, a [café]"},
		{"office", "the oﬃce", "the [oﬃce]"},
		{"trotsky", "Trotsky’s", "[Trotsky]’s"},
		{"革命", "無産者階級の革命党は", "無産者階級の[革命]党は"},
		{"革命党", "無産者階級の革命党は革命", "無産者階級の[革命党]は革命"},
		{"級", "無産者階級の", "無産者階[級]の"},
		{"の", "階級の", "階級[の]"},
		{"strong state", long, "…filler filler the [strong] [state] stands here" + strings.Repeat(" words", 10) + "…"},
		{"one two \"two three\"", "one two three", "[one] [two three]"},
		// Different words count before many of one, and then the rarer of them.
		{"strong state", strings.Repeat("state ", 9) + strings.Repeat("filler ", 50) + "a strong state here " + strings.Repeat("filler ", 50),
			"…filler filler a [strong] [state] here" + strings.Repeat(" filler", 10) + "…"},
		{"strong state mandarins", strings.Repeat("a strong state ", 9) + strings.Repeat("filler ", 50) + "the state had mandarins " + strings.Repeat("filler ", 50),
			"…filler filler the [state] had [mandarins]" + strings.Repeat(" filler", 10) + "…"},
		{"words", "", ""},
	}
	for _, tt := range tests {
		q, err := search.Parse(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, p := range q.Snippet(tt.text, 100) {
			if p.Hit {
				b.WriteString("[" + p.Text + "]")
			} else {
				b.WriteString(p.Text)
			}
		}
		if b.String() != tt.want {
			t.Errorf("%s: %q, want %q", tt.query, b.String(), tt.want)
		}
	}
}

// A snippet shows what is rare in the library, once a search has said what is.
func TestSnippetOfRareWords(t *testing.T) {
	db := storagetest.Open(t)
	filler := strings.Repeat("filler ", 50)
	text := "a common alpha " + filler + "a rare alpha, rare and rare " + filler
	texts := []string{text}
	for range 20 {
		texts = append(texts, "common alpha")
	}
	r := put(t, db, work("a", texts...))
	q, err := search.Parse("alpha common rare")
	if err != nil {
		t.Fatal(err)
	}
	shown := func() string {
		var out []string
		for _, p := range q.Snippet(text, 60) {
			if p.Hit {
				out = append(out, p.Text)
			}
		}
		return strings.Join(out, " ")
	}
	if got := shown(); got != "common alpha" {
		t.Errorf("before a search %q", got)
	}
	var found search.Result
	if err := db.Read(t.Context(), func(tx *storage.Tx) (err error) {
		found, err = search.Search(t.Context(), tx.SQL(), q, []search.Range{r}, 10, 0)
		return err
	}); err != nil || found.Total != 1 {
		t.Fatal(found.Total, err)
	}
	q.Weigh(found)
	if got := shown(); got != "rare alpha rare rare" {
		t.Errorf("after it %q", got)
	}
}

func TestSync(t *testing.T) {
	ctx := t.Context()
	db := storagetest.Open(t)
	stale := func() (is bool) {
		t.Helper()
		if err := db.Read(ctx, func(tx *storage.Tx) (err error) {
			is, err = search.Stale(ctx, tx.SQL())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return is
	}
	if !stale() {
		t.Error("there is no index yet")
	}
	sync(t, db)
	if stale() {
		t.Error("stale after Sync")
	}
	quiet := func(w *library.Work) search.Range { // not into the index
		t.Helper()
		id, err := db.Import(ctx, w, storage.Importing{})
		if err != nil {
			t.Fatal(err)
		}
		return rangeOf(t, db, id)
	}
	first := quiet(work("a", "old needle", "old hay"))
	if !stale() {
		t.Error("not stale after an import")
	}
	sync(t, db)
	if got := find(t, db, "needle", first); len(got) != 1 {
		t.Errorf("after an import: %v", got)
	}
	// A corrected text takes the place of the one before.
	second := quiet(work("a", "new needle", "new needle", "new hay"))
	sync(t, db)
	if got := find(t, db, "needle", second); len(got) != 2 {
		t.Errorf("after a correction: %v", got)
	}
	if got := find(t, db, "old", first, second); len(got) != 0 {
		t.Errorf("the old text is found: %v", got)
	}
	// A work that goes takes its words along, and no other gets its ids.
	var id library.WorkID
	if err := db.Write(ctx, func(tx *storage.Tx) error {
		works, err := tx.Works(ctx, 0)
		if err != nil {
			return err
		}
		id = works[0].ID
		return tx.RemoveWork(ctx, id)
	}); err != nil {
		t.Fatal(err)
	}
	third := quiet(work("b", "another needle"))
	if third.First <= second.Last {
		t.Errorf("ids come twice: %v, %v", second, third)
	}
	sync(t, db)
	if got := find(t, db, "needle", third, second, first); !slices.Equal(got, []int{0}) {
		t.Errorf("after a removal: %v", got)
	}
	// An index of another version is built anew; so is one that lost a part.
	if err := db.Write(ctx, func(tx *storage.Tx) error {
		_, err := tx.SQL().Exec(`DROP TABLE search_state; DROP TABLE search_page;
			CREATE TABLE search_state (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, revision INTEGER NOT NULL) STRICT;
			INSERT INTO search_state (id, version, revision) VALUES (1, 2, 0); CREATE VIRTUAL TABLE search_index USING fts5 (other)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !stale() {
		t.Error("an old version is not stale")
	}
	sync(t, db)
	if got := find(t, db, "needle", third); len(got) != 1 {
		t.Errorf("after an update: %v", got)
	}
}

func TestStepsEnd(t *testing.T) {
	ctx := t.Context()
	db := storagetest.Open(t)
	texts := make([]string, 3000)
	for i := range texts {
		texts[i] = fmt.Sprintf("passage%d %s", i, strings.Repeat("filler ", 1000))
	}
	id, err := db.Import(ctx, work("a", texts...), storage.Importing{})
	if err != nil {
		t.Fatal(err)
	}
	if n := steps(t, db, search.Next); n < 4 {
		t.Errorf("%d steps for 21 MB", n)
	}
	r := rangeOf(t, db, id)
	for _, n := range []int{0, 1234, 2999} {
		if got := find(t, db, fmt.Sprintf("passage%d", n), r); !slices.Equal(got, []int{n}) {
			t.Errorf("passage %d: %v", n, got)
		}
	}
}

// TestAddLeavesNoGap: an index that is dropped while a text is imported has the
// whole of it in the end.
func TestAddLeavesNoGap(t *testing.T) {
	ctx := t.Context()
	db := storagetest.Open(t)
	texts := make([]string, 400)
	for i := range texts {
		texts[i] = fmt.Sprintf("passage%d %s", i, strings.Repeat("filler ", 500))
	}
	chunks := 0
	id, err := db.Import(ctx, work("a", texts...), storage.Importing{Index: func(ctx context.Context, tx *storage.Tx, text, first, last int64) error {
		if chunks++; chunks == 2 {
			if err := search.Drop(ctx, tx.SQL()); err != nil {
				return err
			}
		}
		return search.Add(ctx, tx.SQL(), text, first, last)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if chunks < 3 {
		t.Fatalf("%d transactions", chunks)
	}
	sync(t, db)
	r := rangeOf(t, db, id)
	if got := find(t, db, "filler", r); len(got) != 400 {
		t.Errorf("%d passages are found", len(got))
	}
}
