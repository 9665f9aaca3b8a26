package commands

import (
	"context"
	"errors"
	"strings"

	"lectern/bot"
	"lectern/library"
	"lectern/library/search"
	"lectern/storage"
)

// Import puts a work on a shelf, with its words in the index. A work without an
// alias gets one.
func (k *Desk) Import(ctx context.Context, owner library.GroupID, w *library.Work) error {
	for i, a := range w.Aliases {
		clean := bot.Clean(a, 40)
		if clean == "" || strings.ContainsAny(clean, " \t,;:\"§¶") || library.Fold(clean) == "" || strings.Trim(clean, "0123456789") == "" {
			return &library.Error{Code: library.Syntax, Reason: "alias_bad", Args: map[string]any{"Alias": a}}
		}
		switch library.Fold(clean) {
		case "this", "next", "prev", "previous", "last", "ibid":
			return &library.Error{Code: library.Syntax, Reason: "alias_reserved", Args: map[string]any{"Alias": clean}}
		}
		if strings.ContainsAny(clean, "@<>[](){}*_`|\\/") {
			return &library.Error{Code: library.Syntax, Reason: "alias_bad", Args: map[string]any{"Alias": a}}
		}
		w.Aliases[i] = clean
	}
	if len(w.Aliases) > 0 {
		if err := k.DB.Read(ctx, func(tx *storage.Tx) error { return mayReplace(ctx, tx, owner, w) }); err != nil {
			return err
		}
	}
	how := storage.Importing{Owner: owner, Index: func(ctx context.Context, tx *storage.Tx, text, first, last int64) error {
		return search.Add(ctx, tx.SQL(), text, first, last)
	}}
	if len(w.Aliases) > 0 {
		if _, err := k.DB.Import(ctx, w, how); err != nil {
			return err
		}
		return k.Sync(ctx)
	}
	for range 5 {
		err := k.DB.Read(ctx, func(tx *storage.Tx) (err error) {
			w.Aliases, how.New, err = name(ctx, tx, owner, &w.Meta)
			return err
		})
		if err != nil {
			return err
		}
		_, err = k.DB.Import(ctx, w, how)
		// Somebody may have taken the name since it was chosen.
		if e, ok := errors.AsType[*library.Error](err); ok && e.Reason == "alias_taken" {
			continue
		}
		if err != nil {
			return err
		}
		return k.Sync(ctx)
	}
	return errors.New("import: every name was taken while it was chosen")
}

// mayReplace refuses to put another text in the place of one that a plan
// reads: of a corrected text most passages are there as they were.
func mayReplace(ctx context.Context, tx *storage.Tx, owner library.GroupID, w *library.Work) error {
	works, err := tx.OwnWorks(ctx, owner)
	if err != nil {
		return err
	}
	for _, m := range works {
		if len(m.Aliases) == 0 || library.Fold(m.Alias()) != library.Fold(w.Alias()) {
			continue
		}
		plan, err := tx.PlanReading(ctx, m.ID)
		if err != nil || plan == "" {
			return err
		}
		before, err := tx.Work(ctx, m.ID)
		if err != nil {
			return err
		}
		is := map[library.Anchor]bool{}
		for i := range w.Passages {
			is[w.Passages[i].Anchor] = true
		}
		kept := 0
		for i := range before.Passages {
			if is[before.Passages[i].Anchor] {
				kept++
			}
		}
		if kept*2 < len(before.Passages) {
			return &library.Error{Code: library.Forbidden, Reason: "replaced_in_plan", Args: map[string]any{"Plan": plan, "Alias": w.Alias()}}
		}
	}
	return nil
}

// name is the names of a work that has none: those it has on its shelf already,
// or a new one.
func name(ctx context.Context, tx *storage.Tx, owner library.GroupID, m *library.Meta) (names []string, fresh bool, err error) {
	own, err := tx.OwnWorks(ctx, owner)
	if err != nil {
		return nil, false, err
	}
	for _, is := range own {
		if is.Title == m.Title && is.Author == m.Author { // the same work, brought in again
			return is.Aliases, false, nil
		}
	}
	used, err := tx.AliasesBeside(ctx, owner)
	if err != nil {
		return nil, false, err
	}
	return []string{library.SuggestAlias(m, func(s string) bool {
		_, taken := used[library.Fold(s)]
		return taken
	})}, true, nil
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
