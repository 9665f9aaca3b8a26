package library

import (
	"slices"
	"strconv"
	"strings"
)

// alignChapters matches the chapters of two outlines. A chapter has no text to be
// known by, but a title, a number, and pages in some edition: whatever two of
// these say the same is the same chapter, then one with the same title; then,
// between the same neighbours, the one that has its number or its pages. One that
// is in no outline any more (it has no number) is looked for last.
func alignChapters(before, now *Work) *aligner {
	a := &aligner{to: fill(len(before.Passages), -1), from: fill(len(now.Passages), -1)}
	old, cur := chapterMarks(before), chapterMarks(now)
	both := func(x, y []string) (out []string) {
		for _, s := range x {
			for _, t := range y {
				out = append(out, s+"\x00"+t)
			}
		}
		return out
	}
	titled := func(m *chapterMark) []string { return m.title }
	for _, marks := range []func(*chapterMark) []string{
		func(m *chapterMark) []string { return both(both(m.title, m.label), m.pages) },
		func(m *chapterMark) []string { return both(m.title, m.label) },
		func(m *chapterMark) []string { return both(m.title, m.pages) },
		func(m *chapterMark) []string { return both(m.label, m.pages) },
		titled,
	} {
		a.matchOnce(old, cur, marks, false)
	}
	a.betweenChapters(old, cur)
	a.matchOnce(old, cur, titled, true)
	return a
}

// A chapterMark is what a chapter is known by; each list is empty where that is
// not known.
type chapterMark struct {
	title, label, pages []string
	gone                bool // it is in an earlier outline only
}

func chapterMarks(w *Work) []chapterMark {
	out := make([]chapterMark, len(w.Passages))
	for i := range w.Passages {
		p, m := &w.Passages[i], &out[i]
		m.gone = p.Number == 0
		title, label := p.Text, p.Label
		if c := w.Contents; c.Has(p.Number, p.Number) {
			title, label = c.Chapters[p.Number-1].Title, c.Chapters[p.Number-1].Label
			m.pages = c.standing(p.Number - 1)
		}
		if s := Fold(title); s != "" {
			m.title = []string{s}
		}
		if s := strings.ToLower(label); s != "" {
			at := strings.LastIndexByte(s, '.') + 1 // "two.iv" and "two.4" are one
			if n, _ := PageNumber(s[at:]); n > 0 {
				s = s[:at] + strconv.Itoa(n)
			}
			m.label = []string{s}
		}
	}
	return out
}

// standing are a chapter's places in the editions, by their names, and in the
// only one of its kind also without, since it may have got another.
func (c *Contents) standing(chapter int) (out []string) {
	alone := map[Unit]int{}
	for _, e := range c.Editions {
		alone[e.Unit]++
	}
	for _, e := range c.Editions {
		x := e.Chapters[chapter]
		if x.Length == 0 {
			continue
		}
		place := "\x00" + string(e.Unit) + "\x00" + x.First + "-" + x.Last + "\x00" + strconv.Itoa(x.Length)
		out = append(out, Fold(e.Name)+place)
		if alone[e.Unit] == 1 && e.Name != "" {
			out = append(out, place)
		}
	}
	return out
}

// matchOnce matches the chapters that bear a mark which no other bears on their
// side.
func (a *aligner) matchOnce(old, cur []chapterMark, marks func(*chapterMark) []string, gone bool) {
	const many = -2
	bearers := func(all []chapterMark, taken []int, gone bool) map[string]int {
		by := map[string]int{}
		for i := range all {
			if taken[i] >= 0 || all[i].gone != gone {
				continue
			}
			for _, s := range marks(&all[i]) {
				if _, ok := by[s]; ok {
					by[s] = many
				} else {
					by[s] = i
				}
			}
		}
		return by
	}
	was := bearers(old, a.to, gone)
	is := bearers(cur, a.from, false)
	for j := range cur {
		if a.from[j] >= 0 {
			continue
		}
		for _, s := range marks(&cur[j]) {
			if i, ok := was[s]; ok && i != many && is[s] == j && a.to[i] < 0 {
				a.match(i, j)
				break
			}
		}
	}
}

// betweenChapters matches what stands between the same neighbours on both sides
// and has the same number or pages: as many as before in their order, and where
// there are more or fewer those whose number cannot be another's, since the
// chapters around them have theirs still.
func (a *aligner) betweenChapters(old, cur []chapterMark) {
	was := 0 // the outline before; what is gone stands behind it
	for was < len(old) && !old[was].gone {
		was++
	}
	shares := func(x, y []string) bool {
		return slices.ContainsFunc(x, func(s string) bool { return slices.Contains(y, s) })
	}
	like := func(i, j int) bool {
		x, y := &old[i], &cur[j]
		return shares(x.label, y.label) || shares(x.pages, y.pages) || len(x.label) == 0 && len(y.label) == 0
	}
	kept := func(i, j int) bool { // the neighbour has the number that it had
		return i < 0 || i == was || slices.Equal(old[i].label, cur[j].label)
	}
	for j := 0; j < len(cur); j++ {
		if a.from[j] >= 0 {
			continue
		}
		end := j
		for end < len(cur) && a.from[end] < 0 {
			end++
		}
		from, to := 0, was
		if j > 0 {
			from = a.from[j-1] + 1
		}
		if end < len(cur) {
			to = a.from[end]
		}
		free := from <= to
		for i := from; i < to; i++ {
			free = free && a.to[i] < 0
		}
		switch {
		case !free:
		case to-from == end-j:
			for k := range end - j {
				if like(from+k, j+k) {
					a.match(from+k, j+k)
				}
			}
		case kept(from-1, j-1) && kept(to, end):
			for k := j; k < end; k++ {
				for i := from; i < to; i++ {
					if a.free(i, k) && shares(old[i].label, cur[k].label) {
						a.match(i, k)
						from = i + 1
						break
					}
				}
			}
		}
		j = end
	}
}
