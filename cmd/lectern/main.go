// Command lectern is the bot and its tools in one program: serve, the demo in
// a terminal, and what an operator does with the library and the database.
// Everything here is subcommands and wiring.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"lectern/bot"
	"lectern/bot/console"
	"lectern/bot/discord"
	"lectern/bot/matrix"
	"lectern/commands"
	"lectern/config"
	"lectern/library"
	"lectern/phrases"
	"lectern/storage"
)

// version is set by the linker.
var version = "unknown"

// cli is every subcommand; kong fills it in.
type cli struct {
	DB     string `name:"db" placeholder:"FILE" env:"LECTERN_DB" help:"The database; otherwise the one that the settings name, or lectern.db."`
	Config string `placeholder:"FILE" env:"LECTERN_CONFIG" help:"The settings, in TOML."`

	Serve      serveCmd      `cmd:"" help:"Run the bot."`
	Invite     inviteCmd     `cmd:"" help:"Print the address that invites the bot to a Discord server."`
	Demo       demoCmd       `cmd:"" help:"Open a reading group in this terminal, to try it."`
	Library    libraryCmd    `cmd:"" help:"Look after the books."`
	Passage    passageCmd    `cmd:"" help:"Print the passages that a citation names."`
	Cite       citeCmd       `cmd:"" help:"Print a passage as a bibliography wants it."`
	Search     searchCmd     `cmd:"" help:"Find words in the books."`
	Quote      quoteCmd      `cmd:"" help:"Find where a quotation stands."`
	Parallels  parallelsCmd  `cmd:"" help:"Find where the books quote each other."`
	Plan       planCmd       `cmd:"" help:"Try out reading plans."`
	Why        whyCmd        `cmd:"" help:"Say what was posted, what was not, and why."`
	Deliveries deliveriesCmd `cmd:"" help:"Look after what is owed to rooms."`
	Matrix     matrixCmd     `cmd:"" help:"Give the bot its account on Matrix."`
	Backup     backupCmd     `cmd:"" help:"Copy the database to a file, also while the bot runs."`
	Restore    restoreCmd    `cmd:"" help:"Make the database anew from a backup."`
	Doctor     doctorCmd     `cmd:"" help:"Say what is wrong, and what to do about it."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
	Docs       docsCmd       `cmd:"" hidden:"" help:"Print the reference of commands."`
}

// An app is what every subcommand works with.
type app struct {
	ctx     context.Context
	in      io.Reader
	stdout  io.Writer // as the program got it, perhaps a terminal
	out     io.Writer
	errOut  io.Writer
	now     func() time.Time
	db      string // --db
	config  string // --config
	environ []string
	book    *phrases.Book
}

// exitToken is the status of a bot that its platform refuses, mostly for its
// token: trying again does not help, and a supervisor can be told so. It is EX_CONFIG of sysexits.h.
const exitToken = 78

// errShown ends the program with status 1 when the mistake has been shown.
var errShown = errors.New("shown")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signal.Ignore(syscall.SIGPIPE) // who closes a pipe has read enough; what is open is closed in order
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ())
	stop()
	os.Exit(code)
}

// run is the program: 0 when it did what was asked, 1 with a message when it
// could not, 2 for a call that is wrong in itself, exitToken for a bot that its
// platform refuses.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer, environ []string) int {
	book, err := phrases.Load()
	if err != nil {
		_, _ = fmt.Fprintln(errOut, "lectern:", err)
		return 1
	}
	var c cli
	shown := &printer{w: out}
	a := &app{ctx: ctx, in: in, stdout: out, out: shown, errOut: errOut, now: time.Now, environ: environ, book: book}
	exited := false
	parser, err := kong.New(&c, kong.Name("lectern"),
		kong.Description("A reading group's books, dates and questions, on Discord, on Matrix and in a terminal."),
		kong.Writers(shown, errOut), kong.UsageOnError(), kong.Exit(func(int) { exited = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.ShortUsageOnError())
	if err != nil {
		_, _ = fmt.Fprintln(errOut, "lectern:", err)
		return 1
	}
	if len(args) == 0 {
		args = []string{"--help"}
	} else if args[0] == "help" { // "lectern help passage"
		args = append(slices.Clone(args[1:]), "--help")
	}
	call, err := parser.Parse(args)
	if exited { // --help
		return 0
	}
	if err != nil {
		_, _ = fmt.Fprintf(errOut, "lectern: %v\nTry: lectern --help\n", err)
		return 2
	}
	a.db, a.config = c.DB, c.Config
	err = call.Run(a)
	if shown.err != nil && !errors.Is(shown.err, syscall.EPIPE) { // who closed the pipe has read enough
		err = errors.Join(err, shown.err)
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errShown):
		return 1
	case errors.As(err, new(wrongCall)):
		_, _ = fmt.Fprintf(errOut, "lectern: %v\n", err)
		return 2
	default:
		_, _ = fmt.Fprintf(errOut, "lectern: %v\n", a.sentence(mistake(err)))
		if _, refused := errors.AsType[*discord.FatalError](err); refused || errors.Is(err, matrix.ErrToken) {
			return exitToken
		}
		return 1
	}
}

// A printer writes until it cannot, and keeps why.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) Write(b []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	n, err := p.w.Write(b)
	p.err = err
	return n, err
}

// A wrongCall is a mistake in the call itself, which ends with status 2.
type wrongCall string

func (w wrongCall) Error() string { return string(w) }

// sentence is what a person reads of an error.
func (a *app) sentence(err error) string {
	var le *library.Error
	if errors.As(err, &le) {
		var s strings.Builder
		s.WriteString(plain(commands.Explain(a.book.In("en"), le)))
		if le.Code == library.Ambiguous {
			for _, c := range le.Suggestions {
				s.WriteString("\n  " + c.Citation)
				if label := strings.TrimPrefix(strings.TrimPrefix(c.Label, c.Citation), " · "); label != "" { // which may begin with it
					s.WriteString("  " + console.Clean(label))
				}
			}
		}
		return s.String()
	}
	var be *bot.Error
	if errors.As(err, &be) {
		return plain(be.Message)
	}
	return err.Error()
}

// show prints for a person: without what a terminal would obey or hide,
// wherever it came from.
func (a *app) show(format string, args ...any) {
	_, _ = io.WriteString(a.out, console.Clean(fmt.Sprintf(format, args...))) // the printer keeps its error
}

// mistake is what a person can mend of an error about a database, and any
// other error as it is.
func mistake(err error) error {
	args := func(file string, more ...any) map[string]any {
		m := map[string]any{"File": file}
		for i := 0; i < len(more); i += 2 {
			m[more[i].(string)] = more[i+1]
		}
		return m
	}
	if errors.As(err, new(*library.Error)) {
		return err
	}
	if e, ok := errors.AsType[*storage.ForeignError](err); ok {
		return &library.Error{Code: library.BadFile, Reason: "database_foreign", Args: args(e.Path)}
	}
	if e, ok := errors.AsType[*storage.NewerError](err); ok {
		return &library.Error{Code: library.BadFile, Reason: "database_newer", Args: args(e.Path, "Has", e.Has, "Know", e.Know)}
	}
	if e, ok := errors.AsType[*storage.DamagedError](err); ok {
		return &library.Error{Code: library.BadFile, Reason: "database_damaged", Args: args(e.Path, "Detail", e.Detail)}
	}
	if e, ok := errors.AsType[*storage.NoFolderError](err); ok {
		return &library.Error{Code: library.NotFound, Reason: "no_folder", Args: map[string]any{"Folder": e.Path}}
	}
	return err
}

// onTheLine is what commands of rooms are called on the command line, where that
// is another name.
var onTheLine = map[string]string{"outline": "library outline", "works": "library list"}

// plain is a sentence for the command line, where commands begin with the
// program's name.
func plain(s bot.Spans) string {
	var b strings.Builder
	for _, x := range s {
		if x.Style&bot.Typed != 0 {
			b.WriteString("lectern ")
			name, _, _ := strings.Cut(x.Text, " ")
			if other := onTheLine[name]; other != "" {
				b.WriteString(other + x.Text[len(name):])
				continue
			}
		}
		b.WriteString(x.Text)
	}
	return b.String()
}

// settings reads the settings that --config names.
func (a *app) settings() (config.Config, error) { return config.Load(a.config, a.environ) }

// path is where the database is.
func (a *app) path() (string, error) {
	if a.db != "" {
		return a.db, nil
	}
	c, err := a.settings()
	return c.Database, err
}

// open opens the database. One that is not there is an error: only what has
// something to put into it makes it.
func (a *app) open() (*storage.DB, error) {
	path, err := a.path()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, &library.Error{Code: library.NotFound, Reason: "no_database", Args: map[string]any{"File": path}}
	}
	return storage.Open(a.ctx, path, storage.Options{Now: a.now})
}

// make opens the database, and makes it if it is not there.
func (a *app) make() (*storage.DB, error) {
	path, err := a.path()
	if err != nil {
		return nil, err
	}
	return storage.Open(a.ctx, path, storage.Options{Now: a.now})
}

// desk is what commands that ask as rooms ask work with.
func (a *app) desk(open func() (*storage.DB, error)) (*commands.Desk, error) {
	db, err := open()
	if err != nil {
		return nil, err
	}
	return &commands.Desk{DB: db, Phrases: a.book, Now: a.now, Log: slog.New(slog.NewTextHandler(a.errOut, nil))}, nil
}

type versionCmd struct{}

func (versionCmd) Run(a *app) error {
	_, err := fmt.Fprintf(a.out, "lectern %s (schema %d)\n", version, storage.Version())
	return err
}
