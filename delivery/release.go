package delivery

import (
	"context"
	"errors"
	"slices"
	"time"

	"lectern/bot"
	"lectern/storage"
)

// A Review is what would become of one post that is owed while posts are held.
type Review struct {
	storage.Delivery
	// Found is the message that the room holds already.
	Found bot.MessageID
	// Skip is why it would not be posted, "" if it would.
	Skip string
	// Unseen is why its room could not be looked into, nil if it was.
	Unseen error
}

// errNoFinder says that a platform cannot be looked into.
var errNoFinder = errors.New("the platform cannot be looked into")

// Review makes owed what has come due, sends nothing, and looks for each post
// that is owed in its room. A database that was restored knows nothing of what
// was posted after the backup.
func (e *Engine) Review(ctx context.Context) ([]Review, error) {
	now := e.Now()
	for {
		n, err := e.owe(ctx, now)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
	}
	var rows []storage.Delivery
	err := e.DB.Read(ctx, func(tx *storage.Tx) (err error) {
		rows, err = tx.Deliveries(ctx, storage.DeliveryFilter{States: []storage.DeliveryState{storage.Owed, storage.Sending}, Limit: maxReview})
		return err
	})
	if err != nil {
		return nil, err
	}
	// What is due later waits for its time.
	rows = slices.DeleteFunc(rows, func(d storage.Delivery) bool { return d.Act == storage.Post && d.Due.After(now) })
	out := make([]Review, len(rows))
	for i, d := range rows {
		out[i] = Review{Delivery: d}
		if d.Act != storage.Post {
			continue // done twice, it comes to the same
		}
		if out[i].Found, out[i].Unseen = e.find(ctx, d); out[i].Unseen != nil || out[i].Found != "" {
			continue
		}
		if _, out[i].Skip, err = e.compose(ctx, d, now); err != nil {
			return nil, err
		}
	}
	return out, ctx.Err()
}

// maxReview bounds how many posts are looked at together.
const maxReview = 100_000

func (e *Engine) find(ctx context.Context, d storage.Delivery) (bot.MessageID, error) {
	p, ok := e.Platforms[d.Platform]
	if !ok {
		return "", errors.New("the platform is not in the settings")
	}
	f, ok := p.(bot.Finder)
	if !ok {
		return "", errNoFinder
	}
	room := bot.Room{Platform: d.Platform, ID: bot.RoomID(d.Room)}
	if d.Recipient != "" {
		c, ok := p.(bot.Confidant)
		if !ok {
			return "", errNoFinder
		}
		var err error
		if room, err = c.Direct(ctx, d.Recipient); err != nil {
			return "", err
		}
	}
	id, err := e.findPost(ctx, p, f, room, d, d.Due)
	if errors.Is(err, bot.ErrNotFound) {
		return "", nil
	}
	return id, err
}

// Release lets posts go out again after a review of them: what was found
// counts as posted, of what could not be looked for the organisers are asked,
// and the rest is sent when the bot next looks.
func (e *Engine) Release(ctx context.Context, reviewed []Review) error {
	return e.DB.Write(ctx, func(tx *storage.Tx) error {
		for _, r := range reviewed {
			var err error
			switch {
			case r.Found != "":
				err = tx.Recognise(ctx, r.ID, string(r.Found))
			case r.Unseen != nil:
				var ok bool
				if ok, err = tx.Doubt(ctx, r.ID); err == nil && ok && r.Recipient == "" {
					err = e.tellUnknown(ctx, tx, r.Delivery)
				}
			}
			if err != nil {
				return err
			}
		}
		if err := tx.SaveSetting(ctx, storage.OnHold, ""); err != nil {
			return err
		}
		// The time in which nothing was looked for begins anew.
		return tx.SaveSetting(ctx, storage.LastTick, tx.Now.UTC().Format(time.RFC3339))
	})
}
