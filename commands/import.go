package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/library/search"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// An Incoming is a work on its way to a shelf.
type Incoming struct {
	Work  *library.Work // as it was imported
	Owner library.GroupID
	Fixes []library.Correction // of a file beside the text, or of a draft
	By    reading.PersonID
	// Replace lets the work take the place of one that has little in common
	// with it.
	Replace bool
	// Done runs in the transaction that shows the work.
	Done func(ctx context.Context, tx *storage.Tx, id library.WorkID) error
}

// A Brought is what became of an Incoming, or would.
type Brought struct {
	Was    *storage.Reimport // nil for a work that is new
	Fixed  int               // corrections that were applied
	Failed []library.Failed  // and those that no longer apply
}

// Import puts a work on a shelf: Bring, for one that nobody corrects.
func (k *Desk) Import(ctx context.Context, owner library.GroupID, w *library.Work) (*storage.Reimport, error) {
	b, err := k.Bring(ctx, Incoming{Work: w, Owner: owner})
	return b.Was, err
}

// Bring puts a work on a shelf, with its words in the index. A work without an
// alias gets one. Corrections that were made to the text before are made to it
// again, and then those that come with it and are new.
func (k *Desk) Bring(ctx context.Context, in Incoming) (b Brought, err error) {
	imported := in.Work.Clone()
	for range 5 {
		how, fixes, err := k.prepare(ctx, &in)
		if err != nil {
			return b, err
		}
		keep := fixes.correct(in.Work, &b)
		if err := cleanAliases(in.Work); err != nil {
			return b, err
		}
		how.Check = func(r *storage.Reimport) error {
			b.Was = r
			return mayReplace(r, &in)
		}
		how.Done = func(ctx context.Context, tx *storage.Tx, id library.WorkID) error {
			if b.Fixed+len(b.Failed) > 0 {
				imported.Aliases = in.Work.Aliases
				if err := tx.SaveBase(ctx, id, imported); err != nil {
					return err
				}
			}
			if err := fixes.rewrite(ctx, tx, id); err != nil {
				return err
			}
			if err := keepFixes(ctx, tx, id, keep, in.By); err != nil {
				return err
			}
			if in.Done != nil {
				return in.Done(ctx, tx, id)
			}
			return nil
		}
		_, err = k.DB.Import(ctx, in.Work, how)
		// Somebody may have taken the name since it was chosen.
		if e, ok := errors.AsType[*library.Error](err); ok && e.Reason == "alias_taken" && how.New {
			*in.Work = *imported.Clone()
			continue
		}
		if err != nil {
			return b, err
		}
		if err := k.index(ctx); err != nil && ctx.Err() == nil {
			return b, err
		}
		// The work is there; what an index lacks when it is told to stop, the next
		// search makes up for.
		return b, nil
	}
	return b, errors.New("import: every name was taken while it was chosen")
}

// Preview says what Bring would do, and changes nothing. The work is as it would
// be: corrected, with its alias and its anchors.
func (k *Desk) Preview(ctx context.Context, in Incoming) (b Brought, err error) {
	how, fixes, err := k.prepare(ctx, &in)
	if err != nil {
		return b, err
	}
	fixes.correct(in.Work, &b)
	if err := cleanAliases(in.Work); err != nil {
		return b, err
	}
	if b.Was, err = k.DB.Compare(ctx, in.Work, how); err != nil || b.Was == nil {
		return b, err
	}
	if err := mayReplace(b.Was, &in); err != nil {
		return b, err
	}
	return b, b.Was.Refusal
}

// bringing are the corrections of a text that is brought in.
type bringing struct {
	kept  []library.Correction // of the text before
	fresh []library.Correction // that come with it and are not kept yet

	before []string // the lines of kept, if numbers in them were looked up
}

