package importer

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// patterns are those of the package, as they stand in its files.
func patterns(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	find := regexp.MustCompile("expr\\(((?:`[^`]*`(?: \\+\\s*)?)+)\\)")
	var all []string
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		for _, m := range find.FindAllStringSubmatch(string(src), -1) {
			var p strings.Builder
			for k, part := range strings.Split(m[1], "`") {
				if k%2 == 1 {
					p.WriteString(part)
				}
			}
			all = append(all, p.String())
		}
		if n := strings.Count(string(src), "expr(`"); n != len(find.FindAllString(string(src), -1)) {
			t.Fatalf("%s: %d patterns, of which not all were read", f, n)
		}
	}
	if len(all) < 40 {
		t.Fatalf("%d patterns", len(all))
	}
	return all
}

// TestExpressionsCompile and agree with the standard library's on lines of all
// kinds, whole and cut anywhere.
func TestExpressionsCompile(t *testing.T) {
	lines := []string{"", " ", "\n", "\x80", "CHAPTER IV", "by Ada Lowell", "ſaid", "aſ follows:", "Kapitel\u212a 3", "12 May 1870", "— He said:", "[Editor’s note: x]", "a\nb\n---\n", "…  12"}
	files, _ := filepath.Glob("testdata/shapes/*")
	for _, f := range files {
		src, err := os.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		for in := bufio.NewScanner(src); in.Scan() && len(lines) < 200; {
			lines = append(lines, strings.TrimSpace(in.Text()))
		}
		src.Close()
	}
	for _, p := range patterns(t) {
		e := expr(p)
		re := regexp.MustCompile(p)
		matched := 0
		for i, s := range lines {
			for _, s := range [...]string{s, s[i%(len(s)+1):], strings.ToUpper(s)} {
				if got, want := e.MatchString(s), re.MatchString(s); got != want {
					t.Errorf("%q on %q: %v", p, s, got)
				} else if want {
					matched++
				}
			}
		}
		if n := len(e.screen.known); n > maxStates {
			t.Errorf("%q keeps %d states", p, n)
		}
	}
}

// FuzzExpression holds whatever pattern there is to what the standard library
// says of it.
func FuzzExpression(f *testing.F) {
	for _, p := range patterns(f) {
		f.Add(p, "Chapter IV. by an author, 12 May 1870")
	}
	f.Add(`(?m)^a$|\bb\B`, "c\na\nb")
	f.Add(`(?:^|x)y(?:$|z)`, "yz")
	f.Add(`(?i)k\z`, "\u212a")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		re, err := regexp.Compile(pattern)
		if err != nil || len(pattern) > 500 {
			return
		}
		e := expr(pattern)
		if e.MatchString(s) != re.MatchString(s) {
			t.Fatalf("%q on %q", pattern, s)
		}
		if got, want := e.ReplaceAllString(s, "-"), re.ReplaceAllString(s, "-"); got != want {
			t.Fatalf("%q on %q: %q, not %q", pattern, s, got, want)
		}
	})
}
