package discordtest

import (
	"encoding/base64"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Page draws messages as a page of HTML, roughly as a client shows them, so
// that a picture can be taken of it: components of V2, buttons, menus, embeds,
// polls and files, and the Markdown that clients understand. Dates are shown in
// zone. It is for looking at; nothing on it can be pressed.
func (s *Server) Page(title string, zone *time.Location, messages ...*Message) string {
	p := &page{s: s, zone: zone}
	var b strings.Builder
	fmt.Fprintf(&b, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>%s</title><style>%s</style></head><body>\n", html.EscapeString(title), pageStyle)
	for _, m := range messages {
		p.message(&b, m)
	}
	b.WriteString("</body></html>\n")
	return b.String()
}

type page struct {
	s    *Server
	zone *time.Location
}

func (p *page) name(id string) string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	u := p.s.users[id]
	switch {
	case u == nil:
		return "somebody"
	case u.Global != "":
		return u.Global
	}
	return u.Name
}

func (p *page) channel(id string) string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if ch := p.s.channels[id]; ch != nil {
		return ch.name
	}
	return "unknown"
}

func (p *page) message(b *strings.Builder, m *Message) {
	app := ""
	if m.Author == p.s.app.bot.ID {
		app = " <span class=app>APP</span>"
	}
	fmt.Fprintf(b, "<article><header><b dir=auto>%s</b>%s <time>%s</time></header>\n", html.EscapeString(p.name(m.Author)), app, m.Created.In(p.zone).Format("02 Jan 2006 15:04"))
	if m.Loading() {
		b.WriteString("<p class=small>is thinking…</p>")
	}
	if m.Content != "" {
		b.WriteString(p.markdown(m.Content))
	}
	for _, e := range m.Embeds {
		if e, ok := e.(object); ok {
			p.embed(b, e)
		}
	}
	p.components(b, m, m.Components)
	if m.Poll != nil {
		p.poll(b, m.Poll)
	}
	if m.Flags&FlagComponentsV2 == 0 {
		for _, a := range m.Attachments {
			p.file(b, a)
		}
	}
	if m.Ephemeral() {
		b.WriteString("<footer class=small>Only you can see this</footer>")
	}
	b.WriteString("</article>\n")
}

func (p *page) components(b *strings.Builder, m *Message, all []any) {
	for _, v := range all {
		if c, ok := v.(object); ok {
			p.component(b, m, c)
		}
	}
}

func (p *page) component(b *strings.Builder, m *Message, c object) {
	switch t := kind(c); t {
	case container:
		color := ""
		if c["accent_color"] != nil {
			color = fmt.Sprintf(" style=\"border-left-color:#%06x\"", num(c, "accent_color"))
		}
		fmt.Fprintf(b, "<section class=container%s>", color)
		p.components(b, m, list(c, "components"))
		b.WriteString("</section>")
	case section:
		b.WriteString("<div class=section><div>")
		p.components(b, m, list(c, "components"))
		b.WriteString("</div>")
		if a, ok := c["accessory"].(object); ok {
			p.component(b, m, a)
		}
		b.WriteString("</div>")
	case textDisplay:
		b.WriteString(p.markdown(str(c, "content")))
	case separator:
		if line, ok := c["divider"].(bool); ok && !line {
			b.WriteString("<div class=gap></div>")
		} else {
			b.WriteString("<hr>")
		}
	case actionRow:
		b.WriteString("<div class=row>")
		p.components(b, m, list(c, "components"))
		b.WriteString("</div>")
	case button:
		off := ""
		if disabled, _ := c["disabled"].(bool); disabled {
			off = " off"
		}
		fmt.Fprintf(b, "<span class=\"button s%d%s\" dir=auto>%s</span>", num(c, "style"), off, html.EscapeString(strings.TrimSpace(emojiOf(c)+" "+str(c, "label"))))
	case thumbnail:
		p.picture(b, m, c, "media")
	case mediaGallery:
		for _, item := range objects(c, "items") {
			p.picture(b, m, item, "media")
		}
	case fileComponent:
		media, _ := c["file"].(object)
		for _, a := range m.Attachments {
			if a.URL == str(media, "url") {
				p.file(b, a)
			}
		}
	default:
		if isSelect(t) {
			shown := str(c, "placeholder")
			for _, o := range objects(c, "options") {
				if d, _ := o["default"].(bool); d {
					shown = str(o, "label")
				}
			}
			fmt.Fprintf(b, "<span class=menu dir=auto>%s <i>▾</i></span>", html.EscapeString(shown))
		}
	}
}

