package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/search/highlight/highlighter/html"
	bquery "github.com/blevesearch/bleve/v2/search/query"
	_ "github.com/mattn/go-sqlite3" // registers itself

	"lectern/commands"
	"lectern/library"
	"lectern/library/search"
	"lectern/storage"
)

// An engine finds passages.
type engine interface {
	// build makes the index of a file of passages and says how long that took
	// and how large it is, without the text.
	build(ctx context.Context, path string) (time.Duration, int64, error)
	// ask answers a query whole, with ten snippets; ok is false if it cannot.
	ask(ctx context.Context, q query) (total int, ok bool, err error)
	close() error
}

// ours is Lectern: the path of the search command from the words to the marked
// snippets.
type ours struct {
	dir   string
	keep  bool // the index, if it is there
	db    *storage.DB
	desk  *commands.Desk
	shelf *library.Shelf
	cache *search.Cache // for parts, as large as the desk's own
}

// workPassages is how many passages a work has: about half a megabyte.
const workPassages = 800

func (o *ours) file() string { return filepath.Join(o.dir, "lectern.db") }

func (o *ours) open(ctx context.Context) (err error) {
	if o.db, err = storage.Open(ctx, o.file(), storage.Options{Now: time.Now}); err != nil {
		return err
	}
	o.desk, o.cache = &commands.Desk{DB: o.db, Now: time.Now}, &search.Cache{}
	return nil
}

// bring opens the library, and brings the passages into it if it is not there.
func (o *ours) bring(ctx context.Context, path string) error {
	_, missing := os.Stat(o.file())
	if err := o.open(ctx); err != nil || missing == nil {
		return err
	}
	w := newWork(0)
	n := 0
	put := func() error {
		if len(w.Passages) == 0 {
			return nil
		}
		w.Number()
		_, err := o.db.Import(ctx, w, storage.Importing{})
		n++
		w = newWork(n)
		return err
	}
	err := read(path, func(_ int, s string) error {
		w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Text: s})
		if len(w.Passages) == workPassages {
			return put()
		}
		return nil
	})
	return errors.Join(err, put())
}

// build makes the index for words alone: what quotations need is another index.
func (o *ours) build(ctx context.Context, path string) (took time.Duration, size int64, err error) {
	if err := o.bring(ctx, path); err != nil {
		return 0, 0, err
	}
	if o.keep {
		return 0, 0, errors.Join(o.desk.Sync(ctx, nil), o.desk.Tidy(ctx))
	}
	if err := o.db.Write(ctx, func(tx *storage.Tx) error { return search.Drop(ctx, tx.SQL()) }); err != nil {
		return 0, 0, err
	}
	before, err := o.used(ctx)
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	if err := errors.Join(o.desk.Sync(ctx, nil), o.desk.Tidy(ctx)); err != nil {
		return 0, 0, err
	}
	took = time.Since(start)
	after, err := o.used(ctx)
	return took, after - before, err
}

// used is how many bytes of the database's file hold something.
func (o *ours) used(ctx context.Context) (n int64, err error) {
	err = o.db.Read(ctx, func(tx *storage.Tx) error {
		return tx.SQL().QueryRowContext(ctx, `SELECT (c.page_count - f.freelist_count) * s.page_size FROM pragma_page_count c, pragma_freelist_count f, pragma_page_size s`).Scan(&n)
	})
	return n, err
}

func newWork(n int) *library.Work {
	return &library.Work{Meta: library.Meta{Aliases: []string{fmt.Sprintf("w%d", n)}, Title: fmt.Sprintf("Work %d", n), Language: "en"},
		Sections: []library.Section{{Parent: -1, Depth: 1, Lead: true}}}
}

// reopen opens the library anew, as a program does that starts, and says how
// long it took until a shelf could be searched.
func (o *ours) reopen(ctx context.Context) (time.Duration, error) {
	if o.db != nil {
		if err := o.db.Close(); err != nil {
			return 0, err
		}
	}
	start := time.Now()
	if err := o.open(ctx); err != nil {
		return 0, err
	}
	var err error
	o.shelf, err = o.desk.Shelf(ctx, 0)
	return time.Since(start), err
}

