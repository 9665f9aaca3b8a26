package search

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// batchBytes is about how much text becomes a part at once. A batch takes about
// five times as much memory.
const batchBytes = 16 << 20

// A Step is a part of what brings the index in step. It was prepared in a
// transaction that reads, which is most of the work, so that Apply holds up
// other writers for a short while only.
type Step struct {
	// Passages is how many passages are still to be read, for a progress bar.
	Passages int64

	generation int64 // of the index that it was prepared on; -1 for none
	apply      func(ctx context.Context, tx *sql.Tx) error
}

// Apply does the step. It does nothing where the index was changed since the
// step was prepared: then the next is another.
func (s *Step) Apply(ctx context.Context, tx *sql.Tx) error {
	if s.generation < 0 {
		return wrap("sync", ensure(ctx, tx))
	}
	at, err := readState(ctx, tx)
	if err != nil || at.version != version || at.generation != s.generation {
		return wrap("sync", err)
	}
	if err := s.apply(ctx, tx); err != nil {
		return wrap("sync", err)
	}
	return wrap("sync", raise(ctx, tx))
}

func raise(ctx context.Context, tx *sql.Tx) error {
	return exec(ctx, tx, `UPDATE search_state SET generation = generation + 1`)
}

// Next prepares the next step that the index needs to be in step with the
// current texts; nil if it is. It adds texts that it lacks and leaves out those
// that are gone or were replaced.
func Next(ctx context.Context, tx *sql.Tx) (*Step, error) {
	at, err := readState(ctx, tx)
	switch {
	case err != nil:
		return nil, wrap("sync", err)
	case at.version != version:
		return &Step{generation: -1}, nil
	}
	s := &Step{generation: at.generation}
	for _, prepare := range []func(context.Context, *sql.Tx, state, *Step) error{forget, read, arrive} {
		if err := prepare(ctx, tx, at, s); err != nil || s.apply != nil {
			return s, wrap("sync", err)
		}
	}
	return nil, nil
}

// NextTidy prepares the next step that makes the index smaller or faster and
// changes nothing that is found; nil if there is none.
func NextTidy(ctx context.Context, tx *sql.Tx) (*Step, error) {
	at, err := readState(ctx, tx)
	if err != nil || at.version != version {
		return nil, wrap("tidy", err)
	}
	s := &Step{generation: at.generation}
	for _, prepare := range []func(context.Context, *sql.Tx, state, *Step) error{sweep, merge, choose} {
		if err := prepare(ctx, tx, at, s); err != nil || s.apply != nil {
			return s, wrap("tidy", err)
		}
	}
	return nil, nil
}

// Sync does every step, and tidies, in one transaction that writes.
func Sync(ctx context.Context, tx *sql.Tx) error {
	for _, next := range []func(context.Context, *sql.Tx) (*Step, error){Next, NextTidy} {
		for {
			s, err := next(ctx, tx)
			if err != nil {
				return err
			}
			if s == nil {
				break
			}
			if err := s.Apply(ctx, tx); err != nil {
				return err
			}
		}
	}
	return nil
}

// Drop takes the index away; it is built anew by the steps of Next.
func Drop(ctx context.Context, tx *sql.Tx) error { return wrap("drop", exec(ctx, tx, drop)) }

// Add indexes the passages with ids from first to last of a text that nobody
// sees yet. It does nothing where those before them are not indexed: then the
// text is left to Next.
func Add(ctx context.Context, tx *sql.Tx, text, first, last int64) error {
	if err := ensure(ctx, tx); err != nil {
		return wrap("add", err)
	}
	var next int64
	err := tx.QueryRowContext(ctx, `SELECT coalesce((SELECT last + 1 FROM search_text WHERE text = ?), (SELECT id FROM passage WHERE text = ? ORDER BY idx LIMIT 1), 0)`, text, text).Scan(&next)
	if err != nil || next != first || last < first {
		return wrap("add", err)
	}
	b := newBatch(first)
	if _, err := contents(ctx, tx, first, last, func(id int64, s string) bool { b.add(id, s); return true }); err != nil {
		return wrap("add", err)
	}
	mean, err := meanWith(ctx, tx, b)
	if err != nil {
		return wrap("add", err)
	}
	return wrap("add", errors.Join(b.write(ctx, tx, b.rows(mean), mean), note(ctx, tx, text, first, last), raise(ctx, tx)))
}

// A missing text is one that is not indexed, or not to its end.
type missing struct{ text, first, from, last int64 }

