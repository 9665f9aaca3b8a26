package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/bot/console"
)

// shelfFile is a database with the sample handbook on its shelf.
func shelfFile(t *testing.T) string {
	t.Helper()
	db := filepath.Join(t.TempDir(), "lectern.db")
	if code, _, errOut := lectern(t, "", "--db", db, "library", "import", "../../sample/reading-together.md", "--alias", "handbook"); code != 0 {
		t.Fatal(errOut)
	}
	return db
}

// What is wrong on the command line gets a sentence and the right status, and
// as JSON the code that the sentence belongs to.
func TestBadCalls(t *testing.T) {
	db := shelfFile(t)
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	large := write("large.txt", "")
	if err := os.Truncate(large, 2<<30); err != nil {
		t.Fatal(err)
	}
	preview := []string{"plan", "preview", "--work", "handbook", "--weekly", "tue 19:00"}
	for _, c := range []struct {
		name   string
		args   []string
		status int
		code   string // "" has no JSON
		says   string
	}{
		{"unknown work", []string{"passage", "nobody 3"}, 1, "unknown_work", "No work on this shelf is called “nobody”."},
		{"a slip of the pen", []string{"passage", "hanbook 3"}, 1, "unknown_work", "Did you mean Reading Together (handbook 3)?"},
		{"unknown room", []string{"why", "--room", "nope"}, 1, "not_found", "I know no room “nope”."},
		{"out of range", []string{"passage", "handbook 900"}, 1, "out_of_range", "handbook has 86 passages."},
		{"sentence out of range", []string{"passage", "handbook 12:40"}, 1, "out_of_range", "handbook 12 has 4 sentences."},
		{"no such section", []string{"passage", "handbook §40"}, 1, "out_of_range", "handbook has no section “§40”"},
		{"empty citation", []string{"passage", " "}, 1, "syntax", "Which passage?"},
		{"empty query", []string{"search", "!!!"}, 1, "syntax", "What shall I look for?"},
		{"only NOT", []string{"search", "NOT question"}, 1, "syntax", "NOT takes something away"},
		{"no such shelf work", []string{"search", "question in:nowhere"}, 1, "unknown_work", "No work on this shelf is called “nowhere”."},
		{"not text", []string{"library", "import", write("a.txt", "\x89PNG\r\n\x1a\n\x00\x00")}, 1, "bad_file", "a.txt is not a text file."},
		{"not text that is known", []string{"library", "import", write("a2.txt", "\x93\x11\x02\x00\x00\x01")}, 1, "bad_file", "a2.txt is not a text file"},
		{"a NUL byte", []string{"library", "import", write("b.txt", "words\n\nwords\x00words")}, 1, "bad_file", "b.txt is not a text file: line 3 has a control character (U+0000)."},
		{"empty", []string{"library", "import", write("c.txt", " \n\t\n")}, 1, "bad_file", "c.txt has nothing in it to read."},
		{"missing", []string{"library", "import", filepath.Join(dir, "none.txt")}, 1, "bad_file", "There is no file"},
		{"a folder without pages", []string{"library", "import", t.TempDir()}, 1, "bad_file", "holds no web pages"},
		{"a device", []string{"library", "import", os.DevNull}, 1, "bad_file", "is a pipe or a device"},
		{"200 MB", []string{"library", "import", large}, 1, "too_large", "large.txt is larger than 64 MB."},
		{"a bad alias", []string{"library", "import", "../../sample/reading-together.md", "--alias", "two words"}, 1, "syntax", "“two words” can't be a short name."},
		{"a taken alias", []string{"library", "import", write("d.txt", "A text\n\nOf one paragraph, which is here."), "--alias", "other", "--alias", "handbook"}, 1, "ambiguous", "“handbook” is the name of another work"},
		{"a web page without words", []string{"library", "import", write("h.html", "<p>  </p><script>x()</script>")}, 1, "bad_file", "h.html has nothing in it to read."},
		{"a broken e-book", []string{"library", "import", write("i.epub", "PK\x03\x04 and no more")}, 1, "bad_file", "i.epub is damaged"},
		{"no language", []string{"library", "import", "../../sample/reading-together.md", "--language", "zzzz"}, 1, "syntax", "“zzzz” is no language"},
		{"another book's alias", []string{"library", "import", write("g.txt", "A text\n\nOf one paragraph, which is here."), "--alias", "handbook"}, 1, "forbidden", "with --replace."},
		{"a number with a sign", []string{"passage", "handbook -5"}, 1, "syntax", "“-5” names none"},
		{"and with a plus", []string{"passage", "handbook +5"}, 1, "syntax", "“+5” names none"},
		{"a power of ten", []string{"passage", "handbook 1e3"}, 1, "not_found", "handbook has no section “1e3”"},
		{"two ranges in one", []string{"passage", "handbook 3-5-7"}, 1, "not_found", "handbook has no section “3-5-7”"},
		{"no such zone", append(preview, "--start", "2026-12-01", "--zone", "Europe/Lodnon", "--weeks", "4"), 1, "not_found", "Did you mean Europe/London?"},
		{"ends before it begins", append(preview, "--start", "2026-12-01", "--end", "2026-11-01", "--zone", "UTC", "--weeks", "4"), 1, "out_of_range", "The plan would end on Sun 1 Nov 2026, before it begins on Tue 1 Dec 2026."},
		{"ends too soon", append(preview, "--start", "2026-12-01", "--end", "2026-12-10", "--zone", "UTC", "--weeks", "4"), 1, "out_of_range", "Only 2 of 4 readings fit before Thu 10 Dec 2026"},
		{"too many weeks", append(preview, "--start", "2026-12-01", "--zone", "UTC", "--weeks", "400"), 1, "out_of_range", "86 passages can't make 400 readings."},
		{"no such date", append(preview, "--start", "2026-02-30", "--zone", "UTC", "--weeks", "4"), 1, "syntax", "as a date. Write it like 2026-12-01."},
		{"the end of the calendar", append(preview, "--start", "9999-12-01", "--zone", "UTC", "--weeks", "4"), 1, "out_of_range", "Wed 1 Dec 9999 is further ahead than the calendar goes that I plan by."},
		{"and by words", append(preview, "--start", "9999-12-01", "--zone", "UTC", "--words-per-week", "20"), 1, "out_of_range", "Wed 1 Dec 9999 is further ahead than the calendar goes that I plan by."},
		{"none fits", append(preview, "--start", "2026-12-02", "--end", "2026-12-03", "--zone", "UTC", "--weeks", "4"), 1, "out_of_range", "None of 4 readings fit before Thu 3 Dec 2026; the last would be due on Tue 29 Dec 2026."},
		{"no time of day", []string{"plan", "preview", "--work", "handbook", "--weekly", "tue", "--start", "2026-12-01", "--zone", "UTC", "--weeks", "4"}, 1, "syntax", "At what time?"},
		{"removing what is not there", []string{"library", "remove", "nobody"}, 1, "unknown_work", "No work on this shelf is called “nobody”."},

		{"no size", append(preview, "--start", "2026-12-01", "--zone", "UTC"), 2, "", "give one of --weeks"},
		{"no command", []string{"frobnicate"}, 2, "", "frobnicate"},
		{"no argument", []string{"passage"}, 2, "", "citation"},
		{"an unknown flag", []string{"passage", "handbook 1", "--nope"}, 2, "", "--nope"},
		{"one alias for two files", []string{"library", "import", "a", "b", "--alias", "x"}, 2, "", "one by one"},
		{"a backup that is there", []string{"backup", write("e.db", "mine")}, 1, "", "e.db is there already. Choose another name"},
		{"a backup into no folder", []string{"backup", filepath.Join(dir, "none", "x.db")}, 1, "", "There is no folder " + filepath.Join(dir, "none")},
		{"a restore over a database", []string{"restore", filepath.Join(dir, "none.db")}, 1, "", "There is a database at " + db + " already, and nothing was changed."},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"--db", db}, c.args...)
			status, out, errOut := lectern(t, "", args...)
			if status != c.status || !strings.Contains(errOut, c.says) {
				t.Errorf("ended with %d and said %q, want %d and %q", status, errOut, c.status, c.says)
			}
			if c.code == "" {
				return
			}
			if out != "" {
				t.Errorf("printed %q", out)
			}
			status, out, _ = lectern(t, "", append(args, "--json")...)
			var answer errorAnswer
			if err := json.Unmarshal([]byte(out), &answer); err != nil {
				t.Fatalf("%q: %v", out, err)
			}
			if status != 1 || answer.Error.Code != c.code || !strings.Contains(answer.Error.Message, c.says) || answer.Error.Suggestions == nil {
				t.Errorf("ended with %d and %+v, want code %s", status, answer, c.code)
			}
		})
	}
	// After all of this the shelf is what it was.
	if _, out, _ := lectern(t, "", "--db", db, "library", "list"); !strings.Contains(out, "86 passages") {
		t.Errorf("the book has changed:\n%s", out)
	}
	if _, out, _ := lectern(t, "", "--db", db, "library", "list"); strings.Count(out, "\n") != 1 || !strings.Contains(out, "Reading Together") {
		t.Errorf("the shelf has changed:\n%s", out)
	}
}

