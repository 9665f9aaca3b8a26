package discord

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/phrases"
)

var update = flag.Bool("update", false, "write the golden files anew")

func look(t testing.TB) Look {
	t.Helper()
	book, err := phrases.Load()
	if err != nil {
		t.Fatal(err)
	}
	return Look{
		Voice:    book.In("en"),
		Commands: []bot.Command{{Name: "help"}, {Name: "passage", Params: []bot.Param{{Name: "citation", Rest: true}}}},
		IDs:      map[string]string{"help": "1203"},
	}
}

// draw is a message as a golden file has it: its text as it is typed, and the
// other components in JSON.
func draw(t testing.TB, messages []Message) string {
	t.Helper()
	var b strings.Builder
	var one func(c discordgo.MessageComponent, indent string)
	one = func(c discordgo.MessageComponent, indent string) {
		switch c := c.(type) {
		case *text:
			b.WriteString(indent + strings.ReplaceAll(visible(c.Content), "\n", "\n"+indent) + "\n")
		case *discordgo.Container:
			b.WriteString(indent + "┌\n")
			for _, x := range c.Components {
				one(x, indent+"│ ")
			}
			b.WriteString(indent + "└\n")
		case *discordgo.ActionsRow:
			b.WriteString(indent + "row\n")
			for _, x := range c.Components {
				one(x, indent+"  ")
			}
		default:
			var text bytes.Buffer
			enc := json.NewEncoder(&text)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(c); err != nil {
				t.Fatal(err)
			}
			b.WriteString(indent + text.String())
		}
	}
	for i, m := range messages {
		fmt.Fprintf(&b, "message %d, flags %d, mentions %v %t\n", i+1, m.Flags, m.AllowedMentions.Parse, m.AllowedMentions.RepliedUser)
		if len(m.AllowedMentions.Users) > 0 {
			fmt.Fprintf(&b, "rings for %v\n", m.AllowedMentions.Users)
		}
		for _, c := range m.Components {
			one(c, "")
		}
		for i, f := range m.files {
			fmt.Fprintf(&b, "file %s %s %d bytes %q\n", f.name, f.mime, len(f.data), m.Attachments[i].Description)
		}
	}
	return b.String()
}

// visible shows what cannot be seen.
func visible(s string) string {
	return strings.NewReplacer("\u2068", "{FSI}", "\u2069", "{PDI}", "\u2060", "{WJ}").Replace(s)
}

