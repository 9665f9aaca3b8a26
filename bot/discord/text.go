package discord

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"

	"lectern/bot"
)

// wordJoiner keeps two characters together, or two marks apart, and shows
// nothing.
const wordJoiner = "\u2060"

// units is the length of a text as Discord's limits count it, at most: in
// UTF-16 code units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(max(r, 0)) // a surrogate cannot be in a string
	}
	return n
}

// shorten cuts a text that must fit where nothing can follow it: a label, a
// description. It ends in an ellipsis then.
func shorten(s string, most int) string {
	if units(s) <= most {
		return s
	}
	n := 0
	for i, r := range s {
		if n += utf16.RuneLen(max(r, 0)); n >= most {
			cut := s[:i]
			if space := strings.LastIndexByte(cut, ' '); space > len(cut)*2/3 {
				cut = cut[:space]
			}
			return strings.TrimRight(cut, " ,;:.") + "…"
		}
	}
	return s
}

// clean takes out what cannot be seen.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if bot.Invisible(r) && r != '\u200c' && r != '\u200d' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// isolate keeps text that runs from right to left from turning what stands
// beside it (Unicode UAX 9).
func isolate(s string) string {
	for _, r := range s {
		if unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam) {
			return "\u2068" + s + "\u2069"
		}
	}
	return s
}

// escape makes text of what Discord would take for markup, or for a mention.
// begins is true where a line begins with it. An address stays one.
func escape(s string, begins bool) string {
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := 0; i < len(s); {
		if n := address(s[i:]); n > 0 {
			b.WriteString(s[i : i+n])
			i, begins = i+n, false
			continue
		}
		c := s[i]
		switch {
		case strings.IndexByte("\\*_~`|<>[]()", c) >= 0:
			b.WriteByte('\\')
		case begins && strings.IndexByte("#-+", c) >= 0:
			b.WriteByte('\\')
		case begins && c >= '0' && c <= '9':
			// "1986. A year" would be an item of a list, and be numbered anew.
			end := i
			for end < len(s) && s[end] >= '0' && s[end] <= '9' {
				end++
			}
			b.WriteString(s[i:end])
			if end < len(s) && s[end] == '.' {
				b.WriteByte('\\')
				b.WriteByte('.')
				end++
			}
			i, begins = end, false
			continue
		case c == '@' && (hasFold(s[i+1:], "everyone") || hasFold(s[i+1:], "here")):
			b.WriteString("@" + wordJoiner)
			i, begins = i+1, false
			continue
		}
		b.WriteByte(c)
		begins = begins && c == ' '
		i++
	}
	return b.String()
}

func hasFold(s, word string) bool {
	return len(s) >= len(word) && strings.EqualFold(s[:len(word)], word)
}

// address is how many bytes of a web address s begins with, 0 if it begins
// with none: Discord reads no markup in one, and would show what we put in.
func address(s string) int {
	if !web(s) {
		return 0
	}
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("/:.?&=_~%#+-", c) >= 0 {
			continue
		}
		return i
	}
	return len(s)
}

func web(link string) bool {
	return strings.HasPrefix(link, "https://") || strings.HasPrefix(link, "http://")
}

// user is the ID of an account: a snowflake.
var user = regexp.MustCompile(`^[0-9]{1,20}$`)

