package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lectern/commands"
	"lectern/phrases"
)

//go:generate go test -tags=sqlite_fts5,goolm -run "TestCommandReference|TestDemoScript|TestPicture" . -update

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

// What comes as a file can be written to one, and none is overwritten.
func TestDemoSaves(t *testing.T) {
	path := filepath.Join(t.TempDir(), "group.ics")
	code, out, errOut := lectern(t, "/save\n/plan calendar due\n/save "+path+"\n/save "+path+"\n", "demo")
	if code != 0 {
		t.Fatal(errOut)
	}
	for _, want := range []string{"No answer has brought a file yet.", "/save writes meetings.ics here", "Written to " + path, "is there already"} {
		if !strings.Contains(out, want) {
			t.Errorf("not shown: %s\n%s", want, out)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(data), "BEGIN:VCALENDAR\r\n") || !strings.Contains(string(data), "VALUE=DATE:") {
		t.Errorf("%v %.80s", err, data)
	}
}

// Calendars are told that the meetings of a plan that gave way to another do not
// take place; so are those of one that goes on in writing.
func TestDemoCancelsMeetings(t *testing.T) {
	dir := t.TempDir()
	code, out, errOut := lectern(t, `/plan calendar
/plan create handbook "sun 18:00" 3
[Publish]
[Read by the new one]
/plan calendar
/save `+dir+`/replaced.ics
/plan place we only write
[Do it]
/plan calendar
/save `+dir+`/written.ics
`, "demo")
	if code != 0 {
		t.Fatal(errOut)
	}
	count := func(name, what string) int {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return strings.Count(string(data), what)
	}
	if gone, is := count("replaced.ics", "STATUS:CANCELLED"), count("replaced.ics", "STATUS:CONFIRMED"); gone < 2 || is != 3 {
		t.Errorf("%d meetings are cancelled, %d take place\n%s", gone, is, out)
	}
	if events, places, texts := count("replaced.ics", "BEGIN:VEVENT"), count("replaced.ics", "LOCATION:"), count("replaced.ics", "DESCRIPTION:"); places != events || texts != events {
		t.Errorf("of %d meetings %d have a place and %d a text", events, places, texts)
	}
	if gone, is, days := count("written.ics", "STATUS:CANCELLED"), count("written.ics", "STATUS:CONFIRMED"), count("written.ics", "DTSTART;VALUE=DATE:"); gone < 5 || is != 3 || days != 3 {
		t.Errorf("%d meetings are cancelled, %d take place, on %d whole days\n%s", gone, is, days, out)
	}
}

// The clock goes on from where it was moved to, so that what was done then
// counts.
func TestDemoKeepsItsClock(t *testing.T) {
	db := t.TempDir() + "/kept.db"
	if code, _, errOut := lectern(t, "/clock +5d\ndone\n/quit\n", "demo", "--db", db); code != 0 {
		t.Fatal(errOut)
	}
	code, out, errOut := lectern(t, "/progress\n", "demo", "--db", db)
	if code != 0 {
		t.Fatal(errOut)
	}
	for _, want := range []string{"The clock was moved here before", "reading 3 of 4", "Reading 3: one has read it."} {
		if !strings.Contains(out, want) {
			t.Errorf("not shown: %s\n%s", want, out)
		}
	}
}

// A restored database posts nothing, however far the clock is moved; the demo
// says so, and how it ends.
func TestDemoOnARestoredDatabase(t *testing.T) {
	dir := t.TempDir()
	from, backup, db := dir+"/from.db", dir+"/backup", dir+"/restored.db"
	for _, args := range [][]string{{"demo", "--db", from}, {"--db", from, "backup", backup}, {"--db", db, "restore", backup}} {
		if code, _, errOut := lectern(t, "", args...); code != 0 {
			t.Fatal(args, errOut)
		}
	}
	const held = "deliveries release"
	code, out, errOut := lectern(t, "/reading\n/clock +9d\n", "demo", "--db", db)
	if code != 0 {
		t.Fatal(errOut)
	}
	if n := strings.Count(out, held); n != 2 || strings.Contains(out, "Reading 3 of 4") {
		t.Errorf("how to let it go on is said %d times, not at the start and as the clock moves:\n%s", n, out)
	}
	if code, _, errOut := lectern(t, "", "--db", db, "deliveries", "release", "--yes"); code != 0 {
		t.Fatal(errOut)
	}
	if _, out, _ := lectern(t, "", "demo", "--db", db); strings.Contains(out, held) || !strings.Contains(out, "Reading 4 of 4") {
		t.Errorf("released, it does not post:\n%s", out)
	}
}

// A closed is a pipe that nobody reads.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, syscall.EPIPE }

// endless types one line for ever.
type endless string

func (e endless) Read(b []byte) (int, error) { return copy(b, e), nil }

// The demo ends when nobody takes what it shows, and leaves nothing behind.
func TestDemoUnheard(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	var e bytes.Buffer
	if code := run(t.Context(), []string{"demo"}, endless("/reading\n"), closed{}, &e, nil); code != 0 {
		t.Errorf("ended with %d: %s", code, e.String())
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
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
