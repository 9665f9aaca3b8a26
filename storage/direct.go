package storage

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"lectern/reading"
)

// About is the room that what an account says to the bot alone is about, ""
// and no time if it was answered in private in none.
func (t *Tx) About(ctx context.Context, platform, user string) (room string, at time.Time, err error) {
	var ms int64
	err = t.row(ctx, `SELECT room, at FROM direct WHERE platform = ? AND user = ?`, platform, user).Scan(&room, &ms)
	if errors.Is(err, sql.ErrNoRows) {
		return "", time.Time{}, nil
	}
	return room, instant(ms), wrap("find what is meant", err)
}

// SetAbout keeps the room that what an account says to the bot alone is about.
func (t *Tx) SetAbout(ctx context.Context, platform, user, room string) error {
	return t.exec(ctx, `INSERT INTO direct (platform, user, room, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (platform, user) DO UPDATE SET room = excluded.room, at = excluded.at`, platform, user, room, t.ms())
}

// GroupsOf are the groups that a person reads along with or looks after.
func (t *Tx) GroupsOf(ctx context.Context, p reading.PersonID) ([]reading.GroupID, error) {
	return collect(ctx, t, func(r scanner, x *reading.GroupID) error { return r.Scan(x) },
		`SELECT group_id FROM member WHERE person = ?1 UNION SELECT group_id FROM organiser WHERE person = ?1 ORDER BY 1`, p)
}
