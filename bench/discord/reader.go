package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	core "lectern/bot"
	"lectern/bot/discord"
	"lectern/commands"
	"lectern/library/importer"
	"lectern/phrases"
	"lectern/sample"
	"lectern/storage"
)

// A reader is the bot's own table of commands on a database in a file, with a
// book, a group and a plan that runs. Somebody holds the database up for longer
// than Discord waits, every so often.
type reader struct {
	*core.Dispatcher
	db      *storage.DB
	handled atomic.Int64
	offered atomic.Int64
	holding sync.Mutex // the database is held up, or the process is measured
}

// panics is what makes a command stumble.
const panics = "a command that panics"

// newReader makes the database in a directory, and the group of a room.
func newReader(ctx context.Context, dir, room string, book *phrases.Book, log *slog.Logger) (*reader, error) {
	db, err := storage.Open(ctx, filepath.Join(dir, "lectern.db"), storage.Options{Now: time.Now})
	if err != nil {
		return nil, err
	}
	desk := &commands.Desk{DB: db, Phrases: book, Now: time.Now, Log: log}
	work, err := importer.Read(ctx, sample.HandbookName, strings.NewReader(sample.Handbook()), importer.Options{})
	if err != nil {
		return nil, err
	}
	work.Aliases = []string{"handbook"}
	if _, err := desk.Import(ctx, 0, work); err != nil {
		return nil, err
	}
	r := &reader{Dispatcher: desk.Dispatcher(), db: db}
	for i, text := range []string{`group setup name:"Readers" city:UTC place:- length:60`, `plan create handbook "daily 20:00" "20 readings"`, "plan publish"} {
		reply, _ := r.Dispatcher.Handle(ctx, core.Event{
			Key: fmt.Sprintf("%s:before:%d", discord.Name, i), At: time.Now(), Addressed: true, Text: text,
			Room: core.Room{Platform: discord.Name, ID: core.RoomID(room)}, Account: core.Account{Platform: discord.Name, ID: "1", Name: "Ana", Manages: true},
		})
		if reply.Failed {
			return nil, fmt.Errorf("%s was refused", text)
		}
	}
	return r, nil
}

// Handle implements bot.Handler.
func (r *reader) Handle(ctx context.Context, e core.Event) (core.Reply, bool) {
	r.handled.Add(1)
	if e.Invocation != nil && e.Invocation.Args["about"] == panics {
		panic(panics)
	}
	return r.Dispatcher.Handle(ctx, e)
}

// Complete implements bot.Handler.
func (r *reader) Complete(ctx context.Context, e core.Event, param, prefix string) []core.Choice {
	r.offered.Add(1)
	return r.Dispatcher.Complete(ctx, e, param, prefix)
}

// hold keeps the database's one writer busy for a while, again and again, until
// ctx ends.
func (r *reader) hold(ctx context.Context, every, long time.Duration) {
	for {
		select {
		case <-time.After(every):
		case <-ctx.Done():
			return
		}
		r.holding.Lock()
		_ = r.db.Write(ctx, func(*storage.Tx) error { // what writes meanwhile waits; nothing is written
			select {
			case <-time.After(long):
			case <-ctx.Done():
			}
			return nil
		})
		r.holding.Unlock()
	}
}

// rest keeps the database from being held up until it is released.
func (r *reader) rest() (release func()) {
	r.holding.Lock()
	return r.holding.Unlock
}

func (r *reader) counts() (handled, offered int64) { return r.handled.Load(), r.offered.Load() }

// kept keeps in the database what buttons carry.
type kept struct{ db *storage.DB }

// Keep implements discord.Keeper.
func (k kept) Keep(ctx context.Context, key string, value []byte) error {
	return k.db.Write(ctx, func(tx *storage.Tx) error { return tx.Carry(ctx, key, value) })
}

// Kept implements discord.Keeper.
func (k kept) Kept(ctx context.Context, key string) (value []byte, ok bool, err error) {
	err = k.db.Read(ctx, func(tx *storage.Tx) error {
		value, ok, err = tx.Carried(ctx, key)
		return err
	})
	return value, ok, err
}
