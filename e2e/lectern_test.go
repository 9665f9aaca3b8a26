package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A lectern is the real program on a database of its own.
type lectern struct {
	t      testing.TB
	me     *person // its account
	dir    string
	http   string
	cmd    *exec.Cmd
	exited chan error
	log    *os.File
}

func newLectern(t testing.TB, h *homeserver) *lectern {
	t.Helper()
	l := &lectern{t: t, me: h.register("lectern"), dir: memoryDir(t), http: fmt.Sprintf("127.0.0.1:%d", freePort(t))}
	files := map[string]string{
		"token": l.me.token + "\n",
		"lectern.toml": fmt.Sprintf("database = %q\n[matrix]\nhomeserver = %q\nuser = %q\ntoken_file = %q\nallow_invites = [\"@ana:*\", \"@ben:localhost\"]\n[http]\nlisten = %q\n[log]\nlevel = \"debug\"\n",
			l.dir+"/lectern.db", h.url, l.me.id, l.dir+"/token", l.http),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if l.log, err = os.OpenFile(l.dir+"/log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.kill()
		l.log.Close()
		if t.Failed() {
			text, _ := os.ReadFile(l.dir + "/log")
			t.Logf("its log:\n%s", text)
		}
	})
	return l
}

func (l *lectern) run(args ...string) string {
	l.t.Helper()
	cmd := exec.Command(program(l.t, "E2E_BIN"), append([]string{"--config", l.dir + "/lectern.toml"}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		l.t.Fatalf("lectern %v: %v\n%s", args, err, out.String())
	}
	return out.String()
}

func (l *lectern) start() {
	l.t.Helper()
	l.spawn()
	until(l.t, 20*time.Second, "lectern to be ready", func() bool { return l.get("/readyz") == "ready\n" })
}

// spawn starts it and does not wait until it is ready.
func (l *lectern) spawn() {
	l.t.Helper()
	l.cmd = exec.Command(program(l.t, "E2E_BIN"), "serve", "--config", l.dir+"/lectern.toml")
	l.cmd.Stdout, l.cmd.Stderr = l.log, l.log
	if err := l.cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.exited = make(chan error, 1)
	exited, cmd := l.exited, l.cmd
	go func() { exited <- cmd.Wait() }()
}

func (l *lectern) get(path string) string {
	resp, err := http.Get("http://" + l.http + path)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return string(b)
}

func (l *lectern) kill() {
	if l.cmd == nil {
		return
	}
	_ = l.cmd.Process.Kill()
	if err := <-l.exited; err == nil {
		l.t.Error("it ended by itself")
	}
	l.cmd = nil
}

// stop asks it to end, and expects it to do so well.
func (l *lectern) stop() {
	l.t.Helper()
	began := time.Now()
	_ = l.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-l.exited:
		if err != nil {
			l.t.Errorf("lectern ended with %v", err)
		}
	case <-time.After(12 * time.Second):
		l.t.Fatal("lectern does not end")
	}
	l.t.Logf("it stopped within %v", time.Since(began).Round(time.Millisecond))
	l.cmd = nil
}

// A scene is a room with people and the bot in it.
type scene struct {
	t        testing.TB
	h        *homeserver
	l        *lectern
	ana, ben *person
	room     string
}

func newScene(t testing.TB) *scene {
	h := newHomeserver(t)
	return newSceneThrough(t, h, h)
}

// newSceneThrough is newScene with a bot that reaches the homeserver by another
// way than the people do.
func newSceneThrough(t testing.TB, h, way *homeserver) *scene {
	s := &scene{t: t, h: h, l: newLectern(t, way), ana: h.register("ana"), ben: h.register("ben")}
	s.l.start()
	s.room = s.ana.createRoom("Reading", s.l.me.id, s.ben.id)
	s.ben.join(s.room)
	s.shown("/group setup", "!lectern group setup", "begin with")
	return s
}

// A delay is where each message that the bot sends is held up, so that a kill
// falls between two of them on a fast machine too.
type delay string

const (
	delayRequest  delay = "request"  // it arrives later than the bot may live
	delayResponse delay = "response" // it has arrived, and the bot does not hear so
)

