package search

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lectern/library"
)

// Bounds on a query, so that no question is slow.
const (
	maxQuery    = 2000 // characters
	maxTerms    = 64   // tokens
	maxPrefixes = 8    // beginnings of words, each of which may mean thousands
	maxDepth    = 8    // brackets within brackets
	maxWithin   = 999  // words apart
	nearWithin  = 10   // words apart, where the query does not say
	maxEither   = 8    // NEARs that are offered for one with OR in it
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
	text       string
	prefix     bool
	forms      *forms // nil: as it is
	start, end int    // where it stands in what was typed
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
type phrase struct {
	words []word
	raw   string // as it was typed, without marks
}

// between is what was typed between the i-th word and the one before.
func (p *phrase) between(i int) string { return p.raw[p.words[i-1].end:p.words[i].start] }

// possessive reports whether the i-th word is what makes one of the word before:
// the s of "worker's".
func (p *phrase) possessive(i int) bool {
	return i > 0 && p.words[i].text == "s" && slices.Contains([]string{"'", "’", "ʼ", "＇"}, p.between(i))
}

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

// rather is syntax, with what to write instead of a query that has this mistake;
// with nothing if that is no query either.
func rather(reason string, args map[string]any, instead string) error {
	e := &library.Error{Code: library.Syntax, Reason: reason, Args: args}
	if _, err := Parse(instead); err == nil {
		e.Suggestions = []library.Suggestion{{Citation: instead}}
	} else if other, ok := errors.AsType[*library.Error](err); ok {
		e.Suggestions = other.Suggestions // it has another, which was mended too
	}
	return e
}

// Parse reads the language of queries: words (all of them), "phrases",
// prefix*, OR, NOT, NEAR(a b, N), brackets, and the limits in:work, by:author,
// section:title. Signs of other languages are understood where they can mean one
// thing only (| for OR), and refused otherwise with what to write for them. What
// it refuses is a *library.Error with code syntax, whose suggestions are queries.
func Parse(query string) (Query, error) {
	if longer(query, maxQuery) {
		return Query{}, syntax("query_too_long", map[string]any{"Max": maxQuery, "Words": maxTerms})
	}
	p := &parser{whole: quotes.Replace(strings.ToValidUTF8(query, " "))}
	p.rest = p.whole
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
var quotes = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "‟", `"`, "«", `"`, "»", `"`, "＂", `"`, "（", "(", "）", ")", "＊", "*", "｜", "|")

type parser struct {
	whole    string
	rest     string // its end, which is still to be read
	q        Query
	terms    int
	prefixes int
	quiet    bool // after NOT nothing is marked
	listed   bool // within NEAR commas end words
}

// at is where the parser is, in bytes of the whole.
func (p *parser) at() int { return len(p.whole) - len(p.rest) }

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
	return rest == "" || unicode.IsSpace(r) || r == '(' || r == ')' || r == '"' || r == '|' || p.listed && r == ','
}

func (p *parser) take(word string) bool {
	if !p.peek(word) {
		return false
	}
	p.rest = p.rest[len(word):]
	return true
}

// or reports whether OR stands next, or | for it.
func (p *parser) or() bool { return p.peek("OR") || strings.HasPrefix(p.rest, "|") }

// takeOr is what stands next for OR, "" if nothing does.
func (p *parser) takeOr() string {
	if p.take("OR") {
		return "OR"
	}
	rest := strings.TrimLeft(p.rest, "|")
	sign := p.rest[:len(p.rest)-len(rest)]
	p.rest = rest
	return sign
}

