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
	citation, style, ok := styleOf(r.Args.Get("citation"))
	if !ok {
		return bot.Reply{}, k.noStyle(r, citation, style)
	}
	if citation == "" {
		return bot.Reply{}, k.refuseCitation(r, &library.Error{Code: library.Syntax, Reason: "citation_empty"})
	}
	if before, called := styleAhead(citation); called != "" { // "bibtex wright 37"
		if _, err := shelf.Resolve(citation, library.Context{}); err != nil {
			citation, style = before, called
		}
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
				Do: bot.Invocation{Command: "cite", Args: map[string]string{"citation": ref.AsNamed() + " " + string(s)}}})
		}
	}
	return reply, nil
}

// otherStyles are styles that people ask for and that are not to be had.
var otherStyles = []string{"ama", "apa", "asa", "harvard", "ieee", "iso690", "oscola", "turabian", "vancouver"}

// styleOf takes the name of a style off the end of a citation. Chicago is the
// usual one; ok is false for one that is not to be had.
func styleOf(s string) (citation string, style library.Style, ok bool) {
	words := strings.Fields(s)
	if len(words) == 0 {
		return "", library.Chicago, true
	}
	last := strings.ToLower(words[len(words)-1])
	named, told := strings.CutPrefix(last, "style:")
	style, known := styleCalled(named)
	if !known && !told && !slices.Contains(otherStyles, named) {
		return strings.TrimSpace(s), library.Chicago, true
	}
	words = words[:len(words)-1]
	if n := len(words); n > 0 && (strings.EqualFold(words[n-1], "in") || strings.EqualFold(words[n-1], "as")) {
		words = words[:n-1]
	}
	return strings.Join(words, " "), style, known
}

// styleAhead takes the name of a style off the beginning of a citation; it is ""
// where none stands there.
func styleAhead(s string) (citation string, style library.Style) {
	first, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	if style, ok := styleCalled(strings.TrimPrefix(strings.ToLower(first), "style:")); ok && rest != "" {
		return strings.TrimSpace(rest), style
	}
	return s, ""
}

// styleCalled is the style with a name, or one of its other names.
func styleCalled(name string) (library.Style, bool) {
	switch name {
	case "csl", "csljson", "json":
		name = string(library.CSLJSON)
	case "bib", "latex", "tex":
		name = string(library.BibTeX)
	}
	return library.Style(name), slices.Contains(library.Styles(), library.Style(name))
}

// noStyle names the styles that there are, with a button for each.
func (k *Desk) noStyle(r *bot.Request, citation string, style library.Style) error {
	v := k.voice(r)
	e := &bot.Error{Code: "not_found", Param: "citation"}
	var names []string
	for _, s := range library.Styles() {
		name := v.Text("cite.style_" + string(s))
		names = append(names, name)
		e.Actions = append(e.Actions, bot.Action{Label: name, Do: bot.Invocation{Command: "cite", Args: map[string]string{"citation": citation + " " + string(s)}}})
	}
	e.Message = v.Say("cite.no_style", "Style", bot.Clean(string(style), 40), "Styles", v.List(names))
	return e
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
