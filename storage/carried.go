package storage

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Carry keeps what a button carries under a key that is made of what it is.
// What is kept already stays, and counts as new.
func (t *Tx) Carry(ctx context.Context, key string, body []byte) error {
	return t.exec(ctx, `INSERT INTO carried (key, body, at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET at = excluded.at`, key, string(body), t.ms())
}

// Carried is what was kept under a key.
func (t *Tx) Carried(ctx context.Context, key string) (body []byte, ok bool, err error) {
	err = t.row(ctx, `SELECT body FROM carried WHERE key = ?`, key).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return body, err == nil, wrap("find what a button carries", err)
}

// PruneCarried forgets what was last carried longer ago than age.
func (t *Tx) PruneCarried(ctx context.Context, age time.Duration) error {
	return t.exec(ctx, `DELETE FROM carried WHERE at < ?`, t.Now.Add(-age).UnixMilli())
}
