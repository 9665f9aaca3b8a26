package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"lectern/bot"
	"lectern/bot/matrix"
	"lectern/config"
	"lectern/delivery"
	"lectern/library"
	"lectern/phrases"
	"lectern/storage"
)

type deliveriesCmd struct {
	List    deliveriesListCmd    `cmd:"" help:"List posts that are owed, failed, or of which nobody knows."`
	Retry   deliveriesRetryCmd   `cmd:"" help:"Try posts again now; without numbers, all that wait, and rooms that refused one."`
	Drop    deliveriesDropCmd    `cmd:"" help:"Give posts up."`
	Release deliveriesReleaseCmd `cmd:"" help:"After a restore: show what would be posted, compare it with the rooms, and let it go on."`
}

// deliveryAnswer is a post and what became of it, as JSON.
type deliveryAnswer struct {
	ID       int64   `json:"id"`
	Group    *int64  `json:"group"`
	Kind     string  `json:"kind"`
	Act      string  `json:"act"`
	Platform string  `json:"platform"`
	Room     string  `json:"room"`
	Due      string  `json:"due"`
	State    string  `json:"state"`
	Posted   *string `json:"posted"`
	Tries    int     `json:"tries"`
	NextTry  *string `json:"next_try"`
	Reason   *string `json:"reason"`
}

func describe(v *phrases.Voice, d storage.Delivery) deliveryAnswer {
	out := deliveryAnswer{ID: d.ID, Kind: d.Kind, Act: string(d.Act), Platform: d.Platform, Room: d.Room, Due: d.Due.Format(time.RFC3339), State: string(d.State), Tries: d.Tries}
	if d.Group != 0 {
		out.Group = new(int64(d.Group))
	}
	if !d.PostedAt.IsZero() {
		out.Posted = new(d.PostedAt.Format(time.RFC3339))
	}
	if d.State == storage.Owed || d.State == storage.Sending {
		out.NextTry = new(d.NextTry.Format(time.RFC3339))
	}
	out.Reason = text(delivery.Because(v, d.Reason, nil).String())
	return out
}

type deliveriesListCmd struct {
	All   bool `help:"Also those that were posted, or are settled."`
	Limit int  `default:"200" help:"At most so many, the oldest first."`
	JSON  bool `name:"json" help:"Answer in JSON, one post to a line."`
}

func (c *deliveriesListCmd) Run(a *app) error {
	db, err := a.open()
	if err != nil {
		return err
	}
	defer db.Close()
	filter := storage.DeliveryFilter{Limit: max(c.Limit, 1)}
	if !c.All {
		filter.States = []storage.DeliveryState{storage.Owed, storage.Sending, storage.Failed, storage.Unknown}
	}
	var rows []storage.Delivery
	var paused []storage.Room
	var names map[string]string
	var hold string
	err = db.Read(a.ctx, func(tx *storage.Tx) error {
		if rows, err = tx.Deliveries(a.ctx, filter); err != nil {
			return err
		}
		if hold, err = tx.Setting(a.ctx, storage.OnHold); err != nil {
			return err
		}
		if names, err = tx.RoomNames(a.ctx); err != nil {
			return err
		}
		paused, err = tx.PausedRooms(a.ctx)
		return err
	})
	if err != nil {
		return err
	}
	v := a.book.In("en")
	if c.JSON {
		for _, d := range rows {
			if err := a.emit(describe(v, d)); err != nil {
				return err
			}
		}
		return nil
	}
	a.printDeliveries(v, names, rows)
	if len(rows) == 0 {
		a.show("No post is owed, failed or unknown.\n")
	}
	for _, r := range paused {
		why := delivery.Because(v, r.Paused, nil).String()
		if why == "" {
			why = r.Paused
		}
		a.show("Nothing is posted to %s: %s.\n", roomLabel(names, r.Platform, r.ID), why)
	}
	if hold != "" {
		a.show("Nothing is posted since the restore of %s. See what would be: lectern deliveries release\n", hold)
	}
	return nil
}

func (a *app) printDeliveries(v *phrases.Voice, names map[string]string, rows []storage.Delivery) {
	now := a.now()
	for _, d := range rows {
		a.show("%6d  %s  %s\n", d.ID, roomLabel(names, d.Platform, d.Room), delivery.Outcome(v, v.Text("kind."+d.Kind), d, nil, now, now.Location()))
	}
}