// read takes up those of a work. Earlier versions kept numbers alone: what they mean
// is looked up in the text that they were made to.
func (f *bringing) read(ctx context.Context, tx *storage.Tx, id library.WorkID) (err error) {
	if f.kept, err = correctionsOf(ctx, tx, id); err != nil || !slices.ContainsFunc(f.kept, library.Correction.Loose) {
		return err
	}
	base, err := tx.Base(ctx, id)
	if err == nil {
		for _, c := range f.kept {
			f.before = append(f.before, c.String())
		}
		library.Correct(base, f.kept)
	}
	return err
}

// rewrite keeps those that were looked up.
func (f *bringing) rewrite(ctx context.Context, tx *storage.Tx, id library.WorkID) error {
	if len(f.before) == 0 {
		return nil
	}
	rows, err := tx.Corrections(ctx, id)
	if err != nil {
		return err
	}
	at := 0
	for _, row := range rows {
		i := slices.Index(f.before[at:], row.Line)
		if i < 0 {
			continue // somebody added it since
		}
		at += i + 1
		if line := f.kept[at-1].String(); line != row.Line {
			if err := tx.RewriteCorrection(ctx, id, row.ID, line); err != nil {
				return err
			}
		}
	}
	return nil
}

// correct makes them, and gives those that are to be kept. A place that is a number
// alone and is not there is none in another text either.
func (f *bringing) correct(w *library.Work, b *Brought) (keep []library.Correction) {
	b.Failed = library.Correct(w, f.kept)
	failed := library.Correct(w, f.fresh)
	for _, c := range f.fresh {
		if !c.Loose() {
			keep = append(keep, c)
		}
	}
	b.Failed = append(b.Failed, failed...)
	b.Fixed = len(f.kept) + len(f.fresh) - len(b.Failed)
	return keep
}

// prepare names a work that has no alias, and collects its corrections: those
// that its text before has, and those that come with it.
func (k *Desk) prepare(ctx context.Context, in *Incoming) (how storage.Importing, fixes bringing, err error) {
	how = k.importing(in.Owner)
	if err := cleanAliases(in.Work); err != nil {
		return how, fixes, err
	}
	err = k.DB.Read(ctx, func(tx *storage.Tx) (err error) {
		if len(in.Work.Aliases) == 0 {
			if in.Work.Aliases, how.New, err = name(ctx, tx, in.Owner, &in.Work.Meta); err != nil {
				return err
			}
		}
		id, err := ownWork(ctx, tx, in.Owner, in.Work.Alias())
		if err == nil && id != 0 {
			err = fixes.read(ctx, tx, id)
		}
		if err != nil {
			return err
		}
		kept := keptFixes(fixes.kept)
		for _, c := range in.Fixes {
			if !kept.has(c) {
				fixes.fresh = append(fixes.fresh, c)
			}
		}
		return nil
	})
	return how, fixes, err
}

// correctionsOf are a work's corrections.
func correctionsOf(ctx context.Context, tx *storage.Tx, id library.WorkID) (all []library.Correction, err error) {
	rows, err := tx.Corrections(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		c, err := library.ParseCorrection(row.Line)
		if err != nil {
			return nil, fmt.Errorf("a correction that was kept: %w", err)
		}
		all = append(all, c)
	}
	return all, nil
}

// importing brings works to a shelf with their words in the index.
func (k *Desk) importing(owner library.GroupID) storage.Importing {
	return storage.Importing{Owner: owner, Index: func(ctx context.Context, tx *storage.Tx, text, first, last int64) error {
		return search.Add(ctx, tx.SQL(), text, first, last)
	}}
}

// ownWork is the work of an owner that has an alias first, 0 for none.
func ownWork(ctx context.Context, tx *storage.Tx, owner library.GroupID, alias string) (library.WorkID, error) {
	own, err := tx.OwnWorks(ctx, owner)
	for _, m := range own {
		if library.Fold(m.Alias()) == library.Fold(alias) {
			return m.ID, err
		}
	}
	return 0, err
}

// kept counts corrections by what makes two of them one.
type kept struct{ whole, loose map[string]int }

