package commands

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"path/filepath"
	"strconv"
	"strings"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/library/fetch"
	"lectern/library/importer"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// shownPieces is how many pieces that were left out, and how many doubts, one
// answer shows.
const shownPieces = 12

// libraryAdd reads a book that was sent along and shows what was found in it,
// before it counts.
func (k *Desk) libraryAdd(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	d := storage.Draft{Group: reading.GroupID(r.Group), Alias: strings.TrimSpace(r.Args.Get("alias")), Title: bot.Clean(r.Args.Get("title"), 300), Author: bot.Clean(r.Args.Get("author"), 200)}
	from := strings.Trim(strings.TrimSpace(r.Args.Get("from")), "<>") // in which people put addresses
	if alias := strings.Trim(d.Alias, "<>"); from == "" && fetch.IsAddress(alias) {
		from, d.Alias = alias, ""
	}
	switch {
	case from != "" && r.File != nil:
		return bot.Reply{}, &bot.Error{Code: "syntax", Message: v.Say("draft.one_source")}
	case from != "":
		at, data, err := k.Web.Get(ctx, from)
		if err != nil {
			return bot.Reply{}, k.refuse(r, err)
		}
		d.Name, d.Data = bot.Clean(at, 2000), data
	case r.File != nil:
		d.Name, d.Data = filepath.Base(bot.Clean(r.File.Name, 120)), r.File.Data
	default:
		return bot.Reply{}, &bot.Error{Code: "syntax", Message: v.Say("draft.attach", "Web", len(k.Web.Hosts) > 0)}
	}
	return k.propose(ctx, r, d)
}

// libraryChapters reads the outline of a book that may not be copied in, written
// after the command or sent along, and shows what was found before it counts.
func (k *Desk) libraryChapters(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	text := strings.TrimSpace(r.Args.Get("outline"))
	switch {
	case text != "":
	case r.File != nil:
		text = string(r.File.Data)
	default:
		return bot.Reply{}, &bot.Error{Code: "syntax", Message: k.voice(r).Say("draft.outline_how")}
	}
	return k.propose(ctx, r, storage.Draft{Group: reading.GroupID(r.Group), Name: "book" + importer.OutlineExtension, Data: []byte(text)})
}

// propose keeps a draft, and shows what was found in it.
func (k *Desk) propose(ctx context.Context, r *bot.Request, d storage.Draft) (bot.Reply, error) {
	v := k.voice(r)
	w, b, err := k.readDraft(ctx, &d)
	if err != nil {
		return bot.Reply{}, k.refuse(r, err)
	}
	d.Alias = w.Alias()
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		if d.Person, err = k.person(ctx, tx, r); err != nil {
			return bot.Reply{}, err
		}
		if err := tx.SaveDraft(ctx, &d); err != nil {
			return bot.Reply{}, err
		}
		return k.showDraft(v, &d, w, b), nil
	})
}

// readDraft is a draft as the work that it would be, and what it would do.
func (k *Desk) readDraft(ctx context.Context, d *storage.Draft) (*library.Work, Brought, error) {
	in, err := k.draftIncoming(ctx, d)
	if err != nil {
		return nil, Brought{}, err
	}
	in.Replace = true // it is shown, and asked about
	b, err := k.Preview(ctx, in)
	return in.Work, b, err
}

func (k *Desk) draftIncoming(ctx context.Context, d *storage.Draft) (Incoming, error) {
	in := Incoming{Owner: library.GroupID(d.Group), By: d.Person}
	w, err := importer.Read(ctx, d.Name, bytes.NewReader(d.Data), importer.Options{Title: d.Title, Author: d.Author, MaxBytes: k.MaxFile})
	if err != nil {
		return in, err
	}
	if d.Alias != "" {
		w.Aliases = []string{d.Alias}
	}
	in.Work = w
	in.Fixes, err = library.ParseCorrections(d.Fixes)
	return in, err
}

