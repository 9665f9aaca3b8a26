package search

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"lectern/library/quote"
)

// The index for quotations is derived too, and kept apart from that for words:
// segments of up to quote.MaxLetters, each of whole texts as far as they fit. A
// text that comes in makes a small segment; when there are several of about one
// size they are built anew as one, so that a letter is indexed some four times as a
// library grows and a question looks into few. Texts that are gone stay in their
// segments until then, where no shelf reaches them.

// quoteVersion is raised when what is indexed changes.
const quoteVersion = 2

const quoteSchema = `
CREATE TABLE quote_state (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE TABLE quote_segment (id INTEGER PRIMARY KEY, letters INTEGER NOT NULL, bits INTEGER NOT NULL, runs BLOB NOT NULL, starts BLOB NOT NULL) STRICT;
CREATE TABLE quote_run (text INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, segment INTEGER NOT NULL, PRIMARY KEY (text, first)) STRICT, WITHOUT ROWID;
CREATE INDEX quote_run_segment ON quote_run (segment);
CREATE TABLE quote_bucket (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
`

// bucketBits of a bucket's id say which it is of its segment.
const bucketBits = 20

// alike is how many segments of about one size there may be.
const alike = 6

// A Store runs transactions that read and such that write.
type Store[T interface{ SQL() *sql.Tx }] struct {
	Read, Write func(ctx context.Context, fn func(tx T) error) error
}

// QuotesStale reports whether the index for quotations is not in step with the
// library.
func QuotesStale(ctx context.Context, tx *sql.Tx) (bool, error) {
	v, revision, err := quoteState(ctx, tx)
	if err != nil || v != quoteVersion {
		return true, err
	}
	var now int64
	if err := tx.QueryRowContext(ctx, `SELECT value FROM counter WHERE name = 'library'`).Scan(&now); err != nil {
		return false, fmt.Errorf("quotations: %w", err)
	}
	return revision != now, nil
}

func quoteState(ctx context.Context, tx *sql.Tx) (v, revision int64, err error) {
	var there bool
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'quote_state')`).Scan(&there)
	if err == nil && there {
		err = tx.QueryRowContext(ctx, `SELECT version, revision FROM quote_state`).Scan(&v, &revision)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fmt.Errorf("quotations: %w", err)
	}
	return v, revision, nil
}

// DropQuotes takes the index for quotations away; SyncQuotes builds it anew.
func DropQuotes(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `DROP TABLE IF EXISTS quote_bucket; DROP TABLE IF EXISTS quote_run; DROP TABLE IF EXISTS quote_segment; DROP TABLE IF EXISTS quote_state`)
	if err != nil {
		return fmt.Errorf("quotations: %w", err)
	}
	return nil
}

// A quoteRun is some passages of a text that are to be in one segment.
type quoteRun struct{ text, first, last int64 }

// A quotePlan is what the next segment is made of, and those it takes the place of.
type quotePlan struct {
	revision int64
	runs     []quoteRun
	replaces []int64
}

// SyncQuotes brings the index for quotations in step with the library, one segment
// after another. A segment is made from one state of the library and written in
// one transaction, if its texts are still there; others read and write meanwhile.
// progress, if any, hears how many bytes of text were indexed.
func SyncQuotes[T interface{ SQL() *sql.Tx }](ctx context.Context, s Store[T], progress func(bytes int)) error {
	fail := func(err error) error { return fmt.Errorf("quotations: %w", err) }
	err := s.Write(ctx, func(t T) error {
		tx := t.SQL()
		v, _, err := quoteState(ctx, tx)
		if err != nil || v == quoteVersion {
			return err
		}
		if err := DropQuotes(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, quoteSchema); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO quote_state (id, version, revision) VALUES (1, ?, -1)`, quoteVersion)
		return err
	})
	if err != nil {
		return fail(err)
	}
	for {
		var plan quotePlan
		var seg *quote.Segment
		var buckets [][]byte
		err := s.Read(ctx, func(t T) (err error) {
			tx := t.SQL()
			if plan, err = planQuotes(ctx, tx); err != nil || len(plan.runs) == 0 {
				return err
			}
			seg, buckets, plan.runs, err = buildQuotes(ctx, tx, plan.runs, progress)
			return err
		})
		if err == nil {
			err = s.Write(ctx, func(t T) error { return writeQuotes(ctx, t.SQL(), plan, seg, buckets) })
		}
		if err != nil {
			return fail(err)
		}
		if len(plan.runs) == 0 && len(plan.replaces) == 0 {
			return nil
		}
	}
}

