package discord

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bwmarrin/discordgo"

	"lectern/bot"
)

// Discord's limits on a message of components, and how much of them is used:
// whoever counts otherwise than we do must not refuse what we send.
const (
	maxText       = 3800 // of 4,000 characters in all text displays
	maxPieces     = 24   // of 40 components, those of the buttons apart
	maxLabel      = 80
	maxOption     = 100
	maxPerRow     = 5
	maxPerSelect  = 25
	maxButtons    = 10 // where there are more, they are a menu
	maxRows       = 5
	maxAlt        = 1024
	maxCustomID   = 100
	accent        = 0x3b6ea5
	maxFileName   = 100
	barCells      = 20
	fence         = "```"
	maxHalvings   = 20
	placeholder   = "hint.choose"
	answerLabel   = "hint.answer"
	oneOfManyRows = 4 // menus under one message
)

// A Look says how replies are drawn.
type Look struct {
	// Commands are those that the bot has, and Path how one is called here:
	// "plan undo".
	Commands []bot.Command
	Path     func(name string) string
	// IDs are those of the application's commands by their first word; a
	// command that has one can be pressed where it is named.
	IDs map[string]string
	// Voice has the few words that Discord's own elements need.
	Voice bot.Voice
	// Marks are put into what is posted, so that it is found again: see marks.
	Marks marks
}

// Render draws a reply as messages that each keep Discord's limits. It is
// pure. Whatever the reply's texts contain, they are neither markup nor a
// mention. What buttons carry and does not fit into them is given apart, and
// must be kept before the messages are sent.
func Render(r bot.Reply, look Look) ([]Message, []Kept) {
	if look.Path == nil {
		look.Path = func(name string) string { return name }
	}
	d := &drawing{Look: look}
	var pieces []string
	if len(r.Title) > 0 {
		pieces = append(pieces, d.title(r.Title)...)
	}
	for _, b := range r.Blocks {
		pieces = append(pieces, d.blocks(b, 0)...)
	}
	var out []Message
	for _, group := range fill(pieces) {
		m := newMessage()
		for _, text := range group {
			m.Components = append(m.Components, textDisplay(text))
		}
		for _, id := range r.Mentioned() {
			if slices.ContainsFunc(group, func(text string) bool { return strings.Contains(text, "<@"+id+">") }) {
				m.AllowedMentions.Users = append(m.AllowedMentions.Users, id)
			}
		}
		out = append(out, m)
	}
	rows := d.rows(r)
	if len(out) == 0 {
		out = append(out, newMessage())
	}
	last := &out[len(out)-1]
	d.attach(last, r)
	last.Components = append(last.Components, rows...)
	for i := range out {
		box(&out[i], len(r.Title) > 0)
		look.Marks.put(&out[i], i, len(out))
	}
	return out, d.kept
}

func newMessage() Message {
	return Message{Flags: discordgo.MessageFlagsIsComponentsV2, AllowedMentions: discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}}}
}

// box puts what has a title into a box.
func box(m *Message, titled bool) {
	if titled {
		m.Components = []discordgo.MessageComponent{&discordgo.Container{Components: m.Components}}
	}
}

// fill puts pieces into as many messages as they need.
func fill(pieces []string) (out [][]string) {
	size := 0
	for _, p := range pieces {
		n := units(p)
		last := len(out) - 1
		if last < 0 || size+n > maxText || len(out[last]) >= maxPieces {
			out, size = append(out, []string{p}), n
			continue
		}
		out[last], size = append(out[last], p), size+n
	}
	return out
}

func textDisplay(content string) *text {
	return &text{TextDisplay: discordgo.TextDisplay{Content: content}}
}

type drawing struct {
	Look
	kept []Kept
	next int // makes each custom_id one of its own
}

// title draws the title; one that is longer than a message is running text.
func (d *drawing) title(s bot.Spans) []string {
	line := make(bot.Spans, len(s))
	for i, x := range s {
		x.Text = strings.ReplaceAll(x.Text, "\n", " ")
		line[i] = x
	}
	text := "### " + d.markdown(line, true)
	if units(text) > maxText {
		return d.blocks(bot.Para(s), 0)
	}
	return []string{text}
}

