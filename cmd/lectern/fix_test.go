package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lectern/storage"
)

// seaText is a book of seven passages in two chapters, without those that are left
// out, which are named by their first words.
func seaText(without ...string) string {
	var text strings.Builder
	text.WriteString("The Sea Road\n\nChapter 1. The harbour\n\n")
	for i, p := range []string{
		"Oil came down the hill on Tuesdays, carried by whoever had no boat of their own that winter.",
		"Boats that had gone out before light did not return until the second bell, or not at all.",
		"Lamps were another matter: brass, heavy, and always the first thing that anybody sold.",
		"Tar smelled the same in each of those houses, and bread tasted of it far into the spring.",
		"Bread was what people asked about, once they had stopped asking about the war.",
		"Nets hung between two chimneys, and a child could read the weather from how they moved.",
		"Maps, she said later, show everything except why one would want to go there.",
	} {
		if i == 4 {
			text.WriteString("Chapter 2. The strait\n\n")
		}
		if first, _, _ := strings.Cut(p, " "); !slices.Contains(without, first) {
			text.WriteString(p + "\n\n")
		}
	}
	return text.String()
}

// fixDesk runs lectern on a database with that book.
func fixDesk(t *testing.T) (file string, run func(want int, args ...string) string) {
	t.Helper()
	dir := t.TempDir()
	file = filepath.Join(dir, "sea.txt")
	write(t, file, seaText())
	return file, func(want int, args ...string) string {
		t.Helper()
		code, out, errOut := lectern(t, "", append([]string{"--db", filepath.Join(dir, "lectern.db")}, args...)...)
		if code != want {
			t.Fatalf("%s: %d %s%s", args, code, out, errOut)
		}
		return out + errOut
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func holds(t *testing.T, out string, want ...string) {
	t.Helper()
	for _, s := range want {
		if no, not := strings.CutPrefix(s, "NOT "); not && strings.Contains(out, no) || !not && !strings.Contains(out, s) {
			t.Errorf("want %q in\n%s", s, out)
		}
	}
}

// A file of corrections does what its dry run shows, all of it or nothing, and once.
func TestFixByFile(t *testing.T) {
	file, run := fixDesk(t)
	run(0, "library", "import", file, "--alias", "sea")
	fixes := file + ".mended"
	write(t, fixes, "2 drop\n3 by \"Vera\"\n# a remark\n§\"The strait\" rename \"The narrows\"\n")
	effect := []string{"¶ 2: “Boats", "¶ 4: “Tar", "— Vera", "2 The narrows"}
	holds(t, run(0, "library", "fix", "sea", "--dry-run", "--file", fixes), append(effect, "Nothing was changed.")...)
	holds(t, run(0, "library", "fix", "sea"), "no corrections")
	holds(t, run(0, "library", "fix", "sea", "--file", fixes), effect...)
	made := run(0, "library", "fix", "sea")
	holds(t, made, `1  ¶2 "Boats`, `2  ¶3 "Tar`, `3  §"The strait"`)
	holds(t, run(0, "library", "fix", "sea", "--file", fixes), "Nothing would change.", "3 were made already.")
	if again := run(0, "library", "fix", "sea"); again != made {
		t.Errorf("a second time:\n%s", again)
	}

	write(t, fixes, "1 kind stanza\n99 drop\n")
	holds(t, run(1, "library", "fix", "sea", "--file", fixes), "sea.txt.mended", "“99 drop”: There is no ¶ 99 in this text.")
	if after := run(0, "library", "fix", "sea"); after != made {
		t.Errorf("half of a file was made:\n%s", after)
	}
	write(t, fixes, "# nothing yet\n")
	holds(t, run(0, "library", "fix", "sea", "--file", fixes), "sea.txt.mended holds no corrections")
	holds(t, run(1, "library", "fix", "sea", "--file", file+".none"), "There is no file")
}

// Numbers in the file beside a text are those of the text that it was written for:
// in another one the same passages are meant.
func TestFixesBesideKeepTheirPassages(t *testing.T) {
	file, run := fixDesk(t)
	write(t, file+".fix", "3 drop\n99 drop\n")
	holds(t, run(0, "library", "import", file, "--alias", "sea"), "left out by hand: Lamps", "There is no ¶ 99 in this text. It was not made, nor kept")
	holds(t, run(0, "library", "fix", "sea"), `1  ¶3 "Lamps`, "NOT 99")
	write(t, file, seaText("Boats"))
	for range 2 {
		holds(t, run(0, "library", "import", file, "--alias", "sea"), "left out by hand: Lamps", "NOT left out by hand: Tar")
	}
	// The file says more: what it said before is not made again.
	write(t, file+".fix", "3 drop\n3 drop\n")
	holds(t, run(0, "library", "import", file, "--alias", "sea"), "left out by hand: Lamps", "left out by hand: Bread", "2 corrections were made.")
	write(t, file, seaText("Lamps"))
	holds(t, run(0, "library", "import", file, "--alias", "sea"), "No passage begins with “Lamps", "left out by hand: Bread", "NOT left out by hand: Tar")
}

// What is taken back is the one that was named, and what rested on it is said.
func TestFixUndo(t *testing.T) {
	file, run := fixDesk(t)
	run(0, "library", "import", file, "--alias", "sea")
	run(0, "library", "fix", "sea", `§"The harbour" rename "The port"`)
	run(0, "library", "fix", "sea", `§"The port" rename The haven`)
	for _, n := range []string{"0", "-1", "x", "3", "1 2"} {
		holds(t, run(1, "library", "fix", "sea", "undo "+n), "sea has no such correction")
	}
	holds(t, run(0, "library", "fix", "sea", "undo", "1", "--dry-run"), "1 The haven → ", "No heading begins with “The port”. It is kept")
	run(0, "library", "fix", "sea", `§"The haven" rename "The quay"`)
	run(0, "library", "fix", "sea", "undo", "2")
	holds(t, run(0, "library", "fix", "sea"), `rename "The port"`+"\n", `rename "The quay" – not made now: No heading begins with “The haven”.`)
	holds(t, run(0, "library", "fix", "sea", "--json"), `"no_place":null`, `"no_place":"No heading`)
	run(0, "library", "fix", "sea", "undo")
	run(0, "library", "fix", "sea", `§"The port" rename The haven`)
	holds(t, run(0, "library", "fix", "sea", "undo"), "1 The haven → ", "1 The port", "NOT No heading")
	run(0, "library", "fix", "sea", "undo")
	run(1, "library", "fix", "sea", "undo")

	// What changes nothing is not kept.
	run(0, "library", "fix", "sea", "date", "1999")
	holds(t, run(0, "library", "fix", "sea", "date", "1999"), "Nothing would change.")
	holds(t, run(0, "library", "fix", "sea"), `1  date "1999"`, "NOT  2 ")
	holds(t, run(0, "library", "fix", "sea", "7 heading"), "→ the heading “Maps, she said")
	holds(t, run(1, "library", "fix", "sea", "6 merge"), "No passage comes after that one.")
	holds(t, run(1, "library", "fix", "sea", "6 split Nets hung"), "The passage itself begins with “Nets hung”")
	holds(t, run(1, "library", "fix", "sea", "6 split Lamps"), "“Lamps” does not stand in that passage")
	holds(t, run(1, "library", "fix", "sea", "6 split e"), "more than once")
}

// Numbers alone, as earlier versions kept them, are looked up in the text that they
// were made to before another takes its place.
func TestFixesOfEarlierVersions(t *testing.T) {
	file, run := fixDesk(t)
	run(0, "library", "import", file, "--alias", "sea")
	run(0, "library", "fix", "sea", "3 drop")
	db, err := storage.Open(t.Context(), filepath.Join(filepath.Dir(file), "lectern.db"), storage.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), func(tx *storage.Tx) error {
		for _, line := range []string{"3 drop", "5 by \"Vera\""} {
			if err := tx.AddCorrection(t.Context(), 1, line, 0); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	write(t, file, seaText("Boats"))
	holds(t, run(0, "library", "import", file, "--alias", "sea"), "left out by hand: Lamps", "left out by hand: Tar", "3 corrections were made.")
	holds(t, run(0, "library", "fix", "sea"), `1  ¶3 "Lamps`, `2  ¶3 "Tar`, `3  ¶5 "Maps`)
}