// "-" answers each line with one line, mistakes too, and goes on.
func TestLinesOfStandardInput(t *testing.T) {
	db := shelfFile(t)
	in := "handbook 1\nnobody 2\n\nhandbook 900\nhandbook 86"
	for _, args := range [][]string{{"passage", "-"}, {"passage", "-", "--json"}} {
		code, out, errOut := lectern(t, in, append([]string{"--db", db}, args...)...)
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if code != 0 || errOut != "" || len(lines) != 5 {
			t.Errorf("%v: ended with %d, said %q, printed %d lines:\n%s", args, code, errOut, len(lines), out)
		}
	}
	// Flags may stand anywhere.
	if code, out, _ := lectern(t, "", "search", "--json", "question", "--limit", "1", "--db", db); code != 0 || !strings.Contains(out, `"hits":[{`) {
		t.Errorf("ended with %d: %s", code, out)
	}
}

// A database that a newer program wrote is refused, and is not touched.
func TestNewerDatabase(t *testing.T) {
	path := shelfFile(t)
	raise(t, path)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	code, _, errOut := lectern(t, "", "--db", path, "library", "list")
	if code != 1 || !strings.Contains(errOut, "newer Lectern") {
		t.Errorf("ended with %d: %s", code, errOut)
	}
	code, out, _ := lectern(t, "", "--db", path, "passage", "handbook 1", "--json")
	if code != 1 || !strings.Contains(out, `"code":"bad_file"`) {
		t.Errorf("ended with %d: %s", code, out)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("it was written to: %v", err)
	}
}

