package importer_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"lectern/library"
	"lectern/library/importer"
)

// zipped is an archive of names and texts.
func zipped(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const container = `<?xml version="1.0"?><container><rootfiles><rootfile full-path="c.opf"/></rootfiles></container>`

// book is an e-book of one page.
func book(t testing.TB, page string, more ...string) []byte {
	return zipped(t, append([]string{"mimetype", "application/epub+zip", "META-INF/container.xml", container, "c.opf",
		`<package><metadata><title>Lamps</title></metadata><manifest><item id="p" href="p.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="p"/></spine></package>`,
		"p.xhtml", page}, more...)...)
}

// bomb is an archive whose one page unpacks to so many megabytes.
func bomb(t testing.TB, name string, megabytes int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	piece := bytes.Repeat([]byte("<p>a"), 1<<18)
	for range megabytes {
		if _, err := w.Write(piece); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHostileFormats(t *testing.T) {
	entities := `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">` + func() string {
		var b strings.Builder
		for c := 'b'; c <= 'k'; c++ {
			fmt.Fprintf(&b, `<!ENTITY %c "%s">`, c, strings.Repeat("&"+string(c-1)+";", 10))
		}
		return b.String()
	}() + `]>`
	body := `<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>&k;</w:t></w:r></w:p></w:body></w:document>`
	deep := strings.Repeat("<w:p>", 100_000)
	for _, c := range []struct {
		name, file string
		data       []byte
		want       []string // one of these reasons, "" for a work
	}{
		{"a bomb of pages", "x.zip", bomb(t, "a.html", 64), []string{"file_archive_bomb"}},
		{"a bomb in an e-book", "x.epub", zipped(t, "META-INF/container.xml", strings.Repeat(" ", raced(250<<20, 64<<20))), []string{"file_archive_bomb"}},
		{"a bomb of gzip", "x.txt.gz", gzipped(t, bytes.Repeat([]byte("a word "), raced(20<<20, 10<<20))), []string{"file_too_large"}},
		{"gzip in gzip", "x.gz", gzipped(t, gzipped(t, []byte("a word"))), []string{"file_not_text"}},
		{"an archive in an archive", "x.zip", zipped(t, "a.zip", string(zipped(t, "a.html", "<p>a"))), []string{"file_archive_no_pages"}},
		{"an entry that climbs", "x.zip", zipped(t, "../../etc/a.html", "<p>a"), []string{"file_archive_climbs"}},
		{"an entry from the root", "x.zip", zipped(t, "/etc/a.html", "<p>a"), []string{"file_archive_climbs"}},
		{"an entry that climbs in another system's way", "x.zip", zipped(t, `..\..\a.html`, "<p>a"), []string{"file_archive_climbs"}},
		{"a page of tags", "x.html", []byte("<html>" + strings.Repeat("<p>a", raced(2_000_000, 500_000))), []string{"file_too_many_parts"}},
		{"many entries", "x.zip", zipped(t, func() (all []string) {
			for i := range 10_001 {
				all = append(all, strconv.Itoa(i)+".html", "<p>a")
			}
			return all
		}()...), []string{"file_archive_entries"}},
		{"entities in a document", "x.docx", zipped(t, "word/document.xml", entities+body), []string{"file_archive_broken"}},
		{"entities in an e-book", "x.epub", zipped(t, "META-INF/container.xml", entities+`<container><rootfiles><rootfile full-path="&k;"/></rootfiles></container>`), []string{"file_archive_broken"}},
		{"a document nested deep", "x.docx", zipped(t, "word/document.xml", `<w:document xmlns:w="w">`+deep), []string{"file_too_nested"}},
		{"a page nested deep", "x.html", []byte("<html>" + strings.Repeat("<div>", 1_000_000)), []string{"file_too_many_parts"}},
		{"a page nested less deep", "x.html", []byte("<html>" + strings.Repeat("<div>", 100_000)), []string{"file_too_nested", "file_empty"}},
		{"a page of emphasis nested deep", "x.html", []byte("<html><p>" + strings.Repeat("<b><i>", 100_000) + "word"), []string{"", "file_too_nested"}},
		{"a page in an e-book nested deep", "x.epub", book(t, "<html><body>"+strings.Repeat("<blockquote>", 200_000)), []string{"file_too_nested", "file_empty"}},
		{"lists nested deep", "x.html", []byte("<html>" + strings.Repeat("<ul><li>a", 100_000)), []string{"file_too_nested"}},
		{"very many items nested less deep", "x.html", []byte("<html>" + strings.Repeat("<ul><li>a", 240) + strings.Repeat("<li>a", 400_000)), []string{"file_too_nested"}},
		{"a protected e-book", "x.epub", book(t, "\x01\x02", "META-INF/encryption.xml", `<encryption><EncryptedData><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"/><CipherData><CipherReference URI="p.xhtml"/></CipherData></EncryptedData></encryption>`), []string{"file_protected"}},
		{"an e-book with a scrambled font", "x.epub", book(t, "<p>Of lamps and oil.</p>", "META-INF/encryption.xml", `<encryption><EncryptedData><EncryptionMethod Algorithm="http://www.idpf.org/2008/embedding"/><CipherData><CipherReference URI="f.otf"/></CipherData></EncryptedData></encryption>`), []string{""}},
		{"an e-book called a text", "x.txt", book(t, "<p>Of lamps and oil.</p>"), []string{""}},
		{"a page called a text", "x.txt", []byte("<!DOCTYPE html><title>Lamps</title><p>Of lamps and oil.</p>"), []string{""}},
		{"a text called an e-book", "x.epub", []byte("Of lamps and oil.\n"), []string{""}},
		{"a text called a PDF", "x.pdf", []byte("Of lamps and oil.\n"), []string{""}},
		{"an e-book without its package", "x.epub", zipped(t, "META-INF/container.xml", container), []string{"file_archive_broken"}},
		{"an e-book whose spine is empty", "x.epub", zipped(t, "META-INF/container.xml", container, "c.opf", "<package/>"), []string{"file_empty"}},
		{"half an archive", "x.zip", zipped(t, "a.html", strings.Repeat("<p>a word", 5000))[:200], []string{"file_archive_broken"}},
		{"NUL in a page", "x.html", []byte("<html><p>a\x00b"), []string{"file_not_text"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			w, err := importer.Read(t.Context(), c.file, bytes.NewReader(c.data), importer.Options{})
			runtime.ReadMemStats(&after)
			got := ""
			if le, ok := errors.AsType[*library.Error](err); ok {
				got = le.Reason
				if le.Args["File"] != c.file && le.Args["File"] != strings.TrimSuffix(c.file, ".gz") {
					t.Error("it does not say which file")
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if ok := false; !ok {
				for _, r := range c.want {
					ok = ok || r == got
				}
				if !ok {
					t.Errorf("got %q, want one of %q", got, c.want)
				}
			}
			if got == "" && (w == nil || len(w.Passages) == 0) {
				t.Error("neither a work nor an error")
			}
			if n := int64(after.Sys) - int64(before.Sys); n > 512<<20 { // it can also shrink
				t.Errorf("the process grew by %d MB", n>>20)
			}
		})
	}
}

// An extractor that misbehaves is stopped with whatever it started, and leaves
// no file behind.
func TestHostileExtractor(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no /bin/sh here, so extractors cannot be played")
	}
	dir := t.TempDir()
	tmp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", tmp)
	mark := filepath.Join(dir, "alive")
	for _, c := range []struct{ name, script, want string }{
		{"writes without end", `exec yes "a line of text that goes on and on without any end to it, as long as it is let"`, "file_pdf_endless"},
		{"forks and goes on", `(sleep 30; echo >` + mark + `) & (sleep 30; echo >` + mark + `) & echo "Incorrect password" >&2; exit 1`, "file_protected"},
		{"is asked for a password", `echo "Command Line Error: Incorrect password" >&2; exit 1`, "file_protected"},
		{"finds nothing", `printf '\f\f'`, "file_pdf_no_text"},
		{"breaks", `exit 3`, "file_pdf_broken"},
		{"runs for ever", `sleep 600 & sleep 600`, "file_pdf_slow"},
		{"reads", `echo "Of lamps and oil, and of the people who read by them."`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			bin := filepath.Join(dir, strings.ReplaceAll(c.name, " ", "-"))
			if err := os.WriteFile(bin, []byte("#!/bin/sh\n"+c.script+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			most := time.Duration(0)
			if c.want == "file_pdf_slow" {
				most = 200 * time.Millisecond
			}
			w, err := importer.Read(t.Context(), "x.pdf", strings.NewReader("%PDF-1.4\n"), importer.Options{PDFToText: bin, PDFTime: most})
			got := ""
			if le, ok := errors.AsType[*library.Error](err); ok {
				got = le.Reason
			} else if err != nil {
				t.Fatal(err)
			}
			if got != c.want || got == "" && w == nil {
				t.Errorf("got %q, want %q", got, c.want)
			}
			left, err := os.ReadDir(tmp)
			if err != nil || len(left) > 0 {
				t.Errorf("it left %v behind (%v)", left, err)
			}
		})
	}
	_, err := importer.Read(t.Context(), "x.pdf", strings.NewReader("%PDF-1.4\n"), importer.Options{PDFToText: filepath.Join(dir, "missing")})
	if le, ok := errors.AsType[*library.Error](err); !ok || le.Reason != "file_pdf_tool" {
		t.Errorf("without the extractor: %v", err)
	}
}
