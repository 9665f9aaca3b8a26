package commands

import (
	"context"
	"slices"
	"time"

	"lectern/bot"
	"lectern/reading"
	"lectern/storage"
)

// guestFor is how long a guest who was answered in private may go on there:
// nobody tells the bot when they leave the group's room.
const guestFor = 24 * time.Hour

// remembering makes a command remember where it answered somebody in private,
// so that what they then say to the bot alone is about that room's group.
func (k *Desk) remembering(run func(context.Context, *bot.Request) (bot.Reply, error)) func(context.Context, *bot.Request) (bot.Reply, error) {
	return func(ctx context.Context, r *bot.Request) (bot.Reply, error) {
		reply, err := run(ctx, r)
		if err != nil || !reply.Private || r.Group == 0 || r.Direct {
			return reply, err
		}
		user, room := r.Account.ID, string(r.Room.ID)
		same := false
		err = k.DB.Read(ctx, func(tx *storage.Tx) error {
			known, at, err := tx.About(ctx, r.Room.Platform, user)
			same = known == room && tx.Now.Sub(at) < guestFor/2
			return err
		})
		if err != nil || same {
			return reply, err
		}
		return reply, k.DB.Write(ctx, func(tx *storage.Tx) error { return tx.SetAbout(ctx, r.Room.Platform, user, room) })
	}
}

// home finds the group's room that something said to the bot alone is about:
// the one in which the person was last answered in private, otherwise that of
// the only group that they belong to. It is the zero Room if there is none.
func home(ctx context.Context, tx *storage.Tx, r *bot.Request, person reading.PersonID) (storage.Room, error) {
	var groups []reading.GroupID
	if person != 0 {
		var err error
		if groups, err = tx.GroupsOf(ctx, person); err != nil {
			return storage.Room{}, err
		}
	}
	id, at, err := tx.About(ctx, r.Room.Platform, r.Account.ID)
	if err != nil {
		return storage.Room{}, err
	}
	if id != "" {
		room, err := tx.Room(ctx, r.Room.Platform, id)
		if err != nil {
			return storage.Room{}, err
		}
		if room.Group != 0 && (slices.Contains(groups, room.Group) || tx.Now.Sub(at) < guestFor) {
			return room, nil
		}
	}
	if len(groups) != 1 {
		return storage.Room{}, nil // none, or nobody knows which
	}
	rooms, err := tx.Rooms(ctx, groups[0])
	if err != nil {
		return storage.Room{}, err
	}
	for _, room := range rooms {
		if room.Platform == r.Room.Platform {
			return room, nil
		}
	}
	return storage.Room{Group: groups[0]}, nil
}
