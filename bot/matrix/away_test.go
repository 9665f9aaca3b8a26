package matrix

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/matrix/matrixtest"
)

// An echo answers what is said to it, and keeps under which key.
type echo struct {
	mu   sync.Mutex
	keys []string
}

func (h *echo) Handle(_ context.Context, e bot.Event) (bot.Reply, bool) {
	if !e.Addressed {
		return bot.Reply{}, false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keys = append(h.keys, e.Key)
	return bot.Say(bot.Plain("heard " + e.Text)), true
}

func (h *echo) Complete(context.Context, bot.Event, string, string) []bot.Choice { return nil }
func (h *echo) Changed(context.Context, bot.RoomChange)                          {}

// What was said while the bot was away is more than the homeserver tells at
// once. All of it is answered on return, in order, each question under its own
// name, and once, also if the bot had answered some of it and was killed before
// it wrote down that it had.
func TestAway(t *testing.T) {
	hs := matrixtest.New(time.Now)
	server := httptest.NewServer(hs)
	t.Cleanup(server.Close)
	as := func(who string) matrixtest.Person {
		id := "@" + who + ":test"
		return matrixtest.Person{T: t, URL: server.URL, ID: id, Token: id}
	}
	state := filepath.Join(t.TempDir(), "state")
	connect := func(h bot.Handler) (stop func()) {
		p, err := New(Options{Homeserver: server.URL, User: as("lectern").ID, Token: as("lectern").Token, AllowInvites: []string{"*"}, State: state,
			Voice: voice(t), Now: time.Now, Log: slog.New(slog.DiscardHandler), StopWithin: 2 * time.Second, Settle: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx, h) }()
		return func() {
			t.Helper()
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	stop := connect(&echo{})
	rooms := []string{as("ana").CreateRoom(as("lectern").ID), as("ana").CreateRoom(as("lectern").ID)}
	asked := map[string][]string{}
	for _, room := range rooms {
		wantSoon(t, "the bot in the room", func() bool { return slices.Contains(as("lectern").Rooms(), room) })
		asked[room] = append(asked[room], as("ana").Say(room, "!lectern first", ""))
		wantSoon(t, "an answer", func() bool { return len(shown(as("ana").Messages(room), as("lectern").ID)) == 1 })
	}
	stop()
	before, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range 300 {
		room := rooms[i%2]
		if i%20 > 1 {
			as("ana").Say(room, fmt.Sprintf("so we said %d", i), "")
			continue
		}
		e := as("ana").Say(room, fmt.Sprintf("!lectern question %d", i), "")
		want = append(want, "matrix:"+e)
		asked[room] = append(asked[room], e)
	}
	h := &echo{}
	for range 3 { // the second and the third time it forgot that it was there
		stop = connect(h)
		wantSoon(t, "all events", func() bool {
			st, err := openState(state)
			return err == nil && st.pos.Since == fmt.Sprint(hs.Position())
		})
		stop()
		if err := os.WriteFile(state, before, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, room := range rooms {
		var got []string
		for _, e := range as("ana").Messages(room) {
			rel, _ := e.Content["m.relates_to"].(map[string]any)
			if to, ok := rel["m.in_reply_to"].(map[string]any); ok && e.Sender == as("lectern").ID {
				got = append(got, to["event_id"].(string))
			}
		}
		if !slices.Equal(got, asked[room]) {
			t.Errorf("answered %v, want %v", got, asked[room])
		}
	}
	times := map[string]int{}
	for _, key := range h.keys { // what was said just before it left may be heard again too
		times[key]++
	}
	for _, key := range want {
		if times[key] != 3 {
			t.Errorf("%s was heard %d times in three runs", key, times[key])
		}
	}
}
