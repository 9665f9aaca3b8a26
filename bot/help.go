package bot

import (
	"strings"
)

// summary is a command's line of help in the request's language.
func (d *Dispatcher) summary(r *Request, c *Command) Spans {
	v := d.voice(r)
	if key := "command." + strings.ReplaceAll(c.Name, " ", "_"); v.Has(key) {
		return v.Say(key)
	}
	return Plain(c.Summary)
}

func (d *Dispatcher) describe(r *Request, p *Param) Spans {
	v := d.voice(r)
	if key := "param." + strings.ReplaceAll(r.Command.Name, " ", "_") + "." + p.Name; v.Has(key) {
		return v.Say(key)
	}
	return Plain(p.Summary)
}

// help answers "help", "help all", and "help" with a command or a family.
func (d *Dispatcher) help(r *Request) (Reply, error) {
	v := d.voice(r)
	about := strings.ToLower(strings.TrimLeft(strings.TrimSpace(r.Args.Get("about")), "/!"))
	if about == "all" || strings.EqualFold(about, v.Say("help.word_all").String()) {
		return d.helpAll(r), nil
	}
	if about == "" {
		reply := Reply{Title: v.Say("help.title"), Private: true}
		var rows []Spans
		for i := range d.Commands {
			c := &d.Commands[i]
			if c.Brief && !c.Hidden && (c.Who <= r.Role || c.Who == Member) {
				rows = append(rows, d.helpLine(r, c))
			}
		}
		reply.Blocks = []Block{{Kind: Bullets, Items: rows}, {Kind: Small, Text: v.Say("help.more")}}
		reply.Actions = []Action{{Label: v.Say("help.action_all").String(), Do: Invocation{Command: "help", Args: map[string]string{"about": "all"}}}}
		return reply, nil
	}
	if c, rest := find(d.Commands, about); c != nil && rest == "" && !c.Hidden {
		return d.helpOne(r, c), nil
	}
	var rows []Spans
	for i := range d.Commands {
		c := &d.Commands[i]
		if !c.Hidden && (strings.HasPrefix(c.Name, about+" ") || strings.EqualFold(c.Family, about)) {
			rows = append(rows, d.helpLine(r, c))
		}
	}
	if len(rows) == 0 {
		return d.unknown(&Request{Event: Event{Addressed: true}, Language: r.Language}, about)
	}
	return Reply{Title: v.Say("help.title"), Blocks: []Block{{Kind: Bullets, Items: rows}}, Private: true}, nil
}

func (d *Dispatcher) helpAll(r *Request) Reply {
	v := d.voice(r)
	reply := Reply{Title: v.Say("help.title"), Private: true}
	var families []string
	rows := map[string][]Spans{}
	for i := range d.Commands {
		c := &d.Commands[i]
		if c.Hidden {
			continue
		}
		if rows[c.Family] == nil {
			families = append(families, c.Family)
		}
		rows[c.Family] = append(rows[c.Family], d.helpLine(r, c))
	}
	for _, f := range families {
		heading := Bold(f)
		if key := "family." + strings.ReplaceAll(f, " ", "_"); v.Has(key) {
			heading = v.Say(key)
			for i := range heading {
				heading[i].Style |= Strong
			}
		}
		reply.Blocks = append(reply.Blocks, Para(heading), Block{Kind: Bullets, Items: rows[f]})
	}
	return reply
}

func (d *Dispatcher) helpLine(r *Request, c *Command) Spans {
	line := append(typed(c.Name), Span{Text: " · "})
	line = append(line, d.summary(r, c)...)
	if c.Who == Organiser {
		line = append(line, Span{Text: " · "})
		line = append(line, d.voice(r).Say("help.organisers")...)
	}
	return line
}

func (d *Dispatcher) helpOne(r *Request, c *Command) Reply {
	v := d.voice(r)
	reply := Reply{Title: typed(c.Usage()), Private: true}
	reply.Blocks = append(reply.Blocks, Para(d.summary(r, c)))
	var fields []Field
	asked := &Request{Event: r.Event, Command: c, Language: r.Language}
	for i := range c.Params {
		p := &c.Params[i]
		if p.Button { // nobody types it
			continue
		}
		name := p.Name
		if p.Named {
			name += ":…"
		}
		fields = append(fields, Field{Name: name, Value: d.describe(asked, p)})
	}
	if len(fields) > 0 {
		reply.Blocks = append(reply.Blocks, Block{Kind: Table, Fields: fields})
	}
	if c.Example != "" {
		reply.Blocks = append(reply.Blocks, Para(v.Say("help.example", "Example", typed(c.Example))))
	}
	if c.Who == Organiser {
		reply.Blocks = append(reply.Blocks, Block{Kind: Small, Text: v.Say("help.organisers_only")})
	}
	return reply
}
