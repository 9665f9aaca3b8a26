// Package calendar writes a plan's meetings as an iCalendar file (RFC 5545)
// that Outlook, Google and Apple read alike, and reads holidays from one.
package calendar

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"lectern/reading"
)

// A Feed is everything that one file holds.
type Feed struct {
	Name     string // what calendars list it as
	Meetings []Meeting
	Dues     []Due
	Now      time.Time // when it is written
}

// A Meeting is one entry with a time. It keeps its UID for ever; whoever moves
// or cancels it raises Sequence.
type Meeting struct {
	UID         string
	Sequence    int
	Modified    time.Time
	At          reading.Occurrence
	Minutes     int // 0 is unsaid, and written as an hour
	Cancelled   bool
	Summary     string
	Description string
	Location    string
}

// A Due is a whole day on which something is to be read by.
type Due struct {
	UID         string
	Sequence    int
	Modified    time.Time
	Day         reading.Date
	Cancelled   bool
	Summary     string
	Description string
}

// local is how a civil time is written.
const local = "20060102T150405"

// refresh is how often calendars that subscribe may ask again.
const refresh = "PT6H"

// date writes a day.
func date(d reading.Date) string { return strings.ReplaceAll(d.String(), "-", "") }

// Write writes the feed. Times stand in the zone of their meeting, each zone
// with its changes of the clock written out one by one, since programs differ
// in which rules they understand. A time that the clock skips is written as
// the one that it becomes.
func Write(w io.Writer, f Feed) error {
	cal := &ics.Calendar{}
	cal.SetVersion("2.0")
	cal.SetProductId("-//Lectern//Reading plan//EN")
	cal.SetCalscale("GREGORIAN")
	cal.SetMethod(ics.MethodPublish)
	cal.SetXWRCalName(f.Name)
	cal.SetRefreshInterval(refresh)
	cal.SetXPublishedTTL(refresh)
	zones, err := zonesOf(f.Meetings)
	if err != nil {
		return err
	}
	for _, z := range zones {
		cal.AddVTimezone(z.component())
	}
	for _, m := range f.Meetings {
		loc, err := reading.LoadZone(m.At.Zone)
		if err != nil {
			return err
		}
		e := entry(cal, m.UID, m.Sequence, m.Modified, f.Now, m.Cancelled, m.Summary, m.Description)
		minutes := m.Minutes
		if minutes <= 0 {
			minutes = 60
		}
		zone := ics.WithTZID(m.At.Zone)
		e.SetProperty(ics.ComponentPropertyDtStart, m.At.At.In(loc).Format(local), zone)
		end := m.At.At.Add(time.Duration(minutes) * time.Minute)
		if reading.Instant(reading.DateTimeOf(end, loc), loc).Equal(end) {
			e.SetProperty(ics.ComponentPropertyDtEnd, end.In(loc).Format(local), zone)
		} else {
			// The clock shows that time twice, and readers take the first.
			e.SetProperty(ics.ComponentPropertyDuration, fmt.Sprintf("PT%dM", minutes))
		}
		if m.Location != "" {
			e.SetLocation(m.Location)
		}
	}
	for _, d := range f.Dues {
		e := entry(cal, d.UID, d.Sequence, d.Modified, f.Now, d.Cancelled, d.Summary, d.Description)
		whole := ics.WithValue(string(ics.ValueDataTypeDate))
		e.SetProperty(ics.ComponentPropertyDtStart, date(d.Day), whole)
		e.SetProperty(ics.ComponentPropertyDtEnd, date(d.Day.AddDays(1)), whole)
		e.SetTimeTransparency(ics.TransparencyTransparent) // nobody is busy all day
	}
	return cal.SerializeTo(w, ics.WithNewLineWindows)
}

