package planfile

import (
	"cmp"
	"slices"
	"strings"

	"lectern/library"
	"lectern/reading"
)

// A Question is a prompt with the number of its reading.
type Question struct {
	N    int
	Text string
	At   reading.DateTime // zero: as the schedule has it
}

// From is a plan as a file. The shelf has the plan's works; leaders are the
// names of a rota, and per how many lead a meeting.
func From(p *reading.Plan, shelf *library.Shelf, questions []Question, leaders []string, per int) (File, error) {
	f := File{Format: Format, Name: p.Name, Cadence: p.Cadence.String(), Zone: p.Zone, Start: p.Start.String(), Preset: string(p.Preset), Short: p.Short, Place: p.Place}
	if !p.End.IsZero() {
		f.End = p.End.String()
	}
	f.Skips = spans(p.Skips)
	loc, err := p.Location()
	if err != nil {
		return f, err
	}
	var due []reading.Occurrence
	for o := range p.Cadence.Occurrences(p.Start, loc, p.Skips) {
		if due = append(due, o); len(due) >= len(p.Readings) {
			break
		}
	}
	works, err := outlines(p, shelf)
	if err != nil {
		return f, err
	}
	for i := range p.Readings {
		r := &p.Readings[i]
		x := Reading{Warning: r.Warning, NoMeeting: r.NoMeeting}
		for _, c := range r.Portions {
			o, err := shelf.ByID(c.Work)
			if err != nil {
				return f, err
			}
			if o == nil {
				return f, &library.Error{Code: library.NotFound, Reason: "plan_text_changed", Args: map[string]any{}}
			}
			if !slices.ContainsFunc(f.Works, func(w Work) bool { return w.Alias == o.Alias() }) {
				f.Works = append(f.Works, workOf(o))
			}
			x.Read = append(x.Read, o.Cite(c.First, c.Last))
			x.Anchors = append(x.Anchors, string(c.FirstAnchor)+" "+string(c.LastAnchor))
		}
		if p.ShortByHand(works, i) {
			x.NoShort = len(r.Short) == 0
			for _, c := range r.Short {
				o, err := shelf.ByID(c.Work)
				if err != nil {
					return f, err
				}
				if o != nil {
					x.Short = append(x.Short, o.Cite(c.First, c.Last))
				}
			}
		}
		if i >= len(due) || due[i].Local != r.Due.Local {
			x.Due = r.Due.Local.String()
		}
		for _, q := range questions {
			if q.N != r.N {
				continue
			}
			w := Prompt{Text: q.Text}
			if !q.At.IsZero() {
				w.Before, w.Time = new(r.Due.Local.Date.Sub(q.At.Date)), q.At.Clock.String()
			}
			x.Prompt = append(x.Prompt, w)
		}
		f.Reading = append(f.Reading, x)
	}
	if len(leaders) > 0 {
		f.Rota = &Rota{People: leaders}
		if per > 1 {
			f.Rota.Per = per
		}
	}
	return f, nil
}

// outlines are those of a plan's works that are on the shelf.
func outlines(p *reading.Plan, shelf *library.Shelf) (out []*library.Outline, err error) {
	seen := map[library.WorkID]bool{}
	for i := range p.Readings {
		for _, c := range p.Readings[i].Portions {
			if seen[c.Work] {
				continue
			}
			seen[c.Work] = true
			o, err := shelf.ByID(c.Work)
			if err != nil {
				return nil, err
			}
			if o != nil {
				out = append(out, o)
			}
		}
	}
	return out, nil
}

func workOf(o *library.Outline) Work {
	w := Work{Alias: o.Alias(), Title: o.Title, Author: o.Author, Date: o.Date, Passages: o.Last()}
	for i := range o.Sections {
		s := &o.Sections[i]
		heading := strings.TrimSpace(s.Label() + " " + s.Title)
		if s.Lead || heading == "" {
			continue
		}
		w.Sections = append(w.Sections, strings.Repeat("  ", s.Depth-1)+heading)
	}
	return w
}

// spans writes days, those that follow each other as one.
func spans(days []reading.Date) []string {
	var out []string
	for _, x := range reading.Spans(days) {
		s := x.From.String()
		if x.To != x.From {
			s += " to " + x.To.String()
		}
		out = append(out, s)
	}
	return out
}

// maxSpan is the longest break in a file, in days.
const maxSpan = 366

