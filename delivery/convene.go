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

// ahead is how many coming meetings of a plan stand among what its platform has
// planned: a month of weekly ones, so that people can keep the evenings free, and
// few beside the hundred that a place on Discord has in all.
const ahead = 4

// afterPosts is by how much the entries of meetings that nobody was told of yet
// come after what is posted at the same time.
const afterPosts = 5 * time.Second

// Convenes reports whether a platform shows what is planned.
func (e *Engine) Convenes(platform string) bool {
	_, ok := e.Platforms[platform].(bot.Convener)
	return ok
}

// convene has the entry of a reading that was announced just now name the
// announcement, and makes those of the meetings that have come near with it.
func (e *Engine) convene(ctx context.Context, tx *storage.Tx, announced storage.Delivery) error {
	if !e.Convenes(announced.Platform) {
		return nil
	}
	p, err := tx.Plan(ctx, announced.Plan)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := owe(ctx, tx, p.Group, meetingAt{announced.Plan, announced.Reading, announced.Platform, announced.Room}, "announced", tx.Now); err != nil {
		return err
	}
	g, err := tx.Group(ctx, p.Group)
	if err != nil {
		return err
	}
	for _, m := range coming(&p, g, tx.Now) {
		if err := owe(ctx, tx, p.Group, m, "ahead", tx.Now); err != nil {
			return err
		}
	}
	return nil
}

// meetingAt is which meeting an entry is about, and of which room: what its
// key is made of.
type meetingAt struct {
	plan           reading.PlanID
	reading        reading.ReadingID
	platform, room string
}

func (m meetingAt) key() string {
	return Token(fmt.Sprintf("event p%d r%d %s %s", m.plan, m.reading, m.platform, m.room))
}

// String is the meeting as a delivery keeps it, whose reading may go.
func (m meetingAt) String() string { return fmt.Sprintf("p%d r%d", m.plan, m.reading) }

// meetingIn is the meeting that a delivery is about.
func meetingIn(d storage.Delivery) meetingAt {
	m := meetingAt{d.Plan, d.Reading, d.Platform, d.Room}
	if _, err := fmt.Sscanf(d.Occurrence, "p%d r%d", &m.plan, &m.reading); err != nil {
		m.plan, m.reading = d.Plan, d.Reading // it was owed before meetings had names
	}
	return m
}

// owe owes an entry once for each change of it.
func owe(ctx context.Context, tx *storage.Tx, g reading.GroupID, m meetingAt, change string, due time.Time) error {
	key := fmt.Sprintf("event p%d r%d %s %s %s", m.plan, m.reading, m.platform, m.room, change)
	known, err := tx.ReadingKnown(ctx, m.reading)
	if err != nil {
		return err
	}
	d := storage.Delivery{Key: key, Token: Token(key), Group: g, Plan: m.plan, Reading: m.reading, Kind: Meeting, Occurrence: m.String(),
		Platform: m.platform, Room: m.room, Act: storage.Event, Due: due}
	if !known {
		d.Reading = 0
	}
	_, err = tx.Owe(ctx, d)
	return err
}

// coming are the next meetings of a plan that stand among what is planned.
func coming(p *storage.PlanRow, g reading.Group, now time.Time) (out []meetingAt) {
	if p.State != reading.Published || PlaceOf(g, &p.Plan) == "" {
		return nil
	}
	n := 0
	for i := range p.Readings {
		x := &p.Readings[i]
		if x.State == reading.Done || !x.Due.At.After(now) {
			continue
		}
		if n++; n > ahead {
			break
		}
		if !x.NoMeeting {
			out = append(out, meetingAt{p.ID, x.ID, p.Platform, p.Room})
		}
	}
	return out
}

// Reconvene has the platform's entries for a plan's meetings say what the plan
// says now. change names what made that necessary, and convenes says that the
// plan's platform shows what is planned.
func Reconvene(ctx context.Context, tx *storage.Tx, p *storage.PlanRow, change string, convenes bool) error {
	rows, err := tx.Deliveries(ctx, storage.DeliveryFilter{Plan: p.ID, Act: storage.Event, Limit: 10_000})
	if err != nil {
		return err
	}
	done := map[meetingAt]bool{}
	for _, d := range slices.Backward(rows) {
		m := meetingIn(d)
		if m.reading == 0 || done[m] || past(p, m.reading, tx.Now) {
			continue
		}
		done[m] = true
		if err := owe(ctx, tx, p.Group, m, change, tx.Now); err != nil {
			return err
		}
	}
	if !convenes {
		return nil
	}
	g, err := tx.Group(ctx, p.Group)
	if err != nil {
		return err
	}
	for _, m := range coming(p, g, tx.Now) {
		if done[m] {
			continue
		}
		if err := owe(ctx, tx, p.Group, m, "ahead", tx.Now.Add(afterPosts)); err != nil {
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

// meetingOf is what the platform shall say of a meeting, and the message that
// announces it; nil is that there is none.
func (e *Engine) meetingOf(ctx context.Context, d storage.Delivery) (m *bot.Meeting, on bot.MessageID, err error) {
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
		if i >= 0 {
			if on, err = openingOf(ctx, tx, d); err != nil {
				return err
			}
		}
		place := PlaceOf(g, &p.Plan)
		if p.State != reading.Published || p.Platform != d.Platform || p.Room != d.Room || i < 0 || p.Readings[i].NoMeeting || place == "" || !p.Readings[i].Due.At.After(tx.Now) {
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
	return m, on, err
}

// openingOf is the message that announces a delivery's reading in its room, ""
// if none does.
func openingOf(ctx context.Context, tx *storage.Tx, d storage.Delivery) (bot.MessageID, error) {
	head, err := tx.Opening(ctx, d, Announcement)
	if errors.Is(err, storage.ErrNotFound) {
		return "", nil
	}
	return bot.MessageID(head.Message), err
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
		on, err = openingOf(ctx, tx, s.d)
		return err
	})
	if err != nil {
		return post
	}
	key := meetingAt{s.d.Plan, s.d.Reading, s.d.Platform, s.d.Room}.key()
	n, err := c.Coming(ctx, room, key, on)
	if err != nil {
		s.Log.Info("how many come is not known", "room", room.String(), "err", err)
		return post
	}
	if n > 0 {
		post.Blocks = append(slices.Clone(post.Blocks), bot.Para(line(n)))
	}
	return post
}
