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
	maxQuery    = 2000 // bytes
	maxTerms    = 64   // tokens
	maxPrefixes = 8    // beginnings of words, each of which may mean thousands
	maxDepth    = 8    // brackets within brackets
	maxWithin   = 999  // words apart
	nearWithin  = 10   // words apart, where the query does not say
)

// A Query is what somebody looks for. Parse makes one.
type Query struct {
	In, By, Section string // limits, "" for none

	tree    *expr
	marks   []*phrase
	weights []float32 // of marks, none where it is not known how rare they are
	pieces  []piece
}

// A word is a token, or all that begin with it, or those of them that are forms
// of one word.
type word struct {
	text   string
	prefix bool
	forms  *forms // nil: as it is
}

// exact reports whether w is one token.
func (w *word) exact() bool { return !w.prefix && w.forms == nil }

// matches reports whether a token is one that w means.
func (w *word) matches(token string) bool {
	switch {
	case w.forms != nil:
		return w.forms.has(token)
	case w.prefix:
		return strings.HasPrefix(token, w.text)
	}
	return token == w.text
}

// A phrase is words that follow one another.
type phrase struct{ words []word }

type operator byte

const (
	isPhrase operator = iota // phrases[0]
	isNear                   // phrases, with no more than within tokens between
	isAll                    // of args
	isAny                    // of args
	isBut                    // the first of args and none of the others
)

// An expr is a query or a part of one.
type expr struct {
	op      operator
	phrases []*phrase
	within  int
	args    []*expr
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
	tree, err := p.either(0)
	if err == nil && p.rest != "" { // only a bracket ends it
		err = syntax("query_bracket", nil)
	}
	if err == nil && tree == nil {
		err = syntax("query_empty", nil)
	}
	if err != nil {
		return Query{}, err
	}
	p.q.tree = tree
	return p.q, nil
}

// quotes are the marks that telephones and other languages put for ".
var quotes = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "‟", `"`, "«", `"`, "»", `"`, "＂", `"`, "（", "(", "）", ")", "＊", "*")

