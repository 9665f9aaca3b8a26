package matrix

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/matrix/matrixtest"
)

// A filled notes the commands that were filled in for it.
type filled struct {
	ear
	mu   sync.Mutex
	what []bot.Invocation
}

// Handle implements bot.Handler.
func (f *filled) Handle(_ context.Context, e bot.Event) (bot.Reply, bool) {
	if e.Invocation == nil {
		return f.ear.Handle(context.Background(), e)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.what = append(f.what, *e.Invocation)
	return bot.Reply{}, false
}

func (f *filled) all() []bot.Invocation {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.what)
}

// Where the bot may, it tells clients of its everyday commands, once for each
// version of them; what they fill in is understood, and nothing else.
func TestDescribe(t *testing.T) {
	hs := matrixtest.New(time.Now)
	server := httptest.NewServer(hs)
	t.Cleanup(server.Close)
	as := func(who string) matrixtest.Person {
		id := "@" + who + ":test"
		return matrixtest.Person{T: t, URL: server.URL, ID: id, Token: id}
	}
	ana, me := as("ana"), as("lectern")
	dir, h := t.TempDir(), &filled{ear: ear{said: map[string]bool{}}}
	begin := func(summary string) (stop func()) {
		p, err := New(Options{Homeserver: server.URL, User: me.ID, Token: me.Token, AllowInvites: []string{"*"}, State: filepath.Join(dir, "state"),
			Commands: []bot.Command{
				{Name: "passage", Summary: summary, Brief: true, Params: []bot.Param{{Name: "citation", Required: true, Rest: true}}},
				{Name: "prompt add", Summary: "x", Brief: true, Params: []bot.Param{{Name: "reading", Type: bot.Integer}, {Name: "how", Type: bot.OneOf, Choices: []bot.Choice{{Value: "a"}, {Value: "b"}}}, {Name: "plan", Button: true}}},
				{Name: "rare"}, {Name: "behind a button", Hidden: true, Brief: true},
			}, Voice: voice(t), Now: time.Now, Log: slog.New(slog.DiscardHandler), StopWithin: 2 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx, h) }()
		return func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("it ended with %v", err)
			}
		}
	}
	told := func(room string) (out []matrixtest.Event) {
		for _, e := range ana.Messages(room) {
			if e.Type == "org.matrix.msc4391.command_description" {
				out = append(out, e)
			}
		}
		return out
	}
	stop := begin("Show a passage.")
	room := ana.CreateRoom(me.ID)
	wantSoon(t, "the bot in the room", func() bool { return slices.Contains(me.Rooms(), room) })
	ana.Say(room, "!lectern hello", "")
	wantSoon(t, "that it heard", func() bool { return h.heard("hello") })
	if got := told(room); len(got) != 0 {
		t.Fatalf("without the right to, it described %v", got)
	}
	ana.Call("PUT", "rooms/"+room+"/state/m.room.power_levels", map[string]any{"users": map[string]any{ana.ID: 100, me.ID: 50}}, nil)
	wantSoon(t, "the descriptions", func() bool { return len(told(room)) == 2 })
	if c := told(room)[0]; c.Content["command"] != "passage" || c.Content["fi.mau.tail_parameter"] != "citation" || c.StateKey == nil || *c.StateKey == "" {
		t.Errorf("described as %v", c)
	}
	if c := told(room)[1].Content["parameters"].([]any); len(c) != 2 {
		t.Errorf("described with %v", c)
	}
	fill := func(command string, arguments map[string]any, mentions ...string) {
		ana.Send(room, "m.room.message", map[string]any{"msgtype": "m.text", "body": "/" + command, "m.mentions": map[string]any{"user_ids": mentions},
			"org.matrix.msc4391.command": map[string]any{"command": command, "arguments": arguments}})
	}
	fill("passage", map[string]any{"citation": "handbook 3"}, "@other:test")
	fill("behind a button", nil, me.ID)
	fill("passage", map[string]any{"citation": "handbook 3"}, me.ID)
	fill("prompt add", map[string]any{"reading": 2, "how": "a", "plan": "7", "more": true}, me.ID)
	wantSoon(t, "what was filled in", func() bool { return len(h.all()) >= 2 })
	if got := h.all(); len(got) != 2 || got[0].Args["citation"] != "handbook 3" || got[1].Command != "prompt add" || got[1].Args["reading"] != "2" || got[1].Args["how"] != "a" || len(got[1].Args) != 2 {
		t.Errorf("filled in: %v", got)
	}
	// Started again it has nothing new to say, and of what changed it says all.
	stop()
	stop = begin("Show a passage.")
	ana.Say(room, "!lectern again", "")
	wantSoon(t, "that it heard", func() bool { return h.heard("again") })
	stop()
	if n := len(told(room)); n != 2 {
		t.Errorf("started again, it described %d", n)
	}
	stop = begin("Show a passage or two.")
	wantSoon(t, "what changed", func() bool { return len(told(room)) == 4 })
	stop()
	if got := told(room)[2]; !strings.Contains(fmt.Sprint(got.Content["description"]), "or two") {
		t.Errorf("described anew as %v", got)
	}
}
