package bot

import (
	"slices"
	"strings"
	"unicode"
)

// MaxLine is the longest command line that is read, in bytes.
const MaxLine = 8000

// find returns the command whose name is the longest run of words at the
// start of line, and what follows it. Names ignore case.
func find(commands []Command, line string) (*Command, string) {
	var best *Command
	rest := line
	for i := range commands {
		c := &commands[i]
		if best != nil && len(best.Name) >= len(c.Name) {
			continue
		}
		if after, ok := cutName(line, c.Name); ok {
			best, rest = c, after
		}
	}
	return best, strings.TrimSpace(rest)
}

// FindCommand is the command that a line begins with, and what follows its
// name; nil if it begins with none.
func FindCommand(commands []Command, line string) (c *Command, rest string) {
	return find(commands, line)
}

// asSaid is an answer to a post as a command is typed: "I'm at 12." says "at
// 12", and "Done!" says "done". before are the words that may stand in front,
// parted by commas.
func asSaid(line, before string) string {
	line = strings.TrimRight(strings.ReplaceAll(line, "’", "'"), " .!")
	for words := range strings.SplitSeq(before, ",") {
		if rest, ok := cutName(line, strings.TrimSpace(words)); ok && rest != line {
			return strings.TrimSpace(rest)
		}
	}
	return line
}

// cutName takes a command's name off the start of line, however many spaces
// part its words.
func cutName(line, name string) (rest string, ok bool) {
	rest = line
	for word := range strings.FieldsSeq(name) {
		rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		if len(rest) < len(word) || !strings.EqualFold(rest[:len(word)], word) {
			return line, false
		}
		rest = rest[len(word):]
		if rest != "" && !unicode.IsSpace(rune(rest[0])) {
			return line, false
		}
	}
	return rest, true
}

// A token is a word of a line, or what stands between quotation marks.
type token struct {
	text       string
	start, end int // in the line
	quoted     bool
}

var quotePairs = map[rune]rune{'"': '"', '“': '”', '„': '“', '«': '»', '”': '”'}

// tokens splits a line into words; straight and curly quotation marks hold
// words together. A mark that is never closed is a character like any other.
func tokens(line string) []token {
	var out []token
	for i := 0; i < len(line); {
		r := []rune(line[i:min(len(line), i+4)])[0]
		n := len(string(r))
		if unicode.IsSpace(r) {
			i += n
			continue
		}
		if mark, ok := quotePairs[r]; ok {
			if end := strings.IndexRune(line[i+n:], mark); end >= 0 {
				stop := i + n + end + len(string(mark))
				out = append(out, token{line[i+n : i+n+end], i, stop, true})
				i = stop
				continue
			}
		}
		end := i
		for j, r := range line[i:] {
			if unicode.IsSpace(r) {
				break
			}
			end = i + j + len(string(r))
		}
		if end == i { // invalid UTF-8
			end = i + 1
		}
		// name:"two words"
		if k := strings.IndexAny(line[i:end], ":="); k > 0 && i+k+1 < len(line) && line[i+k+1] == '"' {
			if q := strings.IndexByte(line[i+k+2:], '"'); q >= 0 {
				end = i + k + 2 + q + 1
				out = append(out, token{line[i:i+k+1] + line[i+k+2:end-1], i, end, false})
				i = end
				continue
			}
		}
		out = append(out, token{line[i:end], i, end, false})
		i = end
	}
	return out
}

// maxWords is how many words without quotation marks a value may have that is
// not the last.
const maxWords = 5

// parseArgs reads what follows a command's name. Values come in the order of
// the parameters, or as name:value, name=value or --name value; the last
// parameter may take the rest as it stands. Where fits says that a value will
// not do and will with the words after it, it takes those too: "tue 19:00". It
// returns what could not be used.
func parseArgs(c *Command, line string, fits func(p *Param, value string) bool) (args Args, extra string) {
	args = Args{}
	if len(c.Params) == 0 {
		return args, line
	}
	rest, before := c.rest()
	words := tokens(line)
	var free []token
	for i := 0; i < len(words); i++ {
		w := words[i]
		name, value, ok := named(c, w)
		if rest != nil && ok {
			// In a text a word with a colon is most often a word.
			ok = (value != "" || strings.HasPrefix(w.text, "--")) && (rest.Type != Text || len(free) <= before)
		}
		if ok {
			if value == "" && strings.HasPrefix(w.text, "--") && i+1 < len(words) {
				if p := c.param(name); p.Type == Boolean {
					value = "yes"
				} else {
					i++
					value = words[i].text
				}
			}
			args[name] = value
			continue
		}
		free = append(free, w)
	}
	if rest != nil && before == 0 && len(args) == 0 {
		if line != "" {
			args[rest.Name] = restOf(rest, line, free)
		}
		return args, ""
	}
	// "wright, tue 19:00, 4 weeks": commas part the values where there are
	// more words than parameters.
	if parts, ok := byCommas(c, line, free, args); ok {
		free = parts
	}
	for i := range c.Params {
		p := &c.Params[i]
		if _, given := args[p.Name]; given || p.Named || len(free) == 0 {
			continue
		}
		if p.Rest {
			args[p.Name] = restOf(p, line, free)
			free = nil
			break
		}
		n := 1
		if fits != nil && p.Check != nil && len(free) > 1 && !fits(p, free[0].text) {
			for more := 2; more <= min(len(free), maxWords); more++ {
				if fits(p, joinTokens(line, free[:more])) {
					n = more
					break
				}
			}
		}
		args[p.Name] = joinTokens(line, free[:n])
		free = free[n:]
	}
	return args, joinTokens(line, free)
}

