package archtest

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// mayImport is the house: what each package may import of ours. Test files may
// reach further. A new package is a new line here; a line that grows is a
// change to the architecture, and docs/architecture.md changes with it.
var mayImport = map[string][]string{
	// Pure: no platform, no database, no clock.
	"library":          {},
	"library/importer": {"library"},
	"library/fetch":    {"library"},
	"library/quote":    {},
	"library/search":   {"library", "library/quote"},
	"reading":          {"library"},
	"reading/calendar": {"reading"},
	"reading/planfile": {"library", "reading"},

	// What is kept.
	"storage":             {"library", "reading"},
	"storage/storagetest": {"library", "reading", "storage"},
	// A disk for tests, below SQLite.
	"storage/storagetest/disk": {},

	// The core that knows no platform, and the platforms, which know it alone.
	"bot":         {},
	"bot/bottest": {"bot"},
	"bot/console": {"bot"},
	"bot/discord": {"bot"},
	"bot/matrix":  {"bot"},
	// A homeserver for tests.
	"bot/matrix/matrixtest": {},
	// A server for tests and measurements; no program has it in it.
	"bot/discord/discordtest": {},

	// What is said.
	"phrases": {"bot"},

	// What people can do, and what is owed to them.
	"delivery": {"bot", "library", "phrases", "reading", "storage"},
	"commands": {"bot", "delivery", "library", "library/fetch", "library/importer", "library/quote", "library/search", "phrases", "reading", "reading/calendar", "reading/planfile", "storage"},
	"web":      {"library", "phrases", "reading", "reading/calendar", "storage"},

	// Around it.
	"config":            {},
	"sample":            {},
	"internal/archtest": {},

	// The program wires all of it, and the measurements use all of it.
	"cmd/lectern":   {anything},
	"bench":         {anything},
	"bench/echo":    nil, // not even Lectern
	"bench/burst":   {},
	"bench/crash":   {anything},
	"bench/discord": {anything},
	"bench/formats": {anything},
	"bench/quote":   {anything},
	"bench/rooms":   nil,
}

const anything = "*"

// sqlIn are the packages that may speak SQL: the database, and the index's own.
var sqlIn = []string{"storage", "storage/storagetest", "storage/storagetest/disk", "library/search"}

// platformsIn are the packages that may name a platform beside its own folder:
// its section of the settings, the wiring, and the fakes that the crash harness
// has for each, and the measurements of one.
var platformsIn = []string{"config", "cmd/lectern", "internal/archtest", "bench/crash", "bench/discord", "bench/rooms"}

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		allowed, ok := mayImport[p.path]
		if !ok {
			t.Errorf("%s is not in the import table: add it to mayImport in internal/archtest/imports_test.go, with what it may import", p.path)
			continue
		}
		if slices.Contains(allowed, anything) {
			continue
		}
		for _, f := range p.files {
			for _, imported := range f.ours() {
				if !slices.Contains(allowed, imported) {
					t.Errorf("%s imports %s, which the table in internal/archtest/imports_test.go does not allow to %s", f.name, imported, p.path)
				}
			}
		}
	}
}

// TestTable holds the table to itself: what it names is in it, and imports go
// one way.
func TestTable(t *testing.T) {
	var visit func(p string, above []string)
	visit = func(p string, above []string) {
		if slices.Contains(above, p) {
			t.Errorf("imports in a circle: %s", strings.Join(append(above, p), " → "))
			return
		}
		for _, q := range mayImport[p] {
			if q == anything {
				continue
			}
			if _, ok := mayImport[q]; !ok {
				t.Errorf("%s may import %s, which has no line of its own", p, q)
			}
			visit(q, append(slices.Clone(above), p))
		}
	}
	for p := range mayImport {
		visit(p, nil)
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range packages(t) {
		begin := "Package " + p.name + " "
		if p.name == "main" {
			begin = p.path[strings.LastIndexByte(p.path, '/')+1:] // "Lectern is …" as "Command lectern …"
		}
		docs := 0
		for _, f := range p.files {
			text := f.ast.Doc.Text()
			if text == "" {
				continue
			}
			docs++
			if !strings.HasPrefix(text, begin) && (p.name != "main" || !strings.Contains(strings.ToLower(firstLine(text)), begin)) {
				t.Errorf("%s: the package comment must begin with %q", f.name, strings.TrimSpace(begin))
			}
		}
		switch docs {
		case 0:
			t.Errorf("%s has no package comment: say in a sentence or three what it is for, above the package clause of one file", p.path)
		case 1:
		default:
			t.Errorf("%s has %d package comments: keep one, in one file", p.path, docs)
		}
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// TestThePageNamesEveryPackage keeps docs/architecture.md from falling behind
// the table.
func TestThePageNamesEveryPackage(t *testing.T) {
	page, err := os.ReadFile(root + "/docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	tree, _, _ := strings.Cut(string(page), "## Who may import whom")
	for p := range mayImport {
		// In the tree a package stands below its folder, indented.
		name := p[strings.LastIndexByte(p, '/')+1:] + "/"
		if !strings.Contains(tree, "\n"+p+"/") && !strings.Contains(tree, "\n  "+name) {
			t.Errorf("docs/architecture.md does not show where %s stands: add it to the tree", p)
		}
	}
}
