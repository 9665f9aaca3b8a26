package main

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/bot/matrix"
	"lectern/bot/matrix/matrixtest"
)

// The people of the scripts, and the bot. Ana makes the room.
var people = []string{"ana", "ben", "cem", "dee", "eli"}

// The same conversations on a real homeserver, if there is one: "make e2e"
// starts it, and gives its address and the tokens of the people and of one bot
// for each script.
func TestConversationsOnHomeserver(t *testing.T) { converseOnHomeserver(t, false) }

// And in encrypted rooms, where everybody's program has keys ("make e2e-full").
func TestConversationsInSecretOnHomeserver(t *testing.T) { converseOnHomeserver(t, true) }

func converseOnHomeserver(t *testing.T, secret bool) {
	t.Helper()
	address := os.Getenv("LECTERN_TEST_HOMESERVER")
	if address == "" {
		t.Skip("LECTERN_TEST_HOMESERVER is not set: make e2e sets it")
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var accounts map[string]matrixtest.Person
	if err := json.Unmarshal([]byte(os.Getenv("LECTERN_TEST_ACCOUNTS")), &accounts); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/scripts/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	if secret {
		for _, name := range people {
			p := accounts[name]
			p.T, p.URL = t, address
			p.Device = matrixtest.NewDevice(t, p)
			accounts[name] = p
		}
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			those := maps.Clone(accounts)
			those["lectern"] = accounts["lectern-"+name]
			s := newMatrixStageOn(t, archive.Files, those, func(*matrixStage) http.Handler { return httputil.NewSingleHostReverseProxy(u) })
			bottest.RunScript(t, s, file, string(archive.Comment))
		})
	}
}

func newMatrixStage(t *testing.T, books []txtar.File) bottest.Stage {
	accounts := map[string]matrixtest.Person{}
	for _, name := range append([]string{"lectern"}, people...) {
		id := "@" + name + ":test"
		accounts[name] = matrixtest.Person{ID: id, Token: id}
	}
	return newMatrixStageOn(t, books, accounts, func(m *matrixStage) http.Handler {
		return matrixtest.New(func() time.Time { return m.clock.now() })
	})
}

// A matrixStage is a room on a homeserver, in which people use its API as
// their programs do, and the bot is the real one but for its clock.
type matrixStage struct {
	*stage
	people map[string]matrixtest.Person
	room   string
	sent   sentBy
	state  string
	keys   string // where the bot has its keys, "" for none
	p      *matrix.Platform
	usher  *usher
	stop   func()
	file   *bot.File
	shown  []shownEvent // what the bot has said, in the order in which it did
	ask    string       // the command of a button that was pressed without what it needs
	// reactions are those that somebody put on a message, by who and which.
	reactions map[string]string
}

// Confides implements bottest.Confidant.
func (m *matrixStage) Confides() bool { return true }

// Types implements bottest.Typist.
func (m *matrixStage) Types() bool { return true }

// A shownEvent is one that the bot sent, as the person who reads it sees it.
type shownEvent struct {
	room, id, reader string
	content          map[string]any
}

func newMatrixStageOn(t *testing.T, books []txtar.File, accounts map[string]matrixtest.Person, on func(*matrixStage) http.Handler) bottest.Stage {
	t.Helper()
	m := &matrixStage{people: map[string]matrixtest.Person{}, state: filepath.Join(t.TempDir(), "state")}
	homeserver := on(m)
	m.sent.Handler = homeserver
	back := httptest.NewServer(homeserver)
	t.Cleanup(back.Close)
	front := httptest.NewServer(&m.sent)
	t.Cleanup(front.Close)
	for name, p := range accounts {
		p.T, p.URL = t, back.URL
		m.people[name] = p
		if p.Device != nil { // they have an encrypted room
			m.keys = filepath.Join(t.TempDir(), "keys")
		}
	}
	me := m.people["lectern"]
	m.stage = newStage(t, books, func(s *stage) bot.Platform {
		p, err := matrix.New(matrix.Options{Homeserver: front.URL, User: me.ID, Token: me.Token, AllowInvites: []string{"*"}, State: m.state, Keys: m.keys,
			Commands: s.house.dispatcher.Commands, Voice: bot.Voice(s.house.desk.Phrases.In("en")), Now: s.clock.now, Log: slog.New(slog.NewTextHandler(logTo{t}, nil)), StopWithin: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		m.p = p
		return p
	})
	m.begin(t)
	t.Cleanup(func() { m.stop() })
	var others []string
	for _, name := range people[1:] {
		others = append(others, m.people[name].ID)
	}
	m.room = m.people["ana"].CreateRoom(append(others, me.ID)...)
	for _, name := range people[1:] {
		m.people[name].Call("POST", "join/"+url.PathEscape(m.room), map[string]any{}, nil)
	}
	wait(t, "the bot in the room", func() bool { return slices.Contains(me.Rooms(), m.room) })
	for _, name := range people { // what is for them alone comes there
		m.people[name].OpenDirect(me)
	}
	m.settle(t, "ana", m.room)
	m.drain(t)
	m.news(t) // it has greeted the room
	return m
}

// begin connects the bot.
func (m *matrixStage) begin(t testing.TB) {
	t.Helper()
	m.usher = m.newUsher(nil)
	m.stop = m.connect(t, m.p, m.usher)
}

func (m *matrixStage) Restart(t testing.TB) {
	t.Helper()
	m.stop()
	m.stage.Restart(t)
	m.begin(t)
}

// newUsher is one that goes before the house, and tells done, if there is one, of
// what people call by other means than words.
func (s *stage) newUsher(done func(do bot.Invocation, reply bot.Reply)) *usher {
	return &usher{Handler: s.house.dispatcher, seen: map[string]bool{}, asked: map[string]bool{}, done: done}
}

// connect runs a platform until stop is called. Its people are heard by an usher
// first.
func (s *stage) connect(t testing.TB, p bot.Platform, u *usher) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, u) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
}

