package storage

import (
	"context"

	"lectern/library"
)

// contentsOf is the table of contents of a work of which only the outline is
// kept.
func (t *Tx) contentsOf(ctx context.Context, id library.WorkID) (*library.Contents, error) {
	c := &library.Contents{}
	var err error
	if c.Chapters, err = collect(ctx, t, func(r scanner, x *library.ChapterName) error { return r.Scan(&x.Label, &x.Title) },
		`SELECT p.label, p.content FROM work w JOIN passage p ON p.text = w.text WHERE w.id = ? AND p.number > 0 ORDER BY p.number`, id); err != nil {
		return nil, err
	}
	if c.Editions, err = collect(ctx, t, func(r scanner, e *library.Edition) error { return r.Scan(&e.Name, &e.Unit) },
		`SELECT e.name, e.unit FROM work w JOIN edition e ON e.text = w.text WHERE w.id = ? ORDER BY e.idx`, id); err != nil {
		return nil, err
	}
	for i := range c.Editions {
		c.Editions[i].Chapters = make([]library.Extent, len(c.Chapters))
	}
	type row struct {
		edition, number int
		library.Extent
	}
	rows, err := collect(ctx, t, func(r scanner, x *row) error { return r.Scan(&x.edition, &x.number, &x.First, &x.Last, &x.Length) },
		`SELECT c.edition, c.number, c.first, c.last, c.length FROM work w JOIN edition_chapter c ON c.text = w.text WHERE w.id = ?`, id)
	for _, x := range rows {
		if x.edition < len(c.Editions) && x.number >= 1 && x.number <= len(c.Chapters) {
			c.Editions[x.edition].Chapters[x.number-1] = x.Extent
		}
	}
	return c, err
}

// putContents writes the editions of a text that is being staged.
func (t *Tx) putContents(ctx context.Context, text int64, c *library.Contents) error {
	if c == nil {
		return nil
	}
	for i := range c.Editions {
		e := &c.Editions[i]
		if err := t.exec(ctx, `INSERT INTO edition (text, idx, name, unit) VALUES (?, ?, ?, ?)`, text, i, e.Name, e.Unit); err != nil {
			return err
		}
		if err := t.put(ctx, `INSERT INTO edition_chapter (text, edition, number, first, last, length) VALUES (?, ?, ?, ?, ?, ?)`, len(e.Chapters), func(n int) []any {
			x := &e.Chapters[n]
			return []any{text, i, n + 1, x.First, x.Last, x.Length}
		}); err != nil {
			return err
		}
	}
	return nil
}