// missings are the current texts of which passages are missing, by their ids.
func missings(ctx context.Context, tx *sql.Tx) (out []missing, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT x.text, x.first, coalesce(s.last + 1, x.first), x.last
		FROM (SELECT w.text AS text, (SELECT id FROM passage WHERE text = w.text ORDER BY idx LIMIT 1) AS first, (SELECT id FROM passage WHERE text = w.text ORDER BY idx DESC LIMIT 1) AS last
			FROM work w WHERE w.text IS NOT NULL) x
		LEFT JOIN search_text s ON s.text = x.text
		WHERE x.last IS NOT NULL AND (s.last IS NULL OR s.last < x.last) ORDER BY x.first`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err is asked below
	for rows.Next() {
		var m missing
		if err := rows.Scan(&m.text, &m.first, &m.from, &m.last); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

// read prepares a part of texts that the index lacks.
func read(ctx context.Context, tx *sql.Tx, _ state, s *Step) error {
	texts, err := missings(ctx, tx)
	if err != nil || len(texts) == 0 {
		return err
	}
	for _, m := range texts {
		s.Passages += m.last - m.from + 1
	}
	b := newBatch(texts[0].from)
	bytes := 0
	var done []missing
	for _, m := range texts {
		if bytes >= batchBytes {
			break
		}
		end, err := contents(ctx, tx, m.from, m.last, func(id int64, text string) bool {
			b.add(id, text)
			bytes += len(text)
			return bytes < batchBytes
		})
		if err != nil {
			return err
		}
		m.last = end
		done = append(done, m)
	}
	mean, err := meanWith(ctx, tx, b)
	if err != nil {
		return err
	}
	r := b.rows(mean)
	s.apply = func(ctx context.Context, tx *sql.Tx) error {
		for _, m := range done {
			if err := note(ctx, tx, m.text, m.first, m.last); err != nil {
				return err
			}
		}
		return b.write(ctx, tx, r, mean)
	}
	return nil
}

// note writes down how far a text is indexed.
func note(ctx context.Context, tx *sql.Tx, text, first, last int64) error {
	return exec(ctx, tx, `INSERT INTO search_text (text, first, last) VALUES (?, ?, ?) ON CONFLICT (text) DO UPDATE SET last = excluded.last`, text, first, last)
}

// rows are a batch as it is kept.
func (t *batch) rows(mean float64) *rows {
	r := &rows{}
	t.lists(func(name string, l *list) { r.add([]byte(name), l, t.lengths, mean) })
	r.measure(t.lengths)
	return r
}

// write makes a part of a batch.
func (t *batch) write(ctx context.Context, tx *sql.Tx, r *rows, mean float64) error {
	id, err := newPart(ctx, tx)
	if err != nil {
		return err
	}
	if err := r.write(ctx, tx, id); err != nil {
		return err
	}
	return exec(ctx, tx, `INSERT INTO search_part (id, first, last, passages, tokens, mean) VALUES (?, ?, ?, ?, ?, ?)`,
		id, t.base, t.base+int64(len(t.lengths))-1, t.passages, t.total, mean)
}

func newPart(ctx context.Context, tx *sql.Tx) (id int64, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE search_state SET part = part + 1 RETURNING part`).Scan(&id)
	return id, err
}

// meanWith is the mean length of the passages of the index and a batch, in
// tokens.
func meanWith(ctx context.Context, tx *sql.Tx, b *batch) (float64, error) {
	var passages, tokens int64
	err := tx.QueryRowContext(ctx, `SELECT coalesce(sum(passages), 0), coalesce(sum(tokens), 0) FROM search_part`).Scan(&passages, &tokens)
	if b != nil {
		passages, tokens = passages+b.passages, tokens+b.total
	}
	return mean(passages, tokens), err
}

func mean(passages, tokens int64) float64 {
	return max(1, float64(tokens)/float64(max(1, passages)))
}

