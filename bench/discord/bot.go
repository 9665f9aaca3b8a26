package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	core "lectern/bot"
	"lectern/bot/discord"
	"lectern/phrases"
)

// tokenIn is the environment variable with the token.
const tokenIn = "BENCH_DISCORD_TOKEN"

// A handler stands for what people can say: quick answers and slow ones,
// private and public, with buttons, with a form, and one that panics. It keeps
// nothing, so that what grows is the connection's.
type handler struct {
	stall   time.Duration // how long a slow answer takes, as a busy database would
	handled atomic.Int64
	offered atomic.Int64
}

// Handle implements bot.Handler.
func (h *handler) Handle(ctx context.Context, e core.Event) (core.Reply, bool) {
	h.handled.Add(1)
	if e.Invocation == nil {
		return core.Reply{}, false
	}
	do := *e.Invocation
	answer := core.Reply{
		Title:  core.Bold("The Soviet Union at War"),
		Blocks: []core.Block{{Kind: core.Quoted, Quote: &core.Quote{Number: "37", Text: core.Plain("A passage of some length. " + do.Args["citation"]), Citation: "wright 37"}}},
		Actions: []core.Action{
			{Label: "◀ 36", Do: core.Invocation{Command: "passage", Args: map[string]string{"citation": "wright 36"}}},
			{Label: "38 ▶", Do: core.Invocation{Command: "passage", Args: map[string]string{"citation": "wright 38"}}, Primary: true},
		},
	}
	switch do.Command {
	case "catchup": // the database is busy
		t := time.NewTimer(h.stall)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		}
	case "progress":
		answer.Private = true
	case "remind":
		panic("a command that panics")
	}
	return answer, true
}

// Complete implements bot.Handler.
func (h *handler) Complete(_ context.Context, _ core.Event, _, prefix string) []core.Choice {
	h.offered.Add(1)
	return []core.Choice{{Value: prefix + " 1", Label: prefix + " 1"}, {Value: prefix + " 2", Label: prefix + " 2"}}
}

// Changed implements bot.Handler.
func (h *handler) Changed(context.Context, core.RoomChange) {}

// rote are the commands that the handler has.
func rote() []core.Command {
	complete := func(context.Context, *core.Request, string) []core.Choice { return nil }
	citation := core.Param{Name: "citation", Type: core.Citation, Summary: "Which passage", Required: true, Rest: true, Complete: complete}
	return []core.Command{
		{Name: "passage", Family: "look up", Summary: "Show a passage", Params: []core.Param{citation}},
		{Name: "progress", Family: "read along", Summary: "Show how far you have read"},
		{Name: "catchup", Family: "read along", Summary: "Take longer than three seconds"},
		{Name: "remind", Family: "read along", Summary: "Panic"},
		{Name: "ask", Family: "talk", Summary: "Ask a question", Form: true, Params: []core.Param{{Name: "question", Type: core.Text, Summary: "What you ask", Required: true}}},
	}
}

// bot is the process that is tried. It answers "measure" on its standard input
// with a line of JSON.
func bot(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("bot", flag.ExitOnError)
	url := f.String("url", "", "where Discord is")
	dir := f.String("dir", "", "where its database is; without one it answers by rote")
	room := f.String("room", "", "the channel of its group")
	slow := f.Duration("stall", 3500*time.Millisecond, "how long a slow answer takes")
	verbose := f.Bool("v", false, "log")
	if err := f.Parse(args); err != nil {
		return err
	}
	book, err := phrases.Load()
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	if name := os.Getenv("BENCH_LOG"); name != "" {
		file, err := os.Create(name)
		if err != nil {
			return err
		}
		log = slog.New(slog.NewTextHandler(file, nil))
	}
	if *verbose && os.Getenv("BENCH_LOG") == "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	opt := discord.Options{APIURL: *url, Token: os.Getenv(tokenIn), Commands: rote(), Voice: book.In("en"), Now: time.Now, Log: log}
	var h answers = &handler{stall: *slow}
	if *dir != "" {
		r, err := newReader(ctx, *dir, *room, book, log)
		if err != nil {
			return err
		}
		opt.Commands, opt.Keep, h = r.Commands, kept{r.db}, r
		go r.hold(ctx, 10*time.Second, *slow)
	}
	idle := &stall{}
	go idle.watch()
	p, err := discord.New(opt)
	if err != nil {
		return err
	}
	go func() {
		defer cancel() // whoever started this has gone
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			fmt.Println(string(measured(h, idle)))
		}
	}()
	return p.Run(ctx, h)
}

