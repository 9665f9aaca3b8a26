package main

import (
	"strings"

	"lectern/commands"
	"lectern/delivery"
	"lectern/library"
	"lectern/storage"
)

type libraryCmd struct {
	Import  importCmd  `cmd:"" help:"Bring books in, from text, Markdown, HTML, EPUB, DOCX, ODT and PDF."`
	List    listCmd    `cmd:"" help:"List the books."`
	Outline outlineCmd `cmd:"" help:"Print a book's sections."`
	Show    showCmd    `cmd:"" help:"Print a book whole, or as much as is asked for."`
	Fix     fixCmd     `cmd:"" help:"Mend a book's text by hand, or list what was mended."`
	Remove  removeCmd  `cmd:"" help:"Take a book off the shelf."`
	Reindex reindexCmd `cmd:"" help:"Build the search index anew."`
}

type listCmd struct {
	JSON bool `name:"json" help:"One JSON object for each book."`
}

func (c *listCmd) Run(a *app) error {
	desk, err := a.desk(a.open)
	if err != nil && c.JSON {
		return a.fail("", err)
	}
	if err != nil {
		return err
	}
	defer desk.DB.Close()
	return desk.DB.Read(a.ctx, func(tx *storage.Tx) error {
		works, err := tx.Entries(a.ctx, 0)
		if err != nil {
			return err
		}
		if len(works) == 0 && !c.JSON {
			a.show("The shelf is empty. Bring a book in: lectern library import FILE\n")
		}
		for _, w := range works {
			n, doubts, err := tx.Counts(a.ctx, w)
			if err != nil {
				return err
			}
			if c.JSON {
				if err := a.emit(workWith(&w.Meta, n, doubts)); err != nil {
					return err
				}
				continue
			}
			line := w.Title
			if w.Author != "" {
				line += ", " + w.Author
			}
			a.show("%-12s %s (%s)\n", w.Alias(), line, a.size(&w.Meta, n))
		}
		return nil
	})
}

type outlineCmd struct {
	Work []string `arg:"" help:"The book's name on the shelf, or - for names on standard input."`
	JSON bool     `name:"json" help:"Answer in JSON."`
}

func (c *outlineCmd) Run(a *app) error {
	v := a.book.In("en")
	return a.onShelf(strings.Join(c.Work, " "), c.JSON, func(desk *commands.Desk, shelf *library.Shelf, query string, oneLine bool) error {
		o, err := shelf.Work(query)
		if err != nil {
			return err
		}
		var w *library.Work
		if err := desk.DB.Read(a.ctx, func(tx *storage.Tx) error {
			w, err = tx.Work(a.ctx, o.ID)
			return err
		}); err != nil {
			return err
		}
		answer := outlineAnswer{Work: workOf(w), Sections: sectionsOf(o)}
		if c.JSON {
			return a.emit(answer)
		}
		if oneLine {
			a.show("%s: %s\n", o.Alias(), v.Text("count.sections", "Count", len(o.Sections)))
			return nil
		}
		a.show("%s\n", w.Title)
		a.showSections(o, 1)
		return nil
	})
}

func sectionsOf(o *library.Outline) []sectionAnswer {
	out := make([]sectionAnswer, len(o.Sections))
	for i := range o.Sections {
		s := &o.Sections[i]
		out[i] = sectionAnswer{Path: o.SectionPath(i), Label: text(s.Label()), Title: text(s.Title), Depth: s.Depth, First: count(s.First), Last: count(s.Last), Words: s.Words}
	}
	return out
}

// showSections prints an outline, each section with the passages in it.
func (a *app) showSections(o *library.Outline, deeper int) {
	v := a.book.In("en")
	for i := range o.Sections {
		s := &o.Sections[i]
		title := o.SectionPath(i) + " " + s.Title
		switch {
		case o.OutlineOnly():
			title = o.SectionName(i)
		case s.Lead:
			title = o.SectionPath(i) + " (before the first heading)"
		case s.Title == "" && library.Fold(s.Text) != library.Fold(s.Label()):
			title += s.Text
		}
		span := ""
		if s.First > 0 {
			span = delivery.Span(v, &o.Meta, s.First, s.Last)
			if long := delivery.Extent(v, &o.Meta, s.First, s.Last, s.Words); long != "" {
				span += ", " + long
			}
		}
		indent := 2 * (s.Depth + deeper - 1)
		a.show("%s%-*s %s\n", strings.Repeat(" ", indent), max(1, 60-indent), title, span)
	}
}

type removeCmd struct {
	Work []string `arg:"" help:"The book's name on the shelf."`
	JSON bool     `name:"json" help:"Answer in JSON."`
}

func (c *removeCmd) Run(a *app) error {
	return a.onShelf(strings.Join(c.Work, " "), c.JSON, func(desk *commands.Desk, shelf *library.Shelf, query string, _ bool) error {
		o, err := shelf.Work(query)
		if err != nil {
			return err
		}
		if err := desk.Remove(a.ctx, o.ID); err != nil {
			return err
		}
		if c.JSON {
			return a.emit(map[string]string{"query": query, "removed": o.Alias()})
		}
		a.show("%s is off the shelf.\n", o.Title)
		return nil
	})
}

type reindexCmd struct {
	JSON bool `name:"json" help:"Answer in JSON."`
}

func (c *reindexCmd) Run(a *app) error {
	desk, err := a.desk(a.open)
	if err == nil {
		defer desk.DB.Close()
		bar := progressTo(a.errOut)
		bar.name = "Reading passages"
		err = desk.Reindex(a.ctx, func(left int64) {
			bar.total = max(bar.total, left)
			bar.at(bar.total - left)
		})
		bar.clear()
	}
	switch {
	case err != nil && c.JSON:
		return a.fail("", err)
	case err != nil:
		return err
	case c.JSON:
		return a.emit(map[string]bool{"reindexed": true})
	}
	a.show("The index is new.\n")
	return nil
}

// size is how much a book holds, in words.
func (a *app) size(m *library.Meta, n library.Counts) string {
	return strings.Join(delivery.Size(a.book.In("en"), m, n), ", ")
}

// onShelf answers a query, or each line of standard input, from the operator's
// shelf. Where there is none each of them is told so.
func (a *app) onShelf(query string, asJSON bool, one func(desk *commands.Desk, shelf *library.Shelf, query string, oneLine bool) error) error {
	desk, err := a.desk(a.open)
	if err != nil {
		if !asJSON {
			return err
		}
		return a.each(query, true, func(string, bool) error { return err })
	}
	defer desk.DB.Close()
	shelf, err := desk.Shelf(a.ctx, 0)
	if err != nil {
		return err
	}
	return a.each(query, asJSON, func(query string, oneLine bool) error { return one(desk, shelf, query, oneLine) })
}
