package commands

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"lectern/library"
	"lectern/library/search"
	"lectern/storage"
)

// offeredPlaces is how many works are offered where what somebody limits a search
// to stands in others.
const offeredPlaces = 3

// limits are the works and the runs of passages that a query is limited to. What
// is refused comes with queries that are not.
func (k *Desk) limits(ctx context.Context, shelf *library.Shelf, q search.Query) ([]*library.Entry, []search.Range, error) {
	works := shelf.Works()
	if q.In != "" {
		e, err := shelf.Find(q.In)
		if err != nil {
			return nil, nil, limited(&q, "in:", err)
		}
		works = []*library.Entry{e}
	}
	if q.By != "" {
		by := worksBy(works, q.By)
		if len(by) == 0 {
			return nil, nil, noAuthor(&q, shelf.Works(), works)
		}
		works = by
	}
	var ranges []search.Range
	if q.Section == "" {
		for _, e := range works {
			if e.Passages > 0 {
				ranges = append(ranges, search.Range{First: e.FirstID, Last: e.LastID()})
			}
		}
		return works, ranges, nil
	}
	// Few works have such a section, and only those are opened.
	having, err := k.havingSection(ctx, works, q.Section)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range having {
		o, err := shelf.Outline(e)
		if err != nil {
			return nil, nil, err
		}
		for _, s := range o.FindSections(q.Section) {
			if first, last := o.Span(s); first >= 0 {
				ranges = append(ranges, search.Range{First: o.Passages[first].ID, Last: o.Passages[last].ID})
			}
		}
	}
	if len(ranges) == 0 {
		return nil, nil, k.noSection(ctx, &q, shelf.Works(), works)
	}
	return works, ranges, nil
}

// limited is an error about the name in a limit, whose suggestions are names, with
// the query as it would be with each.
func limited(q *search.Query, limit string, err error) error {
	le, ok := errors.AsType[*library.Error](err)
	if !ok {
		return err
	}
	e := *le
	e.Suggestions = nil
	for _, s := range le.Suggestions {
		e.Suggestions = append(e.Suggestions, library.Suggestion{Citation: q.WithLimit(limit, s.Citation), Label: s.Label})
	}
	return &e
}

// worksBy are the works whose author a name is: a piece of the author's, or words
// that begin words of it, in whatever order.
func worksBy(works []*library.Entry, name string) (out []*library.Entry) {
	name = library.Fold(name)
	for _, e := range works {
		author := library.Fold(e.Author)
		if name != "" && (strings.Contains(author, name) || namesAuthor(strings.Fields(name), strings.Fields(author))) {
			out = append(out, e)
		}
	}
	return out
}

// namesAuthor reports whether each word of a name begins one of an author's, or
// has it for its initial: not every word does.
func namesAuthor(name, author []string) bool {
	begins := false
	for _, w := range name {
		switch {
		case slices.ContainsFunc(author, func(a string) bool { return len(a) > 1 && strings.HasPrefix(a, w) }):
			begins = true
		case !slices.ContainsFunc(author, func(a string) bool { return a == w || len(a) == 1 && strings.HasPrefix(w, a) }):
			return false
		}
	}
	return begins
}

// noAuthor is the error for a name that no author of some works has: who of the
// shelf has it, or whose name is nearest.
func noAuthor(q *search.Query, all, works []*library.Entry) error {
	if others := worksBy(all, q.By); len(others) > 0 {
		e := &library.Error{Code: library.NotFound, Reason: "author_of_others", Args: map[string]any{"Name": q.By, "Author": onlyAuthor(others), "Work": someAliases(works), "Works": someAliases(others)}}
		e.Suggestions = []library.Suggestion{{Citation: q.WithLimit("in:", "")}, {Citation: q.WithLimit("by:", "")}}
		return e
	}
	e := &library.Error{Code: library.NotFound, Reason: "no_such_author", Args: map[string]any{"Name": q.By}}
	for _, some := range [][]*library.Entry{works, all} {
		var words []string
		for _, o := range some {
			words = append(words, strings.Fields(library.Fold(o.Author))...)
		}
		name := respelled(q.By, words)
		by := worksBy(some, name)
		if len(by) == 0 {
			continue
		}
		instead := q.WithLimit("by:", name)
		if len(worksBy(works, name)) == 0 { // nor does the other limit let them through
			other, err := search.Parse(instead)
			if err != nil {
				return e
			}
			instead = other.WithLimit("in:", "")
		}
		e.Suggestions = []library.Suggestion{{Citation: instead, Label: cmp.Or(onlyAuthor(by), name)}}
		break
	}
	return e
}

