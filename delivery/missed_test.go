package delivery_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/delivery"
	"lectern/storage"
)

// After an outage what was missed comes in one post that says so, what is too
// late does not come, and the organisers are told in one message.
func TestAfterAnOutage(t *testing.T) {
	c := newClub(t)
	e := c.engine("one")
	c.say("ana", `plan create handbook "tue 19:00" 4 start:2026-12-08`)
	c.say("ana", "plan publish")
	c.say("ana", "prompt add 2 [thu 10 dec 19:00] What is a rule for?")
	c.say("ana", "prompt add 2 [fri 11 dec 12:00] And who may break it?")
	c.drain(e)
	c.until("2026-12-07 19:00")
	c.drain(e)
	before := len(c.in("club"))
	c.until("2026-12-11 13:00") // offline since: reading 2 has opened, two questions came due
	c.write(func(tx *storage.Tx) error {
		return tx.AddOutage(t.Context(), storage.Outage{Began: c.clock().Add(-90 * time.Hour), Ended: c.clock()})
	})
	c.drain(e)
	got := c.in("club")[before:]
	if len(got) != 1 {
		t.Fatalf("%d posts, want one:\n%v", len(got), got)
	}
	c.contains(got[0], "These 3 came due meanwhile, in one post", "Reading 2 of 4", "What is a rule for?", "And who may break it?", "[1 Read along]")
	states := map[storage.DeliveryState]int{}
	for _, d := range c.rows(storage.DeliveryFilter{Platform: bottest.FakeName, Room: "club", From: c.clock().Add(-85 * time.Hour)}) {
		states[d.State]++
	}
	if states[storage.Posted] != 1 || states[storage.Folded] != 2 {
		t.Errorf("%v", states)
	}
	told := c.in("direct ana")
	if len(told) != 1 {
		t.Fatalf("the organiser was told %d times", len(told))
	}
	c.contains(told[0], "not running or not connected from Mon 7 Dec, 19:00 to Fri 11 Dec, 13:00", "Tuesday readers", "Announcement: due Tue 8 Dec, 19:00, posted Fri 11 Dec, 13:00", "said in one post with others")
	c.drain(e)
	if len(c.in("direct ana")) != 1 || len(c.in("club")) != before+1 {
		t.Error("it is said again")
	}
	// Much later: the reminder for reading 2 and the announcement of reading 3
	// are over; what counts is the newest.
	c.until("2026-12-23 09:00")
	c.drain(e)
	last := c.last("club")
	c.contains(last, "Reading 4 of 4")
	if strings.Contains(last.Text, "Reading 3 of 4") {
		t.Errorf("an announcement of what is over:\n%s", last.Text)
	}
	c.contains(c.last("direct ana"), "Reminder: due Mon 14 Dec, 19:00, not posted", "not sent more than 2 hours late")
	why := bottest.Plain(c.say("ana", "why 2"))
	for _, w := range []string{"Announcement: due Tue 8 Dec, 19:00, posted Fri 11 Dec, 13:00; I was not running or not connected from Mon 7 Dec, 19:00", "several were missed, and one post says them all", "[1 Post it now]"} {
		if !strings.Contains(why, w) {
			t.Errorf("no %q in\n%s", w, why)
		}
	}
	// An organiser may have it posted all the same; a guest may not.
	n := len(c.in("club"))
	c.say("ben", "join")
	reply, _ := c.d.Handle(t.Context(), bot.Event{Key: "fake:guest", At: c.clock(), Addressed: true, Room: bot.Room{Platform: bottest.FakeName, ID: "club"}, Account: c.account("ben"),
		Invocation: &bot.Invocation{Command: "post owed", Args: map[string]string{"delivery": "1"}}})
	if !reply.Failed {
		t.Errorf("a member decides: %s", bottest.Plain(reply))
	}
	c.press("ana", bottest.Message{Room: bot.Room{Platform: bottest.FakeName, ID: "club"}, Post: bot.Post{Reply: c.say("ana", "why 2")}}, "Post it now")
	c.drain(e)
	if len(c.in("club")) != n+1 {
		t.Fatal("the reminder was not posted on the organiser's word")
	}
	c.contains(c.last("club"), "Reading 2 of")
}

