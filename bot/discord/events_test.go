package discord

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/discord/discordtest"
)

// A meeting is one event of the server, whatever happens on the way to it: it
// is made once, changed where it stands, and taken away.
func TestConvene(t *testing.T) {
	p := newPlace(t, discordtest.Options{NoLimits: true}) // a hundred events would take minutes
	d := run(t, p.Server, &desk{}, nil)
	room := bot.Room{Platform: Name, ID: bot.RoomID(p.room)}
	on, err := d.Post(t.Context(), room, bot.Post{Reply: bot.Say(bot.Plain("Reading 1")), Key: bot.Key("one")})
	if err != nil {
		t.Fatal(err)
	}
	key := bot.Key("event p1 r1")
	begins := time.Now().Add(48 * time.Hour).Truncate(time.Second)
	m := &bot.Meeting{Title: strings.Repeat("Reading 1 of 4 ", 9), Text: strings.Repeat("¶ 1–14. ", 200), Place: "Café Nord", Begins: begins, Ends: begins.Add(90 * time.Minute)}

	// Without the right it says which is missing.
	err = d.Convene(t.Context(), room, key, on, m)
	if pe, ok := errors.AsType[*bot.PostError](err); !ok || pe.Outcome != bot.Permanent || pe.Right != rightToConvene {
		t.Fatalf("without the right: %v", err)
	}
	p.InviteBot(p.guild, discordtest.CreateEvents)

	// The answer is lost, and it is done again.
	p.Fail(discordtest.Fault{Kind: discordtest.LoseAnswer, Method: http.MethodPost, Path: "/guilds/{guild_id}/scheduled-events"})
	if err := d.Convene(t.Context(), room, key, "", m); err == nil {
		t.Fatal("a lost answer is none")
	}
	for range 2 {
		if err := d.Convene(t.Context(), room, key, "", m); err != nil {
			t.Fatal(err)
		}
	}
	events := p.Events(p.guild)
	if len(events) != 1 || !events[0].Starts.Equal(begins) || events[0].Ends.Sub(events[0].Starts) != 90*time.Minute || events[0].Location != "Café Nord" || !strings.Contains(events[0].Description, "/"+p.room+"\n(") {
		t.Fatalf("the events are %+v", events)
	}
	if n, err := d.Coming(t.Context(), room, key, on); n != 0 || err != nil {
		t.Errorf("%d come, %v", n, err)
	}
	p.Interested(p.ben, events[0].ID, true)
	p.Interested(p.ana, events[0].ID, true)
	if n, err := d.Coming(t.Context(), room, key, on); n != 2 || err != nil {
		t.Errorf("%d come, %v", n, err)
	}

	m.Begins, m.Ends, m.Place = begins.Add(24*time.Hour), begins.Add(25*time.Hour), "The library"
	if err := d.Convene(t.Context(), room, key, on, m); err != nil {
		t.Fatal(err)
	}
	moved := p.Events(p.guild)
	if len(moved) != 1 || moved[0].ID != events[0].ID || !moved[0].Starts.Equal(m.Begins) || moved[0].Location != "The library" || !strings.Contains(moved[0].Description, "/"+string(on)+"\n(") || len(moved[0].Interested) != 2 {
		t.Errorf("moved, the events are %+v", moved)
	}
	// Another meeting is another event; the server takes a hundred.
	for n := range 99 {
		if err := d.Convene(t.Context(), room, bot.Key("event p1 r1"+strings.Repeat("x", n+1)), "", m); err != nil {
			t.Fatal(n, err)
		}
	}
	err = d.Convene(t.Context(), room, bot.Key("one too many"), "", m)
	if pe, ok := errors.AsType[*bot.PostError](err); !ok || pe.Outcome != bot.Permanent || pe.Scope != bot.OnePost || !strings.Contains(pe.Right, "hundred events") {
		t.Errorf("the hundred and first event: %v", err)
	}
	for n := range 99 {
		if err := d.Convene(t.Context(), room, bot.Key("event p1 r1"+strings.Repeat("x", n+1)), "", nil); err != nil {
			t.Fatal(n, err)
		}
	}
	for range 2 {
		if err := d.Convene(t.Context(), room, key, on, nil); err != nil {
			t.Fatal(err)
		}
	}
	if events := p.Events(p.guild); len(events) != 0 {
		t.Errorf("taken away, the events are %+v", events)
	}
	if err := d.Convene(t.Context(), bot.Room{Platform: Name, ID: bot.RoomID(p.DM(p.ana))}, key, on, m); err != nil {
		t.Errorf("in a direct chat there are no events: %v", err)
	}
	if bad := p.Refusals(); len(bad) > 0 {
		t.Errorf("refused as malformed: %v", bad)
	}
}
