package commands

import (
	"context"
	"slices"
	"strings"

	"lectern/bot"
	"lectern/library"
)

// cite gives a passage as a bibliography wants it.
func (k *Desk) cite(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	if shelf.Empty() {
		return bot.Say(v.Say("works.none")), nil
	}
	citation, style := styleOf(r.Args.Get("citation"))
	if citation == "" {
		return bot.Reply{}, k.refuseCitation(r, &library.Error{Code: library.Syntax, Reason: "citation_empty"})
	}
	ref, _, err := k.resolve(ctx, r, shelf, citation)
	if err != nil {
		return bot.Reply{}, err
	}
	text := ref.Bibliography(style)
	reply := bot.Reply{Title: v.Say("cite.title", "Citation", ref.Canonical(), "Style", v.Text("cite.style_"+string(style)))}
	if style == library.BibTeX || style == library.CSLJSON {
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Quoted, Quote: &bot.Quote{Text: bot.Plain(text), Fixed: true}})
	} else {
		for line := range strings.Lines(text) {
			reply.Blocks = append(reply.Blocks, bot.Para(italics(strings.TrimRight(line, "\n"))))
		}
	}
	if missing := k.missing(r, ref.Work); missing != "" {
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("cite.missing", "What", missing)})
	}
	for _, s := range library.Styles() {
		if s != style {
			reply.Actions = append(reply.Actions, bot.Action{Label: v.Text("cite.style_" + string(s)),
				Do: bot.Invocation{Command: "cite", Args: map[string]string{"citation": ref.Canonical() + " " + string(s)}}})
		}
	}
	return reply, nil
}

// styleOf takes the name of a style off the end of a citation. Chicago is the
// usual one.
func styleOf(s string) (citation string, style library.Style) {
	words := strings.Fields(s)
	if len(words) > 0 {
		last := strings.ToLower(words[len(words)-1])
		switch last {
		case "csl", "csljson", "json":
			last = string(library.CSLJSON)
		case "bib", "latex", "tex":
			last = string(library.BibTeX)
		}
		if at := slices.Index(library.Styles(), library.Style(last)); at >= 0 {
			words = words[:len(words)-1]
			if n := len(words); n > 0 && (strings.EqualFold(words[n-1], "in") || strings.EqualFold(words[n-1], "as")) {
				words = words[:n-1]
			}
			return strings.Join(words, " "), library.Styles()[at]
		}
	}
	return strings.TrimSpace(s), library.Chicago
}

// missing names what a bibliography would want and the work does not say.
func (k *Desk) missing(r *bot.Request, o *library.Outline) string {
	v := k.voice(r)
	var what []string
	for _, f := range []struct{ value, key string }{{o.Author, "cite.field_author"}, {o.Date, "cite.field_date"}, {o.Source, "cite.field_source"}} {
		if f.value == "" {
			what = append(what, v.Text(f.key))
		}
	}
	return v.List(what)
}

// italics reads what stands between asterisks as emphasis.
func italics(s string) bot.Spans {
	var out bot.Spans
	for i, part := range strings.Split(s, "*") {
		if part == "" {
			continue
		}
		span := bot.Span{Text: part}
		if i%2 == 1 {
			span.Style = bot.Emphasis
		}
		out = append(out, span)
	}
	return out
}
