package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// siteText is a text with a title page that says more than there are fields for,
// a heading with nothing below it, and a tail of a site's own lines.
func siteText(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("The Lamps of Ulvik\n\nAn inquiry\n\nby Vera Holm\n\nFirst published in The Lantern, No. 4, 1931\nTranscribed by Jo Lind for the reading room\n\nPART ONE\n\nI. The Oil\n\nThe oil came by boat and was carried up the hill by those who had no boat of their own, every week.\n\nUlvik, 3 May 1931\n\nII. The Wicks\n\nThe wicks were cut in the winter, when there was nothing else to cut, and lasted until the summer came.\n\nSee also:\n\n")
	for n := range 11 {
		fmt.Fprintf(&b, "Another page of the site, number %d\n\n", n+1)
	}
	path := filepath.Join(t.TempDir(), "ulvik.txt")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Everything that was found in a file can be seen: before it is brought in and
// after.
func TestAllThatWasFoundIsShown(t *testing.T) {
	file := siteText(t)
	db := filepath.Join(t.TempDir(), "lectern.db")
	run := func(args ...string) string {
		t.Helper()
		code, out, errOut := lectern(t, "", append([]string{"--db", db}, args...)...)
		if code != 0 {
			t.Fatal(args, errOut)
		}
		return out
	}
	has := func(out string, want ...string) {
		t.Helper()
		for _, s := range want {
			if !strings.Contains(out, s) {
				t.Errorf("%q is missing in\n%s", s, out)
			}
		}
	}
	dry := run("library", "import", file, "--dry-run")
	has(dry, "The Lamps of Ulvik, Vera Holm", "subtitle: An inquiry", "source: ", "title page: Transcribed by Jo Lind for the reading room", "PART ONE", "number 1\n", "number 11\n")
	if strings.Contains(dry, "more") {
		t.Errorf("a dry run leaves something out:\n%s", dry)
	}
	brought := run("library", "import", file, "--alias", "ulvik")
	has(brought, "number 7", "… and 4 more: lectern library show ulvik --left-out")
	has(run("library", "show", "ulvik", "--left-out"), "See also:", "number 1\n", "number 11\n")
	has(run("library", "show", "ulvik"), "subtitle: An inquiry", "title page: Transcribed by Jo Lind", "PART ONE", "I The Oil", "[dateline] Ulvik, 3 May 1931", "\n2  The wicks")
	has(run("library", "show", "ulvik 2"), "ulvik 2", "The wicks")

	var in importAnswer
	if err := json.Unmarshal([]byte(run("library", "import", file, "--alias", "ulvik", "--dry-run", "--json")), &in); err != nil {
		t.Fatal(err)
	}
	if len(in.Outline) != 3 || *in.Outline[2].Title != "The Wicks" || len(in.LeftOut) != 12 || in.LeftOut[0].Reason == "" || *in.Subtitle != "An inquiry" || len(in.Parts) == 0 || in.Readings == nil {
		t.Errorf("a dry run in JSON says %+v", in)
	}
	var left leftOutsAnswer
	if err := json.Unmarshal([]byte(run("library", "show", "ulvik", "--left-out", "--json")), &left); err != nil || len(left.LeftOut) != 12 {
		t.Errorf("%d pieces in JSON: %v", len(left.LeftOut), err)
	}
	var whole passagesAnswer
	if err := json.Unmarshal([]byte(run("library", "show", "ulvik", "--json")), &whole); err != nil || len(whole.Sections) != 3 || len(whole.Parts) != len(in.Parts) {
		t.Errorf("a work whole in JSON: %d headings, %d parts: %v", len(whole.Sections), len(whole.Parts), err)
	}
}

// A name that a correction gave is gone when the correction is; one that the book
// had stays.
func TestUndoOfAnAlias(t *testing.T) {
	db := shelfFile(t)
	run := func(args ...string) (int, string) {
		t.Helper()
		code, out, errOut := lectern(t, "", append([]string{"--db", db}, args...)...)
		return code, out + errOut
	}
	if code, out := run("library", "fix", "handbook", `alias "together"`); code != 0 {
		t.Fatal(out)
	}
	if code, out := run("passage", "together 3"); code != 0 {
		t.Fatal(out)
	}
	for _, name := range []string{"together", "handbook"} {
		if code, out := run("library", "fix", "handbook", `alias "`+name+`"`); code != 1 || !strings.Contains(out, "handbook answers to "+name+" already.") {
			t.Errorf("%s a second time: %d %s", name, code, out)
		}
	}
	if code, out := run("library", "fix", "handbook", "undo"); code != 0 || !strings.Contains(out, "handbook, together → handbook") {
		t.Errorf("undo: %d %s", code, out)
	}
	if _, out := run("library", "fix", "handbook"); !strings.Contains(out, "no corrections") {
		t.Errorf("a correction is left: %s", out)
	}
	if code, out := run("library", "outline", "handbook"); code != 0 {
		t.Errorf("the book lost its own name: %s", out)
	}
	var works []string
	_, list := run("library", "list", "--json")
	works = append(works, list)
	if strings.Contains(strings.Join(works, ""), "together\"") {
		t.Errorf("the name is still there: %s", list)
	}
	// Another book can have it now.
	if code, out := run("library", "import", siteText(t), "--alias", "together"); code != 0 {
		t.Errorf("the name is not free: %s", out)
	}
}

// A sentence names commands as the command line has them, and whose words a
// quotation has stands behind one dash, whatever dash the text has.
func TestCommandsAreNamedAsTheLineHasThem(t *testing.T) {
	file := filepath.Join(t.TempDir(), "wicks.md")
	if err := os.WriteFile(file, []byte("# Wicks\n\n## One\n\nThe inspector wrote:\n\n> No keeper ever lost a light by trimming it too often.\n>\n> -- Report of the Lights\n\nSo it was.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	db := filepath.Join(t.TempDir(), "lectern.db")
	if code, _, errOut := lectern(t, "", "--db", db, "library", "import", file, "--alias", "wicks"); code != 0 {
		t.Fatal(errOut)
	}
	if _, _, errOut := lectern(t, "", "--db", db, "passage", "wicks 40%"); !strings.Contains(errOut, "lectern library outline wicks lists them") {
		t.Error(errOut)
	}
	_, out, _ := lectern(t, "", "--db", db, "passage", "wicks 2")
	if !strings.Contains(out, "— Report of the Lights") {
		t.Error(out)
	}
}
