package storage

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"time"
)

// DeliveryStats are numbers about posts, for a monitor.
type DeliveryStats struct {
	States      map[DeliveryState]int
	Late        int           // posted more than a minute after they were due
	LateBy      time.Duration // of all that were posted, together
	FailedTries int           // sends that did not succeed, of all posts
	OldestOwed  time.Time     // when the oldest was due that is still owed
	PausedRooms int
	OnHold      bool
	LastBackup  time.Time // zero if none was made
}

// DeliveryStats counts deliveries.
func (t *Tx) DeliveryStats(ctx context.Context) (s DeliveryStats, err error) {
	type count struct {
		state DeliveryState
		n     int
	}
	counts, err := collect(ctx, t, func(r scanner, c *count) error { return r.Scan(&c.state, &c.n) },
		`SELECT state, count(*) FROM delivery GROUP BY state`)
	if err != nil {
		return s, err
	}
	s.States = map[DeliveryState]int{}
	for _, c := range counts {
		s.States[c.state] = c.n
	}
	var late int64
	var oldest sql.NullInt64
	err = t.row(ctx, `SELECT coalesce(sum(posted - due > 60000), 0), coalesce(sum(max(posted - due, 0)), 0) FROM delivery WHERE state = 'posted'`).Scan(&s.Late, &late)
	if err != nil {
		return s, wrap("count late deliveries", err)
	}
	// Of one that was sent or is being sent, the last try has not failed.
	err = t.row(ctx, `SELECT coalesce(sum(max(tries - (state IN ('posted', 'sending')), 0)), 0) FROM delivery`).Scan(&s.FailedTries)
	if err != nil {
		return s, wrap("count failed tries", err)
	}
	s.LateBy = time.Duration(late) * time.Millisecond
	if err := t.row(ctx, `SELECT min(due) FROM delivery WHERE state IN ('owed', 'sending')`).Scan(&oldest); err != nil {
		return s, wrap("oldest delivery", err)
	}
	if oldest.Valid {
		s.OldestOwed = instant(oldest.Int64)
	}
	if err := t.row(ctx, `SELECT count(*) FROM room WHERE paused <> ''`).Scan(&s.PausedRooms); err != nil {
		return s, wrap("count paused rooms", err)
	}
	hold, err := t.Setting(ctx, OnHold)
	if err != nil {
		return s, err
	}
	s.OnHold = hold != ""
	backup, err := t.Setting(ctx, LastBackup)
	if err != nil || backup == "" {
		return s, err
	}
	s.LastBackup, err = time.Parse(time.RFC3339, backup)
	return s, wrap("time of the last backup", err)
}

// Ping reports whether the database can be written and has the schema that this
// program knows: another may have brought it further meanwhile, which is a
// *NewerError. It begins to write, and changes nothing.
func (db *DB) Ping(ctx context.Context) error {
	tx, err := db.writer.BeginTx(ctx, nil) // immediate: it takes the lock
	if err != nil {
		return wrap("ping", err)
	}
	var has int
	err = tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&has)
	if err := errors.Join(err, tx.Rollback()); err != nil {
		return wrap("ping", err)
	}
	if has != Version() {
		return &NewerError{Path: db.Path(), Has: has, Know: Version()}
	}
	return nil
}

// Probe writes a little and commits it: only a write finds out that a disk is
// full, or may only be read. A database that is open for reading is not probed.
func (db *DB) Probe(ctx context.Context) error {
	if db.writer == nil {
		return nil
	}
	return db.Write(ctx, func(tx *Tx) error { return tx.SaveSetting(ctx, "probe", tx.Now.UTC().Format(time.RFC3339)) })
}

// Tend folds the write-ahead log into the database as far as readers let it,
// without waiting for any, and returns the log's size in bytes.
func (db *DB) Tend(ctx context.Context) (int64, error) {
	var busy, log, done int
	if err := db.writer.QueryRowContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`).Scan(&busy, &log, &done); err != nil {
		return 0, wrap("checkpoint", err)
	}
	info, err := os.Stat(db.path + "-wal")
	if err != nil {
		return 0, wrap("checkpoint", err)
	}
	return info.Size(), nil
}
