package matrix

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/matrix/matrixtest"
)

// A book answers with a page, from which others are one press away.
type book struct{}

func (book) Handle(_ context.Context, e bot.Event) (bot.Reply, bool) {
	n := 3
	if e.Invocation != nil {
		n, _ = strconv.Atoi(e.Invocation.Args["n"])
	} else if !e.Addressed {
		return bot.Reply{}, false
	}
	r := bot.Say(bot.Plain(fmt.Sprintf("page %d", n)))
	page := func(label string, n int) bot.Action {
		return bot.Action{Label: label, Do: bot.Invocation{Command: "page", Args: map[string]string{"n": strconv.Itoa(n)}}}
	}
	r.Actions = []bot.Action{page(fmt.Sprintf("◀ %d", n-1), n-1), page(fmt.Sprintf("%d ▶", n+1), n+1)}
	return r, true
}

func (book) Complete(context.Context, bot.Event, string, string) []bot.Choice { return nil }
func (book) Changed(context.Context, bot.RoomChange)                          {}

// Whoever asked turns pages by the arrows under the answer, which is edited;
// taking an arrow back turns too, since the same tap does it. Others turn
// nothing. A bot that was started anew knows at which page it was.
func TestTurningPages(t *testing.T) {
	hs := matrixtest.New(time.Now)
	server := httptest.NewServer(hs)
	t.Cleanup(server.Close)
	as := func(who string) matrixtest.Person {
		return matrixtest.Person{T: t, URL: server.URL, ID: "@" + who + ":test", Token: "@" + who + ":test"}
	}
	state := filepath.Join(t.TempDir(), "state")
	connect := func() (stop func()) {
		p, err := New(Options{Homeserver: server.URL, User: as("lectern").ID, Token: as("lectern").Token, AllowInvites: []string{"*"}, State: state,
			Voice: voice(t), Now: time.Now, Log: slog.New(slog.DiscardHandler), StopWithin: 2 * time.Second, Settle: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx, book{}) }()
		return func() {
			t.Helper()
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	stop := connect()
	room := as("ana").CreateRoom(as("lectern").ID, as("ben").ID)
	as("ben").Joined()
	wantSoon(t, "the bot in the room", func() bool { return slices.Contains(as("lectern").Rooms(), room) })
	as("ana").Say(room, "!lectern page", "")
	now := func() (text string) {
		all := shown(as("ana").Messages(room), as("lectern").ID)
		if len(all) != 1 {
			return fmt.Sprint(len(all), " messages")
		}
		return all[0].Text[:len("page 3")]
	}
	wantSoon(t, "a page", func() bool { return now() == "page 3" })
	wantSoon(t, "arrows", func() bool {
		n := 0
		for _, e := range as("ana").Messages(room) {
			if e.Type == "m.reaction" && e.Sender == as("lectern").ID {
				n++
			}
		}
		return n == 2
	})
	on := string(shown(as("ana").Messages(room), as("lectern").ID)[0].ID)
	as("ben").React(room, on, "▶️")
	arrow := as("ana").React(room, on, "▶️")
	wantSoon(t, "the next page", func() bool { return now() == "page 4" })
	as("ana").Redact(room, arrow)
	wantSoon(t, "the page after it", func() bool { return now() == "page 5" })
	stop()
	stop = connect()
	as("ana").React(room, on, "◀")
	wantSoon(t, "the page before", func() bool { return now() == "page 4" })
	stop()
}
