package delivery

import (
	"strings"
	"time"

	"lectern/reading"
	"lectern/storage"
)

// A rule is what becomes of a kind of post that is late.
type rule struct {
	// within is how late it may go out; 0 is as late as one likes.
	within time.Duration
	// ends says that it must not go out once the reading is due.
	ends bool
	// latest says that of several that are late only the last counts.
	latest bool
	reason string // why it is not posted, as the catalogue says it
}

// rules are those of each kind. What is later is not posted, and "why" says
// so. Kinds that are missing go out however late.
var rules = map[string]rule{
	Announcement: {ends: true, reason: "late_announcement"},
	Discussion:   {ends: true, reason: "late_announcement"},
	Reminder:     {within: 2 * time.Hour, ends: true, latest: true, reason: "late_reminder"}, // unless the settings say otherwise
	Question:     {within: 36 * time.Hour, reason: "late_prompt"},
	Meeting:      {ends: true, latest: true, reason: "late_meeting"},
	Recap:        {within: 7 * 24 * time.Hour, latest: true, reason: "late_recap"},
	Leader:       {within: 36 * time.Hour, ends: true, latest: true, reason: "late_leader"},
	Brief:        {ends: true, reason: "late_leader"},
	Closing:      {within: 7 * 24 * time.Hour, reason: "late_recap"},
}

const (
	// foldAfter is how late posts must be for several of a room to become one.
	foldAfter = 15 * time.Minute
	// tellAfter is how late a post must be for the organisers to be told.
	tellAfter = 15 * time.Minute
	// superseded is why an older one of a kind is not posted.
	superseded = "superseded"
)

// tooLate is why a post that was missed is not posted any more, "" if it is.
func (e *Engine) tooLate(d storage.Delivery, x *reading.Reading, now time.Time) string {
	r := rules[d.Kind]
	if d.Kind == Reminder && e.LateReminder != 0 {
		r.within = e.LateReminder
	}
	if r.within > 0 && now.Sub(d.Due) > r.within || r.ends && !now.Before(x.Due.At) {
		if d.Kind == Reminder && r.within >= time.Minute {
			return r.reason + ": " + r.within.String()
		}
		return r.reason
	}
	return ""
}

// missed reports whether a reason says that a post's time went by.
func missed(reason string) bool {
	reason, _, _ = strings.Cut(reason, ": ")
	if reason == superseded {
		return true
	}
	for _, r := range rules {
		if r.reason == reason {
			return true
		}
	}
	return false
}