// slowly is a way to a homeserver on which messages are held up. What was sent
// arrives, also when its sender was killed meanwhile: as with a proxy that has
// read a request whole.
func slowly(t testing.TB, h *homeserver, where delay) *homeserver {
	t.Helper()
	to, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	send := func(r *http.Request) bool {
		return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/send/")
	}
	const held = 150 * time.Millisecond
	forward := httputil.NewSingleHostReverseProxy(to)
	forward.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) } // the bot was killed
	forward.ModifyResponse = func(r *http.Response) error {
		if where == delayResponse && send(r.Request) {
			time.Sleep(held)
		}
		return nil
	}
	way := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if send(r) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return // it was killed before it had sent the whole
			}
			r = r.Clone(context.WithoutCancel(r.Context()))
			r.Body = io.NopCloser(bytes.NewReader(body))
			if where == delayRequest {
				time.Sleep(held)
			}
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(way.Close)
	slow := *h
	slow.url = way.URL
	return &slow
}

// bots are the bot's messages in a room.
func (s *scene) bots(p *person, room string) (out []event) {
	for _, e := range p.messages(room) {
		if e.Sender == s.l.me.id && e.Type == "m.room.message" {
			out = append(out, e)
		}
	}
	return out
}

// shown waits until one of the bot's messages has one of the texts.
func (s *scene) shown(texts ...string) event {
	s.t.Helper()
	var found event
	until(s.t, 20*time.Second, fmt.Sprintf("a message with %q", texts), func() bool {
		for _, e := range s.bots(s.ana, s.room) {
			for _, text := range texts {
				if strings.Contains(e.text("body"), text) {
					found = e
					return true
				}
			}
		}
		return false
	})
	return found
}

// ask says something and waits for the answer to it.
func (s *scene) ask(p *person, text, want string) event {
	s.t.Helper()
	return s.answer(p, p.say(s.room, text), text, want)
}

func (s *scene) answer(p *person, to, text, want string) event {
	s.t.Helper()
	var found event
	until(s.t, 20*time.Second, "an answer to "+text, func() bool {
		for _, e := range s.bots(p, s.room) {
			if e.answers() == to {
				found = e
				return true
			}
		}
		return false
	})
	if !strings.Contains(found.text("body"), want) {
		s.t.Fatalf("%s was answered\n%s\nwant %q in it", text, found.text("body"), want)
	}
	if found.text("msgtype") != "m.notice" {
		s.t.Errorf("the answer to %s is %s", text, found.text("msgtype"))
	}
	if found.Content["m.mentions"] == nil {
		s.t.Errorf("the answer to %s does not say that it mentions nobody", text)
	}
	return found
}

// setUp makes the group by answering questions.
func (s *scene) setUp() {
	s.t.Helper()
	q := s.ask(s.ana, "!lectern group setup", "called")
	for _, step := range []struct{ say, want string }{{"Tuesday readers", "city"}, {"London", "Europe/London"}, {"we only write", ""}, {"90 min", "Tuesday readers"}} {
		q = s.answer(s.ana, s.ana.reply(s.room, q.ID, step.say), step.say, step.want)
	}
	s.ask(s.ana, "!lectern passage handbook 3", "library import") // there is no book yet
	// The operator brings one in, beside the running bot.
	s.l.run("library", "import", "../sample/reading-together.md", "--alias", "handbook")
	s.ask(s.ana, "!lectern works", "handbook")
}

// publish makes a plan whose first reading opens at once.
func (s *scene) publish() event {
	s.t.Helper()
	day := strings.ToLower(time.Now().UTC().Add(3 * 24 * time.Hour).Weekday().String()[:3])
	s.ask(s.ana, `!lectern plan create handbook "`+day+` 19:00" 4`, "Plan")
	s.ask(s.ana, "!lectern plan publish", "")
	return s.shown("Reading 1 of 4")
}

