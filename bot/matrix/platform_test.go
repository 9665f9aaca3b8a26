package matrix

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/bot/matrix/matrixtest"
)

// The suite that every platform passes, against a homeserver in memory.
func TestPlatform(t *testing.T) {
	hs := matrixtest.New(time.Now)
	people := map[string]matrixtest.Person{}
	for _, name := range []string{"lectern", "ana", "ben"} {
		people[name] = matrixtest.Person{ID: "@" + name + ":test", Token: "@" + name + ":test"}
	}
	testPlatform(t, hs, people, false)
}

// And against a real one, if there is one: "make e2e" starts it, and gives its
// address and the tokens of three accounts.
func TestPlatformOnHomeserver(t *testing.T) { onHomeserver(t, false) }

// And there in encrypted rooms.
func TestPlatformInSecretOnHomeserver(t *testing.T) { onHomeserver(t, true) }

func onHomeserver(t *testing.T, secret bool) {
	t.Helper()
	address := os.Getenv("LECTERN_TEST_HOMESERVER")
	if address == "" {
		t.Skip("LECTERN_TEST_HOMESERVER is not set: make e2e sets it")
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var accounts map[string]struct{ ID, Token string }
	if err := json.Unmarshal([]byte(os.Getenv("LECTERN_TEST_ACCOUNTS")), &accounts); err != nil {
		t.Fatal(err)
	}
	people := map[string]matrixtest.Person{}
	for name, a := range accounts {
		people[name] = matrixtest.Person{ID: a.ID, Token: a.Token}
	}
	testPlatform(t, httputil.NewSingleHostReverseProxy(u), people, secret)
}

// A front stands between the bot and its homeserver, and lets sends go wrong.
type front struct {
	http.Handler
	mu   sync.Mutex
	fail []bottest.Failure
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.URL.Path, "/send/m.room.message/") && !strings.Contains(r.URL.Path, "/send/m.room.encrypted/") {
		f.Handler.ServeHTTP(w, r)
		return
	}
	f.mu.Lock()
	fails := len(f.fail) > 0
	var how bottest.Failure
	if fails {
		how, f.fail = f.fail[0], f.fail[1:]
	}
	f.mu.Unlock()
	refuse := func(status int, text string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, text) // whoever asked may be gone
	}
	switch {
	case !fails:
		f.Handler.ServeHTTP(w, r)
	case how == bottest.Refused:
		refuse(403, `{"errcode":"M_FORBIDDEN","error":"you may not"}`)
	case how == bottest.Busy:
		refuse(429, fmt.Sprintf(`{"errcode":"M_LIMIT_EXCEEDED","error":"wait","retry_after_ms":%d}`, bottest.BusyFor.Milliseconds()))
	case how == bottest.LostAnswer:
		f.Handler.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	default:
		panic(http.ErrAbortHandler)
	}
}

