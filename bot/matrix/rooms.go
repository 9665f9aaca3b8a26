package matrix

import (
	"context"
	"net/http"
	"path"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lectern/bot"
)

// invited joins a room if whoever invites may, and declines otherwise. The
// same invitation may come twice.
func (s *session) invited(ctx context.Context, room id.RoomID, state []*event.Event) (done bool) {
	var by id.UserID
	direct := false
	for _, e := range state {
		if e.Type.Type == event.StateMember.Type && e.GetStateKey() == string(s.me) && rawString(e, "membership") == "invite" {
			by = e.Sender
			direct, _ = rawOf(e)["is_direct"].(bool)
		}
	}
	if !s.allows(by) {
		s.opt.Log.Info("an invitation was declined", "room", string(room), "by", string(by))
		done, _ := s.persist(ctx, "decline an invitation", func() error {
			_, err := s.cli.LeaveRoom(ctx, room, &mautrix.ReqLeave{Reason: s.opt.Voice.Say("invite.refused").String()})
			return err
		})
		return done
	}
	done, err := s.persist(ctx, "join a room", func() error {
		_, err := s.cli.JoinRoomByID(ctx, room)
		return err
	})
	if err != nil || !done {
		if done {
			s.opt.Log.Warn("a room could not be joined", "room", string(room), "err", err)
		}
		return done
	}
	s.forgetRoom(room)
	var info *roomInfo
	done, err = s.persist(ctx, "look at the room", func() (err error) {
		info, err = s.room(ctx, room)
		return err
	})
	if err != nil || !done {
		return done
	}
	if !s.writable(info) {
		s.opt.Log.Info("an encrypted room was left", "room", string(room), "by", string(by))
		done, _ := s.persist(ctx, "leave a room", func() error {
			_, err := s.cli.LeaveRoom(ctx, room, &mautrix.ReqLeave{Reason: s.opt.Voice.Say("invite.encrypted").String()})
			return err
		})
		return done
	}
	if direct {
		if done, err := s.persist(ctx, "remember a direct room", func() error { return s.addDirect(ctx, by, room) }); !done {
			return false
		} else if err != nil {
			s.opt.Log.Warn("a direct room could not be remembered", "err", err)
		}
		s.letters(ctx, by)
	}
	if done, was := s.follow(ctx, room); !done || was {
		return done
	}
	if direct {
		return true // whoever opened it knows who the bot is
	}
	s.changed(bot.RoomChange{Room: roomOf(room), What: bot.Joined, By: bot.Account{Platform: Name, ID: string(by), Name: info.name(by), Manages: info.manages(by)}})
	s.nameRooms(ctx, room)
	s.busy.Go(func() { s.describeIn(s.stop, room) })
	return true
}

// allows reports whether somebody's invitations are accepted.
func (s *session) allows(who id.UserID) bool { return who != "" && matches(s.opt.AllowInvites, who) }

// ignores reports whether somebody is not heard: who speaks through a bridge has
// an account where it leads to, and is answered there.
func (s *session) ignores(who id.UserID) bool { return matches(s.opt.Ignore, who) }