// forget prepares to leave out the texts that are gone. A text without a work
// is being imported; Add has begun with it.
func forget(ctx context.Context, tx *sql.Tx, _ state, s *Step) error {
	const gone = `text NOT IN (SELECT text FROM work WHERE text IS NOT NULL) AND text NOT IN (SELECT id FROM text WHERE work IS NULL)`
	var some bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM search_text WHERE `+gone+`)`).Scan(&some); err != nil || !some {
		return err
	}
	s.apply = func(ctx context.Context, tx *sql.Tx) error {
		return errors.Join(
			exec(ctx, tx, `DELETE FROM search_text WHERE `+gone),
			dropParts(ctx, tx, `NOT EXISTS (SELECT 1 FROM search_text t WHERE t.first <= p.last AND t.last >= p.first)`),
			abandon(ctx, tx)) // what is being merged may hold them
	}
	return nil
}

// dropParts takes parts away; their rows are removed by and by.
func dropParts(ctx context.Context, tx *sql.Tx, where string, args ...any) error {
	return errors.Join(
		exec(ctx, tx, `INSERT INTO search_gone (part) SELECT id FROM search_part p WHERE `+where, args...),
		exec(ctx, tx, `DELETE FROM search_part AS p WHERE `+where, args...))
}

// abandon gives up a merge.
func abandon(ctx context.Context, tx *sql.Tx) error {
	return exec(ctx, tx, `INSERT INTO search_gone (part) SELECT part FROM search_merge; DELETE FROM search_merge`)
}

// arrive prepares to write down that the index is in step.
func arrive(ctx context.Context, tx *sql.Tx, at state, s *Step) error {
	var now int64
	if err := tx.QueryRowContext(ctx, `SELECT value FROM counter WHERE name = 'library'`).Scan(&now); err != nil || now == at.revision {
		return err
	}
	s.apply = func(ctx context.Context, tx *sql.Tx) error {
		return exec(ctx, tx, `UPDATE search_state SET revision = ?`, now)
	}
	return nil
}

// exec runs a statement for which there is nothing to say but whether it went
// well.
func exec(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("search: %s: %w", what, err)
}

// wordsColumn is the column of a passage's words, of which a chapter that is kept by its
// title alone has none.
const wordsColumn = `CASE kind WHEN 'chapter' THEN '' ELSE content END`

// contents gives the words of passages with ids from one to another, in order,
// until fn says that it is enough; end is the last one it was given.
func contents(ctx context.Context, tx *sql.Tx, first, last int64, fn func(id int64, s string) bool) (end int64, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, `+wordsColumn+` FROM passage WHERE id BETWEEN ? AND ? ORDER BY id`, first, last)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }() // Err is asked below
	end = first - 1
	for more := true; more && rows.Next(); {
		var s string
		if err := rows.Scan(&end, &s); err != nil {
			return 0, err
		}
		more = fn(end, s)
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	if end < first {
		return 0, fmt.Errorf("passages %d to %d are not there", first, last)
	}
	return end, nil
}

// state is what the index says of itself; its version is 0 if there is none.
type state struct{ version, revision, generation int64 }

func readState(ctx context.Context, tx *sql.Tx) (s state, err error) {
	const query = `SELECT version, revision, generation FROM search_state`
	err = tx.QueryRowContext(ctx, query).Scan(&s.version, &s.revision, &s.generation)
	if err == nil {
		return s, nil
	}
	// There is none, or it is of an older version.
	var there bool
	if e := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pragma_table_info('search_state') WHERE name = 'generation')`).Scan(&there); e != nil {
		return s, e
	}
	if !there || errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return state{}, err
}

// Stale reports whether the index is not in step with the library.
func Stale(ctx context.Context, tx *sql.Tx) (bool, error) {
	x, err := Open(ctx, tx)
	if err != nil {
		return false, err
	}
	return x.Stale, nil
}

// Behind is how many passages the index lacks.
func Behind(ctx context.Context, tx *sql.Tx) (n int64, err error) {
	at, err := readState(ctx, tx)
	if err != nil {
		return 0, wrap("state", err)
	}
	if at.version != version {
		err = tx.QueryRowContext(ctx, `SELECT count(*) FROM passage`).Scan(&n)
		return n, wrap("state", err)
	}
	texts, err := missings(ctx, tx)
	for _, m := range texts {
		n += m.last - m.from + 1
	}
	return n, wrap("state", err)
}

// ensure makes the tables of the index, or makes them anew where they are of
// another version. The numbers of its parts begin anywhere, so that none is that
// of a part before: a Cache may still have that.
func ensure(ctx context.Context, tx *sql.Tx) error {
	at, err := readState(ctx, tx)
	if err != nil || at.version == version {
		return err
	}
	return errors.Join(
		exec(ctx, tx, drop),
		exec(ctx, tx, schema),
		exec(ctx, tx, `INSERT INTO search_state (id, version, revision, generation, part) VALUES (1, ?, 0, 1 + abs(random()) / 2, abs(random()) % 0x40000000)`, version))
}