func entry(cal *ics.Calendar, uid string, sequence int, modified, now time.Time, cancelled bool, summary, description string) *ics.VEvent {
	e := cal.AddEvent(uid)
	e.SetDtStampTime(now)
	e.SetLastModifiedAt(modified)
	e.SetSequence(sequence)
	e.SetSummary(summary)
	if description != "" {
		e.SetDescription(description)
	}
	status := ics.ObjectStatusConfirmed
	if cancelled {
		status = ics.ObjectStatusCancelled
	}
	e.SetStatus(status)
	return e
}

// A zone is a time zone as far as some meetings need it.
type zone struct {
	name     string
	loc      *time.Location
	from, to time.Time
}

// zonesOf are the zones of meetings, in the order in which they are met, each
// from a year before its first meeting to a year after its last.
func zonesOf(meetings []Meeting) ([]*zone, error) {
	var out []*zone
	for _, m := range meetings {
		i := slices.IndexFunc(out, func(z *zone) bool { return z.name == m.At.Zone })
		if i < 0 {
			loc, err := reading.LoadZone(m.At.Zone)
			if err != nil {
				return nil, err
			}
			i, out = len(out), append(out, &zone{m.At.Zone, loc, m.At.At, m.At.At})
		}
		z := out[i]
		if m.At.At.Before(z.from) {
			z.from = m.At.At
		}
		if m.At.At.After(z.to) {
			z.to = m.At.At
		}
	}
	for _, z := range out {
		z.from, z.to = z.from.AddDate(-1, 0, 0), z.to.AddDate(1, 0, 0)
	}
	return out, nil
}

// component is the zone's VTIMEZONE: what its clock shows at the beginning, and
// every change after it.
func (z *zone) component() *ics.VTimezone {
	c := ics.NewTimezone(z.name)
	changes := z.changes()
	_, offset := z.from.In(z.loc).Zone()
	// Where the first change takes an hour away, the beginning is in summer.
	summer := false
	if len(changes) > 0 {
		_, next := changes[0].In(z.loc).Zone()
		summer = next < offset
	}
	z.observance(c, z.from, offset, summer)
	for _, at := range changes {
		_, to := at.In(z.loc).Zone()
		z.observance(c, at, offset, to > offset)
		offset = to
	}
	return c
}

// observance says that from an instant on the clock shows another offset than
// before, in seconds east of UTC. The beginning stands in the clock as it was.
func (z *zone) observance(c *ics.VTimezone, at time.Time, before int, summer bool) {
	token := ics.ComponentStandard
	if summer {
		token = ics.ComponentDaylight
	}
	name, after := at.In(z.loc).Zone()
	o := &ics.GeneralComponent{Token: string(token)}
	o.SetProperty(ics.ComponentPropertyDtStart, at.UTC().Add(time.Duration(before)*time.Second).Format(local))
	o.SetProperty(ics.ComponentProperty(ics.PropertyTzoffsetfrom), offsetText(before))
	o.SetProperty(ics.ComponentProperty(ics.PropertyTzoffsetto), offsetText(after))
	o.SetProperty(ics.ComponentProperty(ics.PropertyTzname), name)
	c.Components = append(c.Components, o)
}

// offsetText writes an offset as RFC 5545 has it: +0545, -033052.
func offsetText(seconds int) string {
	sign := byte('+')
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	t := time.Unix(int64(seconds), 0).UTC()
	layout := "1504"
	if seconds%60 != 0 {
		layout = "150405"
	}
	return string(sign) + t.Format(layout)
}

// changes are the instants at which the zone's offset changes, to the second.
func (z *zone) changes() []time.Time {
	offset := func(t time.Time) int { _, o := t.In(z.loc).Zone(); return o }
	var out []time.Time
	const step = 6 * time.Hour // shorter than any daylight saving ever was
	for at := z.from; at.Before(z.to); at = at.Add(step) {
		lo, hi := at, at.Add(step)
		if offset(lo) == offset(hi) {
			continue
		}
		for hi.Sub(lo) > time.Second {
			mid := lo.Add(hi.Sub(lo) / 2).Truncate(time.Second)
			if offset(mid) == offset(lo) {
				lo = mid
			} else {
				hi = mid
			}
		}
		out = append(out, hi)
	}
	return out
}
