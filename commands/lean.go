package commands

import (
	"errors"
	"strings"

	"lectern/bot"
	"lectern/library"
	"lectern/reading"
)

func asRefusal(err error, e **bot.Error) bool { return errors.As(err, e) }

// contextOf is what citations lean on while a plan is under way.
func contextOf(c *current) library.Context {
	runs := func(x *reading.Reading) (out []library.Run) {
		if x == nil {
			return nil
		}
		for _, p := range x.Portions {
			out = append(out, library.Run{Work: p.Work, First: p.First, Last: p.Last})
		}
		return out
	}
	lean := library.Context{This: runs(c.reading), Next: runs(c.next)}
	if c.reading != nil && c.reading.N > 1 {
		lean.Prev = runs(&c.plan.Readings[c.reading.N-2])
	}
	if len(c.plan.Readings) > 0 && len(c.plan.Readings[0].Portions) > 0 {
		lean.Current = c.plan.Readings[0].Portions[0].Work
	}
	return lean
}

// spot finds the passage to which somebody has read: "42", "¶ 42", "done with
// chapter 2" by its section, "40%" of the plan's work, or a citation.
func (k *Desk) spot(shelf *library.Shelf, c *current, place string) (spot, error) {
	lean := contextOf(c)
	place = strings.TrimSpace(place)
	current, err := shelf.ByID(lean.Current)
	if err != nil {
		return spot{}, err
	}
	if o := current; o != nil {
		if part, ok := library.ParsePercent(place); ok && o.Last() > 0 {
			n := o.Upto(part)
			return spot{work: o.ID, anchor: o.Passages[o.At(n)].Anchor, number: n, citation: o.Cite(n, n)}, nil
		}
	}
	ref, err := shelf.Resolve(place, lean)
	if o := current; o != nil && !o.Named(place) {
		// In a plan a place is one in the plan's work before it is anything else.
		e, _ := errors.AsType[*library.Error](err)
		beyond := e != nil && e.Code == library.OutOfRange // it names its work, which has no such place
		if inner, innerErr := o.Resolve(place); innerErr == nil || err != nil && !beyond {
			ref, err = inner, innerErr
		}
	}
	if err != nil {
		return spot{}, err
	}
	o := ref.Work
	first, last := 0, ref.Upto()
	for _, at := range ref.Passages() {
		if n := o.Passages[at].Number; n > 0 && (first == 0 || n < first) {
			first = n
		}
	}
	first = min(first, last)
	if last == 0 {
		return spot{}, &library.Error{Code: library.NotFound, Reason: "no_number", Args: map[string]any{"Place": place}}
	}
	return spot{work: o.ID, anchor: o.Passages[o.At(last)].Anchor, first: first, number: last, citation: o.Cite(last, last)}, nil
}
