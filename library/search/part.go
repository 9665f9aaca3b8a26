package search

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
)

// version is raised when what is indexed changes, or how; an index of another
// version is built anew.
const version = 3

// schema is the index's own.
//
// search_state has the version; the revision of the library that the index is
// in step with; a generation, which every change of the index raises; and the
// number of the last part that was begun.
//
// search_text says how far a text is indexed: a large one is in several parts.
//
// A part has passages from one id to another, though not always all of them, and
// no two parts have the same; their number, without those that are empty, and
// that of their tokens; and the mean length by which its scores are
// bounded. Its pages are sorted tokens with their lists. Numbers of chunks and
// lengths have the part in their upper half. search_gone are parts whose rows
// are still to be removed; search_merge is the part that is being written: from
// which, and up to which token.
const schema = `
CREATE TABLE search_state (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, revision INTEGER NOT NULL, generation INTEGER NOT NULL, part INTEGER NOT NULL) STRICT;
CREATE TABLE search_text (text INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
CREATE TABLE search_part (id INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, passages INTEGER NOT NULL, tokens INTEGER NOT NULL, mean REAL NOT NULL) STRICT;
CREATE TABLE search_page (part INTEGER NOT NULL, token BLOB NOT NULL, data BLOB NOT NULL, PRIMARY KEY (part, token)) STRICT;
CREATE TABLE search_chunk (id INTEGER PRIMARY KEY, docs BLOB NOT NULL, places BLOB NOT NULL) STRICT;
CREATE TABLE search_length (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE search_gone (part INTEGER PRIMARY KEY) STRICT;
CREATE TABLE search_merge (id INTEGER PRIMARY KEY CHECK (id = 1), part INTEGER NOT NULL, sources TEXT NOT NULL, mean REAL NOT NULL, token BLOB NOT NULL, chunks INTEGER NOT NULL) STRICT;
`

const drop = `
DROP TABLE IF EXISTS search_index;
DROP TABLE IF EXISTS search_merge;
DROP TABLE IF EXISTS search_gone;
DROP TABLE IF EXISTS search_length;
DROP TABLE IF EXISTS search_chunk;
DROP TABLE IF EXISTS search_page;
DROP TABLE IF EXISTS search_part;
DROP TABLE IF EXISTS search_text;
DROP TABLE IF EXISTS search_state;
`

// A part is some passages and the lists of their tokens.
type part struct {
	id               int64
	first, last      int64 // ids of passages
	passages, tokens int64
	mean             float64
}

// has is how many places of passages the part has, some of them empty.
func (p *part) has() int { return int(p.last - p.first + 1) }

