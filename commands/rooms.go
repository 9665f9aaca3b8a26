package commands

import (
	"context"

	"lectern/bot"
	"lectern/delivery"
	"lectern/storage"
)

// changed keeps what happened to a room: on joining the bot says once who it
// is; a room that it was removed from is paused, and its data kept. A room's name
// is for the operator alone.
func (k *Desk) changed(ctx context.Context, c bot.RoomChange) {
	err := k.DB.Write(ctx, func(tx *storage.Tx) error {
		platform, id := c.Room.Platform, string(c.Room.ID)
		switch c.What {
		case bot.Removed:
			reason := "removed"
			if c.Reason != "" {
				reason += ": " + bot.Clean(c.Reason, 200)
			}
			return tx.RemovedFrom(ctx, platform, id, reason)
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