// blocks draws a block, as several pieces if it is too large for one.
func (d *drawing) blocks(b bot.Block, depth int) []string {
	text := d.block(b)
	if text == "" {
		return nil
	}
	if units(text) <= maxText || depth > maxHalvings {
		return []string{text}
	}
	first, second, ok := b.Halve()
	if !ok {
		return []string{text}
	}
	return append(d.blocks(first, depth+1), d.blocks(second, depth+1)...)
}

func (d *drawing) block(b bot.Block) string {
	switch b.Kind {
	case bot.Quoted:
		return d.quote(b.Quote)
	case bot.Bullets:
		return d.list(&b, func(int) string { return "- " })
	case bot.Numbers:
		start := max(b.Start, 1)
		return d.list(&b, func(i int) string { return strconv.Itoa(start+i) + ". " })
	case bot.Table:
		lines := make([]string, len(b.Fields))
		for i, f := range b.Fields {
			lines[i] = "**" + isolate(escape(oneLine(f.Name), false)) + "** " + d.markdown(f.Value, false)
		}
		return strings.Join(lines, "\n")
	case bot.Bar:
		return d.bar(b.Progress)
	case bot.Spoiler:
		return prefixed(d.markdown(b.Text, true), func(line string) string { return "||" + line + "||" })
	case bot.Small:
		return prefixed(d.markdown(b.Text, true), func(line string) string { return "-# " + line })
	default:
		return d.markdown(b.Text, true)
	}
}

// prefixed changes each line that has something in it.
func prefixed(text string, change func(line string) string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) != "" {
			lines[i] = change(line)
		}
	}
	return strings.Join(lines, "\n")
}

func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// list draws items; an em space at an item's start is a step in.
func (d *drawing) list(b *bot.Block, mark func(int) string) string {
	lines := make([]string, len(b.Items))
	for i, item := range b.Items {
		indent := strings.Repeat("  ", b.Level(i))
		text := strings.ReplaceAll(d.markdown(item, true), "\n", "\n"+indent+"  ")
		lines[i] = indent + mark(i) + text
	}
	return strings.Join(lines, "\n")
}

// quote draws a passage: its number before its text, its citation in small
// print below.
func (d *drawing) quote(q *bot.Quote) string {
	number := ""
	if q.Number != "" {
		number = "**" + isolate(escape(oneLine(q.Number), false)) + "** "
	}
	var text string
	switch {
	case q.Fixed:
		body := strings.ReplaceAll(clean(q.Text.String()), "`", "`"+wordJoiner)
		text = strings.TrimRight(number, " ") + "\n" + fence + "\n" + body + "\n" + fence
		text = strings.TrimLeft(text, "\n")
	case q.Block:
		text = prefixed(number+d.markdown(q.Text, number == ""), func(line string) string { return "> " + line })
	default:
		text = number + d.markdown(q.Text, number == "")
	}
	if q.Attribution != "" {
		line := "— *" + isolate(escape(strings.TrimLeft(oneLine(q.Attribution), "—– "), false)) + "*"
		if q.Block {
			line = "> " + line
		}
		text += "\n" + line
	}
	if q.Citation != "" {
		text += "\n-# " + isolate(escape(oneLine(q.Citation), false))
	}
	return text
}

func (d *drawing) bar(x *bot.Progress) string {
	full := 0
	if x.Total > 0 {
		full = min(barCells, max(0, x.Done)*barCells/x.Total)
	}
	text := "`" + strings.Repeat("█", full) + strings.Repeat("░", barCells-full) + "`"
	if x.Label != "" {
		text += " " + isolate(escape(oneLine(x.Label), false))
	}
	return text
}

