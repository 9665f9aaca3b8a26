package matrix

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"lectern/bot"
	"lectern/bot/matrix/matrixtest"
)

// forgetful keeps no answers.
type forgetful struct{}

func (forgetful) Answered(context.Context, string) (bot.Reply, bool, error) {
	return bot.Reply{}, false, nil
}
func (forgetful) Form(context.Context, bot.Room, bot.Account) (*bot.Form, error)  { return nil, nil }
func (forgetful) SaveForm(context.Context, bot.Event, *bot.Form, bot.Reply) error { return nil }

// A file reaches a command that takes one with the words under it, or in the
// message that the command replies to; what stands in the way is said. What no
// command takes is left where it lies.
func TestFiles(t *testing.T) {
	hs := matrixtest.New(time.Now)
	server := httptest.NewServer(hs)
	t.Cleanup(server.Close)
	as := func(who string) matrixtest.Person {
		id := "@" + who + ":test"
		return matrixtest.Person{T: t, URL: server.URL, ID: id, Token: id}
	}
	ana, me := as("ana"), as("lectern")
	say := func(_ context.Context, r *bot.Request) (bot.Reply, error) {
		if r.File == nil {
			return bot.Say(bot.Plain("no file")), nil
		}
		return bot.Say(bot.Plain(fmt.Sprintf("%s, %s: %s", r.File.Name, r.File.MIME, r.File.Data))), nil
	}
	d := &bot.Dispatcher{
		Commands: []bot.Command{{Name: "take", TakesFile: true, Run: say}, {Name: "leave", Run: say}, {Name: "organise", Who: bot.Organiser, TakesFile: true, Run: say}},
		Voice:    func(string) bot.Voice { return voice(t) },
		Identify: func(_ context.Context, r *bot.Request) error { r.Group = 1; return nil },
		Memory:   forgetful{}, Log: slog.New(slog.DiscardHandler), MaxFile: 20,
	}
	p, err := New(Options{Homeserver: server.URL, User: me.ID, Token: me.Token, AllowInvites: []string{"*"}, State: filepath.Join(t.TempDir(), "state"),
		Voice: voice(t), Now: time.Now, Log: slog.New(slog.DiscardHandler), StopWithin: 2 * time.Second, Settle: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, d) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	room := ana.CreateRoom(me.ID)
	wantSoon(t, "the bot in the room", func() bool { return slices.Contains(me.Rooms(), room) })
	// answer is what the bot says to an event.
	answer := func(to string) (text string) {
		t.Helper()
		wantSoon(t, "an answer", func() bool {
			for _, e := range ana.Messages(room) {
				rel, _ := e.Content["m.relates_to"].(map[string]any)
				if in, ok := rel["m.in_reply_to"].(map[string]any); ok && e.Sender == me.ID && in["event_id"] == to {
					text, _ = e.Content["body"].(string)
					return true
				}
			}
			return false
		})
		return text
	}
	fetched := hs.Fetched
	info := map[string]any{"mimetype": "text/markdown", "size": 8}
	book := ana.Upload("# A book")
	large := ana.Upload("# A book of many words")
	bare := ana.SendFile(room, "book.md", book, "", "info", info)
	largeBare := ana.SendFile(room, "large.md", large, "")
	liar := ana.SendFile(room, "large.md", large, "", "info", map[string]any{"size": 8})
	taken := ana.SendFile(room, "taken.md", book, "")
	ana.Redact(room, taken)
	edge := ana.SendFile(room, "edge.md", ana.Upload(strings.Repeat("x", 20)), "")
	text := ana.Say(room, "The book is good.", "")

	const whole, none = "book.md, text/markdown: # A book", "no file"
	const tooLarge, gone = "large.md is larger than", "can't get book.md from the server. Please send it again"
	for _, x := range []struct {
		name    string
		say     func() string
		want    string
		fetches bool
	}{
		{"words under it", func() string { return ana.SendFile(room, "book.md", book, "!lectern take", "info", info) }, whole, true},
		{"the bot's name under it", func() string { return ana.SendFile(room, "book.md", book, "lectern: take", "info", info) }, whole, true},
		{"a reply", func() string { return ana.Say(room, "!lectern take", bare) }, whole, true},
		{"a reply with its quotation", func() string { return ana.Say(room, "> <@ana:test> book.md\n\n!lectern take", bare) }, whole, true},
		{"the file itself, before the one replied to", func() string {
			return ana.SendFile(room, "edge.md", book, "!lectern take", "info", info, "m.relates_to", map[string]any{"m.in_reply_to": map[string]any{"event_id": bare}})
		}, "edge.md, text/markdown: # A book", true},
		{"as large as may be", func() string { return ana.Say(room, "!lectern take", edge) }, "edge.md, : xxxxxxxxxxxxxxxxxxxx", true},
		{"nothing to take", func() string { return ana.Say(room, "!lectern take", "") }, none, false},
		{"a reply to words", func() string { return ana.Say(room, "!lectern take", text) }, none, false},
		{"a reply to what was taken back", func() string { return ana.Say(room, "!lectern take", taken) }, none, false},
		{"a command that takes none", func() string { return ana.SendFile(room, "book.md", book, "!lectern leave") }, none, false},
		{"somebody who may not", func() string { return ana.SendFile(room, "book.md", book, "!lectern organise") }, "Only those who manage", false},
		{"too large", func() string { return ana.Say(room, "!lectern take", largeBare) }, tooLarge, true},
		{"too large, by its own word", func() string {
			return ana.SendFile(room, "large.md", large, "!lectern take", "info", map[string]any{"size": 21})
		}, tooLarge, false},
		{"larger than it says", func() string { return ana.Say(room, "!lectern take", liar) }, tooLarge, true},
		{"vanished", func() string { return ana.SendFile(room, "book.md", "mxc://test/gone", "!lectern take") }, gone, true},
		{"no address", func() string { return ana.SendFile(room, "book.md", "", "!lectern take") }, gone, false},
		{"an address of something else", func() string {
			return ana.SendFile(room, "book.md", "mxc://../../../../v3/rooms/"+room+"/messages", "!lectern take")
		}, gone, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			before := fetched()
			if got := answer(x.say()); !strings.Contains(got, x.want) {
				t.Errorf("answered %q, want %q in it", got, x.want)
			}
			if now := fetched(); (now > before) != x.fetches {
				t.Errorf("media were asked for %d times", now-before)
			}
		})
	}
	// People who send each other files are left alone.
	before := fetched()
	ana.SendFile(room, "book.md", book, "Who has read this?")
	ana.SendFile(room, "!lectern take", book, "")
	if got := answer(ana.Say(room, "!lectern leave", "")); got != none {
		t.Error(got)
	}
	if n := fetched() - before; n > 0 {
		t.Errorf("media that are nobody's business were asked for %d times", n)
	}
	// A homeserver that knows no authenticated media.
	hs.Age()
	if got := answer(ana.Say(room, "!lectern take", bare)); got != whole {
		t.Errorf("from an old homeserver: %q", got)
	}
	if got := answer(ana.SendFile(room, "book.md", "mxc://test/gone", "!lectern take")); !strings.Contains(got, gone) {
		t.Errorf("from an old homeserver, what has vanished: %q", got)
	}
}

