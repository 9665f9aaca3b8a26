package search

import (
	"bytes"
	"context"
	"database/sql"
)

// An Index reads the index within a transaction.
type Index struct {
	// Stale says that the index is not in step with the library: see Next.
	Stale bool

	tx       *sql.Tx
	parts    []part
	passages int64   // that are not empty
	mean     float64 // length, in tokens
}

// Open opens the index; one that is not there, or is of another version, is
// empty and stale.
func Open(ctx context.Context, tx *sql.Tx) (*Index, error) {
	x := &Index{Stale: true, tx: tx, mean: 1}
	rows, err := tx.QueryContext(ctx, `SELECT s.version, s.revision <> c.value, coalesce(p.id, 0), coalesce(p.first, 0), coalesce(p.last, 0), coalesce(p.passages, 0), coalesce(p.tokens, 0), coalesce(p.mean, 0)
		FROM search_state s JOIN counter c ON c.name = 'library' LEFT JOIN search_part p ORDER BY p.first`)
	if err != nil {
		if at, e := readState(ctx, tx); e == nil && at.version != version {
			return x, nil
		}
		return nil, wrap("open", err)
	}
	defer func() { _ = rows.Close() }() // Err is asked below
	tokens := int64(0)
	for rows.Next() {
		var is int64
		var p part
		if err := rows.Scan(&is, &x.Stale, &p.id, &p.first, &p.last, &p.passages, &p.tokens, &p.mean); err != nil {
			return nil, wrap("open", err)
		}
		if is != version {
			return &Index{Stale: true, tx: tx, mean: 1}, nil
		}
		if p.id > 0 {
			x.parts = append(x.parts, p)
			x.passages += p.passages
			tokens += p.tokens
		}
	}
	x.mean = mean(x.passages, tokens)
	return x, wrap("open", rows.Err())
}

// find looks a token up in a part; the entry is empty if it is not there.
func (x *Index) find(ctx context.Context, p *part, token string) (out entry, err error) {
	key := []byte(token)
	page, err := p.page(ctx, x.tx, key)
	if err != nil || page == nil {
		return out, err
	}
	p.eachEntry(page, func(is []byte, e *entry) bool {
		order := bytes.Compare(is, key)
		if order == 0 {
			out = *e
		}
		return order < 0
	})
	return out, nil
}

// scan gives the tokens of a part that begin with some letters, in their order,
// until fn says that it is enough.
func (x *Index) scan(ctx context.Context, p *part, prefix string, fn func(token []byte, e *entry) bool) error {
	key := []byte(prefix)
	return p.pages(ctx, x.tx, key, func(data []byte) bool {
		more := true
		p.eachEntry(data, func(token []byte, e *entry) bool {
			switch {
			case bytes.HasPrefix(token, key):
				more = fn(token, e)
			case bytes.Compare(token, key) > 0:
				more = false
			}
			return more
		})
		return more
	})
}