// liveRuns are those of texts that a work has now.
const liveRuns = `SELECT r.text, r.first, r.last, r.segment FROM quote_run r JOIN work w ON w.text = r.text`

// planQuotes chooses what is to be indexed next: what is not yet, and small
// segments of which there are many.
func planQuotes(ctx context.Context, tx *sql.Tx) (p quotePlan, err error) {
	if err := tx.QueryRowContext(ctx, `SELECT value FROM counter WHERE name = 'library'`).Scan(&p.revision); err != nil {
		return p, err
	}
	// Texts are indexed from their first passage on.
	missing, err := quoteRuns(ctx, tx, `SELECT text, first, last FROM (
		SELECT w.text AS text, coalesce((SELECT max(last) + 1 FROM quote_run WHERE text = w.text), (SELECT id FROM passage WHERE text = w.text ORDER BY idx LIMIT 1)) AS first,
			(SELECT id FROM passage WHERE text = w.text ORDER BY idx DESC LIMIT 1) AS last FROM work w WHERE w.text IS NOT NULL) WHERE first <= last ORDER BY first`)
	if err != nil {
		return p, err
	}
	p.runs = missing
	// By size, in powers of eight; -1 for those of which half is gone.
	rows, err := tx.QueryContext(ctx, `SELECT s.id, s.letters, coalesce(sum(CASE WHEN w.id IS NULL THEN 0 ELSE r.last - r.first + 1 END), 0), sum(r.last - r.first + 1)
		FROM quote_segment s JOIN quote_run r ON r.segment = s.id LEFT JOIN work w ON w.text = r.text GROUP BY s.id ORDER BY s.id`)
	if err != nil {
		return p, err
	}
	defer func() { _ = rows.Close() }() // Err is asked below
	bySize := map[int][]int64{}
	letters := map[int64]int64{}
	for rows.Next() {
		var id, n, live, all int64
		if err := rows.Scan(&id, &n, &live, &all); err != nil {
			return p, err
		}
		switch {
		case live == 0:
			p.replaces = append(p.replaces, id)
			continue
		case live*2 < all:
			letters[id] = n
			bySize[-1] = append(bySize[-1], id)
			continue
		}
		letters[id] = n
		size := 0
		for x := n; x > 1<<14; x >>= 3 {
			size++
		}
		if n < quote.MaxLetters*3/4 {
			bySize[size] = append(bySize[size], id)
		}
	}
	if err := rows.Err(); err != nil {
		return p, err
	}
	var again []int64
	sum := int64(0) // one segment takes the place of them all
	for _, size := range slices.Sorted(maps.Keys(bySize)) {
		ids := bySize[size]
		if size >= 0 && len(ids) <= alike {
			continue
		}
		var fit []int64
		all := sum
		for _, id := range ids {
			if all+letters[id] <= quote.MaxLetters {
				all += letters[id]
				fit = append(fit, id)
			}
		}
		if size < 0 || len(fit) > 1 { // else nothing would come of it
			sum, again = all, append(again, fit...)
		}
	}
	for _, id := range again {
		runs, err := quoteRuns(ctx, tx, `SELECT text, first, last FROM (`+liveRuns+`) WHERE segment = ? ORDER BY first`, id)
		if err != nil {
			return p, err
		}
		p.runs = append(runs, p.runs...) // first, so that they fit
		p.replaces = append(p.replaces, id)
	}
	return p, nil
}

