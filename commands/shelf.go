package commands

import (
	"container/list"
	"context"
	"errors"
	"sync"

	"lectern/bot"
	"lectern/library"
	"lectern/storage"
)

// shelves keeps the shelf of each group that asked lately, until the library
// changes, and the outlines that were opened last. The zero value is ready.
type shelves struct {
	mu       sync.Mutex
	revision int64
	byGroup  map[library.GroupID]*library.Shelf
	outlines outlines
}

// maxShelves bounds the shelves that are kept.
const maxShelves = 64

// shelf is the shelf of the group that asks: its own works and the operator's.
func (k *Desk) shelf(ctx context.Context, r *bot.Request) (*library.Shelf, error) {
	return k.Shelf(ctx, library.GroupID(r.Group))
}

// Shelf is a group's shelf; 0 is the operator's. It opens works for as long as
// ctx lasts.
func (k *Desk) Shelf(ctx context.Context, group library.GroupID) (*library.Shelf, error) {
	s := &k.shelves
	var shelf *library.Shelf
	err := k.DB.Read(ctx, func(tx *storage.Tx) error {
		revision, err := tx.LibraryRevision(ctx)
		if err != nil {
			return err
		}
		s.mu.Lock()
		if s.revision != revision || s.byGroup == nil || len(s.byGroup) > maxShelves {
			s.revision, s.byGroup = revision, map[library.GroupID]*library.Shelf{}
		}
		shelf = s.byGroup[group]
		s.mu.Unlock()
		if shelf != nil {
			return nil
		}
		entries, err := tx.Entries(ctx, group)
		if err != nil {
			return err
		}
		shelf = library.NewCatalogue(entries)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.revision == revision {
			s.byGroup[group] = shelf
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shelf.Opening(func(e *library.Entry) (*library.Outline, error) {
		return s.outlines.open(e, func() (*library.Outline, error) {
			o, err := k.DB.Outline(ctx, e)
			if errors.Is(err, storage.ErrNotFound) {
				return nil, &library.Error{Code: library.NotFound, Reason: "work_replaced", Args: map[string]any{"Work": e.Alias()}}
			}
			return o, err
		})
	}), nil
}

// maxSpots bounds the passages of the outlines that are kept: each takes about
// 250 bytes, so all of them some 50 MB.
const maxSpots = 200_000

// outlines keeps the outlines that were asked for last, one for each text
// whoever asks. The zero value is ready.
type outlines struct {
	mu     sync.Mutex
	byText map[int64]*list.Element
	recent list.List // of openOutline, the last asked for in front
	spots  int
}

type openOutline struct {
	text int64
	*library.Outline
}

func (c *outlines) open(e *library.Entry, load func() (*library.Outline, error)) (*library.Outline, error) {
	c.mu.Lock()
	at := c.byText[e.Text]
	if at != nil {
		c.recent.MoveToFront(at)
	}
	c.mu.Unlock()
	if at != nil {
		return at.Value.(openOutline).Outline, nil
	}
	o, err := load()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byText == nil {
		c.byText = map[int64]*list.Element{}
	}
	if c.byText[e.Text] == nil { // nobody was faster
		c.byText[e.Text] = c.recent.PushFront(openOutline{e.Text, o})
		c.spots += len(o.Passages)
	}
	for c.spots > maxSpots && c.recent.Len() > 1 {
		last := c.recent.Remove(c.recent.Back()).(openOutline)
		delete(c.byText, last.text)
		c.spots -= len(last.Passages)
	}
	return o, nil
}

// metaOf finds what is known of a shelf's works, nil for one that is not on it.
func metaOf(shelf *library.Shelf) func(library.WorkID) *library.Meta {
	return func(id library.WorkID) *library.Meta {
		if e := shelf.Entry(id); e != nil {
			return &e.Meta
		}
		return nil
	}
}
