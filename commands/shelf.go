package commands

import (
	"context"
	"sync"

	"lectern/bot"
	"lectern/library"
	"lectern/storage"
)

// shelves keeps the shelf of each group that asked lately, until the library
// changes. The zero value is ready.
type shelves struct {
	mu       sync.Mutex
	revision int64
	byGroup  map[library.GroupID]*library.Shelf
}

// maxShelves bounds the shelves that are kept.
const maxShelves = 64

// shelf is the shelf of the group that asks: its own works and the operator's.
func (k *Desk) shelf(ctx context.Context, r *bot.Request) (*library.Shelf, error) {
	return k.Shelf(ctx, library.GroupID(r.Group))
}

// Shelf is a group's shelf; 0 is the operator's.
func (k *Desk) Shelf(ctx context.Context, group library.GroupID) (shelf *library.Shelf, err error) {
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		revision, err := tx.LibraryRevision(ctx)
		if err != nil {
			return err
		}
		s := &k.shelves
		s.mu.Lock()
		if s.revision != revision || s.byGroup == nil || len(s.byGroup) > maxShelves {
			s.revision, s.byGroup = revision, map[library.GroupID]*library.Shelf{}
		}
		shelf = s.byGroup[group]
		s.mu.Unlock()
		if shelf != nil {
			return nil
		}
		outlines, err := tx.Outlines(ctx, group)
		if err != nil {
			return err
		}
		shelf = library.NewShelf(outlines)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.revision == revision {
			s.byGroup[group] = shelf
		}
		return nil
	})
	return shelf, err
}

// metaOf finds what is known of a shelf's works, nil for one that is not on it.
func metaOf(shelf *library.Shelf) func(library.WorkID) *library.Meta {
	return func(id library.WorkID) *library.Meta {
		if o := shelf.ByID(id); o != nil {
			return &o.Meta
		}
		return nil
	}
}
