package search

import (
	linked "container/list"
	"context"
	"database/sql"
	"errors"
	"runtime"
	"slices"
	"sync"
)

// cacheBytes bounds what a Cache keeps of the rows of an index, in bytes.
const cacheBytes = 32 << 20

// A Cache keeps what searches read of an index, as far as it fits: a part is
// never changed and its number never given again, so what was read of it stays
// true. Where no row has to be asked for, a rare word costs a tenth. The zero
// value is ready; it is for one database, and safe for concurrent use. It must
// not be used within a transaction that writes, which may be undone.
type Cache struct {
	mu         sync.Mutex
	generation int64 // of the index that parts are of, 0 before one was opened
	parts      []part
	tokens     map[int64][]string // the first token of each page, by part
	rows       map[rowKey]*linked.Element
	recent     linked.List // of cachedRow, the last asked for in front
	size       int         // of rows, in bytes

	scores sync.Pool // of *[window]float32, to be used again
}

// scratch is room for the scores of a window, which may hold anything.
func (c *Cache) scratch() *[window]float32 {
	if s, ok := c.scores.Get().(*[window]float32); ok {
		return s
	}
	return new([window]float32)
}

// A rowKind says in which table a row stands, and which column is meant.
type rowKind uint8

const (
	pageRow rowKind = iota
	docsRow
	placesRow
	lengthsRow
)

// A rowKey is a row of an index: of a page its part and which it is of it, of
// others their id.
type rowKey struct {
	kind rowKind
	id   int64
}

type cachedRow struct {
	rowKey
	data []byte
}

// rowOverhead is about what a row that is kept takes besides its data, in bytes.
const rowOverhead = 200

// Open is Open with what the cache has.
func (c *Cache) Open(ctx context.Context, tx *sql.Tx) (*Index, error) {
	x := &Index{Stale: true, tx: tx, cache: c, mean: 1, much: muchToLookAt, shares: min(runtime.GOMAXPROCS(0), mostShares)}
	var is, generation int64
	var stale bool
	err := tx.QueryRowContext(ctx, `SELECT s.version, s.revision <> c.value, s.generation FROM search_state s JOIN counter c ON c.name = 'library'`).Scan(&is, &stale, &generation)
	if err != nil {
		if at, e := readState(ctx, tx); e == nil && at.version != version {
			return x, nil
		}
		return nil, wrap("open", err)
	}
	if is != version {
		return x, nil
	}
	x.Stale = stale
	c.mu.Lock()
	known := c.generation == generation
	x.parts = c.parts
	c.mu.Unlock()
	if !known {
		if x.parts, err = parts(ctx, tx); err != nil {
			return nil, wrap("open", err)
		}
		c.renew(generation, x.parts)
	}
	tokens := int64(0)
	for i := range x.parts {
		x.passages += x.parts[i].passages
		tokens += x.parts[i].tokens
	}
	x.mean = mean(x.passages, tokens)
	return x, nil
}

// renew takes the parts of another generation, and forgets those that are gone.
func (c *Cache) renew(generation int64, parts []part) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation, c.parts = generation, parts
	for id := range c.tokens {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.id == id }) {
			delete(c.tokens, id)
		}
	}
}

// row is the data of a row, which nobody may change: what is kept, or else what
// the query finds. ErrDamaged says that it is not there, or not what was written.
func (x *Index) row(ctx context.Context, key rowKey, query string, args ...any) ([]byte, error) {
	if data, ok := x.cache.get(key); ok {
		return data, nil
	}
	x.asking.Lock()
	defer x.asking.Unlock()
	var data []byte
	err := x.tx.QueryRowContext(ctx, query, args...).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrDamaged
	}
	if err == nil {
		data, err = unseal(data)
	}
	if err != nil {
		return nil, err
	}
	x.cache.put(key, data)
	return data, nil
}

func (c *Cache) get(key rowKey) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.rows[key]
	if at == nil {
		return nil, false
	}
	c.recent.MoveToFront(at)
	return at.Value.(cachedRow).data, true
}

func (c *Cache) put(key rowKey, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rows == nil {
		c.rows = map[rowKey]*linked.Element{}
	}
	if c.rows[key] != nil {
		return
	}
	c.rows[key] = c.recent.PushFront(cachedRow{key, data})
	c.size += len(data) + rowOverhead
	for c.size > cacheBytes {
		last := c.recent.Remove(c.recent.Back()).(cachedRow)
		delete(c.rows, last.rowKey)
		c.size -= len(last.data) + rowOverhead
	}
}

// firsts are the first tokens of a part's pages, in order.
func (x *Index) firsts(ctx context.Context, p *part) ([]string, error) {
	x.cache.mu.Lock()
	out, ok := x.cache.tokens[p.id]
	x.cache.mu.Unlock()
	if ok {
		return out, nil
	}
	x.asking.Lock()
	defer x.asking.Unlock()
	rows, err := x.tx.QueryContext(ctx, `SELECT token FROM search_page WHERE part = ? ORDER BY token`, p.id)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err is asked below
	var token sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&token); err != nil {
			return nil, err
		}
		out = append(out, string(token))
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	x.cache.mu.Lock()
	defer x.cache.mu.Unlock()
	if x.cache.tokens == nil {
		x.cache.tokens = map[int64][]string{}
	}
	x.cache.tokens[p.id] = out
	return out, nil
}

// pages gives the pages of a part from the one in which a token stands if it
// stands in any, until fn says that it is enough.
func (x *Index) pages(ctx context.Context, p *part, token string, fn func(data []byte) bool) error {
	firsts, err := x.firsts(ctx, p)
	if err != nil {
		return err
	}
	n, found := slices.BinarySearch(firsts, token)
	if !found && n > 0 {
		n--
	}
	for ; n < len(firsts); n++ {
		data, err := x.row(ctx, rowKey{pageRow, row(p.id, n)}, `SELECT data FROM search_page WHERE part = ? AND token = ?`, p.id, []byte(firsts[n]))
		if err != nil {
			return err
		}
		if !fn(data) {
			return nil
		}
	}
	return nil
}

// readDocs and readPlaces read what of a chunk was not read yet.
func (x *Index) readDocs(ctx context.Context, r *ref) (err error) {
	if r.docs == nil {
		r.docs, err = x.row(ctx, rowKey{docsRow, r.id}, `SELECT docs FROM search_chunk WHERE id = ?`, r.id)
	}
	return err
}

func (x *Index) readPlaces(ctx context.Context, r *ref) (err error) {
	if r.places == nil {
		r.places, err = x.row(ctx, rowKey{placesRow, r.id}, `SELECT places FROM search_chunk WHERE id = ?`, r.id)
	}
	return err
}

// lengths are those of the passages of a window of a part, two bytes each.
func (x *Index) lengths(ctx context.Context, p *part, at int) ([]byte, error) {
	id := row(p.id, at)
	data, err := x.row(ctx, rowKey{lengthsRow, id}, `SELECT data FROM search_length WHERE id = ?`, id)
	if err == nil && len(data) != 2*(min(p.has(), (at+1)*window)-at*window) {
		err = ErrDamaged
	}
	return data, err
}