// A homeserver that stumbles is asked again; one that keeps stumbling is not
// waited for, nor one that refuses.
func TestAgain(t *testing.T) {
	answer := func(status int, code string) error {
		return mautrix.HTTPError{Response: &http.Response{StatusCode: status}, RespError: &mautrix.RespError{ErrCode: code}}
	}
	for _, x := range []struct {
		err      error
		failures int
		asked    int
		fails    bool
	}{
		{nil, 0, 1, false},
		{answer(502, "M_UNKNOWN"), 2, 3, false},
		{io.ErrUnexpectedEOF, 1, 2, false},
		{answer(502, "M_UNKNOWN"), 9, 3, true},
		{answer(404, "M_NOT_FOUND"), 9, 1, true},
		{errTooLarge, 9, 1, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			asked := 0
			err := again(t.Context(), func() error {
				if asked++; asked <= x.failures {
					return x.err
				}
				return nil
			})
			if (err != nil) != x.fails || asked != x.asked {
				t.Errorf("%v, %d times: %v, asked %d times", x.err, x.failures, err, asked)
			}
		})
	}
}

// A file that does not say how long it is, and does not end, is let go.
func TestEndlessFile(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	p, err := New(Options{Homeserver: server.URL, User: me, Token: "secret", State: filepath.Join(t.TempDir(), "s"), Now: now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if data, err := p.download(t.Context(), id.MustParseContentURI("mxc://test/file"), 1<<20); !errors.Is(err, errTooLarge) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

// The bot's token is used for media alone, whatever an address says.
func TestPlace(t *testing.T) {
	for _, good := range []id.ContentURIString{"mxc://test/file0", "mxc://matrix.example.org:8448/aB_c-1", "mxc://[2001:db8::1]:80/x", "mxc://10.0.0.1/x"} {
		if _, err := place(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []id.ContentURIString{"", "mxc://", "mxc://test", "mxc://test/", "mxc:///x", "https://test/x", "mxc://../x", "mxc://./x", "mxc://test/..", "mxc://test/a/b", "mxc://test/%2e%2e", "mxc://test/x?y", "mxc://te st/x", "mxc://test\\x/y"} {
		if got, err := place(bad); err == nil {
			t.Errorf("%s was read as %v", bad, got)
		}
	}
}