// showDraft says what was found in a book.
func (k *Desk) showDraft(v *phrases.Voice, d *storage.Draft, w *library.Work, b Brought) bot.Reply {
	n := w.Counts()
	counts := delivery.Size(v, &w.Meta, n)
	if n.Epigraphs > 0 {
		counts = append(counts, v.Text("count.epigraphs", "Count", n.Epigraphs))
	}
	if n.Notes > 0 {
		counts = append(counts, v.Text("count.notes", "Count", n.Notes))
	}
	var by []string
	for _, s := range []string{w.Author, w.Date} {
		if s != "" {
			by = append(by, s)
		}
	}
	left, doubts := "", ""
	if len(w.LeftOut) > 0 {
		left = v.Text("draft.left_out", "Count", len(w.LeftOut))
	}
	if len(w.Warnings) > 0 {
		doubts = v.Text("draft.doubts", "Count", len(w.Warnings))
	}
	reply := bot.Reply{Title: v.Say("draft.title", "Title", bot.Clean(w.Title, 200), "By", bot.Clean(strings.Join(by, ", "), 200)),
		Blocks: []bot.Block{bot.Para(v.Say("draft.counts", "Alias", w.Alias(), "Counts", strings.Join(counts, ", "), "LeftOut", left, "Doubts", doubts))}}
	add, put := bot.Action{Label: v.Text("action.add_it"), Primary: true}, []string{}
	if b.Was != nil && foreign(b.Was) {
		m := &b.Was.Matching
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("draft.unlike", "Work", bot.Clean(b.Was.Before.Title, 100), "Alias", w.Alias(), "Kept", found(m.Now), "Count", len(m.Now))))
		add, put = bot.Action{Label: v.Text("action.put_in_place"), Danger: true}, []string{"replace", "yes"}
	} else {
		reply.Blocks = append(reply.Blocks, k.effects(v, &w.Meta, b)...)
	}
	args := func(more ...string) map[string]string {
		out := map[string]string{"book": d.Alias, "draft": strconv.FormatInt(d.ID, 10)}
		for i := 0; i < len(more); i += 2 {
			out[more[i]] = more[i+1]
		}
		return out
	}
	show := func(label, what string) bot.Action {
		return bot.Action{Label: v.Text(label), Do: bot.Invocation{Command: "library look", Args: args("show", what)}}
	}
	add.Do = bot.Invocation{Command: "library put", Args: args(put...)}
	reply.Actions = []bot.Action{
		add,
		show("action.outline", "outline"), show("action.details", "details"), show("action.correct_it", "correct"),
		{Label: v.Text("action.leave_it"), Do: bot.Invocation{Command: "library put", Args: args("drop", "yes")}},
	}
	return reply
}

// effects says what a text does, or would do, to the one that it takes the place
// of.
func (k *Desk) effects(v *phrases.Voice, now *library.Meta, b Brought) (out []bot.Block) {
	if b.Fixed > 0 {
		out = append(out, bot.Para(v.Say("fix.made", "Count", b.Fixed)))
	}
	items := NotFixed(v, b.Failed)
	if b.Was != nil {
		whole, lost, readings := Followed(v, b.Was, now)
		out = append(out, bot.Para(whole))
		items = append(append(items, lost...), readings...)
	}
	return append(out, some(v, items)...)
}

// some is a list of which no more is shown than can be read.
func some(v *phrases.Voice, items []bot.Spans) []bot.Block {
	if len(items) == 0 {
		return nil
	}
	if left := len(items) - shownPieces; left > 0 {
		items = append(items[:shownPieces:shownPieces], v.Say("draft.more", "Count", left))
	}
	return []bot.Block{{Kind: bot.Bullets, Items: items}}
}

// draft is the draft that a person names; a button says which one was shown.
func (k *Desk) draft(ctx context.Context, r *bot.Request) (d storage.Draft, err error) {
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		if id, _ := strconv.ParseInt(r.Args.Get("draft"), 10, 64); id != 0 {
			d, err = tx.Draft(ctx, reading.GroupID(r.Group), id)
		} else {
			d, err = tx.DraftCalled(ctx, reading.GroupID(r.Group), strings.TrimSpace(r.Args.Get("book")))
		}
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		err = &bot.Error{Code: "not_found", Message: k.voice(r).Say("draft.gone")}
	}
	return d, err
}

// libraryDraft stands behind the buttons under a book that is not added yet, and
// says the same of one of the group's that is.
func (k *Desk) libraryDraft(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	w, d, args, err := k.looked(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	reply := bot.Reply{Title: workTitle(v, &w.Meta)}
	from, _ := strconv.Atoi(r.Args.Get("from"))
	page := func(show string, items []bot.Spans, from int) {
		from = max(0, min(from-1, len(items)-1)) // counted from 1
		if len(items) == 0 {
			return
		}
		to := min(from+shownPieces, len(items))
		key := "draft.heading_" + strings.ReplaceAll(show, "-", "_")
		reply.Blocks = append(reply.Blocks, bot.Para(bot.Bold(v.Text(key))), bot.Block{Kind: bot.Bullets, Items: items[from:to]})
		if left := len(items) - to; left > 0 {
			more := map[string]string{"show": show, "from": strconv.Itoa(to + 1)}
			maps.Copy(more, args)
			reply.Actions = append(reply.Actions, bot.Action{Label: v.Text("action.more_"+strings.ReplaceAll(show, "-", "_"), "Count", left), Do: bot.Invocation{Command: "library look", Args: more}})
		}
	}
	show := r.Args.Get("show")
	switch show {
	case "outline":
		reply.Blocks = outlineBlocks(v, library.NewOutline(w))
	case "correct":
		reply.Blocks = draftFixes(v, &d, w)
	case "doubts":
		page(show, doubtsOf(v, w), from)
	case "left-out":
		page(show, leftOutOf(v, w), from)
	default:
		if fields := titlePage(v, w); len(fields) > 0 {
			reply.Blocks = append(reply.Blocks, bot.Para(bot.Bold(v.Text("draft.heading_title_page"))), bot.Block{Kind: bot.Bullets, Items: fields})
		}
		page("doubts", doubtsOf(v, w), 0)
		page("left-out", leftOutOf(v, w), 0)
	}
	switch {
	case show == "outline", show == "correct":
	case len(w.Warnings)+len(w.LeftOut) == 0:
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("draft.nothing_in_doubt")))
	case show == "doubts" && len(w.Warnings) == 0:
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("draft.no_doubts")))
	case show == "left-out" && len(w.LeftOut) == 0:
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("draft.none_left_out")))
	}
	return reply, nil
}