func quoteRuns(ctx context.Context, tx *sql.Tx, query string, args ...any) (out []quoteRun, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err is asked below
	for rows.Next() {
		var r quoteRun
		if err := rows.Scan(&r.text, &r.first, &r.last); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// errFull says that a segment holds no more.
var errFull = errors.New("the segment is full")

// buildQuotes makes a segment of as many runs as it holds, and says which.
func buildQuotes(ctx context.Context, tx *sql.Tx, runs []quoteRun, progress func(int)) (*quote.Segment, [][]byte, []quoteRun, error) {
	var b quote.Builder
	var done []quoteRun
	for _, r := range runs {
		at := r.first
		err := Quotes{Tx: tx}.some(ctx, r.first, r.last, func(_ int64, text string) error {
			b.Add(r.text, at, text)
			at++
			if progress != nil {
				progress(len(text))
			}
			if b.Letters() >= quote.MaxLetters {
				return errFull
			}
			return nil
		})
		if err != nil && !errors.Is(err, errFull) {
			return nil, nil, nil, err
		}
		if err == nil && at <= r.last {
			return nil, nil, nil, fmt.Errorf("passages %d to %d are not there", at, r.last)
		}
		if at > r.first {
			done = append(done, quoteRun{r.text, r.first, at - 1})
		}
		if at <= r.last {
			break
		}
	}
	seg, buckets := b.Build()
	return seg, buckets, done, nil
}

// writeQuotes puts a segment in the place of others, unless the library is another
// by now: then the next plan is.
func writeQuotes(ctx context.Context, tx *sql.Tx, p quotePlan, seg *quote.Segment, buckets [][]byte) error {
	now, err := planQuotes(ctx, tx)
	if err != nil || now.revision != p.revision {
		return err
	}
	// Another process may have done the same.
	wanted := map[quoteRun]int64{}
	for _, r := range now.runs {
		wanted[quoteRun{text: r.text, first: r.first}] = r.last
	}
	for _, r := range p.runs {
		if last, ok := wanted[quoteRun{text: r.text, first: r.first}]; !ok || last < r.last {
			return nil
		}
	}
	for _, id := range p.replaces {
		if _, err := tx.ExecContext(ctx, `DELETE FROM quote_bucket WHERE id BETWEEN ? AND ?`, id<<bucketBits, (id+1)<<bucketBits-1); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM quote_run WHERE segment = ?`, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM quote_segment WHERE id = ?`, id); err != nil {
			return err
		}
	}
	if len(p.runs) > 0 {
		if err := insertSegment(ctx, tx, p.runs, seg, buckets); err != nil {
			return err
		}
	}
	if len(p.runs) == 0 && len(p.replaces) == 0 {
		_, err = tx.ExecContext(ctx, `UPDATE quote_state SET revision = ?`, p.revision)
	}
	return err
}

func insertSegment(ctx context.Context, tx *sql.Tx, runs []quoteRun, seg *quote.Segment, buckets [][]byte) error {
	var id int64
	if err := tx.QueryRowContext(ctx, `INSERT INTO quote_segment (letters, bits, runs, starts) VALUES (?, ?, ?, ?) RETURNING id`,
		seg.Letters, seg.Bits, bytesOf(seg.EncodeRuns()), bytesOf(seg.EncodeStarts())).Scan(&id); err != nil {
		return err
	}
	for _, r := range runs {
		if _, err := tx.ExecContext(ctx, `INSERT INTO quote_run (text, first, last, segment) VALUES (?, ?, ?, ?)`, r.text, r.first, r.last, id); err != nil {
			return err
		}
	}
	put, err := tx.PrepareContext(ctx, `INSERT INTO quote_bucket (id, data) VALUES (?, ?)`)
	if err != nil {
		return err
	}
	defer func() { _ = put.Close() }() // nothing is lost with it
	for i, b := range buckets {
		if len(b) > 0 {
			if _, err := put.ExecContext(ctx, id<<bucketBits|int64(i), b); err != nil {
				return err
			}
		}
	}
	return nil
}

// bytesOf is b and never nil, which would be NULL.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Quotes is the index for quotations as one transaction sees it, and the texts of
// passages.
type Quotes struct{ Tx *sql.Tx }

// Segments implements quote.Index.
func (q Quotes) Segments(ctx context.Context) ([]*quote.Segment, error) {
	rows, err := q.Tx.QueryContext(ctx, `SELECT id, letters, bits, runs, starts FROM quote_segment ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("quotations: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err is asked below
	var out []*quote.Segment
	for rows.Next() {
		s := &quote.Segment{}
		var runs, starts sql.RawBytes
		err := rows.Scan(&s.ID, &s.Letters, &s.Bits, &runs, &starts)
		if err == nil {
			err = s.DecodeTables(runs, starts)
		}
		if err != nil {
			return nil, fmt.Errorf("quotations: %w", err)
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// Buckets implements quote.Index.
func (q Quotes) Buckets(ctx context.Context, s *quote.Segment, numbers []int) ([][]byte, error) {
	get, err := q.Tx.PrepareContext(ctx, `SELECT data FROM quote_bucket WHERE id = ?`)
	if err != nil {
		return nil, fmt.Errorf("quotations: %w", err)
	}
	defer func() { _ = get.Close() }() // it was read
	out := make([][]byte, len(numbers))
	for i, n := range numbers {
		err := get.QueryRowContext(ctx, s.ID<<bucketBits|int64(n)).Scan(&out[i])
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("quotations: %w", err)
		}
	}
	return out, nil
}

// Texts implements quote.Texts.
func (q Quotes) Texts(ctx context.Context, ids []int64, each func(id int64, text string) error) error {
	for len(ids) > 0 {
		// Those that follow on each other are read at once.
		n := 1
		for n < len(ids) && ids[n] == ids[0]+int64(n) {
			n++
		}
		if err := q.some(ctx, ids[0], ids[n-1], each); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

func (q Quotes) some(ctx context.Context, first, last int64, each func(id int64, text string) error) error {
	rows, err := q.Tx.QueryContext(ctx, `SELECT id, `+wordsColumn+` FROM passage WHERE id BETWEEN ? AND ? ORDER BY id`, first, last)
	if err != nil {
		return fmt.Errorf("quotations: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err is asked below
	for rows.Next() {
		var id int64
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return fmt.Errorf("quotations: %w", err)
		}
		if err := each(id, text); err != nil {
			return err
		}
	}
	return rows.Err()
}

// A QuoteShelf is the passages of a shelf, for quote.Parallels.
type QuoteShelf struct {
	Quotes
	Within []quote.Range // which rise
}

// All implements quote.Shelf.
func (q QuoteShelf) All(ctx context.Context, each func(text, id int64, content string) error) error {
	for _, r := range q.Within {
		if err := q.all(ctx, r, each); err != nil {
			return err
		}
	}
	return nil
}

func (q QuoteShelf) all(ctx context.Context, r quote.Range, each func(text, id int64, content string) error) error {
	rows, err := q.Tx.QueryContext(ctx, `SELECT text, id, `+wordsColumn+` FROM passage WHERE id BETWEEN ? AND ? ORDER BY id`, r.First, r.Last)
	if err != nil {
		return fmt.Errorf("quotations: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err is asked below
	for rows.Next() {
		var text, id int64
		var content string
		if err := rows.Scan(&text, &id, &content); err != nil {
			return fmt.Errorf("quotations: %w", err)
		}
		if err := each(text, id, content); err != nil {
			return err
		}
	}
	return rows.Err()
}
