package discord

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/discord/discordtest"
	"lectern/phrases"
)

// A patient handler answers when it is let.
type patient struct{ let chan struct{} }

// Handle implements bot.Handler.
func (p patient) Handle(ctx context.Context, _ bot.Event) (bot.Reply, bool) {
	select {
	case <-p.let:
	case <-ctx.Done():
	}
	return bot.Say(bot.Plain("the passage")), true
}

// Complete implements bot.Handler.
func (patient) Complete(context.Context, bot.Event, string, string) []bot.Choice { return nil }

// Changed implements bot.Handler.
func (patient) Changed(context.Context, bot.RoomChange) {}

// TestAnAnswerThatWasNotConfirmedIsFinished has Discord begin an answer and
// never say so: whoever asked must not be left with "is thinking…".
func TestAnAnswerThatWasNotConfirmedIsFinished(t *testing.T) {
	srv := discordtest.NewServer(t, discordtest.Options{Now: time.Now, Description: "-"})
	guild := srv.AddGuild("Readers")
	room := srv.AddChannel(guild, discordtest.Channel{Name: "reading"})
	ana := srv.AddMember(guild, srv.AddUser("Ana"))
	book, err := phrases.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(Options{
		APIURL: srv.URL(), Token: srv.Token(), Voice: book.In("en"), Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Commands: []bot.Command{{Name: "passage", Family: "look up", Summary: "Show a passage"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	h := patient{let: make(chan struct{})}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, h) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	if err := srv.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	const callback = "/interactions/{interaction_id}/{interaction_token}/callback"
	srv.Fail(discordtest.Fault{Kind: discordtest.LoseAnswer, Path: callback}, discordtest.Fault{Kind: discordtest.Drop, Path: callback, Times: -1})
	in, err := srv.Command(ana, room, "passage", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Until(ctx, func() bool { return in.Outcome().Kind == discordtest.AnswerDeferred }); err != nil {
		t.Fatal(err)
	}
	close(h.let)
	o, err := in.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got := o.Message.Text(); got != "the passage" {
		t.Errorf("ana reads %q", got)
	}
}
