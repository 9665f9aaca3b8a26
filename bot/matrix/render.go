package matrix

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"maunium.net/go/mautrix/id"

	"lectern/bot"
)

// A Look says how replies are drawn.
type Look struct {
	// Prefix stands before commands that are to be typed: "!lectern ".
	Prefix string
	// Commands are those that a button may stand for.
	Commands []bot.Command
	// Voice has the few words that stand where other platforms have buttons.
	Voice bot.Voice
	// Direct is true where only the asker reads: no prefix is needed there.
	Direct bool
	// Secret is true in encrypted rooms, where less fits into an event.
	Secret bool
}

// A Part is what one event holds: HTML, and a plain text that reads well alone.
type Part struct {
	HTML  string
	Plain string
}

// maxPart is the largest part in bytes, HTML and plain text together. An event
// may have 64 kB with all that servers add.
const maxPart = 28000

// maxSecret is that in encrypted rooms, where a message grows by a third.
const maxSecret = 20000

// Render draws a reply. It is pure. Whatever the reply's texts contain, they
// are neither markup nor a mention.
func Render(r bot.Reply, look Look) (formatted, plain string) {
	parts := render(r, look, 0)
	return parts[0].HTML, parts[0].Plain
}

// Split draws a reply as parts that each fit into one event.
func Split(r bot.Reply, look Look) []Part {
	if look.Secret {
		return render(r, look, maxSecret)
	}
	return render(r, look, maxPart)
}

func render(r bot.Reply, look Look, limit int) []Part {
	if look.Prefix == "" {
		look.Prefix = "!lectern "
	}
	d := &drawing{Look: look}
	var pieces []piece
	line := func(s bot.Spans, open, end string) {
		h, p := d.spans(s, false)
		if part := (Part{open + h + end, p}); limit == 0 || part.size() <= limit {
			pieces = append(pieces, piece{Part: part})
			return
		}
		pieces = append(pieces, d.blocks(bot.Para(s), limit, 0)...)
	}
	if len(r.Title) > 0 {
		line(without(r.Title, bot.Strong), "<p><strong>", "</strong></p>")
	}
	for _, b := range r.Blocks {
		pieces = append(pieces, d.blocks(b, limit, 0)...)
	}
	for _, b := range d.hints(r) {
		pieces = append(pieces, d.blocks(b, limit, 0)...)
	}
	return join(pieces, limit)
}

// A piece is a part, or as much of one as must stay together.
type piece struct {
	Part
	// apart stands alone: in the plain text, an empty line parts it from what
	// stands beside it.
	apart bool
}

// join puts pieces together as long as they fit.
func join(pieces []piece, limit int) []Part {
	var out []Part
	var now piece
	for _, p := range pieces {
		if limit > 0 && now.size() > 0 && now.size()+p.size()+len("\n\n") > limit {
			out, now = append(out, now.Part), piece{}
		}
		if now.Plain != "" && p.Plain != "" {
			now.Plain += "\n"
			if now.apart || p.apart {
				now.Plain += "\n"
			}
		}
		now.HTML += p.HTML
		now.Plain += p.Plain
		now.apart = p.apart
	}
	return append(out, now.Part)
}

func (p Part) size() int { return len(p.HTML) + len(p.Plain) }

type drawing struct{ Look }

// blocks draws a block, as several pieces if it is too large for one.
func (d *drawing) blocks(b bot.Block, limit, depth int) []piece {
	p := piece{Part: d.block(b), apart: b.Kind == bot.Quoted}
	if limit == 0 || p.size() <= limit || depth > 20 {
		return []piece{p}
	}
	first, second, ok := b.Halve()
	if !ok {
		return []piece{p}
	}
	return append(d.blocks(first, limit, depth+1), d.blocks(second, limit, depth+1)...)
}

func (d *drawing) block(b bot.Block) Part {
	switch b.Kind {
	case bot.Quoted:
		return d.quote(b.Quote)
	case bot.Bullets:
		return d.bullets(&b)
	case bot.Numbers:
		start := max(b.Start, 1)
		open := "<ol>"
		if start > 1 {
			open = `<ol start="` + strconv.Itoa(start) + `">`
		}
		return d.numbers(open, b.Items, start)
	case bot.Table:
		return d.table(b.Fields)
	case bot.Bar:
		return d.bar(b.Progress)
	case bot.Spoiler:
		h, p := d.spans(b.Text, true)
		// A plain text has no way to hide what it says.
		return Part{"<p><span data-mx-spoiler>" + h + "</span></p>", "▒ " + strings.ReplaceAll(p, "\n", "\n▒ ")}
	case bot.Small:
		h, p := d.spans(without(b.Text, bot.Emphasis), true)
		return Part{"<p><em>" + h + "</em></p>", p}
	default:
		h, p := d.spans(b.Text, true)
		return Part{"<p>" + h + "</p>", p}
	}
}

