package storage

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Answer is the answer that was given to an event.
func (t *Tx) Answer(ctx context.Context, key string) (body []byte, ok bool, err error) {
	err = t.row(ctx, `SELECT body FROM answer WHERE key = ?`, key).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return body, err == nil, wrap("find answer", err)
}

// SaveAnswer keeps the answer to an event; the first one stays.
func (t *Tx) SaveAnswer(ctx context.Context, key string, body []byte) error {
	return t.exec(ctx, `INSERT INTO answer (key, body, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, key, string(body), t.ms())
}

// PruneAnswers forgets answers that are older than age: by then no platform
// delivers the event again.
func (t *Tx) PruneAnswers(ctx context.Context, age time.Duration) error {
	return t.exec(ctx, `DELETE FROM answer WHERE at < ?`, t.Now.Add(-age).UnixMilli())
}

// Setting is a value that the program keeps for itself, "" if there is none.
func (t *Tx) Setting(ctx context.Context, name string) (value string, err error) {
	err = t.row(ctx, `SELECT value FROM setting WHERE name = ?`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, wrap("find setting", err)
}

// SaveSetting keeps a value.
func (t *Tx) SaveSetting(ctx context.Context, name, value string) error {
	return t.exec(ctx, `INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}
