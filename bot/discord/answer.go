package discord

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/bwmarrin/discordgo"

	"lectern/bot"
)

// callback gives the first answer. What was sent and not confirmed is sent
// again, as often as there is time: Discord takes the first, and says of the
// others that there is one. ok is true when an answer is there, or may be:
// what comes after it finds out, and a person is not left waiting for the rest
// of an answer because it was not confirmed in time.
func (a *answer) callback(kind discordgo.InteractionResponseType, data any, files []upload) (ok bool) {
	within := answerBy - a.s.opt.Now().Sub(a.in.arrived)
	if within <= 0 {
		a.s.opt.Log.Warn("an interaction could not be answered in time", "after", a.s.opt.Now().Sub(a.in.arrived).String())
		return false
	}
	ctx, cancel := context.WithTimeout(a.s.ctx, within)
	defer cancel()
	body := map[string]any{"type": kind}
	if data != nil {
		body["data"] = data
	}
	path := "/interactions/" + escaped(a.in.ID) + "/" + escaped(a.in.Token) + "/callback"
	wait := 50 * time.Millisecond
	unsure := false // it was sent, and what became of it is not known
	for try := 0; ; try++ {
		limit := tryFor
		if size([]Message{{files: files}}) > 0 {
			limit = within
		}
		once, end := context.WithTimeout(ctx, limit)
		err := a.s.api.do(once, http.MethodPost, path, body, files, nil)
		end()
		switch {
		case err == nil, hasCode(err, codeAnsweredAlready):
			return true
		case hasCode(err, codeUnknownInteraction):
			a.s.opt.Log.Warn("Discord no longer knows an interaction", "after", a.s.opt.Now().Sub(a.in.arrived).String())
			return false
		}
		again, after := transient(err)
		unsure = unsure || uncertain(err)
		if !again {
			a.s.opt.Log.Error("Discord refused the answer to an interaction", "kind", kind, "err", err)
			if kind == discordgo.InteractionResponseChannelMessageWithSource && files == nil && try == 0 {
				// A fault of ours, which the person should at least hear of.
				data = a.draw(failed(a.s.opt.Voice.Say("bot.internal")), true).messages[0]
				body["data"] = data
				continue
			}
			return false
		}
		if !sleep(ctx, max(wait, after)) {
			a.s.opt.Log.Warn("an interaction could not be answered", "tries", try+1, "unsure", unsure, "err", err)
			return unsure
		}
		wait = min(2*wait, 400*time.Millisecond)
	}
}

// uncertain reports whether a request may have been done though it failed.
func uncertain(err error) bool {
	pe, ok := errors.AsType[*bot.PostError](sendError(err, ""))
	return ok && pe.Outcome == bot.Unknown
}

// begin says that an answer will come.
func (a *answer) begin() bool {
	var flags discordgo.MessageFlags
	if a.alone && a.in.GuildID != "" || a.in.private() {
		flags = discordgo.MessageFlagsEphemeral
	}
	a.alone = flags != 0
	a.begun = a.callback(discordgo.InteractionResponseDeferredChannelMessageWithSource, map[string]any{"flags": flags}, nil)
	return a.begun
}

// first answers at once.
func (a *answer) first(r result) {
	if len(r.messages) == 0 {
		// There is nothing to say, and Discord wants something said.
		a.alone = true
		if a.begin() {
			a.drop()
		}
		return
	}
	if a.callback(discordgo.InteractionResponseChannelMessageWithSource, &r.messages[0], r.messages[0].files) {
		a.follow(r.messages[1:])
	}
}

// last answers after begin.
func (a *answer) last(r result) {
	switch {
	case len(r.messages) == 0:
		a.drop()
	case r.private == a.alone:
		if a.hook(http.MethodPatch, "/messages/@original", &r.messages[0], r.messages[0].files) == nil {
			a.follow(r.messages[1:])
		}
	default:
		// Who may read an answer was said when it was begun, and cannot be
		// changed: another message has it, and the one that was begun goes.
		key := "hint.in_room"
		if r.private {
			key = "hint.alone"
		}
		stub, _ := Render(bot.Say(a.s.opt.Voice.Say(key)), a.s.look())
		if a.hook(http.MethodPatch, "/messages/@original", &stub[0], nil) == nil {
			a.follow(r.messages)
			a.drop()
		}
	}
}

// drop takes an answer that was begun away.
func (a *answer) drop() { _ = a.hook(http.MethodDelete, "/messages/@original", nil, nil) } // hook has logged why not

// follow sends what comes after the first message.
func (a *answer) follow(messages []Message) {
	for i := range messages {
		if a.hook(http.MethodPost, "", &messages[i], messages[i].files) != nil {
			return
		}
	}
}

// hook sends a request about an answer that is there, until it succeeds, is
// refused or the interaction's token is worth nothing.
func (a *answer) hook(method, path string, m *Message, files []upload) error {
	ctx, cancel := context.WithTimeout(a.s.ctx, tokenLives)
	defer cancel()
	var body any
	if m != nil {
		body = m
	}
	err := forever(ctx, func() error {
		return a.s.api.do(ctx, method, "/webhooks/"+escaped(a.in.AppID)+"/"+escaped(a.in.Token)+path, body, files, nil)
	})
	switch {
	case err == nil:
		return nil
	case method == http.MethodDelete && hasCode(err, codeUnknownMessage):
		return nil
	case !errors.Is(err, context.Canceled):
		a.s.opt.Log.Warn("an answer to an interaction could not be sent", "method", method, "err", err)
	}
	return err
}
