package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"lectern/bot"
	"lectern/bot/console"
	"lectern/commands"
	"lectern/delivery"
	"lectern/library"
	"lectern/library/importer"
	"lectern/phrases"
	"lectern/sample"
	"lectern/storage"
)

type demoCmd struct {
	Script string `placeholder:"FILE" help:"Read what is typed from FILE, print what is shown, and end."`
	Plain  bool   `help:"No colours." xor:"colours"`
	Color  bool   `help:"Colours also where the output is no terminal." xor:"colours"`
}

// demoStart is where a script's clock begins, so that what it shows is the
// same on every day: a Tuesday in the evening.
var demoStart = time.Date(2026, 11, 24, 19, 30, 0, 0, time.UTC)

// A clock runs like the wall's, from wherever it was set to.
type clock struct {
	mu     sync.Mutex
	frozen bool
	offset time.Duration
	at     time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.frozen {
		return c.at
	}
	return time.Now().Add(c.offset).UTC() // as the demo's group has it
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.frozen {
		c.at = t
		return
	}
	c.offset = time.Until(t)
}

func (d *demoCmd) Run(a *app) (err error) {
	clk := &clock{}
	if d.Script != "" {
		clk.frozen, clk.at = true, demoStart
	}
	path := a.db
	if path == "" {
		dir, err := os.MkdirTemp("", "lectern-demo-")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		path = filepath.Join(dir, "demo.db")
	}
	con := &console.Console{Out: a.out, Room: "reading", Look: console.Look{Width: 80, Color: d.Color}, Now: clk.now}
	if d.Script != "" {
		f, err := openScript(d.Script)
		if err != nil {
			return err
		}
		defer f.Close()
		con.Lines, con.Echo = console.FromReader(f), true
	} else {
		restore, err := d.terminal(a, con)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, restore()) }()
	}
	h, err := newHouse(a.ctx, path, clk.now, a.book, slog.New(slog.DiscardHandler), con)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	unlock, err := h.db.Lock()
	if errors.Is(err, storage.ErrLocked) {
		return fmt.Errorf("Another Lectern runs on %s. End it first, or name another database with --db", path) //nolint:staticcheck // a person reads it
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	con.Session = fmt.Sprint(time.Now().UnixNano()) // the wall's, since a script's clock begins at the same instant each time
	p := &play{house: h, con: con, clock: clk}
	moved, err := p.goOn(a.ctx)
	if err != nil {
		return err
	}
	con.Local, con.Open, con.Keep = p.local, openFile, keepFile
	con.As(bot.Account{ID: "you", Name: "You", Manages: true})
	fresh, err := p.furnish(a.ctx)
	if err != nil {
		return err
	}
	if d.Script == "" {
		p.welcome(fresh, a.db == "")
	}
	if moved {
		p.con.Print("The clock was moved here before, and goes on from there.")
		p.tellTime()
	}
	con.Idle = p.idle
	return con.Run(a.ctx, h.dispatcher)
}

// openScript opens a file of lines to type.
func openScript(name string) (*os.File, error) {
	bad := func(reason string) error {
		return &library.Error{Code: library.BadFile, Reason: reason, Args: map[string]any{"File": name}}
	}
	f, err := os.Open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, bad("file_missing")
	case errors.Is(err, fs.ErrPermission):
		return nil, bad("file_closed")
	case err != nil:
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.Join(bad("file_folder"), f.Close())
	}
	return f, nil
}

// maxAttached is the largest file that a terminal sends along.
const maxAttached = importer.DefaultMaxBytes

// openFile reads a file that goes along with what is typed.
func openFile(name string) (*bot.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s can't be opened", name)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxAttached+1))
	if err != nil {
		return nil, fmt.Errorf("%s can't be read", name)
	}
	return &bot.File{Name: filepath.Base(name), Data: data}, nil
}

// keepFile writes a file that an answer brought, and none in the place of
// another.
func keepFile(name string, data []byte) (err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already. Name another: /save other-%s", name, filepath.Base(name))
	}
	if err != nil {
		return fmt.Errorf("%s can't be written", name)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("%s can't be written whole", name)
	}
	return nil
}

// terminal connects the console to the person's terminal, or to a pipe.
func (d *demoCmd) terminal(a *app, con *console.Console) (restore func() error, err error) {
	in, isFile := a.in.(*os.File)
	out, outFile := a.stdout.(*os.File)
	if !isFile || !outFile || !console.IsTerminal(in) || !console.IsTerminal(out) {
		con.Lines, con.Echo = console.FromReader(a.in), true
		return func() error { return nil }, nil
	}
	tty, err := console.OpenTTY(in, out)
	if err != nil {
		return nil, err
	}
	con.Out, con.Lines = tty, tty.Line
	con.Look = console.Look{Width: console.Width(out), Color: !d.Plain && os.Getenv("NO_COLOR") == ""}
	return tty.Restore, nil
}

// A house is the bot with its database and one platform.
type house struct {
	db         *storage.DB
	desk       *commands.Desk
	engine     *delivery.Engine
	dispatcher *bot.Dispatcher
}