// An usher hears what the bot hears. What a room did before somebody asked it
// about has been worked through, since a room's events come one after another.
type usher struct {
	bot.Handler
	mu    sync.Mutex
	seen  map[string]bool
	asked map[string]bool // keys of answers that are questions
	// done, if it is set, hears what was called by other means than words, and
	// what came of it.
	done func(do bot.Invocation, reply bot.Reply)
}

const bystander = "[a bystander asks the usher: "

func (u *usher) Handle(ctx context.Context, e bot.Event) (bot.Reply, bool) {
	if i := strings.Index(e.Text, bystander); i >= 0 {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.seen[e.Text[i:]] = true
		return bot.Reply{}, false
	}
	reply, ok := u.Handler.Handle(ctx, e)
	if e.Invocation != nil && u.done != nil {
		u.done(*e.Invocation, reply)
	}
	if ok && reply.Ask != nil {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.asked[bot.Key("answer "+e.Key)] = true
	}
	return reply, ok
}

// settle waits until the bot has dealt with all that was said in a room.
func (m *matrixStage) settle(t testing.TB, who, room string) {
	t.Helper()
	m.stage.ask(t, m.usher, func(words string) { m.people[who].Say(room, words, "") })
}

// ask has somebody say words that the bot does not answer, and waits until it has
// heard them.
func (s *stage) ask(t testing.TB, u *usher, say func(words string)) {
	t.Helper()
	s.calls++
	words := fmt.Sprintf("%s%d]", bystander, s.calls)
	say(words)
	wait(t, "the bot to have read the room", func() bool {
		u.mu.Lock()
		defer u.mu.Unlock()
		return u.seen[words]
	})
}

func wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// A sentBy stands between the bot and its homeserver, and notes what it sends.
type sentBy struct {
	http.Handler
	mu     sync.Mutex
	events []shownEvent
}

var sends = regexp.MustCompile(`/rooms/([^/]+)/send/m\.room\.(?:message|encrypted)/`)

func (s *sentBy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	room := sends.FindStringSubmatch(r.URL.Path)
	if room == nil {
		s.Handler.ServeHTTP(w, r)
		return
	}
	s.mu.Lock() // in the order in which the homeserver took them
	defer s.mu.Unlock()
	kept := httptest.NewRecorder()
	s.Handler.ServeHTTP(kept, r)
	var got struct {
		EventID string `json:"event_id"`
	}
	if json.Unmarshal(kept.Body.Bytes(), &got) == nil && got.EventID != "" &&
		!slices.ContainsFunc(s.events, func(e shownEvent) bool { return e.id == got.EventID }) {
		s.events = append(s.events, shownEvent{room: room[1], id: got.EventID})
	}
	maps.Copy(w.Header(), kept.Header())
	w.WriteHeader(kept.Code)
	_, _ = w.Write(kept.Body.Bytes()) // the bot may be gone
}

// news is what the bot has said since, as it stands in the rooms of those who
// read it.
func (m *matrixStage) news(t testing.TB) string {
	t.Helper()
	m.sent.mu.Lock()
	fresh := slices.Clone(m.sent.events[len(m.shown):])
	m.sent.mu.Unlock()
	var b strings.Builder
	for _, e := range fresh {
		wait(t, "somebody who can read "+e.id, func() bool {
			for _, name := range people {
				if got, ok := m.people[name].Read(e.room, e.id); ok {
					e.reader, e.content = name, got.Content
					return true
				}
			}
			for _, name := range people {
				m.people[name].Joined() // takes the invitation to a room of one's own
			}
			return false
		})
		m.shown = append(m.shown, e)
		if rel, _ := e.content["m.relates_to"].(map[string]any); rel["rel_type"] == "m.replace" {
			m.edited(fmt.Sprint(rel["event_id"]), e.content)
			continue // it takes the place of what it edits, and is not said anew
		}
		b.WriteString(m.inScript(e) + "\n")
	}
	return b.String()
}

