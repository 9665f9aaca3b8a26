// Package search finds words in the passages of works, through an FTS5 index
// in the same database. The index is derived from the passages: it holds no
// text, is brought in step by Sync, and is built anew when its version changes.
package search

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// version is raised when what is indexed changes; an index of another version
// is built anew.
const version = 1

// schema is the index's own. Its row ids are those of passages. The tokens are
// folded before they come here, so the tokenizer has only to split at spaces.
const schema = `
CREATE TABLE IF NOT EXISTS search_state (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS search_text (text INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
CREATE VIRTUAL TABLE IF NOT EXISTS search_index USING fts5 (content, content = '', contentless_delete = 1, detail = full, prefix = '3', tokenize = "unicode61 remove_diacritics 0 tokenchars '_'");
`

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

// Stale reports whether the index is not in step with the library.
func Stale(ctx context.Context, tx *sql.Tx) (bool, error) {
	var there bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'search_state')`).Scan(&there); err != nil {
		return false, fmt.Errorf("search: %w", err)
	}
	if !there {
		return true, nil
	}
	var v, revision, now int64
	err := tx.QueryRowContext(ctx, `SELECT version, revision FROM search_state`).Scan(&v, &revision)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	if err == nil {
		err = tx.QueryRowContext(ctx, `SELECT value FROM counter WHERE name = 'library'`).Scan(&now)
	}
	if err != nil {
		return false, fmt.Errorf("search: %w", err)
	}
	return v != version || revision != now, nil
}

// Drop takes the index away; Sync builds it anew.
func Drop(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `DROP TABLE IF EXISTS search_index; DROP TABLE IF EXISTS search_text; DROP TABLE IF EXISTS search_state`)
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	return nil
}

// Sync brings the index in step with the current texts, in a transaction that
// writes: it adds those that it lacks and takes out those that are gone or
// were replaced.
func Sync(ctx context.Context, tx *sql.Tx) error {
	fail := func(err error) error { return fmt.Errorf("search: sync: %w", err) }
	var v int64
	err := tx.QueryRowContext(ctx, `SELECT version FROM search_state`).Scan(&v)
	if err != nil || v != version { // none yet, or of another version
		if err := Drop(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, schema); err != nil {
			return fail(err)
		}
	}
	type text struct{ id, first, last int64 }
	list := func(query string) (out []text, err error) {
		rows, err := tx.QueryContext(ctx, query)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		for rows.Next() {
			var t text
			if err := rows.Scan(&t.id, &t.first, &t.last); err != nil {
				return nil, err
			}
			out = append(out, t)
		}
		return out, rows.Err()
	}
	gone, err := list(`SELECT text, first, last FROM search_text WHERE text NOT IN (SELECT text FROM work WHERE text IS NOT NULL)`)
	if err != nil {
		return fail(err)
	}
	for _, t := range gone {
		if _, err := tx.ExecContext(ctx, `DELETE FROM search_index WHERE rowid BETWEEN ? AND ?`, t.first, t.last); err != nil {
			return fail(err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM search_text WHERE text = ?`, t.id); err != nil {
			return fail(err)
		}
	}
	fresh, err := list(`SELECT p.text, min(p.id), max(p.id) FROM passage p JOIN work w ON w.text = p.text
		WHERE p.text NOT IN (SELECT text FROM search_text) GROUP BY p.text`)
	if err != nil {
		return fail(err)
	}
	for _, t := range fresh {
		if err := add(ctx, tx, t.first, t.last); err != nil {
			return fail(err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO search_text (text, first, last) VALUES (?, ?, ?)`, t.id, t.first, t.last); err != nil {
			return fail(err)
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO search_state (id, version, revision) SELECT 1, ?, value FROM counter WHERE name = 'library'
		ON CONFLICT (id) DO UPDATE SET version = excluded.version, revision = excluded.revision`, version); err != nil {
		return fail(err)
	}
	return nil
}

// add indexes the passages with ids from first to last, some at a time, so
// that a large book is never in memory whole.
func add(ctx context.Context, tx *sql.Tx, first, last int64) error {
	put, err := tx.PrepareContext(ctx, `INSERT INTO search_index (rowid, content) VALUES (?, ?)`)
	if err != nil {
		return err
	}
	defer put.Close()
	const step = 500
	for from := first; from <= last; from += step {
		batch, err := passages(ctx, tx, from, min(from+step-1, last))
		if err != nil {
			return err
		}
		for _, r := range batch {
			if _, err := put.ExecContext(ctx, r.id, indexed(r.text)); err != nil {
				return err
			}
		}
	}
	return nil
}

// A row is a passage to index.
type row struct {
	id   int64
	text string
}

func passages(ctx context.Context, tx *sql.Tx, first, last int64) (out []row, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, content FROM passage WHERE id BETWEEN ? AND ?`, first, last)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.id, &r.text); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// Search is a page of the passages that match within the ranges, best first
// by BM25.
func Search(ctx context.Context, tx *sql.Tx, q Query, ranges []Range, limit, offset int) (Result, error) {
	var r Result
	if len(ranges) == 0 {
		return r, nil
	}
	var b strings.Builder
	for i, x := range ranges {
		if i > 0 {
			b.WriteString(" OR ")
		}
		b.WriteString("rowid BETWEEN " + strconv.FormatInt(x.First, 10) + " AND " + strconv.FormatInt(x.Last, 10))
	}
	where := `search_index MATCH ? AND (` + b.String() + `)`
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM search_index WHERE `+where, q.match).Scan(&r.Total); err != nil {
		return r, fmt.Errorf("search: %w", err)
	}
	if r.Total == 0 || limit <= 0 {
		return r, nil
	}
	rows, err := tx.QueryContext(ctx, `SELECT rowid, -bm25(search_index) AS score FROM search_index WHERE `+where+` ORDER BY score DESC, rowid LIMIT ? OFFSET ?`,
		q.match, limit, offset)
	if err != nil {
		return r, fmt.Errorf("search: %w", err)
	}
	defer rows.Close()
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
