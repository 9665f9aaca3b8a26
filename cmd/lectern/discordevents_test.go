package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lectern/bot/discord/discordtest"
)

// A group's next meetings stand among the server's events as soon as a plan is
// accepted, say what the plan says, and who is interested is counted.
func TestMeetingsAreEvents(t *testing.T) {
	d := newDiscordStage(t, nil).(*discordStage)
	guild := d.guild
	d.srv.InviteBot(guild, discordtest.CreateEvents|discordtest.Usual)
	// The next one of some number of events.
	one := func(after string, of int) discordtest.Event {
		t.Helper()
		all := d.srv.Events(guild)
		if len(all) != of {
			t.Fatalf("after %s there are %d events, not %d: %+v", after, len(all), of, all)
		}
		return slices.MinFunc(all, func(a, b discordtest.Event) int { return a.Starts.Compare(b.Starts) })
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
	d.Say(t, "ana", `/plan create handbook "thu 19:00" 6 posts:full`)
	d.Say(t, "ana", "[Publish]")
	first := one("the announcement", 4)
	if !strings.Contains(first.Description, "/"+d.room+"/") {
		t.Errorf("the first does not name its announcement: %s", first.Description)
	}
	for n, e := range d.srv.Events(guild)[1:] {
		if e.Starts.Sub(first.Starts) != time.Duration(n+1)*7*24*time.Hour || strings.Contains(e.Description, "/"+d.room+"/") {
			t.Errorf("the event after it is %+v", e)
		}
	}
	if first.Location != "Café Nord" || first.Ends.Sub(first.Starts) != 90*time.Minute || first.Starts.UTC().Format("Mon 15:04") != "Thu 19:00" {
		t.Errorf("the event is %+v", first)
	}
	do("/plan place The library")
	if e := one("another place", 4); e.ID != first.ID || e.Location != "The library" {
		t.Errorf("the event is %+v", e)
	}
	d.Say(t, "ana", "/group settings length:60")
	if e := one("another length", 4); e.ID != first.ID || e.Ends.Sub(e.Starts) != time.Hour {
		t.Errorf("the event is %+v", e)
	}
	do("/plan shift 1")
	if e := one("a shift", 4); e.ID != first.ID || e.Starts.Sub(first.Starts) != 7*24*time.Hour {
		t.Errorf("the event is %+v", e)
	}
	do("/plan undo")
	if e := one("undoing it", 4); e.ID != first.ID || !e.Starts.Equal(first.Starts) {
		t.Errorf("the event is %+v", e)
	}
	do("/plan cancel 26 nov")
	if e := one("cancelling the meeting", 3); e.ID == first.ID {
		t.Errorf("the event is %+v", e)
	}
	do("/plan undo")
	one("undoing that", 4)
	do("/plan pause")
	none("a pause")
	do("/plan resume")
	e := one("going on", 4)
	d.srv.Interested(d.people["ben"], e.ID, true)
	d.srv.Interested(d.people["cem"], e.ID, true)
	if said := d.Sleep(t, e.Starts.Sub(d.clock.now())-30*time.Minute); !strings.Contains(said, "2 say that they are coming") {
		t.Errorf("before the meeting the room reads:\n%s", said)
	}
	// The next announcement brings the fifth; what is over Discord itself takes away.
	d.Sleep(t, 24*time.Hour)
	last := ""
	for _, e := range d.srv.Events(guild) {
		last = e.Name
	}
	if !strings.HasPrefix(last, "Reading 5 of 6") {
		t.Errorf("the last event is %s", last)
	}
	if bad := d.srv.Refusals(); len(bad) > 0 {
		t.Errorf("refused as malformed: %v", bad)
	}
}
