package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"lectern/library"
)

// Bounds on a query, so that no question is slow.
const (
	maxQuery = 2000 // bytes
	maxTerms = 32
)

// A Query is what somebody looks for. Parse makes one.
type Query struct {
	In, By, Section string // limits, "" for none

	match string   // for FTS5; every term in it is quoted
	marks []marked // what a snippet marks
}

// A marked is a word or the beginning of one, as it is indexed.
type marked struct {
	word   string
	prefix bool
}

func syntax(reason string, args map[string]any) error {
	return &library.Error{Code: library.Syntax, Reason: reason, Args: args}
}

// Parse reads the language of queries: words (all of them), "phrases",
// prefix*, OR, NOT, NEAR(a b, N), in:work, by:author, section:title. What it
// refuses is a *library.Error with code syntax.
func Parse(query string) (Query, error) {
	if len(query) > maxQuery {
		return Query{}, syntax("query_too_long", map[string]any{"Max": maxQuery})
	}
	p := &parser{rest: strings.ToValidUTF8(strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`).Replace(query), " ")}
	if strings.Count(p.rest, `"`)%2 != 0 {
		// A mark that is never closed is left out: the words stay.
		i := strings.LastIndexByte(p.rest, '"')
		p.rest = p.rest[:i] + " " + p.rest[i+1:]
	}
	match, err := p.expression(0)
	if err != nil {
		return Query{}, err
	}
	p.q.match = match
	if match == "" {
		return Query{}, syntax("query_empty", nil)
	}
	return p.q, nil
}

type parser struct {
	rest  string
	q     Query
	terms int
	not   bool // inside a NOT, nothing is marked
}

func (p *parser) space() { p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace) }

// keyword takes an upper-case word off, if it stands there alone.
func (p *parser) keyword(word string) bool {
	rest, ok := strings.CutPrefix(p.rest, word)
	if !ok {
		return false
	}
	if r, _ := utf8.DecodeRuneInString(rest); rest != "" && !unicode.IsSpace(r) && r != '(' && r != '"' {
		return false
	}
	p.rest = rest
	return true
}

// expression reads alternatives: words OR words.
func (p *parser) expression(depth int) (string, error) {
	if depth > 5 {
		return "", syntax("query_nested", nil)
	}
	var either []string
	for {
		all, err := p.conjunction(depth)
		if err != nil {
			return "", err
		}
		if all != "" {
			either = append(either, all)
		}
		p.space()
		if !p.keyword("OR") {
			break
		}
	}
	switch len(either) {
	case 0:
		return "", nil
	case 1:
		return either[0], nil
	}
	return "(" + strings.Join(either, " OR ") + ")", nil
}

// conjunction reads words that must all stand there, without those after NOT.
func (p *parser) conjunction(depth int) (string, error) {
	var all, none []string
	for {
		p.space()
		if p.rest == "" || p.rest[0] == ')' {
			if p.rest != "" && depth == 0 {
				p.rest = p.rest[1:] // one too many
				continue
			}
			break
		}
		if strings.HasPrefix(p.rest, "OR") {
			save := p.rest
			if p.keyword("OR") {
				p.rest = save
				break
			}
		}
		if p.keyword("AND") {
			continue
		}
		not := p.keyword("NOT")
		if not {
			p.space()
			p.not = true
		}
		one, err := p.one(depth)
		p.not = false
		if err != nil {
			return "", err
		}
		switch {
		case one == "":
		case not:
			none = append(none, one)
		default:
			all = append(all, one)
		}
	}
	if len(none) > 0 && len(all) == 0 {
		return "", syntax("query_only_not", nil)
	}
	out := strings.Join(all, " AND ")
	if len(all) > 1 {
		out = "(" + out + ")"
	}
	for _, n := range none {
		out = "(" + out + " NOT " + n + ")"
	}
	return out, nil
}

