package main

import (
	"context"

	"lectern/bot"
	"lectern/bot/discord"
	"lectern/config"
	"lectern/storage"
)

// newDiscord makes the platform that the settings describe.
func newDiscord(h *house, settings config.Config, a *app) (*discord.Platform, error) {
	voices := map[string]bot.Voice{}
	for _, lang := range a.book.Languages() {
		if locale := discord.Locale(lang); locale != "" {
			voices[locale] = a.book.In(lang)
		}
	}
	shards := settings.Discord.Shards
	return discord.New(discord.Options{
		APIURL: settings.Discord.APIURL, Token: string(settings.Discord.Token),
		First: shards.First, Last: shards.Last, Of: shards.Of,
		Commands: h.dispatcher.Commands, Voice: a.book.In("en"), Voices: voices, Keep: carried{h.db},
		Now: a.now, Log: h.engine.Log, StopWithin: settings.Delivery.StopWithin,
	})
}

// carried keeps in the database what buttons carry.
type carried struct{ db *storage.DB }

// Keep implements discord.Keeper.
func (c carried) Keep(ctx context.Context, key string, value []byte) error {
	return c.db.Write(ctx, func(tx *storage.Tx) error { return tx.Carry(ctx, key, value) })
}

// Kept implements discord.Keeper.
func (c carried) Kept(ctx context.Context, key string) (value []byte, ok bool, err error) {
	err = c.db.Read(ctx, func(tx *storage.Tx) error {
		value, ok, err = tx.Carried(ctx, key)
		return err
	})
	return value, ok, err
}

// inviteCmd prints the address by which somebody who manages a server lets
// the bot into it, with no more rights than it uses.
type inviteCmd struct{}

// Run asks Discord which application the token belongs to.
func (inviteCmd) Run(a *app) error {
	settings, err := a.settings()
	if err == nil {
		err = settings.ReadSecrets()
	}
	if err != nil {
		return err
	}
	if !settings.Discord.Enabled() {
		return wrongCall("the settings name no Discord token. Set discord.token_file, or LECTERN_DISCORD_TOKEN; docs/discord.md says how to get one")
	}
	server, person, err := discord.Invitation(a.ctx, settings.Discord.APIURL, string(settings.Discord.Token), a.now)
	if err != nil {
		return err
	}
	a.show("%s\n\nFor one person alone, with /passage and the like wherever they are:\n%s\n", server, person)
	return nil
}
