package bot

import (
	"slices"
	"strings"
	"time"
)

// A Reply is meaning, not markup. Every platform renders it within its own
// limits. It survives encoding as JSON, so that an answer can be stored with
// the work it reports and be sent again, unchanged, after a crash.
type Reply struct {
	Title   Spans    `json:"title,omitempty"`
	Blocks  []Block  `json:"blocks,omitempty"`
	Actions []Action `json:"actions,omitempty"`
	Image   *Image   `json:"image,omitempty"`
	File    *File    `json:"file,omitempty"`
	// Private replies are for the asker alone; the others are for the room.
	Private bool `json:"private,omitempty"`
	// Failed marks an answer that says why nothing was done.
	Failed bool `json:"failed,omitempty"`
	// Ask is set when the answer is a question whose reply fills in a form.
	Ask *Question `json:"ask,omitempty"`
	// Poll is set when the reply puts something to the vote. What it says stands
	// in the blocks and actions too, for platforms that have no polls.
	Poll *Poll `json:"poll,omitempty"`
	// Thread names the thread that the reply belongs to, "" for the room.
	Thread string `json:"thread,omitempty"`
}

// Empty reports whether there is nothing to show.
func (r *Reply) Empty() bool {
	return len(r.Title) == 0 && len(r.Blocks) == 0 && len(r.Actions) == 0 && r.Image == nil && r.File == nil
}

// A Block is one piece of a reply; the field that fits its Kind is set.
type Block struct {
	Kind     BlockKind `json:"kind"`
	Text     Spans     `json:"text,omitempty"`     // Paragraph, Spoiler
	Quote    *Quote    `json:"quote,omitempty"`    // Quoted
	Items    []Spans   `json:"items,omitempty"`    // Bullets, Numbers
	Levels   []int     `json:"levels,omitempty"`   // Bullets: how deep each item stands below another, none for a flat list
	Start    int       `json:"start,omitempty"`    // Numbers: the first number, 0 for 1
	Fields   []Field   `json:"fields,omitempty"`   // Table
	Progress *Progress `json:"progress,omitempty"` // Bar
}

// Level is how deep an item of a list stands: 0 stands below none.
func (b *Block) Level(item int) int {
	if item < len(b.Levels) {
		return max(b.Levels[item], 0)
	}
	return 0
}

// A BlockKind says what a block is.
type BlockKind string

// The kinds of blocks.
const (
	Paragraph BlockKind = "paragraph" // a line or a few of running text
	Quoted    BlockKind = "quoted"    // a passage with its number
	Bullets   BlockKind = "bullets"
	Numbers   BlockKind = "numbers"
	Table     BlockKind = "table" // names and values
	Bar       BlockKind = "bar"   // a progress bar
	Spoiler   BlockKind = "spoiler"
	Small     BlockKind = "small" // a remark in small print
)

// A Quote is a passage as it is shown: its number beside its text.
type Quote struct {
	Number      string `json:"number,omitempty"` // "37", "ep 1", "" for none
	Text        Spans  `json:"text"`             // lines are parted by "\n"
	Attribution string `json:"attribution,omitempty"`
	Citation    string `json:"citation,omitempty"` // "wright 37"
	Fixed       bool   `json:"fixed,omitempty"`    // preformatted: keep spaces
	Block       bool   `json:"block,omitempty"`    // the text itself quotes it
}

// A Field is a row of a table: a name and a value.
type Field struct {
	Name  string `json:"name"`
	Value Spans  `json:"value"`
}

// Progress is a bar: Done of Total, both in the same unit.
type Progress struct {
	Label string `json:"label,omitempty"`
	Done  int    `json:"done"`
	Total int    `json:"total"`
}

// Spans is text with emphasis.
type Spans []Span

// A Span is a run of text of one style. Its text is plain: a renderer escapes
// whatever its platform would take for markup or for a mention.
type Span struct {
	Text  string `json:"text"`
	Style Style  `json:"style,omitempty"`
	Link  string `json:"link,omitempty"` // an absolute http(s) address
	// Mention is the user of the post's platform whose phone rings for it, since
	// they asked for that; Text is their name. Answers ring for nobody.
	Mention string    `json:"mention,omitempty"`
	At      time.Time `json:"at,omitzero"` // an instant that a platform may show in the reader's own time; Text says it in the group's
}