// raise makes a database one of a program that is not written yet.
func raise(t *testing.T, path string) {
	t.Helper()
	raw, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.ExecContext(t.Context(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
}

// Two demos cannot serve one database; other commands work beside one.
func TestBesideARunningDemo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lectern.db")
	s := newFakeStage(t, nil).(*fakeStage)
	unlock, err := s.house.db.Lock()
	if err != nil {
		t.Fatal(err)
	}
	code, _, errOut := lectern(t, "/reading\n", "demo", "--db", s.path)
	if code != 1 || !strings.Contains(errOut, "Another Lectern runs on") {
		t.Errorf("a second demo ended with %d: %s", code, errOut)
	}
	book := filepath.Join(filepath.Dir(path), "garden.md")
	if err := os.WriteFile(book, []byte("# The Garden\n\nBy Nora Vale\n\nA hedge keeps the wind out, and the thrush in.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := s.Say(t, "ana", "/passage vale 1"); !strings.Contains(out, "No work on this shelf") {
		t.Errorf("too early: %s", out)
	}
	if code, _, errOut := lectern(t, "", "--db", s.path, "library", "import", book); code != 0 {
		t.Fatalf("import beside a running bot: %s", errOut)
	}
	if out := s.Say(t, "ana", "/passage vale 1"); !strings.Contains(out, "A hedge keeps") {
		t.Errorf("the bot has not noticed: %s", out)
	}
	if out := s.Say(t, "ana", "/search thrush"); !strings.Contains(out, "»thrush«") {
		t.Errorf("the index has not noticed: %s", out)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

const hostile = "@everyone @room <b>x</b> **y** [z](http://example.org) \u202eevil\u200b\u2066 \x1b[2J\x07 \U000E0041 end"

// Whatever people type comes back without what could do harm.
func TestHostileText(t *testing.T) {
	for name, open := range map[string]func(*testing.T) (bottest.Stage, func() string){
		"console": func(t *testing.T) (bottest.Stage, func() string) { return newConsoleStage(t, nil), nil },
		"fake":    func(t *testing.T) (bottest.Stage, func() string) { return newFakeStage(t, nil), nil },
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t)
			var shown strings.Builder
			for _, line := range []string{
				`/group setup name:"` + hostile + `" city:London place:"` + hostile + `" length:90`,
				`/plan create handbook "tue 19:00" 4`, "[Publish]",
				"/prompt add 1 " + hostile, "/prompt list", "/group settings",
				"/passage " + hostile, "/search " + hostile, "/outline " + hostile, "/help " + hostile, "/why " + hostile, "/" + hostile,
				"/plan skip " + hostile, "/at " + hostile, "/group organiser " + hostile,
			} {
				shown.WriteString(s.Say(t, "ana", line))
			}
			shown.WriteString(s.Sleep(t, 8*24*time.Hour))
			for _, r := range shown.String() {
				if bot.Invisible(r) {
					t.Fatalf("%U is shown", r)
				}
			}
			for _, kept := range []string{"@everyone", "<b>x</b>", "**y**"} {
				if !strings.Contains(shown.String(), kept) {
					t.Errorf("%q itself is lost", kept)
				}
			}
		})
	}
	// The terminal shows them as they are; it obeys nothing but its own escapes.
	got := console.Render(bot.Say(bot.Plain(hostile)), console.Look{Width: 80, Color: true})
	if strings.ContainsAny(got, "\x1b\x07\u202e\u200b") {
		t.Errorf("%q reaches the terminal", got)
	}
}

// A message of 60 kB is answered in a sentence, or not at all if it was not
// for the bot.
func TestLongMessage(t *testing.T) {
	s := newFakeStage(t, nil)
	long := strings.Repeat("word ", 12000)
	if out := s.Say(t, "ana", "/passage "+long); !strings.Contains(out, "longer than I read at once") {
		t.Errorf("got %.200q", out)
	}
	if out := s.Say(t, "ana", long); out != "" {
		t.Errorf("it answered what was not for it: %.200q", out)
	}
}

// Two organisers press the same button: one wins, the other is told.
func TestTwoOrganisersAtOnce(t *testing.T) {
	s := newFakeStage(t, nil).(*fakeStage)
	for _, line := range []string{`/group setup name:Readers city:London place:- length:-`, `/plan create handbook "tue 19:00" 4`, "[Publish]"} {
		s.Say(t, "ana", line)
	}
	s.Say(t, "ben", "/join")
	if out := s.Say(t, "ben", `/plan skip "8 dec"`); !strings.Contains(out, "Only organisers can do that here: Ana.") {
		t.Errorf("a member changed the plan: %s", out)
	}
	s.Say(t, "ana", "/group organiser Ben")
	s.Say(t, "ana", `/plan skip "8 dec"`)
	first := s.Say(t, "ana", "[Do it]")
	second := s.Say(t, "ben", "[Do it]")
	if !strings.Contains(first, "Done.") || !strings.Contains(second, "Reading Together has changed since this was shown.") {
		t.Errorf("first: %s\nsecond: %s", first, second)
	}
	if out := s.Say(t, "ana", "/plan show"); strings.Contains(out, "Tue 8 Dec, 19:00") && strings.Contains(out, "read by Tue 8 Dec") {
		t.Errorf("the skipped date is still there: %s", out)
	}
}

// What is asked of a database that cannot be used is answered in a sentence of
// a person's, without a word of the program's own.
func TestUnusableDatabases(t *testing.T) {
	good := shelfFile(t)
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer.db")
	if code, _, errOut := lectern(t, "", "--db", good, "backup", newer); code != 0 {
		t.Fatal(errOut)
	}
	raise(t, newer)
	none, foreign, cut := filepath.Join(dir, "none.db"), write("foreign.db", []byte("my diary\n")), write("cut.db", whole[:len(whole)/2])
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--db", foreign, "library", "list"}, "foreign.db is not a database of Lectern's."},
		{[]string{"--db", foreign, "backup", filepath.Join(dir, "x.db")}, "foreign.db is not a database of Lectern's."},
		{[]string{"--db", dir, "library", "list"}, "is not a database of Lectern's."},
		{[]string{"--db", cut, "backup", filepath.Join(dir, "x.db")}, "cut.db is damaged: database disk image is malformed."},
		{[]string{"--db", none, "backup", filepath.Join(dir, "x.db")}, "There is no database at " + none + " yet."},
		{[]string{"--db", none, "restore", foreign}, "foreign.db is not a backup of Lectern's. Nothing was changed."},
		{[]string{"--db", none, "restore", cut}, "cut.db is damaged: database disk image is malformed. Nothing was changed"},
		{[]string{"--db", none, "restore", newer}, "newer.db was written by a newer Lectern (schema 99; this one knows "},
		{[]string{"--db", newer, "library", "list"}, "restore a backup from before the update"},
		{[]string{"--db", none, "restore", dir}, "is not a backup of Lectern's. Nothing was changed."},
		{[]string{"--db", none, "restore", filepath.Join(dir, "gone.db")}, "There is no backup at"},
		{[]string{"--db", filepath.Join(dir, "no", "x.db"), "restore", good}, "There is no folder " + filepath.Join(dir, "no")},
		{[]string{"--db", filepath.Join(dir, "no", "x.db"), "library", "import", "../../sample/reading-together.md"}, "There is no folder " + filepath.Join(dir, "no")},
	} {
		code, _, errOut := lectern(t, "", c.args...)
		if code != 1 || !strings.Contains(errOut, c.says) || strings.Contains(errOut, "storage:") || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%v: ended with %d and said %q, want %q", c.args, code, errOut, c.says)
		}
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("a database was made")
	}
}