// text is a query as it is typed.
func (q query) text() string {
	switch q.op {
	case "or":
		return strings.Join(q.words, " OR ")
	case "phrase":
		return `"` + strings.Join(q.words, " ") + `"`
	case "prefix":
		return q.words[0] + "*"
	case "near":
		return "NEAR(" + strings.Join(q.words, " ") + ", 10)"
	}
	return strings.Join(q.words, " ")
}

func (o *ours) ask(ctx context.Context, q query) (int, bool, error) {
	found, err := o.desk.Search(ctx, o.shelf, q.text(), 10, 0)
	return found.Total, true, err
}

// parts says how long matching and counting takes, and matching and scoring;
// what is left of ask is reading the passages and marking them.
func (o *ours) parts(ctx context.Context, q query) (match, score time.Duration, err error) {
	parsed, err := search.Parse(q.text())
	if err != nil {
		return 0, 0, err
	}
	all := []search.Range{{First: 0, Last: 1 << 40}}
	for _, x := range []struct {
		limit int
		took  *time.Duration
	}{{0, &match}, {10, &score}} {
		start := time.Now()
		if err := o.db.Read(ctx, func(tx *storage.Tx) error {
			ix, err := o.cache.Open(ctx, tx.SQL())
			if err != nil {
				return err
			}
			_, err = ix.Search(ctx, parsed, all, x.limit, 0)
			return err
		}); err != nil {
			return 0, 0, err
		}
		*x.took = time.Since(start)
	}
	return match, score, nil
}

func (o *ours) close() error { return o.db.Close() }

// fts5 is SQLite's own index as its documentation shows it: ORDER BY rank and
// snippet().
type fts5 struct {
	dir string
	db  *sql.DB
}

func (f *fts5) build(ctx context.Context, path string) (time.Duration, int64, error) {
	file := filepath.Join(f.dir, "fts5.db")
	_, missing := os.Stat(file)
	var err error
	if f.db, err = sql.Open("sqlite3", file+"?_journal_mode=WAL&_synchronous=NORMAL"); err != nil {
		return 0, 0, err
	}
	f.db.SetMaxOpenConns(1)
	start := time.Now()
	if missing != nil {
		if _, err := f.db.ExecContext(ctx, `CREATE VIRTUAL TABLE passage USING fts5(content)`); err != nil {
			return 0, 0, err
		}
		tx, err := f.db.BeginTx(ctx, nil)
		if err != nil {
			return 0, 0, err
		}
		put, err := tx.PrepareContext(ctx, `INSERT INTO passage (content) VALUES (?)`)
		if err != nil {
			return 0, 0, err
		}
		if err := read(path, func(_ int, s string) error { _, err := put.ExecContext(ctx, s); return err }); err != nil {
			return 0, 0, err
		}
		if err := tx.Commit(); err != nil {
			return 0, 0, err
		}
	}
	took := time.Since(start)
	var size int64
	err = f.db.QueryRowContext(ctx, `SELECT sum(length(block)) FROM passage_data`).Scan(&size)
	return took, size, err
}

func (f *fts5) ask(ctx context.Context, q query) (total int, ok bool, err error) {
	match := q.text()
	if q.op == "and" {
		match = `"` + strings.Join(q.words, `" "`) + `"`
	}
	if err := f.db.QueryRowContext(ctx, `SELECT count(*) FROM passage WHERE passage MATCH ?`, match).Scan(&total); err != nil {
		return 0, true, err
	}
	rows, err := f.db.QueryContext(ctx, `SELECT rowid, snippet(passage, 0, '**', '**', '…', 32) FROM passage WHERE passage MATCH ? ORDER BY rank LIMIT 10`, match)
	if err != nil {
		return 0, true, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int
		var s string
		if err := rows.Scan(&id, &s); err != nil {
			return 0, true, err
		}
	}
	return total, true, rows.Err()
}

func (f *fts5) close() error { return f.db.Close() }

// bleved is bleve with the fields that its highlighter needs, and a plain
// analyzer: words in small letters, none left out.
type bleved struct {
	dir  string
	bare bool // without the text, so that nothing can be highlighted
	ix   bleve.Index
}

