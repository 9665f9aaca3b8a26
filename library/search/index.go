package search

import (
	"bytes"
	"context"
	"database/sql"
	"sync"
)

// An Index reads the index within a transaction.
type Index struct {
	// Stale says that the index is not in step with the library: see Next.
	Stale bool

	asking   sync.Mutex // held while tx is asked
	tx       *sql.Tx
	cache    *Cache
	parts    []part
	passages int64   // that are not empty
	mean     float64 // length, in tokens

	much, shares int // from what on a search is shared out, and among how many
}

// Open opens the index; one that is not there, or is of another version, is
// empty and stale.
func Open(ctx context.Context, tx *sql.Tx) (*Index, error) { return new(Cache).Open(ctx, tx) }

// find looks a token up in a part; the entry is empty if it is not there.
func (x *Index) find(ctx context.Context, p *part, token string) (out entry, err error) {
	err = x.pages(ctx, p, token, func(page []byte) bool {
		out, _ = p.lookUp(page, token)
		return false
	})
	return out, err
}

// scan gives the tokens of a part that begin with some letters, in their order,
// until fn says that it is enough.
func (x *Index) scan(ctx context.Context, p *part, prefix string, fn func(token []byte, e *entry) bool) error {
	key := []byte(prefix)
	return x.pages(ctx, p, prefix, func(data []byte) bool {
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
