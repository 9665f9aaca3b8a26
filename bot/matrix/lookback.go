package matrix

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// A homeserver was seen to leave out events: what somebody said stood in the
// room's history, and no answer to a sync ever had it (Dendrite 0.15, under
// load). So where the bot has said something, and people are likely to speak to
// it, the history is looked at a few times, further and further apart.
const (
	lookAfter  = 5 * time.Second
	lookFactor = 4 // the next time is so much later
	looks      = 4 // the last of them after more than five minutes
	lookEvents = 30
)

// watch has a room's history looked at from now on. The caller holds s.mu.
func (s *session) watch(room id.RoomID) {
	if again := s.watched[room]; again != nil {
		select {
		case again <- struct{}{}:
		default: // it is known already
		}
		return
	}
	again := make(chan struct{}, 1)
	s.watched[room] = again
	s.busy.Go(func() { s.lookOften(room, again) })
}

// lookOften looks at a room's history, and begins anew where again says so.
func (s *session) lookOften(room id.RoomID, again chan struct{}) {
	for n, after := 0, s.opt.LookAfter; ; {
		t := time.NewTimer(after + rand.N(after/4+1)) // announcements go to many rooms at once
		var more <-chan struct{}
		if n > 0 {
			more = again // a first look is never put off
		}
		select {
		case <-s.stop.Done():
			t.Stop()
			return
		case <-more:
			t.Stop()
			n, after = 0, s.opt.LookAfter
			continue
		case <-t.C:
		}
		s.lookBack(room)
		if n, after = n+1, after*lookFactor; n < looks {
			continue
		}
		s.mu.Lock()
		if len(again) == 0 {
			delete(s.watched, room)
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
	}
}

// lookBack works through what a room's history has, later than something that
// was received, and that was not received. What is only late comes twice then,
// and counts once.
func (s *session) lookBack(room id.RoomID) {
	page, err := s.cli.Messages(s.stop, room, "", "", mautrix.DirectionBackward, nil, lookEvents)
	if err != nil {
		return // the next time will do, and the bot may have left
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	received := func(e *event.Event) bool {
		known, _ := s.seen.get(e.ID)
		return known
	}
	known := -1 // the oldest that was received
	for i, e := range page.Chunk {
		if s.entered(e) {
			break
		}
		if received(e) {
			known = i
		}
	}
	for _, e := range slices.Backward(page.Chunk[:max(known, 0)]) {
		if received(e) {
			continue
		}
		s.seen.put(e.ID, true)
		if e.StateKey != nil {
			s.forgetRoom(room)
		}
		if e.Sender == s.me {
			continue
		}
		s.opt.Log.Info("the homeserver had not handed out an event that it has", "room", string(room), "event", string(e.ID))
		e.RoomID = room
		s.enqueue(room, job{do: func(ctx context.Context) bool { return s.event(ctx, e, nil) }})
	}
}