// A book that lies in the room is put on the shelf, and so is one that comes
// with the command under it.
func TestFiles(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.setUp()
	const shop, mill = "# The Room Above the Shop\n\nIt had one window.\n\nNobody came up before noon.\n", "# The Mill at Low Water\n\nThe wheel stood still.\n"
	file := s.ana.sendFile(s.room, "shop.md", s.ana.upload(shop), len(shop), "")
	s.answer(s.ben, s.ben.reply(s.room, file, "!lectern library add"), "ben's library add", "Only organisers")
	found := s.answer(s.ana, s.ana.reply(s.room, file, "!lectern library add"), "library add", "The Room Above the Shop")
	s.answer(s.ana, s.ana.reply(s.room, found.ID, "add it"), "add it", "is on the shelf")
	s.ask(s.ben, "!lectern passage room 2", "Nobody came up before noon.")
	found = s.answer(s.ana, s.ana.sendFile(s.room, "mill.md", s.ana.upload(mill), len(mill), "!lectern library add low"), "a file with library add", "The Mill at Low Water")
	s.answer(s.ana, s.ana.reply(s.room, found.ID, "Add it"), "add it", "is on the shelf as low")
	s.ask(s.ben, "!lectern passage low 1", "The wheel stood still.")
	// A calendar of holidays goes along with a plan, and a plan's own file makes it
	// anew.
	first := time.Now().UTC().Add(3 * 24 * time.Hour)
	day := strings.ToLower(first.Weekday().String()[:3])
	holidays := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:" + first.Format("20060102") + "\r\nSUMMARY:Rest\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	create := `!lectern plan create handbook "` + day + ` 19:00" 4`
	if plan := s.ask(s.ana, create, "Plan"); !strings.Contains(plan.text("body"), "read by "+first.Format("Mon 2 Jan")) {
		t.Errorf("without holidays:\n%s", plan.text("body"))
	}
	plan := s.answer(s.ana, s.ana.sendFile(s.room, "holidays.ics", s.ana.upload(holidays), len(holidays), create), "a plan with holidays", "Plan")
	if body := plan.text("body"); strings.Contains(body, "read by "+first.Format("Mon 2 Jan")) || !strings.Contains(body, "No meeting on "+first.Format("Mon 2 Jan")) ||
		!strings.Contains(body, "read by "+first.Add(7*24*time.Hour).Format("Mon 2 Jan")) {
		t.Errorf("with holidays:\n%s", body)
	}
	s.ana.say(s.room, "!lectern plan export")
	var exported event
	until(t, 20*time.Second, "the plan's file", func() bool {
		for _, e := range s.bots(s.ana, s.room) {
			if e.text("msgtype") == "m.file" {
				exported = e
			}
		}
		return exported.ID != ""
	})
	s.answer(s.ana, s.ana.reply(s.room, exported.ID, "!lectern plan import"), "plan import", "Plan")
	// What is in the way is said, and nothing waits to be added.
	s.ask(s.ana, "!lectern library add", "reply to it with the command")
	s.answer(s.ana, s.ana.sendFile(s.room, "long.md", s.ana.upload("x"), 1<<30, "!lectern library add"), "a large file", "long.md is larger than")
	s.answer(s.ana, s.ana.sendFile(s.room, "gone.md", "mxc://localhost/gone", 9, "!lectern library add"), "a file that is gone", "can't get gone.md")
	s.l.stop()
	log, _ := os.ReadFile(s.l.dir + "/log")
	for _, secret := range []string{s.l.me.token, "window", "shop.md"} {
		if bytes.Contains(log, []byte(secret)) {
			t.Errorf("the log has %q", secret)
		}
	}
}

