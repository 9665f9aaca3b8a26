package importer

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html/charset"

	"lectern/library"
)

// foreign refuses what people have and the importer does not read, by its name, so
// that they know what to make of it.
func foreign(data []byte) error {
	refuse := func(reason, format string) error {
		return &library.Error{Code: library.BadFile, Reason: reason, Args: map[string]any{"Format": format}}
	}
	at := func(from int, s string) bool {
		return len(data) >= from+len(s) && string(data[from:from+len(s)]) == s
	}
	switch {
	case at(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		if bytes.Contains(data, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")) {
			return &library.Error{Code: library.BadFile, Reason: "file_protected"}
		}
		return refuse("file_other_document", "DOC")
	case at(0, `{\rtf`):
		return refuse("file_other_document", "RTF")
	case at(60, "BOOKMOBI"), at(0, "TPZ"), at(0, "CONT\x02"):
		return refuse("file_other_book", "Kindle")
	case at(0, "ITOLITLS"), at(0, "ITSF"):
		return refuse("file_other_book", "CHM")
	case at(0, "AT&TFORM"):
		return refuse("file_other_book", "DjVu")
	case at(257, "ustar"):
		return refuse("file_other_archive", "tar")
	case at(0, "7z\xbc\xaf\x27\x1c"):
		return refuse("file_other_archive", "7z")
	case at(0, "Rar!\x1a\x07"):
		return refuse("file_other_archive", "RAR")
	case at(0, "\xfd7zXZ"):
		return refuse("file_other_archive", "xz")
	case at(0, "BZh"):
		return refuse("file_other_archive", "bzip2")
	case at(0, "\x28\xb5\x2f\xfd"):
		return refuse("file_other_archive", "zstd")
	case at(0, "\x89PNG"), at(0, "\xff\xd8\xff"), at(0, "GIF8"), at(0, "II*\x00"), at(0, "MM\x00*"), at(0, "RIFF") && at(8, "WEBP"):
		return refuse("file_picture", "")
	}
	switch root := rootOf(data[:min(len(data), 4096)]); root {
	case "", "html", "head", "body", "div", "p":
		return nil
	case "FictionBook":
		return refuse("file_other_book", "FictionBook")
	case "document": // of OpenDocument, in one file
		return refuse("file_other_document", "FODT")
	default:
		return refuse("file_other_xml", strings.ToValidUTF8(root[:min(len(root), 40)], ""))
	}
}

// rootOf is the first element of a file that declares itself XML, "" for none.
func rootOf(head []byte) string {
	if !bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"), []byte("<?xml")) {
		return ""
	}
	d := xml.NewDecoder(bytes.NewReader(head))
	d.Strict = false
	d.CharsetReader = charset.NewReaderLabel
	for {
		t, err := d.RawToken()
		if err != nil {
			return ""
		}
		if s, ok := t.(xml.StartElement); ok {
			return s.Name.Local
		}
	}
}

// maxParts is how many parts a saved page may have.
const maxParts = 10_000

// looksLikeMHTML reports whether a file is a page that a browser saved with all that
// belongs to it (RFC 2557).
func looksLikeMHTML(head []byte) bool {
	if name, _, ok := bytes.Cut(head, []byte(":")); !ok || bytes.ContainsAny(name, " \t\r\n") {
		return false // nothing like a header opens it
	}
	s := strings.ToLower(string(head))
	headers, _, _ := strings.Cut(strings.ReplaceAll(s, "\r", ""), "\n\n")
	return strings.Contains("\n"+headers, "\nmime-version:") && (strings.Contains(headers, "multipart/related") || strings.Contains("\n"+headers, "\ncontent-type: text/html"))
}

// readMHTML reads the page of such a file, which is the first of its parts that is
// one; what belongs to it is not read.
func readMHTML(ctx context.Context, data []byte, opt Options) (*library.Work, error) {
	m, err := mail.ReadMessage(&readerWithContext{ctx, bytes.NewReader(data)})
	if err != nil {
		return nil, badArchive()
	}
	source := m.Header.Get("Snapshot-Content-Location")
	kind, args, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return nil, badArchive()
	}
	if kind == "text/html" {
		return readPart(ctx, m.Body, m.Header.Get("Content-Transfer-Encoding"), args["charset"], source, opt)
	}
	r := multipart.NewReader(m.Body, args["boundary"])
	for range maxParts {
		p, err := r.NextPart()
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if errors.Is(err, io.EOF) {
				break
			}
			return nil, badArchive()
		}
		if kind, args, err := mime.ParseMediaType(p.Header.Get("Content-Type")); err == nil && (kind == "text/html" || kind == "application/xhtml+xml") {
			return readPart(ctx, p, p.Header.Get("Content-Transfer-Encoding"), args["charset"], source, opt)
		}
	}
	return nil, &library.Error{Code: library.BadFile, Reason: "file_page_empty"}
}

// readPart reads a page that is sent in an encoding of its own.
func readPart(ctx context.Context, r io.Reader, encoding, label, source string, opt Options) (*library.Work, error) {
	switch strings.ToLower(encoding) {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	}
	page, err := readAll(ctx, r, maxPage)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, badArchive()
	}
	if _, name := charset.Lookup(label); name != "" && name != "utf-8" && name != "windows-1252" {
		if in, err := charset.NewReaderLabel(label, bytes.NewReader(page)); err == nil {
			if page, err = readAll(ctx, in, 3*maxPage); err != nil {
				return nil, err
			}
		}
	}
	w, err := readHTML(ctx, page, opt)
	if err == nil && w.Source == "" && strings.HasPrefix(source, "http") {
		w.Source = source
	}
	return w, err
}

// loneText is the one file of an archive that is a text, a page or a PDF, as
// libraries on the web pack their books; "" if there are several or none, or
// others that it could be about.
func loneText(names []string) (lone string) {
	for _, n := range names {
		switch {
		case strings.HasSuffix(n, "/"), strings.HasPrefix(n, "__MACOSX/"), strings.HasPrefix(path.Base(n), "."):
		case slices.Contains([]string{".txt", ".md", ".markdown", ".pdf"}, strings.ToLower(path.Ext(n))):
			if lone != "" {
				return ""
			}
			lone = n
		case isPageName(n):
			return ""
		}
	}
	return lone
}

// readLone reads the one file of an archive.
func (a *files) readLone(name string, opt Options) (*library.Work, error) {
	data, err := a.read(name)
	if err != nil {
		return nil, orBroken(err)
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return nil, &library.Error{Code: library.BadFile, Reason: "file_archive_no_pages"}
	}
	if err := foreign(data); err != nil {
		return nil, err
	}
	as := choose(path.Base(name), data)
	if as.Bytes != nil {
		return as.Bytes(a.ctx, data, opt)
	}
	text, warnings, err := decode(data)
	if err != nil {
		return nil, err
	}
	w, err := as.Read(a.ctx, text, opt)
	if err != nil {
		return nil, err
	}
	w.Warnings = append(warnings, w.Warnings...)
	return w, nil
}
