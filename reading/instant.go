package reading

import (
	"time"
)

// Instant is when a civil time comes in a zone, by RFC 5545, section 3.3.5: a
// local time that the clock skips takes the offset before the change, and one
// that comes twice means its first instance. time.Date promises neither.
func Instant(local DateTime, loc *time.Location) time.Time {
	wall := time.Date(local.Year, local.Month, local.Day, local.Hour, local.Minute, 0, 0, time.UTC)
	// The instant lies within a day of the wall clock's reading in UTC: no
	// zone is further than 26 hours from it. Offsets that hold around it are
	// those just before and after each change in that span.
	var before int // the offset that held before the first change
	first := true
	from, to := wall.Add(-27*time.Hour), wall.Add(27*time.Hour)
	for at := from; ; {
		in := at.In(loc)
		_, offset := in.Zone()
		_, end := in.ZoneBounds()
		t := wall.Add(-time.Duration(offset) * time.Second)
		begins := at
		if first {
			begins = t // whatever came before is the same
		}
		if !t.Before(begins) && (end.IsZero() || t.Before(end)) {
			return t
		}
		if !first && t.Before(at) {
			// The time lies in the gap that ends where this offset begins.
			return wall.Add(-time.Duration(before) * time.Second)
		}
		if end.IsZero() || end.After(to) {
			return wall.Add(-time.Duration(offset) * time.Second)
		}
		before, first, at = offset, false, end
	}
}
