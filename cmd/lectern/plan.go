package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"lectern/commands"
	"lectern/delivery"
	"lectern/library"
	"lectern/reading"
	"lectern/storage"
)

type planCmd struct {
	Preview previewCmd `cmd:"" help:"Show how a plan would fall, without making it."`
}

type previewCmd struct {
	Work         string   `required:"" placeholder:"W" help:"The book's name on the shelf."`
	Start        string   `required:"" placeholder:"DATE" help:"The first day on which a reading may be due: 2026-12-01."`
	Weekly       string   `required:"" placeholder:"\"tue 19:00\"" help:"When the group meets."`
	Zone         string   `required:"" placeholder:"Z" help:"Its time zone: Europe/London."`
	Weeks        int      `placeholder:"N" help:"How many readings." xor:"size"`
	WordsPerWeek int      `placeholder:"N" help:"About so many words in each." xor:"size"`
	BySection    bool     `help:"One reading for each section." xor:"size"`
	Skip         []string `placeholder:"DATE" sep:"none" help:"A day without a meeting; may be given several times."`
	End          string   `placeholder:"DATE" help:"The last day on which a reading may be due."`
	JSON         bool     `name:"json" help:"Answer in JSON."`
}

func (c *previewCmd) Run(a *app) error {
	if c.Weeks == 0 && c.WordsPerWeek == 0 && !c.BySection {
		return wrongCall("give one of --weeks, --words-per-week and --by-section")
	}
	if c.Weeks < 0 || c.WordsPerWeek < 0 {
		return wrongCall("--weeks and --words-per-week are numbers from 1")
	}
	return a.onShelf(c.Work, c.JSON, func(_ *commands.Desk, shelf *library.Shelf, query string, oneLine bool) error {
		plan, o, err := c.build(shelf, query)
		if err != nil {
			return err
		}
		return c.print(a, o, plan, oneLine)
	})
}

func (c *previewCmd) build(shelf *library.Shelf, work string) (reading.Plan, *library.Outline, error) {
	o, err := shelf.Work(work)
	if err != nil {
		return reading.Plan{}, nil, err
	}
	spec := reading.Spec{Works: []*library.Outline{o}, Weeks: c.Weeks, WordsPerWeek: c.WordsPerWeek, BySection: c.BySection, SectionDepth: 1, Zone: c.Zone}
	date := func(s string, into *reading.Date) error {
		d, err := reading.ParseDate(s)
		*into = d
		return err
	}
	if err := date(c.Start, &spec.Start); err != nil {
		return reading.Plan{}, nil, err
	}
	if c.End != "" {
		if err := date(c.End, &spec.End); err != nil {
			return reading.Plan{}, nil, err
		}
	}
	for _, s := range c.Skip {
		var d reading.Date
		if err := date(s, &d); err != nil {
			return reading.Plan{}, nil, err
		}
		spec.Skips = append(spec.Skips, d)
	}
	if spec.Cadence, err = reading.ParseCadence(c.Weekly); err != nil {
		return reading.Plan{}, nil, err
	}
	plan, err := reading.Build(spec)
	return plan, o, err
}

func (c *previewCmd) print(a *app, o *library.Outline, plan reading.Plan, oneLine bool) error {
	loc, err := reading.LoadZone(plan.Zone)
	if err != nil {
		return err
	}
	v := a.book.In("en")
	if idle := plan.IdleSkips(); len(idle) > 0 { // beside the answer, which is for a script
		fmt.Fprintf(a.errOut, "lectern: %s\n", v.Text("plan.idle_skips", "Count", len(idle), "Days", commands.IdleDays(v, idle)))
	}
	answer := planAnswer{Readings: []readingAnswer{}}
	for i := range plan.Readings {
		x := &plan.Readings[i]
		p := x.Portions[0]
		out := readingAnswer{N: x.N, Citation: o.Cite(p.First, p.Last), First: p.First, Last: p.Last, Words: x.Words, Minutes: x.Minutes,
			Due: x.Due.At.In(loc).Format(time.RFC3339), Local: x.Due.Local.String(), Zone: plan.Zone}
		if !x.Opens.IsZero() {
			opens := x.Opens.In(loc).Format(time.RFC3339)
			out.Opens = &opens
		}
		answer.Readings = append(answer.Readings, out)
	}
	if c.JSON {
		return a.emit(answer)
	}
	if oneLine {
		var all []string
		for _, r := range answer.Readings {
			all = append(all, r.Local+" "+r.Citation)
		}
		a.show("%d\t%s\n", len(all), strings.Join(all, "; "))
		return nil
	}
	for i, r := range answer.Readings {
		section := o.Heading(r.First)
		minutes := fmt.Sprintf("%3d min", r.Minutes)
		if o.OutlineOnly() && !o.Contents.Measured() { // what is not known has no length
			minutes = ""
		}
		a.show("%3d  %-22s  %-18s %12s  %7s  %s\n", r.N, plan.Readings[i].Due.At.In(loc).Format("Mon 2 Jan 2006 15:04"), r.Citation, delivery.Extent(v, &o.Meta, r.First, r.Last, r.Words), minutes, section)
	}
	return nil
}

type whyCmd struct {
	About   []string `arg:"" optional:"" help:"A date, or a reading's number; today if nothing is named."`
	Reading int      `placeholder:"N" help:"Of the reading with this number alone."`
	Room    string   `placeholder:"ROOM" help:"Of this room alone, by its ID on its platform."`
	JSON    bool     `name:"json" help:"Answer in JSON."`
}