func emojiOf(c object) string {
	e, _ := c["emoji"].(object)
	if e["id"] != nil {
		return ""
	}
	return str(e, "name")
}

// picture shows a picture that was sent along; of any other only what it is.
func (p *page) picture(b *strings.Builder, m *Message, o object, key string) {
	media, _ := o[key].(object)
	for _, a := range m.Attachments {
		if a.URL == str(media, "url") && strings.HasPrefix(a.MIME, "image/") {
			fmt.Fprintf(b, "<img alt=\"%s\" src=\"data:%s;base64,%s\">", html.EscapeString(str(o, "description")), html.EscapeString(a.MIME), base64.StdEncoding.EncodeToString(a.Data))
			return
		}
	}
	fmt.Fprintf(b, "<p class=small>[picture: %s]</p>", html.EscapeString(str(o, "description")))
}

func (p *page) file(b *strings.Builder, a Attachment) {
	fmt.Fprintf(b, "<p class=file>📄 <b>%s</b> <span class=small>%s · %.1f KB</span></p>", html.EscapeString(a.Name), html.EscapeString(a.Description), float64(len(a.Data))/1000)
}

func (p *page) embed(b *strings.Builder, e object) {
	b.WriteString("<section class=container>")
	if t := str(e, "title"); t != "" {
		fmt.Fprintf(b, "<p><b>%s</b></p>", p.inline(t))
	}
	b.WriteString(p.markdown(str(e, "description")))
	for _, f := range objects(e, "fields") {
		fmt.Fprintf(b, "<p><b>%s</b><br>%s</p>", p.inline(str(f, "name")), p.inline(str(f, "value")))
	}
	footer, _ := e["footer"].(object)
	if t := str(footer, "text"); t != "" {
		fmt.Fprintf(b, "<p class=small>%s</p>", html.EscapeString(t))
	}
	b.WriteString("</section>")
}

func (p *page) poll(b *strings.Builder, poll *Poll) {
	total := 0
	for _, who := range poll.Votes {
		total += len(who)
	}
	fmt.Fprintf(b, "<section class=container><p dir=auto><b>%s</b></p>", html.EscapeString(poll.Question))
	for i, a := range poll.Answers {
		n := len(poll.Votes[i+1])
		fmt.Fprintf(b, "<p class=answer style=\"background-size:%d%% 100%%\" dir=auto>%s <span class=small>%d</span></p>", 100*n/max(total, 1), html.EscapeString(a), n)
	}
	state := "until " + poll.Ends.In(p.zone).Format("02 Jan 15:04")
	if poll.Final {
		state = "ended"
	}
	fmt.Fprintf(b, "<p class=small>%d votes · %s</p></section>", total, state)
}

var (
	heading = regexp.MustCompile(`^(#{1,3}) +(.*)$`)
	bullet  = regexp.MustCompile(`^( *)[-*] +(.*)$`)
	counted = regexp.MustCompile(`^( *)(\d+)\. +(.*)$`)
)

