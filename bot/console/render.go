package console

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rivo/uniseg"

	"lectern/bot"
)

// A Look says how replies are drawn.
type Look struct {
	Width int  // columns to wrap at; 0 does not wrap
	Color bool // emphasis by ANSI escapes
	First int  // the number of the first button, 0 for 1
}

// Render draws a reply as lines of text. It is pure. Whatever the reply's
// texts contain, only the look's own escapes reach the terminal.
func Render(r bot.Reply, look Look) string {
	d := &drawing{Look: look}
	if len(r.Title) > 0 {
		title := make(bot.Spans, len(r.Title))
		for i, s := range r.Title {
			s.Style |= bot.Strong
			title[i] = s
		}
		d.para("", "", title)
	}
	for i := range r.Blocks {
		d.block(&r.Blocks[i])
	}
	if r.Image != nil {
		d.para("", "", bot.Spans{{Text: "[image: " + r.Image.Alt + "]", Style: bot.Emphasis}})
	}
	if r.File != nil && len(r.File.Instead) > 0 {
		for i := range r.File.Instead {
			d.block(&r.File.Instead[i])
		}
	} else if r.File != nil {
		d.para("", "", bot.Spans{{Text: "[file: " + r.File.Name + "]", Style: bot.Emphasis}})
	}
	if len(r.Actions) > 0 {
		first := max(look.First, 1)
		var row bot.Spans
		for i, a := range r.Actions {
			if i > 0 {
				row = append(row, bot.Span{Text: "  "})
			}
			// The space between number and label must not break.
			row = append(row, bot.Span{Text: "[" + strconv.Itoa(first+i) + "\u00a0" + strings.ReplaceAll(a.Label, " ", "\u00a0") + "]", Style: bot.Code})
		}
		d.para("", "", row)
	}
	return strings.TrimRight(d.out.String(), "\n") + "\n"
}

type drawing struct {
	Look
	out strings.Builder
}

func (d *drawing) block(b *bot.Block) {
	switch b.Kind {
	case bot.Quoted:
		d.quote(b.Quote)
	case bot.Bullets:
		for i, item := range b.Items {
			in := strings.Repeat("  ", b.Level(i))
			d.para(in+"  • ", in+"    ", item)
		}
	case bot.Numbers:
		start := max(b.Start, 1)
		pad := len(strconv.Itoa(start + len(b.Items) - 1))
		for i, item := range b.Items {
			head := fmt.Sprintf(" %*d · ", pad, start+i)
			d.para(head, strings.Repeat(" ", width(head)), item)
		}
	case bot.Table:
		wide := 0
		for _, f := range b.Fields {
			wide = max(wide, width(f.Name))
		}
		wide = min(wide, 24)
		for _, f := range b.Fields {
			name := clean(f.Name)
			d.para("  "+name+strings.Repeat(" ", max(0, wide-width(name)))+"  ", strings.Repeat(" ", wide+4), f.Value)
		}
	case bot.Bar:
		d.bar(b.Progress)
	case bot.Spoiler:
		d.para("  ▒ ", "  ▒ ", b.Text)
	case bot.Small:
		small := make(bot.Spans, len(b.Text))
		for i, s := range b.Text {
			s.Style |= bot.Emphasis
			small[i] = s
		}
		d.para("", "", small)
	default:
		d.para("", "", b.Text)
	}
}

// quote draws a passage with its number in the margin.
func (d *drawing) quote(q *bot.Quote) {
	head := fmt.Sprintf("%5s │ ", q.Number)
	rest := strings.Repeat(" ", 5) + " │ "
	if q.Block {
		head, rest = head+"  ", rest+"  "
	}
	if q.Fixed {
		d.fixed(head, rest, q.Text)
	} else {
		d.para(head, rest, q.Text)
	}
	if q.Attribution != "" {
		d.para(rest, rest, bot.Spans{{Text: "— " + strings.TrimLeft(q.Attribution, "—– "), Style: bot.Emphasis}})
	}
	if q.Citation != "" {
		d.para(strings.Repeat(" ", 8), strings.Repeat(" ", 8), bot.Spans{{Text: q.Citation, Style: bot.Code}})
	}
}

func (d *drawing) bar(p *bot.Progress) {
	const cells = 20
	full := 0
	if p.Total > 0 {
		full = min(cells, max(0, p.Done)*cells/p.Total)
	}
	text := strings.Repeat("█", full) + strings.Repeat("░", cells-full)
	if p.Label != "" {
		text += "  " + p.Label
	}
	d.para("  ", "  ", bot.Plain(text))
}

