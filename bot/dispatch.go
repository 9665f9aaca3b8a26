package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// A Voice says a sentence of a catalogue in one language. Pairs are names and
// values.
type Voice interface {
	Say(key string, pairs ...any) Spans
	Has(key string) bool
}

// A Form is a command whose parameters are being asked one by one.
type Form struct {
	Command string `json:"command"`
	Args    Args   `json:"args"`
	Asking  string `json:"asking"`
	// Answered holds the parameters that were asked and answered, or left out.
	Answered []string `json:"answered"`
	// Asked are the keys of the posts that asked, the open question last.
	Asked []string `json:"asked,omitempty"`
}

// A Memory is what a dispatcher must not forget in a restart: the answers that
// were given, so that an event that comes again is answered the same and does
// nothing twice, and the forms under way, one for each account and room.
type Memory interface {
	// Answered is the answer that was stored for an event, if one was.
	Answered(ctx context.Context, key string) (Reply, bool, error)
	Form(ctx context.Context, room Room, account Account) (*Form, error)
	// SaveForm stores f, or removes what is stored when f is nil, together
	// with the answer to the event that changed it.
	SaveForm(ctx context.Context, e Event, f *Form, answer Reply) error
}

// A Dispatcher turns events into requests, decides who may make them, and
// runs them. Its fields are set once, before the first event.
type Dispatcher struct {
	Commands []Command
	Voice    func(language string) Voice
	// Identify fills in who asks, which group's room it is, their role and
	// language.
	Identify func(ctx context.Context, r *Request) error
	// Organisers names those who may do what a person may not.
	Organisers func(ctx context.Context, r *Request) ([]string, error)
	Memory     Memory
	// Overhear answers running talk that was for nobody in particular, or for the
	// bot and no command (then Addressed is true), or returns Quiet; nil hears
	// none.
	Overhear func(ctx context.Context, r *Request) (Reply, error)
	// OnChange hears that the bot entered or left a room.
	OnChange func(ctx context.Context, c RoomChange)
	Log      *slog.Logger
	// Limit bounds one command; 0 is thirty seconds.
	Limit time.Duration
	// Now and LateCommand say how old a command may be and still be obeyed, by
	// the time that its platform gives it; 0 is however old. Answers to the
	// bot's own posts, buttons and reactions count at any age.
	Now         func() time.Time
	LateCommand time.Duration
	// MaxFile is the largest file that is fetched for a command, in bytes; 0 is
	// 64 MiB.
	MaxFile int64

	late late
}

// errQuiet ends a request without an answer.
var errQuiet = errors.New("bot: nothing to say")

// Quiet is what a command returns when there is nothing to say.
func Quiet() error { return errQuiet }

