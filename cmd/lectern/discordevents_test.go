package main

import (
	"strings"
	"testing"
	"time"

	"lectern/bot/discord/discordtest"
)

// A group's meeting stands among the server's events from its announcement on,
// says what the plan says, and who is interested is counted.
func TestMeetingsAreEvents(t *testing.T) {
	d := newDiscordStage(t, nil).(*discordStage)
	guild := d.guild
	d.srv.InviteBot(guild, discordtest.CreateEvents|discordtest.Usual)
	one := func(after string) discordtest.Event {
		t.Helper()
		all := d.srv.Events(guild)
		if len(all) != 1 {
			t.Fatalf("after %s there are %d events: %+v", after, len(all), all)
		}
		return all[0]
	}
	none := func(after string) {
		t.Helper()
		if all := d.srv.Events(guild); len(all) != 0 {
			t.Fatalf("after %s there are events: %+v", after, all)
		}
	}
	do := func(line string) {
		t.Helper()
		d.Say(t, "ana", line)
		d.Say(t, "ana", "[Do it]")
	}
	// It is Tuesday, half past seven in the evening.
	d.Say(t, "ana", `/group setup name:"Room above" city:London place:"Café Nord" length:90`)
	d.Say(t, "ana", `/plan create handbook "thu 19:00" 4 posts:full`)
	d.Say(t, "ana", "[Publish]")
	first := one("the announcement")
	if first.Location != "Café Nord" || first.Ends.Sub(first.Starts) != 90*time.Minute || first.Starts.UTC().Format("Mon 15:04") != "Thu 19:00" {
		t.Errorf("the event is %+v", first)
	}
	do("/plan place The library")
	if e := one("another place"); e.ID != first.ID || e.Location != "The library" {
		t.Errorf("the event is %+v", e)
	}
	d.Say(t, "ana", "/group settings length:60")
	if e := one("another length"); e.ID != first.ID || e.Ends.Sub(e.Starts) != time.Hour {
		t.Errorf("the event is %+v", e)
	}
	do("/plan shift 1")
	if e := one("a shift"); e.ID != first.ID || e.Starts.Sub(first.Starts) != 7*24*time.Hour {
		t.Errorf("the event is %+v", e)
	}
	do("/plan undo")
	if e := one("undoing it"); e.ID != first.ID || !e.Starts.Equal(first.Starts) {
		t.Errorf("the event is %+v", e)
	}
	do("/plan cancel 26 nov")
	none("cancelling the meeting")
	do("/plan undo")
	one("undoing that")
	do("/plan pause")
	none("a pause")
	do("/plan resume")
	e := one("going on")
	d.srv.Interested(d.people["ben"], e.ID, true)
	d.srv.Interested(d.people["cem"], e.ID, true)
	if said := d.Sleep(t, e.Starts.Sub(d.clock.now())-30*time.Minute); !strings.Contains(said, "2 say that they are coming") {
		t.Errorf("before the meeting the room reads:\n%s", said)
	}
	if bad := d.srv.Refusals(); len(bad) > 0 {
		t.Errorf("refused as malformed: %v", bad)
	}
}