func newHouse(ctx context.Context, path string, now func() time.Time, book *phrases.Book, log *slog.Logger, platforms ...bot.Platform) (*house, error) {
	db, err := storage.Open(ctx, path, storage.Options{Now: now})
	if err != nil {
		return nil, err
	}
	e := &delivery.Engine{DB: db, Phrases: book, Now: now, Log: log, Owner: fmt.Sprintf("%d-%d", os.Getpid(), time.Now().UnixNano()), Platforms: map[string]bot.Platform{}}
	for _, p := range platforms {
		e.Platforms[p.Name()] = p
	}
	desk := &commands.Desk{DB: db, Phrases: book, Now: now, Log: log, Wake: e.Wake, Held: e.Held, TellRemoved: e.TellRemoved, Threads: e.PostsInThreads, Recount: e.Recount, Forum: e.FindForum, Discuss: e.Discuss, Convenes: e.Convenes}
	return &house{db: db, desk: desk, engine: e, dispatcher: desk.Dispatcher()}, nil
}

func (h *house) close() error { return h.db.Close() }

// A play is the demo: a house, a terminal and a clock that can be moved.
type play struct {
	*house
	con   *console.Console
	clock *clock
	moved bool   // the clock is not where it would be by itself
	told  string // since when nothing is posted, once that was said
}

// clockSetting is how far a demo's clock has come that was moved.
const clockSetting = "demo clock"

// goOn puts the clock where it was when the demo was left, if it was moved
// ahead: what was done then is not to lie in the future.
func (p *play) goOn(ctx context.Context) (moved bool, err error) {
	err = p.db.Read(ctx, func(tx *storage.Tx) error {
		kept, err := tx.Setting(ctx, clockSetting)
		if err != nil || kept == "" {
			return err
		}
		at, err := time.Parse(time.RFC3339Nano, kept)
		if err != nil || !at.After(p.clock.now()) {
			return nil //nolint:nilerr // what cannot be read is no time to go on from
		}
		p.clock.set(at)
		p.moved = true
		return nil
	})
	return p.moved, err
}

// idle posts what is due, and keeps where the clock is if it was moved.
func (p *play) idle(ctx context.Context) error {
	if err := p.engine.Drain(ctx); err != nil {
		return err
	}
	if p.moved {
		err := p.db.Write(ctx, func(tx *storage.Tx) error {
			return tx.SaveSetting(ctx, clockSetting, p.clock.now().Format(time.RFC3339Nano))
		})
		if err != nil {
			return err
		}
	}
	return p.tellHold(ctx)
}

// tellHold says once that nothing is posted since the database was restored,
// and how that ends.
func (p *play) tellHold(ctx context.Context) error {
	var hold string
	err := p.db.Read(ctx, func(tx *storage.Tx) (err error) {
		hold, err = tx.Setting(ctx, storage.OnHold)
		return err
	})
	if err == nil && hold != "" && hold != p.told {
		p.con.Print("This database was restored from a backup, and nothing is posted since then. To see\nwhat would be, and to let it go on, leave with /quit and run:\n  lectern --db " + p.db.Path() + " deliveries release\n")
	}
	p.told = hold
	return err
}

// advance moves the clock to a time, stopping wherever something is due, so
// that everything is posted when it should be.
func (p *play) advance(ctx context.Context, to time.Time) error {
	for {
		at, ok, err := p.engine.NextDue(ctx)
		if err != nil {
			return err
		}
		if !ok || at.After(to) {
			break
		}
		if at.After(p.clock.now()) {
			p.clock.set(at)
		}
		if err := p.engine.Drain(ctx); err != nil {
			return err
		}
		next, ok, err := p.engine.NextDue(ctx)
		if err != nil {
			return err
		}
		if ok && !next.After(p.clock.now()) { // it is held back
			break
		}
	}
	p.clock.set(to)
	return p.engine.Drain(ctx)
}

// local runs what is for the terminal alone.
func (p *play) local(ctx context.Context, line string) (bool, error) {
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "/help":
		if rest != "" {
			return false, nil
		}
		p.con.Print("In this terminal: a number, or [its label], presses a button; /clock +1d moves the clock\n(+3h, +30m, +2w; alone it tells the time); /as Ben speaks as somebody else;\n/attach book.txt sends a file along with the next line, /save writes one that came;\n/quit ends.\n")
		return false, nil
	case "/clock":
		return true, p.moveClock(ctx, rest)
	case "/as":
		name := bot.Clean(rest, 40)
		if name == "" {
			p.con.Print("Who speaks? For example: /as Ben")
			return true, nil
		}
		id := strings.ToLower(name)
		p.con.As(bot.Account{ID: id, Name: name, Manages: id == "you"})
		p.con.Print("You speak as " + name + " now. /as You is yourself.")
		return true, nil
	}
	return false, nil
}

