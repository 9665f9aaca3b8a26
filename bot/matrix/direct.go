package matrix

import (
	"context"
	"net/http"
	"slices"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// directRooms are the rooms for one person each, as the account's own data
// keeps them, so that every client of the account knows them.
func (p *Platform) directRooms(ctx context.Context) (map[id.UserID][]id.RoomID, error) {
	p.mu.Lock()
	known, as := p.direct, p.directAs
	p.mu.Unlock()
	if known != nil {
		return known, nil
	}
	var direct map[id.UserID][]id.RoomID
	err := p.cli.GetAccountData(ctx, "m.direct", &direct)
	if err != nil && status(err) != http.StatusNotFound {
		return nil, err
	}
	if direct == nil {
		direct = map[id.UserID][]id.RoomID{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.directAs == as { // else it has changed since it was asked for
		p.direct = direct
	}
	return direct, nil
}

func (p *Platform) forgetDirect() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.direct = nil
	p.directAs++
}

func (p *Platform) isDirect(ctx context.Context, room id.RoomID) (bool, error) {
	direct, err := p.directRooms(ctx)
	if err != nil {
		return false, err
	}
	for _, rooms := range direct {
		if slices.Contains(rooms, room) {
			return true, nil
		}
	}
	return false, nil
}

// addDirect remembers that a room is for one person.
func (p *Platform) addDirect(ctx context.Context, who id.UserID, room id.RoomID) error {
	p.making.Lock()
	defer p.making.Unlock()
	return p.addDirectLocked(ctx, who, room)
}

func (p *Platform) addDirectLocked(ctx context.Context, who id.UserID, room id.RoomID) error {
	p.forgetDirect()
	known, err := p.directRooms(ctx)
	if err != nil {
		return err
	}
	if slices.Contains(known[who], room) {
		return nil
	}
	next := map[id.UserID][]id.RoomID{}
	for u, rooms := range known {
		next[u] = slices.Clone(rooms)
	}
	next[who] = append([]id.RoomID{room}, next[who]...)
	if err := p.cli.SetAccountData(ctx, "m.direct", next); err != nil {
		return err
	}
	p.forgetDirect()
	p.forgetRoom(room)
	return nil
}

// directFrom is the direct room of somebody who asked in a room: if that is
// encrypted, so is this one.
func (p *Platform) directFrom(ctx context.Context, who id.UserID, asked id.RoomID) (id.RoomID, error) {
	info, err := p.room(ctx, asked)
	if err != nil {
		return "", err
	}
	return p.directRoom(ctx, who, info.encryption != nil)
}

// directRoom is a room that the bot and one person alone are in, or are
// invited to. It is made if there is none. Where it holds secrets it is
// encrypted.
func (p *Platform) directRoom(ctx context.Context, who id.UserID, secret bool) (id.RoomID, error) {
	p.making.Lock()
	defer p.making.Unlock()
	room, err := p.directOf(ctx, who, secret)
	if err != nil || room != "" {
		return room, err
	}
	// A request before this one, whose answer was not heard, may have made one.
	joined, err := p.cli.JoinedRooms(ctx)
	if err != nil {
		return "", err
	}
	some := false
	for _, r := range joined.JoinedRooms {
		whose, err := p.madeFor(ctx, r)
		if err != nil {
			return "", err
		}
		if whose == who {
			some = true
			if err := p.addDirectLocked(ctx, who, r); err != nil {
				return "", err
			}
		}
	}
	if some {
		if room, err = p.directOf(ctx, who, secret); err != nil || room != "" {
			return room, err
		}
	}
	req := &mautrix.ReqCreateRoom{Preset: "trusted_private_chat", IsDirect: true, Invite: []id.UserID{who}, CreationContent: map[string]any{directField: who}}
	if secret {
		req.InitialState = []*event.Event{{Type: event.StateEncryption, StateKey: new(""), Content: event.Content{Parsed: &event.EncryptionEventContent{Algorithm: id.AlgorithmMegolmV1}}}}
	}
	resp, err := p.cli.CreateRoom(ctx, req)
	if err != nil {
		return "", err
	}
	return resp.RoomID, p.addDirectLocked(ctx, who, resp.RoomID)
}

// directOf is the first of a person's direct rooms that still is one, "" if
// none is.
func (p *Platform) directOf(ctx context.Context, who id.UserID, secret bool) (id.RoomID, error) {
	direct, err := p.directRooms(ctx)
	if err != nil {
		return "", err
	}
	for _, r := range direct[who] {
		ok, err := p.stillDirect(ctx, r, who, secret)
		if err != nil || ok {
			return r, err
		}
	}
	return "", nil
}

// stillDirect reports whether a direct room can be written to, and nobody else
// reads it, the homeserver neither where it holds secrets.
func (p *Platform) stillDirect(ctx context.Context, room id.RoomID, who id.UserID, secret bool) (bool, error) {
	info, err := p.room(ctx, room)
	if err != nil {
		if s := status(err); s == http.StatusForbidden || s == http.StatusNotFound {
			return false, nil
		}
		return false, err
	}
	if !p.writable(info) || secret && info.encryption == nil {
		return false, nil
	}
	for m := range info.members {
		if m != who && m != p.me {
			return false, nil
		}
	}
	if _, in := info.members[who]; in {
		return true, nil
	}
	var m event.MemberEventContent
	err = p.cli.StateEvent(ctx, room, event.StateMember, string(who), &m)
	if err != nil && status(err) != http.StatusNotFound {
		return false, err
	}
	if err == nil && m.Membership == event.MembershipInvite {
		return true, nil
	}
	// The room was made and nobody invited yet, or the person has left it: one
	// room is enough.
	_, err = p.cli.InviteUser(ctx, room, &mautrix.ReqInviteUser{UserID: who})
	if err != nil && status(err) == http.StatusForbidden {
		return false, nil
	}
	return err == nil, err
}

// directField, in the event that made a room, names the person it is for.
const directField = "org.lectern.direct"

// madeFor is the person for whom the bot made a room, "" if it did not or it
// is for more than one. What made a room does not change.
func (p *Platform) madeFor(ctx context.Context, room id.RoomID) (who id.UserID, err error) {
	p.mu.Lock()
	who, ok := p.made[room]
	p.mu.Unlock()
	if ok {
		return who, nil
	}
	create, err := p.cli.FullStateEvent(ctx, room, event.StateCreate, "")
	if err != nil {
		return "", err
	}
	if create.Sender == p.me {
		who = id.UserID(rawString(create, directField))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made[room] = who
	return who, nil
}

// adopt remembers a direct room that was made just before the process ended,
// so that no second one is made. It reports whether the room is one.
func (p *Platform) adopt(ctx context.Context, room id.RoomID) (bool, error) {
	who, err := p.madeFor(ctx, room)
	if err != nil || who == "" {
		return false, err
	}
	return true, p.addDirect(ctx, who, room)
}
