// Package search finds words in the passages of works, through an FTS5 index
// in the same database. The index is derived from the passages: it holds no
// text, is brought in step by Sync, and is built anew when its version changes.
//
// A text's passages have ids that follow one another, so a shelf, a work and a
// section are ranges of ids, by which a search is limited at no cost.
package search

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Range is a run of passage ids, both ends included.
type Range struct{ First, Last int64 }

// A Hit is a passage that matches.
type Hit struct {
	Passage int64
	Score   float64 // the better the larger
}

// A Result is a page of hits, best first, and how many there are in all.
type Result struct {
	Total int
	Hits  []Hit
}

// Search is a page of the passages that match within the ranges, best first by
// BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009, as
// FTS5 has it: k1 = 1.2, b = 0.75, over all texts of the index). There must be
// an index: see Stale and Sync.
func Search(ctx context.Context, tx *sql.Tx, q Query, ranges []Range, limit, offset int) (Result, error) {
	var r Result
	ranges = merge(ranges)
	if len(ranges) == 0 || q.match == "" {
		return r, nil
	}
	where := `search_index MATCH ? AND ` + within(ranges)
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM search_index WHERE `+where, q.match).Scan(&r.Total); err != nil {
		return r, fmt.Errorf("search: %w", err)
	}
	if r.Total == 0 || limit <= 0 || offset >= r.Total {
		return r, nil
	}
	rows, err := tx.QueryContext(ctx, `SELECT rowid, -bm25(search_index) AS score FROM search_index WHERE `+where+` ORDER BY score DESC, rowid LIMIT ? OFFSET ?`,
		q.match, limit, max(0, offset))
	if err != nil {
		return r, fmt.Errorf("search: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err is asked below
	for rows.Next() {
		var h Hit
		if err := rows.Scan(&h.Passage, &h.Score); err != nil {
			return r, fmt.Errorf("search: %w", err)
		}
		r.Hits = append(r.Hits, h)
	}
	if err := rows.Err(); err != nil {
		return r, fmt.Errorf("search: %w", err)
	}
	return r, nil
}

// merge sorts ranges and joins those that touch.
func merge(ranges []Range) []Range {
	ranges = slices.DeleteFunc(slices.Clone(ranges), func(r Range) bool { return r.Last < r.First })
	slices.SortFunc(ranges, func(a, b Range) int { return int(a.First - b.First) })
	var out []Range
	for _, r := range ranges {
		if n := len(out) - 1; n >= 0 && r.First <= out[n].Last+1 {
			out[n].Last = max(out[n].Last, r.Last)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// within is the condition that a row is in one of the ranges, which are sorted.
// FTS5 skips what is outside the first and the last by itself; in between the
// ranges are halved, so that thousands of works cost no more than a few, and
// the expression stays as shallow as SQLite wants it.
func within(ranges []Range) string {
	var b strings.Builder
	num := func(n int64) { b.WriteString(strconv.FormatInt(n, 10)) }
	between := func(r Range) {
		b.WriteString("rowid BETWEEN ")
		num(r.First)
		b.WriteString(" AND ")
		num(r.Last)
	}
	between(Range{ranges[0].First, ranges[len(ranges)-1].Last})
	if len(ranges) == 1 {
		return b.String()
	}
	b.WriteString(" AND ")
	var halve func([]Range)
	halve = func(some []Range) {
		if len(some) == 1 {
			between(some[0])
			return
		}
		half := len(some) / 2
		b.WriteString("CASE WHEN rowid < ")
		num(some[half].First)
		b.WriteString(" THEN ")
		halve(some[:half])
		b.WriteString(" ELSE ")
		halve(some[half:])
		b.WriteString(" END")
	}
	halve(ranges)
	return b.String()
}

// Stale reports whether the index is not in step with the library.
func Stale(ctx context.Context, tx *sql.Tx) (bool, error) {
	v, revision, err := state(ctx, tx)
	if err != nil {
		return false, err
	}
	if v != version {
		return true, nil
	}
	var now int64
	if err := tx.QueryRowContext(ctx, `SELECT value FROM counter WHERE name = 'library'`).Scan(&now); err != nil {
		return false, fmt.Errorf("search: %w", err)
	}
	return revision != now, nil
}

// state is the version of the index, 0 if there is none, and the revision of
// the library that it is in step with.
func state(ctx context.Context, tx *sql.Tx) (v, revision int64, err error) {
	var there bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'search_state')`).Scan(&there); err != nil {
		return 0, 0, fmt.Errorf("search: %w", err)
	}
	if !there {
		return 0, 0, nil
	}
	err = tx.QueryRowContext(ctx, `SELECT version, revision FROM search_state`).Scan(&v, &revision)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fmt.Errorf("search: %w", err)
	}
	return v, revision, nil
}
