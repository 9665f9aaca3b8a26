package commands

import (
	"context"
	"errors"
	"strings"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/library/search"
	"lectern/phrases"
	"lectern/storage"
)

// Import puts a work on a shelf, with its words in the index. A work without an
// alias gets one. What a corrected text did to the one that it replaced comes
// back with it, nil for a work that is new.
func (k *Desk) Import(ctx context.Context, owner library.GroupID, w *library.Work) (was *storage.Reimport, err error) {
	if err := cleanAliases(w); err != nil {
		return nil, err
	}
	how := storage.Importing{Owner: owner, Check: func(r *storage.Reimport) error {
		was = r
		return mayReplace(r, w)
	}, Index: func(ctx context.Context, tx *storage.Tx, text, first, last int64) error {
		return search.Add(ctx, tx.SQL(), text, first, last)
	}}
	if len(w.Aliases) > 0 {
		if _, err := k.DB.Import(ctx, w, how); err != nil {
			return nil, err
		}
		return was, k.Sync(ctx)
	}
	for range 5 {
		err := k.DB.Read(ctx, func(tx *storage.Tx) (err error) {
			w.Aliases, how.New, err = name(ctx, tx, owner, &w.Meta)
			return err
		})
		if err != nil {
			return nil, err
		}
		_, err = k.DB.Import(ctx, w, how)
		// Somebody may have taken the name since it was chosen.
		if e, ok := errors.AsType[*library.Error](err); ok && e.Reason == "alias_taken" {
			continue
		}
		if err != nil {
			return nil, err
		}
		return was, k.Sync(ctx)
	}
	return nil, errors.New("import: every name was taken while it was chosen")
}

// Compare says what Import would do, and changes nothing: nil for a work that
// would be new. A work without an alias gets the one that it would have.
func (k *Desk) Compare(ctx context.Context, owner library.GroupID, w *library.Work) (*storage.Reimport, error) {
	if err := cleanAliases(w); err != nil {
		return nil, err
	}
	how := storage.Importing{Owner: owner}
	if len(w.Aliases) == 0 {
		err := k.DB.Read(ctx, func(tx *storage.Tx) (err error) {
			w.Aliases, how.New, err = name(ctx, tx, owner, &w.Meta)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	was, err := k.DB.Compare(ctx, w, how)
	if err != nil || was == nil {
		return nil, err
	}
	if err := mayReplace(was, w); err != nil {
		return nil, err
	}
	return was, was.Refusal
}

// cleanAliases refuses names that a citation could not begin with.
func cleanAliases(w *library.Work) error {
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
	return nil
}

// mayReplace refuses to put another text in the place of one that a plan reads:
// of a corrected text most passages are there as they were.
func mayReplace(r *storage.Reimport, w *library.Work) error {
	if len(r.Reading) > 0 && r.Matching.Kept*2 < len(r.Matching.Now) {
		return &library.Error{Code: library.Forbidden, Reason: "replaced_in_plan", Args: map[string]any{"Plan": r.Reading[0], "Alias": w.Alias()}}
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

// Followed says what a corrected text did, or would do, to the one that it takes
// the place of: a sentence for the whole, one for each passage that is not in it,
// and one for each reading that has other numbers.
func Followed(v *phrases.Voice, r *storage.Reimport) (whole bot.Spans, lost, readings []bot.Spans) {
	m := &r.Matching
	whole = v.Say("reimport.whole", "Kept", m.Kept, "Count", m.Kept, "Changed", m.Changed, "Merged", m.Merged, "Split", m.Split, "Added", m.Added, "Lost", len(r.Lost))
	for _, x := range r.Lost {
		lost = append(lost, v.Say("reimport.lost", "Number", x.Number, "Opening", bot.Clean(x.Opening, 60), "Count", x.CheckIns, "CheckIns", x.CheckIns))
	}
	for _, p := range r.Plans {
		for _, x := range p.Diff.Moved {
			if x.TextMoved() {
				readings = append(readings, v.Say("reimport.reading", "Plan", bot.Clean(p.Name, 60), "N", x.To.N, "From", delivery.Ranges(v, &x.From), "To", delivery.Ranges(v, &x.To)))
			}
		}
	}
	return whole, lost, readings
}
