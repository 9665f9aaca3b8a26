package main

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"lectern/commands"
	"lectern/phrases"
)

//go:generate go test -tags=sqlite_fts5 -run "TestCommandReference|TestDemoScript|TestPicture" . -update

var update = flag.Bool("update", false, "write the golden files and the generated pages anew")

// lectern runs the program.
func lectern(t *testing.T, stdin string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(stdin), &o, &e, nil)
	return code, o.String(), e.String()
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what the program prints; look at the difference, and run the test with -update if it is right:\n%s", path, got)
	}
}

// The demo shows the same on every day when it is given a script.
func TestDemoScript(t *testing.T) {
	code, out, errOut := lectern(t, "", "demo", "--script", "../../docs/demo.txt")
	if code != 0 || errOut != "" {
		t.Fatalf("ended with %d: %s", code, errOut)
	}
	golden(t, "testdata/demo.golden", out)
}

// The demo leaves nothing behind.
func TestDemoLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	if code, _, errOut := lectern(t, "/reading\n", "demo"); code != 0 {
		t.Fatal(errOut)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// With --db it goes on where it was.
func TestDemoKeepsItsDatabase(t *testing.T) {
	db := t.TempDir() + "/kept.db"
	if code, _, errOut := lectern(t, "done\n/plan skip 2\n", "demo", "--db", db); code != 0 {
		t.Fatal(errOut)
	}
	code, out, errOut := lectern(t, "/progress\n", "demo", "--db", db)
	if code != 0 {
		t.Fatal(errOut)
	}
	if !strings.Contains(out, "Reading 2: 2 have read it.") {
		t.Errorf("the check-in is lost:\n%s", out)
	}
}

// docs/commands.md is written from the declarations.
func TestCommandReference(t *testing.T) {
	book, err := phrases.Load()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "../../docs/commands.md", commands.Reference((&commands.Desk{Phrases: book}).Table()))
}

// The same script on the same database twice is two conversations: what the
// second says is not taken for the first said again.
func TestDemoTwice(t *testing.T) {
	dir := t.TempDir()
	db, script := dir+"/kept.db", dir+"/script.txt"
	for i, c := range []struct{ line, want string }{{"/at 25", "Noted: you are at ¶ 25."}, {"/at 40", "Noted: you are at ¶ 40."}} {
		if err := os.WriteFile(script, []byte(c.line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errOut := lectern(t, "", "demo", "--db", db, "--script", script)
		if code != 0 || !strings.Contains(out, c.want) {
			t.Errorf("run %d ended with %d and showed %s%s", i, code, out, errOut)
		}
	}
	// A text with little in common does not take the place of one that a plan reads.
	other := dir + "/other.md"
	if err := os.WriteFile(other, []byte("# Other\n\nBy Ann Vale\n\nAnother text altogether, of one paragraph.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errOut := lectern(t, "", "--db", db, "library", "import", other, "--alias", "handbook")
	if code != 1 || !strings.Contains(errOut, "Reading Together reads the work that is called handbook") {
		t.Errorf("ended with %d: %s", code, errOut)
	}
}