// days reads what spans writes.
func days(list []string) ([]reading.Date, error) {
	var out []reading.Date
	for _, s := range list {
		from, to, ranged := strings.Cut(s, " to ")
		first, err := reading.ParseDate(strings.TrimSpace(from))
		if err != nil {
			return nil, badDate(s)
		}
		last := first
		if ranged {
			if last, err = reading.ParseDate(strings.TrimSpace(to)); err != nil || last.Before(first) || last.Sub(first) > maxSpan {
				return nil, badDate(s)
			}
		}
		for d := first; !d.After(last); d = d.AddDays(1) {
			out = append(out, d)
		}
	}
	return out, nil
}

// A Change is what an importer wants otherwise than the file says.
type Change struct {
	Zone  string       // of the group, where the file names none or another start is given
	Start reading.Date // another beginning: days without a meeting, an end and single dates of the file are then left out
	Today reading.Date // where the file has no start, the plan begins after this day
}

// Plan makes a draft of the file with the texts on a shelf, and its questions.
//
// A work is known by its title, or by its alias where that bears the title; a
// portion by its anchors, or by its citation where the text has no such
// anchors. The error is a *library.Error: not_found/plan_file_work with the
// Title, bad_file/plan_file_portion with N and Text, bad_file/plan_file_date
// with Text, bad_file/plan_file_due with N, Due and Before, bad_file/plan_file_cadence, bad_file/plan_file_preset,
// bad_file/plan_file_prompt, and those of reading.Build.
func (f *File) Plan(shelf *library.Shelf, c Change) (reading.Plan, []Question, error) {
	var p reading.Plan
	cadence, err := reading.ParseCadence(f.Cadence)
	if err != nil {
		return p, nil, bad("plan_file_cadence", map[string]any{"Text": f.Cadence})
	}
	spec := reading.Spec{Name: f.Name, Preset: reading.Preset(f.Preset), Cadence: cadence, Zone: cmp.Or(f.Zone, c.Zone), ShortWords: max(f.Short, 0), Place: strings.TrimSpace(f.Place)}
	if !slices.Contains([]reading.Preset{"", reading.Quiet, reading.Usual, reading.Full}, spec.Preset) {
		return p, nil, bad("plan_file_preset", map[string]any{"Text": f.Preset})
	}
	if spec.Start, spec.End, spec.Skips, err = f.dates(c); err != nil {
		return p, nil, err
	}
	works := map[string]*library.Outline{}
	for _, w := range f.Works {
		e := w.find(shelf)
		if e == nil {
			return p, nil, &library.Error{Code: library.NotFound, Reason: "plan_file_work", Args: map[string]any{"Title": cmp.Or(w.Title, w.Alias)}}
		}
		o, err := shelf.Outline(e)
		if err != nil {
			return p, nil, err
		}
		works[strings.ToLower(w.Alias)] = o
		spec.Works = append(spec.Works, o)
	}
	for i, r := range f.Reading {
		portions, err := r.portions(works, i+1)
		if err != nil {
			return p, nil, err
		}
		spec.ByHand = append(spec.ByHand, portions)
	}
	if p, err = reading.Build(spec); err != nil {
		return p, nil, err
	}
	questions, err := f.finish(&p, spec.Works, works, c)
	return p, questions, err
}

func (f *File) dates(c Change) (start, end reading.Date, skips []reading.Date, err error) {
	if !c.Start.IsZero() {
		return c.Start, end, nil, nil
	}
	start = c.Today.AddDays(1)
	if f.Start != "" {
		if start, err = reading.ParseDate(f.Start); err != nil {
			return start, end, nil, badDate(f.Start)
		}
	}
	if f.End != "" {
		if end, err = reading.ParseDate(f.End); err != nil {
			return start, end, nil, badDate(f.End)
		}
	}
	skips, err = days(f.Skips)
	return start, end, skips, err
}

