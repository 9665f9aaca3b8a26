package main

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lectern/bot/discord/discordtest"
	"lectern/sample"
)

// asProgram makes the test binary the program itself; see TestMain.
const asProgram = "TEST_AS_LECTERN"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// A program is a process of the whole program.
type program struct {
	cmd *exec.Cmd
	mu  sync.Mutex
	out bytes.Buffer
}

// Write implements io.Writer: what it prints and what it logs.
func (p *program) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *program) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// end waits for the process, and says its status.
func (p *program) end(t *testing.T) int {
	t.Helper()
	done := make(chan struct{})
	go func() {
		_ = p.cmd.Wait() // its status says it
		close(done)
	}()
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		_ = p.cmd.Process.Kill() // it hangs
		t.Fatalf("it goes on:\n%s", p.said())
	}
	return p.cmd.ProcessState.ExitCode()
}

// The program as an operator starts it, on a Discord: the invitation, a group
// set up in a channel, an announcement that is there once whatever becomes of
// the process, and a token that was reset.
func TestProgramOnDiscord(t *testing.T) {
	dir := t.TempDir()
	srv := discordtest.NewServer(t, discordtest.Options{Now: time.Now, NoLimits: true, IdentifyGap: -1})
	guild := srv.AddGuild("Readers")
	room := srv.AddChannel(guild, discordtest.Channel{Name: "reading"})
	ana := srv.AddMember(guild, srv.AddUser("Ana"), srv.AddRole(guild, "organisers", discordtest.ManageGuild))
	text, token := filepath.Join(dir, sample.HandbookName), filepath.Join(dir, "token")
	settings := filepath.Join(dir, "lectern.toml")
	secret := srv.Token()
	for name, content := range map[string]string{
		text: sample.Handbook(), token: secret + "\n",
		settings: "database = \"" + filepath.Join(dir, "lectern.db") + "\"\n[discord]\napi_url = \"" + srv.URL() + "\"\ntoken_file = \"" + token + "\"\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	start := func(args ...string) *program {
		t.Helper()
		p := &program{}
		p.cmd = exec.CommandContext(t.Context(), self, append([]string{"--config", settings}, args...)...)
		p.cmd.Env = append(os.Environ(), asProgram+"=1", "HOME="+dir)
		p.cmd.Stdout, p.cmd.Stderr = p, p
		if err := p.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return p
	}
	serve := func() *program {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		// Discord may not have seen yet that the last one was killed, and would
		// give what people do to its connection.
		if err := srv.Until(ctx, func() bool { return srv.Connected() == 0 }); err != nil {
			t.Fatalf("the last one is still connected: %v", err)
		}
		p := start("serve")
		if err := srv.WaitReady(ctx); err != nil {
			t.Fatalf("it never connected: %v\n%s", err, p.said())
		}
		if err := srv.Until(ctx, func() bool { return len(srv.Commands("")) > 0 }); err != nil {
			t.Fatalf("it has no commands: %v\n%s", err, p.said())
		}
		return p
	}
	until := func(p *program, what string, ok func() bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := srv.Until(ctx, ok); err != nil {
			t.Fatalf("%s: %v\n%s", what, err, p.said())
		}
	}
	call := func(p *program, name string, v discordtest.Values) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		in, err := srv.Command(ana, room, name, v)
		if err != nil {
			t.Fatal(err)
		}
		o, err := in.Wait(ctx)
		if err != nil || o.Message == nil {
			t.Fatalf("/%s: %v, %+v\n%s", name, err, o, p.said())
		}
		return o.Message.Text()
	}
	announced := func() (n int) {
		for _, m := range srv.Messages(room, ana) {
			if m.Author == srv.Bot() && strings.Contains(m.Text(), "Reading 1 of 4") && m.Nonce != "" {
				n++
			}
		}
		return n
	}

	if p := start("library", "import", text, "--alias", "handbook"); p.end(t) != 0 {
		t.Fatal(p.said())
	}
	p := start("invite")
	if p.end(t) != 0 {
		t.Fatal(p.said())
	}
	address, _, _ := strings.Cut(p.said(), "\n")
	u, err := url.Parse(address)
	if err != nil || u.Query().Get("client_id") != srv.Application() || u.Query().Get("permissions") == "" || u.Query().Get("permissions") == "8" {
		t.Errorf("the invitation is %q", address)
	}

	p = serve()
	call(p, "group setup", discordtest.Values{"name": "Readers", "city": "UTC", "place": "-", "length": "60"})
	when := strings.ToLower(time.Now().UTC().AddDate(0, 0, 3).Format("Mon 15:00"))
	srv.Say(ana, room, `<@`+srv.Bot()+`> plan create handbook "`+when+`" 4`)
	until(p, "the draft", func() bool {
		all := srv.Messages(room, ana)
		return len(all) > 0 && all[len(all)-1].Author == srv.Bot() && strings.Contains(all[len(all)-1].Text(), "4")
	})
	call(p, "plan publish", nil)
	until(p, "the announcement", func() bool { return announced() == 1 })

	// It ends when it is told to, and begins again where it was.
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := p.end(t); code != 0 {
		t.Errorf("told to stop, it ends with %d:\n%s", code, p.said())
	}
	p = serve()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.end(t)
	p = serve()
	if got := call(p, "passage", discordtest.Values{"citation": "handbook 1"}); !strings.Contains(got, "handbook 1") {
		t.Errorf("/passage shows %q", got)
	}
	if n := announced(); n != 1 {
		t.Errorf("the reading is announced %d times", n)
	}

	// A token that was reset ends it with a status of its own.
	srv.ResetToken()
	srv.FailGateway(discordtest.GatewayFault{At: discordtest.Now, Kind: discordtest.DropConnection})
	if code := p.end(t); code != exitToken || !strings.Contains(p.said(), "Reset Token") || strings.Contains(p.said(), secret) {
		t.Errorf("without its token it ends with %d:\n%s", code, p.said())
	}
	if bad := srv.Refusals(); len(bad) > 0 {
		t.Errorf("refused as malformed: %v", bad)
	}
}
