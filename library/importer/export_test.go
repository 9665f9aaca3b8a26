package importer

import (
	"context"
	"io"
	"strings"

	"lectern/library"
)

// ReadPDFText reads what an extractor took out of a PDF.
func ReadPDFText(ctx context.Context, text string) (*library.Work, error) {
	return readPDFText(ctx, text, Options{})
}

// PlainMarkdown puts what other tools add into Markdown's own words.
func PlainMarkdown(src string) string { return plainMarkdown(src) }

// ReadPDFLayout reads what an extractor says of the places of a PDF's words.
func ReadPDFLayout(ctx context.Context, text string) (*library.Work, error) {
	return readLayout(ctx, parseLayout(text), pdfInfo{})
}

// ReadPDFLayoutOf is ReadPDFLayout for a file that says its title and author.
func ReadPDFLayoutOf(ctx context.Context, text, title, author string) (*library.Work, error) {
	return readLayout(ctx, parseLayout(text), pdfInfo{title, author})
}

// PDFInfo is what a PDF says of its title and author.
func PDFInfo(ctx context.Context, data []byte) (title, author string) {
	info := readInfo(ctx, data, pdfTime)
	return info.title, info.author
}

// Controls counts the control characters of a text and finds the first.
func Controls(s string) (n, first int) { return controls(s) }

// Logical turns what stands on a page of a script that runs from right to left.
var Logical = logical

// SlimPage is a page as it is handed to the parser, read by so many bytes at once.
func SlimPage(ctx context.Context, s string, at int) (string, error) {
	var b strings.Builder
	_, err := io.CopyBuffer(&b, struct{ io.Reader }{newSlimPage(ctx, s, looksLikeXML(s))}, make([]byte, at))
	return b.String(), err
}