// markdown draws running text. begins is true where a line begins with it.
func (d *drawing) markdown(spans bot.Spans, begins bool) string {
	var b strings.Builder
	for _, s := range whole(spans) {
		if s.Style&bot.Typed != 0 {
			d.put(&b, d.typed(s.Text, s.Style))
			begins = false
			continue
		}
		if user.MatchString(s.Mention) {
			d.put(&b, "<@"+s.Mention+">")
			begins = false
			continue
		}
		if s.Mention != "" {
			s.Text = "@" + s.Text
		}
		if !s.At.IsZero() {
			// The reader's client shows it in the reader's own time.
			style := "F"
			if !strings.Contains(s.Text, ":") {
				style = "D"
			}
			d.put(&b, styled(fmt.Sprintf("<t:%d:%s>", s.At.Unix(), style), s.Style))
			begins = false
			continue
		}
		for i, line := range strings.Split(clean(s.Text), "\n") {
			if i > 0 {
				b.WriteByte('\n')
				begins = true
			}
			if line == "" {
				continue
			}
			text := line
			if s.Style&bot.Code == 0 {
				text = escape(line, begins)
			}
			text = styled(text, s.Style)
			if link := clean(s.Link); web(link) && !strings.ContainsAny(link, " \n\t<>") {
				text = "[" + text + "](" + strings.NewReplacer("(", "%28", ")", "%29").Replace(link) + ")"
			}
			d.put(&b, isolate(text))
			begins = begins && strings.TrimSpace(line) == ""
		}
	}
	return b.String()
}

// whole joins a command to be typed with the values that follow it in the same
// style: they are typed with it.
func whole(spans bot.Spans) bot.Spans {
	out := make(bot.Spans, 0, len(spans))
	for _, s := range spans {
		last := len(out) - 1
		if last >= 0 && out[last].Style&bot.Typed != 0 && s.Style&bot.Code != 0 && s.Style&bot.Typed == 0 && s.Link == "" && s.Mention == "" && s.At.IsZero() {
			out[last].Text += s.Text
			continue
		}
		out = append(out, s)
	}
	return out
}

// put keeps the marks of two neighbours apart, which would be read as one.
func (d *drawing) put(b *strings.Builder, text string) {
	if s := b.String(); s != "" && text != "" && strings.IndexByte("*_~`|", s[len(s)-1]) >= 0 && strings.IndexByte("*_~`|", text[0]) >= 0 {
		b.WriteString(wordJoiner)
	}
	b.WriteString(text)
}

// styled puts the marks of a style around text that is escaped already. Spaces
// at its ends stand outside of them: marks there would not count.
func styled(text string, s bot.Style) string {
	inner := strings.Trim(text, " \t\u00a0")
	if inner == "" || s&^bot.Typed == 0 {
		return text
	}
	at := strings.Index(text, inner)
	head, tail := text[:at], text[at+len(inner):]
	if s&bot.Code != 0 {
		inner = code(inner)
	}
	for _, t := range []struct {
		style bot.Style
		mark  string
	}{{bot.Struck, "~~"}, {bot.Marked, "__"}, {bot.Emphasis, "*"}, {bot.Strong, "**"}} {
		if s&t.style != 0 {
			inner = t.mark + inner + t.mark
		}
	}
	return head + inner + tail
}

// code draws text in which nothing is markup.
func code(s string) string {
	// A backslash would be shown here, so that what calls everybody is parted.
	s = strings.NewReplacer("@everyone", "@"+wordJoiner+"everyone", "@here", "@"+wordJoiner+"here").Replace(s)
	if strings.Contains(s, "`") {
		// No fence is long enough for certain: what would end it is parted.
		return "``" + strings.ReplaceAll(" "+s+" ", "`", "`"+wordJoiner) + "``"
	}
	return "`" + s + "`"
}

// typed draws a command to be typed: one that stands alone and that Discord
// knows can be pressed.
func (d *drawing) typed(line string, s bot.Style) string {
	line = strings.TrimSpace(strings.ReplaceAll(clean(line), "\n", " "))
	c, rest := bot.FindCommand(d.Commands, line)
	if c == nil {
		return styled("/"+line, s&^bot.Typed|bot.Code)
	}
	path := d.Path(c.Name)
	if id := d.IDs[strings.SplitN(path, " ", 2)[0]]; id != "" && rest == "" && s&bot.Code == 0 {
		return styled("</"+path+":"+id+">", s&^bot.Typed)
	}
	text := "/" + path
	if rest != "" {
		text += " " + rest
	}
	return styled(text, s&^bot.Typed|bot.Code)
}
