package commands

import (
	"context"
	"strings"

	"lectern/bot"
	"lectern/delivery"
	"lectern/storage"
)

// gone is why a room is paused that the bot was removed from.
const gone = "removed"

// changed keeps what happened to a room: on joining the bot says once who it
// is; a room that it was removed from is paused, and its data kept. A room's name
// is for the operator alone.
func (k *Desk) changed(ctx context.Context, c bot.RoomChange) {
	err := k.DB.Write(ctx, func(tx *storage.Tx) error {
		platform, id := c.Room.Platform, string(c.Room.ID)
		switch c.What {
		case bot.Removed:
			reason := gone
			if c.Reason != "" {
				reason += ": " + bot.Clean(c.Reason, 200)
			}
			return k.removed(ctx, tx, c, reason)
		case bot.Named:
			return tx.NameRoom(ctx, platform, id, bot.Clean(c.Name, 100))
		case bot.Writable:
			return tx.PauseRoom(ctx, platform, id, "")
		case bot.Upgraded:
			room, err := tx.Room(ctx, platform, id)
			if err != nil {
				return err
			}
			if err := tx.PauseRoom(ctx, platform, id, "upgraded"); err != nil || room.Group == 0 {
				return err // it was told before, or nobody reads there
			}
			return tx.MoveRoom(ctx, platform, id, string(c.New), room.Group)
		default:
			if err := tx.PauseRoom(ctx, platform, id, ""); err != nil {
				return err
			}
			first, err := tx.GreetRoom(ctx, platform, id)
			if err != nil || !first {
				return err
			}
			return delivery.Greet(ctx, tx, k.voice(&bot.Request{}), platform, id)
		}
	})
	if err != nil {
		k.Log.Error("a change of a room could not be kept", "room", c.Room.String(), "change", string(c.What), "err", err)
		return
	}
	if k.Wake != nil {
		k.Wake()
	}
}

// removed pauses a room that the bot was removed from, and has its group's
// organisers told, once.
func (k *Desk) removed(ctx context.Context, tx *storage.Tx, c bot.RoomChange, reason string) error {
	room, err := tx.Room(ctx, c.Room.Platform, string(c.Room.ID))
	if err == nil {
		err = tx.RemovedFrom(ctx, room.Platform, room.ID, reason)
	}
	if err != nil || k.TellRemoved == nil || strings.HasPrefix(room.Paused, gone) {
		return err
	}
	return k.TellRemoved(ctx, tx, room, reason, c.By)
}
