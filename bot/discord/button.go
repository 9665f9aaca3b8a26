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
	long  string // the key of an invocation that is kept
}

// parseID reads a custom_id; ok is false for one that is not ours, or of an
// older version.
func parseID(s string) (p pressed, ok bool) {
	parts := strings.Split(s, ";")
	if len(parts) < 3 || parts[0] == "" {
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
// them to nobody. The first component bears the key and which message of the
// post it is, the second the rest of the key and how many there are.
type marks struct{ key string }

// put marks the n-th message of a post.
func (k marks) put(m *Message, n, of int) {
	if k.key == "" || len(m.Components) == 0 {
		return
	}
	a, b := k.numbers(n, of)
	if len(m.Components) == 1 && len(m.Components[0].Components) == 0 {
		// A message of one component needs a second to bear the rest.
		m.Components = []component{{Type: typeContainer, Components: m.Components}}
	}
	m.Components[0].ID = a
	if within := m.Components[0].Components; len(within) > 0 {
		within[0].ID = b
	} else {
		m.Components[1].ID = b
	}
}

// maxParts is how many messages a post may have: the number stands in eight
// bits.
const maxParts = 255

// numbers are the two marks of a message, each positive and below 2^31.
func (k marks) numbers(n, of int) (a, b int) {
	sum := sha256.Sum256([]byte(k.key))
	x := binary.BigEndian.Uint32(sum[0:4]) & 0x7fffff
	y := binary.BigEndian.Uint32(sum[4:8]) & 0x7fffff
	return int(x<<8) | min(n, maxParts-1) + 1, int(y<<8) | min(of, maxParts)
}

// match says which message of the post m is, if it is one.
func (k marks) match(m *received) (n, of int, ok bool) {
	if k.key == "" || len(m.Components) == 0 {
		return 0, 0, false
	}
	first := m.Components[0]
	second := component{}
	if len(first.Components) > 0 {
		second = first.Components[0]
	} else if len(m.Components) > 1 {
		second = m.Components[1]
	}
	n, of = first.ID&0xff-1, second.ID&0xff
	a, b := k.numbers(n, of)
	return n, of, n >= 0 && of > 0 && a == first.ID && b == second.ID
}

func (p pressed) String() string { return fmt.Sprintf("%c %s", p.kind, p.do.Command) }