func keptFixes(all []library.Correction) kept {
	k := kept{map[string]int{}, map[string]int{}}
	for _, c := range all {
		k.whole[sameFix(c)]++
		k.loose[looseFix(c)]++
	}
	return k
}

// has reports whether a correction is kept already. One that names a passage by its
// number alone is the one that was kept when that number was looked up.
func (k kept) has(c library.Correction) bool {
	if !c.Loose() {
		return k.whole[sameFix(c)] > 0
	}
	n := looseFix(c)
	k.loose[n]--
	return k.loose[n] >= 0
}

// sameFix is what makes two corrections one: where the text stood exactly does not.
func sameFix(c library.Correction) string {
	if c.At.Words != "" {
		c.At.Number, c.At.Anchor = 0, ""
	}
	return c.String()
}

// looseFix is a correction as it is written by numbers.
func looseFix(c library.Correction) string {
	for _, at := range []*library.Place{&c.At, &c.Before} {
		if at.Number > 0 {
			*at = library.Place{Number: at.Number}
		}
	}
	return c.String()
}

// keepFixes keeps those corrections that are not kept yet.
func keepFixes(ctx context.Context, tx *storage.Tx, id library.WorkID, fixes []library.Correction, by reading.PersonID) error {
	if len(fixes) == 0 {
		return nil
	}
	all, err := correctionsOf(ctx, tx, id)
	if err != nil {
		return err
	}
	kept := keptFixes(all)
	for _, c := range fixes {
		if kept.has(c) {
			continue
		}
		if err := tx.AddCorrection(ctx, id, c.String(), by); err != nil {
			return err
		}
	}
	return nil
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
func mayReplace(r *storage.Reimport, in *Incoming) error {
	if len(r.Reading) > 0 && r.Matching.Kept*2 < len(r.Matching.Now) {
		return &library.Error{Code: library.Forbidden, Reason: "replaced_in_plan", Args: map[string]any{"Plan": r.Reading[0], "Alias": in.Work.Alias()}}
	}
	if !in.Replace && foreign(r) {
		return &library.Error{Code: library.Forbidden, Reason: "replaced_other", Args: map[string]any{
			"Work": bot.Clean(r.Before.Title, 100), "Alias": in.Work.Alias(), "Kept": found(r.Matching.Now), "Count": len(r.Matching.Now)}}
	}
	return nil
}

// foreign reports whether a text has little in common with the one whose place
// it would take: less than a fifth of either is in the other. An alias that was
// mistyped does that, and no correction does.
func foreign(r *storage.Reimport) bool {
	m := &r.Matching
	return found(m.Now)*5 < len(m.Now) && found(m.Before)*5 < len(m.Before)
}

// found counts the passages of one text that are in the other.
func found(in []int) (n int) {
	for _, i := range in {
		if i >= 0 {
			n++
		}
	}
	return n
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
	err := k.DB.Write(ctx, func(tx *storage.Tx) error {
		if plan, err := tx.PlanReading(ctx, id); err != nil {
			return err
		} else if plan != "" {
			return &library.Error{Code: library.Forbidden, Reason: "work_in_plan", Args: map[string]any{"Plan": plan}}
		}
		return tx.RemoveWork(ctx, id)
	})
	if err != nil {
		return err
	}
	return k.index(ctx)
}

// index brings the index in step and tidies it.
func (k *Desk) index(ctx context.Context) error {
	if err := k.Sync(ctx, nil); err != nil {
		return err
	}
	if err := k.Tidy(ctx); err != nil {
		return err
	}
	return k.SyncQuotes(ctx, nil)
}

// Followed says what a corrected text did, or would do, to the one that it takes
// the place of: a sentence for the whole, one for each passage that is not in it,
// and one for each reading that has other numbers. now is the corrected text.
func Followed(v *phrases.Voice, r *storage.Reimport, now *library.Meta) (whole bot.Spans, lost, readings []bot.Spans) {
	m := &r.Matching
	some := func(n int) any {
		if n == 0 {
			return "" // is not said
		}
		return n
	}
	back := ""
	if r.Back > 0 {
		back = v.Text("reimport.back", "Count", r.Back)
	}
	added := ""
	if m.Added > 0 {
		added = v.Text("reimport.new", "Count", m.Added)
	}
	whole = v.Say("reimport.whole", "Here", v.Text("reimport.here", "Count", max(m.Kept-r.Back, 0)), "Back", back, "Changed", some(m.Changed), "Merged", some(m.Merged), "Split", some(m.Split), "Added", added, "Lost", some(len(r.Lost)))
	for _, x := range r.Lost {
		lost = append(lost, v.Say("reimport.lost", "Number", some(x.Number), "Opening", bot.Clean(x.Opening, 60), "Count", x.CheckIns, "CheckIns", some(x.CheckIns)))
	}
	readings = shifted(v, r, now)
	return whole, lost, readings
}

// shifted says what becomes of readings: first of those that have other
// passages, then of those that have but other words.
func shifted(v *phrases.Voice, r *storage.Reimport, now *library.Meta) (out []bot.Spans) {
	var words []bot.Spans
	for _, p := range r.Plans {
		for i := range p.Shifts {
			s := &p.Shifts[i]
			from := delivery.Ranges(v, oneWork(r.Before.ID, &r.Before.Meta), s.From.Portions, false)
			to := delivery.Ranges(v, oneWork(r.Before.ID, now), s.To.Portions, false)
			if from == to {
				from = ""
			}
			line := v.Say("reimport.reading", "Plan", bot.Clean(p.Name, 60), "N", s.To.N, "From", from, "To", to, "What", strings.Join(shiftParts(v, s), "; "))
			if s.Moved() {
				out = append(out, line)
			} else {
				words = append(words, line)
			}
		}
	}
	return append(out, words...)
}

// shownCrossings is how many runs of passages that change readings are named for
// each reading and direction.
const shownCrossings = 4

// shiftParts says what a reading gained and lost, nothing where it says what it
// said.
func shiftParts(v *phrases.Voice, s *reading.Shift) (out []string) {
	cross := func(key, more string, runs []reading.Crossing) {
		for i, x := range runs {
			if i == shownCrossings {
				n := 0
				for _, y := range runs[i:] {
					n += y.Last - y.First + 1
				}
				out = append(out, v.Text(more, "Count", n))
				return
			}
			out = append(out, v.Text(key, "Count", x.Last-x.First+1, "First", x.First, "Last", x.Last, "Opening", bot.Clean(library.Opening(x.Text), 60), "Reading", numbered(x.Reading)))
		}
	}
	cross("reimport.came", "reimport.came_more", s.Came)
	cross("reimport.went", "reimport.went_more", s.Went)
	for _, x := range [...]struct {
		key string
		n   int
	}{{"reimport.fresh", s.New}, {"reimport.gone", s.Gone}, {"reimport.changed", s.Changed}} {
		if x.n > 0 {
			out = append(out, v.Text(x.key, "Count", x.n))
		}
	}
	if s.Reordered {
		out = append(out, v.Text("reimport.reordered"))
	}
	return out
}

// oneWork knows one work.
func oneWork(id library.WorkID, m *library.Meta) func(library.WorkID) *library.Meta {
	return func(asked library.WorkID) *library.Meta {
		if asked == id {
			return m
		}
		return nil
	}
}

// NotFixed says which corrections no longer apply, and why.
func NotFixed(v *phrases.Voice, failed []library.Failed) (out []bot.Spans) {
	for _, f := range failed {
		key := "fix.not_made"
		if f.Loose() {
			key = "fix.not_kept"
		}
		f.At.Anchor = ""
		out = append(out, v.Say(key, "Why", Explain(v, f.Err).String(), "Line", bot.Clean(f.String(), 160)))
	}
	return out
}
