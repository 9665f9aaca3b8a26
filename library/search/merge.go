package search

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"math/bits"
	"sort"
	"strconv"
	"strings"
)

const (
	mergeBytes = 4 << 20 // about how much of a merged part is written at once
	sweepRows  = 400     // how many rows of a part that is gone are removed at once
	fanIn      = 8       // how many neighbours of a size are merged
	largest    = 3       // parts of this level are merged no more: some 50 MB of text and more
)

// sweep prepares to remove rows of parts that are gone.
func sweep(ctx context.Context, tx *sql.Tx, _ state, s *Step) error {
	var part int64
	err := tx.QueryRowContext(ctx, `SELECT part FROM search_gone LIMIT 1`).Scan(&part)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	s.apply = func(ctx context.Context, tx *sql.Tx) error {
		left := int64(sweepRows)
		for _, q := range []struct {
			query string
			args  []any
		}{
			{`DELETE FROM search_page WHERE rowid IN (SELECT rowid FROM search_page WHERE part = ? LIMIT ?)`, []any{part}},
			{`DELETE FROM search_chunk WHERE id IN (SELECT id FROM search_chunk WHERE id BETWEEN ? AND ? LIMIT ?)`, []any{row(part, 0), row(part+1, 0) - 1}},
			{`DELETE FROM search_length WHERE id IN (SELECT id FROM search_length WHERE id BETWEEN ? AND ? LIMIT ?)`, []any{row(part, 0), row(part+1, 0) - 1}},
		} {
			res, err := tx.ExecContext(ctx, q.query, append(q.args, left)...)
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			if left -= n; left <= 0 {
				return nil
			}
		}
		return exec(ctx, tx, `DELETE FROM search_gone WHERE part = ?`, part)
	}
	return err
}

// level is a part's size, eight times as large for each: some 100 kB of text,
// 800 kB, 6 MB, 50 MB and more.
func (p *part) level() int { return (bits.Len64(uint64(p.tokens)>>14) + 2) / 3 }

// choose prepares to begin a merge: of neighbours of one level, or smaller,
// where there are enough of them, or of a part with itself where much of it is
// gone.
func choose(ctx context.Context, tx *sql.Tx, _ state, s *Step) error {
	all, err := parts(ctx, tx)
	if err != nil {
		return err
	}
	begin := func(some []part) {
		s.apply = func(ctx context.Context, tx *sql.Tx) error {
			m, err := meanWith(ctx, tx, nil)
			if err != nil {
				return err
			}
			id, err := newPart(ctx, tx)
			if err != nil {
				return err
			}
			var from []string
			for _, p := range some {
				from = append(from, strconv.FormatInt(p.id, 10))
			}
			return exec(ctx, tx, `INSERT INTO search_merge (id, part, sources, mean, token, chunks) VALUES (1, ?, ?, ?, x'', 0)`, id, strings.Join(from, " "), m)
		}
	}
	for level := range largest {
		for from := range all {
			to := from
			for to < len(all) && to-from < fanIn && all[to].level() <= level {
				to++
			}
			if to-from == fanIn {
				begin(all[from:to])
				return nil
			}
		}
	}
	for i, p := range all {
		alive, err := live(ctx, tx, p.first, p.last)
		if err != nil {
			return err
		}
		left := int64(0)
		for _, r := range alive {
			left += r.Last - r.First + 1
		}
		// The smaller it is, the less may be gone.
		if dead := p.passages - left; dead > 0 && dead*8 > int64(p.level())*p.passages {
			begin(all[i : i+1])
			return nil
		}
	}
	return nil
}

