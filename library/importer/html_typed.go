package importer

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"lectern/library"
)

// How long a text is that a page shows as it was typed: at least, and at most, in
// bytes and in lines, so that reading it again takes little beside the page.
const (
	typedSize  = 600
	maxTyped   = 8 << 20
	typedLines = 200_000
)

// readTyped reads a page that only shows a text as it was typed, as old archives do:
// nearly all of it stands in one or several pieces with the spaces and ends of lines
// that it has, and in these are paragraphs. It is read as plain text; the work is nil
// for another page.
func readTyped(ctx context.Context, page *webPage, opt Options) (*library.Work, error) {
	typed, all, lines, paragraphs := 0, 0, 0, 0
	for i := range page.pieces {
		p := &page.pieces[i]
		if p.kind == furniturePiece {
			continue
		}
		if p.note != "" || len(p.calls) > 0 {
			return nil, nil
		}
		all += len(p.text)
		if p.kind == prePiece {
			typed += len(p.text)
			lines += strings.Count(p.text, "\n")
			if typed > maxTyped || lines > typedLines {
				return nil, nil
			}
			paragraphs += proseParagraphs(p.text)
		}
	}
	if typed < typedSize || typed*10 < all*9 || paragraphs < 3 {
		return nil, nil
	}
	var b strings.Builder
	for i := range page.pieces {
		p := &page.pieces[i]
		if p.kind == paraPiece && p.linked > 0.5 && atMostWords(p.text, 25) {
			p.kind, p.reason = furniturePiece, "site furniture"
		}
		if p.text == "" || p.kind == furniturePiece {
			continue
		}
		b.WriteString(p.text + "\n\n")
	}
	opt.pages = nil
	w, err := readText(ctx, b.String(), opt)
	if err != nil {
		return nil, err
	}
	w.Title, w.Author = cmp.Or(w.Title, page.meta.Title), cmp.Or(w.Author, page.meta.Author)
	w.Language, w.Date = cmp.Or(w.Language, page.meta.Language), cmp.Or(w.Date, page.meta.Date)
	if page.meta.Title != "" && !slices.ContainsFunc(w.Parts, func(p library.Part) bool { return p.Kind == library.FrontMatter }) {
		w.Title = page.meta.Title
	}
	for i := range page.pieces {
		if p := &page.pieces[i]; p.kind == furniturePiece && p.text != "" {
			w.LeftOut = append(w.LeftOut, library.LeftOut{Text: p.text, Reason: p.reason})
		}
	}
	return w, nil
}

// proseParagraphs counts the paragraphs of several long lines, which end as sentences
// do.
func proseParagraphs(s string) (n int) {
	lines, last := 0, ""
	done := func() {
		if lines >= 2 && end(last) == fullEnd {
			n++
		}
		lines = 0
	}
	for l := range strings.SplitSeq(s, "\n") {
		switch t := tidy(l); {
		case t == "":
			done()
		case strings.Count(t, " ") >= 5 || lines > 0:
			lines++
			last = t
		}
	}
	done()
	return n
}
