package bot_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"lectern/bot"
)

// A file is fetched for the command that takes one, after everything else was
// seen to be right, and no more of it than may be.
func TestFetch(t *testing.T) {
	var got *bot.File
	run := func(_ context.Context, r *bot.Request) (bot.Reply, error) {
		got = r.File
		return bot.Say(bot.Plain("done")), nil
	}
	at := &bot.File{Name: "at hand"}
	there := &bot.File{Name: "fetched"}
	var asked int64
	gets := func(f *bot.File, err error) bot.Fetch {
		return func(ctx context.Context, limit int64) (*bot.File, error) {
			asked = limit
			if err == nil && f == nil {
				<-ctx.Done()
				return nil, &bot.FileError{Err: ctx.Err()}
			}
			return f, err
		}
	}
	for _, x := range []struct {
		name  string
		event bot.Event
		want  *bot.File
		asked int64
		says  string
	}{
		{"at hand", bot.Event{Text: "take 1", File: at, Fetch: gets(there, nil)}, at, 0, "done"},
		{"fetched", bot.Event{Text: "take 1", Fetch: gets(there, nil)}, there, 100, "done"},
		{"none", bot.Event{Text: "take 1"}, nil, 0, "done"},
		{"not taken", bot.Event{Text: "leave", File: at, Fetch: gets(there, nil)}, nil, 0, "done"},
		{"not allowed", bot.Event{Text: "organise", Fetch: gets(there, nil)}, nil, 0, "bot.organisers_only Ana, Ben"},
		{"called wrongly", bot.Event{Text: "take", Fetch: gets(there, nil)}, nil, 0, "bot.missing"},
		{"too large", bot.Event{Text: "take 1", Fetch: gets(nil, &bot.FileError{Name: "b.md", TooLarge: true})}, nil, 100, "error.file_too_large b.md"},
		{"gone", bot.Event{Text: "take 1", Fetch: gets(nil, &bot.FileError{Name: "b.md", Err: errors.New("404")})}, nil, 100, "bot.file_gone b.md"},
		{"slow", bot.Event{Text: "take 1", Fetch: gets(nil, nil)}, nil, 100, "bot.slow"},
		{"a fault of ours", bot.Event{Text: "take 1", Fetch: gets(nil, errors.New("a fault"))}, nil, 100, "bot.internal"},
	} {
		t.Run(x.name, func(t *testing.T) {
			d, _ := newDispatcher(t)
			d.MaxFile = 100
			d.Commands = append(d.Commands,
				bot.Command{Name: "take", TakesFile: true, Params: []bot.Param{{Name: "n", Required: true}}, Run: run},
				bot.Command{Name: "leave", Run: run})
			for i := range d.Commands {
				if d.Commands[i].Name == "organise" {
					d.Commands[i].TakesFile = true
				}
			}
			got, asked = nil, 0
			x.event.Key, x.event.Addressed = "k:"+x.name, true
			synctest.Test(t, func(t *testing.T) { // time passes at once
				reply, _ := d.Handle(t.Context(), x.event)
				if text := reply.Blocks[0].Text.String(); !strings.HasPrefix(text, x.says) || got != x.want || asked != x.asked {
					t.Errorf("%q, %v, asked for %d bytes", text, got, asked)
				}
			})
		})
	}
}
