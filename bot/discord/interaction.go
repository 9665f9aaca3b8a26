package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"lectern/bot"
)

// How long things about an interaction may take. Discord shows that the bot
// did not respond after three seconds, and takes what follows for a quarter of
// an hour.
const (
	deferAfter    = 1500 * time.Millisecond
	deferLate     = 100 * time.Millisecond // of one that came late
	answerBy      = 2900 * time.Millisecond
	completeBy    = 2300 * time.Millisecond
	tryFor        = 900 * time.Millisecond // one try of an answer, before it is sent again beside it
	tokenLives    = 14 * time.Minute
	maxWaiting    = 4096    // interactions at one time
	largeFile     = 1 << 18 // bytes; with more, the answer is begun before it is sent
	maxModalTitle = 45
	maxModalLabel = 45
	maxModalText  = 4000
	maxFields     = 5 // in a form
)

// An interaction is what somebody did with a command, a button, a menu or a
// form.
type interaction struct {
	*discordgo.Interaction
	channel *discordgo.Channel // in which it was done; the library does not read it
	arrived time.Time
	late    time.Duration // how long Discord may have kept it before
}

// Each kind has data of its own; those of the others are empty.

func (in *interaction) command() discordgo.ApplicationCommandInteractionData {
	x, _ := in.Data.(discordgo.ApplicationCommandInteractionData)
	if x.Resolved == nil {
		x.Resolved = &discordgo.ApplicationCommandInteractionDataResolved{}
	}
	return x
}

func (in *interaction) pressed() discordgo.MessageComponentInteractionData {
	x, _ := in.Data.(discordgo.MessageComponentInteractionData)
	return x
}

func (in *interaction) form() discordgo.ModalSubmitInteractionData {
	x, _ := in.Data.(discordgo.ModalSubmitInteractionData)
	return x
}

// private reports whether it was done among people who are no group of ours.
func (in *interaction) private() bool {
	return in.Context == discordgo.InteractionContextPrivateChannel
}

type givenOption = discordgo.ApplicationCommandInteractionDataOption