// What only reads makes no database where there is none, and says how to begin.
func TestNoDatabase(t *testing.T) {
	db := filepath.Join(t.TempDir(), "lectern.db")
	want := "There is no database at " + db + " yet. It is made when the first book is brought in: lectern library import FILE."
	for _, args := range [][]string{
		{"passage", "handbook 1"}, {"search", "question"}, {"library", "list"}, {"library", "outline", "handbook"}, {"library", "show", "handbook"},
		{"library", "remove", "handbook"}, {"library", "reindex"}, {"why"},
		{"plan", "preview", "--work", "handbook", "--start", "2026-12-01", "--weekly", "tue 19:00", "--zone", "UTC", "--weeks", "4"},
	} {
		args = append([]string{"--db", db}, args...)
		if code, out, errOut := lectern(t, "", args...); code != 1 || out != "" || !strings.Contains(errOut, want) {
			t.Errorf("%v: ended with %d, printed %q and said %q", args, code, out, errOut)
		}
		code, out, errOut := lectern(t, "", append(args, "--json")...)
		var answer errorAnswer
		if err := json.Unmarshal([]byte(out), &answer); err != nil || code != 1 || errOut != "" || answer.Error.Code != "not_found" || !strings.Contains(answer.Error.Message, want) {
			t.Errorf("%v --json: ended with %d, printed %q and said %q", args, code, out, errOut)
		}
	}
	if code, out, _ := lectern(t, "a 1\nb 2\n", "--db", db, "passage", "-", "--json"); code != 0 || strings.Count(out, `"code":"not_found"`) != 2 {
		t.Errorf("two lines: ended with %d and printed %q", code, out)
	}
	if _, err := os.Stat(db); err == nil {
		t.Error("a database was made")
	}
}

