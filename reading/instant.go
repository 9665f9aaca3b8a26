package reading

import "time"

// Instant is the moment at which a clock in loc shows local, by the rule of
// RFC 5545, section 3.3.5: a local time that the clock skips is taken with the
// offset in force before the change (02:30 that is skipped means what 03:30
// shows), and one that comes twice means its first instance.
//
// It does not use time.Date, which leaves both cases unspecified.
func Instant(local DateTime, loc *time.Location) time.Time {
	d := local.Date
	// The clock's reading as if it were UTC; the instant is that less the
	// offset in force.
	shown := time.Date(d.Year, d.Month, d.Day, local.Clock.Hour, local.Clock.Minute, 0, 0, time.UTC)

	// Walk the stretches of constant offset from one that surely ends up
	// before the instant: no offset was ever as large as a day.
	at := shown.Add(-48 * time.Hour).In(loc)
	_, before := at.Zone()
	for {
		_, offset := at.Zone()
		start, end := at.ZoneBounds()
		guess := shown.Add(-time.Duration(offset) * time.Second)
		if !start.IsZero() && guess.Before(start) {
			// The stretch begins after the wanted reading and the one
			// before ended ahead of it: the clock skips it.
			return shown.Add(-time.Duration(before) * time.Second).In(loc)
		}
		if end.IsZero() {
			return guess.In(loc)
		}
		if !end.After(at) {
			// Past the last listed change, ZoneBounds cuts years at 365
			// days, so on a leap year's last day the end may lie behind.
			end = at.Add(time.Hour)
		}
		if guess.Before(end) {
			return guess.In(loc)
		}
		before = offset
		at = end
	}
}
