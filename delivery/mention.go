package delivery

import (
	"context"
	"slices"

	"lectern/bot"
	"lectern/storage"
)

// MaxMentioned is how many one post may mention, on any platform.
const MaxMentioned = 100

// mention ends a plan's post with the names of those who asked that their
// phones ring for it. Nobody else's does.
func (e *Engine) mention(ctx context.Context, d storage.Delivery, post *bot.Reply) error {
	var all bool
	switch d.Kind {
	case Announcement, Reminder:
	case Question, Meeting, Changed, Closing:
		all = true
	default:
		return nil
	}
	return e.DB.Read(ctx, func(tx *storage.Tx) error {
		asked, err := tx.Mentioned(ctx, d.Group, d.Platform, all)
		if err != nil || len(asked) == 0 {
			return err
		}
		g, err := tx.Group(ctx, d.Group)
		if err != nil {
			return err
		}
		line := e.Phrases.In(g.Language).Say("post.mention")
		for _, a := range asked[:min(len(asked), MaxMentioned)] {
			line = append(line, bot.Span{Text: " "}, bot.Span{Text: bot.Clean(a.Name, 40), Mention: a.User})
		}
		post.Blocks = append(slices.Clip(post.Blocks), bot.Para(line))
		return nil
	})
}
