package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/bot/console"
	"lectern/commands"
	"lectern/delivery"
	"lectern/library/importer"
	"lectern/phrases"
	"lectern/sample"
	"lectern/storage"
)

// Conversations go through dispatch, delivery and a real SQLite file, on the
// fake platform, on the console, in a room of a homeserver and in a channel of
// a Discord to test against: the same script passes on each. A script is a txtar archive: the conversation, and the books that are on the shelf
// before it begins ("handbook" is there always), and under sent/ the files that
// people send.
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/scripts/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	var used uses
	var played atomic.Int32
	t.Cleanup(func() {
		if int(played.Load()) == len(files)+1 { // all of them, and the rest of the table
			used.check(t)
		}
	})
	t.Run("the rest of the table/discord", func(t *testing.T) {
		t.Parallel()
		useTheRest(t, &used)
		played.Add(1)
	})
	for _, file := range files {
		for platform, open := range map[string]func(t *testing.T, books []txtar.File) bottest.Stage{
			"fake": newFakeStage, "console": newConsoleStage, "matrix": newMatrixStage, "discord": newDiscordStage,
		} {
			t.Run(filepath.Base(file)+"/"+platform, func(t *testing.T) {
				t.Parallel()
				archive, err := txtar.ParseFile(file)
				if err != nil {
					t.Fatal(err)
				}
				on := open(t, archive.Files)
				if d, ok := on.(*discordStage); ok {
					d.uses = &used
					defer played.Add(1)
				}
				bottest.RunScript(t, on, file, string(archive.Comment))
			})
		}
	}
}

// A stage is what both have: a database, a clock and a house on it.
type stage struct {
	path  string
	clock *clock
	house *house
	said  int
	owner int
	calls int // of a bystander
	open  func(s *stage) bot.Platform
	files map[string][]byte // that people send: "/attach NAME" before a command
}

func (s *stage) file(name string) (*bot.File, error) {
	data, ok := s.files[name]
	if !ok {
		return nil, fmt.Errorf("no file %s in the script", name)
	}
	return &bot.File{Name: name, Data: data}, nil
}

