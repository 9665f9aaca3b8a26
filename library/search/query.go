package search

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"lectern/library"
)

// Bounds on a query, so that no question is slow.
const (
	maxQuery   = 2000 // bytes
	maxTerms   = 64   // tokens
	maxDepth   = 8    // brackets within brackets
	maxNear    = 999  // words apart
	nearWithin = 10   // words apart, where the query does not say
)

// A Query is what somebody looks for. Parse makes one.
type Query struct {
	In, By, Section string // limits, "" for none

	match string // for FTS5; every word in it is quoted
	marks []phrase
}

// A phrase is tokens that follow one another; prefix means that the last is the
// beginning of one.
type phrase struct {
	words  []string
	prefix bool
}

// String is the phrase as FTS5 takes it. Its words hold letters and figures
// alone.
func (p phrase) String() string {
	s := `"` + strings.Join(p.words, " ") + `"`
	if p.prefix {
		s += "*"
	}
	return s
}

func syntax(reason string, args map[string]any) error {
	return &library.Error{Code: library.Syntax, Reason: reason, Args: args}
}

// Parse reads the language of queries: words (all of them), "phrases",
// prefix*, OR, NOT, NEAR(a b, N), brackets, and the limits in:work, by:author,
// section:title. What it refuses is a *library.Error with code syntax.
func Parse(query string) (Query, error) {
	if len(query) > maxQuery {
		return Query{}, syntax("query_too_long", map[string]any{"Max": maxQuery})
	}
	p := &parser{rest: quotes.Replace(strings.ToValidUTF8(query, " "))}
	match, err := p.either(0)
	if err == nil && p.rest != "" { // only a bracket ends it
		err = syntax("query_bracket", nil)
	}
	if err == nil && match == "" {
		err = syntax("query_empty", nil)
	}
	if err != nil {
		return Query{}, err
	}
	p.q.match = match
	return p.q, nil
}

// quotes are the marks that telephones and other languages put for ".
var quotes = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "‟", `"`, "«", `"`, "»", `"`, "＂", `"`, "（", "(", "）", ")", "＊", "*")

type parser struct {
	rest  string
	q     Query
	terms int
	quiet bool // after NOT nothing is marked
}

