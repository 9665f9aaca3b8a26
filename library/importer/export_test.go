package importer

import (
	"context"

	"lectern/library"
)

// ReadPDFText reads what an extractor took out of a PDF.
func ReadPDFText(ctx context.Context, text string) (*library.Work, error) {
	return readPDFText(ctx, text, Options{})
}

// PlainMarkdown puts what other tools add into Markdown's own words.
func PlainMarkdown(src string) string { return plainMarkdown(src) }