// looked is the work that a person looks at, a draft or else one of the group's
// own, for which the draft is empty, and what names it to a button.
func (k *Desk) looked(ctx context.Context, r *bot.Request) (w *library.Work, d storage.Draft, args map[string]string, err error) {
	d, err = k.draft(ctx, r)
	if err == nil {
		if w, _, err = k.readDraft(ctx, &d); err != nil {
			return nil, d, nil, k.refuse(r, err)
		}
		return w, d, map[string]string{"book": d.Alias, "draft": strconv.FormatInt(d.ID, 10)}, nil
	}
	if r.Args.Get("draft") != "" {
		return nil, d, nil, err
	}
	o, none := k.mine(ctx, r, r.Args.Get("book"))
	if none != nil {
		if e, ok := errors.AsType[*bot.Error](none); !ok || e.Code != string(library.UnknownWork) {
			return nil, d, nil, none // several may be meant, or it is the operator's
		}
		return nil, d, nil, &bot.Error{Code: "not_found", Message: k.voice(r).Say("draft.nowhere", "Name", bot.Clean(r.Args.Get("book"), 60))}
	}
	err = k.DB.Read(ctx, func(tx *storage.Tx) (err error) {
		w, err = tx.Work(ctx, o.ID)
		return err
	})
	return w, storage.Draft{}, map[string]string{"book": o.Alias()}, err
}

func doubtsOf(v *phrases.Voice, w *library.Work) (out []bot.Spans) {
	for _, x := range w.Warnings {
		out = append(out, v.Say("draft.doubt", "Line", numbered(x.Line), "Text", bot.Clean(x.Message, 300)))
	}
	return out
}

func leftOutOf(v *phrases.Voice, w *library.Work) (out []bot.Spans) {
	for _, x := range w.LeftOut {
		out = append(out, v.Say("draft.piece", "Line", numbered(x.Line), "Text", library.Opening(bot.Clean(x.Text, 200)), "Reason", x.Reason))
	}
	return out
}

// titlePage is what the title page says beside title, author and date.
func titlePage(v *phrases.Voice, w *library.Work) (out []bot.Spans) {
	for _, f := range [...][2]string{{"subtitle", w.Subtitle}, {"source", w.Source}, {"edition", w.Edition}, {"rights", w.Rights}} {
		if f[1] != "" {
			out = append(out, v.Say("draft."+f[0], "Text", bot.Clean(f[1], 300)))
		}
	}
	for i, s := range w.OtherTitleLines() {
		if i == shownPieces {
			break
		}
		out = append(out, v.Say("draft.title_line", "Text", bot.Clean(s, 300)))
	}
	return out
}

// fixExamples are corrections that could be typed, about this very text.
func fixExamples(v *phrases.Voice, w *library.Work) []bot.Spans {
	name := "library fix " + w.Alias() + " "
	lines := []string{`title "` + w.Title + `"`, `author "` + w.Author + `"`}
	if w.Author == "" {
		lines[1] = `author "…"`
	}
	lines = append(lines, `12 heading 1`, `12 split "where the second part begins"`, `12 merge`, `12 drop`, `12 kind quotation`, `12 by "whose words they are"`)
	for i := range w.Sections {
		if s := &w.Sections[i]; !s.Lead && s.Title != "" {
			lines = append(lines, `§"`+library.FirstWords(s.Title)+`" rename "…"`, `§"`+library.FirstWords(s.Title)+`" level 2`, `§"`+library.FirstWords(s.Title)+`" text`)
			break
		}
	}
	if len(w.LeftOut) > 0 {
		lines = append(lines, `left "`+library.FirstWords(w.LeftOut[0].Text)+`" restore`)
	}
	var out []bot.Spans
	for _, l := range lines {
		out = append(out, bot.Spans{{Text: name + bot.Clean(l, 200), Style: bot.Typed}})
	}
	return out
}

