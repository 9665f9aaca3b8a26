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
	known := p.direct
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
	p.direct = direct
	return direct, nil
}

func (p *Platform) forgetDirect() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.direct = nil
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

// directRoom is a room that the bot and one person alone are in, or are
// invited to. It is made if there is none.
func (p *Platform) directRoom(ctx context.Context, who id.UserID) (id.RoomID, error) {
	p.making.Lock()
	defer p.making.Unlock()
	direct, err := p.directRooms(ctx)
	if err != nil {
		return "", err
	}
	for _, r := range direct[who] {
		ok, err := p.stillDirect(ctx, r, who)
		if err != nil {
			return "", err
		}
		if ok {
			return r, nil
		}
	}
	resp, err := p.cli.CreateRoom(ctx, &mautrix.ReqCreateRoom{Preset: "trusted_private_chat", IsDirect: true, Invite: []id.UserID{who}, CreationContent: map[string]any{directField: who}})
	if err != nil {
		return "", err
	}
	return resp.RoomID, p.addDirectLocked(ctx, who, resp.RoomID)
}

// stillDirect reports whether a direct room can be written to, and nobody else
// reads it.
func (p *Platform) stillDirect(ctx context.Context, room id.RoomID, who id.UserID) (bool, error) {
	info, err := p.room(ctx, room)
	if err != nil {
		if s := status(err); s == http.StatusForbidden || s == http.StatusNotFound {
			return false, nil
		}
		return false, err
	}
	if info.encrypted {
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

// adopt remembers a direct room that was made just before the process ended,
// so that no second one is made. It reports whether the room is one.
func (p *Platform) adopt(ctx context.Context, room id.RoomID) (bool, error) {
	create, err := p.cli.FullStateEvent(ctx, room, event.StateCreate, "")
	if err != nil {
		return false, err
	}
	who := rawString(create, directField)
	if create.Sender != p.me || who == "" {
		return false, nil
	}
	return true, p.addDirect(ctx, id.UserID(who), room)
}