// attach puts the picture and the file of a reply into its last message.
func (d *drawing) attach(m *Message, r bot.Reply) {
	add := func(name, mime, alt string, data []byte) string {
		name = fileName(name)
		m.Attachments = append(m.Attachments, attachment{ID: strconv.Itoa(len(m.files)), Filename: name, Description: shorten(oneLine(alt), maxAlt)})
		m.files = append(m.files, upload{name: name, mime: mime, data: data})
		return "attachment://" + name
	}
	if x := r.Image; x != nil {
		url := add(x.Name, x.MIME, x.Alt, x.Data)
		item := discordgo.MediaGalleryItem{Media: discordgo.UnfurledMediaItem{URL: url}}
		if alt := shorten(oneLine(x.Alt), maxAlt); alt != "" {
			item.Description = &alt
		}
		m.Components = append(m.Components, &discordgo.MediaGallery{Items: []discordgo.MediaGalleryItem{item}})
	}
	if x := r.File; x != nil {
		m.Components = append(m.Components, &discordgo.FileComponent{File: discordgo.UnfurledMediaItem{URL: add(x.Name, x.MIME, "", x.Data)}})
	}
}

var noFileName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// fileName is a name as Discord keeps it: others it changes, and then the
// component that shows the file does not find it.
func fileName(name string) string {
	name = strings.Trim(noFileName.ReplaceAllString(name, "-"), "-")
	if len(name) > maxFileName {
		name = name[len(name)-maxFileName:]
	}
	if name == "" || strings.Trim(name, ".") == "" {
		return "file"
	}
	return name
}

// rows draws the actions: as buttons, or as menus where they are many.
func (d *drawing) rows(r bot.Reply) (out []discordgo.MessageComponent) {
	actions := r.Actions
	if len(actions) > maxButtons {
		for len(actions) > 0 && len(out) < oneOfManyRows {
			n := min(len(actions), maxPerSelect)
			out = append(out, d.menu(actions[:n]))
			actions = actions[n:]
		}
		actions = nil
	}
	var buttons []discordgo.MessageComponent
	for _, a := range actions {
		buttons = append(buttons, d.button(a))
	}
	if r.Ask != nil {
		buttons = append(buttons, &discordgo.Button{Style: discordgo.PrimaryButton, Label: d.say(answerLabel), CustomID: d.id(kindQuestion, r.Ask.Param, bot.Invocation{Command: bot.AnswerCommand})})
	}
	for len(buttons) > 0 {
		n := min(len(buttons), maxPerRow)
		out = append(out, &discordgo.ActionsRow{Components: buttons[:n]})
		buttons = buttons[n:]
	}
	return out
}

func (d *drawing) say(key string) string {
	if d.Voice == nil {
		return key
	}
	return d.Voice.Say(key).String()
}

func (d *drawing) button(a bot.Action) discordgo.MessageComponent {
	style := discordgo.SecondaryButton
	switch {
	case a.Danger:
		style = discordgo.DangerButton
	case a.Primary:
		style = discordgo.PrimaryButton
	}
	return &discordgo.Button{Style: style, Label: label(a.Label, maxLabel), CustomID: d.action(a)}
}

func (d *drawing) action(a bot.Action) string {
	if a.Ask != "" {
		return d.id(kindAsk, a.Ask, a.Do)
	}
	return d.id(kindRun, "", a.Do)
}

func (d *drawing) menu(actions []bot.Action) discordgo.MessageComponent {
	m := &discordgo.SelectMenu{MenuType: discordgo.StringSelectMenu, Placeholder: shorten(d.say(placeholder), 150), CustomID: fmt.Sprintf("%c%s;", kindMenu, strconv.FormatInt(int64(d.next), 36))}
	d.next++
	for _, a := range actions {
		m.Options = append(m.Options, discordgo.SelectMenuOption{Label: label(a.Label, maxOption), Value: d.action(a)})
	}
	return &discordgo.ActionsRow{Components: []discordgo.MessageComponent{m}}
}

// label is a label as it may be: there must be one.
func label(s string, most int) string {
	s = oneLine(s)
	if s == "" {
		return "…"
	}
	return isolate(shorten(s, most-2))
}
