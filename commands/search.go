package commands

import (
	"context"
	"errors"
	"slices"
	"strconv"

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
	// Works are those that were searched.
	Works []*library.Entry
	// Forms is true where the words as they are stand nowhere and these are
	// passages with other forms of them.
	Forms bool
	// Behind is how many passages of the whole library are still to be indexed,
	// so that this may not be all.
	Behind int64
	// Instead is what would have been found, where nothing was.
	Instead []search.Suggestion
}

// A FoundHit is a passage that matches.
type FoundHit struct {
	storage.Content
	Work     *library.Entry
	Citation string
	Score    float64
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

// muchBehind is how many passages are indexed while somebody waits: a second's
// work. For more they are told that it goes on.
const muchBehind = 50_000

// Search finds the passages of a shelf that match a query. It brings the index
// in step with the library first, if another process changed it; where that
// takes long and KeepIndex is at it, it searches what there is.
func (k *Desk) Search(ctx context.Context, shelf *library.Shelf, query string, limit, offset int) (found Found, err error) {
	q, err := search.Parse(query)
	if err != nil {
		return found, err
	}
	works, ranges, err := k.limits(ctx, shelf, q)
	if err != nil {
		return found, err
	}
	err = k.mending(ctx, func() error {
		found = Found{Works: works}
		return k.indexed(ctx, func(tx *storage.Tx, x *search.Index, behind int64) error {
			found.Behind = behind
			q := q
			r, err := x.Search(ctx, q, ranges, limit, offset)
			if err == nil && r.Total == 0 {
				if other, ok := q.OtherForms(languages(works)); ok {
					q, found.Forms = other, true
					r, err = x.Search(ctx, q, ranges, limit, offset)
				}
			}
			if err != nil {
				return err
			}
			if found.Total = r.Total; r.Total == 0 {
				found.Forms = false
				found.Instead, err = x.Suggest(ctx, q, ranges)
				return err
			}
			ids := make([]int64, len(r.Hits))
			for i, h := range r.Hits {
				ids[i] = h.Passage
			}
			q.Weigh(r)
			contents, err := tx.Contents(ctx, ids)
			if err != nil {
				return err
			}
			for _, h := range r.Hits {
				e, content := holding(shelf, h.Passage), contents[h.Passage]
				if e == nil || content == nil {
					continue // the library changed since the shelf was read
				}
				hit := FoundHit{Content: *content, Work: e, Score: h.Score, Snippet: q.Snippet(content.Text, snippetWidth)}
				if hit.Citation, err = citationOf(shelf, e, &hit.Spot); err != nil {
					return err
				}
				found.Hits = append(found.Hits, hit)
			}
			return nil
		})
	})
	return found, err
}

// languages are those of some works.
func languages(works []*library.Entry) (out []string) {
	for _, o := range works {
		if o.Language != "" && !slices.Contains(out, o.Language) {
			out = append(out, o.Language)
		}
	}
	return out
}

// indexed runs fn with the index, which is brought in step with the library
// first, if it is not. behind is how many passages it lacks nevertheless.
func (k *Desk) indexed(ctx context.Context, fn func(tx *storage.Tx, x *search.Index, behind int64) error) error {
	const tries = 3
	for i := 1; ; i++ {
		again := false
		err := k.DB.Read(ctx, func(tx *storage.Tx) error {
			x, err := k.searches.Open(ctx, tx.SQL())
			if err != nil {
				return err
			}
			behind := int64(0)
			if x.Stale {
				if behind, err = search.Behind(ctx, tx.SQL()); err != nil {
					return err
				}
				if i < tries && !(k.keeping.Load() && behind > muchBehind) {
					again = true
					return nil
				}
			}
			return fn(tx, x, behind)
		})
		if err != nil || !again {
			return err
		}
		if err := k.Sync(ctx, nil); err != nil {
			return err
		}
	}
}

// mending runs fn, and once more with a new index if it finds that the index is
// damaged.
func (k *Desk) mending(ctx context.Context, fn func() error) error {
	err := fn()
	if !errors.Is(err, search.ErrDamaged) {
		return err
	}
	if k.Log != nil {
		k.Log.Warn("the search index is damaged and is built anew", "err", err)
	}
	if err := k.Reindex(ctx, nil); err != nil {
		return err
	}
	return fn()
}

// Sync brings the index in step with the library, a little at a time, so that
// others can write meanwhile. progress, if any, hears how many passages are
// still to be read.
func (k *Desk) Sync(ctx context.Context, progress func(left int64)) error {
	return k.steps(ctx, func(tx *storage.Tx) (*search.Step, error) { return search.Next(ctx, tx.SQL()) }, progress)
}

// Tidy makes the index as small and as fast as it can be.
func (k *Desk) Tidy(ctx context.Context) error {
	return k.steps(ctx, func(tx *storage.Tx) (*search.Step, error) { return search.NextTidy(ctx, tx.SQL()) }, nil)
}

// steps does every step that next prepares. The work is done while others write;
// only what comes of it is written while they wait.
func (k *Desk) steps(ctx context.Context, next func(*storage.Tx) (*search.Step, error), progress func(left int64)) error {
	for {
		var step *search.Step
		err := k.DB.Read(ctx, func(tx *storage.Tx) (err error) {
			step, err = next(tx)
			return err
		})
		if err != nil || step == nil {
			return err
		}
		if progress != nil {
			progress(step.Passages)
		}
		if err := k.DB.Write(ctx, func(tx *storage.Tx) error { return step.Apply(ctx, tx.SQL()) }); err != nil {
			return err
		}
	}
}

// KeepIndex brings the index in step whenever the library changes, builds it
// anew when it is of another version or damaged, and tidies it, until ctx ends.
func (k *Desk) KeepIndex(ctx context.Context) error {
	k.keeping.Store(true)
	defer k.keeping.Store(false)
	for {
		changed := k.DB.Changed()
		err := k.mending(ctx, func() error {
			if err := k.Sync(ctx, nil); err != nil {
				return err
			}
			return k.Tidy(ctx)
		})
		if err == nil {
			err = k.freshQuotes(ctx)
		}
		if err != nil && ctx.Err() == nil {
			k.Log.Error("the search index could not be brought in step", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// Reindex builds both indexes anew, for words and for quotations.
func (k *Desk) Reindex(ctx context.Context, progress func(left int64)) error {
	err := k.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := search.Drop(ctx, tx.SQL()); err != nil {
			return err
		}
		return search.DropQuotes(ctx, tx.SQL())
	})
	if err != nil {
		return err
	}
	if err := k.Sync(ctx, progress); err != nil {
		return err
	}
	if err := k.Tidy(ctx); err != nil {
		return err
	}
	return k.SyncQuotes(ctx, nil)
}

// holding is the work of a shelf in which a passage stands, by its id; nil where
// it is in none.
func holding(shelf *library.Shelf, id int64) *library.Entry {
	for _, e := range shelf.Works() {
		if e.HasID(id) {
			return e
		}
	}
	return nil
}

// citationOf is the canonical citation of a passage. The work is opened only if
// that takes more than its number: ten hits may be of ten works.
func citationOf(shelf *library.Shelf, e *library.Entry, s *library.Spot) (string, error) {
	if s.Number > 0 && e.Scheme == library.ByPassage {
		return e.Alias() + " " + strconv.Itoa(s.Number), nil
	}
	o, err := shelf.Outline(e)
	if err != nil {
		return "", err
	}
	return o.CiteAt(int(s.ID - e.FirstID)), nil
}

// locate finds a passage of a shelf by its id, and opens its work; the outline is
// nil where it is not there.
func locate(shelf *library.Shelf, id int64) (*library.Outline, int, error) {
	e := holding(shelf, id)
	if e == nil {
		return nil, 0, nil
	}
	o, err := shelf.Outline(e)
	return o, int(id - e.FirstID), err
}