// textOf is an option's value as it would be typed.
func textOf(o *givenOption) string {
	switch v := o.Value.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

// interaction begins to answer one. Each is worked on apart, so that the
// gateway is never held up; the same is never worked on twice.
func (s *session) interaction(x *discordgo.Interaction, raw json.RawMessage, late time.Duration) {
	if x == nil || x.ID == "" || x.Token == "" || x.Data == nil {
		s.opt.Log.Warn("an interaction could not be read")
		return
	}
	in := &interaction{Interaction: x, arrived: s.opt.Now(), late: late}
	var more struct{ Channel *discordgo.Channel }
	if json.Unmarshal(raw, &more) == nil {
		in.channel = more.Channel
	}
	s.mu.Lock()
	_, seen := s.seen.get(in.ID)
	s.seen.put(in.ID, true)
	s.mu.Unlock()
	if seen {
		return
	}
	s.working.Go(func() {
		n := s.waiting.Add(1)
		defer s.waiting.Add(-1)
		defer func() {
			if r := recover(); r != nil {
				s.opt.Log.Error("an interaction panicked", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			}
		}()
		a := &answer{s: s, in: in}
		switch {
		case in.Type == discordgo.InteractionApplicationCommandAutocomplete:
			a.complete()
		case n > maxWaiting:
			a.say("hint.busy")
		default:
			a.work()
		}
	})
}

// An answer is one interaction being answered.
type answer struct {
	s  *session
	in *interaction
	// begun is true when it was told that an answer will come, and alone that
	// the answer will be for the asker's eyes.
	begun, alone bool
}

// A result is what the handler made of an interaction, drawn.
type result struct {
	messages []Message
	kept     []Kept
	private  bool
	err      error
}

// event is what an interaction has in common with all that people do. private
// is true where others must not read the answer.
func (a *answer) event() (e bot.Event, private bool) {
	in := a.in
	who := in.User
	if in.Member != nil && in.Member.User != nil {
		who = in.Member.User
	}
	if who == nil {
		who = &discordgo.User{}
	}
	where := channel{ID: in.ChannelID, GuildID: in.GuildID}
	if in.channel != nil && in.channel.ID != "" {
		where = channelOf(in.channel)
		where.GuildID = in.GuildID
	}
	e = bot.Event{
		Key: Name + ":i:" + in.ID, At: madeAt(in.ID), Addressed: true,
		Account: bot.Account{Platform: Name, ID: who.ID, Name: nameOf(who, in.Member)},
	}
	e.Room, e.Thread = roomOf(where)
	have := uint64(in.AppPermissions)
	_, installedHere := in.AuthorizingIntegrationOwners[discordgo.ApplicationIntegrationGuildInstall]
	_, byPerson := in.AuthorizingIntegrationOwners[discordgo.ApplicationIntegrationUserInstall]
	switch {
	case in.private(), byPerson && !installedHere && in.GuildID != "":
		// The person's own command among people who are no group of ours: it is
		// about the person's shelf, and nobody else's business.
		e.Direct, private = true, true
	case in.GuildID == "":
		e.Direct = true
	default:
		if in.Member != nil {
			e.Account.Manages = manages(uint64(in.Member.Permissions))
		}
		e.Abilities = abilities(have)
		a.s.looks(where, e.Room, have)
	}
	if in.Message != nil {
		e.ReplyTo = inThread(e.Thread, string(a.s.firstOf(in.Message.ID)))
		private = private || in.Message.Flags&discordgo.MessageFlagsEphemeral != 0
	}
	return e, private
}

// work answers a command, a button, a menu or a form: at once where the
// handler is quick, and otherwise by saying first that an answer will come.
func (a *answer) work() {
	e, private := a.event()
	do, form, err := a.understand(&e)
	if err != nil {
		a.s.opt.Log.Warn("an interaction was not understood", "type", a.in.Type, "err", err)
		a.say("bot.old_button")
		return
	}
	if form != nil {
		if form.guarded != nil {
			if refusal, refused := a.refuses(e, *form.guarded); refused {
				a.first(a.draw(refusal, private))
				return
			}
		}
		a.open(form)
		return
	}
	a.alone = private || a.s.usuallyPrivate(do.do.Command)
	results := make(chan result, 1)
	sent := make(chan struct{}) // the answers to one person come in order
	defer close(sent)
	a.s.laterUntil(a.in.ChannelID+" "+e.Account.ID, sent, func(ctx context.Context) {
		defer close(results)
		results <- a.run(ctx, e, do, private)
	})
	timer := time.NewTimer(max(deferAfter-a.in.late, deferLate))
	defer timer.Stop()
	select {
	case r, ok := <-results:
		a.finish(r, ok)
		return
	case <-timer.C:
	case <-a.s.ctx.Done():
	}
	if !a.begin() {
		return
	}
	select {
	case r, ok := <-results:
		a.finish(r, ok)
	case <-a.s.ctx.Done():
	}
}

func (a *answer) finish(r result, ok bool) {
	switch {
	case !ok: // it panicked, or the program stops
		a.say("bot.internal")
	case r.err != nil:
		a.s.opt.Log.Error("an interaction could not be worked on", "err", r.err)
		a.say("bot.internal")
	case a.begun:
		a.last(r)
	case size(r.messages) > largeFile:
		a.alone = r.private
		if a.begin() {
			a.last(r)
		}
	default:
		a.first(r)
	}
}

func size(messages []Message) (n int) {
	for _, m := range messages {
		for _, f := range m.files {
			n += len(f.data)
		}
	}
	return n
}

// run hands an interaction to the handler and draws what it says.
func (a *answer) run(ctx context.Context, e bot.Event, do pressed, private bool) result {
	if do.long != "" {
		value, ok, err := a.s.opt.Keep.Kept(ctx, do.long)
		if err != nil {
			return result{err: err}
		}
		if !ok || json.Unmarshal(value, &do.do) != nil {
			return a.draw(failed(a.s.opt.Voice.Say("bot.old_button")), private)
		}
	}
	if len(do.more) > 0 {
		args := maps.Clone(do.do.Args)
		if args == nil {
			args = map[string]string{}
		}
		maps.Copy(args, do.more)
		do.do.Args = args
	}
	if a.in.Type == discordgo.InteractionModalSubmit && do.kind == kindAsk && a.s.cancels(do.more[do.param]) {
		return a.draw(bot.Say(a.s.opt.Voice.Say("form.cancelled")), true)
	}
	e.Invocation = &do.do
	reply, ok := a.s.h.Handle(ctx, e)
	if !ok || reply.Empty() {
		return result{}
	}
	a.s.remembers(do.do.Command, reply)
	if reply.Failed && a.in.Type == discordgo.InteractionModalSubmit && do.kind == kindAsk && reply.Ask == nil {
		reply = a.s.askedAgain(reply, do)
	}
	r := a.draw(reply, private)
	r.err = a.s.keep(ctx, r.kept)
	return r
}

// cancels reports whether somebody wrote that they do not want to answer.
func (s *session) cancels(text string) bool {
	text = strings.Trim(text, " .!")
	return strings.EqualFold(text, "cancel") || strings.EqualFold(text, "stop") || strings.EqualFold(text, s.opt.Voice.Say("form.word_cancel").String())
}

// askedAgain lets who gave an answer that will not do give another.
func (s *session) askedAgain(reply bot.Reply, do pressed) bot.Reply {
	if question := "ask." + strings.ReplaceAll(do.do.Command, " ", "_") + "." + do.param; s.opt.Voice.Has(question) {
		reply.Blocks = append(slices.Clone(reply.Blocks), bot.Para(s.opt.Voice.Say(question)))
	}
	again := bot.Invocation{Command: do.do.Command, Args: maps.Clone(do.do.Args)}
	delete(again.Args, do.param)
	reply.Actions = append(slices.Clone(reply.Actions), bot.Action{Label: s.opt.Voice.Say(answerLabel).String(), Do: again, Ask: do.param})
	return reply
}

func failed(text bot.Spans) bot.Reply {
	return bot.Reply{Blocks: []bot.Block{bot.Para(text)}, Failed: true, Private: true}
}

// draw draws a reply for whom it is.
func (a *answer) draw(reply bot.Reply, private bool) result {
	messages, kept := Render(reply, a.s.look())
	direct := a.in.GuildID == "" && !a.in.private()
	r := result{messages: messages, kept: kept, private: (private || reply.Private) && !direct}
	for i := range r.messages {
		if r.private {
			r.messages[i].Flags |= discordgo.MessageFlagsEphemeral
		}
	}
	return r
}

// refuses asks whether a command would be refused before anybody fills in a
// form for it. Where that is not known in time, the form is opened.
func (a *answer) refuses(e bot.Event, do bot.Invocation) (bot.Reply, bool) {
	g, ok := a.s.h.(bot.Guard)
	if !ok {
		return bot.Reply{}, false
	}
	type said struct {
		reply   bot.Reply
		refused bool
	}
	e.Invocation = &do
	ctx, cancel := context.WithTimeout(a.s.ctx, deferAfter)
	defer cancel()
	answers := make(chan said, 1)
	a.s.working.Go(func() {
		reply, refused := g.Refuses(ctx, e)
		answers <- said{reply, refused}
	})
	select {
	case x := <-answers:
		return x.reply, x.refused
	case <-ctx.Done():
		return bot.Reply{}, false
	}
}

// understand reads what was done: an invocation, or a form to open first.
func (a *answer) understand(e *bot.Event) (do pressed, f *modal, err error) {
	switch a.in.Type {
	case discordgo.InteractionApplicationCommand:
		data := a.in.command()
		if data.CommandType == discordgo.MessageApplicationCommand {
			c := a.s.list.menus[data.Name]
			if c == nil {
				return do, nil, fmt.Errorf("discord: there is no %q in the menu of messages", data.Name)
			}
			if m := data.Resolved.Messages[data.TargetID]; m != nil {
				e.Quoted = m.Content
			}
			do.do = bot.Invocation{Command: c.Name}
			return do, nil, nil
		}
		c, options := a.s.list.find(&data)
		if c == nil {
			return do, nil, fmt.Errorf("discord: there is no command /%s", data.Name)
		}
		do.do = bot.Invocation{Command: c.Name, Args: a.args(c, options)}
		for _, o := range options {
			if at := data.Resolved.Attachments[textOf(o)]; at != nil && o.Type == discordgo.ApplicationCommandOptionAttachment {
				e.Fetch = a.s.fetch(at)
			}
		}
		if c.Form && lacks(c, do.do.Args) {
			return do, a.s.form(c, do.do.Args), nil
		}
		return do, nil, nil
	case discordgo.InteractionMessageComponent:
		data := a.in.pressed()
		id := data.CustomID
		if strings.HasPrefix(id, string(kindMenu)) {
			if len(data.Values) == 0 {
				return do, nil, fmt.Errorf("discord: nothing was chosen")
			}
			id = data.Values[0]
		}
		do, ok := parseID(id)
		if !ok {
			return do, nil, fmt.Errorf("discord: an unknown button")
		}
		if do.kind == kindAsk || do.kind == kindQuestion {
			return do, a.s.ask(id, do), nil
		}
		return do, nil, nil
	case discordgo.InteractionModalSubmit:
		data := a.in.form()
		do, ok := parseID(data.CustomID)
		if !ok {
			return do, nil, fmt.Errorf("discord: an unknown form")
		}
		filled := map[string]string{}
		fields(data.Components, filled)
		do.more = map[string]string{}
		switch do.kind {
		case kindQuestion:
			do.more["value"] = strings.TrimSpace(filled[do.param])
		case kindAsk:
			do.more[do.param] = strings.TrimSpace(filled[do.param])
		default:
			for k, v := range filled {
				do.more[k] = strings.TrimSpace(v)
			}
		}
		return do, nil, nil
	}
	return do, nil, fmt.Errorf("discord: an interaction of type %d", a.in.Type)
}

// find is the command that was called, and its options.
func (c *catalogue) find(data *discordgo.ApplicationCommandInteractionData) (*bot.Command, []*givenOption) {
	path, options := data.Name, data.Options
	for len(options) > 0 && options[0].Type <= discordgo.ApplicationCommandOptionSubCommandGroup { // a subcommand, or a group of them
		path += " " + options[0].Name
		options = options[0].Options
	}
	return c.byPath[path], options
}

// args are the values of options by the parameter's name.
func (a *answer) args(c *bot.Command, options []*givenOption) map[string]string {
	args := map[string]string{}
	resolved := a.in.command().Resolved
	for _, o := range options {
		value := textOf(o)
		switch o.Type {
		case discordgo.ApplicationCommandOptionAttachment:
			continue
		case discordgo.ApplicationCommandOptionUser:
			// People are known to each other by their names.
			if u := resolved.Users[value]; u != nil {
				value = nameOf(u, resolved.Members[value])
			}
		}
		args[o.Name] = value
	}
	return args
}

// lacks reports whether a form still has to ask for something.
func lacks(c *bot.Command, args map[string]string) bool {
	for i := range c.Params {
		if c.Params[i].Required && args[c.Params[i].Name] == "" {
			return true
		}
	}
	return false
}

// complete offers values as somebody types.
func (a *answer) complete() {
	e, _ := a.event()
	data := a.in.command()
	c, options := a.s.list.find(&data)
	choices := []*discordgo.ApplicationCommandOptionChoice{}
	if c != nil {
		e.Invocation = &bot.Invocation{Command: c.Name, Args: a.args(c, options)}
		for _, o := range options {
			if o.Focused {
				choices = a.choices(e, o.Name, textOf(o))
			}
		}
	}
	a.callback(discordgo.InteractionApplicationCommandAutocompleteResult, map[string]any{"choices": choices}, nil)
}

func (a *answer) choices(e bot.Event, param, typed string) []*discordgo.ApplicationCommandOptionChoice {
	ctx, cancel := context.WithTimeout(a.s.ctx, completeBy)
	defer cancel()
	found := make(chan []bot.Choice, 1)
	a.s.working.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				a.s.opt.Log.Error("a completion panicked", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			}
			close(found)
		}()
		found <- a.s.h.Complete(ctx, e, param, typed)
	})
	var all []bot.Choice
	select {
	case all = <-found:
	case <-ctx.Done(): // nothing is offered, and what is typed counts all the same
	}
	out := []*discordgo.ApplicationCommandOptionChoice{}
	for _, c := range all {
		if units(c.Value) > maxChoice || c.Value == "" || len(out) == maxChoices {
			continue // a value must not be cut
		}
		out = append(out, &discordgo.ApplicationCommandOptionChoice{Name: label(c.Label, maxChoice), Value: c.Value})
	}
	return out
}

// say answers with a sentence for the asker alone.
func (a *answer) say(key string) {
	r := a.draw(failed(a.s.opt.Voice.Say(key)), true)
	if a.begun {
		a.last(r)
		return
	}
	a.first(r)
}

// usuallyPrivate guesses for whom a command's answer will be.
func (s *session) usuallyPrivate(command string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.private[command]
}

// remembers learns for whom a command's answers are.
func (s *session) remembers(command string, reply bot.Reply) {
	if reply.Failed {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.private == nil {
		s.private = map[string]bool{}
	}
	if _, known := s.private[command]; known || len(s.private) < 1000 {
		s.private[command] = reply.Private
	}
}
