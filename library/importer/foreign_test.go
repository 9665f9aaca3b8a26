package importer_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

// What people have and nobody reads here is refused by its name.
func TestForeignFormats(t *testing.T) {
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 504)
	locked := zipped(t, "mimetype", "application/vnd.oasis.opendocument.text", "META-INF/manifest.xml", `<m><e><encryption-data/></e></m>`, "content.xml", "\x01\x02\x03")
	for _, c := range []struct{ name, data, reason, format string }{
		{"old.doc", ole + "W\x00o\x00r\x00d\x00", "file_other_document", "DOC"},
		{"locked.docx", ole + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", "file_protected", ""},
		{"locked.odt", string(locked), "file_protected", ""},
		{"x.rtf", `{\rtf1\ansi The Mill}`, "file_other_document", "RTF"},
		{"x.mobi", strings.Repeat("\x00", 60) + "BOOKMOBI", "file_other_book", "Kindle"},
		{"x.txt", strings.Repeat("\x00", 60) + "BOOKMOBI", "file_other_book", "Kindle"},
		{"x.djvu", "AT&TFORM\x00\x00", "file_other_book", "DjVu"},
		{"x.fb2", `<?xml version="1.0"?><FictionBook xmlns="x"><body/></FictionBook>`, "file_other_book", "FictionBook"},
		{"x.fodt", `<?xml version="1.0"?><!-- a --><office:document xmlns:office="x"/>`, "file_other_document", "FODT"},
		{"x.xml", "\ufeff" + `<?xml version="1.0" encoding="windows-1251"?><TEI xmlns="x"><text/></TEI>`, "file_other_xml", "TEI"},
		{"x.tar", "a.html" + strings.Repeat("\x00", 251) + "ustar\x00", "file_other_archive", "tar"},
		{"x.tar.gz", string(gzipped(t, []byte("a.html"+strings.Repeat("\x00", 251)+"ustar\x00"))), "file_other_archive", "tar"},
		{"x.rar", "Rar!\x1a\x07\x00", "file_other_archive", "RAR"},
		{"x.7z", "7z\xbc\xaf\x27\x1c", "file_other_archive", "7z"},
		{"x.png", "\x89PNG\r\n", "file_picture", ""},
		{"frames.html", `<html><frameset cols="20%,80%"><frame src="a.html"><frame src="b.html"></frameset></html>`, "file_page_empty", ""},
		{"scripts.html", `<html><body><div id="root"></div><script>go()</script></body></html>`, "file_page_empty", ""},
	} {
		_, err := importer.Read(t.Context(), c.name, strings.NewReader(c.data), importer.Options{})
		le, ok := errors.AsType[*library.Error](err)
		if !ok || le.Reason != c.reason {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got, _ := le.Args["Format"].(string); got != c.format {
			t.Errorf("%s is called %q", c.name, got)
		}
	}
	for _, s := range []string{`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>A page.</p></body></html>`, `<?xml version="1.0"?>` + "\nis how a file of XML begins.\n"} {
		if w, err := importer.Read(t.Context(), "x", strings.NewReader(s), importer.Options{}); err != nil || len(w.Passages) != 1 {
			t.Errorf("%s: %v, %v", s, w, err)
		}
	}
}

const savedPage = "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://example.org/mill\r\nSubject: The Mill\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype=\"text/html\";\r\n\tboundary=\"--B\"\r\n\r\n" +
	"----B\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Location: https://example.org/mill\r\n\r\n" +
	"<html><head><title>The Mill</title></head><body><h1>The Mill</h1><p>It =E2=80=9Cgrinds=E2=80=9D, and the clerks go on a=\r\nnd on.</p><p>Then it stops.</p></body></html>\r\n" +
	"----B\r\nContent-Type: text/css\r\n\r\nbody { color: red }\r\n----B--\r\n"

// A page that a browser saved with all that belongs to it is a page.
func TestSavedInOneFile(t *testing.T) {
	for _, name := range []string{"x.mhtml", "x.mht", "x"} {
		w, err := importer.Read(t.Context(), name, strings.NewReader(savedPage), importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		same(t, name, textsOf(w), []string{"It “grinds”, and the clerks go on and on.", "Then it stops."})
		if w.Title != "The Mill" || w.Source != "https://example.org/mill" {
			t.Errorf("%q from %q", w.Title, w.Source)
		}
	}
}

// Libraries on the web pack a text by itself, with its pictures or a note.
func TestOneTextInAnArchive(t *testing.T) {
	w, err := importer.Read(t.Context(), "mill.zip", bytes.NewReader(zipped(t, "mill/mill.txt", "CHAPTER I\n\nText of it.\n\nCHAPTER II\n\nMore.\n", "mill/a.png", "x")), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "outline", outlineOf(w), []string{"1 I ", "1 II "})
	for name, files := range map[string][]string{
		"two texts":          {"a.txt", "One.", "b.txt", "Two."},
		"an archive by name": {"a.txt", string(zipped(t, "b.txt", "One."))},
	} {
		_, err := importer.Read(t.Context(), "x.zip", bytes.NewReader(zipped(t, files...)), importer.Options{})
		if le, ok := errors.AsType[*library.Error](err); !ok || le.Reason != "file_archive_no_pages" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What stands beside pages and could be read by itself is listed.
func TestFilesBesidePages(t *testing.T) {
	w, err := importer.Read(t.Context(), "x.zip", bytes.NewReader(zipped(t, "1.html", "<p>One.", "2.html", "<p>Two.", "notes.pdf", "%PDF", "a.css", "x")), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(w.LeftOut) != 1 || w.LeftOut[0].Text != "notes.pdf" {
		t.Errorf("%v", w.LeftOut)
	}
}