func testPlatform(t *testing.T, backend http.Handler, people map[string]matrixtest.Person, secret bool) {
	back := httptest.NewServer(backend)
	t.Cleanup(back.Close)
	keys, opened := "", false
	if secret {
		keys = filepath.Join(t.TempDir(), "keys") // of one device, whose token it is
		for _, name := range []string{"ana", "ben"} {
			p := people[name]
			p.T, p.URL = t, back.URL
			p.Device = matrixtest.NewDevice(t, p)
			people[name] = p
		}
	}
	as := func(t testing.TB, who string) matrixtest.Person {
		p := people[who]
		p.T, p.URL = t, back.URL
		return p
	}
	world := func(t *testing.T, h bot.Handler) *bottest.World {
		f := &front{Handler: backend}
		server := httptest.NewServer(f)
		t.Cleanup(server.Close)
		server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		me := as(t, "lectern")
		platform, err := New(Options{Homeserver: server.URL, User: me.ID, Token: me.Token, AllowInvites: []string{as(t, "ana").ID, as(t, "ben").ID}, State: filepath.Join(t.TempDir(), "state"), Keys: keys,
			Commands: []bot.Command{{Name: "passage", Params: []bot.Param{{Name: "citation", Rest: true}}}}, Voice: voice(t), Now: time.Now, Log: slog.New(slog.DiscardHandler), StopWithin: 2 * time.Second, Settle: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- platform.Run(ctx, h) }()
		t.Cleanup(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("it ended with %v", err)
			}
		})
		room := as(t, "ana").CreateRoom(me.ID, as(t, "ben").ID)
		as(t, "ben").Joined()
		wantSoon(t, "the bot in the room", func() bool { return slices.Contains(as(t, "lectern").Rooms(), room) })
		if !opened { // the rooms for one person stay
			for _, who := range []string{"ana", "ben"} {
				as(t, who).OpenDirect(me)
			}
			opened = true
		}
		old := map[string]bool{} // of the direct rooms, which stay
		for _, who := range []string{"ana", "ben"} {
			for _, r := range as(t, who).Joined() {
				for _, e := range as(t, who).Messages(r) {
					old[e.ID] = true
				}
			}
		}
		return &bottest.World{
			Now: time.Now, Platform: platform, Room: bot.Room{Platform: Name, ID: bot.RoomID(room)},
			Shown: func(t testing.TB, who string) (out []bottest.Shown) {
				for _, r := range as(t, who).Joined() {
					for _, m := range shown(as(t, who).Messages(r), me.ID) {
						if !old[string(m.ID)] {
							out = append(out, m)
						}
					}
				}
				return out
			},
			Say:    func(t testing.TB, who, text string) { as(t, who).Say(room, "!lectern "+text, "") },
			Talk:   func(t testing.TB, who, text string) { as(t, who).Say(room, text, "") },
			Answer: func(t testing.TB, who string, to bot.MessageID, text string) { as(t, who).Say(room, text, string(to)) },
			Press: func(t testing.TB, who string, on bot.MessageID, a bot.Action) {
				// A button is pressed by an answer with its words.
				as(t, who).Say(room, strings.ToLower(a.Label), string(on))
			},
			React: func(t testing.TB, who string, on bot.MessageID, emoji string) func() {
				e := as(t, who).React(room, string(on), emoji)
				return func() { as(t, who).Redact(room, e) }
			},
			Fail: func(_ testing.TB, how bottest.Failure) {
				f.mu.Lock()
				defer f.mu.Unlock()
				f.fail = append(f.fail, how)
			},
		}
	}
	bottest.TestPlatform(t, world)
	if secret {
		t.Run("nothing plain", func(t *testing.T) {
			listens := &ear{said: map[string]bool{}}
			nothingPlain(t, as(t, "ana"), listens, string(world(t, listens).Room.ID), people["lectern"].ID)
		})
	}
}

// An ear notes what it heard.
type ear struct {
	mu    sync.Mutex
	said  map[string]bool
	order []string
}

// Handle implements bot.Handler.
func (e *ear) Handle(_ context.Context, x bot.Event) (bot.Reply, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.said[x.Text] = true
	e.order = append(e.order, x.Text)
	return bot.Say(bot.Plain("heard")), true
}

// Complete implements bot.Handler.
func (e *ear) Complete(context.Context, bot.Event, string, string) []bot.Choice { return nil }

// Changed implements bot.Handler.
func (e *ear) Changed(context.Context, bot.RoomChange) {}

func (e *ear) heard(text string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.said[text]
}

// nothingPlain holds the rooms of a person, all of them encrypted, to what the
// homeserver may know: nothing that was said; and the bot does not hear what is
// said there plainly, which anybody could have made up.
func nothingPlain(t *testing.T, p matrixtest.Person, ear *ear, room, me string) {
	t.Helper()
	plain := p
	plain.Device = nil
	plain.Say(room, "!lectern plainly", "")
	p.Say(room, "!lectern in secret", "")
	wantSoon(t, "what was said in secret", func() bool { return ear.heard("in secret") })
	if ear.heard("plainly") {
		t.Error("it heard what was said plainly in an encrypted room")
	}
	for _, r := range p.Rooms() {
		for _, e := range plain.Messages(r) {
			if e.Sender == me && e.Type == "m.room.message" {
				t.Errorf("it said plainly in an encrypted room: %v", e.Content["body"])
			}
		}
	}
}

// shown is what a client makes of a room's events: edits take the place of
// what they edit, and what was redacted is gone.
func shown(events []matrixtest.Event, by string) (out []bottest.Shown) {
	at := map[string]int{}
	for _, e := range events {
		if e.Type != "m.room.message" || e.Sender != by {
			continue
		}
		rel, _ := e.Content["m.relates_to"].(map[string]any)
		if rel["rel_type"] == "m.replace" {
			next, _ := e.Content["m.new_content"].(map[string]any)
			if i, ok := at[fmt.Sprint(rel["event_id"])]; ok {
				out[i].Text, _ = next["body"].(string)
			}
			continue
		}
		if text, ok := e.Content["body"].(string); ok {
			at[e.ID] = len(out)
			out = append(out, bottest.Shown{ID: bot.MessageID(e.ID), Text: text})
		}
	}
	return out
}