// either reads alternatives: words OR words.
func (p *parser) either(depth int) (*expr, error) {
	if depth > maxDepth {
		return nil, syntax("query_nested", map[string]any{"Max": maxDepth})
	}
	var out []*expr
	sign := "" // the last that stood between two
	for {
		all, err := p.all(depth)
		if err != nil {
			return nil, err
		}
		or := p.takeOr()
		if or != "" && depth == 0 {
			p.q.pieces = append(p.q.pieces, piece{text: "OR"})
		}
		if or != "" {
			sign = or
		}
		if all == nil && (or != "" || len(out) > 0) {
			if sign != "OR" {
				return nil, syntax("query_bar", map[string]any{"Sign": sign})
			}
			return nil, syntax("query_operator", map[string]any{"Word": "OR"})
		}
		if all != nil {
			out = append(out, all)
		}
		if or == "" {
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
	last := -1    // where the word or phrase before begins
	for {
		p.space()
		if p.rest == "" || p.rest[0] == ')' || p.or() {
			break
		}
		if p.peek("NEAR") || strings.HasPrefix(p.rest, "NEAR/") {
			if err := p.between(last); err != nil {
				return nil, err
			}
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
			if p.rest == "" || p.rest[0] == ')' || p.or() || p.peek("AND") || p.peek("NOT") {
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
		pending, last = "", -1
		if one != nil && one.op == isPhrase && !not {
			last = len(p.whole) - len(before)
		}
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
	if p.minus() {
		from := p.at()
		p.rest = p.rest[1:]
		if name, _, _ := p.limit(); name != "" {
			return nil, syntax("query_limit_inside", map[string]any{"Limit": name})
		}
		return nil, rather("query_minus", map[string]any{"Word": p.ahead()}, p.whole[:from]+"NOT "+p.whole[from+1:])
	}
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
	if in, ok := p.nearOpens(); ok {
		return p.near(in)
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
	if name = limitOf(p.rest); name == "" {
		return "", "", nil
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

// limits are the names of limits, with their colons.
var limits = []string{"in:", "by:", "section:"}

// limitOf is the name of the limit that a piece of a query is, "" for others.
func limitOf(text string) string {
	for _, name := range limits {
		if len(text) >= len(name) && strings.EqualFold(text[:len(name)], name) {
			return name
		}
	}
	return ""
}

// WithLimit is q as somebody would type it with another value for a limit ("in:",
// "by:", "section:"), or without that limit where the value is "".
func (q *Query) WithLimit(name, value string) string {
	if strings.ContainsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`()"|`, r) }) {
		value = `"` + strings.ReplaceAll(value, `"`, "") + `"`
	}
	var all []string
	if value != "" {
		all = append(all, name+value)
	}
	for _, p := range q.pieces {
		if limitOf(p.text) != name {
			all = append(all, p.text)
		}
	}
	return strings.Join(all, " ")
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
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`()"|`, r) || p.listed && r == ','
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
	from := p.at()
	var text string
	if p.rest[0] == '"' {
		var err error
		if text, err = p.quoted(); err != nil {
			return nil, err
		}
		if n, ok := p.slop(); ok {
			return nil, rather("query_near_sign", map[string]any{"Sign": "~"}, p.whole[:from]+"NEAR("+text+", "+n+")"+p.rest)
		}
		if rest := strings.TrimLeft(p.rest, "*"); rest != p.rest {
			p.rest, text = rest, strings.TrimRightFunc(text, unicode.IsSpace)+"*"
		}
	} else {
		text = p.word()
	}
	text, after, prefix := strings.Cut(text, "*")
	var all []token
	tokenize(text, func(t token) { all = append(all, t) })
	if strings.ContainsFunc(after, inWord) || prefix && len(all) > 0 && strings.TrimRightFunc(text, unicode.IsSpace) != text {
		return nil, syntax("query_star", nil) // within a phrase or a word, or for a whole word
	}
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
	ph := &phrase{raw: text}
	for _, t := range all {
		ph.words = append(ph.words, word{text: t.text, start: t.start, end: t.end})
	}
	ph.words[len(all)-1].prefix = prefix
	if !p.quiet {
		p.q.marks = append(p.q.marks, ph)
	}
	return ph, nil
}