func parts(ctx context.Context, tx *sql.Tx) (out []part, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, first, last, passages, tokens, mean FROM search_part ORDER BY first`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err is asked below
	for rows.Next() {
		var p part
		if err := rows.Scan(&p.id, &p.first, &p.last, &p.passages, &p.tokens, &p.mean); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

const (
	pageBytes   = 8 << 10 // about how large a page is
	inlineBytes = 512     // a list that is longer is in chunks of its own
	window      = 1 << 14 // passages that are matched at a time, and whose lengths are kept together
)

// row is the number of a chunk or of lengths.
func row(part int64, n int) int64 { return part<<32 | int64(n) }

// rows are a part, or a stretch of one, as it goes into the tables.
type rows struct {
	pages []struct{ token, data []byte }
	chunks,
	places [][]byte
	firstChunk int
	lengths    [][]byte
	size       int // of all of it, in bytes

	begin, last []byte // tokens of the page that is being filled
	page        []byte
}

// add puts a token and its list behind those before it.
//
// A token in a page is: how many bytes it shares with the one before, and how
// many follow; these; in how many passages it stands; how many chunks it has;
// then for none the length of the passages and of the positions, and both;
// otherwise the number of the first chunk, and for each how far its first
// passage is from the last of the one before, and its last from its first.
func (r *rows) add(token []byte, l *list, lengths []uint16, mean float64) {
	if len(l.docs) == 0 {
		return
	}
	if len(r.page) == 0 {
		r.begin, r.last = token, nil
	}
	shared := 0
	for shared < len(token) && shared < len(r.last) && token[shared] == r.last[shared] {
		shared++
	}
	p := binary.AppendUvarint(r.page, uint64(shared))
	p = binary.AppendUvarint(p, uint64(len(token)-shared))
	p = append(p, token[shared:]...)
	p = binary.AppendUvarint(p, uint64(len(l.docs)))
	cs := l.chunks(lengths, float32(mean))
	if len(cs) == 1 && len(cs[0].docs)+len(cs[0].places) <= inlineBytes {
		p = append(p, 0)
		p = binary.AppendUvarint(p, uint64(len(cs[0].docs)))
		p = binary.AppendUvarint(p, uint64(len(cs[0].places)))
		p = append(append(p, cs[0].docs...), cs[0].places...)
	} else {
		p = binary.AppendUvarint(p, uint64(len(cs)))
		p = binary.AppendUvarint(p, uint64(r.firstChunk+len(r.chunks)))
		before := uint32(0)
		for _, c := range cs {
			p = binary.AppendUvarint(p, uint64(c.first-before))
			p = binary.AppendUvarint(p, uint64(c.last-c.first))
			before = c.last
			r.chunks, r.places = append(r.chunks, seal(c.docs)), append(r.places, seal(c.places))
			r.size += len(c.docs) + len(c.places)
		}
	}
	r.page, r.last = p, token
	if len(r.page) >= pageBytes {
		r.turn()
	}
}

// turn ends a page.
func (r *rows) turn() {
	if len(r.page) == 0 {
		return
	}
	r.size += len(r.page)
	r.pages = append(r.pages, struct{ token, data []byte }{r.begin, seal(r.page)})
	r.page = nil
}

// measure adds the lengths of passages.
func (r *rows) measure(lengths []uint16) {
	for at := 0; at < len(lengths); at += window {
		some := lengths[at:min(len(lengths), at+window)]
		data := make([]byte, 0, 2*len(some)+4)
		for _, n := range some {
			data = binary.LittleEndian.AppendUint16(data, n)
		}
		r.lengths = append(r.lengths, seal(data))
	}
}

// write puts the rows into the tables.
func (r *rows) write(ctx context.Context, tx *sql.Tx, part int64) error {
	r.turn()
	put := func(query string, n int, args func(i int) []any) error {
		if n == 0 {
			return nil
		}
		st, err := tx.PrepareContext(ctx, query)
		if err != nil {
			return err
		}
		defer func() { _ = st.Close() }() // its errors came from Exec
		for i := range n {
			if _, err := st.ExecContext(ctx, args(i)...); err != nil {
				return err
			}
		}
		return nil
	}
	return errors.Join(
		put(`INSERT INTO search_page (part, token, data) VALUES (?, ?, ?)`, len(r.pages), func(i int) []any { return []any{part, r.pages[i].token, r.pages[i].data} }),
		put(`INSERT INTO search_chunk (id, docs, places) VALUES (?, ?, ?)`, len(r.chunks), func(i int) []any {
			return []any{row(part, r.firstChunk+i), r.chunks[i], r.places[i]}
		}),
		put(`INSERT INTO search_length (id, data) VALUES (?, ?)`, len(r.lengths), func(i int) []any { return []any{row(part, i), r.lengths[i]} }),
	)
}

// A ref is a chunk that may still have to be read.
type ref struct {
	first, last  uint32
	id           int64 // 0 for a list that stands in a page
	docs, places []byte
}

// An entry is a token in a part.
type entry struct {
	passages int // in how many it stands
	refs     []ref
}

// settle looks up which passages a list in a page is of: eachEntry passes over
// most lists and leaves that out.
func (e *entry) settle() {
	for i := range e.refs {
		r := &e.refs[i]
		if r.id != 0 {
			continue
		}
		var b block
		for at, first := (blocks{data: r.docs}), true; at.read(&b); first = false {
			if first {
				r.first = b.first
			}
			r.last = b.last
		}
	}
}

// eachEntry reads a page's tokens until fn says that it is enough. Neither the
// token nor the entry's refs may be kept, but for what refs point to. An entry
// must settle before its refs' passages are asked for.
func (p *part) eachEntry(page []byte, fn func(token []byte, e *entry) bool) {
	var token []byte
	var e entry
	for i := 0; i < len(page); {
		var shared, more uint32
		shared, i = uvarint(page, i)
		more, i = uvarint(page, i)
		token = append(token[:shared], page[i:i+int(more)]...)
		i = p.entry(page, i+int(more), &e)
		if !fn(token, &e) {
			return
		}
	}
}

// entry reads what stands at i of a page behind a token, and says where it ends.
func (p *part) entry(page []byte, i int, e *entry) int {
	var n, chunks uint32
	n, i = uvarint(page, i)
	chunks, i = uvarint(page, i)
	e.passages, e.refs = int(n), e.refs[:0]
	if chunks == 0 {
		var docs, places uint32
		docs, i = uvarint(page, i)
		places, i = uvarint(page, i)
		end := i + int(docs+places)
		e.refs = append(e.refs, ref{docs: page[i : i+int(docs)], places: page[i+int(docs) : end]})
		return end
	}
	var seq, last uint32
	seq, i = uvarint(page, i)
	for c := range chunks {
		var first, span uint32
		first, i = uvarint(page, i)
		span, i = uvarint(page, i)
		first += last
		last = first + span
		e.refs = append(e.refs, ref{first: first, last: last, id: row(p.id, int(seq+c))})
	}
	return i
}

// passEntry is entry for whoever needs only its end.
func passEntry(page []byte, i int) int {
	var chunks uint32
	_, i = uvarint(page, i)
	chunks, i = uvarint(page, i)
	if chunks == 0 {
		var docs, places uint32
		docs, i = uvarint(page, i)
		places, i = uvarint(page, i)
		return i + int(docs+places)
	}
	for range 2*chunks + 1 {
		_, i = uvarint(page, i)
	}
	return i
}

// lookUp finds a token in a page. Since a token says how much it shares with the
// one before, most are known to stand before the key, or one behind it, without
// being spelled out.
func (p *part) lookUp(page []byte, key string) (e entry, ok bool) {
	same := 0 // how much of the key the token before has
	for i := 0; i < len(page); {
		var shared, more uint32
		shared, i = uvarint(page, i)
		more, i = uvarint(page, i)
		tail := page[i : i+int(more)]
		i += int(more)
		switch {
		case int(shared) < same:
			return e, false
		case int(shared) == same:
			n := 0
			for n < len(tail) && same+n < len(key) && tail[n] == key[same+n] {
				n++
			}
			switch {
			case n == len(tail) && same+n == len(key):
				p.entry(page, i, &e)
				e.settle()
				return e, true
			case n < len(tail) && (same+n == len(key) || tail[n] > key[same+n]):
				return e, false
			}
			same += n
		}
		i = passEntry(page, i)
	}
	return e, false
}

// readDocs and readPlaces read what of a chunk was not read yet.
func (r *ref) readDocs(ctx context.Context, tx *sql.Tx) error {
	if r.docs != nil {
		return nil
	}
	return r.read(ctx, tx, `SELECT docs FROM search_chunk WHERE id = ?`, &r.docs)
}

func (r *ref) readPlaces(ctx context.Context, tx *sql.Tx) error {
	if r.places != nil {
		return nil
	}
	return r.read(ctx, tx, `SELECT places FROM search_chunk WHERE id = ?`, &r.places)
}

func (r *ref) read(ctx context.Context, tx *sql.Tx, query string, to *[]byte) error {
	var data []byte
	err := tx.QueryRowContext(ctx, query, r.id).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrDamaged
	}
	if err == nil {
		*to, err = unseal(data)
	}
	return err
}

// lengths are the lengths of passages of a part, from a window to another.
func (p *part) lengths(ctx context.Context, tx *sql.Tx, from, to int, out []uint16) ([]uint16, error) {
	rows, err := tx.QueryContext(ctx, `SELECT data FROM search_length WHERE id BETWEEN ? AND ? ORDER BY id`, row(p.id, from), row(p.id, to))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err is asked below
	for rows.Next() {
		var data []byte
		if err := rows.Scan(&data); err != nil {
			return nil, err
		}
		if data, err = unseal(data); err != nil {
			return nil, err
		}
		for i := 0; i+1 < len(data); i += 2 {
			out = append(out, binary.LittleEndian.Uint16(data[i:]))
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if want := min(p.has(), (to+1)*window) - from*window; len(out) != want {
		return nil, fmt.Errorf("%w: %d lengths of %d", ErrDamaged, len(out), want)
	}
	return out, nil
}
