package storage

import (
	"context"
	"time"

	"lectern/reading"
)

// A CalendarEntry is what calendars were told of a reading.
type CalendarEntry struct {
	Reading  reading.ReadingID
	Kind     string // "meeting", "due"
	Sequence int
	Modified time.Time
	Local    reading.DateTime
	Zone     string
	Minutes  int // 0 is unsaid
	Place    string
	Summary  string
	// Description is the text below the summary.
	Description string
	Told        string // all that the entry said
}

// CalendarEntries are the entries that calendars know of a plan.
func (t *Tx) CalendarEntries(ctx context.Context, plan reading.PlanID) ([]CalendarEntry, error) {
	return collect(ctx, t, func(r scanner, x *CalendarEntry) error {
		var modified int64
		var local string
		err := r.Scan(&x.Reading, &x.Kind, &x.Sequence, &modified, &local, &x.Zone, &x.Minutes, &x.Place, &x.Summary, &x.Description, &x.Told)
		if err == nil {
			x.Modified = instant(modified)
			x.Local, err = reading.ParseDateTime(local)
		}
		return err
	}, `SELECT reading, kind, sequence, modified, local, zone, minutes, place, summary, description, told FROM calendar_entry WHERE plan = ? ORDER BY local, reading`, plan)
}

// SaveCalendarEntry keeps what calendars are told now.
func (t *Tx) SaveCalendarEntry(ctx context.Context, plan reading.PlanID, x CalendarEntry) error {
	return t.exec(ctx, `INSERT INTO calendar_entry (reading, kind, plan, sequence, modified, local, zone, minutes, place, summary, description, told) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (reading, kind) DO UPDATE SET sequence = excluded.sequence, modified = excluded.modified, local = excluded.local, zone = excluded.zone,
			minutes = excluded.minutes, place = excluded.place, summary = excluded.summary, description = excluded.description, told = excluded.told`,
		x.Reading, x.Kind, plan, x.Sequence, x.Modified.UnixMilli(), x.Local.String(), x.Zone, x.Minutes, x.Place, x.Summary, x.Description, x.Told)
}
