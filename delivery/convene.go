package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"lectern/bot"
	"lectern/reading"
	"lectern/storage"
)

const (
	// eventFor is how long an event that the platform does not take is tried:
	// the room's posts wait behind it.
	eventFor = 15 * time.Minute
	// usualMinutes is how long a meeting takes where a group has not said it,
	// and its platform wants to know.
	usualMinutes = 60
)

// convene owes the meeting of a reading that was announced just now to the
// platform, where it shows what is planned.
func (e *Engine) convene(ctx context.Context, tx *storage.Tx, d storage.Delivery) error {
	if _, ok := e.Platforms[d.Platform].(bot.Convener); !ok || d.Act != storage.Post || d.Plan == 0 {
		return nil
	}
	said, err := tx.FoldedInto(ctx, d.ID)
	if err != nil {
		return err
	}
	for _, x := range append([]storage.Delivery{d}, said...) {
		if x.Kind != Announcement {
			continue
		}
		if err := owe(ctx, tx, x, "announced"); err != nil {
			return err
		}
	}
	return nil
}

func owe(ctx context.Context, tx *storage.Tx, announced storage.Delivery, change string) error {
	key := fmt.Sprintf("event d%d %s", announced.ID, change)
	_, err := tx.Owe(ctx, storage.Delivery{Key: key, Token: Token(key), Group: announced.Group, Plan: announced.Plan, Reading: announced.Reading, Kind: Meeting,
		Occurrence: change, Platform: announced.Platform, Room: announced.Room, Act: storage.Event, Target: announced.ID, Due: tx.Now})
	return err
}

// Reconvene has the platform's entries for a plan's meetings say what the plan
// says now. change names what made that necessary.
func Reconvene(ctx context.Context, tx *storage.Tx, p *storage.PlanRow, change string) error {
	rows, err := tx.Deliveries(ctx, storage.DeliveryFilter{Plan: p.ID, Act: storage.Event, Limit: 1000})
	if err != nil {
		return err
	}
	done := map[int64]bool{}
	for _, d := range slices.Backward(rows) {
		if done[d.Target] || past(p, d.Reading, tx.Now) {
			continue
		}
		done[d.Target] = true
		announced, err := tx.Delivery(ctx, d.Target)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if err := owe(ctx, tx, announced, change); err != nil {
			return err
		}
	}
	return nil
}

// past reports whether the meeting of a reading is over, as far as the plan
// still has it.
func past(p *storage.PlanRow, id reading.ReadingID, now time.Time) bool {
	i := slices.IndexFunc(p.Readings, func(x reading.Reading) bool { return x.ID == id })
	return i >= 0 && !p.Readings[i].Due.At.After(now) && p.Readings[i].State == reading.Done
}

// meetingOf is what the platform shall say of a reading's meeting; nil is that
// there is none.
func (e *Engine) meetingOf(ctx context.Context, d storage.Delivery) (m *bot.Meeting, err error) {
	err = e.DB.Read(ctx, func(tx *storage.Tx) error {
		g, err := tx.Group(ctx, d.Group)
		if err != nil {
			return err
		}
		p, err := tx.Plan(ctx, d.Plan)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		i := slices.IndexFunc(p.Readings, func(x reading.Reading) bool { return x.ID == d.Reading })
		place := PlaceOf(g, &p.Plan)
		if p.State != reading.Published || i < 0 || p.Readings[i].NoMeeting || place == "" || !p.Readings[i].Due.At.After(tx.Now) {
			return nil
		}
		x := &p.Readings[i]
		v := e.Phrases.In(g.Language)
		minutes := g.Minutes
		if minutes <= 0 {
			minutes = usualMinutes
		}
		var text []string
		for _, portion := range x.Portions {
			line, err := DescribePortion(ctx, tx, v, portion, p.Works() > 1)
			if err != nil {
				return err
			}
			text = append(text, line.String())
		}
		m = &bot.Meeting{
			Title: v.Say("post.reading_title", "N", x.N, "Total", len(p.Readings), "Title", p.Name).String(), Text: strings.Join(text, "\n"), Place: place,
			Begins: x.Due.At, Ends: x.Due.At.Add(time.Duration(minutes) * time.Minute),
		}
		return nil
	})
	return m, err
}

// coming adds to a word before a meeting how many said that they come, where
// the platform knows. It helps, and nothing hangs on it.
func (s *sending) coming(ctx context.Context, p bot.Platform, room bot.Room, post bot.Reply) bot.Reply {
	c, ok := p.(bot.Convener)
	if !ok || s.d.Kind != Reminder && s.d.Kind != Meeting || s.d.Recipient != "" {
		return post
	}
	var on bot.MessageID
	var line func(n int) bot.Spans
	err := s.DB.Read(ctx, func(tx *storage.Tx) error {
		g, err := tx.Group(ctx, s.d.Group)
		if err != nil {
			return err
		}
		line = func(n int) bot.Spans { return s.Phrases.In(g.Language).Say("post.coming", "Count", n) }
		rows, err := tx.Deliveries(ctx, storage.DeliveryFilter{Plan: s.d.Plan, Reading: s.d.Reading, Act: storage.Event, Room: s.d.Room, Platform: s.d.Platform})
		if err != nil || len(rows) == 0 {
			return err
		}
		announced, err := tx.Delivery(ctx, rows[0].Target)
		if err == nil && announced.State == storage.Folded {
			announced, err = tx.Delivery(ctx, announced.Folded)
		}
		on = bot.MessageID(announced.Message)
		return err
	})
	if err != nil || on == "" {
		return post
	}
	n, err := c.Coming(ctx, room, on)
	if err != nil {
		s.Log.Info("how many come is not known", "room", room.String(), "err", err)
		return post
	}
	if n > 0 {
		post.Blocks = append(slices.Clone(post.Blocks), bot.Para(line(n)))
	}
	return post
}
