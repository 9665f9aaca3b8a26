package commands

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

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
		feed, err := k.feed(ctx, tx, g, &p, slices.Contains([]string{"yes", "due"}, r.Args.Get("due")))
		if err != nil {
			return bot.Reply{}, err
		}
		var file bytes.Buffer
		if err := calendar.Write(&file, feed); err != nil {
			return bot.Reply{}, err
		}
		meetings := 0
		for _, m := range feed.Meetings {
			if !m.Cancelled {
				meetings++
			}
		}
		dues := 0
		for _, d := range feed.Dues {
			if !d.Cancelled {
				dues++
			}
		}
		reply := bot.Say(v.Say("calendar.here", "Plan", p.Name, "Count", meetings, "Dues", dues > 0))
		if meetings == 0 {
			reply = bot.Say(v.Say("calendar.here_dues", "Plan", p.Name, "Count", dues))
		}
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
		for _, d := range feed.Dues {
			key := "calendar.row"
			if d.Cancelled {
				key = "calendar.row_cancelled"
			}
			day := reading.Instant(reading.DateTime{Date: d.Day}, loc).In(loc)
			if meetings == 0 { // otherwise the meetings say it
				rows = append(rows, v.Say(key, "Due", v.Day(day, k.Now()), "Summary", d.Summary))
			}
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
			if was.Told != e.Told {
				e.Sequence = was.Sequence + 1
				continue
			}
			if e.Sequence, e.Modified = was.Sequence, was.Modified; e == was {
				return was, nil
			}
		}
		return e, tx.SaveCalendarEntry(ctx, p.ID, e)
	}
	works, err := delivery.WorksOf(ctx, tx, &p.Plan)
	if err != nil {
		return f, err
	}
	type entry struct {
		kind    string
		reading reading.ReadingID
	}
	told := map[entry]bool{}
	for i := range p.Readings {
		x := &p.Readings[i]
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
			add("post.leads", "Names", leaders(v, reading.Turn{Leaders: t.Leaders}, names), "Count", len(t.Leaders), "Self", v.Text("rota.self"))
		}
		description := strings.Join(lines, "\n")
		says := fmt.Sprint(x.Due.Local, x.Due.Zone, x.Due.At.Unix(), g.Minutes, place, x.NoMeeting, summary, "\n", description)
		if place != "" { // a group that only writes has no meetings
			e, err := tell(storage.CalendarEntry{Reading: x.ID, Kind: "meeting", Local: x.Due.Local, Zone: x.Due.Zone,
				Minutes: g.Minutes, Place: place, Summary: summary, Description: description, Told: says})
			if err != nil {
				return f, err
			}
			told[entry{e.Kind, x.ID}] = true
			f.Meetings = append(f.Meetings, calendar.Meeting{UID: uid("meeting", x.ID), Sequence: e.Sequence, Modified: e.Modified, At: x.Due, Minutes: g.Minutes,
				Cancelled: x.NoMeeting, Summary: summary, Description: description, Location: place})
		}
		if dues || place == "" {
			summary := v.Text("calendar.due", "Range", delivery.Ranges(v, works, x.Portions, p.Works() > 1), "Plan", p.Name)
			gone := p.State == reading.Ended && x.NoMeeting && x.Due.At.After(tx.Now) // its plan gave way to another
			e, err := tell(storage.CalendarEntry{Reading: x.ID, Kind: "due", Local: x.Due.Local, Zone: x.Due.Zone,
				Summary: summary, Description: description, Told: fmt.Sprint(says, summary, gone)})
			if err != nil {
				return f, err
			}
			told[entry{e.Kind, x.ID}] = true
			f.Dues = append(f.Dues, calendar.Due{UID: uid("due", x.ID), Sequence: e.Sequence, Modified: e.Modified, Day: x.Due.Local.Date, Cancelled: gone, Summary: summary, Description: description})
		}
	}
	// What calendars know and the plan has no more is cancelled there, and so is
	// what is to come of plans that this one, or another, took the place of.
	gone := func(plan reading.PlanID, known []storage.CalendarEntry, all bool) error {
		for _, was := range known {
			loc, err := reading.LoadZone(was.Zone)
			if err != nil {
				return err
			}
			at := reading.OccurrenceAt(was.Local, loc)
			due := was.Kind == "due"
			if told[entry{was.Kind, was.Reading}] || due && !dues && place != "" && all && slices.ContainsFunc(p.Readings, func(x reading.Reading) bool { return x.ID == was.Reading }) || !all && !at.At.After(tx.Now) {
				continue
			}
			e := was
			if e.Told = "cancelled"; was.Told != e.Told {
				e.Sequence, e.Modified = was.Sequence+1, tx.Now
				if err := tx.SaveCalendarEntry(ctx, plan, e); err != nil {
					return err
				}
			}
			if due {
				f.Dues = append(f.Dues, calendar.Due{UID: uid("due", was.Reading), Sequence: e.Sequence, Modified: e.Modified, Day: was.Local.Date, Cancelled: true, Summary: was.Summary, Description: was.Description})
				continue
			}
			f.Meetings = append(f.Meetings, calendar.Meeting{UID: uid("meeting", was.Reading), Sequence: e.Sequence, Modified: e.Modified, At: at, Minutes: was.Minutes,
				Cancelled: true, Summary: was.Summary, Description: was.Description, Location: was.Place})
		}
		return nil
	}
	if err := gone(p.ID, known, true); err != nil {
		return f, err
	}
	plans, err := tx.Plans(ctx, p.Group)
	if err != nil {
		return f, err
	}
	for i := range plans {
		if x := &plans[i]; x.ID != p.ID && x.State == reading.Ended && lastDue(x).After(tx.Now) {
			known, err := tx.CalendarEntries(ctx, x.ID)
			if err != nil {
				return f, err
			}
			if err := gone(x.ID, known, false); err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

func lastDue(p *storage.PlanRow) time.Time {
	if len(p.Readings) == 0 {
		return time.Time{}
	}
	return p.Readings[len(p.Readings)-1].Due.At
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