func TestAWeek(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	if got := s.l.get("/healthz"); got != "alive\n" {
		t.Errorf("healthz: %q", got)
	}
	if mode, _ := os.Stat(s.l.dir + "/lectern.db"); mode.Mode().Perm() != 0o600 {
		t.Errorf("the database can be read by others: %v", mode.Mode())
	}
	// Strangers' invitations are declined.
	eve := s.h.register("eve")
	trap := eve.createRoom("Trap", s.l.me.id)
	until(t, 10*time.Second, "the invitation to be declined", func() bool {
		for _, e := range eve.messages(trap) {
			if e.Type == "m.room.member" && e.StateKey != nil && *e.StateKey == s.l.me.id && e.text("membership") == "leave" {
				return true // this homeserver drops the reason
			}
		}
		return false
	})

	s.setUp()
	s.ask(s.ben, "!lectern group settings", "Ana") // a refusal that names the organiser
	page := s.ask(s.ana, "!lectern passage handbook 3", "handbook 3")
	s.ana.react(s.room, page.ID, "▶\ufe0f")
	until(t, 20*time.Second, "the page to be turned", func() bool {
		for _, e := range s.bots(s.ana, s.room) {
			rel, _ := e.Content["m.relates_to"].(map[string]any)
			if rel["rel_type"] == "m.replace" && rel["event_id"] == page.ID && strings.Contains(e.text("body"), "handbook 4") {
				return true
			}
		}
		return false
	})
	s.ask(s.ben, "Lectern: search question", "handbook")
	s.ask(s.ben, "!LECTERN works", "handbook")
	s.ask(s.ana, "!lectern group settings prefix:!r", "!r")
	if page := s.ask(s.ben, "!r nonsense", "!r help"); strings.Contains(page.text("body"), "!lectern") {
		t.Errorf("with a prefix of the room's own:\n%s", page.text("body"))
	}
	s.ask(s.ana, "!lectern group settings prefix:rr", "cannot stand before commands")
	s.ask(s.ana, "!lectern outline handbook", "")
	s.ben.say(s.room, "I met a lectern yesterday, and it was silent.")

	opened := s.publish()
	if opened.text("msgtype") != "m.text" {
		t.Errorf("the announcement is %s", opened.text("msgtype"))
	}
	if !strings.Contains(opened.text("body"), "✅") || !strings.Contains(opened.text("body"), "⏭") {
		t.Errorf("the announcement does not say how to check in:\n%s", opened.text("body"))
	}
	// With more rights it tells clients of its commands, and pins what is being
	// read where an organiser wants it.
	s.ana.call("PUT", "/_matrix/client/v3/rooms/"+url.PathEscape(s.room)+"/state/m.room.power_levels", map[string]any{"users": map[string]any{s.ana.id: 100, s.l.me.id: 50}}, nil)
	s.ask(s.ana, "!lectern group settings pin:on", "Pinned here")
	until(t, 20*time.Second, "the announcement to be pinned, and the commands described", func() bool {
		var pins struct{ Pinned []string }
		s.ben.try("GET", "/_matrix/client/v3/rooms/"+url.PathEscape(s.room)+"/state/m.room.pinned_events", nil, &pins)
		described := 0
		for _, e := range s.ana.messages(s.room) {
			if e.Type == "org.matrix.msc4391.command_description" && e.Sender == s.l.me.id {
				described++
			}
		}
		return slices.Equal(pins.Pinned, []string{opened.ID}) && described > 5
	})
	tick := s.ben.react(s.room, opened.ID, "✅\ufe0f")
	s.eventually("progress", "one has read", true)
	s.ben.redact(s.room, tick)
	s.eventually("progress", "has read", false)
	s.ana.reply(s.room, opened.ID, "at 2")
	s.ask(s.ana, "!lectern why 1", "posted")

	// What is for one person alone waits until they open a room for it.
	s.ask(s.ben, "!lectern text", "Begin a direct chat with me ("+s.l.me.id+")")
	direct := s.ben.openDirect(s.l.me)
	until(t, 20*time.Second, "the text as a file", func() bool {
		for _, e := range s.bots(s.ben, direct) {
			if e.text("msgtype") == "m.file" && strings.HasPrefix(e.text("url"), "mxc://") {
				return true
			}
		}
		return false
	})
	// There the bot needs no prefix.
	s.ben.say(direct, "passage handbook 3")
	until(t, 20*time.Second, "a passage in the direct room", func() bool {
		for _, e := range s.bots(s.ben, direct) {
			if strings.Contains(e.text("body"), "handbook 3") {
				return true
			}
		}
		return false
	})
	// What is said there is about the group's plan.
	for _, step := range []struct{ say, want string }{{"at 2", "2"}, {"done", "reading 1"}, {"reading", "Reading 1 of 4"}} {
		n := len(s.bots(s.ben, direct))
		s.ben.say(direct, step.say)
		until(t, 20*time.Second, "an answer to "+step.say+", said alone", func() bool { return len(s.bots(s.ben, direct)) > n })
		if got := s.bots(s.ben, direct)[n].text("body"); !strings.Contains(got, step.want) {
			t.Errorf("%s, said alone, was answered\n%s", step.say, got)
		}
	}
	s.eventually("progress", "one has read", true)
	if m := s.l.get("/metrics"); !strings.Contains(m, `lectern_connected{platform="matrix"} 1`) || !strings.Contains(m, `lectern_deliveries{state="posted"} 3`) {
		t.Errorf("metrics:\n%s", m)
	}
	for _, about := range [][]string{{strings.ToLower(time.Now().UTC().Format("2 Jan"))}, {"--room", s.room}, {"--room", s.room, "--reading", "1"}, {"--reading", "1"}} {
		if out := s.l.run(append([]string{"why"}, about...)...); !strings.Contains(out, "posted") {
			t.Errorf("why %v, on the command line: %s", about, out)
		} else if !strings.Contains(out, "Reading (matrix "+s.room+")") {
			t.Errorf("why %v, on the command line, does not call the room by its name: %s", about, out)
		}
	}
	// The group follows its room to a new one, as soon as the bot is let in.
	var upgrade struct {
		Room string `json:"replacement_room"`
	}
	s.ana.call("POST", "/_matrix/client/v3/rooms/"+url.PathEscape(s.room)+"/upgrade", map[string]any{"new_version": "10"}, &upgrade)
	s.ana.call("POST", "/_matrix/client/v3/rooms/"+url.PathEscape(upgrade.Room)+"/invite", map[string]any{"user_id": s.l.me.id}, nil)
	until(t, 20*time.Second, "the bot in the new room", func() bool { return slices.Contains(s.l.me.joined(), upgrade.Room) })
	s.room = upgrade.Room
	s.eventually("progress", "reading 1 of 4", true)
	// Thrown out, it says why nothing is posted, and comes back with all it knew.
	s.ana.call("POST", "/_matrix/client/v3/rooms/"+url.PathEscape(s.room)+"/kick", map[string]any{"user_id": s.l.me.id, "reason": "tidying up"}, nil)
	until(t, 10*time.Second, "a paused room", func() bool { return strings.Contains(s.l.get("/metrics"), "lectern_paused_rooms 2") })
	if out := s.l.run("why", "--room", s.room); !strings.Contains(out, "tidying up") {
		t.Errorf("why, of the room that it was removed from: %s", out)
	}
	s.ana.call("POST", "/_matrix/client/v3/rooms/"+url.PathEscape(s.room)+"/invite", map[string]any{"user_id": s.l.me.id}, nil)
	until(t, 20*time.Second, "the bot back", func() bool { return slices.Contains(s.l.me.joined(), s.room) })
	s.eventually("progress", "reading 1 of 4", true)
	// It keeps quiet about what people said.
	text, _ := os.ReadFile(s.l.dir + "/log")
	for _, secret := range []string{s.l.me.token, "yesterday", "Tuesday readers", "handbook 3"} {
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("the log has %q", secret)
		}
	}
	s.l.stop()
}

