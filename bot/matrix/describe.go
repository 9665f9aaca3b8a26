package matrix

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/event/cmdschema"
	"maunium.net/go/mautrix/id"

	"lectern/bot"
)

// Clients that know of it are told which commands there are, so that they can
// offer and complete them (MSC4391). Only the everyday ones: each is a state event
// of its own in every room.

// everyday are the commands that clients are told of.
func (p *Platform) everyday() (out []*bot.Command) {
	for i := range p.opt.Commands {
		if c := &p.opt.Commands[i]; c.Brief && !c.Hidden {
			out = append(out, c)
		}
	}
	return out
}

// describe is a command as clients are told of it.
func describe(c *bot.Command) *cmdschema.EventContent {
	out := &cmdschema.EventContent{Command: c.Name, Description: event.MakeExtensibleText(c.Summary)}
	for i := range c.Params {
		x := &c.Params[i]
		if x.Button {
			continue
		}
		schema := cmdschema.PrimitiveTypeString.Schema()
		switch {
		case x.Type == bot.Integer:
			schema = cmdschema.PrimitiveTypeInteger.Schema()
		case x.Type == bot.OneOf && len(x.Choices) > 0:
			var values []any
			for _, choice := range x.Choices {
				values = append(values, choice.Value)
			}
			schema = cmdschema.Enum(values...)
		}
		out.Parameters = append(out.Parameters, &cmdschema.Parameter{Key: x.Name, Schema: schema, Optional: !x.Required, Description: event.MakeExtensibleText(x.Summary)})
		if x.Rest {
			out.TailParam = x.Name
		}
	}
	return out
}

// describeIn tells the clients in some rooms of the commands, where the bot may
// and has not yet. Nothing hangs on it: what is refused is tried again at the next
// start.
func (s *session) describeIn(ctx context.Context, rooms ...id.RoomID) {
	var all []*cmdschema.EventContent
	for _, c := range s.everyday() {
		if d := describe(c); d.IsValid() {
			all = append(all, d)
		}
	}
	text, err := json.Marshal(all)
	if err != nil || len(all) == 0 {
		return
	}
	sum := sha256.Sum256(text)
	version := hex.EncodeToString(sum[:8])
	for _, room := range rooms {
		info, err := s.room(ctx, room)
		if err != nil || info.direct || s.state.described(room) == version ||
			info.levels.GetUserLevel(s.me) < info.levels.GetEventLevel(event.StateMSC4391BotCommand) {
			continue
		}
		told := true
		for _, d := range all {
			done, err := s.persist(ctx, "describe a command", func() error {
				_, err := s.cli.SendStateEvent(ctx, room, event.StateMSC4391BotCommand, d.StateKey(s.me), d)
				return err
			})
			if !done {
				return
			}
			if err != nil {
				s.opt.Log.Info("the commands could not be described to clients", "room", string(room), "err", err)
				told = false
				break
			}
		}
		if !told {
			continue
		}
		if err := s.state.describe(room, version); err != nil {
			s.opt.Log.Error("it could not be noted that commands were described", "room", string(room), "err", err)
		}
	}
}

// filledIn is the command that a client has put together by its description, if
// it is for the bot and one that was described. What is not a parameter that
// people are offered is left out.
func (s *session) filledIn(m *event.MessageEventContent) *bot.Invocation {
	in := m.MSC4391BotCommand
	if in == nil || !s.mentioned(m) {
		return nil
	}
	all := s.everyday()
	i := slices.IndexFunc(all, func(c *bot.Command) bool { return c.Name == in.Command })
	if i < 0 {
		return nil
	}
	var given map[string]any
	if len(in.Arguments) > 0 && json.Unmarshal(in.Arguments, &given) != nil {
		return nil
	}
	do := &bot.Invocation{Command: in.Command, Args: map[string]string{}}
	for _, x := range all[i].Params {
		if x.Button {
			continue
		}
		switch v := given[x.Name].(type) {
		case string:
			do.Args[x.Name] = v
		case float64:
			do.Args[x.Name] = strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return do
}
