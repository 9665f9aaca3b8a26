package matrix

import (
	"context"
	"errors"
	"slices"
	"time"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// How long the key to a message is waited for before it is asked for, and then.
// What was said before it is not kept back by it, nor is what came after and can
// be read.
const (
	keyComes = 3 * time.Second
	keyAsked = 27 * time.Second
	// maxUnread is how many messages wait for keys that come later still.
	maxUnread = 500
)

// secret works through an event of an encrypted room.
func (s *session) secret(ctx context.Context, e *event.Event, b *batch) (done bool) {
	v := s.keys()
	if e.Sender == s.me || v == nil {
		return true
	}
	plain, err := v.decrypt(ctx, e)
	switch {
	case err == nil:
		return s.opened(ctx, plain)
	case !errors.Is(err, crypto.ErrNoSessionFound):
		s.opt.Log.Warn("a message cannot be decrypted", "room", string(e.RoomID), "event", string(e.ID), "err", err)
		return true
	}
	w := &unread{event: e, batch: b}
	s.mu.Lock()
	if b != nil {
		b.left++ // it comes again if the bot is killed meanwhile
	}
	s.unread = append(s.unread, w)
	s.mu.Unlock()
	c := e.Content.AsEncrypted()
	if key, err := v.mach.CryptoStore.GetGroupSession(ctx, e.RoomID, c.SessionID); err == nil && key != nil {
		s.keyCame(ctx, e.RoomID, c.SessionID, 0) // between the two looks
	}
	s.busy.Go(func() { s.await(w) })
	return true
}

// An unread is a message whose key has not come.
type unread struct {
	event *event.Event
	batch *batch // nil when its room has gone on without it
}

// opened works through what an event of an encrypted room turned out to be.
func (s *session) opened(ctx context.Context, e *event.Event) (done bool) {
	switch e.Type.Type {
	case event.EventMessage.Type, event.EventReaction.Type:
		return s.event(ctx, e, nil)
	}
	return true
}

// await asks for the key to a message, if it does not come by itself, and gives
// it up in the end.
func (s *session) await(w *unread) {
	waits := func() bool {
		return s.stop.Err() == nil && slices.Contains(s.unread, w)
	}
	pause(s.stop, keyComes)
	s.mu.Lock()
	ask := waits()
	s.mu.Unlock()
	if !ask {
		return // it was read, or counts as not dealt with
	}
	e := w.event
	c := e.Content.AsEncrypted()
	//nolint:staticcheck // older clients name the sender's key and device, and their keys are found by them
	key, device := c.SenderKey, c.DeviceID
	if device == "" {
		device = "*"
	}
	err := s.keys().mach.SendRoomKeyRequest(s.stop, e.RoomID, key, c.SessionID, "", map[id.UserID][]id.DeviceID{e.Sender: {device}, s.me: {"*"}})
	if err != nil {
		s.opt.Log.Debug("a key could not be asked for", "room", string(e.RoomID), "err", err)
	}
	pause(s.stop, keyAsked)
	s.mu.Lock()
	lost := waits()
	b := w.batch
	if lost {
		w.batch = nil
		if old := slices.IndexFunc(s.unread, func(w *unread) bool { return w.batch == nil }); len(s.unread) > maxUnread {
			s.unread = slices.Delete(s.unread, old, old+1)
		}
	}
	s.mu.Unlock()
	if lost {
		s.opt.Log.Warn("the key to a message did not come", "room", string(e.RoomID), "event", string(e.ID), "by", string(e.Sender))
		s.done(b)
	}
}

// keyCame deals with messages whose key came after all. It is told of keys before
// the events that came with them are put into their queues, so that the order in
// a room is kept.
func (s *session) keyCame(_ context.Context, room id.RoomID, session id.SessionID, _ uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unread = slices.DeleteFunc(s.unread, func(w *unread) bool {
		if w.event.RoomID != room || w.event.Content.AsEncrypted().SessionID != session {
			return false
		}
		s.enqueue(room, s.retry(w.event, w.batch))
		return true
	})
}

// retry is to read a message again.
func (s *session) retry(e *event.Event, b *batch) job {
	return job{batch: b, do: func(ctx context.Context) bool {
		plain, err := s.keys().decrypt(ctx, e)
		if err != nil {
			s.opt.Log.Warn("a message cannot be decrypted", "room", string(e.RoomID), "event", string(e.ID), "err", err)
			return true
		}
		return s.opened(ctx, plain)
	}}
}