func (b *bleved) build(ctx context.Context, path string) (time.Duration, int64, error) {
	dir := filepath.Join(b.dir, "bleve")
	if b.bare {
		dir += "-bare"
	}
	start := time.Now()
	var err error
	if b.ix, err = bleve.Open(dir); errors.Is(err, bleve.ErrorIndexPathDoesNotExist) {
		m := bleve.NewIndexMapping()
		if err := m.AddCustomAnalyzer("plain", map[string]any{"type": custom.Name, "tokenizer": unicode.Name, "token_filters": []string{lowercase.Name}}); err != nil {
			return 0, 0, err
		}
		text := bleve.NewTextFieldMapping()
		text.Analyzer, text.IncludeInAll, text.DocValues, text.Store = "plain", false, false, !b.bare
		doc := bleve.NewDocumentStaticMapping()
		doc.AddFieldMappingsAt("text", text)
		m.DefaultMapping, m.DefaultAnalyzer, m.DefaultField = doc, "plain", "text"
		if b.ix, err = bleve.New(dir, m); err != nil {
			return 0, 0, err
		}
		batch := b.ix.NewBatch()
		if err := read(path, func(i int, s string) error {
			if err := batch.Index(strconv.Itoa(i), map[string]any{"text": s}); err != nil {
				return err
			}
			if batch.Size() < 1000 {
				return nil
			}
			err := b.ix.Batch(batch)
			batch = b.ix.NewBatch()
			return err
		}); err != nil {
			return 0, 0, err
		}
		if err := b.ix.Batch(batch); err != nil {
			return 0, 0, err
		}
	} else if err != nil {
		return 0, 0, err
	}
	took := time.Since(start)
	// One segment is the smallest and the fastest that it can be; that is not
	// part of the time.
	ix, err := b.ix.Advanced()
	if err != nil {
		return 0, 0, err
	}
	if whole, ok := ix.(*scorch.Scorch); ok {
		if err := whole.ForceMerge(ctx, nil); err != nil {
			return 0, 0, err
		}
	}
	// What was merged is removed when the index is opened anew.
	if err := b.ix.Close(); err != nil {
		return 0, 0, err
	}
	if b.ix, err = bleve.Open(dir); err != nil {
		return 0, 0, err
	}
	var size int64
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return nil // it may have been merged away
	})
	return took, size, err
}

func (b *bleved) ask(ctx context.Context, q query) (int, bool, error) {
	var bq bquery.Query
	switch q.op {
	case "near":
		return 0, false, nil
	case "phrase":
		p := bleve.NewMatchPhraseQuery(strings.Join(q.words, " "))
		p.SetField("text")
		bq = p
	case "prefix":
		p := bleve.NewPrefixQuery(q.words[0])
		p.SetField("text")
		bq = p
	default:
		m := bleve.NewMatchQuery(strings.Join(q.words, " "))
		m.SetField("text")
		if q.op == "and" {
			m.SetOperator(bquery.MatchQueryOperatorAnd)
		}
		bq = m
	}
	r := bleve.NewSearchRequestOptions(bq, 10, 0, false)
	r.Highlight = bleve.NewHighlightWithStyle(html.Name)
	r.Highlight.AddField("text")
	res, err := b.ix.SearchInContext(ctx, r)
	if err != nil {
		return 0, true, err
	}
	return int(res.Total), true, nil
}

func (b *bleved) close() error { return b.ix.Close() }

// ripgrep reads the file, as a person would who has only that.
type ripgrep struct{ path string }

func (r *ripgrep) build(_ context.Context, path string) (time.Duration, int64, error) {
	r.path = path
	return 0, 0, nil
}

func (r *ripgrep) ask(ctx context.Context, q query) (int, bool, error) {
	var pattern string
	const gap = `[^[:alnum:]]+`
	switch q.op {
	case "and":
		if len(q.words) > 1 {
			a, b := regexp.QuoteMeta(q.words[0]), regexp.QuoteMeta(q.words[1])
			pattern = `\b` + a + `\b.*\b` + b + `\b|\b` + b + `\b.*\b` + a + `\b`
		} else {
			pattern = `\b` + q.words[0] + `\b`
		}
	case "phrase":
		pattern = `\b` + strings.Join(q.words, gap) + `\b`
	case "prefix":
		pattern = `\b` + q.words[0]
	case "near":
		return 0, false, nil
	case "or":
		pattern = `\b(` + strings.Join(q.words, "|") + `)\b`
	}
	out, err := exec.CommandContext(ctx, "rg", "-i", "-c", pattern, r.path).Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok && e.ExitCode() == 1 {
		return 0, true, nil
	}
	if err != nil {
		return 0, true, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(out)))
	return n, true, err
}

func (r *ripgrep) close() error { return nil }
