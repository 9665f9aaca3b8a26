package search

import (
	"bytes"
	"context"
	"database/sql"
)

// An Index reads the index within a transaction.
type Index struct {
	tx       *sql.Tx
	parts    []part
	passages int64   // that are not empty
	mean     float64 // length, in tokens
}

// Open opens the index. There must be one: see Stale and Next.
func Open(ctx context.Context, tx *sql.Tx) (*Index, error) {
	all, err := parts(ctx, tx)
	if err != nil {
		return nil, wrap("open", err)
	}
	x := &Index{tx: tx, parts: all}
	tokens := int64(0)
	for _, p := range all {
		x.passages += p.passages
		tokens += p.tokens
	}
	x.mean = mean(x.passages, tokens)
	return x, nil
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
