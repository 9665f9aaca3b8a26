package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"hash/maphash"
	"html"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"lectern/library"
	"lectern/library/importer"
)

// A text is a work for the measurement: its passages in order.
type text struct {
	name     string
	passages []string
}

// size is how many bytes of passages there are.
func (t *text) size() (n int) {
	for _, p := range t.passages {
		n += len(p)
	}
	return n
}

// read imports a file as an organiser would.
func read(ctx context.Context, name string) (text, error) {
	f, err := os.Open(name)
	if err != nil {
		return text{}, err
	}
	defer f.Close()
	w, err := importer.Read(ctx, name, f, importer.Options{})
	if err != nil {
		return text{}, fmt.Errorf("%s: %w", name, err)
	}
	t := text{name: filepath.Base(name)}
	for i := range w.Passages {
		t.passages = append(t.passages, w.Passages[i].Text)
	}
	return t, nil
}

var (
	noMarkup = regexp.MustCompile(`(?is)<(script|style|pre|head)\b.*?</(script|style|pre|head)>|<[^>]*>`)
	blocks   = regexp.MustCompile(`(?i)</?(p|div|li|td|th|tr|dd|dt|h[1-6]|br|table|ul|ol|dl|section)\b[^>]*>`)
	spaces   = regexp.MustCompile(`\s+`)
	paras    = regexp.MustCompile(`\n\s*\n`)
)

// plain is a document's paragraphs.
func plain(name string) ([]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = bufio.NewReader(f)
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(r); err != nil {
			return nil, nil // not what its name says
		}
		name = strings.TrimSuffix(name, ".gz")
	}
	data, err := io.ReadAll(io.LimitReader(r, 16<<20))
	if err != nil {
		return nil, nil
	}
	s := strings.ToValidUTF8(string(data), " ")
	if strings.Contains(filepath.Ext(name), "htm") {
		s = html.UnescapeString(noMarkup.ReplaceAllString(blocks.ReplaceAllString(s, "\n\n"), ""))
	} else if ext := filepath.Ext(name); len(ext) == 2 && ext[1] >= '1' && ext[1] <= '9' {
		s = manual(s)
	}
	var out []string
	for _, p := range paras.Split(s, -1) {
		if p = strings.TrimSpace(spaces.ReplaceAllString(p, " ")); p != "" {
			out = append(out, p)
		}
	}
	return out, nil
}

// manual drops the requests of a manual page.
func manual(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		switch {
		case strings.HasPrefix(line, ".") && !strings.HasPrefix(line, ".I ") && !strings.HasPrefix(line, ".B ") && !strings.HasPrefix(line, ".BR "):
			b.WriteString("\n\n")
		default:
			b.WriteString(strings.NewReplacer(".I ", "", ".BR ", "", ".B ", "", `\fB`, "", `\fI`, "", `\fR`, "", `\-`, "-", `\(aq`, "'", `\&`, "").Replace(line))
		}
	}
	return b.String()
}

// sentence reports whether s reads as one: words of letters, five at least, a
// capital first and a stop last.
func sentence(s string) bool {
	if len(s) < 30 || len(s) > 600 || !strings.ContainsAny(s[len(s)-1:], ".!?") || !unicode.IsUpper([]rune(s[:4])[0]) {
		return false
	}
	letters, spaces := 0, 0
	for _, c := range s {
		switch {
		case unicode.IsLetter(c):
			letters++
		case c == ' ':
			spaces++
		case strings.ContainsRune(`{}<>\|=_$#@^~`, c):
			return false
		}
	}
	return spaces >= 4 && letters*10 >= len(s)*7
}

// documents are those under a folder, in an order that is the same each time.
func documents(dir string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			names = append(names, name)
		}
		return err
	})
	slices.Sort(names)
	return names, err
}

// keptOut is the package whose sentences no shelf has. The sentences of manuals
// that come out of programs are made after a few patterns: most of one that is left
// out stand elsewhere but for a name, so that a book is kept out whole.
const keptOut = "debian-handbook"

// tuning are the packages that the rule of decision is fitted on: none of what is
// reported is out of them.
var tuning = []string{"anarchism", "debian-reference-en", "debian-policy", "developers-reference", "git-doc", "gnome-user-docs"}

// sentences are those of the documents under a folder, each once, up to a size
// together; without those of the package that is kept out, or those alone.
func sentences(dir string, size int, out bool) ([]string, error) {
	names, err := documents(dir)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		return strings.Contains(name, keptOut) != out || slices.ContainsFunc(tuning, func(p string) bool { return strings.Contains(name, "/"+p+"/") })
	})
	rand.New(rand.NewPCG(3, 3)).Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	seed := maphash.MakeSeed()
	seen := map[uint64]bool{}
	var all []string
	got := 0
	for _, name := range names {
		ps, err := plain(name)
		if err != nil {
			return nil, err
		}
		for _, p := range ps {
			for _, at := range library.Sentences(p, "en") {
				s := p[at.Start:at.End]
				if !sentence(s) {
					continue
				}
				if h := maphash.String(seed, strings.ToLower(s)); !seen[h] {
					seen[h] = true
					all = append(all, s)
					if got += len(s) + 1; got >= size {
						return all, nil
					}
				}
			}
		}
	}
	return all, nil
}

// shuffled makes paragraphs out of sentences in any order, and works of some
// hundred paragraphs out of those.
func shuffled(all []string, seed uint64) []text {
	r := rand.New(rand.NewPCG(4, seed))
	all = slices.Clone(all)
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var out []text
	t := text{}
	for i := 0; i < len(all); {
		n := min(len(all)-i, 3+r.IntN(6))
		t.passages = append(t.passages, strings.Join(all[i:i+n], " "))
		if i += n; len(t.passages) == 600 || i == len(all) {
			t.name = fmt.Sprintf("shuffled %d", len(out)+1)
			out, t = append(out, t), text{}
		}
	}
	return out
}