type deliveriesRetryCmd struct {
	IDs  []int64 `arg:"" optional:"" name:"number" help:"The posts' numbers, as list shows them."`
	JSON bool    `name:"json" help:"Answer in JSON."`
}

func (c *deliveriesRetryCmd) Run(a *app) error {
	db, err := a.open()
	if err != nil {
		return err
	}
	defer db.Close()
	if len(c.IDs) > 0 {
		return a.eachDelivery(db, c.IDs, c.JSON, "is tried again as soon as the bot runs", func(tx *storage.Tx, d storage.Delivery) (bool, error) {
			// Of a post of which nobody knows somebody has looked.
			again := !slices.Contains([]storage.DeliveryState{storage.Owed, storage.Sending}, d.State)
			ok, err := tx.Reopen(a.ctx, d.ID, again)
			if err != nil || !ok {
				return ok, err
			}
			return true, tx.PauseRoom(a.ctx, d.Platform, d.Room, "")
		})
	}
	var posts, rooms int64
	err = db.Write(a.ctx, func(tx *storage.Tx) (err error) {
		posts, rooms, err = tx.TryAgain(a.ctx)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return a.emit(struct {
			Posts int64 `json:"posts"`
			Rooms int64 `json:"rooms"`
		}{posts, rooms})
	}
	a.show("Posts that are tried again: %d. Rooms that are: %d.\n", posts, rooms)
	return nil
}

type deliveriesDropCmd struct {
	IDs  []int64 `arg:"" name:"number" help:"The posts' numbers, as list shows them."`
	JSON bool    `name:"json" help:"Answer in JSON."`
}

func (c *deliveriesDropCmd) Run(a *app) error {
	db, err := a.open()
	if err != nil {
		return err
	}
	defer db.Close()
	return a.eachDelivery(db, c.IDs, c.JSON, "is given up", func(tx *storage.Tx, d storage.Delivery) (bool, error) {
		return tx.Drop(a.ctx, d.ID, "dropped")
	})
}

// eachDelivery changes some deliveries, all or none, and shows them.
func (a *app) eachDelivery(db *storage.DB, ids []int64, asJSON bool, what string, change func(*storage.Tx, storage.Delivery) (bool, error)) error {
	var rows []storage.Delivery
	err := db.Write(a.ctx, func(tx *storage.Tx) error {
		rows = nil
		for _, id := range ids {
			d, err := tx.Delivery(a.ctx, id)
			if errors.Is(err, storage.ErrNotFound) {
				return noDelivery(id)
			}
			if err != nil {
				return err
			}
			ok, err := change(tx, d)
			if err != nil {
				return err
			}
			if !ok {
				return settledDelivery(d)
			}
			if d, err = tx.Delivery(a.ctx, id); err != nil {
				return err
			}
			rows = append(rows, d)
		}
		return nil
	})
	if err != nil {
		if asJSON {
			return a.fail(fmt.Sprint(ids), err)
		}
		return err
	}
	for _, d := range rows {
		if asJSON {
			if err := a.emit(describe(a.book.In("en"), d)); err != nil {
				return err
			}
			continue
		}
		a.show("%d (%s to %s) %s.\n", d.ID, d.Kind, d.Room, what)
	}
	return nil
}

func noDelivery(id int64) error {
	return &library.Error{Code: library.NotFound, Reason: "no_delivery", Args: map[string]any{"ID": fmt.Sprint(id)}}
}

func settledDelivery(d storage.Delivery) error {
	return &library.Error{Code: library.NotFound, Reason: "delivery_settled", Args: map[string]any{"ID": fmt.Sprint(d.ID), "State": string(d.State)}}
}

type deliveriesReleaseCmd struct {
	Yes  bool `help:"Let it go on; otherwise it is only shown."`
	JSON bool `name:"json" help:"Answer in JSON, one post to a line."`
}

// reviewAnswer is a post that would be sent, or why not.
type reviewAnswer struct {
	deliveryAnswer
	Found  *string `json:"found"`  // the message that its room holds already
	Skip   *string `json:"skip"`   // why it would not be posted
	Unseen *string `json:"unseen"` // why its room could not be looked into
}

func (c *deliveriesReleaseCmd) Run(a *app) (err error) {
	path, err := a.path()
	if err != nil {
		return err
	}
	settings, err := a.settings()
	if err == nil {
		err = settings.ReadSecrets()
	}
	if err != nil {
		return err
	}
	log := logger(a, settings.Log)
	h, err := newHouse(a.ctx, path, a.now, a.book, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	var hold string
	err = h.db.Read(a.ctx, func(tx *storage.Tx) error {
		hold, err = tx.Setting(a.ctx, storage.OnHold)
		return err
	})
	if err != nil {
		return err
	}
	if hold == "" {
		if !c.JSON {
			a.show("Nothing is held back: posts go out as they come due.\n")
		}
		return nil
	}
	// What it keeps of the connection is thrown away: a bot that runs has its own.
	dir, err := os.MkdirTemp("", "lectern-release-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if settings.Matrix.Enabled() {
		m, err := newMatrix(h, settings, a, filepath.Join(dir, "matrix.json"), "")
		if err != nil {
			return err
		}
		h.engine.Platforms[m.Name()] = m
	}
	if settings.Discord.Enabled() {
		d, err := newDiscord(h, settings, a)
		if err != nil {
			return err
		}
		h.engine.Platforms[d.Name()] = d
	}
	h.engine.LateReminder = max(settings.Delivery.LateReminder, 1)
	reviewed, err := h.engine.Review(a.ctx)
	if err != nil {
		return err
	}
	if err := c.show(a, reviewed); err != nil {
		return err
	}
	if !c.Yes {
		if !c.JSON {
			a.show("Nothing was sent or changed. To go on like this: lectern deliveries release --yes\nWhat should not be sent, drop first: lectern deliveries drop NUMBER\n")
		}
		return nil
	}
	if err := h.engine.Release(a.ctx, reviewed); err != nil {
		return err
	}
	if !c.JSON {
		a.show("Posts go out again as soon as the bot runs.\n")
	}
	return nil
}

func (c *deliveriesReleaseCmd) show(a *app, reviewed []delivery.Review) error {
	v, now := a.book.In("en"), a.now()
	send := 0
	for _, r := range reviewed {
		answer := reviewAnswer{deliveryAnswer: describe(v, r.Delivery), Found: text(string(r.Found)), Skip: text(delivery.Because(v, r.Skip, nil).String())}
		verdict := "is posted"
		switch {
		case r.Found != "":
			verdict = "is in the room already, and counts as posted"
		case r.Unseen != nil:
			answer.Unseen = new(r.Unseen.Error())
			verdict = "may be in the room: it cannot be looked into (" + r.Unseen.Error() + "). The organisers are asked"
		case r.Skip != "":
			verdict = "is not posted: " + *answer.Skip
		default:
			send++
		}
		if c.JSON {
			if err := a.emit(answer); err != nil {
				return err
			}
			continue
		}
		kind := v.Text("kind." + r.Kind)
		a.show("%6d  %s %s  %s, due %s: %s.\n", r.ID, r.Platform, r.Room, kind, v.Moment(r.Due.In(now.Location()), now), verdict)
	}
	if !c.JSON {
		a.show("Of %d posts that the backup knows as owed, %d would be posted.\n", len(reviewed), send)
	}
	return nil
}

// prefixOf is what a room wants before commands.
func (h *house) prefixOf(ctx context.Context, room bot.Room) (prefix string, err error) {
	err = h.db.Read(ctx, func(tx *storage.Tx) error {
		r, err := tx.Room(ctx, room.Platform, string(room.ID))
		prefix = r.Prefix
		return err
	})
	return prefix, err
}

// newMatrix makes the platform that the settings describe, with the keys to
// encrypted rooms at a path, or without.
func newMatrix(h *house, settings config.Config, a *app, state, keys string) (*matrix.Platform, error) {
	return matrix.New(matrix.Options{
		Homeserver: settings.Matrix.Homeserver, User: settings.Matrix.User, Token: string(settings.Matrix.Token),
		AllowInvites: settings.Matrix.AllowInvites, Ignore: settings.Matrix.Ignore, State: state, Keys: keys,
		Commands: h.dispatcher.Commands, Voice: bot.Voice(a.book.In("en")), Now: a.now, Log: h.engine.Log, StopWithin: settings.Delivery.StopWithin,
		Settle: max(settings.Delivery.Settle, 1), PrefixOf: h.prefixOf,
		Back: func(ctx context.Context) { h.engine.Back(ctx, matrix.Name) },
	})
}