// rest is the parameter that takes what remains, nil if none does, and how many
// stand before it.
func (c *Command) rest() (rest *Param, before int) {
	for i := range c.Params {
		switch p := &c.Params[i]; {
		case p.Rest:
			return p, before
		case !p.Named:
			before++
		}
	}
	return nil, 0
}

func byCommas(c *Command, line string, free []token, args Args) ([]token, bool) {
	open, needed := 0, 2
	for i := range c.Params {
		p := &c.Params[i]
		if p.Rest {
			return nil, false
		}
		if _, given := args[p.Name]; !given && !p.Named {
			open++
			if p.Required {
				needed = max(needed, open)
			}
		}
	}
	if len(args) > 0 || slices.ContainsFunc(free, func(t token) bool { return t.quoted }) || !strings.Contains(line, ",") {
		return nil, false
	}
	// A comma within a value, as in "tue,thu", parts nothing.
	if len(free) <= open && !slices.ContainsFunc(free, func(t token) bool { return strings.HasSuffix(t.text, ",") }) {
		return nil, false
	}
	var out []token
	for part := range strings.SplitSeq(line, ",") {
		out = append(out, token{text: strings.TrimSpace(part)})
	}
	return out, len(out) <= open && len(out) >= needed
}

// restOf is what p takes of a line. Quotation marks around the whole of it hold
// words together, except where they have a meaning: in a text or a citation.
func restOf(p *Param, line string, ts []token) string {
	switch {
	case len(ts) == 1 && ts[0].quoted && (p.Type == Text || p.Type == Citation):
		return line[ts[0].start:ts[0].end]
	case len(ts) > 1 && ts[0].start == 0 && ts[len(ts)-1].end == len(line):
		return line
	}
	return joinTokens(line, ts)
}

// joinTokens is the stretch of line that the tokens cover, or their texts if
// they do not stand together.
func joinTokens(line string, ts []token) string {
	switch {
	case len(ts) == 0:
		return ""
	case len(ts) == 1:
		return ts[0].text
	}
	for i := 1; i < len(ts); i++ {
		if strings.TrimSpace(line[ts[i-1].end:max(ts[i].start, ts[i-1].end)]) != "" || ts[i].end == 0 {
			var b []string
			for _, t := range ts {
				b = append(b, t.text)
			}
			return strings.Join(b, " ")
		}
	}
	return line[ts[0].start:ts[len(ts)-1].end]
}

func named(c *Command, w token) (name, value string, ok bool) {
	if w.quoted {
		return "", "", false
	}
	text, dashed := strings.CutPrefix(w.text, "--")
	name, value, cut := text, "", false
	if k := strings.IndexAny(text, ":="); k > 0 {
		name, value, cut = text[:k], text[k+1:], true
	}
	name = strings.ToLower(name)
	if c.param(name) == nil || !dashed && !cut {
		return "", "", false
	}
	return name, value, true
}

// unknownOption is the name of an option that a line gives to a command that
// has none of that name: "plcae:Cellar" is a slip and no value. In a text or a
// citation a word with a colon is most often a word.
func unknownOption(c *Command, line string) string {
	for i := range c.Params {
		if t := c.Params[i].Type; t == Text || t == Citation {
			return ""
		}
	}
	for _, w := range tokens(line) {
		if _, _, ok := named(c, w); ok || w.quoted {
			continue
		}
		text := strings.TrimPrefix(w.text, "--")
		name, value, ok := strings.Cut(text, ":")
		if !ok {
			name, value, ok = strings.Cut(text, "=")
		}
		if ok && value != "" && !strings.HasPrefix(value, "//") && len(name) > 1 && strings.IndexFunc(name, func(r rune) bool { return !unicode.IsLetter(r) }) < 0 {
			return name
		}
	}
	return ""
}

// options are the names of a command's parameters.
func (c *Command) options() (names []string) {
	for i := range c.Params {
		names = append(names, c.Params[i].Name)
	}
	return names
}

func (c *Command) param(name string) *Param {
	for i := range c.Params {
		if c.Params[i].Name == name {
			return &c.Params[i]
		}
	}
	return nil
}

// Usage is how the command is typed: "plan create <work> <when> [weeks]". What
// is given by name alone is seldom wanted, and stands in the help of it.
func (c *Command) Usage() string {
	var b strings.Builder
	b.WriteString(c.Name)
	for i := range c.Params {
		p := &c.Params[i]
		if p.Named {
			continue
		}
		name := p.Name
		if p.Rest {
			name += "…"
		}
		if p.Required {
			b.WriteString(" <" + name + ">")
		} else {
			b.WriteString(" [" + name + "]")
		}
	}
	return b.String()
}

// nearest are the names closest to what was typed, at most two.
func nearest(commands []Command, typed string) []string {
	typed = strings.ToLower(typed)
	type near struct {
		name string
		d    int
	}
	var all []near
	for i := range commands {
		c := &commands[i]
		if c.Hidden {
			continue
		}
		d := distance(typed, c.Name)
		if first, _, two := strings.Cut(c.Name, " "); two {
			d = min(d, distance(typed, first)+1)
		}
		if strings.HasPrefix(c.Name, typed) && len(typed) > 2 {
			d = min(d, 1)
		}
		if d <= max(1, len(typed)/3) { // of a short word, two other letters are another word
			all = append(all, near{c.Name, d})
		}
	}
	slices.SortStableFunc(all, func(a, b near) int { return a.d - b.d })
	var out []string
	for i := range min(2, len(all)) {
		out = append(out, all[i].name)
	}
	return out
}

// distance is the distance of Damerau and Levenshtein of two short strings
// (optimal string alignment), in bytes: letters that changed places are one slip.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	before, last, row := rows[0], rows[1], rows[2]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
