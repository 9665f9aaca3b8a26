package storage

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// A Finding is something that Doctor would say about a database.
type Finding struct {
	Level  Level
	Reason string         // a key of the catalogue
	Args   map[string]any // what its sentence names
}

// A Level says how much a finding matters.
type Level int

// The levels, the worst first.
const (
	Fault   Level = iota // it does not work, or something was lost
	Warning              // it works, and will not for long or not well
	Note                 // good to know
)

// From when on Doctor warns.
const (
	bigLog     = 64 << 20  // bytes of write-ahead log
	littleRoom = 200 << 20 // bytes free on the disk
	oldBackup  = 8 * 24 * time.Hour
)

// Doctor examines the database at path and says what it finds, the worst
// first; nothing found is all well. It changes nothing, works beside a running
// bot, and answers for a database that cannot be opened too. index, which may
// be nil, reports whether the search index is out of step.
func Doctor(ctx context.Context, path string, now time.Time, index func(context.Context, *Tx) (stale bool, err error)) ([]Finding, error) {
	d := &doctor{path: path, now: now, index: index}
	if err := d.examine(ctx); err != nil {
		return nil, err
	}
	slices.SortStableFunc(d.found, func(a, b Finding) int { return cmp.Compare(a.Level, b.Level) })
	return d.found, nil
}

type doctor struct {
	path  string
	now   time.Time
	index func(context.Context, *Tx) (bool, error)
	found []Finding
}

// say adds a finding; args are names and values in turn.
func (d *doctor) say(l Level, reason string, args ...any) {
	f := Finding{Level: l, Reason: reason, Args: map[string]any{"File": d.path}}
	for i := 0; i+1 < len(args); i += 2 {
		f.Args[args[i].(string)] = args[i+1]
	}
	d.found = append(d.found, f)
}

func (d *doctor) examine(ctx context.Context) error {
	info, err := os.Stat(d.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.say(Fault, "missing")
		return nil
	case err != nil:
		d.say(Fault, "unreadable", "Detail", err.Error())
		return nil
	case !info.Mode().IsRegular():
		d.say(Fault, "foreign")
		return nil
	}
	d.files(info)
	db, err := Open(ctx, d.path, Options{Now: func() time.Time { return d.now }, ReadOnly: true, anySchema: true})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		d.unopened(err)
		return nil
	}
	defer db.Close()
	if d.sound(ctx, db); ctx.Err() != nil {
		return ctx.Err()
	}
	return nil
}

// unopened says why a database cannot be read.
func (d *doctor) unopened(err error) {
	if newer, ok := errors.AsType[*NewerError](err); ok {
		d.say(Fault, "newer", "Has", newer.Has, "Know", newer.Know)
		return
	}
	if _, ok := errors.AsType[*ForeignError](err); ok {
		d.say(Fault, "foreign")
		return
	}
	if damaged(err) {
		d.say(Fault, "damaged", "Detail", err.Error(), "Count", 1)
		return
	}
	d.say(Fault, "unreadable", "Detail", err.Error())
}

// files looks at what the system says of the files.
func (d *doctor) files(info fs.FileInfo) {
	if f, err := os.OpenFile(d.path, os.O_RDWR, 0); err != nil {
		d.say(Fault, "not_writable", "Detail", err.Error())
	} else if err := f.Close(); err != nil {
		d.say(Fault, "unreadable", "Detail", err.Error())
	}
	// 0o007 is everybody who has an account on the machine.
	if info.Mode().Perm()&0o007 != 0 {
		d.say(Warning, "open_to_all", "Mode", "0"+strconv.FormatUint(uint64(info.Mode().Perm()), 8))
	}
	if wal, err := os.Stat(d.path + "-wal"); err == nil && wal.Size() > bigLog {
		d.say(Warning, "big_log", "Megabytes", wal.Size()>>20)
	}
	if free, err := freeSpace(filepath.Dir(d.path)); err == nil && free < max(littleRoom, info.Size()) {
		d.say(Warning, "little_room", "Megabytes", free>>20)
	}
	if pid, ok, err := served(d.path); err == nil && ok {
		d.say(Note, "served", "Process", pid)
	}
}

// sound looks into the database.
func (d *doctor) sound(ctx context.Context, db *DB) {
	found, err := integrity(ctx, db.readers, 20)
	switch {
	case err != nil:
		d.say(Fault, "unreadable", "Detail", err.Error())
		return
	case len(found) > 0:
		d.say(Fault, "damaged", "Detail", found[0], "Count", len(found))
		return
	}
	err = db.Read(ctx, func(t *Tx) error {
		tables, err := collect(ctx, t, func(r scanner, s *string) error { return r.Scan(s) }, `SELECT DISTINCT "table" FROM pragma_foreign_key_check`)
		if err != nil {
			return err
		}
		for _, table := range tables {
			d.say(Fault, "orphans", "Table", table)
		}
		at, err := schemaOf(ctx, t.tx, d.path)
		if err != nil {
			return err
		}
		if at < Version() {
			d.say(Note, "older", "Has", at, "Know", Version())
			return nil
		}
		return d.rows(ctx, t)
	})
	if err != nil {
		d.say(Fault, "unreadable", "Detail", err.Error())
	}
}

// rows looks at what the program has written.
func (d *doctor) rows(ctx context.Context, t *Tx) error {
	at, err := t.Setting(ctx, LastBackup)
	if err != nil {
		return err
	}
	if at == "" {
		d.say(Note, "no_backup")
	} else if ms, err := strconv.ParseInt(at, 10, 64); err == nil {
		if age := d.now.Sub(instant(ms)); age > oldBackup {
			d.say(Warning, "old_backup", "Days", int(age/(24*time.Hour)))
		}
	}
	if d.index == nil {
		return nil
	}
	stale, err := d.index(ctx, t)
	if err == nil && stale {
		d.say(Warning, "stale_index")
	}
	return err
}
