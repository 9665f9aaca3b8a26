// Package importer reads files into works: one file for each format, and one
// line for it in the table of formats.
//
// What is read is bounded (Options), and a file that is refused leaves nothing
// behind. Nothing of a source is lost: each of its words stands in exactly one
// passage (its text, its attribution or a footnote's mark), heading
// (Section.Text), part, or piece that was left out. Meta repeats words that
// stand in parts of kind FrontMatter or among the pieces left out, and is not
// counted. A word is what is left of a white-space-separated token when all but
// letters and digits is taken away; where a hyphen at a line's end was mended,
// two tokens have become one.
package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"lectern/library"
)

// DefaultMaxBytes is the largest file that is read unless the options say
// otherwise.
const DefaultMaxBytes = 64 << 20

// What a text may have at most, whatever its size: so that a file made for it
// takes no more memory than a long book does. The longest real texts, of the
// largest size that is read, have half as many.
const (
	maxLines  = 2_000_000 // that are not empty
	maxBlocks = 250_000   // headings, paragraphs and their like
)

// tooManyParts is the error for a text that has more.
func tooManyParts() error {
	return &library.Error{Code: library.TooLarge, Reason: "file_too_many_parts", Args: map[string]any{"Max": maxBlocks}}
}

// Options say what the person knows better than the file.
type Options struct {
	Title, Author, Language string
	// Scheme is the way of numbering that the work declares; the zero Scheme
	// leaves it to the text.
	Scheme library.Scheme
	// MaxBytes is the largest file that is read; 0 is DefaultMaxBytes.
	MaxBytes int64
	// PDFToText is the program that takes the text out of a PDF; "" is Poppler's
	// pdftotext, where the system finds it.
	PDFToText string
	// PDFTime is how long it may take; 0 is ten seconds.
	PDFTime time.Duration

	pages  []string // the printed numbers of the pages, where they are known
	source string   // the web address that the file came from
}

// A format reads one kind of file. Sniff looks at its beginning, at most 4 kB,
// and says whether a file without a known extension is of this kind.
type format struct {
	Name       string
	Extensions []string
	Sniff      func(head []byte) bool
	// One of both reads it: from text in UTF-8, or from the bytes of the file.
	Read  func(ctx context.Context, text string, opt Options) (*library.Work, error)
	Bytes func(ctx context.Context, data []byte, opt Options) (*library.Work, error)
}

// formats are those that are read, the fallback last. What a file is by its
// first bytes comes before what its name says.
func formats() []format {
	return []format{
		{Name: "PDF", Sniff: func(head []byte) bool { return bytes.Contains(head[:min(len(head), 1024)], []byte("%PDF-")) }, Bytes: readPDF},
		{Name: "EPUB, DOCX, ODT, or pages or one text in an archive", Sniff: func(head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }, Bytes: readZip},
		{Name: "MHTML", Sniff: looksLikeMHTML, Bytes: readMHTML},
		{Name: "HTML", Extensions: []string{".html", ".htm", ".xhtml"}, Sniff: looksLikeHTML, Bytes: readHTML},
		outlineFormat(),
		{Name: "Markdown", Extensions: []string{".md", ".markdown", ".mkd", ".mdown"}, Sniff: looksLikeMarkdown, Read: readMarkdown},
		{Name: "plain text", Extensions: []string{".txt", ".text", ".asc"}, Sniff: func([]byte) bool { return true }, Read: readText},
	}
}

// Read reads a file into a work whose passages are numbered and anchored. The
// name tells the format, or the content where the name does not; a name that is
// a web address is the source of a work that names none. At most MaxBytes and
// one byte are read. Errors that the person caused are
// *library.Error with code bad_file (reasons file_empty, file_not_text) or
// too_large (file_too_large, Args File and Max in megabytes; file_too_nested,
// Args File and Max in levels; file_too_many_parts and file_too_tangled, Args
// File and Max).
func Read(ctx context.Context, name string, r io.Reader, opt Options) (*library.Work, error) {
	return read(ctx, name, r, opt, format{})
}

// read is Read with a format that is known; the zero format is not.
func read(ctx context.Context, name string, r io.Reader, opt Options, as format) (*library.Work, error) {
	limit := opt.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	base := filepath.Base(name)
	if strings.HasPrefix(name, "https://") {
		base, opt.source = baseOf(name), name
	}
	data, err := readAll(ctx, r, limit)
	if err != nil {
		return nil, fmt.Errorf("importer: %s: %w", base, err)
	}
	if int64(len(data)) > limit {
		return nil, &library.Error{Code: library.TooLarge, Reason: "file_too_large", Args: map[string]any{"File": base, "Max": int(max(limit/1e6, 1))}}
	}
	if _, err := langTag(opt.Language); opt.Language != "" && err != nil {
		return nil, &library.Error{Code: library.Syntax, Reason: "language", Args: map[string]any{"Language": opt.Language}}
	}
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		if base, data, err = gunzip(ctx, base, data, limit); err != nil {
			return finish(nil, err, base, nil, opt)
		}
	}
	if as.Read == nil {
		if err := foreign(data); err != nil {
			return finish(nil, err, base, nil, opt)
		}
		as = choose(base, data)
	}
	if as.Bytes != nil {
		w, err := as.Bytes(ctx, data, opt)
		return finish(w, err, base, nil, opt)
	}
	text, warnings, err := decode(data)
	if err != nil {
		return finish(nil, err, base, nil, opt)
	}
	w, err := as.Read(ctx, text, opt)
	if err == nil {
		err = ctx.Err() // numbering and anchors take a while too
	}
	return finish(w, err, base, warnings, opt)
}

