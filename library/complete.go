package library

import (
	"slices"
	"strings"
)

// A Completion is a citation that completes what is being typed.
type Completion struct {
	Value string // it resolves
	Label string // the value, and what stands there
}

// Complete offers what may follow as somebody types a citation, at most limit:
// works by alias and title; then, once a work is named, its sections; then the
// ¶s of the work or of the section that is named, with their first words. What
// was opened once comes from memory.
func (s *Shelf) Complete(prefix string, limit int) ([]Completion, error) {
	if len(prefix) > maxCitation || limit < 1 {
		return nil, nil
	}
	var room [32]token
	ts := lex(room[:0], prefix)
	spaced := prefix != "" && strings.TrimRight(prefix, " \u00a0\t") != prefix
	ts = trimPlace(ts)
	c := completing{limit: limit}
	// A name is one once something follows it.
	for _, n := range s.namings(nil, ts) {
		if n.tokens == len(ts) && !spaced {
			continue
		}
		works := s.worksOf(&n, ts)
		if len(works) != 1 {
			continue
		}
		o, err := s.Outline(works[0])
		if err != nil {
			return nil, err
		}
		c.places(o, trimPlace(ts[n.tokens:]), spaced)
		if len(c.out) > 0 {
			return c.out, nil
		}
	}
	for _, i := range s.begun(ts, limit) {
		o := s.works[i]
		c.add(o.Alias(), joinLabel(o.Alias(), joinLabel(o.Title, o.Author)))
	}
	return c.out, nil
}

// begun are the works whose alias, title or author the tokens begin, those by
// alias first.
func (s *Shelf) begun(ts []token, limit int) []int32 {
	if len(ts) == 0 {
		out := make([]int32, 0, limit)
		for i := range min(limit, len(s.works)) {
			out = append(out, int32(i))
		}
		return out
	}
	var room [128]byte
	key := string(glue(room[:0], ts))
	var have []int32
	words := strings.Fields(key)
	for k, w := range words {
		if k < len(words)-1 {
			if have = s.narrowBegun(have, k, w); len(have) == 0 {
				return nil
			}
			continue
		}
		have = s.startingWith(have, k, w)
	}
	slices.SortStableFunc(have, func(a, b int32) int {
		rank := func(i int32) int {
			switch o := s.works[i]; {
			case strings.HasPrefix(Fold(o.Alias()), key):
				return 0
			case strings.HasPrefix(o.title, key):
				return 1
			}
			return 2
		}
		return rank(a) - rank(b)
	})
	return have[:min(len(have), limit)]
}

// startingWith are those of have with a word that begins so, however short.
func (s *Shelf) startingWith(have []int32, words int, w string) []int32 {
	var all []int32
	at, _ := slices.BinarySearch(s.sorted, w)
	for ; at < len(s.sorted) && strings.HasPrefix(s.sorted[at], w); at++ {
		all = append(all, s.having[at]...)
	}
	slices.Sort(all)
	if all = slices.Compact(all); words > 0 {
		return intersect(have, all)
	}
	return all
}

// A completing is the list of completions as it grows.
type completing struct {
	out   []Completion
	limit int
}

func (c *completing) full() bool { return len(c.out) >= c.limit }

func (c *completing) add(value, label string) {
	if !c.full() && !slices.ContainsFunc(c.out, func(x Completion) bool { return x.Value == value }) {
		c.out = append(c.out, Completion{Value: value, Label: label})
	}
}

func joinLabel(a, b string) string {
	if b == "" {
		return a
	}
	return a + " · " + b
}

// places offers sections and ¶s of a work that go on from what was typed of a
// place.
func (c *completing) places(o *Outline, rest []token, spaced bool) {
	if len(rest) == 0 {
		// Its sections, and room for the first ¶s.
		for _, i := range o.outermost() {
			if len(c.out) >= c.limit*2/3 {
				break
			}
			c.section(o, i)
		}
		c.passages(o, -1, "")
		return
	}
	// A section that is named whole: what stands in it.
	if last := rest[len(rest)-1]; spaced || last.sign == para {
		head := rest
		if last.sign == para {
			head = rest[:len(rest)-1]
		}
		if len(head) == 0 {
			c.passages(o, -1, "")
			return
		}
		if found := o.sections(head, -1, false); len(found) == 1 {
			for i := range o.Sections {
				if o.Sections[i].Parent == found[0] && len(c.out) < c.limit*2/3 {
					c.section(o, i)
				}
			}
			c.passages(o, found[0], "")
			return
		}
	}
	// A number that is begun, in the work or in a section.
	if last := rest[len(rest)-1]; last.sign == number && !spaced {
		head := rest[:len(rest)-1]
		scope, ok := -1, true
		if k := len(head); k > 0 && head[k-1].sign == para {
			head = head[:k-1]
		}
		if head = trimPlace(head); len(head) > 0 {
			found := o.sections(head, -1, false)
			if ok = len(found) == 1; ok {
				scope = found[0]
			}
		}
		if ok {
			c.passages(o, scope, last.text)
		}
	}
	// A section whose path or title goes on from it.
	var room [128]byte
	key := string(glue(room[:0], rest))
	dotted := strings.ToLower(strings.ReplaceAll(typed(rest), " ", ""))
	for i := range o.Sections {
		if c.full() {
			return
		}
		t := o.folded[i]
		if strings.HasPrefix(strings.ToLower(o.paths[i]), strings.TrimPrefix(dotted, "§")) || key != "" && (strings.HasPrefix(t, key) || strings.Contains(t, " "+key)) {
			c.section(o, i)
		}
	}
	if c.full() || len(c.out) > 0 {
		return
	}
	// What is typed whole already.
	if ref, err := o.resolve(rest); err == nil {
		c.add(ref.Canonical(), ref.label())
	}
}

// outermost are the sections to begin with: those at the top level, then those
// below them.
func (o *Outline) outermost() []int {
	var out []int
	for depth := 1; depth <= 2; depth++ {
		for i := range o.Sections {
			if s := &o.Sections[i]; s.Depth == depth && !s.Lead {
				out = append(out, i)
			}
		}
	}
	return out
}

func (c *completing) section(o *Outline, i int) {
	name := o.SectionName(i)
	s := &o.Sections[i]
	if name == "" || s.First == 0 {
		return
	}
	label := name + " · ¶ " + runOf(s.First, s.Last)
	c.add(o.Alias()+" "+o.nameOf(i), label)
}

// passages offers the ¶s whose number begins with some digits, in a section's
// own count or, for -1, in the work's.
func (c *completing) passages(o *Outline, scope int, digits string) {
	count := o.count(scope)
	one := func(n int) {
		at := o.nth(scope, n)
		p := &o.Passages[o.At(at)]
		c.add(o.Cite(at, at), joinLabel("¶ "+o.numbers(at, at), p.Opening))
	}
	if digits == "" {
		for n := 1; n <= count && !c.full(); n++ {
			one(n)
		}
		return
	}
	first := atoi(digits)
	for low, high := first, first; low <= count && low > 0; low, high = low*10, high*10+9 {
		for n := low; n <= min(high, count) && !c.full(); n++ {
			one(n)
		}
	}
}