func (d *drawing) numbers(open string, items []bot.Spans, start int) Part {
	h, p := []string{open}, make([]string, len(items))
	for i, item := range items {
		formatted, plain := d.spans(item, true)
		h = append(h, "<li>"+formatted+"</li>")
		p[i] = strconv.Itoa(start+i) + ". " + plain
	}
	return Part{strings.Join(append(h, "</ol>"), ""), strings.Join(p, "\n")}
}

// bullets draws a list, with what stands below an item as a list within it.
func (d *drawing) bullets(b *bot.Block) Part {
	var h strings.Builder
	p := make([]string, len(b.Items))
	deep := -1 // how many lists are open, less one; each has an item that is
	for i, item := range b.Items {
		level := min(b.Level(i), deep+1) // one step at a time
		for ; deep > level; deep-- {
			h.WriteString("</li></ul>")
		}
		if deep == level {
			h.WriteString("</li>")
		} else {
			h.WriteString("<ul>")
			deep++
		}
		formatted, plain := d.spans(item, true)
		h.WriteString("<li>" + formatted)
		p[i] = strings.Repeat("  ", b.Level(i)) + "• " + plain
	}
	for ; deep >= 0; deep-- {
		h.WriteString("</li></ul>")
	}
	return Part{h.String(), strings.Join(p, "\n")}
}

// table draws names and values as lines: clients differ in how they show
// tables, and one was seen to fail on them.
func (d *drawing) table(fields []bot.Field) Part {
	var h, p []string
	for _, f := range fields {
		name := isolate(clean(f.Name))
		formatted, plain := d.spans(f.Value, false)
		h = append(h, "<strong>"+escape(name)+"</strong> "+formatted)
		p = append(p, name+": "+plain)
	}
	return Part{"<p>" + strings.Join(h, "<br>") + "</p>", strings.Join(p, "\n")}
}

func (d *drawing) bar(x *bot.Progress) Part {
	const cells = 20
	full := 0
	if x.Total > 0 {
		full = min(cells, max(0, x.Done)*cells/x.Total)
	}
	bar := strings.Repeat("█", full) + strings.Repeat("░", cells-full)
	label := ""
	if x.Label != "" {
		label = " " + isolate(clean(x.Label))
	}
	return Part{"<p><code>" + bar + "</code>" + escape(label) + "</p>", bar + label}
}

// inner stands before what the text itself quotes.
const inner = "❝ "

// quote draws a passage with its number before it.
func (d *drawing) quote(q *bot.Quote) Part {
	var h, p strings.Builder
	number := clean(q.Number)
	formatted, plain := d.spans(q.Text, true)
	h.WriteString("<blockquote>")
	if number != "" {
		h.WriteString("<strong>" + escape(number) + "</strong> ")
		p.WriteString(number + " │ ")
	}
	switch {
	case q.Fixed:
		plain = clean(q.Text.String())
		h.WriteString("<pre><code>" + escape(plain) + "</code></pre>")
		if number != "" {
			p.Reset()
			p.WriteString(number + " │\n")
		}
	case q.Block: // a quotation within the quotation would part the number from its text
		h.WriteString(inner + formatted)
		p.WriteString(inner)
	default:
		h.WriteString(formatted)
	}
	p.WriteString(plain)
	end := "<br>"
	if q.Fixed {
		end = "" // a block ends its line itself
	}
	if q.Attribution != "" {
		by := "— " + isolate(clean(strings.TrimLeft(q.Attribution, "—– ")))
		h.WriteString(end + "<em>" + escape(by) + "</em>")
		end = "<br>"
		p.WriteString("\n" + by)
	}
	if q.Citation != "" {
		cite := clean(q.Citation)
		h.WriteString(end + "<code>" + escape(cite) + "</code>")
		p.WriteString("\n(" + cite + ")")
	}
	h.WriteString("</blockquote>")
	return Part{h.String(), p.String()}
}

// manyAlike is how many actions that differ in one word are told by the first.
const manyAlike = 3

// What can be answered stands on a line as long as that is short, in letters,
// and in a list otherwise.
const (
	shortLabel  = 24
	shortLabels = 90
)

