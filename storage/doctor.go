package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A Finding is something that Doctor looked at, in a sentence for the
// operator.
type Finding struct {
	Text string
	Bad  bool
}

// LargeWAL is a size of the write-ahead log, in bytes, that it has only when
// something reads for very long.
const LargeWAL = 64 << 20

// Limits beyond which Doctor finds something bad.
const (
	littleGap = 256 << 20 // bytes of free space
	oldBackup = 7 * 24 * time.Hour
)

// Doctor examines the database and what it stands on.
func (db *DB) Doctor(ctx context.Context) ([]Finding, error) {
	var out []Finding
	good := func(format string, args ...any) { out = append(out, Finding{Text: fmt.Sprintf(format, args...)}) }
	bad := func(format string, args ...any) {
		out = append(out, Finding{Text: fmt.Sprintf(format, args...), Bad: true})
	}
	verdicts, err := integrity(ctx, db.readers, 5)
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	if len(verdicts) > 0 { // whatever else is asked of it cannot be believed
		bad("The database is damaged: %s. Stop the bot, keep a copy of the file, and restore the last backup.", strings.Join(verdicts, "; "))
		return out, nil
	}
	good("The database is whole (%s, schema %d).", db.path, Version())
	orphans := 0
	err = db.Read(ctx, func(tx *Tx) error {
		rows, err := collect(ctx, tx, func(r scanner, s *string) error {
			var a, b, c any
			return r.Scan(s, &a, &b, &c)
		}, `PRAGMA foreign_key_check`)
		orphans = len(rows)
		return err
	})
	if err != nil {
		return nil, err
	}
	if orphans > 0 {
		bad("Rows that point at something that is gone: %d. Restore the last backup, or ask for help with a copy of the file.", orphans)
	}
	var counts struct{ works, groups, owed, failed, unknown, paused int }
	var backup, hold string
	err = db.Read(ctx, func(tx *Tx) error {
		if err := tx.row(ctx, `SELECT (SELECT count(*) FROM work), (SELECT count(*) FROM reading_group),
			(SELECT count(*) FROM delivery WHERE state IN ('owed', 'sending') AND next_try < ?),
			(SELECT count(*) FROM delivery WHERE state = 'failed'), (SELECT count(*) FROM delivery WHERE state = 'unknown'),
			(SELECT count(*) FROM room WHERE paused LIKE 'refused%')`, tx.Now.Add(-time.Hour).UnixMilli()).
			Scan(&counts.works, &counts.groups, &counts.owed, &counts.failed, &counts.unknown, &counts.paused); err != nil {
			return wrap("count", err)
		}
		var err error
		if hold, err = tx.Setting(ctx, OnHold); err != nil {
			return err
		}
		backup, err = tx.Setting(ctx, LastBackup)
		return err
	})
	if err != nil {
		return nil, err
	}
	good("It holds %s and %s.", count(counts.works, "work", "works"), count(counts.groups, "group", "groups"))
	if hold != "" {
		bad("Nothing is posted since the restore of %s. See what would be, and let it go on: lectern deliveries release", hold)
	} else if counts.owed > 0 {
		bad("%s owed for more than an hour. `lectern deliveries list` says which; is the bot running?", count(counts.owed, "post is", "posts are"))
	}
	if counts.paused > 0 {
		bad("%s the bot, and what is owed there waits. `lectern deliveries list` says why; `lectern deliveries retry` tries again.", count(counts.paused, "room refuses", "rooms refuse"))
	}
	if counts.failed+counts.unknown > 0 {
		bad("%s, and of %d nobody knows whether they arrived. `lectern deliveries list` shows them; `retry` or `drop` settles each.", count(counts.failed, "post failed", "posts failed"), counts.unknown)
	}
	if info, err := os.Stat(db.path + "-wal"); err == nil && info.Size() > LargeWAL {
		bad("The write-ahead log has grown to %d MB: something reads for a very long time. Restart the bot.", info.Size()>>20)
	}
	if info, err := os.Stat(db.path); err == nil && info.Mode().Perm()&0o077 != 0 {
		bad("Others can read the database. Close it to them: chmod 600 %s", db.path)
	}
	if free, err := freeSpace(filepath.Dir(db.path)); err == nil && free < littleGap {
		bad("Only %d MB are free beside the database.", free>>20)
	}
	if err := db.Probe(ctx); err != nil {
		bad("The database cannot be written to: %v. What is read is answered, and posts wait. Free some space, or make the disk one that may be written to; then it goes on by itself.", err)
	}
	if err := mayWrite(db.path); err != nil {
		bad("The database cannot be written to: %v", err)
	}
	if counts.groups > 0 {
		at, err := time.Parse(time.RFC3339, backup)
		switch {
		case err != nil:
			good("No backup was made yet. Make one: lectern backup FILE")
		case db.now().Sub(at) > oldBackup:
			good("The last backup is from %s. Make a new one: lectern backup FILE", at.Format(time.DateOnly))
		default:
			good("The last backup is from %s.", at.Format("2006-01-02 15:04 UTC"))
		}
	}
	switch pid, locked, err := db.Locked(); {
	case errors.Is(err, errors.ErrUnsupported):
	case err != nil:
		return nil, err
	case locked:
		good("A bot runs on it (process %d).", pid)
	}
	return out, nil
}

// count is a number with the word for what it counts.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