// Handle implements Handler.
func (d *Dispatcher) Handle(ctx context.Context, e Event) (reply Reply, ok bool) {
	limit := d.Limit
	if limit == 0 {
		limit = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r := &Request{Event: e, Args: Args{}}
	defer func() {
		if p := recover(); p != nil {
			d.Log.Error("a command panicked", "command", name(r.Command), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			reply, ok = d.failed(d.voice(r).Say("bot.internal")), true
		}
	}()
	reply, err := d.handle(ctx, r)
	if err == nil {
		return reply, true
	}
	var refusal *Error
	switch {
	case errors.Is(err, errQuiet):
		return Reply{}, false
	case errors.As(err, &refusal):
		reply := d.failed(refusal.Message)
		reply.Actions = refusal.Actions
		return reply, true
	case errors.Is(err, context.DeadlineExceeded):
		d.Log.Error("a command took too long", "command", name(r.Command), "room", r.Room.String(), "err", err)
		return d.failed(d.voice(r).Say("bot.slow")), true
	default:
		d.Log.Error("a command failed", "command", name(r.Command), "room", r.Room.String(), "err", err)
		return d.failed(d.voice(r).Say("bot.internal")), true
	}
}

// Changed implements Handler.
func (d *Dispatcher) Changed(ctx context.Context, c RoomChange) {
	if d.OnChange != nil {
		d.OnChange(ctx, c)
	}
}

// Complete implements Handler.
func (d *Dispatcher) Complete(ctx context.Context, e Event, param, prefix string) []Choice {
	r := &Request{Event: e, Args: Args{}}
	if e.Invocation == nil {
		return nil
	}
	r.Command = d.byName(e.Invocation.Command)
	if r.Command == nil {
		return nil
	}
	if err := d.Identify(ctx, r); err != nil {
		d.Log.Error("completion failed", "err", err)
		return nil
	}
	p := r.Command.param(param)
	if p == nil {
		return nil
	}
	if p.Complete != nil {
		return p.Complete(ctx, r, prefix)
	}
	var out []Choice
	for _, c := range p.Choices {
		if strings.HasPrefix(strings.ToLower(c.Label), strings.ToLower(prefix)) {
			out = append(out, c)
		}
	}
	return out
}

// Refuses implements Guard.
func (d *Dispatcher) Refuses(ctx context.Context, e Event) (refusal Reply, refused bool) {
	r := &Request{Event: e, Args: Args{}}
	if e.Invocation == nil {
		return Reply{}, false
	}
	if r.Command = d.byName(e.Invocation.Command); r.Command == nil {
		return Reply{}, false
	}
	err := d.Identify(ctx, r)
	if err == nil {
		err = d.allowed(ctx, r)
	}
	refuses, ok := errors.AsType[*Error](err)
	if !ok {
		return Reply{}, false // the command itself will meet what is wrong
	}
	reply := d.failed(refuses.Message)
	reply.Actions = refuses.Actions
	return reply, true
}

func (d *Dispatcher) handle(ctx context.Context, r *Request) (Reply, error) {
	if stored, ok, err := d.Memory.Answered(ctx, r.Key); err != nil || ok {
		return stored, err
	}
	r.Text = strings.ToValidUTF8(r.Text, "\uFFFD")
	line := strings.TrimSpace(r.Text)
	var form *Form
	switch {
	case r.Reaction != nil:
		for i := range d.Commands {
			if c := &d.Commands[i]; c.React != "" && c.React == r.Reaction.Emoji || c.Votes && KeycapNumber(r.Reaction.Emoji) > 0 {
				r.Command = c
			}
		}
		if r.Command == nil {
			return Reply{}, errQuiet
		}
		r.On, r.Undo = r.Reaction.Message, r.Reaction.Removed
	case r.Invocation != nil:
		if r.Command = d.byName(r.Invocation.Command); r.Command == nil {
			// A button of an older version.
			if err := d.Identify(ctx, r); err != nil {
				return Reply{}, err
			}
			return Reply{}, &Error{Code: "syntax", Message: d.voice(r).Say("bot.old_button")}
		}
		maps.Copy(r.Args, r.Invocation.Args)
		r.On = r.ReplyTo
	default:
		r.On = r.ReplyTo
		if !r.Addressed && r.ReplyTo == "" && !r.Direct {
			return d.overhear(ctx, r)
		}
		var err error
		if form, err = d.form(ctx, r); err != nil {
			return Reply{}, err
		}
	}
	if err := d.Identify(ctx, r); err != nil {
		return Reply{}, err
	}
	v := d.voice(r)
	if len(r.Text) > MaxLine {
		if !r.Addressed {
			return Reply{}, errQuiet
		}
		return Reply{}, &Error{Code: "too_large", Message: v.Say("bot.too_long", "Max", MaxLine)}
	}
	if d.tooLate(r) {
		return d.passedOver(r)
	}
	if r.Command == nil {
		c, rest := find(d.Commands, line)
		if c == nil && r.ReplyTo != "" && !r.Addressed {
			c, rest = find(d.Commands, asSaid(line, v.Say("bot.before_reply").String()))
		}
		// An answer to a question is one even if it begins like a command,
		// unless the person spoke to the bot anew.
		if form != nil && (c == nil || !r.Addressed) {
			switch answered := r.ReplyKey; {
			case answered == "" || len(form.Asked) == 0 || answered == form.Asked[len(form.Asked)-1]:
				return d.answer(ctx, r, form, line)
			case contains(form.Asked, answered):
				return d.answeredBefore(ctx, r, form)
			}
		}
		if c == nil || c.Hidden {
			if !r.Addressed {
				return d.overhear(ctx, r)
			}
			// "@Lectern, have you seen [wright 12]?" is talk as well.
			if reply, err := d.talkedTo(ctx, r); !errors.Is(err, errQuiet) {
				return reply, err
			}
			return d.unknown(r, line)
		}
		// In an answer to one of the bot's posts a bare word is for it: "join".
		if !r.Addressed && !r.Direct && !c.InReply && (rest != "" || r.ReplyTo == "") {
			return d.overhear(ctx, r)
		}
		var extra string
		r.Command = c
		r.Args, extra = parseArgs(c, rest, func(p *Param, value string) bool {
			_, err := p.Check(ctx, r, value)
			return err == nil
		})
		if name := unknownOption(c, rest); name != "" {
			return Reply{}, &Error{Code: "syntax", Message: v.Say("bot.no_option", "Name", Clean(name, 40), "Options", strings.Join(c.options(), ", "), "Usage", typed(c.Usage()))}
		}
		if extra != "" {
			return Reply{}, &Error{Code: "syntax", Message: v.Say("bot.extra", "Extra", Clean(extra, 60), "Usage", typed(c.Usage()))}
		}
	}
	return d.run(ctx, r, nil)
}

// overhear answers running talk, if anything there is to be answered.
func (d *Dispatcher) overhear(ctx context.Context, r *Request) (Reply, error) {
	if !r.Overheard || r.Direct || d.Overhear == nil || len(r.Text) > MaxLine {
		return Reply{}, errQuiet
	}
	if err := d.Identify(ctx, r); err != nil {
		return Reply{}, err
	}
	return d.Overhear(ctx, r)
}

// talkedTo answers talk that the bot was named in and that is no command, as
// talk to others is.
func (d *Dispatcher) talkedTo(ctx context.Context, r *Request) (Reply, error) {
	if d.Overhear == nil {
		return Reply{}, errQuiet
	}
	return d.Overhear(ctx, r)
}

// run checks the arguments, asks for those that are missing, and runs the
// command.
func (d *Dispatcher) run(ctx context.Context, r *Request, form *Form) (Reply, error) {
	c, v := r.Command, d.voice(r)
	if err := d.allowed(ctx, r); err != nil {
		return Reply{}, err
	}
	for i := range c.Params {
		p := &c.Params[i]
		value, given := r.Args[p.Name]
		if !given {
			continue
		}
		if value == "-" && !p.Required { // left out, on purpose
			r.Args[p.Name] = ""
			continue
		}
		if _, err := d.check(ctx, r, p, value); err != nil {
			return Reply{}, err
		}
	}
	for i := range c.Params {
		p := &c.Params[i]
		if value, given := r.Args[p.Name]; value != "" || given && !p.Required || r.Reaction != nil {
			continue
		}
		asked := form != nil && contains(form.Answered, p.Name)
		if !p.Required && (asked || !c.Form) {
			continue
		}
		if c.Form || p.Required && r.Invocation != nil {
			return d.ask(ctx, r, form, p, nil)
		}
		return Reply{}, &Error{Code: "syntax", Param: p.Name,
			Message: v.Say("bot.missing", "Param", d.describe(r, p), "Usage", typed(c.Usage()), "Example", typed(c.Example))}
	}
	if c.Run == nil {
		return d.help(r)
	}
	if err := d.fetch(ctx, r); err != nil {
		return Reply{}, err
	}
	return c.Run(ctx, r)
}

func (d *Dispatcher) allowed(ctx context.Context, r *Request) error {
	c, v := r.Command, d.voice(r)
	if !c.Anywhere && r.Group == 0 {
		if r.Direct {
			return &Error{Code: "not_found", Message: v.Say("bot.no_group_direct")}
		}
		return &Error{Code: "not_found", Message: v.Say("bot.no_group")}
	}
	if r.Role >= c.Who {
		if c.May != nil {
			return c.May(ctx, r)
		}
		return nil
	}
	if c.Who == Member {
		return &Error{Code: "forbidden", Message: v.Say("bot.members_only"), Actions: []Action{{Label: v.Say("action.join").String(), Do: Invocation{Command: "join"}}}}
	}
	var names []string
	if d.Organisers != nil && r.Group != 0 {
		var err error
		if names, err = d.Organisers(ctx, r); err != nil {
			return err
		}
	}
	for i, n := range names {
		names[i] = Clean(n, 40)
	}
	if len(names) == 0 {
		return &Error{Code: "forbidden", Message: v.Say("bot.organisers_only_unknown")}
	}
	return &Error{Code: "forbidden", Message: v.Say("bot.organisers_only", "Names", strings.Join(names, ", "))}
}

func (d *Dispatcher) check(ctx context.Context, r *Request, p *Param, value string) (Spans, error) {
	if len(p.Choices) > 0 && p.Type == OneOf && value != "" {
		var labels []string
		ok := false
		for _, c := range p.Choices {
			if strings.EqualFold(value, c.Value) || strings.EqualFold(value, c.Label) {
				r.Args[p.Name], ok = c.Value, true
			}
			labels = append(labels, c.Value)
		}
		if !ok {
			return nil, &Error{Code: "syntax", Param: p.Name,
				Message: d.voice(r).Say("bot.not_a_choice", "Value", Clean(value, 40), "Param", p.Name, "Choices", strings.Join(labels, ", "))}
		}
	}
	if p.Check == nil || value == "" {
		return nil, nil
	}
	echo, err := p.Check(ctx, r, value)
	var refusal *Error
	if errors.As(err, &refusal) && refusal.Param == "" {
		refusal.Param = p.Name
	}
	return echo, err
}

// unknown answers a line that is no command.
func (d *Dispatcher) unknown(r *Request, line string) (Reply, error) {
	if !r.Addressed {
		return Reply{}, errQuiet
	}
	v := d.voice(r)
	word, _, _ := strings.Cut(line, " ")
	if word == "" {
		return d.help(r)
	}
	e := &Error{Code: "syntax", Message: v.Say("bot.unknown", "Word", Clean(word, 40))}
	two := strings.Fields(line)
	typedName := word
	if len(two) > 1 {
		typedName = two[0] + " " + two[1]
	}
	names := nearest(d.Commands, typedName)
	if len(names) == 0 {
		names = nearest(d.Commands, word)
	}
	for _, n := range names {
		// A button would run it without what else was typed, so the name is
		// only said.
		e.Message = v.Say("bot.unknown_near", "Word", Clean(word, 40), "Near", typed(n))
		break
	}
	return Reply{}, e
}

func (d *Dispatcher) failed(s Spans) Reply {
	// A refusal is the asker's business alone.
	return Reply{Blocks: []Block{Para(s)}, Failed: true, Private: true}
}

func (d *Dispatcher) voice(r *Request) Voice { return d.Voice(r.Language) }

func (d *Dispatcher) byName(name string) *Command {
	for i := range d.Commands {
		if d.Commands[i].Name == name {
			return &d.Commands[i]
		}
	}
	return nil
}

func name(c *Command) string {
	if c == nil {
		return ""
	}
	return c.Name
}

func typed(s string) Spans {
	if s == "" {
		return nil
	}
	return Spans{{Text: s, Style: Typed}}
}

func contains(list []string, s string) bool {
	return slices.Contains(list, s)
}
