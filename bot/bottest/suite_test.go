package bottest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lectern/bot"
)

// The fake passes the suite that it stands in for others in.
func TestFake(t *testing.T) {
	TestPlatform(t, func(t *testing.T, h bot.Handler) *World {
		f := NewFake()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- f.Run(ctx, h) }()
		t.Cleanup(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
		room := bot.Room{Platform: FakeName, ID: "room"}
		var events atomic.Int64
		hear := func(t testing.TB, who string, e bot.Event) {
			t.Helper()
			e.Key = fmt.Sprintf("%s:%d", FakeName, events.Add(1))
			e.At, e.Room = time.Now(), room
			e.Account = bot.Account{Platform: FakeName, ID: who, Name: strings.ToUpper(who[:1]) + who[1:]}
			f.Handle(t.Context(), h, e)
		}
		return &World{
			Now: time.Now, Platform: f, Room: room,
			Shown: func(_ testing.TB, who string) (out []Shown) {
				for _, m := range f.Messages() {
					if !m.Post.Private || m.Post.Asker == who {
						out = append(out, Shown{m.ID, m.Text})
					}
				}
				return out
			},
			Say:  func(t testing.TB, who, text string) { hear(t, who, bot.Event{Text: text, Addressed: true}) },
			Talk: func(t testing.TB, who, text string) { hear(t, who, bot.Event{Text: text}) },
			Answer: func(t testing.TB, who string, to bot.MessageID, text string) {
				hear(t, who, bot.Event{Text: text, ReplyTo: to})
			},
			Press: func(t testing.TB, who string, on bot.MessageID, a bot.Action) {
				hear(t, who, bot.Event{Invocation: &a.Do, ReplyTo: on})
			},
			React: func(t testing.TB, who string, on bot.MessageID, emoji string) func() {
				r := bot.Reaction{Message: on, Emoji: strings.ReplaceAll(emoji, "\ufe0f", "")}
				hear(t, who, bot.Event{Reaction: &r})
				return func() {
					back := r
					back.Removed = true
					hear(t, who, bot.Event{Reaction: &back})
				}
			},
			Fail: func(_ testing.TB, how Failure) {
				lost := errors.New("no answer came")
				f.Fail(map[Failure]Fault{
					Refused:     {Err: bot.PostError{Outcome: bot.Permanent, Right: "to write here", Err: errors.New("forbidden")}},
					Busy:        {Err: bot.PostError{Outcome: bot.Retry, After: BusyFor, Err: errors.New("slow down")}},
					LostAnswer:  {Err: bot.PostError{Outcome: bot.Unknown, Err: lost}, Stored: true},
					LostMessage: {Err: bot.PostError{Outcome: bot.Unknown, Err: lost}},
				}[how])
			},
		}
	})
}
