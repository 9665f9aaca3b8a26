package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	core "lectern/bot"
	"lectern/bot/bottest"
	"lectern/bot/discord"
	"lectern/bot/discord/discordtest"
	"lectern/phrases"
)

// pages draws what the bot can say as it looks on Discord.
func pages(ctx context.Context, args []string, say func(string, ...any)) error {
	f := flag.NewFlagSet("page", flag.ExitOnError)
	out := f.String("out", "bin/discord.html", "where to")
	only := f.String("only", "", "names of the gallery, parted by commas")
	if err := f.Parse(args); err != nil {
		return err
	}
	srv, err := discordtest.New(discordtest.Options{Now: time.Now, NoLimits: true})
	if err != nil {
		return err
	}
	defer srv.Close()
	guild := srv.AddGuild("Readers")
	room := srv.AddChannel(guild, discordtest.Channel{Name: "reading"})
	book, err := phrases.Load()
	if err != nil {
		return err
	}
	p, err := discord.New(discord.Options{APIURL: srv.URL(), Token: srv.Token(), Commands: rote(), Voice: book.In("en"), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	gallery := bottest.Gallery()
	names := slices.Sorted(maps.Keys(gallery))
	if *only != "" {
		names = strings.Split(*only, ",")
	}
	for _, name := range names {
		reply, ok := gallery[name]
		if !ok {
			return fmt.Errorf("the gallery has no %q", name)
		}
		if _, err := p.Post(ctx, core.Room{Platform: discord.Name, ID: core.RoomID(room)}, core.Post{Reply: reply, Key: core.Key(name)}); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	messages := srv.Messages(room, srv.Owner(guild))
	for _, r := range srv.TakeRefusals() {
		say("Discord would refuse %s", r)
	}
	say("%d replies, %d messages: %s", len(names), len(messages), *out)
	return os.WriteFile(*out, []byte(srv.Page("Lectern on Discord", time.UTC, messages...)), 0o644)
}
