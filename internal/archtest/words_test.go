package archtest

import (
	"go/ast"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// statement is the beginning of SQL, as one writes it: keywords in capitals.
// In sentences these words are in lower case.
var statement = regexp.MustCompile(`\b(SELECT\s|INSERT\s+(OR\s+[A-Z]+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|REPLACE\s+INTO\s|CREATE\s+(TEMP\s+|VIRTUAL\s+|UNIQUE\s+)*(TABLE|INDEX|TRIGGER|VIEW)\s|ALTER\s+TABLE\s|DROP\s+(TABLE|INDEX|TRIGGER|VIEW)\s|PRAGMA\s|BEGIN\s+(IMMEDIATE|EXCLUSIVE)|ON\s+CONFLICT|ORDER\s+BY\s|VACUUM\s+INTO)`)

// drivers are what one imports to speak SQL to a database.
var drivers = []string{"database/sql", "database/sql/driver", "github.com/mattn/go-sqlite3"}

func TestSQLStandsInItsPlace(t *testing.T) {
	for _, p := range packages(t) {
		if slices.Contains(sqlIn, p.path) {
			continue
		}
		for _, f := range p.files {
			for _, name := range f.imports() {
				if slices.Contains(drivers, name) {
					t.Errorf("%s imports %s: put the query into a method in storage (the index's own into library/search)", f.name, name)
				}
			}
			f.texts(func(pos token.Pos, s string) {
				if m := statement.FindString(s); m != "" {
					t.Errorf("%s: SQL (%q) stands outside storage and library/search", f.at(pos), strings.TrimSpace(m))
				}
			})
		}
	}
	walk(t, func(name string, _ fs.DirEntry) {
		if path.Ext(name) == ".sql" && !strings.HasPrefix(name, "storage/") && !strings.HasPrefix(name, "library/search/") && !strings.Contains(name, "testdata/") {
			t.Errorf("%s: SQL stands outside storage and library/search", name)
		}
	})
}

// platforms are the folders in bot/ that hold one each. The terminal is not
// looked for: its word means other things too.
var platforms = []string{"discord", "matrix"}

func TestPlatformsAreNamedInTheirPlaces(t *testing.T) {
	for _, p := range packages(t) {
		if slices.Contains(platformsIn, p.path) {
			continue
		}
		for _, platform := range platforms {
			home := "bot/" + platform
			if p.path == home || strings.HasPrefix(p.path, home+"/") {
				continue
			}
			for _, f := range p.files {
				complain := func(pos token.Pos, what string) {
					t.Errorf("%s: %s names a platform. The core speaks of what a platform can do, not of which it is; put this into %s, its section of config or the wiring", f.at(pos), what, home)
				}
				f.texts(func(pos token.Pos, s string) {
					if strings.Contains(strings.ToLower(s), platform) {
						complain(pos, strconv.Quote(s))
					}
				})
				ast.Inspect(f.ast, func(n ast.Node) bool {
					if id, ok := n.(*ast.Ident); ok && strings.Contains(strings.ToLower(id.Name), platform) {
						complain(id.Pos(), id.Name)
					}
					return true
				})
			}
		}
	}
}

// TestTheRulesBite shows each pattern something to find and something to let
// pass.
func TestTheRulesBite(t *testing.T) {
	for _, s := range []string{
		"SELECT id FROM work", "\n\t\tINSERT INTO work (id) VALUES (?)", "INSERT OR IGNORE INTO a VALUES (1)", "UPDATE work SET title = ?",
		"DELETE FROM work WHERE id = ?", "CREATE VIRTUAL TABLE t USING fts5(a)", "CREATE UNIQUE INDEX i ON t(a)", "PRAGMA user_version", " ORDER BY id",
		"WITH a AS (SELECT 1)", "VACUUM INTO ?",
	} {
		if !statement.MatchString(s) {
			t.Errorf("%q is not taken for SQL", s)
		}
	}
	for _, s := range []string{
		"Select a work from the list.", "Delete from the shelf?", "update the plan and set a date", "Order by post", "the CREATE EVENTS permission",
	} {
		if statement.MatchString(s) {
			t.Errorf("%q is taken for SQL", s)
		}
	}
}
