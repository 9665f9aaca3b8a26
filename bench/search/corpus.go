package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// passageBytes is about how long a passage of shuffled sentences is.
const passageBytes = 680

// gather reads the paragraphs of every page and text under a folder, each once.
// Those that are short, or hold more signs than words, are no prose; those
// beyond ASCII are left out, so that every program agrees what a word is.
func gather(root string) ([]string, error) {
	seen := map[string]bool{}
	var out []string
	keep := func(s string) {
		s = strings.Join(strings.Fields(plain.Replace(s)), " ")
		letters := 0
		for i := range len(s) {
			if s[i] >= 0x80 {
				return
			}
			if c := s[i] | 0x20; 'a' <= c && c <= 'z' || s[i] == ' ' {
				letters++
			}
		}
		if len(s) < 80 || len(s) > 20_000 || letters*10 < len(s)*9 || seen[s] {
			return
		}
		seen[s] = true
		out = append(out, s)
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name := strings.TrimSuffix(path, ".gz")
		switch filepath.Ext(name) {
		case ".html", ".txt", ".rst", ".pod", ".md", ".3", ".2", ".7", "":
		default:
			return nil
		}
		data, err := os.ReadFile(path)
		if err == nil && name != path {
			var z *gzip.Reader
			if z, err = gzip.NewReader(bytes.NewReader(data)); err == nil {
				data, err = io.ReadAll(io.LimitReader(z, 64<<20))
			}
		}
		if err != nil {
			return nil // whatever calls itself a text and is none
		}
		if filepath.Ext(name) == ".html" {
			paragraphs(data, keep)
			return nil
		}
		for p := range strings.SplitSeq(string(data), "\n\n") {
			keep(p)
		}
		return nil
	})
	return out, err
}

var plain = strings.NewReplacer("\u2019", "'", "\u2018", "'", "\u201c", `"`, "\u201d", `"`, "\u2013", "-", "\u2014", "-", "\u00a0", " ", "\u2026", "...", "\u00b6", "")

// paragraphs calls fn with what stands between the tags of a page that part it.
func paragraphs(data []byte, fn func(string)) {
	z := html.NewTokenizer(bytes.NewReader(data))
	var b strings.Builder
	skip := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			fn(b.String())
			return
		case html.TextToken:
			if skip == 0 {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.EndTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "script", "style":
				skip ^= 1
			case "a", "em", "strong", "b", "i", "code", "tt", "span", "cite", "q", "kbd", "var", "sup", "sub", "abbr":
			default:
				fn(html.UnescapeString(b.String()))
				b.Reset()
			}
		}
	}
}

var sentence = regexp.MustCompile(`[.!?]["')]? +`)

// corpus is size bytes of passages: the real ones as they stand, as far as they
// go, in an order of their own, and then their sentences shuffled.
func corpus(real []string, size int, fn func(string) error) error {
	rng := rand.New(rand.NewPCG(uint64(size), 1))
	n := 0
	put := func(s string) error {
		n += len(s)
		return fn(s)
	}
	for _, i := range rng.Perm(len(real)) {
		if n >= size {
			return nil
		}
		if err := put(real[i]); err != nil {
			return err
		}
	}
	var sentences []string
	for _, p := range real {
		at := 0
		for _, m := range sentence.FindAllStringIndex(p, -1) {
			sentences = append(sentences, p[at:m[1]])
			at = m[1]
		}
		sentences = append(sentences, p[at:]+" ")
	}
	var b strings.Builder
	for n < size {
		b.Reset()
		for want := passageBytes/3 + rng.IntN(passageBytes*4/3); b.Len() < want; {
			b.WriteString(sentences[rng.IntN(len(sentences))])
		}
		if err := put(strings.TrimSpace(b.String())); err != nil {
			return err
		}
	}
	return nil
}

// write writes a corpus to a file, a passage to a line.
func write(path string, real []string, size int) (passages int, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }() // it was flushed, or err says why not
	w := bufio.NewWriterSize(f, 1<<20)
	err = corpus(real, size, func(s string) error {
		passages++
		_, err := fmt.Fprintln(w, s)
		return err
	})
	if err == nil {
		err = w.Flush()
	}
	return passages, err
}

// read gives the lines of a file.
func read(path string, fn func(i int, s string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it is only read
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for i := 0; s.Scan(); i++ {
		if err := fn(i, s.Text()); err != nil {
			return err
		}
	}
	return s.Err()
}