// A word is what a line break may not part, with the escapes it needs.
type word struct {
	text  string // drawn
	width int
	space bool // a space stands before it
	hard  bool // a line begins here
}

// para draws spans after head, later lines after rest, wrapped at Width.
func (d *drawing) para(head, rest string, spans bot.Spans) {
	line, at, empty := head, width(head), true
	end := func() {
		d.out.WriteString(strings.TrimRight(line, " ") + "\n")
		line, at, empty = rest, width(rest), true
	}
	for _, w := range d.words(spans) {
		gap := 0
		if w.space && !empty {
			gap = 1
		}
		if w.hard || d.Width > 0 && !empty && at+gap+w.width > d.Width {
			end()
			gap = 0
		}
		line += strings.Repeat(" ", gap) + w.text
		at += gap + w.width
		empty = empty && w.text == ""
	}
	end()
}

// words cuts spans at spaces and line ends. A word may run over several spans.
func (d *drawing) words(spans bot.Spans) []word {
	var out []word
	var glue, space, hard bool // how the next piece stands to the last word
	for _, s := range spans {
		text := s.Text
		if s.Style&bot.Typed != 0 {
			text = Prefix + text
		}
		if s.Mention != "" {
			text = "@" + text
		}
		if s.Link != "" {
			text += " <" + s.Link + ">"
		}
		text = clean(text)
		if !d.Color { // marks of its own, around all of it
			text = signed(text, s.Style)
			s.Style &^= bot.Marked | bot.Struck
		}
		for text != "" {
			cut := strings.IndexAny(text, " \n\t")
			piece := text
			if cut >= 0 {
				piece = text[:cut]
			}
			if piece != "" {
				if drawn := d.style(piece, s.Style); glue {
					out[len(out)-1].text += drawn
					out[len(out)-1].width += width(piece)
				} else {
					out = append(out, word{text: drawn, width: width(piece), space: space, hard: hard})
				}
				glue, space, hard = true, false, false
			}
			if cut < 0 {
				break
			}
			if text[cut] == '\n' {
				if hard { // an empty line
					out = append(out, word{hard: true})
				}
				hard = true
			}
			glue, space = false, true
			text = text[cut+1:]
		}
	}
	return out
}

// fixed draws preformatted text as it stands.
func (d *drawing) fixed(head, rest string, spans bot.Spans) {
	for line := range strings.SplitSeq(clean(spans.String()), "\n") {
		d.out.WriteString(strings.TrimRight(head+line, " ") + "\n")
		head = rest
	}
}

func (d *drawing) style(text string, s bot.Style) string {
	if !d.Color || s == 0 {
		return text
	}
	var codes []string
	for _, c := range []struct {
		style bot.Style
		code  string
	}{{bot.Strong, "1"}, {bot.Emphasis, "3"}, {bot.Code, "36"}, {bot.Typed, "36"}, {bot.Marked, "7"}, {bot.Struck, "9"}} {
		if s&c.style != 0 {
			codes = append(codes, c.code)
		}
	}
	return "\x1b[" + strings.Join(codes, ";") + "m" + text + "\x1b[0m"
}

// signed is a text in the signs that stand for a style where there are no colours.
func signed(text string, s bot.Style) string {
	open, shut := "", ""
	switch {
	case s&bot.Marked != 0:
		open, shut = "»", "«"
	case s&bot.Struck != 0:
		open, shut = "[-", "-]"
	}
	words := strings.TrimSpace(text)
	if words == "" {
		return text
	}
	before, after, _ := strings.Cut(text, words)
	return before + open + words + shut + after
}

// Clean makes a text safe to print to a terminal.
func Clean(s string) string { return clean(s) }

// clean takes out what a terminal would obey or hide; line ends stay. Text of
// either direction is left to the terminal, without marks that could turn
// what follows.
func clean(s string) string {
	ok := true
	for _, r := range s {
		if bot.Invisible(r) && r != '\u200c' && r != '\u200d' {
			ok = false
			break
		}
	}
	if ok {
		return s
	}
	return strings.Map(func(r rune) rune {
		if bot.Invisible(r) && r != '\u200c' && r != '\u200d' {
			return -1
		}
		return r
	}, s)
}

// width is how many columns s takes.
func width(s string) int { return uniseg.StringWidth(s) }
