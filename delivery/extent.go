package delivery

import (
	"context"
	"errors"
	"slices"
	"strings"

	"lectern/bot"
	"lectern/library"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// Span names a run of a work's passages: "¶ 12–14", or "ch. 3–5" where only the
// outline is kept. A nil m is a work that is not known.
func Span(v *phrases.Voice, m *library.Meta, first, last int) string {
	if m == nil || !m.Contents.Has(first, last) {
		return v.Range(first, last)
	}
	a, b := m.Contents.Chapters[first-1], m.Contents.Chapters[last-1]
	switch {
	case first == last && a.Label != "":
		return v.Text("chapter.single", "Label", a.Label)
	case first == last:
		return chapterName(v, a)
	case a.Label != "" && b.Label != "":
		return v.Text("chapter.run", "First", a.Label, "Last", b.Label)
	}
	return v.Text("chapter.between", "First", chapterName(v, a), "Last", chapterName(v, b))
}

func chapterName(v *phrases.Voice, c library.ChapterName) string {
	if c.Label != "" {
		return v.Text("chapter.single", "Label", c.Label)
	}
	return v.Text("chapter.titled", "Title", bot.Clean(c.Title, 60))
}

// Extent says how long a run of a work's passages is: "897 words", or where it
// stands in each edition where only the outline is kept, as "pp. 41–96 (Penguin
// 1990) / 75 minutes (audiobook)"; "" where none says.
func Extent(v *phrases.Voice, m *library.Meta, first, last, words int) string {
	if m == nil || !m.Contents.Has(first, last) {
		return v.Text("count.words", "Count", words)
	}
	var out []string
	for i := range m.Contents.Editions {
		e := &m.Contents.Editions[i]
		x := e.Run(first, last)
		if x.Length == 0 {
			continue
		}
		where := v.Text("count.minutes", "Count", x.Length)
		if e.Unit == library.Pages {
			where = v.Text("chapter.pages", "First", x.First, "Last", x.Last)
		}
		if e.Name != "" {
			where = v.Text("chapter.edition", "Where", where, "Name", bot.Clean(e.Name, 80))
		}
		out = append(out, where)
	}
	return strings.Join(out, v.Text("chapter.or"))
}

// Size says how much a whole work holds: "2 sections, 16 passages, 1,123 words",
// or its chapters and where they stand.
func Size(v *phrases.Voice, m *library.Meta, n library.Counts) []string {
	if m.OutlineOnly() {
		out := []string{v.Text("count.chapters", "Count", n.Passages)}
		if x := Extent(v, m, 1, n.Passages, n.Words); x != "" {
			out = append(out, x)
		}
		return out
	}
	return []string{v.Text("count.sections", "Count", n.Sections), v.Text("count.passages", "Count", n.Passages), v.Text("count.words", "Count", n.Words)}
}

// Lengths are what Extent says of each portion of a reading. timed reports whether
// its reading time means anything: of a work without pages and times it does not.
func Lengths(v *phrases.Voice, work func(library.WorkID) *library.Meta, portions []reading.Portion) (said string, timed bool) {
	var out []string
	words := 0
	for _, p := range portions {
		m := work(p.Work)
		if m == nil || !m.Contents.Has(p.First, p.Last) {
			words += p.Words
			continue
		}
		if x := Extent(v, m, p.First, p.Last, p.Words); x != "" {
			out = append(out, x)
		}
		timed = timed || m.Contents.Measured()
	}
	if words > 0 {
		out = append([]string{v.Text("count.words", "Count", words)}, out...)
	}
	return strings.Join(out, "; "), timed || words > 0
}

// Ranges are the passages of portions, with the works' names where several are
// read.
func Ranges(v *phrases.Voice, work func(library.WorkID) *library.Meta, portions []reading.Portion, named bool) string {
	var out []string
	for _, p := range portions {
		which := Span(v, work(p.Work), p.First, p.Last)
		if m := work(p.Work); named && m != nil && len(m.Aliases) > 0 {
			which = m.Aliases[0] + " " + which
		}
		out = append(out, which)
	}
	return strings.Join(out, "; ")
}

// Works finds what is known of the works of portions, for Ranges and Lengths.
func Works(ctx context.Context, tx *storage.Tx, portions ...[]reading.Portion) (func(library.WorkID) *library.Meta, error) {
	known := map[library.WorkID]*library.Meta{}
	for _, p := range slices.Concat(portions...) {
		if known[p.Work] != nil {
			continue
		}
		m, err := tx.WorkMeta(ctx, p.Work)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return nil, err
		}
		known[p.Work] = &m
	}
	return func(id library.WorkID) *library.Meta { return known[id] }, nil
}

// WorksOf is Works for all the readings of plans.
func WorksOf(ctx context.Context, tx *storage.Tx, plans ...*reading.Plan) (func(library.WorkID) *library.Meta, error) {
	var all [][]reading.Portion
	for _, p := range plans {
		for i := range p.Readings {
			all = append(all, p.Readings[i].Portions, p.Readings[i].Short)
		}
	}
	return Works(ctx, tx, all...)
}

// numbered reports whether a post that would explain ¶ has some to explain.
func numbered(ctx context.Context, tx *storage.Tx, x *reading.Reading, would bool) (bool, error) {
	if !would || len(x.Portions) == 0 {
		return false, nil
	}
	works, err := Works(ctx, tx, x.Portions[:1])
	return err == nil && !works(x.Portions[0].Work).OutlineOnly(), err
}
