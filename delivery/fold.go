package delivery

import (
	"context"
	"slices"
	"time"

	"lectern/bot"
	"lectern/storage"
)

// maxFolded is how many posts one may say beside its own.
const maxFolded = 20

// whole is the post that a delivery makes: its own, and where several of its
// room were missed, theirs too, in one that says so. Which those are is
// written down before anything is sent, so that a second try says the same.
func (e *Engine) whole(ctx context.Context, d storage.Delivery, now time.Time) (post bot.Reply, skip string, err error) {
	post, skip, err = e.compose(ctx, d, now)
	if err != nil || skip != "" || d.Plan == 0 || d.Recipient != "" {
		return post, skip, err
	}
	defer func() {
		if err == nil && skip == "" {
			err = e.mention(ctx, d, &post)
		}
	}()
	var parts []bot.Reply
	if d.Tries > 0 || d.Act != storage.Post || !d.FirstTry.IsZero() {
		parts, err = e.foldedParts(ctx, d, now)
	} else if now.Sub(d.Due) > foldAfter && !d.Forced {
		parts, skip, err = e.fold(ctx, d, now)
	}
	if err != nil || skip != "" || len(parts) == 0 {
		return post, skip, err
	}
	return e.join(ctx, d, append([]bot.Reply{post}, parts...), now)
}

// fold chooses what else of its room a late post says, and writes that down.
func (e *Engine) fold(ctx context.Context, d storage.Delivery, now time.Time) (parts []bot.Reply, skip string, err error) {
	var behind []storage.Delivery
	err = e.DB.Read(ctx, func(tx *storage.Tx) error {
		behind, err = tx.Behind(ctx, d, now.Add(-foldAfter), maxFolded)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	// Order is kept: what stands behind something else than a post waits.
	if i := slices.IndexFunc(behind, func(b storage.Delivery) bool {
		return b.Act != storage.Post || b.Plan == 0 || b.Recipient != "" || b.Forced || b.Tries > 0
	}); i >= 0 {
		behind = behind[:i]
	}
	over := map[int64]string{}
	type of struct {
		kind string
		plan int64
	}
	newest := map[of]int64{}
	for _, b := range append([]storage.Delivery{d}, behind...) {
		if rules[b.Kind].latest {
			newest[of{b.Kind, int64(b.Plan)}] = b.ID
		}
	}
	old := func(b storage.Delivery) bool {
		last, ok := newest[of{b.Kind, int64(b.Plan)}]
		return ok && last != b.ID
	}
	var into []int64
	for _, b := range behind {
		if old(b) {
			over[b.ID] = superseded
			continue
		}
		part, why, err := e.compose(ctx, b, now)
		switch {
		case err != nil:
			return nil, "", err
		case why != "":
			over[b.ID] = why
		default:
			into, parts = append(into, b.ID), append(parts, part)
		}
	}
	if old(d) {
		return nil, superseded, nil // the next of the room folds
	}
	if len(into)+len(over) == 0 {
		return nil, "", nil
	}
	return parts, "", e.DB.Write(ctx, func(tx *storage.Tx) error { return tx.Fold(ctx, d.ID, into, over) })
}

// foldedParts are what a post that was tried before says beside its own.
func (e *Engine) foldedParts(ctx context.Context, d storage.Delivery, now time.Time) (parts []bot.Reply, err error) {
	var folded []storage.Delivery
	err = e.DB.Read(ctx, func(tx *storage.Tx) error {
		folded, err = tx.FoldedInto(ctx, d.ID)
		return err
	})
	for _, b := range folded {
		b.Forced = true // it was found timely when it was folded
		part, why, err := e.compose(ctx, b, now)
		if err != nil {
			return nil, err
		}
		if why == "" {
			parts = append(parts, part)
		}
	}
	return parts, err
}

// join makes one post of several. Its buttons are those of the last that has
// any: the newest is what one acts on.
func (e *Engine) join(ctx context.Context, d storage.Delivery, parts []bot.Reply, now time.Time) (post bot.Reply, skip string, err error) {
	err = e.DB.Read(ctx, func(tx *storage.Tx) error {
		g, err := tx.Group(ctx, d.Group)
		if err != nil {
			return err
		}
		v := e.Phrases.In(g.Language)
		post.Blocks = append(post.Blocks, bot.Para(v.Say("post.folded", "Count", len(parts))))
		return nil
	})
	for i, p := range parts {
		if len(p.Title) > 0 {
			post.Blocks = append(post.Blocks, bot.Para(strong(p.Title)))
		}
		post.Blocks = append(post.Blocks, p.Blocks...)
		if len(p.Actions) > 0 {
			post.Actions = p.Actions
		}
		if i == 0 {
			post.Thread = p.Thread
		}
	}
	return post, "", err
}

func strong(in bot.Spans) bot.Spans {
	out := slices.Clone(in)
	for i := range out {
		out[i].Style |= bot.Strong
	}
	return out
}
