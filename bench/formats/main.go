// Command formats says how alike a document comes in through its formats: the
// first that is named is what the others are held against.
//
//	go run -tags … ./bench/formats policy.html policy.epub policy.txt policy.pdf
//
// With -beside and the program, it says what importing them takes beside pandoc
// and pdftotext:
//
//	go run -tags … ./bench/formats -beside bin/lectern policy.epub policy.pdf
//
// MISSING=words (or unlinked, items, letters, headings, text) lists what one has and the other has
// not.
package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"unicode"

	"lectern/library"
	"lectern/library/importer"
)

func main() {
	if len(os.Args) > 3 && os.Args[1] == "-beside" {
		if err := beside(context.Background(), os.Args[2], os.Args[3:]); err != nil {
			fmt.Fprintln(os.Stderr, "formats:", err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: formats FILE FILE… (the first is what the others are held against)")
		os.Exit(2)
	}
	var first *library.Work
	for _, name := range os.Args[1:] {
		w, err := read(name)
		if err != nil {
			fmt.Fprintf(os.Stderr, "formats: %s: %v\n", name, err)
			os.Exit(1)
		}
		if first == nil {
			first = w
			fmt.Printf("| file | sections | passages | notes | headings | the same text | the same words | without links' addresses | and item by item | the same letters |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
		}
		n := w.Counts()
		fmt.Printf("| %s | %d | %d | %d | %.1f %% | %.1f %% | %.1f %% | %.1f %% | %.1f %% | %.1f %% |\n", name, n.Sections, n.Passages, n.Notes,
			100*alike(headings(first), headings(w)), 100*alike(texts(first, spaced), texts(w, spaced)), 100*alike(texts(first, words), texts(w, words)), 100*alike(texts(first, unlinked), texts(w, unlinked)), 100*alike(items(first), items(w)), 100*alike(texts(first, letters), texts(w, letters)))
		switch os.Getenv("MISSING") {
		case "":
		case "words":
			show(first, w, words)
		case "unlinked":
			show(first, w, unlinked)
		case "items":
			show(apart(first), apart(w), unlinked)
		case "letters":
			show(first, w, letters)
		case "headings":
			show(headlines(first), headlines(w), letters)
		default:
			show(first, w, spaced)
		}
	}
}

// apart is a work with each item of a list by itself.
func apart(w *library.Work) *library.Work {
	out := &library.Work{}
	for i := range w.Passages {
		p := w.Passages[i]
		if p.Kind != library.List {
			out.Passages = append(out.Passages, p)
			continue
		}
		for s := range strings.SplitSeq(p.Text, "\n") {
			p.Text = s
			out.Passages = append(out.Passages, p)
		}
	}
	return out
}

// headlines are the headings of a work as its passages.
func headlines(w *library.Work) *library.Work {
	out := &library.Work{}
	for i := range w.Sections {
		if !w.Sections[i].Lead {
			out.Passages = append(out.Passages, library.Passage{Text: w.Sections[i].Text, Page: w.Sections[i].Page})
		}
	}
	return out
}

func read(name string) (*library.Work, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return importer.ReadFolder(context.Background(), name, os.DirFS(name), importer.Options{})
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return importer.Read(context.Background(), name, f, importer.Options{})
}

func headings(w *library.Work) (out []string) {
	for i := range w.Sections {
		if !w.Sections[i].Lead {
			out = append(out, letters(w.Sections[i].Text))
		}
	}
	return out
}

// texts are the passages that people cite and the notes, reduced by a function.
func texts(w *library.Work, by func(string) string) (out []string) {
	for i := range w.Passages {
		if s := by(w.Passages[i].Text); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// items are the passages without the addresses of links, of lists each item by itself:
// whether an empty line parts items, which makes passages of them, one format of a
// document may say and another not.
func items(w *library.Work) []string { return texts(apart(w), unlinked) }

func spaced(s string) string { return strings.Join(strings.Fields(s), " ") }

// itemSign is the number, letter or dot of an item. Formats that know only that
// items are counted show "1." where others show "a.".
var itemSign = regexp.MustCompile(`(?m)^ *(?:[0-9]{1,3}|[a-zA-Z]|[ivx]{1,5})[.)] `)

// linkTarget is where a link leads, written out behind its words, as some formats do
// and others cannot.
var linkTarget = regexp.MustCompile(`(?s)\((?:https?|ftp|mailto):[^()]*\)`)

// unlinked are the words without the addresses of links behind them.
func unlinked(s string) string { return words(linkTarget.ReplaceAllString(s, "")) }

// words are what is left of a text's words without the marks of emphasis, quotation
// marks and the signs of items, which formats show in their own ways.
func words(s string) string {
	s = itemSign.ReplaceAllString(s, "")
	var out []string
	for w := range strings.FieldsSeq(s) {
		w = strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, w)
		if w != "" {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// alike is the share of what one has that the other has too.
func alike(one, other []string) float64 {
	has := map[string]int{}
	for _, s := range other {
		has[s]++
	}
	n := 0
	for _, s := range one {
		if has[s] > 0 {
			has[s]--
			n++
		}
	}
	return float64(n) / float64(max(len(one), 1))
}

// show prints the passages of each work that the other lacks, in their order.
func show(one, other *library.Work, by func(string) string) {
	for _, side := range []struct {
		name string
		a, b *library.Work
	}{{"missing", one, other}, {"besides", other, one}} {
		has := map[string]int{}
		for i := range side.b.Passages {
			has[by(side.b.Passages[i].Text)]++
		}
		for i := range side.a.Passages {
			p := &side.a.Passages[i]
			k := by(p.Text)
			if has[k]--; has[k] < 0 && k != "" {
				fmt.Printf("  %s (%s, p. %s): %.400q\n", side.name, p.Kind, p.Page, p.Text)
			}
		}
	}
}
