package commands

import (
	"context"

	"lectern/bot"
	"lectern/delivery"
	"lectern/reading"
	"lectern/storage"
)

// Whether a group's posts mention somebody, as it is said.
const (
	remindOn  = "on"
	remindAll = "all"
	remindOff = "off"
)

// remind keeps in which of the group's posts the asker is mentioned, or says
// how that stands.
func (k *Desk) remind(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		g := reading.GroupID(r.Group)
		p, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		was, err := tx.Mention(ctx, g, p)
		if err != nil {
			return bot.Reply{}, err
		}
		in := was
		switch r.Args.Get("what") {
		case remindOn:
			in = storage.MentionReminders
		case remindAll:
			in = storage.MentionAll
		case remindOff:
			in = storage.MentionNever
		}
		if was == storage.MentionNever && in != was {
			n, err := tx.Mentions(ctx, g)
			if err != nil {
				return bot.Reply{}, err
			}
			if n >= delivery.MaxMentioned {
				return bot.Reply{}, &bot.Error{Code: "forbidden", Message: v.Say("remind.full", "Count", n)}
			}
		}
		if in != was {
			if err := tx.SetMention(ctx, g, p, in); err != nil {
				return bot.Reply{}, err
			}
		}
		reply := bot.Say(v.Say("remind.is", "All", in == storage.MentionAll, "On", in == storage.MentionReminders))
		for _, to := range []struct{ in, say string }{{storage.MentionReminders, remindOn}, {storage.MentionAll, remindAll}, {storage.MentionNever, remindOff}} {
			if to.in != in {
				reply.Actions = append(reply.Actions, bot.Action{Label: v.Text("action.remind_" + to.say), Do: bot.Invocation{Command: "remind", Args: map[string]string{"what": to.say}}})
			}
		}
		reply.Private = true
		return reply, nil
	})
}
