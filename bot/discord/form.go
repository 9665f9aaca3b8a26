package discord

import (
	"strings"

	"github.com/bwmarrin/discordgo"

	"lectern/bot"
)

// fields reads what was filled in, wherever it stands in a form.
func fields(components []discordgo.MessageComponent, into map[string]string) {
	for _, c := range components {
		switch c := c.(type) {
		case *discordgo.TextInput:
			into[c.CustomID] = c.Value
		case *discordgo.Label:
			fields([]discordgo.MessageComponent{c.Component}, into)
		default:
			fields(within(c), into)
		}
	}
}

// A modal is a form that is opened.
type modal struct {
	id, title string
	fields    []discordgo.MessageComponent
	guarded   *bot.Invocation // asked first whether it would be refused
}

// form asks for a command's parameters.
func (s *session) form(c *bot.Command, given map[string]string) *modal {
	d := &drawing{Look: s.look()}
	do := bot.Invocation{Command: c.Name, Args: given}
	summary, _ := s.list.summary(c)
	f := &modal{id: d.id(kindForm, "", do), title: summary, guarded: &do}
	if len(d.kept) > 0 { // more was given than a form can carry: it is asked again
		f.id = (&drawing{}).id(kindForm, "", bot.Invocation{Command: c.Name})
	}
	for i := range c.Params {
		p := &c.Params[i]
		if given[p.Name] != "" || len(f.fields) == maxFields || p.Button {
			continue
		}
		f.fields = append(f.fields, s.field(c, p, p.Required))
	}
	return f
}

// ask asks for what a button needs: a parameter, or the answer to a question.
func (s *session) ask(id string, do pressed) *modal {
	f := &modal{id: id, title: (&drawing{Look: s.look()}).say(answerLabel)}
	for i := range s.opt.Commands {
		c := &s.opt.Commands[i]
		if c.Name != do.do.Command || do.kind == kindQuestion {
			continue
		}
		f.title, _ = s.list.summary(c)
		for j := range c.Params {
			if p := &c.Params[j]; p.Name == do.param {
				f.fields = append(f.fields, s.field(c, p, true))
			}
		}
	}
	if len(f.fields) == 0 {
		f.fields = append(f.fields, input(do.param, do.param, "", true, false))
	}
	return f
}

func (s *session) field(c *bot.Command, p *bot.Param, required bool) discordgo.MessageComponent {
	about, _ := s.list.describe(c, p)
	if question := "ask." + key(c) + "." + p.Name; s.opt.Voice.Has(question) {
		about = s.opt.Voice.Say(question).String()
	}
	return input(p.Name, p.Name, about, required, p.Type == bot.Text)
}

// input is one line of a form, or a larger space where a text may be long.
func input(id, name, about string, required, long bool) discordgo.MessageComponent {
	style := discordgo.TextInputShort
	if long {
		style = discordgo.TextInputParagraph
	}
	name = oneLine(name)
	if name == "" {
		name = "…"
	}
	name = strings.ToUpper(name[:1]) + name[1:]
	return &discordgo.Label{
		Label: shorten(name, maxModalLabel), Description: shorten(about, maxDescription),
		Component: &discordgo.TextInput{CustomID: id, Style: style, Required: new(required), MaxLength: maxModalText},
	}
}

// open opens a form.
func (a *answer) open(f *modal) {
	a.callback(discordgo.InteractionResponseModal, map[string]any{"custom_id": f.id, "title": label(f.title, maxModalTitle), "components": f.fields}, nil)
}
