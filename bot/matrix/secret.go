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
// What was said before it is not kept back by it, and what came after is dealt
// with first.
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
	s.mu.Lock()
	b.left++ // it comes again if the bot is killed meanwhile
	s.mu.Unlock()
	s.busy.Go(func() { s.await(e, b) })
	return true
}

// opened works through what an event of an encrypted room turned out to be.
func (s *session) opened(ctx context.Context, e *event.Event) (done bool) {
	switch e.Type.Type {
	case event.EventMessage.Type, event.EventReaction.Type:
		return s.event(ctx, e, nil)
	}
	return true
}

// await waits for the key to a message, and asks for it.
func (s *session) await(e *event.Event, b *batch) {
	v, c := s.keys(), e.Content.AsEncrypted()
	//nolint:staticcheck // older clients name the sender's key and device, and their keys are found by them
	key, device := c.SenderKey, c.DeviceID
	came := v.mach.WaitForSession(s.stop, e.RoomID, key, c.SessionID, keyComes)
	if !came && s.stop.Err() == nil {
		if device == "" {
			device = "*"
		}
		err := v.mach.SendRoomKeyRequest(s.stop, e.RoomID, key, c.SessionID, "", map[id.UserID][]id.DeviceID{e.Sender: {device}, s.me: {"*"}})
		if err != nil {
			s.opt.Log.Debug("a key could not be asked for", "room", string(e.RoomID), "err", err)
		}
		came = v.mach.WaitForSession(s.stop, e.RoomID, key, c.SessionID, keyAsked)
	}
	if s.stop.Err() != nil {
		return // it counts as not dealt with
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if came {
		s.enqueue(e.RoomID, s.retry(e, b))
		return
	}
	s.opt.Log.Warn("the key to a message did not come", "room", string(e.RoomID), "event", string(e.ID), "by", string(e.Sender))
	if s.unread = append(s.unread, e); len(s.unread) > maxUnread {
		s.unread = s.unread[1:]
	}
	s.busy.Go(func() { s.done(b) })
}

// keyCame deals with messages whose key came after all.
func (s *session) keyCame(_ context.Context, room id.RoomID, session id.SessionID, _ uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unread = slices.DeleteFunc(s.unread, func(e *event.Event) bool {
		if e.RoomID != room || e.Content.AsEncrypted().SessionID != session {
			return false
		}
		s.enqueue(room, s.retry(e, nil))
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