// A measure is what a process says of itself.
type measure struct {
	Heap       uint64 // bytes that live
	Goroutines int
	Handled    int64
	Offered    int64
	Stalled    time.Duration // the longest that the machine let it wait
	Stacks     string        `json:",omitempty"`
}

// answers is what answers, and has counted what it was asked.
type answers interface {
	core.Handler
	counts() (handled, offered int64)
	// rest has nothing of its own under way until it is released.
	rest() (release func())
}

func (*handler) rest() (release func()) { return func() {} }

func (h *handler) counts() (handled, offered int64) { return h.handled.Load(), h.offered.Load() }

func measured(h answers, idle *stall) []byte {
	defer h.rest()()
	// The second collection frees what the first finalised.
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	out := measure{Heap: m.HeapAlloc, Goroutines: runtime.NumGoroutine(), Stalled: idle.take()}
	out.Handled, out.Offered = h.counts()
	if os.Getenv("BENCH_STACKS") != "" {
		all := make([]byte, 1<<20)
		out.Stacks = string(all[:runtime.Stack(all, true)])
	}
	data, err := json.Marshal(out)
	if err != nil {
		panic(err) // it holds numbers
	}
	return data
}

// A stall is the longest time for which the machine had no turn for this
// process, beyond what was asked for. On a busy one it explains much.
type stall struct{ longest atomic.Int64 }

// watch measures until the process ends.
func (s *stall) watch() {
	const nap = 20 * time.Millisecond
	for {
		began := time.Now()
		time.Sleep(nap)
		if over := int64(time.Since(began) - nap); over > s.longest.Load() {
			s.longest.Store(over)
		}
	}
}

// take is the longest since it was last taken.
func (s *stall) take() time.Duration { return time.Duration(s.longest.Swap(0)) }

// A child is the process of a bot.
type child struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Scanner
	said *tail
	done chan struct{}
	err  error // once done is closed
}

// start runs this program again, as a bot.
func start(ctx context.Context, url, token string, args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.CommandContext(ctx, self, append([]string{"bot", "-url", url}, args...)...), said: &tail{}, done: make(chan struct{})}
	c.cmd.Env = append(os.Environ(), tokenIn+"="+token)
	c.cmd.Stderr = c.said
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewScanner(out)
	c.out.Buffer(nil, 4<<20)
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	return c, nil
}

// await closes done when the process has ended. It is called once nothing more
// is read.
func (c *child) await() {
	go func() {
		c.err = c.cmd.Wait()
		close(c.done)
	}()
}

// measure asks the process what it holds.
func (c *child) measure() (m measure, err error) {
	if _, err := fmt.Fprintln(c.in, "measure"); err != nil {
		return m, err
	}
	if !c.out.Scan() {
		return m, fmt.Errorf("the bot has ended: %s", c.said)
	}
	return m, json.Unmarshal(c.out.Bytes(), &m)
}

// stop ends the process.
func (c *child) stop() {
	_ = c.in.Close()         // which asks it to end
	_ = c.cmd.Process.Kill() // and this does not ask
}

// A tail keeps the end of what was written.
type tail struct {
	mu   sync.Mutex
	data []byte
}

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if most := 16 << 10; len(t.data) > most {
		t.data = bytes.Clone(t.data[len(t.data)-most:])
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.data))
}