// markdown draws a text block by block.
func (p *page) markdown(text string) string {
	var b strings.Builder
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case strings.HasPrefix(line, "```"):
			end := i + 1
			for end < len(lines) && !strings.HasPrefix(lines[end], "```") {
				end++
			}
			fmt.Fprintf(&b, "<pre>%s</pre>", html.EscapeString(strings.Join(lines[i+1:min(end, len(lines))], "\n")))
			i = end
		case strings.HasPrefix(line, ">>> "):
			fmt.Fprintf(&b, "<blockquote>%s</blockquote>", p.markdown(strings.Join(append([]string{line[4:]}, lines[i+1:]...), "\n")))
			i = len(lines)
		case strings.HasPrefix(line, "> "):
			var quoted []string
			for ; i < len(lines) && strings.HasPrefix(lines[i], "> "); i++ {
				quoted = append(quoted, lines[i][2:])
			}
			i--
			fmt.Fprintf(&b, "<blockquote>%s</blockquote>", p.markdown(strings.Join(quoted, "\n")))
		case strings.HasPrefix(line, "-# "):
			fmt.Fprintf(&b, "<p class=small dir=auto>%s</p>", p.inline(line[3:]))
		case heading.MatchString(line):
			m := heading.FindStringSubmatch(line)
			fmt.Fprintf(&b, "<h%d dir=auto>%s</h%[1]d>", len(m[1]), p.inline(m[2]))
		case bullet.MatchString(line):
			m := bullet.FindStringSubmatch(line)
			fmt.Fprintf(&b, "<p class=item style=\"margin-left:%dem\" dir=auto>• %s</p>", 1+len(m[1])/2, p.inline(m[2]))
		case counted.MatchString(line):
			m := counted.FindStringSubmatch(line)
			fmt.Fprintf(&b, "<p class=item style=\"margin-left:%dem\" dir=auto>%s. %s</p>", 1+len(m[1])/2, m[2], p.inline(m[3]))
		case strings.TrimSpace(line) == "":
			b.WriteString("<div class=gap></div>")
		default:
			fmt.Fprintf(&b, "<p dir=auto>%s</p>", p.inline(line))
		}
	}
	return b.String()
}

// marks are the pairs of Markdown within a line, longest first.
var marks = []struct{ mark, open, close string }{
	{"***", "<b><i>", "</i></b>"}, {"**", "<b>", "</b>"}, {"__", "<u>", "</u>"}, {"~~", "<s>", "</s>"},
	{"||", "<span class=spoiler>", "</span>"}, {"*", "<i>", "</i>"}, {"_", "<i>", "</i>"},
}

var (
	link    = regexp.MustCompile(`^\[((?:[^\]\\]|\\.)*)\]\(<?([^)>\s]+)>?\)`)
	address = regexp.MustCompile(`^<?(https?://[^\s>)]+)>?`)
	token   = regexp.MustCompile(`^<(@!?|@&|#|t:|/)([^>]*)>`)
)

// inline draws what stands within a line. It goes from left to right, as
// clients do: what is escaped or code is left as it is.
func (p *page) inline(text string) string {
	var b strings.Builder
	for text != "" {
		if text[0] == '\\' && len(text) > 1 && strings.IndexByte("\\`*_{}[]()#+-.!|~<>:@/&", text[1]) >= 0 {
			b.WriteString(html.EscapeString(text[1:2]))
			text = text[2:]
			continue
		}
		if n, drawn := p.special(text); n > 0 {
			b.WriteString(drawn)
			text = text[n:]
			continue
		}
		n := 1
		for n < len(text) && text[n]&0xC0 == 0x80 {
			n++ // the rest of the character
		}
		b.WriteString(html.EscapeString(text[:n]))
		text = text[n:]
	}
	return b.String()
}

// special draws what begins at the beginning of a text, and says how much of
// it that is; 0 for nothing special.
func (p *page) special(text string) (int, string) {
	if m := link.FindStringSubmatch(text); m != nil {
		return len(m[0]), "<a>" + p.inline(m[1]) + "</a>"
	}
	if m := token.FindStringSubmatch(text); m != nil {
		return len(m[0]), p.token(m[1], m[2])
	}
	if m := address.FindStringSubmatch(text); m != nil {
		return len(m[0]), "<a>" + html.EscapeString(m[1]) + "</a>"
	}
	if text[0] == '`' {
		mark := text[:len(text)-len(strings.TrimLeft(text, "`"))]
		if end := strings.Index(text[len(mark):], mark); end >= 0 {
			return 2*len(mark) + end, "<code>" + html.EscapeString(text[len(mark):len(mark)+end]) + "</code>"
		}
	}
	for _, x := range marks {
		if !strings.HasPrefix(text, x.mark) {
			continue
		}
		if end := closing(text[len(x.mark):], x.mark); end > 0 {
			return 2*len(x.mark) + end, x.open + p.inline(text[len(x.mark):len(x.mark)+end]) + x.close
		}
	}
	return 0, ""
}