// edited puts what edits an event in its place, as programs of people do.
func (m *matrixStage) edited(id string, by map[string]any) {
	fresh, _ := by["m.new_content"].(map[string]any)
	for i := range m.shown {
		if m.shown[i].id == id {
			fresh = maps.Clone(fresh)
			fresh["org.lectern.actions"], fresh["org.lectern.key"] = by["org.lectern.actions"], m.shown[i].content["org.lectern.key"]
			m.shown[i].content = fresh
		}
	}
}

// Reread implements bottest.Rereader.
func (m *matrixStage) Reread(testing.TB) string {
	var b strings.Builder
	for _, e := range m.shown {
		if e.content["m.new_content"] == nil {
			b.WriteString(m.inScript(e) + "\n")
		}
	}
	return b.String()
}

var (
	numbered = regexp.MustCompile(`(?m)^(\d+)\. `)
	typed    = regexp.MustCompile(`<code>([^<]*)</code>`)
)

// inScript is what an event says, as scripts have it: commands begin with a slash, and items
// with a number and a dot in the middle.
func (m *matrixStage) inScript(e shownEvent) string {
	text, _ := e.content["body"].(string)
	if e.content["msgtype"] == "m.file" || e.content["msgtype"] == "m.image" {
		text = fmt.Sprintf("[%s: %s]", strings.TrimPrefix(fmt.Sprint(e.content["msgtype"]), "m."), text)
	}
	if e.room != m.room {
		formatted, _ := e.content["formatted_body"].(string)
		for _, c := range typed.FindAllStringSubmatch(formatted, -1) {
			text = strings.Replace(text, html.UnescapeString(c[1]), "/"+html.UnescapeString(c[1]), 1)
		}
	}
	text = strings.ReplaceAll(text, matrix.Prefix+" ", "/")
	return numbered.ReplaceAllString(text, "$1 · ")
}

func (m *matrixStage) Say(t testing.TB, who, line string) string {
	t.Helper()
	if name, ok := strings.CutPrefix(line, "/attach "); ok {
		var err error
		if m.file, err = m.stage.file(name); err != nil {
			t.Fatal(err)
		}
		return ""
	}
	p, room := m.people[who], m.room
	if line[0] == '/' || strings.HasPrefix(line, m.ask+" ") {
		m.ask = ""
	}
	switch {
	case strings.HasPrefix(line, "["):
		on, ask := m.bearing(t, strings.Trim(line, "[]"))
		if m.ask = ask; ask != "" {
			return ""
		}
		room = on.room
		p.Say(room, strings.ToLower(strings.Trim(line, "[]")), on.id)
	case strings.HasPrefix(line, "+"):
		m.put(who, line[1:], p.React(room, m.latest(), line[1:]))
	case strings.HasPrefix(line, "-"):
		p.Redact(room, m.put(who, line[1:], ""))
	case strings.HasPrefix(line, "/") && m.file != nil:
		p.Attach(room, m.file.Name, string(m.file.Data), matrix.Prefix+" "+line[1:])
		m.file = nil
	case strings.HasPrefix(line, "/"):
		p.Say(room, matrix.Prefix+" "+line[1:], "")
	case m.ask != "":
		p.Say(room, m.ask+" "+line, m.latest())
	default:
		p.Say(room, line, m.latest())
	}
	m.settle(t, who, room)
	m.drain(t)
	return m.news(t)
}

// put keeps a reaction that somebody put on a message, or left off, and is the
// one before it.
func (m *matrixStage) put(who, emoji, reaction string) (before string) {
	if m.reactions == nil {
		m.reactions = map[string]string{}
	}
	before = m.reactions[who+emoji]
	m.reactions[who+emoji] = reaction
	return before
}

// bearing is the newest message with a button, which is pressed by an answer;
// ask is what to type instead, where it needs more than that.
func (m *matrixStage) bearing(t testing.TB, label string) (on shownEvent, ask string) {
	t.Helper()
	for _, e := range slices.Backward(m.shown) {
		actions, _ := e.content["org.lectern.actions"].([]any)
		if e.content["m.new_content"] != nil {
			continue
		}
		for _, a := range actions {
			a, _ := a.(map[string]any)
			if a["label"] != label {
				continue
			}
			if do, _ := a["do"].(map[string]any); a["ask"] != nil {
				ask, _ = do["command"].(string)
			}
			return e, ask
		}
	}
	t.Fatalf("nobody can press [%s]", label)
	return on, ""
}

// latest is the newest message of the room that one answers to: a post, or a
// question.
func (m *matrixStage) latest() string {
	m.usher.mu.Lock()
	defer m.usher.mu.Unlock()
	for _, e := range slices.Backward(m.shown) {
		if e.room == m.room && e.content["m.new_content"] == nil && (e.content["msgtype"] == "m.text" || m.usher.asked[fmt.Sprint(e.content["org.lectern.key"])]) {
			return e.id
		}
	}
	return ""
}

func (m *matrixStage) Sleep(t testing.TB, d time.Duration) string {
	t.Helper()
	m.sleep(t, d)
	return m.news(t)
}