type parser struct {
	rest     string
	q        Query
	terms    int
	prefixes int
	quiet    bool // after NOT nothing is marked
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
func (p *parser) either(depth int) (*expr, error) {
	if depth > maxDepth {
		return nil, syntax("query_nested", nil)
	}
	var out []*expr
	for {
		all, err := p.all(depth)
		if err != nil {
			return nil, err
		}
		again := p.take("OR")
		if again && depth == 0 {
			p.q.pieces = append(p.q.pieces, piece{text: "OR"})
		}
		if all == nil && (again || len(out) > 0) {
			return nil, syntax("query_operator", map[string]any{"Word": "OR"})
		}
		if all != nil {
			out = append(out, all)
		}
		if !again {
			break
		}
	}
	return join(isAny, out), nil
}

// join is some expressions under an operator, or the only one; nil for none.
func join(op operator, args []*expr) *expr {
	switch len(args) {
	case 0:
		return nil
	case 1:
		return args[0]
	}
	return &expr{op: op, args: args}
}

// all reads what must all be there, without what comes after NOT. It ends
// before OR, a closing bracket or the end.
func (p *parser) all(depth int) (*expr, error) {
	var with, without []*expr
	pending := "" // an operator that wants something after it
	for {
		p.space()
		if p.rest == "" || p.rest[0] == ')' || p.peek("OR") {
			break
		}
		if p.take("AND") {
			if len(with)+len(without) == 0 || pending != "" {
				return nil, syntax("query_operator", map[string]any{"Word": "AND"})
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
		quiet, before := p.quiet, p.rest
		p.quiet = quiet || not
		one, err := p.one(depth, not)
		p.quiet = quiet
		if err != nil {
			return nil, err
		}
		pending = ""
		if depth == 0 {
			at := piece{text: before[:len(before)-len(p.rest)], needed: one != nil && !not}
			if at.needed && one.op == isPhrase {
				at.phrase = one.phrases[0]
			}
			if not {
				at.text = "NOT " + at.text
			}
			p.q.pieces = append(p.q.pieces, at)
		}
		switch {
		case one == nil: // a limit, or signs without a letter
		case not:
			without = append(without, one)
		default:
			with = append(with, one)
		}
	}
	switch {
	case pending != "":
		return nil, syntax("query_operator", map[string]any{"Word": pending})
	case len(without) > 0 && len(with) == 0:
		return nil, syntax("query_only_not", nil)
	}
	out := join(isAll, with)
	if len(without) > 0 {
		out = &expr{op: isBut, args: append([]*expr{out}, without...)}
	}
	return out, nil
}

// one reads brackets, NEAR, a phrase, a limit or a word.
func (p *parser) one(depth int, not bool) (*expr, error) {
	if p.rest[0] == '(' {
		p.rest = p.rest[1:]
		inner, err := p.either(depth + 1)
		if err != nil {
			return nil, err
		}
		rest, closed := strings.CutPrefix(p.rest, ")")
		if !closed {
			return nil, syntax("query_bracket", nil)
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
		return nil, err
	}
	ph, err := p.phrase()
	if err != nil || ph == nil {
		return nil, err
	}
	return &expr{op: isPhrase, phrases: []*phrase{ph}}, nil
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

// phrase reads a word or a phrase; it is nil if no letter or figure is in it.
func (p *parser) phrase() (*phrase, error) {
	var text string
	var prefix bool
	if p.rest[0] == '"' {
		var err error
		if text, err = p.quoted(); err != nil {
			return nil, err
		}
		rest := strings.TrimLeft(p.rest, "*")
		prefix, p.rest = rest != p.rest, rest
	} else {
		typed := p.word()
		text = strings.TrimRight(typed, "*")
		prefix = text != typed
	}
	var all []token
	tokenize(text, func(t token) { all = append(all, t) })
	if len(all) == 0 {
		return nil, nil
	}
	if n := len(all); n > 1 && all[n-1].dense && all[n-2].dense && all[n-2].end == all[n-1].end {
		all = all[:n-1] // the run may go on in the text
	} else if all[n-1].dense {
		prefix = true // a lone character begins a pair, or ends a run
	} else if prefix && utf8.RuneCountInString(all[n-1].text) < 2 {
		return nil, syntax("query_prefix_short", nil)
	}
	if p.terms += len(all); p.terms > maxTerms {
		return nil, syntax("query_terms", map[string]any{"Max": maxTerms})
	}
	if prefix {
		if p.prefixes++; p.prefixes > maxPrefixes {
			return nil, syntax("query_prefixes", map[string]any{"Max": maxPrefixes})
		}
	}
	ph := &phrase{}
	for _, t := range all {
		ph.words = append(ph.words, word{text: t.text})
	}
	ph.words[len(all)-1].prefix = prefix
	if !p.quiet {
		p.q.marks = append(p.q.marks, ph)
	}
	return ph, nil
}

// near reads NEAR(a b, N).
func (p *parser) near() (*expr, error) {
	bad := syntax("query_near", nil)
	p.rest = p.rest[len("NEAR("):]
	out := &expr{op: isNear, within: nearWithin}
	for {
		p.space()
		switch {
		case p.rest == "" || p.rest[0] == '(' || strings.HasPrefix(p.rest, "NEAR("):
			return nil, bad
		case p.rest[0] == ')':
			p.rest = p.rest[1:]
			if len(out.phrases) < 2 {
				return nil, bad
			}
			return out, nil
		case p.rest[0] == ',':
			inner, rest, closed := strings.Cut(p.rest[1:], ")")
			n, err := strconv.Atoi(strings.TrimSpace(inner))
			if !closed || err != nil || n < 0 || n > maxWithin {
				return nil, bad
			}
			out.within, p.rest = n, ")"+rest
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
			return nil, err
		}
		p.rest += after
		if ph != nil {
			out.phrases = append(out.phrases, ph)
		}
	}
}
