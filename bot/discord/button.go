package discord

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bwmarrin/discordgo"

	"lectern/bot"
)

// What a custom_id begins with says what is done with it. A number that tells
// it from the others of its message follows, and then its fields, parted by
// semicolons.
const (
	kindRun      = 'r' // run the invocation
	kindAsk      = 'a' // ask for a parameter in a form, then run
	kindQuestion = 'q' // ask the bot's question in a form
	kindMenu     = 'm' // a menu, whose values are custom_ids
	kindForm     = 'f' // a form for a command's parameters
	kindLong     = '#' // before a hash: the invocation is kept
)

// A Kept is an invocation that is too long for the button that carries it.
type Kept struct {
	Key   string
	Value []byte
}

// keyOf names what is kept by what it is.
func keyOf(value []byte) string {
	sum := sha256.Sum256(value)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:15])
}

// id makes a custom_id; what is too long for one is kept apart.
func (d *drawing) id(kind rune, param string, do bot.Invocation) string {
	head := string(kind) + strconv.FormatInt(int64(d.next), 36) + ";" + field(param) + ";"
	d.next++
	parts := []string{field(do.Command)}
	for _, k := range slices.Sorted(maps.Keys(do.Args)) {
		parts = append(parts, field(k)+"="+field(do.Args[k]))
	}
	if s := head + strings.Join(parts, ";"); units(s) <= maxCustomID {
		return s
	}
	value, err := json.Marshal(do)
	if err != nil {
		panic(err) // strings can be encoded
	}
	k := Kept{Key: keyOf(value), Value: value}
	d.kept = append(d.kept, k)
	return head + string(kindLong) + k.Key
}

var fieldEscape = strings.NewReplacer("%", "%25", ";", "%3B", "=", "%3D", "#", "%23", "\n", "%0A", "\r", "%0D")

func field(s string) string { return fieldEscape.Replace(s) }

var fieldUnescape = strings.NewReplacer("%3B", ";", "%3D", "=", "%23", "#", "%0A", "\n", "%0D", "\r", "%25", "%")

// A pressed is what a custom_id says.
type pressed struct {
	kind  rune
	param string
	do    bot.Invocation
	long  string            // the key of an invocation that is kept
	more  map[string]string // arguments that a form has filled in
}

// parseID reads a custom_id; ok is false for one that is not ours, or of an
// older version.
func parseID(s string) (p pressed, ok bool) {
	parts := strings.Split(s, ";")
	if len(parts) < 3 || parts[0] == "" || parts[0][0] >= utf8.RuneSelf || !utf8.ValidString(s) {
		return p, false
	}
	p.kind, p.param = rune(parts[0][0]), fieldUnescape.Replace(parts[1])
	if key, long := strings.CutPrefix(parts[2], string(kindLong)); long {
		p.long = key
		return p, key != ""
	}
	p.do.Command = fieldUnescape.Replace(parts[2])
	for _, part := range parts[3:] {
		k, v, found := strings.Cut(part, "=")
		if !found {
			return p, false
		}
		if p.do.Args == nil {
			p.do.Args = map[string]string{}
		}
		p.do.Args[fieldUnescape.Replace(k)] = fieldUnescape.Replace(v)
	}
	return p, p.do.Command != ""
}

// marks find a post again: Discord keeps the numbers of components, and shows
// them to nobody. The first component of each message bears one half and which
// message of the post it is, the second the other half and how many there are.
type marks struct{ a, b int } // 23 bits each

// marksOf are those of the post with a key.
func marksOf(key string) marks {
	if key == "" {
		return marks{}
	}
	sum := sha256.Sum256([]byte(key))
	return marks{int(binary.BigEndian.Uint32(sum[0:4]) & 0x7fffff), int(binary.BigEndian.Uint32(sum[4:8]) & 0x7fffff)}
}

func (k marks) none() bool { return k == marks{} }

// put marks the n-th message of a post.
func (k marks) put(m *Message, n, of int) {
	if k.none() || len(m.Components) == 0 {
		return
	}
	if len(m.Components) == 1 && len(within(m.Components[0])) == 0 {
		// A message of one component needs a second to bear the rest.
		m.Components = []discordgo.MessageComponent{&discordgo.Container{Components: m.Components}}
	}
	a, b := k.numbers(n, of)
	number(m.Components[0], a)
	if inner := within(m.Components[0]); len(inner) > 0 {
		number(inner[0], b)
	} else {
		number(m.Components[1], b)
	}
}

// maxParts is how many messages a post may have: the number stands in eight
// bits.
const maxParts = 255

// numbers are the two marks of a message, each positive and below 2^31.
func (k marks) numbers(n, of int) (a, b int) {
	return k.a<<8 | min(n, maxParts-1) + 1, k.b<<8 | min(of, maxParts)
}

// borne are the two numbers that a message bears.
func borne(m *received) (a, b int) {
	if len(m.Components) == 0 {
		return 0, 0
	}
	first := m.Components[0]
	switch {
	case len(first.Components) > 0:
		return first.ID, first.Components[0].ID
	case len(m.Components) > 1:
		return first.ID, m.Components[1].ID
	}
	return first.ID, 0
}

// marksIn are those that a message bears, none if they are not ours: Discord
// numbers what has no number, from 1.
func marksIn(m *received) marks {
	a, b := borne(m)
	if a < 1<<12 || b < 1<<12 {
		return marks{}
	}
	return marks{a >> 8, b >> 8}
}

// match says which message of the post m is, if it is one.
func (k marks) match(m *received) (n, of int, ok bool) {
	a, b := borne(m)
	n, of = a&0xff-1, b&0xff
	wantA, wantB := k.numbers(n, of)
	return n, of, !k.none() && n >= 0 && of > 0 && a == wantA && b == wantB
}

func (p pressed) String() string { return fmt.Sprintf("%c %s", p.kind, p.do.Command) }