// finish sets what is peculiar to single readings.
func (f *File) finish(p *reading.Plan, all []*library.Outline, works map[string]*library.Outline, c Change) ([]Question, error) {
	loc, err := p.Location()
	if err != nil {
		return nil, err
	}
	var questions []Question
	for i := range f.Reading {
		r, x := &p.Readings[i], &f.Reading[i]
		r.Warning, r.NoMeeting = x.Warning, x.NoMeeting && c.Start.IsZero()
		if x.Due != "" && c.Start.IsZero() {
			local, err := reading.ParseDateTime(x.Due)
			if err != nil {
				return nil, badDate(x.Due)
			}
			r.Due = reading.OccurrenceAt(local, loc)
		}
		if i > 0 {
			if before := p.Readings[i-1].Due; !r.Due.At.After(before.At) {
				return nil, bad("plan_file_due", map[string]any{"N": i + 1, "Due": r.Due.Local.String(), "Before": before.Local.String(), "Own": x.Due})
			}
			r.Opens = p.Readings[i-1].Due.At
		}
		if x.NoShort {
			r.Short = nil
		}
		if len(x.Short) > 0 {
			short, err := resolve(x.Short, nil, works, i+1)
			if err != nil {
				return nil, err
			}
			changed, _, err := p.SetShort(all, i+1, short)
			if err != nil {
				return nil, err
			}
			r.Short = changed.Readings[i].Short
		}
		for _, q := range x.Prompt {
			out := Question{N: i + 1, Text: strings.TrimSpace(q.Text)}
			if out.Text == "" || (q.Before == nil) != (q.Time == "") {
				return nil, bad("plan_file_prompt", map[string]any{"N": i + 1, "Text": q.Text})
			}
			if q.Before != nil {
				clock, err := reading.ParseDateTime(r.Due.Local.Date.AddDays(-*q.Before).String() + "T" + q.Time)
				if err != nil || *q.Before < 0 || *q.Before > maxSpan {
					return nil, bad("plan_file_prompt", map[string]any{"N": i + 1, "Text": q.Text})
				}
				out.At = clock
			}
			questions = append(questions, out)
		}
	}
	return questions, nil
}

// find is the work on a shelf that the file means, nil if there is none.
func (w *Work) find(shelf *library.Shelf) *library.Entry {
	var titled *library.Entry
	for _, o := range shelf.Works() {
		same := w.Title == "" || strings.EqualFold(strings.TrimSpace(o.Title), strings.TrimSpace(w.Title))
		switch {
		case same && slices.ContainsFunc(o.Aliases, func(a string) bool { return strings.EqualFold(a, w.Alias) }):
			return o
		case same && titled == nil && w.Title != "":
			titled = o
		}
	}
	return titled
}

func (r *Reading) portions(works map[string]*library.Outline, n int) ([]reading.Portion, error) {
	out, err := resolve(r.Read, r.Anchors, works, n)
	if err == nil && len(out) == 0 {
		err = bad("plan_file_portion", map[string]any{"N": n, "Text": ""})
	}
	return out, err
}

// resolve finds the passages of citations, by the anchors beside them if the
// work has those.
func resolve(citations, anchors []string, works map[string]*library.Outline, n int) ([]reading.Portion, error) {
	var out []reading.Portion
	for i, text := range citations {
		alias, place, _ := strings.Cut(strings.TrimSpace(text), " ")
		o := works[strings.ToLower(alias)]
		if o == nil {
			return nil, bad("plan_file_portion", map[string]any{"N": n, "Text": text})
		}
		if i < len(anchors) {
			if p, ok := anchored(o, anchors[i]); ok {
				out = append(out, p)
				continue
			}
		}
		if strings.TrimSpace(place) == "" { // the whole work
			out = append(out, reading.Portion{Work: o.ID, First: 1, Last: o.Last()})
			continue
		}
		ref, err := o.Resolve(place)
		if err != nil {
			return nil, bad("plan_file_portion", map[string]any{"N": n, "Text": text})
		}
		for _, at := range ref.Passages() {
			number := o.Passages[at].Number
			switch last := len(out) - 1; {
			case number == 0:
			case last >= 0 && out[last].Work == o.ID && out[last].Last+1 == number:
				out[last].Last = number
			default:
				out = append(out, reading.Portion{Work: o.ID, First: number, Last: number})
			}
		}
	}
	return out, nil
}

// anchored is the portion between two anchors, false if the work lacks one.
func anchored(o *library.Outline, pair string) (reading.Portion, bool) {
	first, last, ok := strings.Cut(pair, " ")
	p := reading.Portion{Work: o.ID}
	if !ok || first == "" {
		return p, false
	}
	for i := range o.Passages {
		s := &o.Passages[i]
		if s.Number > 0 && string(s.Anchor) == first {
			p.First = s.Number
		}
		if s.Number > 0 && string(s.Anchor) == last {
			p.Last = s.Number
		}
	}
	return p, p.First > 0 && p.Last >= p.First
}

func bad(reason string, args map[string]any) error {
	return &library.Error{Code: library.BadFile, Reason: reason, Args: args}
}

func badDate(text string) error { return bad("plan_file_date", map[string]any{"Text": text}) }
