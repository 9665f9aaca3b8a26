package main

import (
	"bytes"
	"context"
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
	"lectern/library"
	"lectern/library/fetch"
	"lectern/library/importer"
)

type importCmd struct {
	Files    []string `arg:"" name:"file" help:"The files, folders of web pages, or web addresses of hosts that the settings allow."`
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
	failed, in := false, 0
	bar := progressTo(a.errOut)
	for i, file := range c.Files {
		if len(c.Files) > 1 {
			bar.among(i+1, len(c.Files), file)
		}
		w, b, err := c.one(a, settings, desk, file, bar)
		bar.clear()
		if a.ctx.Err() != nil && (err != nil || i+1 < len(c.Files)) {
			if err == nil { // it was there before the program was told to stop
				in++
				if err := c.report(a, w, b); err != nil {
					return err
				}
			}
			v := a.book.In("en")
			said := v.Text("import.stopped", "Count", in, "All", len(c.Files))
			if in == 0 || c.DryRun {
				said = v.Text("import.stopped_before")
			}
			_, _ = fmt.Fprintf(a.errOut, "lectern: %s\n", said)
			return errShown
		}
		if err == nil {
			in++
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
	}
	if len(c.Files) > 1 && !c.JSON && !c.DryRun {
		v := a.book.In("en")
		said := v.Text("import.done", "Count", in)
		if refused := len(c.Files) - in; refused > 0 {
			said += " " + v.Text("import.refused", "Count", refused)
		}
		a.show("%s\n", said)
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
func (c *importCmd) one(a *app, settings config.Config, desk *commands.Desk, file string, bar *progress) (*library.Work, commands.Brought, error) {
	var none commands.Brought
	if fetch.IsAddress(file) {
		return c.web(a, settings, desk, file)
	}
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
	opt := c.options(settings)
	if !info.IsDir() && info.Size() > opt.MaxBytes {
		return nil, none, &library.Error{Code: library.TooLarge, Reason: "file_too_large", Args: map[string]any{"File": filepath.Base(file), "Max": int(opt.MaxBytes / 1_000_000)}}
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
	} else if w, err = c.reader()(a.ctx, file, bar.of(f, info.Size(), filepath.Base(file)), opt); err != nil {
		return nil, none, err
	}
	fixes, err := fixesBeside(file)
	if err != nil {
		return nil, none, err
	}
	return c.bring(a, desk, w, fixes)
}

func (c *importCmd) options(settings config.Config) importer.Options {
	return importer.Options{Title: bot.Clean(c.Title, 300), Author: bot.Clean(c.Author, 200), Language: c.Language, Scheme: library.Scheme(c.Scheme), MaxBytes: int64(settings.Library.MaxFile)}
}

func (c *importCmd) reader() func(context.Context, string, io.Reader, importer.Options) (*library.Work, error) {
	if c.Outline {
		return importer.ReadOutline
	}
	return importer.Read
}

// webOf is how files are taken from the web, as the settings have it.
func webOf(settings config.Config) fetch.Fetcher {
	return fetch.Fetcher{Hosts: settings.Library.Hosts, MaxBytes: int64(settings.Library.MaxFile), Within: settings.Library.FetchWithin}
}

// web reads what stands at a web address.
func (c *importCmd) web(a *app, settings config.Config, desk *commands.Desk, address string) (*library.Work, commands.Brought, error) {
	web := webOf(settings)
	at, data, err := web.Get(a.ctx, address)
	if err != nil {
		return nil, commands.Brought{}, err
	}
	w, err := c.reader()(a.ctx, at, bytes.NewReader(data), c.options(settings))
	if err != nil {
		return nil, commands.Brought{}, err
	}
	return c.bring(a, desk, w, nil)
}

// bring puts a work on the shelf, or shows what that would do.
func (c *importCmd) bring(a *app, desk *commands.Desk, w *library.Work, fixes []library.Correction) (*library.Work, commands.Brought, error) {
	if err := a.ctx.Err(); err != nil {
		return nil, commands.Brought{}, err
	}
	if len(c.Alias) > 0 || !w.OutlineOnly() { // an outline may say its own
		w.Aliases = c.Alias
	}
	if desk == nil {
		failed := library.Correct(w, fixes)
		if len(w.Aliases) == 0 {
			w.Aliases = []string{library.SuggestAlias(&w.Meta, func(string) bool { return false })}
		}
		return w, commands.Brought{Failed: failed, Fixed: len(fixes) - len(failed)}, nil
	}
	put := desk.Bring
	if c.DryRun {
		put = desk.Preview
	}
	b, err := put(a.ctx, commands.Incoming{Work: w, Fixes: fixes, Replace: c.Replace})
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
		answer := importAnswer{workAnswer: workOf(w), Subtitle: text(w.Subtitle), Edition: text(w.Edition), Rights: text(w.Rights), Scheme: text(string(w.Scheme)),
			Outline: sectionsOf(library.NewOutline(w)), Parts: partsOf(library.NewOutline(w), w.Parts), LeftOut: leftOutOf(w), Readings: []string{}}
		for _, s := range lost {
			answer.Warnings = append(answer.Warnings, plain(s))
		}
		for _, s := range readings {
			answer.Readings = append(answer.Readings, plain(s))
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
		a.showTitlePage(w, "  ")
		a.showSections(library.NewOutline(w), 2)
	}
	if len(w.LeftOut) > 0 {
		a.show("  left out:\n")
		for i := range w.LeftOut {
			if i == shownLeftOut && !c.DryRun && len(w.LeftOut) > shownLeftOut+1 {
				a.show("    %s: lectern library show %s --left-out\n", v.Text("count.more", "Count", len(w.LeftOut)-i), w.Alias())
				break
			}
			a.showLeftOut(&w.LeftOut[i], c.DryRun)
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

// shownLeftOut is how many pieces that were left out are told when a book is
// brought in; a dry run tells them all.
const shownLeftOut = 8

// showLeftOut prints a piece that was left out, whole or its first words.
func (a *app) showLeftOut(l *library.LeftOut, whole bool) {
	where := ""
	if l.Line > 0 {
		where = fmt.Sprintf("line %d, ", l.Line)
	}
	text := library.Opening(l.Text)
	if whole {
		text = strings.ReplaceAll(l.Text, "\n", "\n      ")
	}
	a.show("    %s%s: %s\n", where, l.Reason, text)
}

// showTitlePage prints what the title page says beside title, author and date:
// field by field, and the lines that are none.
func (a *app) showTitlePage(w *library.Work, margin string) {
	for _, f := range [...][2]string{{"subtitle", w.Subtitle}, {"language", w.Language}, {"source", w.Source}, {"edition", w.Edition}, {"rights", w.Rights}, {"numbering", string(w.Scheme)}} {
		if f[1] != "" {
			a.show("%s%s: %s\n", margin, f[0], f[1])
		}
	}
	for _, s := range w.OtherTitleLines() {
		a.show("%stitle page: %s\n", margin, s)
	}
}

func workOf(w *library.Work) workAnswer { return workWith(&w.Meta, w.Counts(), w.Warnings) }

func workWith(m *library.Meta, n library.Counts, doubts []library.Warning) workAnswer {
	out := workAnswer{Alias: text(m.Alias()), Title: text(m.Title), Author: text(m.Author), Date: text(m.Date), Language: text(m.Language), Source: text(m.Source),
		Sections: n.Sections, Passages: n.Passages, Epigraphs: n.Epigraphs, Notes: n.Notes, Words: n.Words, Warnings: []string{}}
	for _, x := range doubts {
		message := x.Message
		if x.Line > 0 {
			message = fmt.Sprintf("line %d: %s", x.Line, x.Message)
		}
		out.Warnings = append(out.Warnings, message)
	}
	return out
}

// A progress draws how far the reading has come, on a terminal only.
type progress struct {
	out         io.Writer // nil draws nothing
	r           io.Reader
	total, done int64
	before      string // which of several files it is
	name        string
	shown       int64
	drawn       bool
}

// progressTo draws on a terminal, and nothing elsewhere.
func progressTo(w io.Writer) *progress { return &progress{out: terminal(w)} }

// terminal is what progress is drawn on, nil for what is no terminal.
func terminal(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok && console.IsTerminal(f) {
		return f
	}
	return nil
}

// among says which of several files comes next.
func (p *progress) among(n, of int, file string) {
	p.before = fmt.Sprintf("%d/%d ", n, of)
	p.draw(p.before + filepath.Base(file))
}

// of makes the reading of a file draw a bar, if it is large enough to wait for.
func (p *progress) of(r io.Reader, total int64, name string) io.Reader {
	p.r, p.total, p.done, p.shown, p.name = r, total, 0, 0, name
	return p
}

func (p *progress) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if p.total >= 1<<20 {
		p.at(p.done + int64(n))
	}
	return n, err
}

// at says how much is done.
func (p *progress) at(done int64) {
	p.done = done
	if part := min(done*20/max(p.total, 1), 20); part != p.shown {
		p.shown = part
		p.draw(fmt.Sprintf("%s%s [%s%s]", p.before, p.name, strings.Repeat("#", int(part)), strings.Repeat(" ", 20-int(part))))
	}
}

func (p *progress) draw(s string) {
	if p.out != nil {
		p.drawn = true
		_, _ = fmt.Fprintf(p.out, "\r\x1b[K%s", console.Clean(s)) // a bar that is not seen harms nobody
	}
}

// clear takes away what was drawn.
func (p *progress) clear() {
	if p.drawn {
		p.drawn = false
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
}
