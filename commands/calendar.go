package commands

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"

	"lectern/bot"
	"lectern/delivery"
	"lectern/reading"
	"lectern/reading/calendar"
	"lectern/storage"
)

// planCalendar gives the meetings as a file that calendars take in. An entry
// keeps its identity for ever, and its sequence is raised whenever it says
// something else than the last file did; what is gone is told as cancelled.
func (k *Desk) planCalendar(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		p, err := k.plan(ctx, tx, r, reading.Ended, reading.Paused, reading.Published)
		if err != nil {
			return bot.Reply{}, err
		}
		g, err := tx.Group(ctx, p.Group)
		if err != nil {
			return bot.Reply{}, err
		}
		feed, err := k.feed(ctx, tx, g, &p, r.Args.Get("due") == "yes")
		if err != nil {
			return bot.Reply{}, err
		}
		var file bytes.Buffer
		if err := calendar.Write(&file, feed); err != nil {
			return bot.Reply{}, err
		}
		reply := bot.Say(v.Say("calendar.here", "Plan", p.Name, "Count", len(feed.Meetings)))
		loc, err := reading.LoadZone(p.Zone)
		if err != nil {
			return bot.Reply{}, err
		}
		var rows []bot.Spans
		for _, m := range feed.Meetings {
			key := "calendar.row"
			if m.Cancelled {
				key = "calendar.row_cancelled"
			}
			rows = append(rows, v.Say(key, "Due", v.Moment(m.At.At.In(loc), k.Now()), "Summary", m.Summary))
		}
		reply.File = &bot.File{Name: "meetings.ics", MIME: "text/calendar", Data: file.Bytes(), Instead: []bot.Block{{Kind: bot.Bullets, Items: rows}}}
		return reply, nil
	})
}

// feed is a plan's calendar, and keeps what it tells.
func (k *Desk) feed(ctx context.Context, tx *storage.Tx, g reading.Group, p *storage.PlanRow, dues bool) (calendar.Feed, error) {
	f := calendar.Feed{Name: g.Name, Now: tx.Now}
	instance, err := instanceOf(ctx, tx)
	if err != nil {
		return f, err
	}
	known, err := tx.CalendarEntries(ctx, p.ID)
	if err != nil {
		return f, err
	}
	rota, names, err := tx.Rota(ctx, p.ID)
	if err != nil {
		return f, err
	}
	v := k.Phrases.In(g.Language)
	turns, place := rota.Turns(settled(p, k.Now())), delivery.PlaceOf(g, &p.Plan)
	uid := func(kind string, id reading.ReadingID) string {
		return fmt.Sprintf("%s-%d-%s@lectern", kind, id, instance)
	}
	// tell gives an entry its number: the one it had if it says the same.
	tell := func(e storage.CalendarEntry) (storage.CalendarEntry, error) {
		e.Modified = tx.Now
		for _, was := range known {
			if was.Reading != e.Reading || was.Kind != e.Kind {
				continue
			}
			if was.Told == e.Told {
				return was, nil
			}
			e.Sequence = was.Sequence + 1
		}
		return e, tx.SaveCalendarEntry(ctx, p.ID, e)
	}
	works, err := delivery.WorksOf(ctx, tx, &p.Plan)
	if err != nil {
		return f, err
	}
	there := map[reading.ReadingID]bool{}
	for i := range p.Readings {
		x := &p.Readings[i]
		there[x.ID] = true
		summary := v.Text("calendar.summary", "N", x.N, "Plan", p.Name)
		var lines []string
		add := func(key string, pairs ...any) { lines = append(lines, v.Text(key, pairs...)) }
		for _, portion := range x.Portions {
			line, err := delivery.DescribePortion(ctx, tx, v, portion, p.Works() > 1)
			if err != nil {
				return f, err
			}
			lines = append(lines, line.String())
		}
		if x.Warning != "" {
			add("post.warning", "Text", x.Warning)
		}
		if t := turns[i]; len(t.Leaders) > 0 {
			add("post.leads", "Names", leaders(v, reading.Turn{Leaders: t.Leaders}, names), "Count", len(t.Leaders))
		}
		description := strings.Join(lines, "\n")
		told := fmt.Sprint(x.Due.Local, x.Due.Zone, x.Due.At.Unix(), g.Minutes, place, x.NoMeeting, summary, "\n", description)
		if place != "" { // a group that only writes has no meetings
			e, err := tell(storage.CalendarEntry{Reading: x.ID, Kind: "meeting", Local: x.Due.Local, Zone: x.Due.Zone, Summary: summary, Told: told})
			if err != nil {
				return f, err
			}
			f.Meetings = append(f.Meetings, calendar.Meeting{UID: uid("meeting", x.ID), Sequence: e.Sequence, Modified: e.Modified, At: x.Due, Minutes: g.Minutes,
				Cancelled: x.NoMeeting, Summary: summary, Description: description, Location: place})
		}
		if dues || place == "" {
			summary := v.Text("calendar.due", "Range", delivery.Ranges(v, works, x.Portions, p.Works() > 1), "Plan", p.Name)
			e, err := tell(storage.CalendarEntry{Reading: x.ID, Kind: "due", Local: x.Due.Local, Zone: x.Due.Zone, Summary: summary, Told: told + summary})
			if err != nil {
				return f, err
			}
			f.Dues = append(f.Dues, calendar.Due{UID: uid("due", x.ID), Sequence: e.Sequence, Modified: e.Modified, Day: x.Due.Local.Date, Summary: summary, Description: description})
		}
	}
	for _, was := range known {
		if there[was.Reading] {
			continue
		}
		e := was
		e.Told = "cancelled"
		if e, err = tell(e); err != nil {
			return f, err
		}
		if was.Kind == "due" {
			f.Dues = append(f.Dues, calendar.Due{UID: uid("due", was.Reading), Sequence: e.Sequence, Modified: e.Modified, Day: was.Local.Date, Cancelled: true, Summary: was.Summary})
			continue
		}
		loc, err := reading.LoadZone(was.Zone)
		if err != nil {
			return f, err
		}
		f.Meetings = append(f.Meetings, calendar.Meeting{UID: uid("meeting", was.Reading), Sequence: e.Sequence, Modified: e.Modified,
			At: reading.OccurrenceAt(was.Local, loc), Cancelled: true, Summary: was.Summary})
	}
	return f, nil
}

// instanceOf tells this database from every other, in names that must be
// unique in the world.
func instanceOf(ctx context.Context, tx *storage.Tx) (string, error) {
	id, err := tx.Setting(ctx, "instance")
	if err != nil || id != "" {
		return id, err
	}
	random := make([]byte, 8)
	_, _ = rand.Read(random) // it never fails
	id = hex.EncodeToString(random)
	return id, tx.SaveSetting(ctx, "instance", id)
}