// whyAnswer is what became of one post.
type whyAnswer struct {
	ID       int64   `json:"id"`
	Kind     string  `json:"kind"`
	Platform string  `json:"platform"`
	Room     string  `json:"room"`
	RoomName *string `json:"room_name"` // what people call it, null where that is not known
	Due      string  `json:"due"`
	State    string  `json:"state"` // "waiting" if it is to come
	Posted   *string `json:"posted"`
	Tries    int     `json:"tries"`
	Reason   string  `json:"reason"`
	Paused   *string `json:"paused"` // why nothing is posted in the room
}

func (c *whyCmd) Run(a *app) error {
	desk, err := a.desk(a.open)
	if err != nil && c.JSON {
		return a.fail(strings.Join(c.About, " "), err)
	}
	if err != nil {
		return err
	}
	defer desk.DB.Close()
	now := a.now()
	loc := now.Location()
	if n, err := strconv.Atoi(strings.Join(c.About, " ")); err == nil && n > 0 && c.Reading == 0 { // as in a room
		c.Reading, c.About = n, nil
	}
	filter := storage.DeliveryFilter{N: c.Reading, Room: c.Room, Limit: 1000}
	if s := strings.Join(c.About, " "); s != "" || c.Reading == 0 && c.Room == "" {
		day := reading.DateOf(now, loc)
		if s != "" {
			day, err = commands.NearestDay(s, now, loc)
			if err != nil && c.JSON {
				return a.fail(s, err)
			}
			if err != nil {
				return err
			}
		}
		filter.From = reading.Instant(reading.DateTime{Date: day}, loc)
		filter.To = reading.Instant(reading.DateTime{Date: day.AddDays(1)}, loc)
	}
	if err := c.knownRoom(a, desk.DB); err != nil && c.JSON {
		return a.fail(c.Room, err)
	} else if err != nil {
		return err
	}
	return desk.DB.Read(a.ctx, func(tx *storage.Tx) error {
		rows, err := tx.Deliveries(a.ctx, filter)
		if err != nil {
			return err
		}
		waiting, err := tx.Waiting(a.ctx, filter)
		if err != nil {
			return err
		}
		rooms, err := tx.PausedRooms(a.ctx)
		if err != nil {
			return err
		}
		paused := map[string]string{}
		for _, r := range rooms {
			paused[r.Platform+" "+r.ID] = r.Paused
		}
		names, err := tx.RoomNames(a.ctx)
		if err != nil {
			return err
		}
		v := a.book.In("en")
		switch some := len(rows)+len(waiting) > 0; {
		case c.JSON:
		case some:
			a.show("%s\n", v.Text("why.clock", "Zone", now.Format("MST, UTC-07:00")))
		case c.Reading != 0 || c.Room != "":
			a.show("%s\n", v.Text("why.nothing_for", "Reading", c.Reading, "Room", c.Room))
		default:
			a.show("%s\n", v.Text("why.nothing"))
		}
		say := func(out whyAnswer) error {
			if !c.JSON {
				a.show("%s: %s\n", roomLabel(names, out.Platform, out.Room), out.Reason)
				return nil
			}
			out.RoomName = text(names[out.Platform+" "+out.Room])
			if reason, ok := paused[out.Platform+" "+out.Room]; ok {
				out.Paused = &reason
			}
			return a.emit(out)
		}
		for _, d := range rows {
			outage, away, err := tx.OutageAt(a.ctx, d.Platform, d.Due)
			if err != nil {
				return err
			}
			during := &outage
			if !away {
				during = nil
			}
			kind, err := delivery.KindOf(a.ctx, tx, v, d.Kind, d.Prompt)
			if err != nil {
				return err
			}
			out := whyAnswer{ID: d.ID, Kind: d.Kind, Platform: d.Platform, Room: d.Room, Due: d.Due.Format(time.RFC3339), State: string(d.State), Tries: d.Tries,
				Reason: delivery.Outcome(v, kind, d, during, now, loc).String()}
			if !d.PostedAt.IsZero() {
				out.Posted = new(d.PostedAt.Format(time.RFC3339))
			}
			if err := say(out); err != nil {
				return err
			}
		}
		for _, s := range waiting {
			kind, err := delivery.KindOf(a.ctx, tx, v, s.Kind, s.Prompt)
			if err != nil {
				return err
			}
			err = say(whyAnswer{Kind: s.Kind, Platform: s.Platform, Room: s.Room, Due: s.At.Format(time.RFC3339), State: "waiting",
				Reason: v.Say("why.waiting", "Kind", kind, "At", v.Moment(s.At.In(loc), now)).String()})
			if err != nil {
				return err
			}
		}
		for _, r := range rooms {
			if !c.JSON && (c.Room == "" || c.Room == r.ID) {
				why := delivery.Because(v, r.Paused, nil).String()
				a.show("%s: %s\n", roomLabel(names, r.Platform, r.ID), v.Text("why.room_paused", "Reason", cmp.Or(why, r.Paused)))
			}
		}
		return nil
	})
}

// knownRoom refuses a room that no platform has.
func (c *whyCmd) knownRoom(a *app, db *storage.DB) error {
	if c.Room == "" {
		return nil
	}
	return db.Read(a.ctx, func(tx *storage.Tx) error {
		known, err := tx.RoomKnown(a.ctx, c.Room)
		if err == nil && !known {
			err = &library.Error{Code: library.NotFound, Reason: "room_unknown", Args: map[string]any{"Room": c.Room}}
		}
		return err
	})
}

// roomLabel names a room for a person: as people call it, where that is known,
// and by its ID, which other commands take.
func roomLabel(names map[string]string, platform, id string) string {
	if name := names[platform+" "+id]; name != "" {
		return fmt.Sprintf("%s (%s %s)", name, platform, id)
	}
	return platform + " " + id
}
