package commands

import (
	"context"
	"strings"

	"lectern/bot"
	"lectern/library"
	"lectern/library/search"
	"lectern/storage"
)

// snippetWidth is how much of a passage a hit shows, in characters.
const snippetWidth = 220

// Found is a page of what a search found on a shelf.
type Found struct {
	Total int
	Hits  []FoundHit
}

// A FoundHit is a passage that matches.
type FoundHit struct {
	Work     *library.Outline
	Spot     *library.Spot
	Citation string
	Section  string // the path of its section
	Score    float64
	Text     string
	Snippet  []search.Piece
}

// Marked is the snippet with the words that match marked.
func (f *FoundHit) Marked() bot.Spans {
	var out bot.Spans
	for _, p := range f.Snippet {
		s := bot.Span{Text: p.Text}
		if p.Hit {
			s.Style = bot.Marked
		}
		out = append(out, s)
	}
	return out
}

// Search finds the passages of a shelf that match a query. It brings the index
// in step with the library first, if another process changed it.
func (k *Desk) Search(ctx context.Context, shelf *library.Shelf, query string, limit, offset int) (found Found, err error) {
	q, err := search.Parse(query)
	if err != nil {
		return found, err
	}
	works, ranges, err := limits(shelf, q)
	if err != nil {
		return found, err
	}
	stale := false
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		stale, err = search.Stale(ctx, tx.SQL())
		return err
	})
	if err != nil {
		return found, err
	}
	if stale {
		if err := k.Sync(ctx); err != nil {
			return found, err
		}
	}
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		r, err := search.Search(ctx, tx.SQL(), q, ranges, limit, offset)
		if err != nil {
			return err
		}
		found = Found{Total: r.Total}
		for _, h := range r.Hits {
			o, at := locate(works, h.Passage)
			if o == nil {
				continue // the library changed since the shelf was read
			}
			texts, err := tx.PassagesByID(ctx, []int64{h.Passage})
			if err != nil {
				return err
			}
			spot := &o.Passages[at]
			found.Hits = append(found.Hits, FoundHit{Work: o, Spot: spot, Citation: o.CiteAt(at), Section: o.SectionPath(spot.Section), Score: h.Score,
				Text: texts[0].Text, Snippet: q.Snippet(texts[0].Text, snippetWidth)})
		}
		return nil
	})
	return found, err
}

// Sync brings the index in step with the library, a little at a time, so that
// others can write meanwhile.
func (k *Desk) Sync(ctx context.Context) error {
	for done := false; !done; {
		err := k.DB.Write(ctx, func(tx *storage.Tx) (err error) {
			done, err = search.Step(ctx, tx.SQL())
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Reindex builds the index anew.
func (k *Desk) Reindex(ctx context.Context) error {
	if err := k.DB.Write(ctx, func(tx *storage.Tx) error { return search.Drop(ctx, tx.SQL()) }); err != nil {
		return err
	}
	return k.Sync(ctx)
}

// limits are the works and the runs of passages that a query is limited to.
func limits(shelf *library.Shelf, q search.Query) ([]*library.Outline, []search.Range, error) {
	works := shelf.Works()
	if q.In != "" {
		o, err := shelf.Work(q.In)
		if err != nil {
			return nil, nil, err
		}
		works = []*library.Outline{o}
	}
	if q.By != "" {
		var by []*library.Outline
		for _, o := range works {
			if strings.Contains(library.Fold(o.Author), library.Fold(q.By)) {
				by = append(by, o)
			}
		}
		if len(by) == 0 {
			return nil, nil, &library.Error{Code: library.NotFound, Reason: "no_such_author", Args: map[string]any{"Name": q.By}}
		}
		works = by
	}
	var ranges []search.Range
	for _, o := range works {
		if len(o.Passages) == 0 {
			continue
		}
		if q.Section == "" {
			ranges = append(ranges, search.Range{First: o.Passages[0].ID, Last: o.Passages[len(o.Passages)-1].ID})
			continue
		}
		for _, s := range o.FindSections(q.Section) {
			if first, last := o.Span(s); first >= 0 {
				ranges = append(ranges, search.Range{First: o.Passages[first].ID, Last: o.Passages[last].ID})
			}
		}
	}
	if q.Section != "" && len(ranges) == 0 {
		return nil, nil, &library.Error{Code: library.NotFound, Reason: "no_such_section_anywhere", Args: map[string]any{"Place": q.Section}}
	}
	return works, ranges, nil
}

// locate finds a passage by its id.
func locate(works []*library.Outline, id int64) (*library.Outline, int) {
	for _, o := range works {
		if n := len(o.Passages); n > 0 && o.Passages[0].ID <= id && id <= o.Passages[n-1].ID {
			return o, int(id - o.Passages[0].ID)
		}
	}
	return nil, 0
}
