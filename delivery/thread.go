package delivery

import (
	"context"
	"errors"

	"lectern/bot"
	"lectern/storage"
)

// PostsInThreads reports whether posts can go into threads on a platform.
func (e *Engine) PostsInThreads(platform string) bool {
	_, ok := e.Platforms[platform].(bot.ThreadPoster)
	return ok
}

// threadOf is the message under which a post goes, "" for the room itself: where
// a group talks in threads, a reading's questions stand under its announcement.
func (e *Engine) threadOf(ctx context.Context, d storage.Delivery) (under string, err error) {
	if !e.PostsInThreads(d.Platform) || d.Kind != Question || d.Recipient != "" {
		return "", nil
	}
	err = e.DB.Read(ctx, func(tx *storage.Tx) error {
		room, err := tx.Room(ctx, d.Platform, d.Room)
		if err != nil || !room.Threads {
			return err
		}
		head, err := tx.Opening(ctx, d, Announcement)
		under = head.Message
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		err = nil // it was not posted there
	}
	return under, err
}