// onlyAuthor is the author of some works, "" where they have several.
func onlyAuthor(works []*library.Entry) string {
	if slices.ContainsFunc(works, func(o *library.Entry) bool { return o.Author != works[0].Author }) {
		return ""
	}
	return works[0].Author
}

// noSection is the error for a title that no section of some works has: which
// works of the shelf have it, or which is nearest.
func (k *Desk) noSection(ctx context.Context, q *search.Query, all, works []*library.Entry) error {
	e := &library.Error{Code: library.NotFound, Reason: "no_such_section_anywhere", Args: map[string]any{"Place": q.Section}}
	if len(works) < len(all) {
		e.Args["Work"] = someAliases(works)
		others, err := k.havingSection(ctx, all, q.Section)
		if err != nil {
			return err
		}
		if len(others) > 0 {
			e.Reason, e.Args["Works"] = "section_of_others", someAliases(others)
			anyone, err := search.Parse(q.WithLimit("by:", ""))
			if err != nil {
				return e
			}
			for _, o := range others[:min(len(others), offeredPlaces)] {
				e.Suggestions = append(e.Suggestions, library.Suggestion{Citation: anyone.WithLimit("in:", o.Alias())})
			}
			return e
		}
	}
	var words []string
	if err := k.eachOutline(ctx, works, func(_ *library.Entry, o *library.Outline) {
		for i := range o.Sections {
			words = append(words, strings.Fields(library.Fold(o.Sections[i].Title))...)
		}
	}); err != nil {
		return err
	}
	name := respelled(q.Section, words)
	if name == "" {
		return e
	}
	if having, err := k.havingSection(ctx, works, name); err != nil || len(having) == 0 {
		return errors.Join(err, e)
	}
	e.Suggestions = []library.Suggestion{{Citation: q.WithLimit("section:", name), Label: name}}
	return e
}

// respelled is a name with each word that begins none of some others written as
// the nearest of them; "" where one has none near.
func respelled(name string, words []string) string {
	slices.Sort(words)
	words = slices.Compact(words)
	var out []string
	for w := range strings.FieldsSeq(library.Fold(name)) {
		if i, _ := slices.BinarySearch(words, w); i == len(words) || !strings.HasPrefix(words[i], w) {
			if w = search.Nearest(w, words); w == "" {
				return ""
			}
		}
		out = append(out, w)
	}
	return strings.Join(out, " ")
}

// havingSection are those of some works that have a section of a name, by one read
// of all their headings.
func (k *Desk) havingSection(ctx context.Context, works []*library.Entry, name string) ([]*library.Entry, error) {
	has := map[*library.Entry]bool{}
	err := k.eachOutline(ctx, works, func(e *library.Entry, o *library.Outline) {
		if len(o.FindSections(name)) > 0 {
			has[e] = true
		}
	})
	return slices.DeleteFunc(slices.Clone(works), func(e *library.Entry) bool { return !has[e] }), err
}

// eachOutline calls fn with the headings of some works that have passages.
func (k *Desk) eachOutline(ctx context.Context, works []*library.Entry, fn func(*library.Entry, *library.Outline)) error {
	byText := make(map[int64]*library.Entry, len(works))
	for _, e := range works {
		if e.Passages > 0 {
			byText[e.Text] = e
		}
	}
	return k.DB.Read(ctx, func(tx *storage.Tx) error {
		return tx.EachHeadings(ctx, func(text int64, sections []library.Section) {
			e := byText[text]
			if e == nil {
				return
			}
			o := &library.Outline{Meta: e.Meta, Sections: sections}
			o.Index()
			fn(e, o)
		})
	})
}
