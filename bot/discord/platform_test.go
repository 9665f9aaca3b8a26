package discord

import (
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/bot/discord/discordtest"
	"lectern/phrases"
)

// few are commands, some of each kind.
func few() []bot.Command {
	return []bot.Command{
		{Name: "passage", Summary: "Show a passage.", Anywhere: true, Params: []bot.Param{{Name: "citation", Type: bot.Citation, Required: true, Rest: true, Summary: "which", Complete: func(context.Context, *bot.Request, string) []bot.Choice { return nil }}}},
		{Name: "at", Summary: "How far you are.", Params: []bot.Param{{Name: "place", Summary: "where", Required: true}}},
		{Name: "group setup", Summary: "Make a group.", Form: true, Who: bot.Organiser, Params: []bot.Param{{Name: "name", Summary: "its name", Required: true}, {Name: "place", Summary: "where it meets"}}},
		{Name: "library add", Summary: "Add a book.", TakesFile: true, Params: []bot.Param{{Name: "alias", Summary: "its name"}}},
		{Name: "quote", Summary: "Where it stands.", Menu: "Find the source", Params: []bot.Param{{Name: "text", Type: bot.Text, Summary: "the words", Rest: true}}},
	}
}

// run connects a platform to a server until the test ends.
func run(t *testing.T, srv *discordtest.Server, h bot.Handler, change func(*Options)) *Platform {
	t.Helper()
	book, err := phrases.Load()
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{
		APIURL: srv.URL(), Token: srv.Token(), Commands: few(), Voice: book.In("en"), Voices: map[string]bot.Voice{"de": book.In("de")},
		Now: time.Now, Log: slog.New(slog.NewTextHandler(logTo{t}, &slog.HandlerOptions{Level: slog.LevelDebug})), StopWithin: 2 * time.Second, IdentifyGap: time.Millisecond,
	}
	if change != nil {
		change(&opt)
	}
	p, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, h) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
	wait, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	if err := srv.Until(wait, func() bool { return p.Connected() && len(srv.Commands("")) > 0 }); err != nil {
		t.Fatal("never connected: ", err)
	}
	return p
}

// quiet logs nothing.
var quiet = slog.New(slog.DiscardHandler)

type logTo struct{ t testing.TB }

func (l logTo) Write(b []byte) (int, error) {
	l.t.Logf("%s", b)
	return len(b), nil
}

// The suite that every platform passes.
func TestPlatform(t *testing.T) {
	bottest.TestPlatform(t, func(t *testing.T, h bot.Handler) *bottest.World {
		srv := discordtest.NewServer(t, discordtest.Options{Now: time.Now, NoLimits: true})
		guild := srv.AddGuild("Readers")
		room := srv.AddChannel(guild, discordtest.Channel{Name: "reading"})
		people := map[string]string{}
		for _, who := range []string{"ana", "ben"} {
			people[who] = srv.AddMember(guild, srv.AddUser(who))
		}
		p := run(t, srv, h, nil)
		return &bottest.World{
			Now: time.Now, Platform: p, Room: bot.Room{Platform: Name, ID: bot.RoomID(room)},
			Shown: func(_ testing.TB, who string) (out []bottest.Shown) {
				for _, in := range []string{room, srv.DM(people[who])} {
					for _, m := range srv.Messages(in, people[who]) {
						if m.Author == srv.Bot() {
							out = append(out, bottest.Shown{ID: bot.MessageID(m.ID), Text: read(m)})
						}
					}
				}
				return out
			},
			Say:  func(_ testing.TB, who, text string) { srv.Say(people[who], room, "<@"+srv.Bot()+"> "+text) },
			Talk: func(_ testing.TB, who, text string) { srv.Say(people[who], room, text) },
			Answer: func(_ testing.TB, who string, to bot.MessageID, text string) {
				srv.Reply(people[who], string(to), text)
			},
			Press: func(t testing.TB, who string, on bot.MessageID, a bot.Action) {
				if _, err := srv.Press(people[who], string(on), a.Label); err != nil {
					t.Fatal(err)
				}
			},
			Fail: func(_ testing.TB, how bottest.Failure) {
				kinds := map[bottest.Failure]discordtest.Fault{
					bottest.Refused:     {Kind: discordtest.Refused},
					bottest.Busy:        {Kind: discordtest.Limited, RetryAfter: bottest.BusyFor},
					bottest.LostAnswer:  {Kind: discordtest.LoseAnswer},
					bottest.LostMessage: {Kind: discordtest.Drop},
				}
				f := kinds[how]
				f.Method, f.Path = http.MethodPost, "/channels/{channel_id}/messages"
				srv.Fail(f)
			},
		}
	})
}

// read is a message as a client in the group's zone shows it: without what is
// markup, and with instants as that client writes them.
func read(m *discordtest.Message) string {
	var text strings.Builder
	text.WriteString(instant.ReplaceAllStringFunc(m.Text(), func(s string) string {
		parts := instant.FindStringSubmatch(s)
		return atOf(parts[1]).UTC().Format("Mon 2 Jan, 15:04")
	}))
	for _, a := range m.Attachments {
		text.WriteString("\n" + a.Name)
	}
	return strings.NewReplacer(`\\`, `\`, `\`, "", "||", "").Replace(text.String())
}

var instant = regexp.MustCompile(`<t:([0-9]+):[A-Za-z]>`)

func atOf(unix string) time.Time {
	n, err := strconv.ParseInt(unix, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0)
}
