package importer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lectern/library/importer"
)

func BenchmarkRead(b *testing.B) {
	prose := strings.Repeat("It is a truth that is acknowledged by those who have read this line before, that a\nwell-known sentence, being wrapped at some eighty columns, must be in want of a join-\ning.\n\n", 40)
	text := strings.Repeat("CHAPTER I\n\n"+prose, 300)
	md := strings.Repeat("## Chapter\n\n"+prose+"> A quotation with *emphasis* in it.\n>\n> — Somebody\n\n- one\n- two\n\n", 300)
	for _, c := range []struct{ name, file, text string }{{"text", "x.txt", text}, {"markdown", "x.md", md}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := importer.Read(b.Context(), c.file, strings.NewReader(c.text), importer.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkTexts reads each of the real texts.
func BenchmarkTexts(b *testing.B) {
	for _, file := range texts(b) {
		src, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(filepath.Base(file)[:3], func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := importer.Read(b.Context(), file, strings.NewReader(string(src)), importer.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
