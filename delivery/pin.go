package delivery

import (
	"context"
	"fmt"

	"lectern/bot"
	"lectern/storage"
)

// keepPins pins an announcement that was posted, where the room wants it, in the
// place of the one before it; after a plan's last words nothing stays pinned.
func (e *Engine) keepPins(ctx context.Context, tx *storage.Tx, d storage.Delivery) error {
	if d.Kind != Announcement && d.Kind != Closing {
		return nil
	}
	if _, ok := e.Platforms[d.Platform].(bot.Pinner); !ok {
		return nil
	}
	room, err := tx.Room(ctx, d.Platform, d.Room)
	if err != nil || !room.Pin {
		return err
	}
	if d.Kind == Closing {
		return Unpin(ctx, tx, d.Platform, d.Room, 0)
	}
	return Pin(ctx, tx, d)
}

// Pin owes the pinning of a post, and the taking down of those that were pinned
// in its room before it.
func Pin(ctx context.Context, tx *storage.Tx, d storage.Delivery) error {
	if err := Unpin(ctx, tx, d.Platform, d.Room, d.ID); err != nil {
		return err
	}
	return oweAct(ctx, tx, d, storage.Pin)
}

// Unpin owes the taking down of what the bot has pinned in a room, but for the
// post of one delivery; 0 is none.
func Unpin(ctx context.Context, tx *storage.Tx, platform, room string, but int64) error {
	pinned, err := tx.Pinned(ctx, platform, room, but)
	if err != nil {
		return err
	}
	for _, d := range pinned {
		if err := oweAct(ctx, tx, d, storage.Unpin); err != nil {
			return err
		}
	}
	return nil
}

// oweAct owes something to be done to a post.
func oweAct(ctx context.Context, tx *storage.Tx, d storage.Delivery, act storage.Act) error {
	key := fmt.Sprintf("%s d%d %d", act, d.ID, tx.Now.UnixMilli())
	_, err := tx.Owe(ctx, storage.Delivery{Key: key, Token: Token(key), Group: d.Group, Plan: d.Plan, Reading: d.Reading, Kind: d.Kind, Occurrence: key,
		Platform: d.Platform, Room: d.Room, Act: act, Target: d.ID, Due: tx.Now})
	return err
}