// A day without a meeting is not passed over in silence, and does not keep the
// plan from being shown.
func TestSkipOnADayWithoutAMeeting(t *testing.T) {
	db := shelfFile(t)
	code, out, errOut := lectern(t, "", "--db", db, "plan", "preview", "--work", "handbook", "--start", "2026-12-01", "--weekly", "tue 19:00",
		"--zone", "UTC", "--weeks", "4", "--skip", "2026-12-08", "--skip", "2026-12-25", "--json")
	if code != 0 || errOut != "lectern: There would be no meeting on Fri 25 Dec 2026 anyway.\n" || strings.Contains(out, "2026-12-08T19:00\"") || strings.Count(out, "\n") != 1 {
		t.Errorf("ended with %d, said %q and printed %s", code, errOut, out)
	}
}

// One of a thing is not called several.
func TestSingular(t *testing.T) {
	db := filepath.Join(t.TempDir(), "lectern.db")
	file := filepath.Join(t.TempDir(), "note.md")
	if err := os.WriteFile(file, []byte("# A Note\n\n## Only\n\nWord.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"library", "import", file, "--alias", "note"}, "as note: 1 section, 1 passage, 1 word"},
		{[]string{"library", "list"}, "(1 section, 1 passage, 1 word)"},
		{[]string{"library", "outline", "note"}, "¶ 1, 1 word"},
		{[]string{"passage", "note 2"}, "note has one passage."},
		{[]string{"passage", "note 1:3"}, "note 1 has one sentence."},
		{[]string{"search", "nothing"}, "1 work on this shelf"},
		{[]string{"plan", "preview", "--work", "note", "--start", "2026-12-01", "--weekly", "tue 19:00", "--zone", "UTC", "--weeks", "1"}, " 1 word "},
		{[]string{"plan", "preview", "--work", "note", "--start", "2026-12-01", "--weekly", "tue 19:00", "--zone", "UTC", "--weeks", "3"}, "One passage can't make 3 readings."},
		{[]string{"plan", "preview", "--work", "note", "--start", "2026-12-02", "--end", "2026-12-03", "--weekly", "tue 19:00", "--zone", "UTC", "--weeks", "1"}, "The reading would be due on Tue 8 Dec 2026, after Thu 3 Dec 2026."},
		{[]string{"doctor"}, "It holds 1 work and 0 groups."},
	} {
		_, out, errOut := lectern(t, "", append([]string{"--db", db}, c.args...)...)
		if !strings.Contains(out+errOut, c.want) {
			t.Errorf("%v: %q, want %q", c.args, out+errOut, c.want)
		}
	}
	if _, out, _ := lectern(t, "note\n", "--db", db, "library", "outline", "-"); out != "note: 1 section\n" {
		t.Errorf("one line: %q", out)
	}
}

// A control character in a text is taken out, and its line is said.
func TestControlCharacters(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bell.txt")
	text := "A Bell\r\n\r\n" + strings.Repeat("It rings at noon, and nobody looks up from the page. ", 20) + "\r\nAnd once more:\x07 there.\r\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, _ := lectern(t, "", "library", "import", file, "--dry-run")
	if code != 0 || !strings.Contains(out, "doubt, line 4: A control character was taken out here: U+0007.") {
		t.Errorf("ended with %d:\n%s", code, out)
	}
	if _, out, _ := lectern(t, "", "library", "import", file, "--dry-run", "--json"); !strings.Contains(out, `"line 4: A control character was taken out here: U+0007."`) {
		t.Errorf("printed %s", out)
	}
}

// The same when both press in the same instant, and each has seen the plan as
// it was: one change is made, and whoever came second is told.
func TestTwoOrganisersInOneInstant(t *testing.T) {
	s := newFakeStage(t, nil).(*fakeStage)
	for _, line := range []string{`/group setup name:Readers city:London place:- length:-`, `/plan create handbook "tue 19:00" 4`, "[Publish]"} {
		s.Say(t, "ana", line)
	}
	s.Say(t, "ben", "/join")
	s.Say(t, "ana", "/group organiser Ben")
	room := bot.Room{Platform: bottest.FakeName, ID: "room"}
	say := func(key, who string, e bot.Event) bot.Reply {
		e.Key, e.At, e.Room, e.Account = "fake:instant:"+key, s.clock.now(), room, account(bottest.FakeName, who)
		reply, _ := s.house.dispatcher.Handle(t.Context(), e)
		return reply
	}
	for round := range 10 {
		what := []string{"/plan shift 1", "/plan shift 2"}
		var press [2]bot.Event
		for i, who := range []string{"ana", "ben"} {
			shown := say(fmt.Sprint(round, "shown", i), who, bot.Event{Text: what[i][1:], Addressed: true})
			if len(shown.Actions) == 0 {
				t.Fatalf("nothing to press: %+v", shown)
			}
			press[i] = bot.Event{Invocation: &shown.Actions[0].Do}
		}
		var replies [2]bot.Reply
		var both sync.WaitGroup
		for i, who := range []string{"ana", "ben"} {
			both.Go(func() { replies[i] = say(fmt.Sprint(round, "pressed", i), who, press[i]) })
		}
		both.Wait()
		failed := 0
		for _, r := range replies {
			if r.Failed {
				failed++
				if text := r.Blocks[0].Text.String(); !strings.Contains(text, "Reading Together has changed since this was shown.") {
					t.Errorf("whoever came second was told: %s", text)
				}
			}
		}
		if failed != 1 {
			t.Fatalf("%d of two were refused", failed)
		}
	}
}

// doctor asks the bot that runs whether it is ready, as a health check does.
func TestDoctorAsksTheBot(t *testing.T) {
	ready := http.StatusOK
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(ready)
		_, _ = w.Write([]byte("the database\ncannot be written\n")) // to a test
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	settings := filepath.Join(t.TempDir(), "lectern.toml")
	if err := os.WriteFile(settings, []byte("[http]\nlisten = \""+server.Listener.Addr().String()+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newFakeStage(t, nil).(*fakeStage)
	doctor := func(want int, says string, args ...string) {
		t.Helper()
		code, out, errOut := lectern(t, "", append([]string{"--config", settings, "--db", s.path, "doctor"}, args...)...)
		if code != want || !strings.Contains(out, says) {
			t.Errorf("%v ended with %d, printed %q and said %q; want %d and %q", args, code, out, errOut, want, says)
		}
	}
	doctor(0, "✓ The bot answers at "+server.Listener.Addr().String()+", and is ready.", "--alive")
	doctor(0, "in step with the library.\n") // nobody runs on this database, so nobody is asked
	ready = http.StatusServiceUnavailable
	doctor(1, "✗ The bot is not ready: the database cannot be written", "--alive")
	unlock, err := s.house.db.Lock()
	if err != nil {
		t.Fatal(err)
	}
	doctor(1, "✗ The bot is not ready: the database cannot be written")
	server.Close()
	doctor(1, "✗ The bot does not answer at", "--alive")
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

// What a file holds reaches the terminal without what a terminal would obey or
// hide, whichever command shows it.
func TestHostileBook(t *testing.T) {
	db := filepath.Join(t.TempDir(), "lectern.db")
	file := filepath.Join(t.TempDir(), "hostile.md")
	if err := os.WriteFile(file, []byte("# T "+hostile+"\n\nBy A "+hostile+"\n\n## S "+hostile+"\n\nIt says "+hostile+" again.\n\n> And "+hostile+"\n>\n> — by "+hostile+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"library", "import", file, "--alias", "bad"}, {"library", "list"}, {"library", "outline", "bad"}, {"library", "show", "bad"}, {"passage", "bad 1"},
		{"search", "everyone"}, {"passage", "bad " + hostile}, {"search", hostile}, {"library", "outline", hostile},
		{"plan", "preview", "--work", "bad", "--start", "2026-12-01", "--weekly", "tue 19:00", "--zone", "UTC", "--weeks", "1"}, {"library", "remove", "bad"},
	} {
		_, out, errOut := lectern(t, "", append([]string{"--db", db}, args...)...)
		for _, r := range out + errOut {
			if bot.Invisible(r) && r != '\u200c' && r != '\u200d' {
				t.Errorf("%v: %U is shown in %q", args, r, out+errOut)
				break
			}
		}
		if out+errOut == "" {
			t.Errorf("%v says nothing", args)
		}
	}
}