// Mentioned are the users for whose phones a reply rings, each once.
func (r *Reply) Mentioned() (users []string) {
	for _, b := range r.Blocks {
		for _, s := range b.Text {
			if s.Mention != "" && !slices.Contains(users, s.Mention) {
				users = append(users, s.Mention)
			}
		}
	}
	return users
}

// A Style is a set of emphases.
type Style uint8

// The styles; Marked is a hit of a search or a difference. Typed is a command
// to type, without the prefix that each platform puts before it.
const (
	Strong Style = 1 << iota
	Emphasis
	Code
	Marked
	Struck
	Typed
)

// An Action is a button. Pressing it runs a command as the person who pressed.
type Action struct {
	Label   string     `json:"label"`
	Do      Invocation `json:"do"`
	Primary bool       `json:"primary,omitempty"`
	Danger  bool       `json:"danger,omitempty"`
	// React is the reaction that stands for the action on platforms that have
	// no buttons: "✅". It is set on announcements only.
	React string `json:"react,omitempty"`
	// Ask names the parameter whose value the platform asks for first.
	Ask string `json:"ask,omitempty"`
}

// An Image is a picture with the words that stand for it.
type Image struct {
	Name string `json:"name"`
	MIME string `json:"mime"`
	Data []byte `json:"data"`
	Alt  string `json:"alt"`
}

// A File is a document that goes along with a reply.
type File struct {
	Name string `json:"name"`
	MIME string `json:"mime"`
	Data []byte `json:"data"`
	// Instead is what a platform without files shows in its place.
	Instead []Block `json:"instead,omitempty"`
}

// A Question is one step of a form, asked in the room.
type Question struct {
	Param   string   `json:"param"`
	Choices []Choice `json:"choices,omitempty"`
}

// A Poll is a question of which people choose an answer, or several, until it
// closes. Choice n is the reply's n-th action, whose reaction is Keycap(n).
type Poll struct {
	Name     string    `json:"name"` // which vote it is: "Vote 3"
	Question string    `json:"question"`
	Choices  []string  `json:"choices"`
	Several  bool      `json:"several,omitempty"`
	Closes   time.Time `json:"closes"`
}

// keycaps are the numbers that can be put on a message.
var keycaps = [...]string{"1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣", "8️⃣", "9️⃣", "🔟"}

// Keycap is the reaction that stands for a number, "" for one that has none:
// from 1 to 10 there are some.
func Keycap(n int) string {
	if n < 1 || n > len(keycaps) {
		return ""
	}
	return keycaps[n-1]
}

// KeycapNumber is the number that a reaction stands for, 0 if it stands for
// none. U+FE0F does not matter.
func KeycapNumber(reaction string) int {
	for i, k := range keycaps {
		if withoutSelector(k) == withoutSelector(reaction) {
			return i + 1
		}
	}
	return 0
}

func withoutSelector(s string) string { return strings.ReplaceAll(s, "\ufe0f", "") }

// A Choice is a value that completes a parameter, with what a person sees.
type Choice struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// Plain is one span of unadorned text.
func Plain(s string) Spans {
	if s == "" {
		return nil
	}
	return Spans{{Text: s}}
}

// Bold is one span of strong text.
func Bold(s string) Spans { return Spans{{Text: s, Style: Strong}} }

// Para is a paragraph block.
func Para(s Spans) Block { return Block{Kind: Paragraph, Text: s} }

// Say is a reply of one paragraph.
func Say(s Spans) Reply { return Reply{Blocks: []Block{Para(s)}} }

// String is the text of the spans without any emphasis.
func (s Spans) String() string {
	switch len(s) {
	case 0:
		return ""
	case 1:
		return s[0].Text
	}
	n := 0
	for i := range s {
		n += len(s[i].Text)
	}
	b := make([]byte, 0, n)
	for i := range s {
		b = append(b, s[i].Text...)
	}
	return string(b)
}
