package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"lectern/bot"
	"lectern/bot/console"
	"lectern/commands"
	"lectern/config"
	"lectern/delivery"
	"lectern/library"
	"lectern/library/importer"
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

type importCmd struct {
	Files    []string `arg:"" name:"file" help:"The files, or folders of web pages."`
	Alias    []string `placeholder:"A" sep:"none" help:"A short name; the first is the one that is shown."`
	Title    string   `placeholder:"T" help:"The title, if the file does not say it."`
	Author   string   `placeholder:"A" help:"The author, if the file does not say it."`
	Language string   `placeholder:"XX" help:"The language, as a tag such as en."`
	Scheme   string   `placeholder:"verse|line|section" enum:"verse,line,section," default:"" help:"The numbering of its own that the text declares: chapter and verse, lines, or the pages of an edition (514a, A 51)."`
	Outline  bool     `help:"The files are outlines of books that may not be copied in: a chapter on each line, with its pages. A name that ends in .outline says so too."`
	Replace  bool     `help:"Put a text in the place of another one of that alias that has little in common with it."`
	DryRun   bool     `help:"Show what would be brought in, and change nothing."`
	JSON     bool     `name:"json" help:"One JSON object for each file."`
}

func (c *importCmd) Run(a *app) error {
	if len(c.Files) > 1 && (len(c.Alias) > 0 || c.Title != "" || c.Author != "") {
		return wrongCall("--alias, --title and --author are of one book: bring the files in one by one")
	}
	settings, err := a.settings()
	if err != nil {
		return err
	}
	desk, err := c.desk(a)
	if err != nil {
		if c.JSON {
			return a.fail(c.Files[0], err)
		}
		return err
	}
	if desk != nil {
		defer desk.DB.Close()
	}
	failed := false
	for _, file := range c.Files {
		w, b, err := c.one(a, settings, desk, file)
		if err == nil {
			err = c.report(a, w, b)
		} else if c.JSON {
			if err = a.fail(file, err); errors.Is(err, errShown) {
				failed, err = true, nil
			}
		} else if len(c.Files) > 1 {
			fmt.Fprintf(a.errOut, "lectern: %s: %s\n", file, a.sentence(err))
			failed, err = true, nil
		}
		if err != nil {
			return err
		}
		if err := a.ctx.Err(); err != nil {
			return err
		}
	}
	if failed {
		return errShown
	}
	return nil
}

// desk is the library, nil for a dry run where there is none yet: it makes
// nothing.
func (c *importCmd) desk(a *app) (*commands.Desk, error) {
	if c.DryRun {
		path, err := a.path()
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(path); os.IsNotExist(err) {
			return nil, nil
		}
	}
	return a.desk(a.make)
}

// one reads a file and puts it on the operator's shelf. What it did to the text
// before comes back with it.
func (c *importCmd) one(a *app, settings config.Config, desk *commands.Desk, file string) (*library.Work, commands.Brought, error) {
	var none commands.Brought
	// To open a pipe would wait until somebody writes to it.
	if info, err := os.Stat(file); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return nil, none, &library.Error{Code: library.BadFile, Reason: "file_no_file", Args: map[string]any{"File": file}}
	}
	f, err := os.Open(file)
	if err != nil {
		if os.IsNotExist(err) {
			return nil, none, &library.Error{Code: library.BadFile, Reason: "file_missing", Args: map[string]any{"File": file}}
		}
		if os.IsPermission(err) {
			return nil, none, &library.Error{Code: library.BadFile, Reason: "file_closed", Args: map[string]any{"File": file}}
		}
		return nil, none, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, none, err
	}
	opt := importer.Options{Title: bot.Clean(c.Title, 300), Author: bot.Clean(c.Author, 200), Language: c.Language, Scheme: library.Scheme(c.Scheme), MaxBytes: int64(settings.Library.MaxFile)}
	if !info.IsDir() && info.Size() > opt.MaxBytes {
		return nil, none, &library.Error{Code: library.TooLarge, Reason: "file_too_large", Args: map[string]any{"File": filepath.Base(file), "Max": int(opt.MaxBytes / 1_000_000)}}
	}
	read := importer.Read
	if c.Outline {
		read = importer.ReadOutline
	}
	var w *library.Work
	if info.IsDir() {
		root, err := os.OpenRoot(file)
		if err != nil {
			return nil, none, err
		}
		defer root.Close()
		if w, err = importer.ReadFolder(a.ctx, file, root.FS(), opt); err != nil {
			return nil, none, err
		}
	} else if w, err = read(a.ctx, file, &progress{r: f, total: info.Size(), name: filepath.Base(file), out: progressTo(a.errOut)}, opt); err != nil {
		return nil, none, err
	}
	if len(c.Alias) > 0 || !w.OutlineOnly() { // an outline may say its own
		w.Aliases = c.Alias
	}
	fixes, err := fixesBeside(file)
	if err != nil {
		return nil, none, err
	}
	if desk == nil {
		failed := library.Correct(w, fixes)
		if len(w.Aliases) == 0 {
			w.Aliases = []string{library.SuggestAlias(&w.Meta, func(string) bool { return false })}
		}
		return w, commands.Brought{Failed: failed, Fixed: len(fixes) - len(failed)}, nil
	}
	bring := desk.Bring
	if c.DryRun {
		bring = desk.Preview
	}
	b, err := bring(a.ctx, commands.Incoming{Work: w, Fixes: fixes, Replace: c.Replace})
	return w, b, err
}

// fixesName is the name of the file of corrections beside a text.
func fixesName(file string) string { return file + ".fix" }

// fixesBeside are the corrections of the file beside a text, if there is one.
func fixesBeside(file string) ([]library.Correction, error) {
	b, err := os.ReadFile(fixesName(file))
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	fixes, err := library.ParseCorrections(string(b))
	return fixes, inFile(err, filepath.Base(fixesName(file)))
}