// A mute platform hides what a Fake can beside posting.
type mute struct {
	bot.Platform
	window time.Duration
}

func (m mute) KeepsKeys() time.Duration { return m.window }

func (m mute) Direct(ctx context.Context, user string) (bot.Room, error) {
	return m.Platform.(bot.Confidant).Direct(ctx, user)
}

// Within the platform's window an uncertain post is sent again with its key;
// after it, where the room cannot be looked into, the organisers are asked.
func TestUnknownEnd(t *testing.T) {
	c := newClub(t)
	e := c.engine("one")
	e.Platforms[bottest.FakeName] = mute{Platform: c.fake, window: 2 * time.Minute}
	e.Timeout = 10 * time.Second
	c.say("ana", `plan create handbook "tue 19:00" 4 start:2026-12-08`)
	c.say("ana", "plan publish")
	c.fake.Fail(bottest.Fault{Err: bot.PostError{Outcome: bot.Unknown, Err: errTest}, Stored: true})
	c.drain(e)
	c.sleep(time.Minute)
	c.drain(e)
	if n := len(c.in("club")); n != 1 {
		t.Fatalf("%d posts", n)
	}
	c.until("2026-12-07 19:00")
	c.fake.Fail(bottest.Fault{Err: bot.PostError{Outcome: bot.Unknown, Err: errTest}})
	c.drain(e)
	c.sleep(5 * time.Minute) // the window is over
	c.drain(e)
	if n := len(c.in("club")); n != 1 {
		t.Fatalf("it guessed: %d posts", n)
	}
	ask := c.last("direct ana")
	c.contains(ask, "cannot find out whether it arrived", "Reminder", "[1 Post it] [2 Leave it]")
	c.press("ana", ask, "Post it")
	c.drain(e)
	if n := len(c.in("club")); n != 2 {
		t.Fatalf("%d posts", n)
	}
	c.contains(c.last("club"), "Reading 1")
	// Pressed again, it is settled.
	if text := bottest.Plain(c.press("ana", ask, "Leave it")); !strings.Contains(text, "settled already") {
		t.Error(text)
	}
}

// A room that refuses tells the organisers elsewhere, once.
func TestRefusingRoomTells(t *testing.T) {
	c := newClub(t)
	e := c.engine("one")
	c.say("ana", `plan create handbook "tue 19:00" 4 start:2026-12-08`)
	c.fake.Fail(bottest.Fault{Err: bot.PostError{Outcome: bot.Permanent, Right: "Send Messages", Err: errTest}})
	c.say("ana", "plan publish")
	for range 3 {
		c.drain(e)
		c.sleep(time.Hour)
	}
	told := c.in("direct ana")
	if len(told) != 1 || len(c.in("club")) != 0 {
		t.Fatalf("told %d times", len(told))
	}
	c.contains(told[0], "can't post to the room of Tuesday readers", "Send Messages")
	if why := bottest.Plain(c.say("ana", "why")); !strings.Contains(why, "the room refused it (what is missing: Send Messages)") {
		t.Error(why)
	}
}

// A refusal that is about one post leaves the room alone; one that is about the
// whole platform blames no room.
func TestScopes(t *testing.T) {
	r := newRig(t)
	e := r.engine("one")
	r.owe("a", 2)
	r.fake.Fail(bottest.Fault{Err: bot.PostError{Outcome: bot.Permanent, Scope: bot.OnePost, Right: "smaller posts", Err: errTest}})
	r.sleep(time.Second)
	r.drain(e)
	if s := r.states("a"); s[storage.Failed] != 1 || s[storage.Posted] != 1 {
		t.Errorf("%v", s)
	}
	r.owe("b", 2)
	r.fake.Fail(bottest.Fault{Err: bot.PostError{Outcome: bot.Permanent, Scope: bot.EveryPlace, Right: "a token", Err: errTest}})
	r.sleep(time.Second)
	r.drain(e)
	r.want("b", 0)
	r.sleep(2 * time.Minute)
	r.drain(e)
	r.want("b", 2)
}