// eventually asks until the answer has a text, or has it no more: a reaction is on its way by
// another path than a command.
func (s *scene) eventually(command, want string, there bool) {
	s.t.Helper()
	var last string
	for range 20 {
		to := s.ana.say(s.room, "!lectern "+command)
		last = s.answer(s.ana, to, command, "").text("body")
		if strings.Contains(last, want) == there {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.t.Fatalf("%s: %s\nwant %q in it: %v", command, last, want, there)
}

// questions owes ten posts at a whole minute, and returns when they are due.
func (s *scene) questions() (due time.Time) {
	s.t.Helper()
	if left := time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)); left < 15*time.Second {
		time.Sleep(left)
	}
	for i := range 10 {
		s.ask(s.ana, fmt.Sprintf("!lectern prompt add 1 [in 1 minute] Question number %d?", i), "")
	}
	return time.Now().Add(time.Minute).Truncate(time.Minute)
}

// commands says ten things to the bot, and returns them by their events.
func (s *scene) commands() map[string]string {
	s.t.Helper()
	asked := map[string]string{}
	for i := range 10 {
		text := []string{fmt.Sprintf("!lectern passage handbook %d", i+1), "!lectern reading", "!lectern works", "!lectern progress"}[i%4]
		asked[s.ana.say(s.room, text)] = text
	}
	return asked
}

// Killed in the middle of ten posts and ten commands and started again, the
// bot answers each question once and posts each post once, wherever on their
// way its messages are when it dies.
func TestKilled(t *testing.T) {
	for _, where := range []delay{delayRequest, delayResponse} {
		t.Run(string(where), func(t *testing.T) {
			t.Parallel()
			testKilled(t, where)
		})
	}
}