// inFile names the file in a mistake that was found in it.
func inFile(err error, file string) error {
	if e, ok := errors.AsType[*library.Error](err); ok {
		e.Args["File"] = file
	}
	return err
}

func (c *importCmd) report(a *app, w *library.Work, b commands.Brought) error {
	was := b.Was
	v := a.book.In("en")
	var whole bot.Spans
	var lost, readings []bot.Spans
	if was != nil {
		whole, lost, readings = commands.Followed(v, was, &w.Meta)
	}
	lost = append(commands.NotFixed(v, b.Failed), lost...)
	if c.JSON {
		answer := workOf(w)
		for _, s := range lost {
			answer.Warnings = append(answer.Warnings, plain(s))
		}
		return a.emit(answer)
	}
	n := w.Counts()
	by := ""
	if w.Author != "" {
		by = ", " + w.Author
	}
	if w.Date != "" {
		by += ", " + w.Date
	}
	a.show("%s%s\n  as %s: %s", w.Title, by, w.Alias(), a.size(&w.Meta, n))
	if n.Epigraphs > 0 {
		a.show(", %s", v.Text("count.epigraphs", "Count", n.Epigraphs))
	}
	if n.Notes > 0 {
		a.show(", %s", v.Text("count.notes", "Count", n.Notes))
	}
	a.show("\n")
	if c.DryRun {
		a.showSections(library.NewOutline(w), 2)
	}
	if len(w.LeftOut) > 0 {
		a.show("  left out:\n")
		for i, l := range w.LeftOut {
			if i == 8 {
				a.show("    %s\n", v.Text("count.more", "Count", len(w.LeftOut)-i))
				break
			}
			where := ""
			if l.Line > 0 {
				where = fmt.Sprintf("line %d, ", l.Line)
			}
			a.show("    %s%s: %s\n", where, l.Reason, library.Opening(l.Text))
		}
	}
	for _, x := range w.Warnings {
		if x.Line > 0 {
			a.show("  doubt, line %d: %s\n", x.Line, x.Message)
		} else {
			a.show("  doubt: %s\n", x.Message)
		}
	}
	if b.Fixed > 0 {
		a.show("  %s\n", v.Text("fix.made", "Count", b.Fixed))
	}
	if was != nil {
		a.show("  %s\n", plain(whole))
	}
	for _, s := range append(lost, readings...) {
		a.show("    %s\n", plain(s))
	}
	if c.DryRun {
		a.show("  Nothing was changed.\n")
	}
	return nil
}

func workOf(w *library.Work) workAnswer {
	n := w.Counts()
	out := workAnswer{Alias: text(w.Alias()), Title: text(w.Title), Author: text(w.Author), Date: text(w.Date), Language: text(w.Language), Source: text(w.Source),
		Sections: n.Sections, Passages: n.Passages, Epigraphs: n.Epigraphs, Notes: n.Notes, Words: n.Words, Warnings: []string{}}
	for _, x := range w.Warnings {
		message := x.Message
		if x.Line > 0 {
			message = fmt.Sprintf("line %d: %s", x.Line, x.Message)
		}
		out.Warnings = append(out.Warnings, message)
	}
	return out
}

// A progress draws a bar while something is read, on a terminal only.
type progress struct {
	r           io.Reader
	total, done int64
	name        string
	out         io.Writer
	shown       int64
}

func progressTo(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok && console.IsTerminal(f) {
		return f
	}
	return nil
}

func (p *progress) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.done += int64(n)
	if p.total >= 1<<20 {
		p.show(err != nil)
	}
	return n, err
}

// show draws the bar, or takes it away at the end.
func (p *progress) show(end bool) {
	if p.out == nil || p.total <= 0 {
		return
	}
	if part := min(p.done*20/p.total, 20); part != p.shown || end {
		p.shown = part
		_, _ = fmt.Fprintf(p.out, "\r%s [%s%s]", p.name, strings.Repeat("#", int(part)), strings.Repeat(" ", 20-int(part)))
		if end {
			_, _ = fmt.Fprint(p.out, "\r\x1b[K") // a bar that is not seen harms nobody
		}
	}
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
		works, err := tx.Works(a.ctx, 0)
		if err != nil {
			return err
		}
		if len(works) == 0 && !c.JSON {
			a.show("The shelf is empty. Bring a book in: lectern library import FILE\n")
		}
		for _, m := range works {
			w, err := tx.Work(a.ctx, m.ID)
			if err != nil {
				return err
			}
			if c.JSON {
				if err := a.emit(workOf(w)); err != nil {
					return err
				}
				continue
			}
			n := w.Counts()
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
		answer := outlineAnswer{Work: workOf(w), Sections: []sectionAnswer{}}
		for i := range o.Sections {
			s := &o.Sections[i]
			answer.Sections = append(answer.Sections, sectionAnswer{Path: o.SectionPath(i), Label: text(s.Label()), Title: text(s.Title),
				Depth: s.Depth, First: count(s.First), Last: count(s.Last), Words: s.Words})
		}
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

type showCmd struct {
	Work []string `arg:"" help:"The book's name on the shelf."`
	JSON bool     `name:"json" help:"Answer in JSON, as passage does."`
}

func (c *showCmd) Run(a *app) error {
	p := passageCmd{Citation: c.Work, JSON: c.JSON, whole: true}
	return p.Run(a)
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
		bar := &progress{name: "Reading passages", out: progressTo(a.errOut)}
		err = desk.Reindex(a.ctx, func(left int64) {
			bar.total = max(bar.total, left)
			bar.done = bar.total - left
			bar.show(false)
		})
		bar.show(true)
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
