package matrix

import (
	"context"
	"net/http"
	"slices"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lectern/bot"
)

// Direct implements bot.Confidant.
func (p *Platform) Direct(ctx context.Context, user string) (bot.Room, error) {
	room, err := p.directRoom(ctx, id.UserID(user), false)
	if err != nil {
		return bot.Room{}, sendError(err)
	}
	return roomOf(room), nil
}

// Delete implements bot.Deleter: the message is redacted.
func (p *Platform) Delete(ctx context.Context, room bot.Room, message bot.MessageID, key string) error {
	_, err := p.cli.RedactEvent(ctx, id.RoomID(room.ID), id.EventID(message), mautrix.ReqRedact{TxnID: key})
	if err != nil {
		return sendError(err)
	}
	return nil
}

// Pin implements bot.Pinner. The list of pinned messages is the room's, so that
// what others have pinned stays.
func (p *Platform) Pin(ctx context.Context, room bot.Room, message bot.MessageID, pinned bool) error {
	to, m := id.RoomID(room.ID), id.EventID(message)
	var list event.PinnedEventsEventContent
	if err := p.cli.StateEvent(ctx, to, event.StatePinnedEvents, "", &list); err != nil && status(err) != http.StatusNotFound {
		return sendError(err)
	}
	if slices.Contains(list.Pinned, m) == pinned {
		return nil
	}
	if pinned {
		list.Pinned = append(list.Pinned, m)
	} else {
		list.Pinned = slices.DeleteFunc(list.Pinned, func(x id.EventID) bool { return x == m })
	}
	_, err := p.cli.SendStateEvent(ctx, to, event.StatePinnedEvents, "", list)
	if status(err) == http.StatusForbidden && code(err) != "" {
		return &bot.PostError{Outcome: bot.Permanent, Right: "to pin messages: the power level for m.room.pinned_events, usually 50", Scope: bot.OnePost, Err: err}
	}
	if err != nil {
		return sendError(err)
	}
	return nil
}

// FindInThread implements bot.ThreadPoster: what stands in a thread stands in
// the room's timeline too.
func (p *Platform) FindInThread(ctx context.Context, room bot.Room, _, key string, since time.Time) (bot.MessageID, error) {
	return p.Find(ctx, room, key, since)
}

// ServerTime implements bot.Timekeeper, by the Date of the last answer.
func (p *Platform) ServerTime() (time.Time, bool) {
	at := p.heard.Load()
	if at == nil {
		return time.Time{}, false
	}
	// Instants carry a clock that nobody sets.
	return at.date.Add(p.opt.Now().Sub(at.here)), true
}

// A heard is what time the homeserver said it was, and when that was here.
type heard struct{ date, here time.Time }

// A listener notes the time that answers bear.
type listener struct {
	http.RoundTripper
	p *Platform
}

// RoundTrip implements http.RoundTripper.
func (l listener) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(r)
	if err == nil {
		if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
			l.p.heard.Store(&heard{date, l.p.opt.Now()})
		}
	}
	return resp, err
}
