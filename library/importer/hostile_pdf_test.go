package importer_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"lectern/library"
	"lectern/library/importer"
)

// needPoppler skips a test where the programs that read PDFs are missing.
func needPoppler(t testing.TB) {
	t.Helper()
	for _, bin := range []string{"pdftotext", "pdftohtml"} {
		if _, err := exec.LookPath(bin); err != nil {
			t.Skipf("%s is not installed here (Debian: poppler-utils), so no PDF is read", bin)
		}
	}
}

// pdfOf is a PDF of numbered objects, the first of which is its catalog. more
// goes into the trailer.
func pdfOf(more string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.5\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, more, xref)
	return b.Bytes()
}

// stream is an object with a stream, packed or not.
func stream(t testing.TB, dict string, data []byte, packed bool) string {
	t.Helper()
	if packed {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		if _, err := z.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		data, dict = b.Bytes(), dict+" /Filter /FlateDecode"
	}
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(data), data)
}

const (
	catalog = "<< /Type /Catalog /Pages 2 0 R >>"
	onePage = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
	page    = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> /XObject << /X 6 0 R >> >> >>"
	font    = "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>"
	form    = "/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject << /X 6 0 R >> >>"
)

func TestHostilePDF(t *testing.T) {
	needPoppler(t)
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	text := "BT /F 12 Tf 72 700 Td (Of lamps and oil, and of those who read by them.) Tj ET"
	plain := pdfOf("", catalog, onePage, page, stream(t, "", []byte(text), false), font)
	kids := "<< /Type /Pages /Kids [" + strings.Repeat("3 0 R ", 200_000) + "] /Count 200000 >>"
	full := "BT /F 8 Tf 10 TL 20 780 Td " + strings.Repeat("(a line of words that goes on and on, page after page, without an end) Tj T* ", 70) + "ET"
	for _, c := range []struct {
		name string
		data []byte
		want []string // one of these reasons; "" for a work
	}{
		{"a plain one", plain, []string{""}},
		{"encrypted", pdfOf("/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <"+strings.Repeat("5a", 32)+"> /U <"+strings.Repeat("a5", 32)+"> >>",
			catalog, onePage, page, stream(t, "", []byte(text), false), font), []string{"file_protected"}},
		{"no PDF", []byte("%PDF-1.4\nOf lamps and oil.\n"), []string{"file_pdf_broken", "file_pdf_no_text"}},
		{"half of one", plain[:len(plain)/3], []string{"file_pdf_broken", "file_pdf_no_text"}},
		{"no text", pdfOf("", catalog, onePage, page, stream(t, "", []byte("0 0 m 100 100 l S"), false), font), []string{"file_pdf_no_text"}},
		{"a form within itself", pdfOf("", catalog, onePage, page, stream(t, "", []byte("/X Do"), false), font, stream(t, form, []byte("/X Do /X Do"), false)), []string{"file_pdf_no_text", "file_pdf_slow", "file_pdf_broken"}},
		{"a tree of pages within itself", pdfOf("", catalog, "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000000 >>"), []string{"file_pdf_no_text", "file_pdf_slow", "file_pdf_broken", "file_pdf_endless"}},
		{"pages without end", pdfOf("", catalog, kids, page, stream(t, "", []byte(full), true), font), []string{"file_pdf_endless", "file_pdf_slow", "file_pdf_broken"}},
		{"a bomb", pdfOf("", catalog, onePage, page, stream(t, "", bytes.Repeat([]byte("BT /F 8 Tf (bomb) Tj ET\n"), raced(8<<20, 2<<20)), true), font), []string{"file_pdf_endless", "file_pdf_slow", "file_pdf_broken"}},
		{"a bomb of spaces", pdfOf("", catalog, onePage, page, stream(t, "", bytes.Repeat([]byte(" "), raced(400<<20, 100<<20)), true), font), []string{"file_pdf_no_text", "file_pdf_slow", "file_pdf_broken"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			most := time.Duration(0)
			if slices.Contains(c.want, "file_pdf_slow") {
				most = 3 * time.Second // it may well take all that it gets
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			w, err := importer.Read(t.Context(), "x.pdf", bytes.NewReader(c.data), importer.Options{PDFTime: most})
			runtime.ReadMemStats(&after)
			if n := int64(after.Sys) - int64(before.Sys); n > 512<<20 { // it can also shrink
				t.Errorf("the process grew by %d MB", n>>20)
			}
			got := ""
			if le, ok := errors.AsType[*library.Error](err); ok {
				got = le.Reason
			} else if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(c.want, got) || got == "" && (w == nil || len(w.Passages) != 1 || w.Passages[0].Text != "Of lamps and oil, and of those who read by them.") {
				t.Errorf("got %q %+v, want one of %q", got, w, c.want)
			}
			if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
				t.Errorf("it left %v behind (%v)", left, err)
			}
			if left := children(t); len(left) > 0 {
				t.Errorf("processes that are still there: %v", left)
			}
		})
	}
}

// children are the processes that this one started and that still run; it knows
// none where the system does not say.
func children(t *testing.T) (out []string) {
	t.Helper()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lists {
		b, err := os.ReadFile(l)
		if err != nil {
			continue // a thread that has ended
		}
		out = append(out, strings.Fields(string(b))...)
	}
	return out
}
