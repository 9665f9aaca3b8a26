package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lectern/bot"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// notify owes a group's organisers a word, each in a room of their own where
// the platform has such; otherwise in a room of the group's that is not the
// one at fault. key names it for ever.
func (e *Engine) notify(ctx context.Context, tx *storage.Tx, g reading.GroupID, key string, word bot.Reply, not storage.Delivery) error {
	body, err := json.Marshal(word)
	if err != nil {
		return fmt.Errorf("delivery: %w", err)
	}
	owe := func(platform, room, recipient string) error {
		key := key + " " + platform + " " + room
		_, err := tx.Owe(ctx, storage.Delivery{Key: key, Token: Token(key), Group: g, Kind: Notice, Occurrence: key,
			Platform: platform, Room: room, Recipient: recipient, Body: body, Due: tx.Now})
		return err
	}
	accounts, err := tx.OrganiserAccounts(ctx, g)
	if err != nil {
		return err
	}
	told := map[reading.PersonID]bool{}
	for _, a := range accounts {
		if _, ok := e.Platforms[a.Platform].(bot.Confidant); !ok || told[a.Person] {
			continue
		}
		told[a.Person] = true
		if err := owe(a.Platform, a.User, a.User); err != nil {
			return err
		}
	}
	if len(told) > 0 {
		return nil
	}
	rooms, err := tx.Rooms(ctx, g)
	if err != nil {
		return err
	}
	for _, r := range rooms {
		if _, ok := e.Platforms[r.Platform]; ok && r.Paused == "" && (r.Platform != not.Platform || r.ID != not.Room) {
			return owe(r.Platform, r.ID, "")
		}
	}
	e.Log.Warn("no organiser of a group can be told about its posts", "group", int64(g))
	return nil
}

// tellPaused tells the organisers that a room refuses the bot.
func (e *Engine) tellPaused(ctx context.Context, tx *storage.Tx, d storage.Delivery, reason string) error {
	if d.Group == 0 {
		return nil
	}
	g, v, err := e.voiceOf(ctx, tx, d.Group)
	if err != nil {
		return err
	}
	word := bot.Say(v.Say("notice.paused", "Group", g.Name, "Because", Because(v, reason, nil)))
	return e.notify(ctx, tx, d.Group, fmt.Sprintf("paused d%d %d", d.ID, tx.Now.UnixMilli()), word, d)
}

// TellRemoved tells a group's organisers that the bot was removed from one of
// its rooms and for what reason, unless one of them did it: nothing is tried
// there any more, so that no post that fails would tell them.
func (e *Engine) TellRemoved(ctx context.Context, tx *storage.Tx, room storage.Room, reason string, by bot.Account) error {
	if room.Group == 0 {
		return nil
	}
	accounts, err := tx.OrganiserAccounts(ctx, room.Group)
	if err != nil || slices.ContainsFunc(accounts, func(a storage.OrganiserAccount) bool { return a.Platform == by.Platform && a.User == by.ID }) {
		return err
	}
	g, v, err := e.voiceOf(ctx, tx, room.Group)
	if err != nil {
		return err
	}
	word := bot.Say(v.Say("notice.paused", "Group", g.Name, "Because", Because(v, reason, nil)))
	key := fmt.Sprintf("removed %s %s %d", room.Platform, room.ID, tx.Now.UnixMilli())
	return e.notify(ctx, tx, room.Group, key, word, storage.Delivery{Platform: room.Platform, Room: room.ID})
}

// tellUnknown asks the organisers about a post of which nobody knows whether it
// arrived.
func (e *Engine) tellUnknown(ctx context.Context, tx *storage.Tx, d storage.Delivery) error {
	if d.Group == 0 {
		return nil
	}
	g, v, err := e.voiceOf(ctx, tx, d.Group)
	if err != nil {
		return err
	}
	loc, err := reading.LoadZone(g.Zone)
	if err != nil {
		return err
	}
	word := bot.Say(v.Say("notice.unknown", "Group", g.Name, "Kind", v.Text("kind."+d.Kind), "Due", v.Moment(d.Due.In(loc), tx.Now)))
	word.Actions = Choose(v, d.ID)
	return e.notify(ctx, tx, d.Group, fmt.Sprintf("unknown d%d %d", d.ID, d.Tries), word, storage.Delivery{})
}

// Choose are the two buttons for a post that was not made, or of which nobody
// knows: post it, leave it.
func Choose(v *phrases.Voice, id int64) []bot.Action {
	args := map[string]string{"delivery": strconv.FormatInt(id, 10)}
	return []bot.Action{
		{Label: v.Text("action.post_it"), Do: bot.Invocation{Command: "post owed", Args: args}, Primary: true},
		{Label: v.Text("action.leave_owed"), Do: bot.Invocation{Command: "leave owed", Args: args}},
	}
}

// maxTold is how many posts a word to the organisers lists.
const maxTold = 15