func (p *play) moveClock(ctx context.Context, by string) error {
	now := p.clock.now()
	if by == "" {
		p.tellTime()
		return nil
	}
	d, err := parseStep(by)
	if err != nil {
		p.con.Print("The clock goes forward only, by a year at most: /clock +1d, /clock +3h, /clock +30m, /clock +2w.\n")
		return nil //nolint:nilerr // it was said
	}
	p.moved = true
	if err := p.advance(ctx, now.Add(d)); err != nil {
		return err
	}
	p.told = "" // who waits for posts hears again why there are none
	p.tellTime()
	return nil
}

func (p *play) tellTime() {
	p.con.Print("It is " + p.clock.now().UTC().Format("Monday 2 January 2006, 15:04") + " (UTC).\n")
}

// parseStep reads "+1d", "2w", "3h30m".
func parseStep(s string) (time.Duration, error) {
	s = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "+")
	var total time.Duration
	for unit, length := range map[string]time.Duration{"w": 7 * 24 * time.Hour, "d": 24 * time.Hour} {
		if head, rest, ok := strings.Cut(s, unit); ok {
			var n int
			if _, err := fmt.Sscanf(head, "%d", &n); err != nil || fmt.Sprint(n) != head {
				return 0, errors.New("no length of time")
			}
			total, s = total+time.Duration(n)*length, rest
		}
	}
	if s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			return 0, err
		}
		total += d
	}
	if total < 0 || total > 366*24*time.Hour {
		return 0, errors.New("too far")
	}
	return total, nil
}

func (p *play) welcome(fresh, passing bool) {
	if fresh {
		p.con.Print("This is a room in which the Evening readers read a short handbook. You are one of\ntheir organisers.")
	}
	if passing {
		p.con.Print("Nothing you do here is kept.")
	}
	p.con.Print("\nType /reading, /passage handbook 12, /search question or /help. A number presses the\nbutton that bears it. /clock +1d moves the clock; /as Ben speaks as somebody else;\n/quit ends.\n")
}

// furnish sets the room up if the database is new: the sample on the shelf, a
// group, a plan in its second week, and members who have checked in.
func (p *play) furnish(ctx context.Context) (fresh bool, err error) {
	room, err := p.room(ctx)
	if err != nil || room.Group != 0 {
		return false, err
	}
	work, err := importer.Read(ctx, sample.HandbookName, strings.NewReader(sample.Handbook()), importer.Options{})
	if err != nil {
		return false, err
	}
	work.Aliases = []string{"handbook"}
	err = p.db.Write(ctx, func(tx *storage.Tx) error {
		_, err := tx.ImportWork(ctx, 0, work)
		return err
	})
	if err != nil {
		return false, err
	}
	// What happened before the curtain rises is said in the same words that
	// people use, to a room that nobody watches.
	loud, out := p.con.Out, io.Discard
	p.con.Out = out
	defer func() { p.con.Out = loud }()
	// The group meets in not quite two days' time, and did so a week before: on
	// the first day a question is due and a reminder, on the second a reading.
	end := p.clock.now()
	const day = 24 * time.Hour
	meets := strings.ToLower(end.UTC().Add(2*day - time.Hour).Format("Mon 15:00"))
	script := []struct {
		ago       time.Duration
		who, text string
	}{
		{11 * day, "You", `group setup name:"Evening readers" city:UTC place:"Reading room" length:90`},
		{11 * day, "You", "join"},
		{11 * day, "You", `plan create handbook "` + meets + `" 4`},
		{11 * day, "You", "plan publish"},
		{8 * day, "Ben", "done"},
		{7 * day, "Cem", "join"},
		{7 * day, "Cem", "privacy show"},
		{6 * day, "You", "done"},
		{3 * day, "Ben", "done"},
		{2 * day, "Cem", "at 30"},
		{0, "You", "prompt add 2 [in 20 hours] Which of these rules has your own group broken, and was it the better for it?"},
	}
	for i, s := range script {
		if at := end.Add(-s.ago); i == 0 {
			p.clock.set(at)
		} else if err := p.advance(ctx, at); err != nil {
			return false, err
		}
		id := strings.ToLower(s.who)
		reply, _ := p.dispatcher.Handle(ctx, bot.Event{
			Key: fmt.Sprintf("%s:furnish:%d", console.Name, i), At: p.clock.now(), Addressed: true, Text: s.text,
			Room:    bot.Room{Platform: console.Name, ID: p.con.Room},
			Account: bot.Account{Platform: console.Name, ID: id, Name: s.who, Manages: id == "you"},
		})
		if reply.Failed {
			return false, fmt.Errorf("the demo could not be set up: %s: %s", s.text, console.Render(reply, console.Look{}))
		}
		if err := p.engine.Drain(ctx); err != nil {
			return false, err
		}
	}
	return true, p.advance(ctx, end)
}

func (p *play) room(ctx context.Context) (room storage.Room, err error) {
	err = p.db.Read(ctx, func(tx *storage.Tx) error {
		room, err = tx.Room(ctx, console.Name, string(p.con.Room))
		return err
	})
	return room, err
}
