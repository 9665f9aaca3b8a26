package storage

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// A Tx is one transaction and the instant at which it happens. Its methods are
// the queries; a caller composes them, and either all happen or none.
type Tx struct {
	tx *sql.Tx
	// Now is the one timestamp of everything that the transaction does.
	Now time.Time
}

// SQL is the transaction itself, for the search index, which keeps its own
// tables in the same file.
func (t *Tx) SQL() *sql.Tx { return t.tx }

func (t *Tx) ms() int64 { return t.Now.UnixMilli() }

// instant is the time of milliseconds since 1970, in UTC.
func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func (t *Tx) exec(ctx context.Context, query string, args ...any) error {
	_, err := t.affected(ctx, query, args...)
	return err
}

// affected runs a statement and counts the rows that it changed.
func (t *Tx) affected(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := t.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("storage: %w", err)
	}
	n, err := res.RowsAffected()
	return n, wrap("rows affected", err)
}

func (t *Tx) row(ctx context.Context, query string, args ...any) *sql.Row {
	return t.tx.QueryRowContext(ctx, query, args...)
}

// next is a number that nothing of its kind has had, and nothing will have
// again.
func (t *Tx) next(ctx context.Context, kind string) (id int64, err error) {
	err = t.row(ctx, `UPDATE counter SET value = value + 1 WHERE name = ? RETURNING value - 1`, kind).Scan(&id)
	return id, wrap("number "+kind, err)
}

type scanner interface{ Scan(dest ...any) error }

// collect reads every row of a query; no row outlives it.
func collect[T any](ctx context.Context, t *Tx, scan func(scanner, *T) error, query string, args ...any) ([]T, error) {
	rows, err := t.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var x T
		if err := scan(rows, &x); err != nil {
			return nil, fmt.Errorf("storage: %w", err)
		}
		out = append(out, x)
	}
	return out, wrap("read rows", rows.Err())
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("storage: %s: %w", what, err)
}
