package main

import (
	"strings"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
)

// What people choose at the post while the bot is away, or take back there,
// counts when the result is told, though the time was over before the bot came
// back. What they choose after that time does not.
func TestVotesWhileAway(t *testing.T) {
	const ask = `/vote ask "Which book next?" Letters | Essays | Plays until friday 18:00`
	setUp := func(s bottest.Stage) {
		s.Say(t, "ana", `/group setup name:"Tuesday readers" city:London place:- length:-`)
		if shown := s.Say(t, "ana", ask); !strings.Contains(shown, "Which book next?") {
			t.Fatal(shown)
		}
		s.Say(t, "ben", "+1️⃣")
		s.Say(t, "cem", "+2️⃣")
	}
	told := func(t *testing.T, shown string) {
		t.Helper()
		for _, want := range []string{"Result of vote 1", "Letters — 0", "Essays — 2", "Plays — 1", "3 voted"} {
			if !strings.Contains(strings.ReplaceAll(shown, "**", ""), want) {
				t.Errorf("not told: %s\n%s", want, shown)
			}
		}
		if strings.Count(shown, "Result of vote 1") != 1 {
			t.Errorf("it was told more than once:\n%s", shown)
		}
	}
	t.Run("matrix", func(t *testing.T) {
		m := newMatrixStage(t, nil).(*matrixStage)
		setUp(m)
		m.stop()
		on := m.latest()
		m.people["ben"].Redact(m.room, m.put("ben", "1️⃣", ""))
		m.people["ben"].React(m.room, on, "3️⃣")
		m.people["ben"].React(m.room, on, "9️⃣") // is no choice
		m.people["ben"].React(m.room, on, "🎉")
		m.people["dee"].React(m.room, on, "2️⃣")
		m.clock.set(m.clock.now().Add(90 * time.Hour))
		m.people["eli"].React(m.room, on, "3️⃣") // too late
		m.stage.Restart(t)
		m.drain(t) // before the bot hears of any of it
		told(t, m.news(t))
		m.begin(t)
		m.settle(t, "ana", m.room)
		m.drain(t)
		if shown := m.news(t); strings.Contains(shown, "Result") {
			t.Errorf("it was told again:\n%s", shown)
		}
	})
	t.Run("discord", func(t *testing.T) {
		d := newDiscordStage(t, nil).(*discordStage)
		setUp(d)
		d.stop()
		for who, choice := range map[string]int{"ben": 3, "dee": 2} {
			if err := d.choose(d.people[who], choice, true); err != nil {
				t.Fatal(err)
			}
		}
		d.clock.set(d.clock.now().Add(90 * time.Hour))
		d.stage.Restart(t)
		d.drain(t)
		told(t, d.news())
		d.begin(t)
	})
}

// Where a poll does not fit, or is not allowed, people press buttons; where it
// does, it is one of Discord's, that nothing is changed of and that ends when
// the vote does.
func TestVotesOnDiscord(t *testing.T) {
	d := newDiscordStage(t, nil).(*discordStage)
	d.Say(t, "ana", `/group setup name:"Tuesday readers" city:London place:- length:-`)
	polls := func() (open, ended int) {
		for _, m := range d.srv.Messages(d.room, d.people["ana"]) {
			if m.Poll != nil && m.Poll.Final {
				ended++
			} else if m.Poll != nil {
				open++
			}
		}
		return open, ended
	}
	d.Say(t, "ana", `/vote ask "Which book next?" Letters | Essays until friday 18:00`)
	if open, _ := polls(); open != 1 {
		t.Fatalf("there are %d polls", open)
	}
	d.Say(t, "ben", "+2️⃣")
	if shown := d.Say(t, "ana", "/vote close"); !strings.Contains(shown, "Essays. One voted.") {
		t.Errorf("the result is\n%s", shown)
	}
	if open, ended := polls(); open != 0 || ended != 1 {
		t.Errorf("%d polls are open, %d are over", open, ended)
	}
	for _, ask := range []string{
		`/vote ask "Which book next?" Letters | ` + strings.Repeat("long ", 12),
		`/vote ask "Which book next?" Letters | Essays until in 40 days`,
	} {
		shown := d.Say(t, "ana", ask)
		if open, _ := polls(); open != 0 || !strings.Contains(shown, "Which book next?") {
			t.Fatalf("%s: %d polls\n%s", ask, open, shown)
		}
		if shown := d.Say(t, "ben", "[1 · Letters]"); !strings.Contains(shown, "you chose Letters") {
			t.Errorf("the button does\n%s", shown)
		}
		if shown := d.Say(t, "ana", "/vote close"); !strings.Contains(shown, "Letters. One voted.") {
			t.Errorf("the result is\n%s", shown)
		}
	}
	// A server that lets nobody begin polls.
	d.srv.Overwrite(d.room, d.guild, 0, 1<<49)
	d.Say(t, "ana", `/vote ask "Which book next?" Letters | Essays`)
	if open, _ := polls(); open != 0 {
		t.Error("a poll was begun where none may be")
	}
	if shown := d.Say(t, "ben", "[2 · Essays]"); !strings.Contains(shown, "you chose Essays") {
		t.Errorf("the button does\n%s", shown)
	}
}

// A number on something that is not put to the vote is nobody's business.
func TestVoteElsewhere(t *testing.T) {
	f := newFakeStage(t, nil).(*fakeStage)
	f.Say(t, "ana", `/group setup name:"Tuesday readers" city:London place:- length:-`)
	f.Say(t, "ana", `/vote ask "Which book next?" Letters | Essays`)
	all := f.fake.Messages()
	f.said++
	e := bot.Event{Key: "fake:elsewhere", Room: bot.Room{Platform: bottest.FakeName, ID: "room"}, Account: account(bottest.FakeName, "ben"),
		Reaction: &bot.Reaction{Message: all[0].ID, Emoji: "1⃣"}}
	if reply, ok := f.house.dispatcher.Handle(t.Context(), e); ok {
		t.Errorf("it is answered: %+v", reply)
	}
	if shown := f.Say(t, "ana", "/vote"); !strings.Contains(shown, "Nobody has voted yet") {
		t.Errorf("it counts:\n%s", shown)
	}
}