// matches reports whether one of some patterns is somebody's.
func matches(patterns []string, who id.UserID) bool {
	for _, pattern := range patterns {
		if pattern == "*" {
			return true
		}
		// No character of a user ID but * is special here.
		escaped := strings.NewReplacer(`\`, `\\`, `[`, `\[`, `?`, `\?`).Replace(pattern)
		if ok, err := path.Match(escaped, strings.ReplaceAll(string(who), "/", "\x00")); ok && err == nil {
			return true
		}
		if pattern == string(who) {
			return true
		}
	}
	return false
}

// left tells that the bot was removed from a room.
func (s *session) left(ctx context.Context, room id.RoomID, events []*event.Event) (done bool) {
	for i := len(events) - 1; i >= 0; i-- {
		e := events[i]
		if e.Type.Type != event.StateMember.Type || e.GetStateKey() != string(s.me) {
			continue
		}
		if m := rawString(e, "membership"); e.Sender != s.me && (m == "leave" || m == "ban") {
			s.opt.Log.Warn("the bot was removed from a room; nothing is posted there, and what is known of it is kept", "room", string(room), "by", string(e.Sender), "as", m)
			s.changed(bot.RoomChange{Room: roomOf(room), What: bot.Removed, Reason: rawString(e, "reason"), By: bot.Account{Platform: Name, ID: string(e.Sender), Name: e.Sender.Localpart()}})
		}
		return true
	}
	return true
}

// upgraded follows a room to the one that takes its place, if that one says so
// too.
func (s *session) upgraded(ctx context.Context, e *event.Event) (done bool) {
	next := id.RoomID(rawString(e, "replacement_room"))
	if next == "" {
		return true
	}
	done, err := s.persist(ctx, "follow a room", func() error {
		_, err := s.cli.JoinRoom(ctx, string(next), &mautrix.ReqJoinRoom{Via: []string{e.Sender.Homeserver()}})
		return err
	})
	if err != nil || !done {
		if done {
			// It needs an invitation first; the rooms are told to be one when
			// it comes.
			s.opt.Log.Warn("the room that takes another's place could not be joined", "room", string(e.RoomID), "new", string(next), "err", err)
			s.changed(bot.RoomChange{Room: roomOf(e.RoomID), What: bot.Removed, Reason: "upgraded, and the new room cannot be joined"})
		}
		return done
	}
	if done, was := s.follow(ctx, next); !done || was {
		return done
	}
	s.opt.Log.Warn("a room that is said to take another's place does not say so itself, and was left", "room", string(e.RoomID), "new", string(next))
	done, _ = s.persist(ctx, "leave a room", func() error { _, err := s.cli.LeaveRoom(ctx, next); return err })
	return done
}

// follow tells that a room takes another's place, if both of them say so.
func (s *session) follow(ctx context.Context, next id.RoomID) (done, was bool) {
	var create event.CreateEventContent
	done, err := s.persist(ctx, "look at a new room", func() error {
		return s.cli.StateEvent(ctx, next, event.StateCreate, "", &create)
	})
	if err != nil || create.Predecessor == nil || create.Predecessor.RoomID == "" {
		return done, false
	}
	old := create.Predecessor.RoomID
	var end event.TombstoneEventContent
	done, err = s.persist(ctx, "look at an old room", func() error {
		return s.cli.StateEvent(ctx, old, event.StateTombstone, "", &end)
	})
	if err != nil || end.ReplacementRoom != next {
		return done, false
	}
	s.opt.Log.Info("a room was upgraded; it goes on in the one that takes its place", "room", string(old), "new", string(next))
	s.changed(bot.RoomChange{Room: roomOf(old), What: bot.Upgraded, New: bot.RoomID(next)})
	s.nameRooms(ctx, next)
	return true, true
}

// nameRooms tells what rooms are called. It is for the operator, so that what
// cannot be found out is passed over.
func (s *session) nameRooms(ctx context.Context, rooms ...id.RoomID) {
	for _, r := range rooms {
		var name event.RoomNameEventContent
		if err := s.cli.StateEvent(ctx, r, event.StateRoomName, "", &name); err != nil && status(err) != http.StatusNotFound {
			if ctx.Err() != nil {
				return
			}
			continue
		}
		s.named(r, name.Name)
	}
}

// changed tells what has happened to a room. It is kept although the bot is told to
// stop meanwhile.
func (s *session) changed(c bot.RoomChange) { s.h.Changed(s.work, c) }

func (s *session) named(room id.RoomID, name string) {
	s.changed(bot.RoomChange{Room: roomOf(room), What: bot.Named, Name: name})
}

// A roomInfo is what is known of a room until something in it changes.
type roomInfo struct {
	encryption *event.EncryptionEventContent // nil where there is none
	readers    []id.UserID                   // in an encrypted room: whom its messages are for
	direct     bool                          // the bot and one other, in a room that has no name
	levels     event.PowerLevelsEventContent
	members    map[id.UserID]mautrix.JoinedMember
}

func (i *roomInfo) manages(who id.UserID) bool { return i.levels.GetUserLevel(who) >= 50 }

func (i *roomInfo) name(who id.UserID) string {
	if n := bot.Clean(i.members[who].DisplayName, 60); n != "" {
		return n
	}
	return who.Localpart()
}

func (p *Platform) forgetRoom(r id.RoomID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.rooms, r)
	p.roomsAs++
}

// room asks the server what it must know of a room. Whatever cannot be found
// out is an error: a bot that is not sure must not speak.
func (p *Platform) room(ctx context.Context, r id.RoomID) (*roomInfo, error) {
	p.mu.Lock()
	info, ok := p.rooms[r]
	as := p.roomsAs
	p.mu.Unlock()
	if ok {
		return info, nil
	}
	info = &roomInfo{}
	var encryption event.EncryptionEventContent
	switch err := p.cli.StateEvent(ctx, r, event.StateEncryption, "", &encryption); {
	case err == nil:
		info.encryption = &encryption
		if err := p.state.encrypted(r); err != nil {
			return nil, err
		}
	case status(err) != http.StatusNotFound || code(err) == "M_UNRECOGNIZED" || code(err) == "":
		return nil, err
	case p.state.isEncrypted(r):
		info.encryption = &event.EncryptionEventContent{Algorithm: id.AlgorithmMegolmV1}
	}
	create, err := p.cli.FullStateEvent(ctx, r, event.StateCreate, "")
	if err != nil {
		return nil, err
	}
	if err := p.cli.StateEvent(ctx, r, event.StatePowerLevels, "", &info.levels); err != nil && status(err) != http.StatusNotFound {
		return nil, err
	}
	info.levels.CreateEvent = create
	members, err := p.cli.JoinedMembers(ctx, r)
	if err != nil {
		return nil, err
	}
	info.members = members.Joined
	if info.encryption != nil {
		all, err := p.cli.Members(ctx, r, mautrix.ReqMembers{NotMembership: event.MembershipLeave})
		if err != nil {
			return nil, err
		}
		info.readers = present(all.Chunk)
	}
	if len(info.members) == 2 {
		if info.direct, err = p.isDirect(ctx, r); err != nil {
			return nil, err
		}
	}
	p.mu.Lock()
	if p.roomsAs == as { // else some room has changed since it was asked about
		p.rooms[r] = info
	}
	p.mu.Unlock()
	return info, nil
}