// closing finds a mark that is not escaped; -1 when there is none.
func closing(text, mark string) int {
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' {
			i++
			continue
		}
		if strings.HasPrefix(text[i:], mark) {
			return i
		}
	}
	return -1
}

// token draws what stands between < and >: a mention, a date, a command.
func (p *page) token(kind, rest string) string {
	switch kind {
	case "#":
		return "<span class=mention>#" + html.EscapeString(p.channel(rest)) + "</span>"
	case "/":
		name, _, _ := strings.Cut(rest, ":")
		return "<span class=mention>/" + html.EscapeString(name) + "</span>"
	case "@&":
		return "<span class=mention>@role</span>"
	case "t:":
		at, style, _ := strings.Cut(rest, ":")
		n, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			return html.EscapeString("<t:" + rest + ">")
		}
		return "<span class=date>" + p.date(time.Unix(n, 0).In(p.zone), style) + "</span>"
	}
	return "<span class=mention dir=auto>@" + html.EscapeString(p.name(rest)) + "</span>"
}

// date is an instant in one of the styles that clients have.
func (p *page) date(t time.Time, style string) string {
	switch style {
	case "t":
		return t.Format("15:04")
	case "T":
		return t.Format("15:04:05")
	case "d":
		return t.Format("02/01/2006")
	case "D":
		return t.Format("2 January 2006")
	case "F":
		return t.Format("Monday 2 January 2006 15:04")
	case "R":
		d := t.Sub(p.s.Now()).Round(time.Minute)
		if d < 0 {
			return strings.TrimSuffix((-d).String(), "0s") + " ago"
		}
		return "in " + strings.TrimSuffix(d.String(), "0s")
	}
	return t.Format("2 January 2006 15:04")
}

const pageStyle = `body{font:16px/1.4 sans-serif;background:#313338;color:#dbdee1;width:640px;margin:16px}
article{padding:8px 12px;margin-bottom:12px}header b{color:#f2f3f5}time,.small{color:#949ba4;font-size:12px}
.app{background:#5865f2;color:#fff;font-size:10px;border-radius:3px;padding:1px 4px}p{margin:2px 0;white-space:pre-wrap}
h1{font-size:24px;margin:8px 0}h2{font-size:20px;margin:8px 0}h3{font-size:16px;margin:8px 0}hr{border:0;border-top:1px solid #46484e}
.container{background:#2b2d31;border:1px solid #3a3c42;border-left:4px solid #3a3c42;border-radius:8px;padding:12px;margin:6px 0}
.section{display:flex;justify-content:space-between;gap:12px;align-items:flex-start}.row{display:flex;flex-wrap:wrap;gap:8px;margin:8px 0}
.button{background:#4e5058;color:#fff;border-radius:4px;padding:6px 14px;font-size:14px}.s1{background:#5865f2}.s3{background:#248046}.s4{background:#da373c}.off{opacity:.5}
.menu{background:#1e1f22;border-radius:4px;padding:8px 12px;width:100%;color:#949ba4;display:flex;justify-content:space-between}
blockquote{margin:4px 0;padding-left:12px;border-left:4px solid #4e5058}a{color:#00a8fc}code,pre{background:#1e1f22;border-radius:4px;padding:1px 4px}
.mention{background:#3c4270;color:#c9cdfb;border-radius:3px;padding:0 2px}.date{background:#3a3c42;border-radius:3px;padding:0 2px}.spoiler{background:#1e1f22;color:#1e1f22}
.gap{height:8px}.file{background:#2b2d31;border:1px solid #3a3c42;border-radius:8px;padding:10px}img{max-width:100%;border-radius:8px}
.answer{background:#1e1f22 linear-gradient(#3c4270,#3c4270) no-repeat;border-radius:8px;padding:8px 12px;margin:6px 0}`
