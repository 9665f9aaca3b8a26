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
	"path/filepath"
	"slices"
	"strings"

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
}

// A format reads one kind of file. Sniff looks at its beginning, at most 4 kB,
// and says whether a file without a known extension is of this kind.
type format struct {
	Name       string
	Extensions []string
	Sniff      func(head []byte) bool
	Read       func(ctx context.Context, text string, opt Options) (*library.Work, error)
}

// formats are those that are read, the fallback last.
func formats() []format {
	return []format{
		outlineFormat(),
		{"Markdown", []string{".md", ".markdown", ".mkd", ".mdown"}, looksLikeMarkdown, readMarkdown},
		{"plain text", []string{".txt", ".text", ".asc"}, func([]byte) bool { return true }, readText},
	}
}

// Read reads a file into a work whose passages are numbered and anchored. The
// name tells the format, or the content where the name does not. At most
// MaxBytes and one byte are read. Errors that the person caused are
// *library.Error with code bad_file (reasons file_empty, file_not_text) or
// too_large (file_too_large, Args File and Max in megabytes; file_too_nested,
// Args File and Max in levels; file_too_many_parts, Args File and Max).
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
	data, err := readAll(ctx, r, limit)
	if err != nil {
		return nil, fmt.Errorf("importer: %s: %w", base, err)
	}
	if int64(len(data)) > limit {
		return nil, &library.Error{Code: library.TooLarge, Reason: "file_too_large", Args: map[string]any{"File": base, "Max": int(max(limit/1e6, 1))}}
	}
	if looksLikeHTML(base, data) {
		return nil, &library.Error{Code: library.BadFile, Reason: "file_html", Args: map[string]any{"File": base}}
	}
	if _, err := language.Parse(opt.Language); opt.Language != "" && err != nil {
		return nil, &library.Error{Code: library.Syntax, Reason: "language", Args: map[string]any{"Language": opt.Language}}
	}
	text, warnings, err := decode(data)
	if err == nil {
		var w *library.Work
		if as.Read == nil {
			as = choose(base, data)
		}
		if w, err = as.Read(ctx, text, opt); err == nil {
			if len(w.Passages) == 0 && len(w.Sections) == 0 {
				return nil, &library.Error{Code: library.BadFile, Reason: "file_empty", Args: map[string]any{"File": base}}
			}
			w.Warnings = append(warnings, w.Warnings...)
			settle(w, base, opt)
			return w, nil
		}
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

// looksLikeHTML reports whether a file is a web page, which is not read: its
// tags would come in as words.
func looksLikeHTML(base string, data []byte) bool {
	switch strings.ToLower(filepath.Ext(base)) {
	case ".html", ".htm", ".xhtml":
		return true
	}
	head := strings.ToLower(string(bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), 512)], []byte("\xef\xbb\xbf")), " \t\r\n")))
	return strings.HasPrefix(head, "<!doctype html") || strings.HasPrefix(head, "<html")
}

func choose(base string, data []byte) format {
	all := formats()
	ext := strings.ToLower(filepath.Ext(base))
	for _, f := range all {
		if slices.Contains(f.Extensions, ext) {
			return f
		}
	}
	head := data[:min(len(data), 4096)]
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
	"broken_characters", "old_encoding", "no_title", "no_author", "missing_heading", "label_repeats", "label_gap",
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
