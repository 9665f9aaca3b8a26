package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// form is the form that the event may be an answer to: one that the person
// began in this room, when they reply to the bot or speak to it.
func (d *Dispatcher) form(ctx context.Context, r *Request) (*Form, error) {
	f, err := d.Memory.Form(ctx, r.Room, r.Account)
	if err != nil || f == nil || d.byName(f.Command) == nil { // or of an older version
		return nil, err
	}
	return f, nil
}

// ask asks for a parameter and remembers that it did. before is what was
// understood of the answer to the question before.
func (d *Dispatcher) ask(ctx context.Context, r *Request, f *Form, p *Param, before Spans) (Reply, error) {
	reply := d.question(r, &f, p, before)
	return reply, d.Memory.SaveForm(ctx, r.Event, f, reply)
}

// askAgain asks for a parameter whose answer was refused, and says why. What
// could be meant instead are buttons that answer the question.
func (d *Dispatcher) askAgain(ctx context.Context, r *Request, f *Form, p *Param, refusal *Error) (Reply, error) {
	reply := d.question(r, &f, p, refusal.Message)
	reply.Failed = true
	for _, a := range refusal.Actions {
		if value := a.Do.Args[p.Name]; a.Do.Command == r.Command.Name && value != "" {
			a.Do = Invocation{Command: AnswerCommand, Args: map[string]string{"value": value}}
		}
		reply.Actions = append(reply.Actions, a)
	}
	return reply, d.Memory.SaveForm(ctx, r.Event, f, reply)
}

func (d *Dispatcher) question(r *Request, form **Form, p *Param, before Spans) Reply {
	v := d.voice(r)
	if *form == nil {
		*form = &Form{Command: r.Command.Name, Args: r.Args}
	}
	f := *form
	f.Asking = p.Name
	f.Asked = append(f.Asked, AnswerKey(r.Key))
	reply := Reply{Ask: &Question{Param: p.Name, Choices: p.Choices}}
	if len(before) > 0 {
		reply.Blocks = append(reply.Blocks, Para(before))
	}
	question := d.describe(r, p)
	if key := questionKey(r.Command, p); v.Has(key) {
		question = v.Say(key)
	}
	reply.Blocks = append(reply.Blocks, Para(question))
	for _, c := range p.Choices {
		reply.Actions = append(reply.Actions, Action{Label: c.Label, Do: Invocation{Command: AnswerCommand, Args: map[string]string{"value": c.Value}}})
	}
	hint := "form.hint"
	if !p.Required {
		hint = "form.hint_optional"
	}
	if len(f.Answered) > 0 {
		hint = "form.hint_leave"
	}
	if (len(f.Answered) == 0 || !p.Required) && v.Has(hint) {
		reply.Blocks = append(reply.Blocks, Block{Kind: Small, Text: v.Say(hint)})
	}
	return reply
}

// AnswerCommand is the hidden command behind the buttons of a question.
const AnswerCommand = "answer"

// Answer is the command behind the buttons of a question; a table of commands
// that has forms lists it.
func (d *Dispatcher) Answer() Command {
	return Command{
		Name: AnswerCommand, Hidden: true, Anywhere: true,
		Params: []Param{{Name: "value", Type: String}},
		Run: func(ctx context.Context, r *Request) (Reply, error) {
			f, err := d.form(ctx, r)
			if err != nil {
				return Reply{}, err
			}
			if f == nil {
				return Reply{}, &Error{Code: "syntax", Message: d.voice(r).Say("form.over")}
			}
			return d.answer(ctx, r, f, r.Args.Get("value"))
		},
	}
}

// answeredBefore says how an answer is mended that the form has already, and
// asks again what it asks now.
func (d *Dispatcher) answeredBefore(ctx context.Context, r *Request, f *Form) (Reply, error) {
	r.Command = d.byName(f.Command)
	p := r.Command.param(f.Asking)
	if p == nil {
		return d.unknown(r, r.Text)
	}
	return d.askAgain(ctx, r, f, p, &Error{Message: d.voice(r).Say("form.answered")})
}

// answer takes line as the answer to what the form asks.
func (d *Dispatcher) answer(ctx context.Context, r *Request, f *Form, line string) (Reply, error) {
	v := d.voice(r)
	r.Command = d.byName(f.Command)
	r.Args = f.Args
	r.Invocation = nil
	if r.Args == nil {
		r.Args = Args{}
	}
	switch strings.ToLower(strings.Trim(line, " .!")) {
	case "cancel", "stop", strings.ToLower(v.Say("form.word_cancel").String()):
		reply := Say(v.Say("form.cancelled"))
		return reply, d.Memory.SaveForm(ctx, r.Event, nil, reply)
	}
	p := r.Command.param(f.Asking)
	if p == nil {
		return d.unknown(r, line)
	}
	var refusal *Error
	if err := d.allowed(ctx, r); errors.As(err, &refusal) { // no answer will help
		reply := d.failed(refusal.Message)
		reply.Actions = refusal.Actions
		return reply, d.Memory.SaveForm(ctx, r.Event, nil, reply)
	} else if err != nil {
		return Reply{}, err
	}
	none := line == "" || line == "-" || line == "–" || strings.EqualFold(line, v.Say("form.word_none").String())
	if none && p.Required {
		return d.askAgain(ctx, r, f, p, &Error{Message: v.Say("form.required")})
	}
	var echo Spans
	if !none {
		var err error
		r.Args[p.Name] = line
		echo, err = d.check(ctx, r, p, line)
		if errors.As(err, &refusal) {
			delete(r.Args, p.Name)
			return d.askAgain(ctx, r, f, p, refusal)
		}
		if err != nil {
			return Reply{}, err
		}
	}
	if !slices.Contains(f.Answered, p.Name) {
		f.Answered = append(f.Answered, p.Name)
	}
	f.Args = r.Args
	for i := range r.Command.Params {
		next := &r.Command.Params[i]
		if r.Args[next.Name] == "" && !slices.Contains(f.Answered, next.Name) && (next.Required || r.Command.Form) {
			return d.ask(ctx, r, f, next, echo)
		}
	}
	reply, err := d.run(ctx, r, f)
	if errors.As(err, &refusal) && refusal.Param != "" {
		// What could be seen to be wrong only now is asked again.
		if p := r.Command.param(refusal.Param); p != nil {
			f.Answered = slices.DeleteFunc(f.Answered, func(s string) bool { return s == p.Name })
			delete(r.Args, p.Name)
			return d.askAgain(ctx, r, f, p, refusal)
		}
	}
	if err != nil && !errors.As(err, &refusal) {
		return reply, err
	}
	if refusal != nil {
		reply = d.failed(refusal.Message)
		reply.Actions = refusal.Actions
	}
	return reply, d.Memory.SaveForm(ctx, r.Event, nil, reply)
}

func questionKey(c *Command, p *Param) string {
	return "ask." + strings.ReplaceAll(c.Name, " ", "_") + "." + p.Name
}