// hints say what to do where other platforms have buttons: which reactions
// mean something, and what an answer may say. They are the buttons' own words,
// since a line to type for each is more than the passage on a phone; press
// takes their beginnings too.
func (d *drawing) hints(r bot.Reply) (out []bot.Block) {
	var reactions []string
	var replies []bot.Spans
	alike := map[string]int{}
	for _, a := range r.Actions {
		if d.itself(a) {
			alike[a.Do.Command]++
		}
	}
	long, all := false, 0
	for _, a := range r.Actions {
		label := bot.Bold(strings.TrimSpace(a.Label))
		switch same := d.itself(a); {
		case a.React != "" && r.Poll != nil: // the choices stand in the text
			continue
		case a.React != "":
			reactions = append(reactions, a.React+" "+a.Label)
			continue
		case a.Ask != "":
			label = bot.Bold(a.Do.Command + " 42")
		case same && alike[a.Do.Command] < 0: // the first of them was shown
			continue
		case same && alike[a.Do.Command] >= manyAlike:
			alike[a.Do.Command] = -1
			label = d.Voice.Say("hint.and_so_on", "Label", label)
		}
		n := utf8.RuneCountInString(label.String())
		long, all = long || n > shortLabel, all+n
		replies = append(replies, label)
	}
	line := bot.Plain(strings.Join(reactions, " · "))
	list := len(replies) > 1 && (long || all > shortLabels)
	if len(replies) > 0 && !list {
		key := "hint.reply"
		if len(line) > 0 {
			key, line = "hint.or_reply", append(line, bot.Span{Text: " · "})
		}
		var labels bot.Spans
		for i, s := range replies {
			if i > 0 {
				labels = append(labels, bot.Span{Text: " · "})
			}
			labels = append(labels, s...)
		}
		line = append(line, d.Voice.Say(key, "Labels", labels)...)
	}
	if len(line) > 0 {
		out = append(out, bot.Para(line))
	}
	if r.Poll != nil {
		out = append(out, bot.Para(d.Voice.Say("hint.vote", "First", bot.Keycap(1), "Last", bot.Keycap(len(r.Poll.Choices)))))
	}
	if list {
		out = append(out, bot.Para(d.Voice.Say("hint.reply_with")), bot.Block{Kind: bot.Bullets, Items: replies})
	}
	return out
}

// itself reports whether an action's label is the whole of what its line says
// beyond the command: the button "handbook 32" that shows handbook 32.
func (d *drawing) itself(a bot.Action) bool {
	line, ok := bot.Line(d.Commands, a.Do)
	return ok && a.React == "" && a.Ask == "" && line == a.Do.Command+" "+a.Label
}

// without takes a style off, where everything has it already.
func without(s bot.Spans, style bot.Style) bot.Spans {
	out := make(bot.Spans, len(s))
	for i, x := range s {
		x.Style &^= style
		out[i] = x
	}
	return out
}

// spans draws running text. whole is true where it is all that stands there,
// so that the reader's client finds its direction by itself.
func (d *drawing) spans(spans bot.Spans, whole bool) (formatted, plain string) {
	var h, p strings.Builder
	for _, s := range spans {
		text := s.Text
		if s.Style&bot.Typed != 0 && !d.Direct {
			text = d.Prefix + text
		}
		if s.Mention != "" {
			text = "@" + text
		}
		text = clean(text)
		if !whole || len(spans) > 1 {
			text = isolate(text)
		}
		body := strings.ReplaceAll(escape(text), "\n", "<br>")
		for _, t := range []struct {
			style bot.Style
			tag   string
		}{{bot.Code | bot.Typed, "code"}, {bot.Struck, "del"}, {bot.Marked, "u"}, {bot.Emphasis, "em"}, {bot.Strong, "strong"}} {
			if s.Style&t.style != 0 {
				body = "<" + t.tag + ">" + body + "</" + t.tag + ">"
			}
		}
		switch {
		case s.Style&bot.Marked != 0:
			text = "»" + text + "«"
		case s.Style&bot.Struck != 0:
			text = "[-" + text + "-]"
		}
		if web(s.Link) {
			link := clean(s.Link)
			body = `<a href="` + escape(link) + `">` + body + "</a>"
			text += " <" + link + ">"
		}
		if isUser(s.Mention) {
			body = `<a href="` + escape(id.UserID(s.Mention).URI().MatrixToURL()) + `">` + body + "</a>"
		}
		h.WriteString(body)
		p.WriteString(text)
	}
	return h.String(), p.String()
}

// isUser reports whether a mention is of somebody on Matrix.
func isUser(mention string) bool {
	_, _, err := id.UserID(mention).ParseAndValidateRelaxed()
	return mention != "" && err == nil
}

func web(link string) bool {
	return strings.HasPrefix(link, "https://") || strings.HasPrefix(link, "http://")
}

// escape makes text of what HTML would take for markup.
func escape(s string) string { return html.EscapeString(s) }

// wordJoiner keeps two characters together and shows nothing.
const wordJoiner = "\u2060"

// clean takes out what cannot be seen, and keeps "@room" from ringing every
// phone in the room where a client looks for it in the text.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if bot.Invisible(r) && r != '\u200c' && r != '\u200d' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	for i := 0; i+5 <= len(s); i++ {
		if s[i] == '@' && strings.EqualFold(s[i+1:i+5], "room") {
			s = s[:i+1] + wordJoiner + s[i+1:]
		}
	}
	return s
}

// isolate keeps text that runs from right to left from turning what stands
// beside it.
func isolate(s string) string {
	for _, r := range s {
		if unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam) {
			return "\u2068" + s + "\u2069"
		}
	}
	return s
}

// partKey is the key of the n-th part of a post.
func partKey(key string, n int) string {
	switch {
	case n == 0:
		return key
	case n < 25:
		return key + string(rune('a'+n))
	}
	return fmt.Sprintf("%sz%d", key, n)
}
