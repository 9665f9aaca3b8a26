package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lectern/bot/discord/discordtest"
)

// A week of a group as Discord shows it. With $DISCORD_PAGES, a folder, each
// part of it is written there as a page, of which `make pictures` takes the
// pictures in docs/discord.md.
func TestDiscordWeek(t *testing.T) {
	d := newDiscordStage(t, nil).(*discordStage)
	d.srv.InviteBot(d.guild, discordtest.CreateEvents|discordtest.Usual)
	seen := map[string]bool{}
	page := func(name string, wanted ...string) {
		t.Helper()
		var fresh []*discordtest.Message
		for _, id := range d.shown {
			if m := d.srv.Message(id); m != nil && !m.Deleted && !seen[id] {
				fresh = append(fresh, m)
			}
			seen[id] = true
		}
		text := d.srv.Page("Lectern on Discord: "+name, d.zone, fresh...)
		for _, w := range wanted {
			if !strings.Contains(text, w) {
				t.Errorf("the page %s is without %q:\n%s", name, w, text)
			}
		}
		if dir := os.Getenv("DISCORD_PAGES"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, "discord-"+name+".html"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	forget := func() {
		for _, id := range d.shown {
			seen[id] = true
		}
	}

	d.Say(t, "ana", `/group setup name:"Room above" city:London place:"Café Nord" length:90`)
	page("setup", "is ready", "Café Nord")
	d.Say(t, "ana", `/plan create handbook "thu 19:00" 4 posts:full`)
	page("plan", "Reading")
	d.Say(t, "ana", `/prompt add 1 What did you read first, and what did you leave out?`)
	forget()
	d.Say(t, "ana", "[Publish]")
	forget()
	d.Sleep(t, time.Minute)
	for _, id := range d.shown { // the announcement, alone
		if m := d.srv.Message(id); m != nil && strings.Contains(m.Text(), "Reading 1 of 4") && m.Nonce != "" {
			delete(seen, id)
		}
	}
	page("announcement", "Reading 1 of 4", "I have read it")
	d.Say(t, "ben", "[Read along]")
	d.Say(t, "dee", "[Read along]")
	d.Say(t, "dee", "[I have read it]")
	forget()
	d.Say(t, "ben", "/passage handbook 3")
	page("passage", "handbook 3")
	event := d.srv.Events(d.guild)[0]
	d.srv.Interested(d.people["ben"], event.ID, true)
	d.srv.Interested(d.people["dee"], event.ID, true)
	d.Sleep(t, event.Starts.Sub(d.clock.now())-30*time.Minute)
	page("meeting", "2 say that they are coming")
	d.Say(t, "ben", "/progress")
	page("progress", "Reading Together", "one has read it")
}