// Told to wait everywhere, an engine sends nothing anywhere until then.
func TestRetryAfterEverywhere(t *testing.T) {
	r := newRig(t)
	e := r.engine("one")
	r.owe("a", 1)
	r.fake.Fail(bottest.Fault{Err: bot.PostError{Outcome: bot.Retry, Scope: bot.EveryPlace, After: time.Minute, Err: errTest}})
	r.sleep(time.Second)
	r.drain(e)
	r.owe("b", 3)
	r.sleep(50 * time.Second)
	r.drain(e)
	r.want("b", 0)
	r.sleep(11 * time.Second)
	r.drain(e)
	r.want("a", 1)
	r.want("b", 3)
}

// Edits, pins and threads that belong to a post come after it, in order, and
// not at all if it was not made.
func TestActs(t *testing.T) {
	r := newRig(t)
	e := r.engine("one")
	owe := func(key string, d storage.Delivery) (id int64) {
		t.Helper()
		err := r.db.Write(t.Context(), func(tx *storage.Tx) error {
			d.Key, d.Token, d.Platform, d.Due, d.Occurrence = key, delivery.Token(key), bottest.FakeName, tx.Now, key
			if _, err := tx.Owe(t.Context(), d); err != nil {
				return err
			}
			all, err := tx.Deliveries(t.Context(), storage.DeliveryFilter{Limit: 1000})
			for _, x := range all {
				if x.Key == key {
					id = x.ID
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	body := func(s string) []byte {
		b, err := json.Marshal(bot.Say(bot.Plain(s)))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first := owe("post", storage.Delivery{Room: "a", Kind: delivery.Arrival, Body: body("one")})
	owe("edit", storage.Delivery{Room: "a", Kind: delivery.Arrival, Act: storage.Edit, Target: first, Body: body("two")})
	owe("pin", storage.Delivery{Room: "a", Kind: delivery.Arrival, Act: storage.Pin, Target: first})
	owe("thread", storage.Delivery{Room: "a", Kind: delivery.Arrival, Act: storage.Thread, Target: first})
	owe("next", storage.Delivery{Room: "a", Kind: delivery.Arrival, Body: body("three")})
	refused := owe("refused", storage.Delivery{Room: "b", Kind: delivery.Arrival, Body: body("never")})
	owe("pin refused", storage.Delivery{Room: "b", Kind: delivery.Arrival, Act: storage.Pin, Target: refused})
	// The first send of room a is uncertain, and none of what follows overtakes
	// it; that of b fails for good.
	failing := &failingOnce{Fake: r.fake, of: map[bot.RoomID]bot.PostError{
		"a": {Outcome: bot.Unknown, Err: errTest},
		"b": {Outcome: bot.Permanent, Scope: bot.OnePost, Err: errTest},
	}}
	e.Platforms[bottest.FakeName] = failing
	for range 3 {
		r.sleep(10 * time.Minute)
		r.drain(e)
	}
	all := r.fake.Messages()
	if len(all) != 2 || all[0].Text != "two\n" || !all[0].Pinned || all[0].Thread != "thread" || all[1].Text != "three\n" {
		t.Errorf("%+v", all)
	}
	if s := r.states("b"); s[storage.Failed] != 1 || s[storage.Skipped] != 1 {
		t.Errorf("%v", s)
	}
	owe("delete", storage.Delivery{Room: "a", Kind: delivery.Arrival, Act: storage.Delete, Target: first})
	owe("edit gone", storage.Delivery{Room: "a", Kind: delivery.Arrival, Act: storage.Edit, Target: first, Body: body("four")})
	r.sleep(time.Second)
	r.drain(e)
	if all := r.fake.Messages(); len(all) != 1 || all[0].Text != "three\n" {
		t.Errorf("%+v", all)
	}
	// A platform that knows no pins is asked for none.
	owe("pin where none are", storage.Delivery{Room: "a", Kind: delivery.Arrival, Act: storage.Pin, Target: first})
	e = r.engine("two")
	e.Platforms[bottest.FakeName] = mute{Platform: r.fake}
	r.sleep(time.Second)
	r.drain(e)
	if s := r.states("a"); s[storage.Skipped] != 1 || s[storage.Owed] != 0 {
		t.Errorf("%v", s)
	}
}

// failingOnce fails the first send to each of some rooms.
type failingOnce struct {
	*bottest.Fake
	of map[bot.RoomID]bot.PostError
}

func (f *failingOnce) Post(ctx context.Context, room bot.Room, p bot.Post) (bot.MessageID, error) {
	if err, ok := f.of[room.ID]; ok {
		delete(f.of, room.ID)
		return "", &err
	}
	return f.Fake.Post(ctx, room, p)
}

// A restored database posts nothing until somebody lets it.
func TestHold(t *testing.T) {
	r := newRig(t)
	e := r.engine("one")
	r.owe("a", 2)
	set := func(v string) {
		if err := r.db.Write(t.Context(), func(tx *storage.Tx) error { return tx.SaveSetting(t.Context(), storage.OnHold, v) }); err != nil {
			t.Fatal(err)
		}
	}
	set("2026-12-01T19:00:00Z")
	r.sleep(time.Hour)
	r.drain(e)
	r.want("a", 0)
	if e.Held() == "" {
		t.Error("it does not say so")
	}
	set("")
	r.drain(e)
	r.want("a", 2)
	if e.Held() != "" {
		t.Error(e.Held())
	}
}

// A post that makes the program stumble holds nothing up for ever.
func TestPanic(t *testing.T) {
	r := newRig(t)
	e := r.engine("one")
	r.owe("a", 1)
	r.owe("b", 1)
	e.Platforms[bottest.FakeName] = &stumbling{Fake: r.fake, left: 1}
	r.sleep(time.Second)
	r.drain(e)
	r.sleep(10 * time.Minute)
	r.drain(e)
	r.want("a", 1)
	r.want("b", 1)
}

type stumbling struct {
	*bottest.Fake
	left int
}

func (s *stumbling) Post(ctx context.Context, room bot.Room, p bot.Post) (bot.MessageID, error) {
	if room.ID == "a" && s.left > 0 {
		s.left--
		panic(errors.New("as asked"))
	}
	return s.Fake.Post(ctx, room, p)
}

// After a restore a review finds what the room holds already, and releasing
// sends the rest alone.
func TestRelease(t *testing.T) {
	c := newClub(t)
	e := c.engine("one")
	c.say("ana", `plan create handbook "tue 19:00" 4 start:2026-12-08`)
	c.say("ana", "plan publish")
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := c.db.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	c.drain(e) // posted after the backup
	c.until("2026-12-07 19:00")
	c.drain(e)
	posted := len(c.in("club"))
	if posted != 2 {
		t.Fatalf("%d posts", posted)
	}
	c.until("2026-12-08 19:30")
	restored := filepath.Join(t.TempDir(), "restored.db")
	if err := storage.Restore(t.Context(), backup, restored, c.clock()); err != nil {
		t.Fatal(err)
	}
	if err := c.db.Close(); err != nil {
		t.Fatal(err)
	}
	var err error
	if c.db, err = storage.Open(t.Context(), restored, storage.Options{Now: c.clock}); err != nil {
		t.Fatal(err)
	}
	e = c.engine("two")
	c.drain(e)
	if n := len(c.in("club")); n != posted {
		t.Fatalf("it posts at once: %d", n)
	}
	reviewed, err := e.Review(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, r := range reviewed {
		if r.Found != "" {
			found++
		}
	}
	if found != posted || len(reviewed) != posted+1 {
		t.Errorf("found %d of %d", found, len(reviewed))
	}
	if err := e.Release(t.Context(), reviewed); err != nil {
		t.Fatal(err)
	}
	c.drain(e)
	if n := len(c.in("club")); n != posted+1 {
		t.Errorf("%d posts after the release", n)
	}
	c.contains(c.last("club"), "Reading 2 of 4")
}
