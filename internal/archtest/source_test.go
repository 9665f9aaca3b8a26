package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "lectern"

// A pack is a package of ours: the files that go into the program, under any
// build tag. Tests are not among them.
type pack struct {
	path  string // below the module, "library/search"
	name  string
	files []file
}

// A file is a source file with its comments.
type file struct {
	name string // from the root
	set  *token.FileSet
	ast  *ast.File
}

// root is the repository, from this folder.
const root = "../.."

// walk calls f with every file of the module, by its name from the root. It
// leaves out what is not ours: hidden folders, other modules, test data.
func walk(t *testing.T, f func(name string, d fs.DirEntry)) {
	t.Helper()
	house := os.DirFS(root)
	err := fs.WalkDir(house, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() {
			f(name, d)
			return nil
		}
		base := path.Base(name)
		if name != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "node_modules") {
			return fs.SkipDir
		}
		if _, err := fs.Stat(house, path.Join(name, "go.mod")); err == nil && name != "." {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// packages parses the house, in the order of paths.
func packages(t *testing.T) []pack {
	t.Helper()
	found := map[string]*pack{}
	walk(t, func(name string, _ fs.DirEntry) {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.Contains(name, "testdata/") {
			return
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, root+"/"+name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		// Small programs for "go generate" stand beside what they write.
		if tree.Name.Name == "main" && !strings.HasPrefix(name, "cmd/") && ignored(tree) {
			return
		}
		dir := path.Dir(name)
		if found[dir] == nil {
			found[dir] = &pack{path: dir, name: tree.Name.Name}
		}
		found[dir].files = append(found[dir].files, file{name: name, set: set, ast: tree})
	})
	if len(found) < 3 {
		t.Fatalf("found %d packages: is %s still the root?", len(found), root)
	}
	var all []pack
	for _, p := range found {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b pack) int { return strings.Compare(a.path, b.path) })
	return all
}

// ignored reports whether the file is kept out of every build.
func ignored(f *ast.File) bool {
	for _, group := range f.Comments {
		for _, c := range group.List {
			if c.Pos() < f.Package && strings.HasPrefix(c.Text, "//go:build ignore") {
				return true
			}
		}
	}
	return false
}

// imports lists what the file imports.
func (f file) imports() []string {
	var out []string
	for _, spec := range f.ast.Imports {
		if name, err := strconv.Unquote(spec.Path.Value); err == nil {
			out = append(out, name)
		}
	}
	return out
}

// ours lists what the file imports of ours, below the module.
func (f file) ours() []string {
	var out []string
	for _, name := range f.imports() {
		if rest, ok := strings.CutPrefix(name, module+"/"); ok {
			out = append(out, rest)
		}
	}
	return out
}

// texts calls yield with every string in the file but the import paths.
func (f file) texts(yield func(token.Pos, string)) {
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			if n.Kind != token.STRING {
				break
			}
			if s, err := strconv.Unquote(n.Value); err == nil {
				yield(n.Pos(), s)
			}
		}
		return true
	})
}

// at says where something stands.
func (f file) at(pos token.Pos) string {
	return fmt.Sprintf("%s:%d", f.name, f.set.Position(pos).Line)
}