// live are the ranges of ids between two that belong to texts.
func live(ctx context.Context, tx *sql.Tx, first, last int64) (out []Range, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT max(first, ?1), min(last, ?2) FROM search_text WHERE first <= ?2 AND last >= ?1 ORDER BY first`, first, last)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err is asked below
	for rows.Next() {
		var r Range
		if err := rows.Scan(&r.First, &r.Last); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// A mergeCursor goes through the tokens of a part that is being merged.
type mergeCursor struct {
	part
	shift uint32 // from its passages to those of the part that is made
	alive []Range
	begun bool
	page  []byte // the first token of the page that was read last
	toks  [][]byte
	lists []entry
}

// next reads the next page with a token behind one, if nothing is left of the
// one before; ok is false at the end.
func (c *mergeCursor) next(ctx context.Context, tx *sql.Tx, after []byte) (ok bool, err error) {
	for len(c.toks) == 0 {
		var data []byte
		query := `SELECT token, data FROM search_page WHERE part = ? AND token > ? ORDER BY token LIMIT 1`
		if !c.begun { // after may stand in the midst of a page
			query = `SELECT token, data FROM search_page WHERE part = ?1 AND token >= coalesce((SELECT max(token) FROM search_page WHERE part = ?1 AND token <= ?2), x'') ORDER BY token LIMIT 1`
			c.begun, c.page = true, after
		}
		err := tx.QueryRowContext(ctx, query, c.id, c.page).Scan(&c.page, &data)
		if errors.Is(err, sql.ErrNoRows) {
			return false, nil
		}
		if err == nil {
			data, err = unseal(data)
		}
		if err != nil {
			return false, err
		}
		c.eachEntry(data, func(token []byte, e *entry) bool {
			if bytes.Compare(token, after) > 0 {
				c.toks = append(c.toks, bytes.Clone(token))
				c.lists = append(c.lists, entry{passages: e.passages, refs: append([]ref(nil), e.refs...)})
			}
			return true
		})
	}
	return true, nil
}

// take adds the list of the token that the cursor stands at, and goes on.
func (c *mergeCursor) take(ctx context.Context, tx *sql.Tx, l *list) error {
	e := c.lists[0]
	c.toks, c.lists = c.toks[1:], c.lists[1:]
	for i := range e.refs {
		r := &e.refs[i]
		if err := errors.Join(r.readDocs(ctx, tx), r.readPlaces(ctx, tx)); err != nil {
			return err
		}
		c.decode(r, l)
	}
	return nil
}

// decode adds what of a chunk is alive to a list.
func (c *mergeCursor) decode(r *ref, l *list) {
	var b block
	var docs, times [blockDocs]uint32
	at := 0
	for from := (blocks{data: r.docs}); from.read(&b); {
		counts := b.times(&times)
		place := b.from
		for i, d := range b.passages(&docs) {
			id := c.first + int64(d)
			for at < len(c.alive) && c.alive[at].Last < id {
				at++
			}
			keep := at < len(c.alive) && c.alive[at].First <= id
			if keep {
				l.docs, l.counts = append(l.docs, d+c.shift), append(l.counts, counts[i])
			}
			was := uint32(0)
			for range counts[i] {
				var p uint32
				p, place = uvarint(r.places, place)
				was += p
				if keep {
					l.places = append(l.places, was)
				}
			}
		}
	}
}

// sort puts a list in order whose passages are not: parts may reach over one
// another, where two texts were imported at once.
func (l *list) sort() {
	type one struct {
		doc    uint32
		places []uint32
	}
	if sort.SliceIsSorted(l.docs, func(i, j int) bool { return l.docs[i] < l.docs[j] }) {
		return
	}
	all := make([]one, len(l.docs))
	at := 0
	for i, d := range l.docs {
		end := at + int(l.counts[i])
		all[i] = one{d, append([]uint32(nil), l.places[at:end]...)}
		at = end
	}
	sort.Slice(all, func(i, j int) bool { return all[i].doc < all[j].doc })
	l.reset()
	for _, x := range all {
		l.docs, l.counts, l.places = append(l.docs, x.doc), append(l.counts, uint32(len(x.places))), append(l.places, x.places...)
	}
}

// merge prepares to write the next stretch of a part that is made of others.
func merge(ctx context.Context, tx *sql.Tx, _ state, s *Step) error {
	var id int64
	var sources string
	var mean float64
	var after []byte
	r := &rows{}
	err := tx.QueryRowContext(ctx, `SELECT part, sources, mean, token, chunks FROM search_merge`).Scan(&id, &sources, &mean, &after, &r.firstChunk)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	all, err := parts(ctx, tx)
	if err != nil {
		return err
	}
	var cursors []*mergeCursor
	made := part{id: id, mean: mean}
	for _, p := range all {
		if !strings.Contains(" "+sources+" ", " "+strconv.FormatInt(p.id, 10)+" ") {
			continue
		}
		alive, err := live(ctx, tx, p.first, p.last)
		if err != nil {
			return err
		}
		if len(cursors) == 0 {
			made.first, made.last = p.first, p.last
		}
		made.last = max(made.last, p.last)
		cursors = append(cursors, &mergeCursor{part: p, shift: uint32(p.first - made.first), alive: alive})
	}
	if len(cursors) != len(strings.Fields(sources)) {
		s.apply = abandon
		return nil
	}
	lengths := make([]uint16, made.has())
	for _, c := range cursors {
		own, err := c.lengths(ctx, tx, 0, (c.has()-1)/window, nil)
		if err != nil {
			return err
		}
		for _, a := range c.alive {
			for d := a.First - c.first; d <= a.Last-c.first; d++ {
				if own[d] > 0 {
					lengths[uint32(d)+c.shift] = own[d]
					made.passages++
				}
			}
		}
	}
	var l list
	done := false
	for r.size < mergeBytes {
		var least []byte
		for _, c := range cursors {
			if ok, err := c.next(ctx, tx, after); err != nil {
				return err
			} else if ok && (least == nil || bytes.Compare(c.toks[0], least) < 0) {
				least = c.toks[0]
			}
		}
		if done = least == nil; done {
			break
		}
		l.reset()
		for _, c := range cursors {
			if len(c.toks) > 0 && bytes.Equal(c.toks[0], least) {
				if err := c.take(ctx, tx, &l); err != nil {
					return err
				}
			}
		}
		l.sort()
		r.add(least, &l, lengths, mean)
		after = least
	}
	for _, n := range lengths {
		made.tokens += int64(n)
	}
	if done {
		r.measure(lengths)
	}
	s.apply = func(ctx context.Context, tx *sql.Tx) error {
		chunks := r.firstChunk + len(r.chunks)
		if err := r.write(ctx, tx, id); err != nil {
			return err
		}
		if !done {
			return exec(ctx, tx, `UPDATE search_merge SET token = ?, chunks = ?`, after, chunks)
		}
		var from []string
		for _, c := range cursors {
			from = append(from, strconv.FormatInt(c.id, 10))
		}
		err := errors.Join(
			dropParts(ctx, tx, `id IN (`+strings.Join(from, ", ")+`)`),
			exec(ctx, tx, `DELETE FROM search_merge`))
		if err != nil || made.passages == 0 {
			return errors.Join(err, exec(ctx, tx, `INSERT INTO search_gone (part) SELECT ? WHERE ? = 0`, id, made.passages))
		}
		return exec(ctx, tx, `INSERT INTO search_part (id, first, last, passages, tokens, mean) VALUES (?, ?, ?, ?, ?, ?)`,
			made.id, made.first, made.last, made.passages, made.tokens, made.mean)
	}
	return nil
}
