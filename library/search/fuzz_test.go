package search_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/search"
	"lectern/storage"
	"lectern/storage/storagetest"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{`a "b c" d*`, "NEAR(a b, 3) OR c NOT d", `in:x by:"y z" section:1.II w`, "((a))", `" OR "`, "革命*", "a AND NOT b", "NEAR(\"a b\"*,c)", "'); DROP TABLE passage; --", "a\x00b", "^a + b - {c}: d", "content: a", "ﬁ*", "״״", "qouted other", "b OR zz (c d)", "words \"b d\" NOT x1", "a -b | \"c d\"~3", "NEAR (a OR b, c|d, 7) -(e)", "a NEAR/5 b", "\"a b* \" NEAR"} {
		f.Add(s)
	}
	db := storagetest.Open(f)
	text := "a b c d w x1 革命党 DROP TABLE passage; naïve \"quoted\" cafés"
	r := put(f, db, work("a", text, "other"))
	f.Fuzz(func(t *testing.T, query string) {
		q, err := search.Parse(query)
		if err != nil {
			e, ok := errors.AsType[*library.Error](err)
			if !ok || e.Code != library.Syntax {
				t.Fatalf("%q: %v", query, err)
			}
			for _, s := range e.Suggestions {
				if _, err := search.Parse(s.Citation); err != nil {
					t.Errorf("%q: %q is offered: %v", query, s.Citation, err)
				}
			}
			return
		}
		if err := db.Read(context.Background(), func(tx *storage.Tx) error {
			x, err := search.Open(context.Background(), tx.SQL())
			if err != nil {
				return err
			}
			ranges := []search.Range{r, {First: r.Last + 5, Last: r.Last + 9}}
			found, err := x.Search(context.Background(), q, ranges, 10, 0)
			if err != nil || found.Total > 0 {
				return err
			}
			if other, ok := q.OtherForms([]string{"en", "ru"}); ok {
				if _, err := x.Search(context.Background(), other, ranges, 10, 0); err != nil {
					return err
				}
				other.Snippet(text, 20)
			}
			some, err := x.Suggest(context.Background(), q, ranges)
			for _, s := range some {
				if again, err := search.Parse(s.Query); err != nil {
					t.Errorf("%q: %q is suggested: %v", query, s.Query, err)
				} else if r, err := x.Search(context.Background(), again, ranges, 0, 0); err != nil || r.Total != s.Total || s.Total == 0 {
					t.Errorf("%q: %q finds %d, not %d: %v", query, s.Query, r.Total, s.Total, err)
				}
			}
			return err
		}); err != nil {
			t.Errorf("%q: %v", query, err)
		}
		for _, s := range []string{text, query} {
			var whole strings.Builder
			for _, p := range q.Snippet(s, 1<<20) {
				whole.WriteString(p.Text)
			}
			if !strings.HasPrefix(s, whole.String()) {
				t.Errorf("%q: the snippet of %q is %q", query, s, whole.String())
			}
			q.Snippet(s, 7)
			end := 0
			for _, m := range q.Marks(s) {
				if m.Start < end || m.End <= m.Start || m.End > len(s) {
					t.Errorf("%q: mark %v after %d in %q", query, m, end, s)
				}
				end = m.End
			}
		}
	})
}
