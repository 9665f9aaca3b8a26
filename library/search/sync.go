package search

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// version is raised when what is indexed changes; an index of another version
// is built anew.
const version = 2

// schema is the index's own. Its row ids are those of passages. The tokens are
// folded before they come here and hold letters and figures alone, so this
// tokenizer, for which every character beyond ASCII is part of a word, has only
// to split at the spaces.
//
// search_text says how far a text is indexed: a large one is indexed in several
// transactions.
const schema = `
CREATE TABLE search_state (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE TABLE search_text (text INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
CREATE VIRTUAL TABLE search_index USING fts5 (content, content = '', contentless_delete = 1, tokenize = 'ascii');
`

// stepBytes is about how much text Step indexes, some tenths of a second.
const stepBytes = 1 << 20

// Drop takes the index away; Sync builds it anew.
func Drop(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `DROP TABLE IF EXISTS search_index; DROP TABLE IF EXISTS search_text; DROP TABLE IF EXISTS search_state`)
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	return nil
}

// Sync brings the index in step with the current texts, in a transaction that
// writes: it adds those that it lacks and takes out those that are gone or were
// replaced.
func Sync(ctx context.Context, tx *sql.Tx) error {
	for {
		if done, err := Step(ctx, tx); err != nil || done {
			return err
		}
	}
}

// Step is a part of Sync that takes a short while. Called until it is done, each
// time in a transaction of its own, it lets others write in between.
func Step(ctx context.Context, tx *sql.Tx) (done bool, err error) {
	fail := func(err error) (bool, error) { return false, fmt.Errorf("search: sync: %w", err) }
	if err := ensure(ctx, tx); err != nil {
		return fail(err)
	}
	// A text without a work is being imported; Add has begun with it.
	if err := remove(ctx, tx, `text NOT IN (SELECT text FROM work WHERE text IS NOT NULL) AND text NOT IN (SELECT id FROM text WHERE work IS NULL)`); err != nil {
		return fail(err)
	}
	var text, from, last int64
	err = tx.QueryRowContext(ctx, `SELECT x.text, coalesce(s.last + 1, x.first), x.last
		FROM (SELECT w.text AS text, (SELECT id FROM passage WHERE text = w.text ORDER BY idx LIMIT 1) AS first, (SELECT id FROM passage WHERE text = w.text ORDER BY idx DESC LIMIT 1) AS last
			FROM work w WHERE w.text IS NOT NULL) x
		LEFT JOIN search_text s ON s.text = x.text
		WHERE x.last IS NOT NULL AND (s.last IS NULL OR s.last < x.last) LIMIT 1`).Scan(&text, &from, &last)
	if errors.Is(err, sql.ErrNoRows) {
		_, err = tx.ExecContext(ctx, `UPDATE search_state SET revision = (SELECT value FROM counter WHERE name = 'library')`)
		if err != nil {
			return fail(err)
		}
		return true, nil
	}
	if err == nil {
		err = put(ctx, tx, text, from, last, stepBytes)
	}
	if err != nil {
		return fail(err)
	}
	return false, nil
}

// Add indexes the passages with ids from first to last of a text that nobody
// sees yet. It does nothing where those before them are not indexed: then Sync
// will index the text whole.
func Add(ctx context.Context, tx *sql.Tx, text, first, last int64) error {
	if err := ensure(ctx, tx); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	var next int64
	err := tx.QueryRowContext(ctx, `SELECT coalesce((SELECT last + 1 FROM search_text WHERE text = ?), (SELECT id FROM passage WHERE text = ? ORDER BY idx LIMIT 1), 0)`, text, text).Scan(&next)
	if err == nil && next == first && last >= first {
		err = put(ctx, tx, text, first, last, 0)
	}
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	return nil
}

// ensure makes the tables of the index, or makes them anew where they are of
// another version.
func ensure(ctx context.Context, tx *sql.Tx) error {
	v, _, err := state(ctx, tx)
	if err != nil || v == version {
		return err
	}
	if err := Drop(ctx, tx); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO search_state (id, version, revision) VALUES (1, ?, 0)`, version)
	return err
}

// remove takes texts out of the index.
func remove(ctx context.Context, tx *sql.Tx, where string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM search_index WHERE rowid IN (
		SELECT i.rowid FROM search_text t JOIN search_index i ON i.rowid BETWEEN t.first AND t.last WHERE `+where+`)`); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM search_text WHERE `+where)
	return err
}

// put indexes passages of a text from one id to another, and stops after some
// bytes unless that is 0.
func put(ctx context.Context, tx *sql.Tx, text, first, last int64, bytes int) (err error) {
	at := first
	for read := 0; at <= last && (bytes == 0 || read < bytes); {
		batch, err := contents(ctx, tx, at, last)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			return fmt.Errorf("passages %d to %d are not there", at, last)
		}
		for _, s := range batch {
			if _, err := tx.ExecContext(ctx, `INSERT INTO search_index (rowid, content) VALUES (?, ?)`, at, indexed(s)); err != nil {
				return err
			}
			read += len(s)
			at++
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO search_text (text, first, last) VALUES (?, ?, ?) ON CONFLICT (text) DO UPDATE SET last = excluded.last`, text, first, at-1)
	return err
}

// contents are some passages from an id on, so that a large book is never in
// memory whole.
func contents(ctx context.Context, tx *sql.Tx, from, last int64) (out []string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT content FROM passage WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 200`, from, last)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err is asked below
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
