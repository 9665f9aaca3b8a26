package commands

import (
	"context"
	"strings"

	"lectern/bot"
	"lectern/library"
	"lectern/library/search"
	"lectern/storage"
)

// Import puts a work on a shelf, with its words in the index, in one
// transaction. A work without an alias gets one.
func (k *Desk) Import(ctx context.Context, owner library.GroupID, w *library.Work) error {
	for i, a := range w.Aliases {
		clean := bot.Clean(a, 40)
		if clean == "" || strings.ContainsAny(clean, " \t,;:\"§¶") || library.Fold(clean) == "" || strings.Trim(clean, "0123456789") == "" {
			return &library.Error{Code: library.Syntax, Reason: "alias_bad", Args: map[string]any{"Alias": a}}
		}
		w.Aliases[i] = clean
	}
	return k.DB.Write(ctx, func(tx *storage.Tx) error {
		if len(w.Aliases) == 0 {
			works, err := tx.Works(ctx, owner)
			if err != nil {
				return err
			}
			used := map[string]bool{}
			for _, m := range works {
				same := m.Title == w.Title && m.Author == w.Author
				for _, a := range m.Aliases {
					used[library.Fold(a)] = true
				}
				if same {
					w.Aliases = m.Aliases // the same work, brought in again
				}
			}
			if len(w.Aliases) == 0 {
				w.Aliases = []string{library.SuggestAlias(&w.Meta, func(s string) bool { return used[s] })}
			}
		}
		if _, err := tx.ImportWork(ctx, owner, w); err != nil {
			return err
		}
		return search.Sync(ctx, tx.SQL())
	})
}

// Remove takes a work off its shelf. One that a plan reads stays.
func (k *Desk) Remove(ctx context.Context, id library.WorkID) error {
	return k.DB.Write(ctx, func(tx *storage.Tx) error {
		if plan, err := tx.PlanReading(ctx, id); err != nil {
			return err
		} else if plan != "" {
			return &library.Error{Code: library.Forbidden, Reason: "work_in_plan", Args: map[string]any{"Plan": plan}}
		}
		if err := tx.RemoveWork(ctx, id); err != nil {
			return err
		}
		return search.Sync(ctx, tx.SQL())
	})
}
