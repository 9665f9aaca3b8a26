package storage

import (
	"context"
	"database/sql"
	"errors"
)

// Form is the form that an account is filling in in a room.
func (t *Tx) Form(ctx context.Context, platform, room, user string) (body []byte, ok bool, err error) {
	err = t.row(ctx, `SELECT body FROM form WHERE platform = ? AND room = ? AND user = ?`, platform, room, user).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return body, err == nil, wrap("find form", err)
}

// SaveForm stores a form, or removes the one that is stored when body is nil.
func (t *Tx) SaveForm(ctx context.Context, platform, room, user string, body []byte) error {
	if body == nil {
		return t.exec(ctx, `DELETE FROM form WHERE platform = ? AND room = ? AND user = ?`, platform, room, user)
	}
	return t.exec(ctx, `INSERT INTO form (platform, room, user, body, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (platform, room, user) DO UPDATE SET body = excluded.body, at = excluded.at`, platform, room, user, string(body), t.ms())
}