func testKilled(t *testing.T, where delay) {
	h := newHomeserver(t)
	s := newSceneThrough(t, h, slowly(t, h, where))
	s.setUp()
	s.publish()
	due := s.questions()
	time.Sleep(time.Until(due) - 50*time.Millisecond)
	var asked map[string]string
	var talk sync.WaitGroup
	talk.Go(func() { asked = s.commands() })
	until(t, time.Minute, "the first posts", func() bool {
		_, posted := s.count()
		return len(posted) >= 3
	})
	s.l.kill()
	talk.Wait()
	answers, posted := s.count()
	answered := 0
	for e := range asked {
		answered += min(answers[e], 1)
	}
	t.Logf("killed with %d of 10 posts sent and %d of 10 commands answered", len(posted), answered)
	if len(posted) == 10 {
		t.Error("it was not killed in the middle of the posts")
	}
	s.l.start()
	s.once(asked, 10)
	// And at other moments of answering.
	for round := range 3 {
		for e, text := range s.commands() {
			asked[e] = text
		}
		time.Sleep(time.Duration(20*round) * time.Millisecond)
		s.l.kill()
		s.l.start()
	}
	s.once(asked, 10)
	// Killed while it writes to somebody alone, it writes once, in one room, and
	// a check-in counts once.
	s.ben.openDirect(s.l.me)
	s.ben.say(s.room, "!lectern done")
	s.ben.say(s.room, "!lectern text")
	time.Sleep(30 * time.Millisecond)
	s.l.kill()
	s.l.start()
	s.ben.say(s.room, "!lectern text")
	texts, checkIns := 0, 0
	until(t, time.Minute, "both texts", func() bool {
		texts, checkIns = 0, 0
		for _, r := range s.l.me.joined() {
			if r == s.room {
				continue
			}
			for _, e := range s.bots(s.l.me, r) {
				if e.text("msgtype") == "m.file" {
					texts++
				}
				if strings.Contains(e.text("body"), "Undo") {
					checkIns++
				}
			}
		}
		return texts >= 2
	})
	if texts != 2 || checkIns != 1 {
		t.Errorf("ben was written %d texts, want 2, and %d receipts, want 1", texts, checkIns)
	}
	s.eventually("progress", "one has read", true)
	if n := len(s.l.me.joined()); n != 2 {
		t.Errorf("it is in %d rooms, want 2", n)
	}
}

// While the bot is away more is said than the homeserver tells at once; what
// was for the bot is answered, once, when it is back.
func TestAway(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.setUp()
	s.l.stop()
	asked := map[string]string{}
	for i := range 120 {
		if i%12 != 0 {
			s.ben.say(s.room, fmt.Sprintf("We talked about it, %d.", i))
			continue
		}
		text := fmt.Sprintf("!lectern passage handbook %d", i/12+1)
		asked[s.ana.say(s.room, text)] = text
	}
	s.l.start()
	s.once(asked, 0)
	s.l.stop()
}

// away is how long the homeserver is stopped.
const away = time.Minute

// The homeserver stops for a whole minute, in the middle of ten posts and ten
// commands, and comes back: nothing is lost, and nothing is there twice.
func TestHomeserverAway(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.setUp()
	s.publish()
	due := s.questions()
	time.Sleep(time.Until(due) - 150*time.Millisecond)
	asked := s.commands()
	s.h.stop()
	time.Sleep(away)
	if got := s.l.get("/healthz") + s.l.get("/readyz"); got != "alive\nready\n" {
		t.Errorf("without a homeserver it is %q", got)
	}
	m := s.l.get("/metrics")
	for _, line := range []string{`lectern_connected{platform="matrix"} 0`, `lectern_delivery_failed_tries_total`} {
		if !strings.Contains(m, line) || strings.Contains(m, line+" 0\n") && !strings.HasSuffix(line, "0") {
			t.Errorf("the numbers do not say %s:\n%s", line, m)
		}
	}
	s.h.start()
	for e, text := range s.commands() {
		asked[e] = text
	}
	s.once(asked, 10)
	s.l.stop()
}

// count is how often each event was answered in the room, and each question
// posted.
func (s *scene) count() (answers, posted map[string]int) {
	answers, posted = map[string]int{}, map[string]int{}
	for _, e := range s.bots(s.ben, s.room) {
		if to := e.answers(); to != "" {
			answers[to]++
		} else if body := e.text("body"); strings.Contains(body, "Question number") {
			posted[body]++
		}
	}
	return answers, posted
}

// once waits until all is there, and a little longer, and counts.
func (s *scene) once(asked map[string]string, posts int) {
	s.t.Helper()
	until(s.t, 150*time.Second, "every answer and every post", func() bool {
		answers, posted := s.count()
		for e := range asked {
			if answers[e] == 0 {
				return false
			}
		}
		return len(posted) >= posts
	})
	time.Sleep(3 * time.Second)
	answers, posted := s.count()
	// What was read a moment ago is not gone: a homeserver may leave an event out
	// between two pages of its history while it is busy.
	for range 3 {
		if len(posted) >= posts {
			break
		}
		time.Sleep(time.Second)
		answers, posted = s.count()
	}
	for e, text := range asked {
		if answers[e] != 1 {
			s.t.Errorf("%s was answered %d times", text, answers[e])
		}
	}
	for body, n := range posted {
		if n != 1 {
			s.t.Errorf("posted %d times: %s", n, body)
		}
	}
	if len(posted) != posts {
		s.t.Errorf("%d posts, want %d", len(posted), posts)
	}
}