// baseOf is the name of a file that came from a web address.
func baseOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return filepath.Base(address)
	}
	if b := path.Base(u.Path); b != "." && b != "/" {
		return b
	}
	return u.Hostname()
}

// finish numbers a work that was read, or says which file an error is about.
func finish(w *library.Work, err error, base string, warnings []library.Warning, opt Options) (*library.Work, error) {
	if err == nil && len(w.Passages) == 0 && len(w.Sections) == 0 {
		err = &library.Error{Code: library.BadFile, Reason: "file_empty"}
	}
	if err == nil {
		w.Warnings = append(warnings, w.Warnings...)
		settle(w, base, opt)
		return w, nil
	}
	if le, ok := errors.AsType[*library.Error](err); ok {
		if le.Args == nil {
			le.Args = map[string]any{}
		}
		le.Args["File"] = base
		return nil, le
	}
	return nil, fmt.Errorf("importer: %s: %w", base, err)
}

// langTag reads a tag of a language (BCP 47).
func langTag(s string) (language.Tag, error) { return language.Parse(s) }

// readAll reads at most limit+1 bytes and heeds the context between reads.
func readAll(ctx context.Context, r io.Reader, limit int64) ([]byte, error) {
	var b bytes.Buffer
	if l, ok := r.(interface{ Len() int }); ok {
		b.Grow(int(min(int64(l.Len()), limit)) + bytes.MinRead + 1)
	}
	r = io.LimitReader(r, limit+1)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := b.ReadFrom(io.LimitReader(r, 1<<20))
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return b.Bytes(), nil
		}
	}
}

// looksLikeHTML reports whether a file is a web page.
func looksLikeHTML(head []byte) bool {
	s := strings.ToLower(string(bytes.TrimLeft(bytes.TrimPrefix(head[:min(len(head), 1024)], []byte("\xef\xbb\xbf")), " \t\r\n")))
	for strings.HasPrefix(s, "<!--") || strings.HasPrefix(s, "<?xml") {
		_, rest, ok := strings.Cut(s, ">")
		if !ok {
			return false
		}
		s = strings.TrimLeft(rest, " \t\r\n")
	}
	return strings.HasPrefix(s, "<!doctype html") || strings.HasPrefix(s, "<html") || strings.HasPrefix(s, "<head")
}

func choose(base string, data []byte) format {
	all := formats()
	head := data[:min(len(data), 4096)]
	for _, f := range all {
		if f.Bytes != nil && f.Sniff(head) {
			return f
		}
	}
	ext := strings.ToLower(filepath.Ext(base))
	for _, f := range all {
		if slices.Contains(f.Extensions, ext) {
			return f
		}
	}
	for _, f := range all {
		if f.Sniff(head) {
			return f
		}
	}
	return all[len(all)-1]
}

// settle puts what the person knows over what the file says, doubts what
// neither does, and numbers the passages.
func settle(w *library.Work, base string, opt Options) {
	if opt.Title != "" {
		w.Title = opt.Title
	}
	if opt.Author != "" {
		w.Author = opt.Author
	}
	if opt.Language != "" {
		w.Language = opt.Language
	}
	if w.Language == "" {
		w.Language = guessLanguage(w)
	}
	if w.Title == "" {
		w.Title = strings.TrimSpace(strings.NewReplacer("_", " ", "-", " ").Replace(strings.TrimSuffix(base, filepath.Ext(base))))
		w.Warnings = append(w.Warnings, library.Warning{Code: "no_title", Message: fmt.Sprintf("The file names no title, so it is called “%s” for now. Give one with --title.", w.Title)})
	}
	if w.Source == "" {
		w.Source = opt.source
	}
	if w.Author == "" {
		w.Warnings = append(w.Warnings, library.Warning{Code: "no_author", Message: "The file names no author. Give one with --author."})
	}
	numberEditionPages(w, opt.Scheme)
	sortWarnings(w, opt)
	slices.SortStableFunc(w.LeftOut, func(a, b library.LeftOut) int { return a.Line - b.Line })
	w.Number()
	library.SetAnchors(w)
}

// weights order doubts: what misleads most a person who looks something up
// comes first.
var weights = [...]string{
	"missing_page", "broken_characters", "old_encoding", "no_title", "no_author", "missing_heading", "numbers_kept", "label_repeats", "label_gap",
	"no_verses", "title_guessed", "author_guessed", "scheme_guessed", "quotation_guessed", "citation_guessed", "joined", "page_join", "note_uncalled",
	"call_without_note", "run_in", "pages_counted", "hyphens",
}

func sortWarnings(w *library.Work, opt Options) {
	w.Warnings = slices.DeleteFunc(w.Warnings, func(x library.Warning) bool {
		return opt.Title != "" && x.Code == "title_guessed" || opt.Author != "" && x.Code == "author_guessed"
	})
	weight := func(x library.Warning) int {
		if i := slices.Index(weights[:], x.Code); i >= 0 {
			return i
		}
		return len(weights)
	}
	slices.SortStableFunc(w.Warnings, func(a, b library.Warning) int { return weight(a) - weight(b) })
}