func (p *parser) space() {
	p.rest = strings.TrimLeftFunc(p.rest, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

// peek reports whether an operator stands next, alone and in capitals.
func (p *parser) peek(word string) bool {
	rest, ok := strings.CutPrefix(p.rest, word)
	if !ok {
		return false
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || unicode.IsSpace(r) || r == '(' || r == ')' || r == '"'
}

func (p *parser) take(word string) bool {
	if !p.peek(word) {
		return false
	}
	p.rest = p.rest[len(word):]
	return true
}

// either reads alternatives: words OR words.
func (p *parser) either(depth int) (string, error) {
	if depth > maxDepth {
		return "", syntax("query_nested", nil)
	}
	var out []string
	for {
		all, err := p.all(depth)
		if err != nil {
			return "", err
		}
		again := p.take("OR")
		if all == "" && (again || len(out) > 0) {
			return "", syntax("query_operator", map[string]any{"Word": "OR"})
		}
		if all != "" {
			out = append(out, all)
		}
		if !again {
			break
		}
	}
	if len(out) < 2 {
		return strings.Join(out, ""), nil
	}
	return "(" + strings.Join(out, " OR ") + ")", nil
}

// all reads what must all be there, without what comes after NOT. It ends
// before OR, a closing bracket or the end.
func (p *parser) all(depth int) (string, error) {
	var with, without []string
	pending := "" // an operator that wants something after it
	for {
		p.space()
		if p.rest == "" || p.rest[0] == ')' || p.peek("OR") {
			break
		}
		if p.take("AND") {
			if len(with)+len(without) == 0 || pending != "" {
				return "", syntax("query_operator", map[string]any{"Word": "AND"})
			}
			pending = "AND"
			continue
		}
		not := p.take("NOT")
		if not {
			pending = "NOT"
			p.space()
			if p.rest == "" || p.rest[0] == ')' || p.peek("OR") || p.peek("AND") || p.peek("NOT") {
				break
			}
		}
		quiet := p.quiet
		p.quiet = quiet || not
		one, err := p.one(depth, not)
		p.quiet = quiet
		if err != nil {
			return "", err
		}
		pending = ""
		switch {
		case one == "": // a limit, or signs without a letter
		case not:
			without = append(without, one)
		default:
			with = append(with, one)
		}
	}
	switch {
	case pending != "":
		return "", syntax("query_operator", map[string]any{"Word": pending})
	case len(without) > 0 && len(with) == 0:
		return "", syntax("query_only_not", nil)
	}
	out := strings.Join(with, " AND ")
	if len(with) > 1 {
		out = "(" + out + ")"
	}
	if len(without) > 0 {
		out = "(" + out + " NOT (" + strings.Join(without, " OR ") + "))"
	}
	return out, nil
}

// one reads brackets, NEAR, a phrase, a limit or a word.
func (p *parser) one(depth int, not bool) (string, error) {
	if p.rest[0] == '(' {
		p.rest = p.rest[1:]
		inner, err := p.either(depth + 1)
		if err != nil {
			return "", err
		}
		rest, closed := strings.CutPrefix(p.rest, ")")
		if !closed {
			return "", syntax("query_bracket", nil)
		}
		p.rest = rest
		return inner, nil
	}
	if strings.HasPrefix(p.rest, "NEAR(") {
		return p.near()
	}
	if name, value, err := p.limit(); name != "" || err != nil {
		if err == nil && (not || p.quiet || depth > 0) {
			err = syntax("query_limit_inside", map[string]any{"Limit": name})
		}
		if err == nil {
			err = p.set(name, value)
		}
		return "", err
	}
	ph, err := p.phrase()
	if err != nil || len(ph.words) == 0 {
		return "", err
	}
	return ph.String(), nil
}

// limit takes a limit off: its name, with the colon, and its value; "" if none
// stands there.
func (p *parser) limit() (name, value string, err error) {
	for _, name := range []string{"in:", "by:", "section:"} {
		if len(p.rest) < len(name) || !strings.EqualFold(p.rest[:len(name)], name) {
			continue
		}
		p.rest = p.rest[len(name):]
		if strings.HasPrefix(p.rest, `"`) {
			value, err = p.quoted()
		} else {
			value = p.word()
		}
		if err == nil && strings.TrimSpace(value) == "" {
			err = syntax("query_limit_empty", map[string]any{"Limit": name})
		}
		return name, strings.TrimSpace(value), err
	}
	return "", "", nil
}

func (p *parser) set(name, value string) error {
	at := map[string]*string{"in:": &p.q.In, "by:": &p.q.By, "section:": &p.q.Section}[name]
	if *at != "" {
		return syntax("query_limit_twice", map[string]any{"Limit": name})
	}
	*at = value
	return nil
}

// word takes what is written without a space.
func (p *parser) word() string {
	end := strings.IndexFunc(p.rest, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == '(' || r == ')' || r == '"'
	})
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

// quoted takes what stands between quotation marks.
func (p *parser) quoted() (string, error) {
	inner, rest, closed := strings.Cut(p.rest[1:], `"`)
	if !closed {
		return "", syntax("query_quote", nil)
	}
	p.rest = rest
	return inner, nil
}

// phrase reads a word or a phrase; it is empty if no letter or figure is in it.
func (p *parser) phrase() (ph phrase, err error) {
	var text string
	if p.rest[0] == '"' {
		if text, err = p.quoted(); err != nil {
			return ph, err
		}
		rest := strings.TrimLeft(p.rest, "*")
		ph.prefix, p.rest = rest != p.rest, rest
	} else {
		word := p.word()
		text = strings.TrimRight(word, "*")
		ph.prefix = text != word
	}
	var all []token
	tokenize(text, func(t token) { all = append(all, t) })
	if len(all) == 0 {
		return phrase{}, nil
	}
	if n := len(all); n > 1 && all[n-1].dense && all[n-2].dense && all[n-2].end == all[n-1].end {
		all = all[:n-1] // the run may go on in the text
	} else if all[n-1].dense {
		ph.prefix = true // a lone character begins a pair, or ends a run
	} else if ph.prefix && utf8.RuneCountInString(all[n-1].text) < 2 {
		return phrase{}, syntax("query_prefix_short", nil)
	}
	if p.terms += len(all); p.terms > maxTerms {
		return phrase{}, syntax("query_terms", map[string]any{"Max": maxTerms})
	}
	for _, t := range all {
		ph.words = append(ph.words, t.text)
	}
	if !p.quiet {
		p.q.marks = append(p.q.marks, ph)
	}
	return ph, nil
}

// near reads NEAR(a b, N).
func (p *parser) near() (string, error) {
	bad := syntax("query_near", nil)
	p.rest = p.rest[len("NEAR("):]
	var phrases []string
	within := nearWithin
	for {
		p.space()
		switch {
		case p.rest == "" || p.rest[0] == '(' || strings.HasPrefix(p.rest, "NEAR("):
			return "", bad
		case p.rest[0] == ')':
			p.rest = p.rest[1:]
			if len(phrases) < 2 {
				return "", bad
			}
			return "NEAR(" + strings.Join(phrases, " ") + ", " + strconv.Itoa(within) + ")", nil
		case p.rest[0] == ',':
			inner, rest, closed := strings.Cut(p.rest[1:], ")")
			n, err := strconv.Atoi(strings.TrimSpace(inner))
			if !closed || err != nil || n < 0 || n > maxNear {
				return "", bad
			}
			within, p.rest = n, ")"+rest
			continue
		}
		// A comma ends a word here, and nowhere else.
		after := ""
		if p.rest[0] != '"' {
			if i := strings.IndexByte(p.rest, ','); i >= 0 {
				p.rest, after = p.rest[:i], p.rest[i:]
			}
		}
		ph, err := p.phrase()
		if err != nil {
			return "", err
		}
		p.rest += after
		if len(ph.words) > 0 {
			phrases = append(phrases, ph.String())
		}
	}
}