// libraryPut adds a book that was shown, or forgets it.
func (k *Desk) libraryPut(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	if r.Args.Get("drop") != "" {
		d, err := k.draft(ctx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
			return bot.Say(v.Say("draft.dropped")), tx.DropDraft(ctx, d.ID)
		})
	}
	d, err := k.draft(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	in, err := k.draftIncoming(ctx, &d)
	if err != nil {
		return bot.Reply{}, k.refuse(r, err)
	}
	in.Replace = r.Args.Get("replace") != ""
	b, err := k.Bring(ctx, in)
	if e, ok := errors.AsType[*library.Error](err); ok && e.Reason == "replaced_other" {
		return bot.Reply{}, &bot.Error{Code: string(e.Code), Message: v.Say("draft.unlike", "Work", e.Args["Work"], "Alias", e.Args["Alias"], "Kept", e.Args["Kept"], "Count", e.Args["Count"]),
			Actions: []bot.Action{{Label: v.Text("action.put_in_place"), Danger: true, Do: bot.Invocation{Command: "library put",
				Args: map[string]string{"book": d.Alias, "draft": strconv.FormatInt(d.ID, 10), "replace": "yes"}}}}}
	}
	if err != nil {
		return bot.Reply{}, k.refuse(r, err)
	}
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		key := "draft.added"
		if b.Was != nil {
			key = "draft.replaced"
			if foreign(b.Was) {
				key = "draft.put_in_place"
			}
		}
		reply := bot.Say(v.Say(key, "Title", bot.Clean(in.Work.Title, 200), "Alias", in.Work.Alias()))
		reply.Blocks = append(reply.Blocks, k.effects(v, &in.Work.Meta, b)...)
		return reply, tx.DropDraft(ctx, d.ID)
	})
}

// mine is a work of the group's own. The operator's are not a group's to change.
func (k *Desk) mine(ctx context.Context, r *bot.Request, query string) (*library.Outline, error) {
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return nil, err
	}
	o, err := shelf.Work(query)
	if err != nil {
		return nil, k.refuse(r, err)
	}
	own := false
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		works, err := tx.OwnWorks(ctx, library.GroupID(r.Group))
		for _, m := range works {
			own = own || m.ID == o.ID
		}
		return err
	})
	if err == nil && !own {
		err = &bot.Error{Code: "forbidden", Message: k.voice(r).Say("fix.not_yours", "Work", bot.Clean(o.Title, 100))}
	}
	return o, err
}

// libraryRemove takes a book of the group's off its shelf, once that is
// confirmed.
func (k *Desk) libraryRemove(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	o, err := k.mine(ctx, r, r.Args.Get("work"))
	if err != nil {
		return bot.Reply{}, err
	}
	if r.Args.Get("sure") == "" {
		var use storage.WorkUse
		var plan string
		err := k.DB.Read(ctx, func(tx *storage.Tx) (err error) {
			if plan, err = tx.PlanReading(ctx, o.ID); err != nil {
				return err
			}
			use, err = tx.UseOf(ctx, o.ID)
			return err
		})
		if err != nil {
			return bot.Reply{}, err
		}
		if plan != "" {
			return bot.Reply{}, k.refuse(r, &library.Error{Code: library.Forbidden, Reason: "work_in_plan", Args: map[string]any{"Plan": plan}})
		}
		reply := bot.Say(v.Say("remove.would", "Title", bot.Clean(o.Title, 200), "Passages", v.Text("count.passages", "Count", o.Last())))
		if use.CheckIns > 0 {
			reply.Blocks = append(reply.Blocks, bot.Para(v.Say("remove.checkins", "Count", use.CheckIns)))
		}
		if len(use.Plans) > 0 {
			reply.Blocks = append(reply.Blocks, bot.Para(v.Say("remove.plans", "Plans", bot.Clean(strings.Join(use.Plans, ", "), 300))))
		}
		reply.Actions = []bot.Action{
			{Label: v.Text("action.do_it"), Do: bot.Invocation{Command: "library remove", Args: map[string]string{"work": o.Alias(), "sure": "yes"}}, Danger: true},
			{Label: v.Text("action.leave_it"), Do: bot.Invocation{Command: "leave it"}},
		}
		return reply, nil
	}
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		if plan, err := tx.PlanReading(ctx, o.ID); err != nil || plan != "" {
			return bot.Reply{}, errors.Join(err, k.refuse(r, &library.Error{Code: library.Forbidden, Reason: "work_in_plan", Args: map[string]any{"Plan": plan}}))
		}
		if err := tx.RemoveWork(ctx, o.ID); err != nil {
			return bot.Reply{}, err
		}
		// Nobody finds it from now on; the index lets go of it by and by.
		return bot.Say(v.Say("remove.done", "Title", bot.Clean(o.Title, 200))), nil
	})
}