// tellAll tells the organisers of groups, in one message each, what was late,
// not posted or folded, now that nothing more is on its way.
func (e *Engine) tellAll(ctx context.Context, groups []reading.GroupID) error {
	return e.DB.Write(ctx, func(tx *storage.Tx) error {
		for _, id := range groups {
			rows, err := tx.ToTell(ctx, id)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				continue
			}
			word, err := e.summary(ctx, tx, id, rows)
			if err == nil {
				err = e.notify(ctx, tx, id, fmt.Sprintf("told d%d %d", rows[0].ID, tx.Now.UnixMilli()), word, storage.Delivery{})
			}
			if err == nil {
				err = tx.Told(ctx, id)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *Engine) summary(ctx context.Context, tx *storage.Tx, id reading.GroupID, rows []storage.Delivery) (bot.Reply, error) {
	g, v, err := e.voiceOf(ctx, tx, id)
	if err != nil {
		return bot.Reply{}, err
	}
	loc, err := reading.LoadZone(g.Zone)
	if err != nil {
		return bot.Reply{}, err
	}
	var word bot.Reply
	out, away, err := longest(ctx, tx, rows)
	if err != nil {
		return word, err
	}
	if away {
		word.Blocks = append(word.Blocks, bot.Para(v.Say("notice.away", "Group", g.Name, "From", v.Moment(out.Began.In(loc), tx.Now), "To", v.Moment(out.Ended.In(loc), tx.Now))))
	} else {
		word.Blocks = append(word.Blocks, bot.Para(v.Say("notice.missed", "Group", g.Name)))
	}
	items := make([]bot.Spans, 0, len(rows))
	for i, d := range rows {
		if i == maxTold {
			items = append(items, v.Say("notice.more", "Count", len(rows)-i))
			break
		}
		kind, err := KindOf(ctx, tx, v, d.Kind, d.Prompt)
		if err != nil {
			return word, err
		}
		items = append(items, Outcome(v, kind, d, nil, tx.Now, loc)) // the head says from when to when
	}
	word.Blocks = append(word.Blocks, bot.Block{Kind: bot.Bullets, Items: items}, bot.Block{Kind: bot.Small, Text: v.Say("notice.why")})
	return word, nil
}

func (e *Engine) voiceOf(ctx context.Context, tx *storage.Tx, id reading.GroupID) (reading.Group, *phrases.Voice, error) {
	g, err := tx.Group(ctx, id)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return g, nil, err
	}
	return g, e.Phrases.In(g.Language), nil
}

// longest is the longest outage that the time of one of several deliveries
// falls into.
func longest(ctx context.Context, tx *storage.Tx, rows []storage.Delivery) (o storage.Outage, ok bool, err error) {
	for _, d := range rows {
		x, some, err := tx.OutageAt(ctx, d.Platform, d.Due)
		if err != nil {
			return o, false, err
		}
		if some && (!ok || x.Ended.Sub(x.Began) > o.Ended.Sub(o.Began)) {
			o, ok = x, true
		}
	}
	return o, ok, nil
}

// KindOf is what a post is called: its kind, and of a question which it is.
func KindOf(ctx context.Context, tx *storage.Tx, v *phrases.Voice, kind string, prompt int64) (string, error) {
	if prompt == 0 {
		return v.Text("kind." + kind), nil
	}
	q, err := tx.Prompt(ctx, prompt)
	if errors.Is(err, storage.ErrNotFound) { // it was taken away
		return v.Text("kind." + kind), nil
	}
	if err != nil {
		return "", err
	}
	p, err := tx.PlanOf(ctx, q.Reading)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(p.Readings, func(x reading.Reading) bool { return x.ID == q.Reading })
	return v.Text("why.question", "Ord", q.Ord, "N", p.Readings[i].N), nil
}

// Outcome says what became of a delivery, in words; kind is what it is called,
// and out the outage that its time fell into, nil if it fell into none.
func Outcome(v *phrases.Voice, kind string, d storage.Delivery, out *storage.Outage, now time.Time, loc *time.Location) bot.Spans {
	if d.Act != storage.Post && d.Act != "" {
		kind = v.Text("act."+string(d.Act), "Kind", kind)
	}
	var when []any
	if out != nil {
		when = []any{"From", v.Moment(out.Began.In(loc), now), "To", v.Moment(out.Ended.In(loc), now)}
	}
	pairs := []any{"Kind", kind, "Due", v.Moment(d.Due.In(loc), now), "Because", Because(v, d.Reason, when)}
	if d.State == storage.Posted {
		pairs = append(pairs, "Posted", v.Moment(d.PostedAt.In(loc), now))
	}
	return v.Say("why."+string(d.State), pairs...)
}

// Because is a stored reason in words, nil if there is none. A reason is a key
// of the catalogue, with a platform's words or a length of time after a colon.
func Because(v *phrases.Voice, reason string, when []any) bot.Spans {
	words, detail, _ := strings.Cut(reason, ": ")
	key := "reason." + words
	if words == "" || !v.Has(key) {
		return nil
	}
	pairs := append([]any{"Detail", detail}, when...)
	if within, err := time.ParseDuration(detail); err == nil {
		pairs = append(pairs, "Within", length(v, within))
	}
	return v.Say(key, pairs...)
}

// length is a length of time as one says it.
func length(v *phrases.Voice, d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day && d%day == 0:
		return v.Text("count.days", "Count", int(d/day))
	case d >= time.Hour && d%time.Hour == 0:
		return v.Text("count.hours", "Count", int(d/time.Hour))
	}
	return v.Text("count.minutes", "Count", int(d/time.Minute))
}