func newStage(t *testing.T, books []txtar.File, open func(s *stage) bot.Platform) *stage {
	t.Helper()
	s := &stage{files: map[string][]byte{}, path: filepath.Join(t.TempDir(), "lectern.db"), clock: &clock{frozen: true, at: demoStart}, open: open}
	s.start(t)
	t.Cleanup(func() {
		if err := s.house.close(); err != nil {
			t.Error(err)
		}
	})
	books = append([]txtar.File{{Name: "handbook.md", Data: []byte(sample.Handbook())}}, books...)
	for _, b := range books {
		if name, sent := strings.CutPrefix(b.Name, "sent/"); sent {
			s.files[name] = b.Data
			continue
		}
		w, err := importer.Read(t.Context(), b.Name, bytes.NewReader(b.Data), importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w.Aliases = []string{strings.TrimSuffix(b.Name, filepath.Ext(b.Name))}
		if _, err := s.house.desk.Import(t.Context(), 0, w); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *stage) start(t testing.TB) {
	t.Helper()
	book, err := phrases.Load()
	if err != nil {
		t.Fatal(err)
	}
	s.owner++
	db, err := storage.Open(context.Background(), s.path, storage.Options{Now: s.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(logTo{t}, nil))
	e := &delivery.Engine{DB: db, Phrases: book, Now: s.clock.now, Log: log, Owner: strconv.Itoa(s.owner), Platforms: map[string]bot.Platform{}}
	desk := &commands.Desk{DB: db, Phrases: book, Now: s.clock.now, Log: log, Wake: e.Wake, TellRemoved: e.TellRemoved, Threads: e.PostsInThreads, Recount: e.Recount, Forum: e.FindForum, Discuss: e.Discuss, Convenes: e.Convenes}
	s.house = &house{db: db, desk: desk, engine: e, dispatcher: desk.Dispatcher()}
	p := s.open(s)
	e.Platforms[p.Name()] = p
}

// logTo shows what is logged with the test that it belongs to; an error in it
// fails the test, since no conversation should make one.
type logTo struct{ t testing.TB }

func (l logTo) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("level=ERROR")) {
		l.t.Errorf("%s", b)
	}
	return len(b), nil
}

func (s *stage) drain(t testing.TB) {
	t.Helper()
	if err := s.house.engine.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (s *stage) sleep(t testing.TB, d time.Duration) {
	t.Helper()
	p := &play{house: s.house, clock: s.clock}
	if err := p.advance(t.Context(), s.clock.now().Add(d)); err != nil {
		t.Fatal(err)
	}
}

func (s *stage) Restart(t testing.TB) {
	t.Helper()
	if err := s.house.close(); err != nil {
		t.Fatal(err)
	}
	s.start(t)
}

// account is a person of a script; ana manages the room.
func account(platform, who string) bot.Account {
	return bot.Account{Platform: platform, ID: who, Name: strings.ToUpper(who[:1]) + who[1:], Manages: who == "ana"}
}

// A fakeStage speaks through the fake platform.
type fakeStage struct {
	*stage
	fake *bottest.Fake
	sent *bot.File
}

func newFakeStage(t *testing.T, books []txtar.File) bottest.Stage {
	f := &fakeStage{fake: bottest.NewFake()}
	f.stage = newStage(t, books, func(*stage) bot.Platform { return f.fake })
	return f
}

func (f *fakeStage) Say(t testing.TB, who, line string) string {
	t.Helper()
	if name, ok := strings.CutPrefix(line, "/attach "); ok {
		var err error
		if f.sent, err = f.file(name); err != nil {
			t.Fatal(err)
		}
		return ""
	}
	f.said++
	room := bot.Room{Platform: bottest.FakeName, ID: "room"}
	e := bot.Event{Key: "fake:" + strconv.Itoa(f.said), At: f.clock.now(), Room: room, Account: account(bottest.FakeName, who)}
	all := f.fake.Messages()
	before := len(all)
	for i := range all {
		if all[i].Post.Ask != nil || !all[i].Post.Private && !all[i].Post.Notice {
			e.ReplyTo = all[i].ID
		}
	}
	switch {
	case strings.HasPrefix(line, "["):
		label := strings.Trim(line, "[]")
		for i := len(all) - 1; i >= 0 && e.Invocation == nil; i-- {
			for _, a := range all[i].Post.Actions {
				if a.Label == label {
					do := a.Do
					e.Invocation, e.ReplyTo = &do, all[i].ID
				}
			}
		}
		if e.Invocation == nil {
			t.Fatalf("nobody can press %s", line)
		}
	case strings.HasPrefix(line, "+") || strings.HasPrefix(line, "-"):
		e.Reaction = &bot.Reaction{Message: e.ReplyTo, Emoji: line[1:], Removed: line[0] == '-'}
	default:
		e.Text, e.Addressed = strings.CutPrefix(line, "/")
		if e.Addressed {
			e.ReplyTo = ""
		} else {
			e.Text, e.Overheard = line, true
		}
	}
	e.File, f.sent = f.sent, nil
	f.fake.Handle(t.Context(), f.house.dispatcher, e)
	f.drain(t)
	return f.since(before)
}

func (f *fakeStage) since(n int) string {
	var b strings.Builder
	for _, m := range f.fake.Messages()[n:] {
		b.WriteString(m.Text + "\n")
	}
	return b.String()
}

// Confides implements bottest.Confidant.
func (f *fakeStage) Confides() bool { return true }

// Reread implements bottest.Rereader.
func (f *fakeStage) Reread(testing.TB) string { return f.since(0) }

func (f *fakeStage) Sleep(t testing.TB, d time.Duration) string {
	t.Helper()
	before := len(f.fake.Messages())
	f.sleep(t, d)
	return f.since(before)
}

// A consoleStage types into a terminal and reads what it shows.
type consoleStage struct {
	*stage
	con *console.Console
	out bytes.Buffer
}

func newConsoleStage(t *testing.T, books []txtar.File) bottest.Stage {
	c := &consoleStage{}
	c.stage = newStage(t, books, func(s *stage) bot.Platform {
		c.con = &console.Console{Out: &c.out, Room: "room", Now: s.clock.now, Session: fmt.Sprint(s.owner), Look: console.Look{Width: 80}, Open: s.file}
		return c.con
	})
	return c
}

func (c *consoleStage) Say(t testing.TB, who, line string) string {
	t.Helper()
	c.out.Reset()
	// Nothing can be put on a message here: it is typed.
	if n := bot.KeycapNumber(line[1:]); n > 0 && line[0] == '+' {
		line = fmt.Sprintf("/vote %d", n)
	} else if n > 0 && line[0] == '-' {
		line = "/vote none"
	}
	c.con.As(account(console.Name, who))
	// One line, then the end: what Run does with a pipe.
	given := false
	c.con.Lines = func(context.Context) (string, error) {
		if given {
			return "", io.EOF
		}
		given = true
		return line, nil
	}
	if err := c.con.Run(t.Context(), c.house.dispatcher); err != nil {
		t.Fatal(err)
	}
	c.drain(t)
	return c.out.String()
}

func (c *consoleStage) Sleep(t testing.TB, d time.Duration) string {
	t.Helper()
	c.out.Reset()
	c.sleep(t, d)
	return c.out.String()
}
