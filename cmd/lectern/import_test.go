package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fiftyBooks are files, each of which is a book of its own.
func fiftyBooks(t *testing.T) (files []string) {
	t.Helper()
	dir := t.TempDir()
	for i := range 50 {
		var b strings.Builder
		fmt.Fprintf(&b, "# The lamps of street %d\n\nby Ana Glimm\n\n", i)
		for k := range 20 {
			fmt.Fprintf(&b, "Lamp %d of street %d was lit at dusk by the keeper, who wrote down the hour.\n\n", k, i)
		}
		file := filepath.Join(dir, fmt.Sprintf("street-%02d.md", i))
		if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// stopAfter stops a program that has written a text so many times.
type stopAfter struct {
	bytes.Buffer
	text string
	left int
	stop func()
}

func (s *stopAfter) Write(b []byte) (int, error) {
	if s.left -= bytes.Count(b, []byte(s.text)); s.left <= 0 {
		s.stop()
	}
	return s.Buffer.Write(b)
}

// Fifty books can be stopped in the middle: those that were read are whole and
// stay, the others are not begun, and the same call once more brings in the rest.
func TestManyBooksAreStopped(t *testing.T) {
	files := fiftyBooks(t)
	db := filepath.Join(t.TempDir(), "lectern.db")
	ctx, stop := context.WithCancel(t.Context())
	out := &stopAfter{text: " words", left: 7, stop: stop}
	var errOut bytes.Buffer
	args := append([]string{"--db", db, "library", "import"}, files...)
	if code := run(ctx, args, strings.NewReader(""), out, &errOut, nil); code != 1 {
		t.Errorf("status %d", code)
	}
	if want := "lectern: Stopped. 7 of 50 are brought in and stay; the others are not touched. Run the same once more for the rest.\n"; errOut.String() != want {
		t.Errorf("it says %q, want %q", errOut.String(), want)
	}
	count := func() int {
		code, list, said := lectern(t, "", "--db", db, "library", "list", "--json")
		if code != 0 {
			t.Fatal(said)
		}
		return strings.Count(list, `"passages":20`)
	}
	if n := count(); n != 7 {
		t.Errorf("%d books are there, want 7", n)
	}
	if code, said, _ := lectern(t, "", "--db", db, "doctor"); code != 0 {
		t.Errorf("the database is not well: %s", said)
	}
	if code, hits, _ := lectern(t, "", "--db", db, "search", "keeper", "--json", "--limit", "1"); code != 0 || !strings.Contains(hits, `"total":140`) {
		t.Errorf("the words of the seven are not found: %s", hits)
	}
	code, said, wrong := lectern(t, "", args...)
	if code != 0 || !strings.HasSuffix(said, "\n50 books are brought in.\n") {
		t.Errorf("status %d, %q, %q", code, wrong, said[max(0, len(said)-100):])
	}
	if n := count(); n != 50 {
		t.Errorf("%d books are there, want 50", n)
	}
}

// A file that cannot be read keeps none of the others out.
func TestManyBooksWithABadOne(t *testing.T) {
	files := fiftyBooks(t)[:4]
	if err := os.WriteFile(files[1], []byte{0, 1, 2}, 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"--db", filepath.Join(t.TempDir(), "lectern.db"), "library", "import"}, files...)
	code, said, wrong := lectern(t, "", args...)
	if code != 1 || !strings.Contains(wrong, "street-01.md is not a text file") || !strings.HasSuffix(said, "\n3 books are brought in. One file could not be read: see above.\n") {
		t.Errorf("status %d, %q, %q", code, wrong, said)
	}
}

// On a terminal it is seen which file is being read, and how far.
func TestProgress(t *testing.T) {
	var b bytes.Buffer
	p := &progress{out: &b}
	p.among(6, 50, "books/fate.txt")
	r := p.of(bytes.NewReader(make([]byte, 2<<20)), 2<<20, "fate.txt")
	for range 2 {
		if _, err := r.Read(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	p.clear()
	p.clear()
	want := "\r\x1b[K6/50 fate.txt" + "\r\x1b[K6/50 fate.txt [##########          ]" + "\r\x1b[K6/50 fate.txt [####################]" + "\r\x1b[K"
	if b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}

// An address is asked only where the operator names its host.
func TestImportFromTheWeb(t *testing.T) {
	db := filepath.Join(t.TempDir(), "lectern.db")
	for _, c := range []struct {
		env, address, says string
	}{
		{"", "https://example.org/a.txt", "I take no books from the web here."},
		{"LECTERN_LIBRARY_HOSTS=example.org", "https://example.com/a.txt", "I may not ask example.com. Hosts that the operator allows: example.org."},
		{"LECTERN_LIBRARY_HOSTS=example.org", "http://example.org/a.txt", "is no address that I can take a book from."},
		{"LECTERN_LIBRARY_HOSTS=localhost.localdomain,127.0.0.1", "https://127.0.0.1/a.txt", "127.0.0.1 leads into a network that is not public"},
	} {
		var out, errOut bytes.Buffer
		code := run(t.Context(), []string{"--db", db, "library", "import", c.address}, strings.NewReader(""), &out, &errOut, []string{c.env})
		if code != 1 || !strings.Contains(errOut.String(), c.says) {
			t.Errorf("%s: status %d, %s", c.address, code, errOut.String())
		}
	}
}

// Books in many scripts come in, and are cited and searched.
func TestBooksInManyScripts(t *testing.T) {
	db, dir := filepath.Join(t.TempDir(), "lectern.db"), t.TempDir()
	for _, c := range []struct{ alias, lang, title, text, cite, query string }{
		{"deng", "zh", "灯与书", "读书会每周二晚上在旧书店的后屋里聚会。大家把灯放在桌子上。", "deng 1", "书店"},
		{"lampu", "ja", "ランプの話", "読書会は毎週火曜日の夜に古本屋の奥の部屋で開かれる。", "lampu 1", "古本屋"},
		{"masabih", "ar", "عن المصابيح", "تجتمع المجموعة كل ثلاثاء في الغرفة الخلفية للدكان القديم.", "masabih 1", "المجموعة"},
		{"cheragh", "fa", "دربارهٔ چراغ\u200cها", "گروه هر سه\u200cشنبه در اتاق پشتی کتاب\u200cفروشی گرد هم می\u200cآید.", "cheragh 1", "اتاق"},
		{"lychnoi", "el", "Περί λύχνων", "Η ομάδα συναντιέται κάθε Τρίτη στο πίσω δωμάτιο του μαγαζιού.", "lychnoi 1", "δωμάτιο"},
		{"lampy", "ru", "О лампах", "Кружок собирается по вторникам в задней комнате старой лавки.", "lampy 1", "комнате"},
	} {
		for form, text := range map[string]string{
			"html": `<html lang="` + c.lang + `"><head><meta charset="utf-8"><title>` + c.title + `</title></head><body><h1>` + c.title + `</h1><p>` + c.text + `</p></body></html>`,
			"md":   "# " + c.title + "\n\n" + c.text + "\n",
		} {
			file := filepath.Join(dir, c.alias+"."+form)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if code, _, wrong := lectern(t, "", "--db", db, "library", "import", "--replace", "--alias", c.alias, file); code != 0 {
				t.Errorf("%s: %s", file, wrong)
				continue
			}
			if code, said, wrong := lectern(t, "", "--db", db, "passage", c.cite); code != 0 || !strings.Contains(said, string([]rune(c.text)[:6])) {
				t.Errorf("%s of %s: %s%s", c.cite, file, said, wrong)
			}
			if code, said, wrong := lectern(t, "", "--db", db, "search", c.query, "--json"); code != 0 || !strings.Contains(said, `"total":1`) {
				t.Errorf("%s in %s: %s%s", c.query, file, said, wrong)
			}
		}
	}
}