// Every kind of block, as it was seen to be right.
func TestRenderGolden(t *testing.T) {
	for name, reply := range replies() {
		t.Run(name, func(t *testing.T) {
			messages, kept := Render(reply, look(t))
			var got strings.Builder
			got.WriteString(draw(t, messages))
			for _, k := range kept {
				got.WriteString(fmt.Sprintf("kept %s %s\n", k.Key, k.Value))
			}
			path := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got.String(), want)
			}
			for _, m := range messages {
				if err := withinLimits(m); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// replies are the gallery's, and some that only Discord draws apart.
func replies() map[string]bot.Reply {
	all := bottest.Gallery()
	var many []bot.Action
	for i := range 30 {
		many = append(many, bot.Action{Label: fmt.Sprintf("section %d", i+1), Do: bot.Invocation{Command: "passage", Args: map[string]string{"citation": fmt.Sprintf("fate %d.II", i+1)}}})
	}
	all["many"] = bot.Reply{Title: bot.Plain("Which?"), Actions: many}
	all["question"] = bot.Reply{
		Blocks:  []bot.Block{bot.Para(bot.Plain("Which city sets your clock?"))},
		Actions: []bot.Action{{Label: "London", Do: bot.Invocation{Command: bot.AnswerCommand, Args: map[string]string{"value": "London"}}}},
		Ask:     &bot.Question{Param: "city"},
	}
	all["carried"] = bot.Reply{
		Blocks: []bot.Block{bot.Para(bot.Plain("More than a button carries"))},
		Actions: []bot.Action{
			{Label: strings.Repeat("long label ", 10), Do: bot.Invocation{Command: "quote", Args: map[string]string{"text": strings.Repeat("a; b=c#d ", 40)}}},
			{Label: "Semicolons", Do: bot.Invocation{Command: "quote", Args: map[string]string{"text": "a; b=c # 50%"}}},
		},
	}
	all["touching"] = bot.Say(bot.Spans{
		{Text: "bold", Style: bot.Strong}, {Text: "slant ", Style: bot.Emphasis}, {Text: " both", Style: bot.Strong | bot.Emphasis},
		{Text: " a`b ", Style: bot.Code}, {Text: "1986. A year\n- no list\n#12 https://example.org/a_b_c?x=1*2"},
		{Text: "passage handbook 3", Style: bot.Typed}, {Text: " or "}, {Text: "passage ", Style: bot.Typed}, {Text: "what is filled in", Style: bot.Code}, {Text: " "}, {Text: "nothing of ours", Style: bot.Typed},
	})
	all["steps"] = bot.Reply{Blocks: []bot.Block{{Kind: bot.Bullets, Items: []bot.Spans{bot.Plain("II The pace"), bot.Plain("How much in a week"), bot.Plain("1. Less\nand less")}, Levels: []int{0, 1, 2}}}}
	return all
}

// withinLimits says which of Discord's limits a message breaks.
func withinLimits(m Message) error {
	total, length := 0, 0
	ids, values := map[string]bool{}, map[string]bool{}
	var walk func(c discordgo.MessageComponent) error
	walk = func(c discordgo.MessageComponent) error {
		total++
		custom := ""
		switch c := c.(type) {
		case *text:
			length += units(c.Content)
			if c.Content == "" || units(c.Content) > 4000 {
				return fmt.Errorf("a text of %d characters", units(c.Content))
			}
		case *discordgo.Button:
			custom = c.CustomID
			if c.Label == "" || units(c.Label) > 80 {
				return fmt.Errorf("label %q", c.Label)
			}
		case *discordgo.ActionsRow:
			if len(c.Components) == 0 || len(c.Components) > 5 {
				return fmt.Errorf("a row of %d", len(c.Components))
			}
		case *discordgo.SelectMenu:
			custom = c.CustomID
			if len(c.Options) > 25 {
				return fmt.Errorf("a menu of %d", len(c.Options))
			}
			for _, o := range c.Options {
				if units(o.Label) > 100 || units(o.Value) > 100 || o.Label == "" || values[o.Value] {
					return fmt.Errorf("an option %q %q", o.Label, o.Value)
				}
				values[o.Value] = true
			}
		}
		if custom != "" && (units(custom) > 100 || ids[custom]) {
			return fmt.Errorf("custom_id %q is too long, or there twice", custom)
		}
		ids[custom] = true
		for _, x := range within(c) {
			if err := walk(x); err != nil {
				return err
			}
		}
		return nil
	}
	for _, c := range m.Components {
		if err := walk(c); err != nil {
			return err
		}
	}
	switch {
	case total == 0 || total > 40:
		return fmt.Errorf("%d components", total)
	case length > 4000:
		return fmt.Errorf("%d characters", length)
	case m.AllowedMentions.Parse == nil || len(m.AllowedMentions.Parse) > 0:
		return fmt.Errorf("mentions are allowed: %v", m.AllowedMentions)
	}
	return nil
}

// A reply of any size goes whole into messages that keep the limits.
func TestRenderLong(t *testing.T) {
	for _, size := range []int{1, 300, 3799, 3800, 3801, 9000, 60000} {
		for _, kind := range []bot.BlockKind{bot.Paragraph, bot.Bullets, bot.Table, bot.Spoiler, bot.Small, bot.Quoted} {
			var words []string
			for i := 0; len(words)*6 < size; i++ {
				words = append(words, fmt.Sprintf("w%d_é", i))
			}
			text := bot.Plain(strings.Join(words, " "))
			b := bot.Block{Kind: kind, Text: text}
			switch kind {
			case bot.Bullets:
				b.Text, b.Items = nil, []bot.Spans{text, bot.Plain("end")}
			case bot.Table:
				b.Text, b.Fields = nil, []bot.Field{{Name: "n", Value: text}}
			case bot.Quoted:
				b.Text, b.Quote = nil, &bot.Quote{Number: "1", Text: text, Citation: "w 1"}
			}
			messages, _ := Render(bot.Reply{Title: bot.Plain("T"), Blocks: []bot.Block{b}, Actions: []bot.Action{{Label: "x", Do: bot.Invocation{Command: "help"}}}}, look(t))
			shown := draw(t, messages)
			at := 0
			for _, w := range words {
				i := strings.Index(shown[at:], strings.ReplaceAll(w, "_", `\_`))
				if i < 0 {
					t.Fatalf("%s of %d: %q is lost", kind, size, w)
				}
				at += i
			}
			for _, m := range messages {
				if err := withinLimits(m); err != nil {
					t.Errorf("%s of %d: %v", kind, size, err)
				}
			}
		}
	}
}

// What a button carries is what it was given, whatever that is.
func TestCustomIDs(t *testing.T) {
	for _, do := range []bot.Invocation{
		{Command: "done"},
		{Command: "undo check-in", Args: map[string]string{"reading": "7", "kind": ""}},
		{Command: "quote", Args: map[string]string{"text": "a; b=c#d 50% %3B\nx"}},
		{Command: "passage", Args: map[string]string{"citation": "#1"}},
	} {
		d := &drawing{Look: look(t)}
		id := d.id(kindAsk, "place", do)
		p, ok := parseID(id)
		if !ok || p.kind != kindAsk || p.param != "place" || p.long != "" || fmt.Sprint(p.do) != fmt.Sprint(do) {
			t.Errorf("%q is read as %+v", id, p)
		}
	}
	for _, s := range []string{"", ";", "r0;;", "r0", "r0;;#", "r0;;x;y"} {
		if p, ok := parseID(s); ok {
			t.Errorf("%q is read as %+v", s, p)
		}
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("r0;;done;plan=3")
	f.Add("a1;place;at")
	f.Add("q2;city;answer")
	f.Add("r0;;#ABCDEFGH")
	f.Fuzz(func(t *testing.T, s string) {
		p, ok := parseID(s)
		if !ok || p.long != "" {
			return
		}
		d := &drawing{}
		id := d.id(p.kind, p.param, p.do)
		if q, ok := parseID(id); ok && q.long == "" && fmt.Sprint(q) != fmt.Sprint(p) {
			t.Errorf("%q: %+v and then %+v", s, p, q)
		}
	})
}

// A post is told from all others by its marks, and its messages from each
// other.
func TestMarks(t *testing.T) {
	reply := bot.Say(bot.Plain(strings.Repeat("word ", 3000)))
	k := marksOf(bot.Key("a"))
	l := look(t)
	l.Marks = k
	messages, _ := Render(reply, l)
	if len(messages) < 4 {
		t.Fatal(len(messages))
	}
	for i, m := range messages {
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var back received
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if n, of, ok := k.match(&back); !ok || n != i || of != len(messages) {
			t.Errorf("message %d is read as %d of %d, %t", i, n, of, ok)
		}
		if _, _, ok := marksOf(bot.Key("b")).match(&back); ok {
			t.Error("another post has its marks")
		}
	}
	if _, _, ok := k.match(&received{}); ok {
		t.Error("an empty message has marks")
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{"**a**", "1986. x", "https://a_b.c/(x)", "@everyone", "<@1>", "\u202eabc", "a\n\n# b", "`` ` ``", "\xff\xfe"} {
		f.Add(s, uint8(1))
		f.Add(s, uint8(bot.Code))
	}
	f.Fuzz(func(t *testing.T, s string, style uint8) {
		d := &drawing{Look: Look{Path: func(s string) string { return s }}}
		got := d.markdown(bot.Spans{{Text: s, Style: bot.Style(style & 31)}}, true)
		if strings.Contains(got, "@everyone") || strings.Contains(got, "@here") {
			t.Errorf("%q pings: %q", s, got)
		}
		if style&uint8(bot.Code) == 0 && strings.Contains(strings.ReplaceAll(got, `\\`, ""), "<") && !strings.Contains(got, `\<`) {
			t.Errorf("%q: %q", s, got)
		}
	})
}

func TestInstantsAreTheReaders(t *testing.T) {
	at := time.Date(2026, 12, 22, 19, 0, 0, 0, time.UTC)
	d := &drawing{}
	got := d.markdown(bot.Spans{{Text: "by "}, {Text: "Tue 22 Dec, 19:00", Style: bot.Strong, At: at}, {Text: ", that is "}, {Text: "Tue 22 Dec", At: at}}, true)
	if want := "by **<t:1797966000:F>**, that is <t:1797966000:D>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
