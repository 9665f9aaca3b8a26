package search

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// minus reports whether a - stands next that other languages of queries have for
// NOT: right before a word, a phrase or a bracket.
func (p *parser) minus() bool {
	rest, ok := strings.CutPrefix(p.rest, "-")
	r, _ := utf8.DecodeRuneInString(rest)
	return ok && (unicode.IsLetter(r) || r == '"' || r == '(')
}

// ahead is the word, the phrase or the bracket that stands next, for a sentence.
func (p *parser) ahead() string {
	if strings.HasPrefix(p.rest, `"`) {
		if inner, _, closed := strings.Cut(p.rest[1:], `"`); closed {
			return `"` + inner + `"`
		}
	}
	if strings.HasPrefix(p.rest, "(") {
		return "(…)"
	}
	return p.word()
}

// slop takes off the ~5 that other languages have behind a phrase.
func (p *parser) slop() (n string, ok bool) {
	rest, ok := strings.CutPrefix(p.rest, "~")
	n = rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	if !ok || n == "" {
		return "", false
	}
	p.rest = rest[len(n):]
	return n, true
}

// between is the error for NEAR that stands between two words, as other languages
// have it; nil where it opens a bracket. The word before begins at last, -1 for
// none.
func (p *parser) between(last int) error {
	if _, ok := p.nearOpens(); ok {
		return nil
	}
	at := p.at()
	p.rest = p.rest[len("NEAR"):]
	args := map[string]any{"Sign": "NEAR"}
	n := ""
	if after, ok := strings.CutPrefix(p.rest, "/"); ok {
		p.rest = after
		if n = p.word(); strings.Trim(n, "0123456789") != "" {
			return syntax("query_near_sign", args)
		}
	}
	p.space()
	if last < 0 || p.rest == "" || p.rest[0] == '(' || p.rest[0] == ')' {
		return syntax("query_near_sign", args)
	}
	from := p.at()
	if two, err := p.phrase(); err != nil || two == nil {
		return syntax("query_near_sign", args)
	}
	instead := p.whole[:last] + "NEAR(" + strings.TrimSpace(p.whole[last:at]) + " " + p.whole[from:p.at()]
	if n != "" {
		instead += ", " + n
	}
	return rather("query_near_sign", args, instead+")"+p.rest)
}

// nearOpens reports whether NEAR and its bracket stand next, and how long they
// are.
func (p *parser) nearOpens() (int, bool) {
	rest, ok := strings.CutPrefix(p.rest, "NEAR")
	open := strings.TrimLeftFunc(rest, unicode.IsSpace)
	return len(p.rest) - len(open) + 1, ok && strings.HasPrefix(open, "(")
}

// near reads NEAR(a b, N), from which opens bytes open it. Commas may part the
// words too, where they part all of them.
func (p *parser) near(opens int) (*expr, error) {
	from := p.at()
	p.rest = p.rest[opens:]
	p.listed = true
	defer func() { p.listed = false }()
	out := &expr{op: isNear, within: nearWithin}
	var either [][]string // what was typed for each, and what may stand for it after OR
	var after string      // a distance, as it was typed
	commas, group, longest := 0, 0, 0
	or := false
	for {
		p.space()
		switch {
		case p.rest == "":
			return nil, syntax("query_near", nil)
		case p.rest[0] == ')':
			p.rest = p.rest[1:]
			switch {
			case or || len(either) < 2:
				return nil, syntax("query_near", nil)
			case commas > 0 && longest > 1:
				return nil, syntax("query_near_number", map[string]any{"Max": maxWithin})
			case len(either) < len(out.phrases):
				return nil, p.nearEither(from, either, after)
			}
			return out, nil
		case p.rest[0] == ',':
			inner, _, closed := strings.Cut(p.rest[1:], ")")
			if n := strings.TrimSpace(inner); closed && number(n) {
				far, err := strconv.Atoi(n)
				switch {
				case len(either) < 2:
					return nil, syntax("query_near", nil)
				case far < 0:
					return nil, syntax("query_near_number", map[string]any{"Max": maxWithin})
				case err != nil || far > maxWithin:
					return nil, syntax("query_near_far", map[string]any{"Max": maxWithin})
				}
				out.within, after = far, ", "+n
				p.rest = p.rest[1+len(inner):]
				continue
			}
			p.rest = p.rest[1:]
			commas, group = commas+1, 0
			continue
		case p.or():
			p.takeOr()
			if or = true; len(either) == 0 {
				return nil, syntax("query_near", nil)
			}
			continue
		case p.take("AND"):
			continue
		case p.rest[0] == '(' || p.minus() || p.peek("NOT") || p.peek("NEAR") || strings.HasPrefix(p.rest, "NEAR("):
			return nil, syntax("query_near_inside", nil)
		}
		start := p.at()
		ph, err := p.phrase()
		if err != nil {
			return nil, err
		}
		if ph == nil {
			continue
		}
		out.phrases = append(out.phrases, ph)
		typed := p.whole[start:p.at()]
		if or {
			or = false
			either[len(either)-1] = append(either[len(either)-1], typed)
			continue
		}
		either = append(either, []string{typed})
		group++
		longest = max(longest, group)
	}
}

// number reports whether s is a number, however long.
func number(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// nearEither is the error for a NEAR, from a place of the query to where the
// parser is, in which some words may stand for others: it offers one NEAR for
// each choice of them.
func (p *parser) nearEither(from int, either [][]string, after string) error {
	all := []string{""}
	for _, some := range either {
		var next []string
		for _, a := range all {
			for _, s := range some {
				next = append(next, strings.TrimSpace(a+" "+s))
			}
		}
		if all = next; len(all) > maxEither {
			return syntax("query_near_or", nil)
		}
	}
	for i := range all {
		all[i] = "NEAR(" + all[i] + after + ")"
	}
	instead := strings.Join(all, " OR ")
	if strings.TrimSpace(p.whole[:from]) != "" || strings.TrimSpace(p.rest) != "" {
		instead = "(" + instead + ")"
	}
	return rather("query_near_or", nil, p.whole[:from]+instead+p.rest)
}
