// Package importer reads files into works: one file for each format, and one
// line for it in the table of formats. What is read is bounded; a file that is
// refused leaves nothing behind.
package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	xunicode "golang.org/x/text/encoding/unicode"

	"lectern/library"
)

// DefaultMaxBytes is the largest file that is read unless the options say
// otherwise.
const DefaultMaxBytes = 64_000_000

// Options say what the person knows better than the file.
type Options struct {
	Title, Author, Language string
	// MaxBytes is the largest file that is read; 0 is DefaultMaxBytes.
	MaxBytes int64
}

// A format reads one kind of file.
type format struct {
	name       string
	extensions []string
	read       func(ctx context.Context, text string) (*library.Work, error)
}

// formats are those that are read, the fallback last.
var formats = []format{
	{"Markdown", []string{".md", ".markdown", ".mkd"}, readMarkdown},
	{"plain text", []string{".txt", ".text", ""}, readText},
}

// Read reads a file into a work whose passages are numbered and anchored. The
// name tells the format. Errors that the person caused are *library.Error with
// code bad_file or too_large.
func Read(ctx context.Context, name string, r io.Reader, opt Options) (*library.Work, error) {
	limit := opt.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	base := filepath.Base(name)
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("importer: %s: %w", base, err)
	}
	if int64(len(data)) > limit {
		return nil, &library.Error{Code: library.TooLarge, Reason: "file_too_large", Args: map[string]any{"File": base, "Max": int(limit / 1_000_000)}}
	}
	text, warnings, err := decode(base, data)
	if err != nil {
		return nil, err
	}
	f := choose(base)
	w, err := f.read(ctx, text)
	var le *library.Error
	if errors.As(err, &le) {
		if le.Args == nil {
			le.Args = map[string]any{}
		}
		le.Args["File"] = base
	}
	if err != nil {
		return nil, err
	}
	if len(w.Passages) == 0 && len(w.Sections) == 0 {
		return nil, &library.Error{Code: library.BadFile, Reason: "file_empty", Args: map[string]any{"File": base}}
	}
	w.Warnings = append(warnings, w.Warnings...)
	settle(w, base, opt)
	return w, nil
}

func choose(base string) format {
	ext := strings.ToLower(filepath.Ext(base))
	for _, f := range formats {
		for _, e := range f.extensions {
			if e == ext && e != "" {
				return f
			}
		}
	}
	return formats[len(formats)-1]
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
	w.Number()
	library.SetAnchors(w)
}

// decode turns a file into text: UTF-8, UTF-16 with its mark, or windows-1252
// where nothing speaks against it.
func decode(base string, data []byte) (string, []library.Warning, error) {
	bad := func(reason string) error {
		return &library.Error{Code: library.BadFile, Reason: reason, Args: map[string]any{"File": base}}
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return "", nil, bad("file_empty")
	}
	for _, magic := range []string{"%PDF-", "PK\x03\x04", "\x89PNG", "GIF8", "\xff\xd8\xff", "\x7fELF", "\x1f\x8b", "SQLite format 3\x00"} {
		if bytes.HasPrefix(data, []byte(magic)) {
			return "", nil, bad("file_not_text")
		}
	}
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		out, err := xunicode.UTF16(xunicode.LittleEndian, xunicode.ExpectBOM).NewDecoder().Bytes(data)
		if err != nil {
			return "", nil, bad("file_not_text")
		}
		data = out
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return "", nil, bad("file_not_text")
	}
	var warnings []library.Warning
	if !utf8.Valid(data) {
		// A few broken bytes in UTF-8 are the text's own errors; otherwise it is
		// the old encoding of western Europe.
		good, broken := 0, 0
		for i := 0; i < len(data); {
			r, n := utf8.DecodeRune(data[i:])
			switch {
			case r == utf8.RuneError && n == 1:
				broken++
			case n > 1:
				good++
			}
			i += n
		}
		if good > broken*4 {
			data = bytes.ToValidUTF8(data, []byte("\uFFFD"))
			warnings = append(warnings, library.Warning{Code: "broken_characters", Message: "Some characters are broken in the file; they show as \uFFFD."})
		} else {
			out, err := charmap.Windows1252.NewDecoder().Bytes(data)
			if err != nil || controls(string(out)) {
				return "", nil, bad("file_not_text")
			}
			data = out
			warnings = append(warnings, library.Warning{Code: "old_encoding", Message: "The file is not in UTF-8; it was read as windows-1252. Look whether its accents are right."})
		}
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	if controls(text) {
		return "", nil, bad("file_not_text")
	}
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n\n").Replace(text)
	return text, warnings, nil
}

// controls reports whether a text has more control characters than a text has.
func controls(s string) bool {
	n := 0
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != '\v' {
			n++
		}
	}
	return n > 0 && n*200 > len(s)
}

// tidy makes white space single, takes out what cannot be seen, and undoes
// ligatures; nothing else changes.
func tidy(s string) string {
	s = ligatures.Replace(s)
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' }), " ")
}

var ligatures = strings.NewReplacer("\u00ad", "", "ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "ﬅ", "st", "ﬆ", "st")

// stopwords tell a few languages apart.
var stopwords = map[string][]string{
	"en": {"the", "and", "of", "to", "in", "that", "is"},
	"de": {"der", "die", "und", "das", "nicht", "ist", "ein"},
	"fr": {"le", "les", "et", "des", "une", "dans", "est"},
	"es": {"el", "los", "que", "una", "las", "por", "con"},
	"it": {"il", "che", "di", "una", "per", "gli", "non"},
	"nl": {"het", "een", "van", "niet", "zijn", "dat", "en"},
	"pt": {"os", "que", "uma", "não", "para", "com", "as"},
}

// guessLanguage is the language whose commonest words a text has most, "" if
// none stands out.
func guessLanguage(w *library.Work) string {
	counts := map[string]int{}
	words := 0
	for i := range w.Passages {
		for f := range strings.FieldsSeq(strings.ToLower(w.Passages[i].Text)) {
			counts[f]++
			words++
		}
		if words > 20000 {
			break
		}
	}
	best, most, second := "", 0, 0
	for lang, list := range stopwords {
		n := 0
		for _, s := range list {
			n += counts[s]
		}
		switch {
		case n > most:
			best, most, second = lang, n, most
		case n > second:
			second = n
		}
	}
	if most*20 < words || most < second*3/2 {
		return ""
	}
	return best
}