// one reads a group, NEAR, a phrase, a limit or a word.
func (p *parser) one(depth int) (string, error) {
	switch {
	case p.rest == "":
		return "", nil
	case p.rest[0] == '(':
		p.rest = p.rest[1:]
		inner, err := p.expression(depth + 1)
		p.space()
		p.rest = strings.TrimPrefix(p.rest, ")")
		return inner, err
	case strings.HasPrefix(p.rest, "NEAR("):
		return p.near()
	case p.rest[0] == '"':
		end := strings.IndexByte(p.rest[1:], '"')
		if end < 0 {
			p.rest = p.rest[1:]
			return "", nil
		}
		text := p.rest[1 : 1+end]
		p.rest = p.rest[end+2:]
		prefix := strings.HasPrefix(p.rest, "*")
		p.rest = strings.TrimPrefix(p.rest, "*")
		return p.term(text, prefix)
	}
	end := strings.IndexFunc(p.rest, func(r rune) bool { return unicode.IsSpace(r) || r == '(' || r == ')' || r == '"' })
	if end < 0 {
		end = len(p.rest)
	}
	if end == 0 {
		end = 1
	}
	word := p.rest[:end]
	for name, at := range map[string]*string{"in:": &p.q.In, "by:": &p.q.By, "section:": &p.q.Section} {
		if len(word) < len(name) || !strings.EqualFold(word[:len(name)], name) {
			continue
		}
		value := word[len(name):]
		p.rest = p.rest[end:]
		if value == "" && strings.HasPrefix(p.rest, `"`) {
			if end := strings.IndexByte(p.rest[1:], '"'); end >= 0 {
				value, p.rest = p.rest[1:1+end], p.rest[end+2:]
			}
		}
		if value == "" {
			return "", syntax("query_limit_empty", map[string]any{"Limit": name})
		}
		if *at != "" {
			return "", syntax("query_limit_twice", map[string]any{"Limit": name})
		}
		*at = value
		return "", nil
	}
	p.rest = p.rest[end:]
	text, prefix := strings.CutSuffix(word, "*")
	return p.term(text, prefix)
}

// near reads NEAR(a b, N).
func (p *parser) near() (string, error) {
	p.rest = p.rest[len("NEAR("):]
	end := strings.IndexByte(p.rest, ')')
	inner := p.rest
	if end >= 0 {
		inner, p.rest = p.rest[:end], p.rest[end+1:]
	} else {
		p.rest = ""
	}
	if strings.Contains(inner, "NEAR") || strings.Contains(inner, "(") {
		return "", syntax("query_near", nil)
	}
	words, distance, has := strings.Cut(inner, ",")
	n := "10"
	if has {
		n = strings.TrimSpace(distance)
		if len(n) == 0 || len(n) > 3 || strings.Trim(n, "0123456789") != "" {
			return "", syntax("query_near", nil)
		}
	}
	sub := &parser{rest: words, not: p.not}
	var phrases []string
	for sub.space(); sub.rest != ""; sub.space() {
		t, err := sub.one(5)
		if err != nil {
			return "", err
		}
		if strings.ContainsAny(t, "(") {
			return "", syntax("query_near", nil)
		}
		if t != "" {
			phrases = append(phrases, t)
		}
	}
	p.q.marks = append(p.q.marks, sub.q.marks...)
	if p.terms += sub.terms; p.terms > maxTerms {
		return "", syntax("query_terms", map[string]any{"Max": maxTerms})
	}
	if len(phrases) < 2 {
		return "", syntax("query_near", nil)
	}
	return "NEAR(" + strings.Join(phrases, " ") + ", " + n + ")", nil
}

// term is a word or a phrase as FTS5 takes it, quoted whatever it holds.
func (p *parser) term(text string, prefix bool) (string, error) {
	words := tokens(text)
	if len(words) == 0 {
		return "", nil
	}
	if p.terms += len(words); p.terms > maxTerms {
		return "", syntax("query_terms", map[string]any{"Max": maxTerms})
	}
	if last := words[len(words)-1]; prefix && len([]rune(last)) < 2 && !isDense([]rune(last)[0]) {
		return "", syntax("query_prefix_short", nil)
	}
	// One character of a script without spaces stands at the start of pairs.
	if r := []rune(words[len(words)-1]); len(r) == 1 && isDense(r[0]) {
		prefix = true
	}
	if !p.not {
		for i, w := range words {
			p.q.marks = append(p.q.marks, marked{w, prefix && i == len(words)-1})
		}
	}
	out := `"` + strings.Join(words, " ") + `"`
	if prefix {
		out += "*"
	}
	return out, nil
}
