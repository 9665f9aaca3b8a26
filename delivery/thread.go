package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"lectern/bot"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// forumFor is how long a question waits for its reading's post in the forum.
// After that it is asked in the room.
const (
	forumFor   = 5 * time.Minute
	forumAgain = 2 * time.Second
)

// PostsInThreads reports whether posts can go into threads on a platform.
func (e *Engine) PostsInThreads(platform string) bool {
	_, ok := e.Platforms[platform].(bot.ThreadPoster)
	return ok
}

// FindForum is the forum that somebody named, in the same place as a room;
// bot.ErrNotFound where there is none.
func (e *Engine) FindForum(ctx context.Context, room bot.Room, named string) (bot.FoundForum, error) {
	f, ok := e.Platforms[room.Platform].(bot.Forum)
	if !ok {
		return bot.FoundForum{}, bot.ErrNotFound
	}
	return f.FindForum(ctx, room, named)
}

// discuss owes a reading that was announced just now the place where it is
// talked about, where its group has chosen one outside of the room.
func (e *Engine) discuss(ctx context.Context, tx *storage.Tx, announced storage.Delivery) error {
	room, err := tx.Room(ctx, announced.Platform, announced.Room)
	if err != nil {
		return err
	}
	owed := storage.Delivery{Group: announced.Group, Plan: announced.Plan, Reading: announced.Reading, Platform: announced.Platform}
	_, threader := e.Platforms[announced.Platform].(bot.Threader)
	switch {
	case room.Forum != "":
		owed.Key, owed.Kind, owed.Occurrence = fmt.Sprintf("discussion d%d", announced.ID), Discussion, "once"
		owed.Room, owed.Due = room.Forum, tx.Now
	case room.Threads && threader:
		g, v, err := e.voiceOf(ctx, tx, announced.Group)
		if err != nil {
			return err
		}
		owed.Key, owed.Kind, owed.Act, owed.Target = fmt.Sprintf("thread d%d", announced.ID), Announcement, storage.Thread, announced.ID
		if owed.Occurrence, err = titleOf(ctx, tx, v, g, announced); err != nil {
			return err
		}
		// It comes before what is due in the room at the same time: the questions
		// that go into it.
		owed.Room, owed.Due = announced.Room, earlier(announced.Due.Add(-time.Millisecond), tx.Now)
	default:
		return nil
	}
	owed.Token = Token(owed.Key)
	_, err = tx.Owe(ctx, owed)
	return err
}

// Discuss owes the place where a room's current reading is talked about, now
// that its group has chosen one.
func (e *Engine) Discuss(ctx context.Context, tx *storage.Tx, platform, room string) error {
	announced, err := tx.Announced(ctx, platform, room, Announcement)
	if errors.Is(err, storage.ErrNotFound) {
		return nil // the next one is
	}
	if err != nil {
		return err
	}
	p, err := tx.Plan(ctx, announced.Plan)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, x := range p.Readings {
		if x.ID == announced.Reading && x.Due.At.After(tx.Now) {
			return e.discuss(ctx, tx, announced)
		}
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// titleOf is what the reading of a delivery is called; its group's name if it
// is there no more.
func titleOf(ctx context.Context, tx *storage.Tx, v *phrases.Voice, g reading.Group, d storage.Delivery) (string, error) {
	p, err := tx.Plan(ctx, d.Plan)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(p.Readings, func(x reading.Reading) bool { return x.ID == d.Reading })
	if i < 0 {
		return g.Name, nil
	}
	return v.Say("post.reading_title", "N", p.Readings[i].N, "Total", len(p.Readings), "Title", p.Name).String(), nil
}

// discussion opens the talk about a reading in a forum: what is to be read,
// by when, and that its questions come there.
func discussion(ctx context.Context, tx *storage.Tx, v *phrases.Voice, now time.Time, g reading.Group, p *storage.PlanRow, x *reading.Reading) (bot.Reply, error) {
	post, err := Describe(ctx, tx, v, now, g, p, x)
	if err != nil {
		return post, err
	}
	post.Blocks = append(post.Blocks, bot.Para(v.Say("post.discuss")))
	return post, nil
}

// threadOf is the thread into which a post goes, "" for the room itself: where a
// group talks in threads or in a forum, a reading's questions stand there.
// wait is true while that place is still being made.
func (e *Engine) threadOf(ctx context.Context, d storage.Delivery) (thread string, wait bool, err error) {
	if !e.PostsInThreads(d.Platform) || d.Kind != Question || d.Recipient != "" {
		return "", false, nil
	}
	err = e.DB.Read(ctx, func(tx *storage.Tx) error {
		room, err := tx.Room(ctx, d.Platform, d.Room)
		if err != nil {
			return err
		}
		switch {
		case room.Forum != "":
			thread, wait, err = inForum(ctx, tx, d, room)
		case room.Threads:
			thread, err = e.underOpening(ctx, tx, d)
		}
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		err = nil // it was not posted there
	}
	return thread, wait, err
}

// inForum is the post in the forum under which a question stands.
func inForum(ctx context.Context, tx *storage.Tx, d storage.Delivery, room storage.Room) (thread string, wait bool, err error) {
	there := d
	there.Room = room.Forum
	head, err := tx.Opening(ctx, there, Discussion)
	if err == nil || !errors.Is(err, storage.ErrNotFound) {
		return head.Message, false, err
	}
	forum, err := tx.Room(ctx, d.Platform, room.Forum)
	if err != nil || forum.Paused != "" || tx.Now.Sub(d.Due) > forumFor {
		return "", false, err
	}
	open, err := tx.Deliveries(ctx, storage.DeliveryFilter{Plan: d.Plan, Reading: d.Reading, Platform: d.Platform, Room: room.Forum,
		States: []storage.DeliveryState{storage.Owed, storage.Sending}})
	return "", slices.ContainsFunc(open, func(x storage.Delivery) bool { return x.Kind == Discussion }), err
}

// underOpening is the announcement under which a question stands, "" where its
// thread could not be opened.
func (e *Engine) underOpening(ctx context.Context, tx *storage.Tx, d storage.Delivery) (string, error) {
	head, err := tx.Opening(ctx, d, Announcement)
	if err != nil {
		return "", err
	}
	if _, ok := e.Platforms[d.Platform].(bot.Threader); !ok {
		return head.Message, nil
	}
	opened, err := tx.Deliveries(ctx, storage.DeliveryFilter{Plan: d.Plan, Reading: d.Reading, Platform: d.Platform, Room: d.Room, Act: storage.Thread,
		States: []storage.DeliveryState{storage.Posted}})
	if err != nil || len(opened) == 0 {
		return "", err
	}
	return head.Message, nil
}

// findPost looks in a room for a delivery that may have been posted, and in the
// thread where it would stand.
func (e *Engine) findPost(ctx context.Context, p bot.Platform, f bot.Finder, room bot.Room, d storage.Delivery, since time.Time) (bot.MessageID, error) {
	t, ok := p.(bot.ThreadPoster)
	if !ok {
		return f.Find(ctx, room, d.Token, since)
	}
	thread, _, err := e.threadOf(ctx, d)
	if err != nil {
		return "", err
	}
	if thread == "" {
		return f.Find(ctx, room, d.Token, since)
	}
	return t.FindInThread(ctx, room, thread, d.Token, since)
}
