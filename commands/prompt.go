package commands

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/reading"
	"lectern/storage"
)

// maxPrompt bounds a question, in characters.
const maxPrompt = 1000

// promptAdd adds a question to a reading. A time in brackets before it says
// when it is posted; otherwise the plan's rule does.
func (k *Desk) promptAdd(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.withPrompts(ctx, r, func(tx *storage.Tx, p *storage.PlanRow, loc *time.Location) (bot.Reply, error) {
		x, q, err := k.newPrompt(r, p, loc)
		if err != nil {
			return bot.Reply{}, err
		}
		if err := k.addPrompt(ctx, tx, r, p, &q, loc); err != nil {
			return bot.Reply{}, err
		}
		at, err := k.promptTime(ctx, tx, p, q.ID)
		if err != nil {
			return bot.Reply{}, err
		}
		return k.promptComes(r, p, &q, x, at, loc), nil
	})
}

// withPrompts runs what changes the questions of the plan that is meant, and
// writes anew what the plan will owe.
func (k *Desk) withPrompts(ctx context.Context, r *bot.Request, fn func(*storage.Tx, *storage.PlanRow, *time.Location) (bot.Reply, error)) (bot.Reply, error) {
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		p, err := k.plan(ctx, tx, r, reading.Draft, reading.Paused, reading.Published)
		if err != nil {
			return bot.Reply{}, err
		}
		p.Plan = p.Advance(tx.Now)
		loc, err := reading.LoadZone(p.Zone)
		if err != nil {
			return bot.Reply{}, err
		}
		reply, err := fn(tx, &p, loc)
		if err != nil {
			return reply, err
		}
		return reply, k.reschedule(ctx, tx, &p)
	})
}

// promptTime is when a question is asked.
func (k *Desk) promptTime(ctx context.Context, tx *storage.Tx, p *storage.PlanRow, id int64) (time.Time, error) {
	all, err := tx.Prompts(ctx, p.ID)
	if err != nil {
		return time.Time{}, err
	}
	return delivery.PromptTimes(p.Plan, all, tx.Now)[id], nil
}

// promptComes says when a question is asked, and that this is before its reading
// opens, if it is.
func (k *Desk) promptComes(r *bot.Request, p *storage.PlanRow, q *storage.Prompt, x *reading.Reading, at time.Time, loc *time.Location) bot.Reply {
	v, now := k.voice(r), k.Now()
	opens := ""
	if p.State != reading.Draft && at.Before(x.Opens) {
		opens = v.Moment(x.Opens.In(loc), now).String()
	}
	return bot.Say(v.Say("prompt.added", "Ord", q.Ord, "N", x.N, "At", v.Moment(at.In(loc), now), "Opens", opens))
}

// newPrompt is the question that two arguments name: a reading's number, and
// the words.
func (k *Desk) newPrompt(r *bot.Request, p *storage.PlanRow, loc *time.Location) (*reading.Reading, storage.Prompt, error) {
	x, err := k.readingArg(r, p, "reading")
	if err != nil {
		return nil, storage.Prompt{}, err
	}
	q, err := k.readPrompt(r, p, x, r.Args.Get("text"), loc)
	return x, q, err
}

// readPrompt reads a question for a reading, with a time in brackets before it
// or without one.
func (k *Desk) readPrompt(r *bot.Request, p *storage.PlanRow, x *reading.Reading, text string, loc *time.Location) (storage.Prompt, error) {
	v := k.voice(r)
	q := storage.Prompt{Plan: p.ID, Reading: x.ID}
	if x.State == reading.Done {
		return q, &bot.Error{Code: "syntax", Param: "reading", Message: v.Say("prompt.closed", "N", x.N)}
	}
	text = strings.TrimSpace(text)
	if inner, rest, ok := strings.Cut(text, "]"); ok && strings.HasPrefix(inner, "[") {
		var err error
		if q.At, err = k.promptWhen(r, p, x, strings.TrimPrefix(inner, "["), "text", loc); err != nil {
			return q, err
		}
		text = rest
	}
	if q.Text = bot.Clean(text, maxPrompt); q.Text == "" {
		return q, &bot.Error{Code: "syntax", Param: "text", Message: v.Say("prompt.empty")}
	}
	return q, nil
}

// promptWhen reads when a question is asked: not before now, and before its
// reading is due. What may be meant in several ways is meant while the reading
// is open; only where several of them are is it asked.
func (k *Desk) promptWhen(r *bot.Request, p *storage.PlanRow, x *reading.Reading, text, param string, loc *time.Location) (reading.DateTime, error) {
	v, now := k.voice(r), k.Now()
	var said, early, fit []reading.DateTime
	add := func(w reading.When) {
		if !w.Timed { // at the meeting's hour
			w.Local.Clock = p.Cadence.Clock
		}
		said = append(said, w.Local)
		at := reading.Instant(w.Local, loc)
		switch {
		case at.Before(now.Add(-time.Minute)) || !at.Before(x.Due.At):
		case at.Before(x.Opens):
			early = append(early, w.Local)
		case !slices.Contains(fit, w.Local):
			fit = append(fit, w.Local)
		}
	}
	w, err := reading.ParseWhen(text, now, loc)
	le, unsure := errors.AsType[*library.Error](err)
	switch {
	case err == nil:
		add(w)
	case unsure:
		var possible []library.Suggestion
		for _, s := range le.Suggestions {
			n := len(fit)
			if digits, ok := le.Args["Text"].(string); ok && le.Reason == "when_slashes" { // the hour beside them counts too
				s.Citation = strings.Replace(text, digits, s.Citation, 1)
			}
			if w, err := reading.ParseWhen(s.Citation, now, loc); err == nil {
				add(w)
			}
			if len(fit) > n {
				possible = append(possible, s)
			}
		}
		le.Suggestions = possible
	}
	if x.Opens.After(now) && !leansOnToday(text, now, loc) { // a Thursday is one within the reading's time
		if w, err := reading.ParseWhen(text, x.Opens, loc); err == nil {
			add(w)
		}
	}
	switch {
	case len(fit) == 1 || len(fit) > 1 && err == nil:
		return fit[0], nil
	case len(fit) == 0 && len(early) > 0 && err == nil:
		return early[0], nil
	case len(said) == 0 || len(fit) > 1:
		return reading.DateTime{}, k.refuseParam(r, param, err)
	}
	at := reading.Instant(said[0], loc)
	key := "prompt.after"
	switch {
	case at.Before(now):
		key = "prompt.past"
	case at.Before(x.Due.At):
		key = "prompt.early"
	}
	return reading.DateTime{}, &bot.Error{Code: "syntax", Param: param, Message: v.Say(key, "At", v.Moment(at.In(loc), now), "N", x.N,
		"Opens", v.Moment(x.Opens.In(loc), now), "Due", v.Moment(x.Due.At.In(loc), now))}
}

// leansOnToday reports whether a time is one counted from today, as tomorrow is:
// said a day later it means a day later.
func leansOnToday(text string, now time.Time, loc *time.Location) bool {
	one, err1 := reading.ParseWhen(text, now, loc)
	two, err2 := reading.ParseWhen(text, now.AddDate(0, 0, 1), loc)
	three, err3 := reading.ParseWhen(text, now.AddDate(0, 0, 2), loc)
	return err1 == nil && err2 == nil && err3 == nil && two.Local.Date.Sub(one.Local.Date) == 1 && three.Local.Date.Sub(two.Local.Date) == 1
}

// addPrompt keeps a question; where its usual time has gone by it is asked at
// once.
func (k *Desk) addPrompt(ctx context.Context, tx *storage.Tx, r *bot.Request, p *storage.PlanRow, q *storage.Prompt, loc *time.Location) (err error) {
	if q.Author == 0 {
		if q.Author, err = k.person(ctx, tx, r); err != nil {
			return err
		}
	}
	if err := tx.AddPrompt(ctx, q); err != nil || q.Suggested {
		return err
	}
	return k.askSoon(ctx, tx, p, q, loc)
}

// askSoon gives a question a time if the usual one has gone by.
func (k *Desk) askSoon(ctx context.Context, tx *storage.Tx, p *storage.PlanRow, q *storage.Prompt, loc *time.Location) error {
	if !q.At.IsZero() {
		return nil
	}
	at, err := k.promptTime(ctx, tx, p, q.ID)
	if err != nil || !at.Before(tx.Now) {
		return err
	}
	q.At = reading.DateTimeOf(tx.Now.Add(time.Minute), loc)
	return tx.SavePrompt(ctx, *q)
}

// readingArg is the reading of a plan that an argument numbers.
func (k *Desk) readingArg(r *bot.Request, p *storage.PlanRow, name string) (*reading.Reading, error) {
	n, err := strconv.Atoi(strings.TrimSpace(r.Args.Get(name)))
	if err != nil || n < 1 || n > len(p.Readings) {
		return nil, &bot.Error{Code: "out_of_range", Param: name, Message: k.voice(r).Say("along.no_such_reading", "Plan", p.Name, "Count", len(p.Readings))}
	}
	return &p.Readings[n-1], nil
}

// promptList shows the plan's questions, and those that were suggested.
func (k *Desk) promptList(ctx context.Context, r *bot.Request) (reply bot.Reply, err error) {
	v := k.voice(r)
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		p, err := k.plan(ctx, tx, r, reading.Draft, reading.Ended, reading.Paused, reading.Published)
		if err != nil {
			return err
		}
		loc, err := reading.LoadZone(p.Zone)
		if err != nil {
			return err
		}
		qs, err := tx.Prompts(ctx, p.ID)
		if err != nil {
			return err
		}
		suggested, err := tx.Suggestions(ctx, p.ID)
		if err != nil {
			return err
		}
		if len(qs)+len(suggested) == 0 {
			reply = bot.Say(v.Say("prompt.none"))
			return nil
		}
		reply.Title = v.Say("prompt.title", "Plan", p.Name)
		reply.Private = true
		n := map[reading.ReadingID]int{}
		for _, x := range p.Readings {
			n[x.ID] = x.N
		}
		times := delivery.PromptTimes(p.Plan, qs, k.Now())
		made, err := tx.Deliveries(ctx, storage.DeliveryFilter{Plan: p.ID, Limit: maxPosts})
		if err != nil {
			return err
		}
		posts := map[int64]*storage.Delivery{}
		for i := range made {
			if d := &made[i]; d.Kind == delivery.Question && d.Act == storage.Post {
				posts[d.Prompt] = d
			}
		}
		var rows []bot.Spans
		for _, q := range qs {
			at, became := times[q.ID], "to_come"
			d := posts[q.ID]
			switch {
			case d != nil && d.State == storage.Posted:
				at, became = d.PostedAt, "asked"
			case d != nil && d.State == storage.Folded:
				at, became = d.Due, "asked"
			case d != nil && (d.State == storage.Owed || d.State == storage.Sending):
				at, became = d.Due, "owed"
			case d != nil:
				at, became = d.Due, "missed"
			case p.State == reading.Paused && !at.After(k.Now()):
				became = "waits"
			}
			rows = append(rows, v.Say("prompt.row", "N", n[q.Reading], "Ord", q.Ord, "At", v.Moment(at.In(loc), k.Now()),
				"Asked", became == "asked", "Missed", became == "missed", "Owed", became == "owed", "Waits", became == "waits", "Text", q.Text))
		}
		if len(rows) > 0 {
			reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Bullets, Items: rows})
		}
		rows = nil
		for i, q := range suggested {
			rows = append(rows, v.Say("prompt.suggested_row", "N", n[q.Reading], "Name", bot.Clean(q.By, 40), "Text", q.Text))
			if i < maxSuggested {
				args := map[string]string{"plan": strconv.FormatInt(int64(p.ID), 10), "question": strconv.FormatInt(q.ID, 10)}
				reply.Actions = append(reply.Actions,
					bot.Action{Label: v.Text("action.take_question", "Text", bot.Clean(q.Text, 30)), Do: bot.Invocation{Command: "prompt take", Args: args}},
					bot.Action{Label: v.Text("action.decline_question", "Text", bot.Clean(q.Text, 30)), Do: bot.Invocation{Command: "prompt decline", Args: args}, Danger: true})
			}
		}
		if len(rows) > 0 {
			reply.Blocks = append(reply.Blocks, bot.Para(v.Say("prompt.suggested")), bot.Block{Kind: bot.Bullets, Items: rows})
		}
		return nil
	})
	return reply, err
}

// maxPosts bounds how many posts of a plan are looked at together.
const maxPosts = 100_000

// maxSuggested is how many suggestions are offered as buttons at once.
const maxSuggested = 2

// promptArg is the question that two arguments number, with its reading;
// posted is true when it was asked.
func (k *Desk) promptArg(ctx context.Context, tx *storage.Tx, r *bot.Request, p *storage.PlanRow) (q storage.Prompt, x *reading.Reading, posted bool, err error) {
	if x, err = k.readingArg(r, p, "reading"); err != nil {
		return q, nil, false, err
	}
	qs, err := tx.Prompts(ctx, p.ID)
	if err != nil {
		return q, nil, false, err
	}
	posed, err := tx.Posed(ctx, p.ID)
	if err != nil {
		return q, nil, false, err
	}
	ord, _ := strconv.Atoi(strings.TrimSpace(r.Args.Get("question"))) // 0 is no question's number
	for _, q := range qs {
		if q.Reading == x.ID && q.Ord == ord {
			return q, x, posed[q.ID], nil
		}
	}
	return q, x, false, &bot.Error{Code: "not_found", Param: "question", Message: k.voice(r).Say("prompt.no_such", "N", x.N)}
}

// promptRemove takes a question away that was not posted yet.
func (k *Desk) promptRemove(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.withPrompts(ctx, r, func(tx *storage.Tx, p *storage.PlanRow, _ *time.Location) (bot.Reply, error) {
		q, _, posted, err := k.promptArg(ctx, tx, r, p)
		switch {
		case err != nil:
			return bot.Reply{}, err
		case posted:
			return bot.Reply{}, &bot.Error{Code: "syntax", Message: v.Say("prompt.posted")}
		}
		return bot.Say(v.Say("prompt.removed", "Text", q.Text)), tx.RemovePrompt(ctx, q.ID)
	})
}

// promptEdit words a question anew, in the room too where it was asked.
func (k *Desk) promptEdit(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.withPrompts(ctx, r, func(tx *storage.Tx, p *storage.PlanRow, _ *time.Location) (bot.Reply, error) {
		q, x, posted, err := k.promptArg(ctx, tx, r, p)
		if err != nil {
			return bot.Reply{}, err
		}
		if q.Text = bot.Clean(r.Args.Get("text"), maxPrompt); q.Text == "" {
			return bot.Reply{}, &bot.Error{Code: "syntax", Param: "text", Message: v.Say("prompt.empty")}
		}
		if err := tx.SavePrompt(ctx, q); err != nil {
			return bot.Reply{}, err
		}
		key := "prompt.edited"
		if posted {
			key = "prompt.edited_posted"
			is := func(d *storage.Delivery) bool { return d.Kind == delivery.Question && d.Prompt == q.ID }
			if err := editPosted(ctx, tx, p, x.ID, r.Key, is); err != nil {
				return bot.Reply{}, err
			}
		}
		return bot.Say(v.Say(key, "Ord", q.Ord, "N", x.N, "Text", q.Text)), nil
	})
}

// promptMove gives a question another time or another reading.
func (k *Desk) promptMove(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.withPrompts(ctx, r, func(tx *storage.Tx, p *storage.PlanRow, loc *time.Location) (bot.Reply, error) {
		q, x, posted, err := k.promptArg(ctx, tx, r, p)
		switch {
		case err != nil:
			return bot.Reply{}, err
		case posted:
			return bot.Reply{}, &bot.Error{Code: "syntax", Message: v.Say("prompt.posted")}
		}
		to := strings.TrimSpace(r.Args.Get("to"))
		if _, err := strconv.Atoi(strings.TrimPrefix(strings.ToLower(to), "reading ")); err == nil {
			r.Args["to"] = strings.TrimPrefix(strings.ToLower(to), "reading ")
			y, err := k.readingArg(r, p, "to")
			switch {
			case err != nil:
				return bot.Reply{}, err
			case y.State == reading.Done:
				return bot.Reply{}, &bot.Error{Code: "syntax", Param: "to", Message: v.Say("prompt.closed", "N", y.N)}
			case y.ID != x.ID:
				// A time of its own stays as many days before the reading is due.
				if !q.At.IsZero() {
					q.At.Date = q.At.Date.AddDays(y.Due.Local.Date.Sub(x.Due.Local.Date))
				}
				if at := reading.Instant(q.At, loc); !q.At.IsZero() && (at.Before(tx.Now) || at.Before(y.Opens)) {
					q.At = reading.DateTime{}
				}
				if err := tx.GivePrompt(ctx, &q, y.ID); err != nil {
					return bot.Reply{}, err
				}
				x = y
			}
		} else {
			q.At = reading.DateTime{}
			if !strings.EqualFold(to, v.Text("form.word_none")) {
				if q.At, err = k.promptWhen(r, p, x, to, "to", loc); err != nil {
					return bot.Reply{}, err
				}
			}
			if err := tx.SavePrompt(ctx, q); err != nil {
				return bot.Reply{}, err
			}
		}
		if err := k.askSoon(ctx, tx, p, &q, loc); err != nil {
			return bot.Reply{}, err
		}
		at, err := k.promptTime(ctx, tx, p, q.ID)
		if err != nil {
			return bot.Reply{}, err
		}
		return k.promptComes(r, p, &q, x, at, loc), nil
	})
}

// promptSuggest keeps a question that a member would like to see asked.
func (k *Desk) promptSuggest(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.withPrompts(ctx, r, func(tx *storage.Tx, p *storage.PlanRow, loc *time.Location) (bot.Reply, error) {
		x, q, err := k.newPrompt(r, p, loc)
		if err != nil {
			return bot.Reply{}, err
		}
		q.Suggested = true
		if err := k.addPrompt(ctx, tx, r, p, &q, loc); err != nil {
			return bot.Reply{}, err
		}
		return private(bot.Say(v.Say("prompt.suggestion_kept", "N", x.N))), nil
	})
}

// suggestion is the suggested question that a button names.
func (k *Desk) suggestion(ctx context.Context, tx *storage.Tx, r *bot.Request, p *storage.PlanRow) (storage.Prompt, error) {
	id, _ := strconv.ParseInt(r.Args.Get("question"), 10, 64) // 0 is none
	q, err := tx.Prompt(ctx, id)
	if errors.Is(err, storage.ErrNotFound) || err == nil && (!q.Suggested || q.Plan != p.ID) {
		return q, &bot.Error{Code: "not_found", Message: k.voice(r).Say("prompt.suggestion_gone")}
	}
	return q, err
}

// promptTake makes a question of the plan's of one that was suggested.
func (k *Desk) promptTake(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.withPrompts(ctx, r, func(tx *storage.Tx, p *storage.PlanRow, loc *time.Location) (bot.Reply, error) {
		q, err := k.suggestion(ctx, tx, r, p)
		if err != nil {
			return bot.Reply{}, err
		}
		i := slices.IndexFunc(p.Readings, func(x reading.Reading) bool { return x.ID == q.Reading })
		if p.Readings[i].State == reading.Done {
			return bot.Reply{}, &bot.Error{Code: "syntax", Message: v.Say("prompt.closed", "N", p.Readings[i].N)}
		}
		if err := tx.TakePrompt(ctx, &q); err != nil {
			return bot.Reply{}, err
		}
		if at := reading.Instant(q.At, loc); !q.At.IsZero() && at.Before(tx.Now) {
			q.At = reading.DateTime{}
		}
		if err := k.askSoon(ctx, tx, p, &q, loc); err != nil {
			return bot.Reply{}, err
		}
		at, err := k.promptTime(ctx, tx, p, q.ID)
		if err != nil {
			return bot.Reply{}, err
		}
		return k.promptComes(r, p, &q, &p.Readings[i], at, loc), nil
	})
}

// promptDecline takes a suggestion away.
func (k *Desk) promptDecline(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.withPrompts(ctx, r, func(tx *storage.Tx, p *storage.PlanRow, _ *time.Location) (bot.Reply, error) {
		q, err := k.suggestion(ctx, tx, r, p)
		if err != nil {
			return bot.Reply{}, err
		}
		return bot.Say(k.voice(r).Say("prompt.removed", "Text", q.Text)), tx.RemovePrompt(ctx, q.ID)
	})
}

// maxPrompts is how many questions are taken in at once.
const maxPrompts = 200

// promptImport adds the questions of a file or of several lines: each begins
// with its reading's number. All are added, or none.
func (k *Desk) promptImport(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	text := r.Args.Get("text")
	if strings.TrimSpace(text) == "" && r.File != nil {
		text = strings.TrimPrefix(string(r.File.Data), "\ufeff")
	}
	if strings.TrimSpace(text) == "" {
		return bot.Reply{}, &bot.Error{Code: "syntax", Message: v.Say("prompt.import_how")}
	}
	return k.withPrompts(ctx, r, func(tx *storage.Tx, p *storage.PlanRow, loc *time.Location) (bot.Reply, error) {
		count, n := 0, 0
		for line := range strings.Lines(text) {
			n++
			line = strings.TrimSpace(line)
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			bad := func(why bot.Spans) error {
				return &bot.Error{Code: "bad_file", Message: v.Say("prompt.import_line", "Line", n, "Why", why)}
			}
			end := strings.IndexFunc(line, func(c rune) bool { return c < '0' || c > '9' })
			if end <= 0 {
				return bot.Reply{}, bad(v.Say("prompt.import_number"))
			}
			r.Args["reading"] = line[:end]
			x, err := k.readingArg(r, p, "reading")
			if err == nil {
				var q storage.Prompt
				if q, err = k.readPrompt(r, p, x, strings.TrimLeft(line[end:], ".:) \t"), loc); err == nil {
					if count++; count > maxPrompts {
						return bot.Reply{}, &bot.Error{Code: "too_large", Message: v.Say("prompt.import_many", "Max", maxPrompts)}
					}
					err = k.addPrompt(ctx, tx, r, p, &q, loc)
				}
			}
			if refusal, ok := errors.AsType[*bot.Error](err); ok {
				return bot.Reply{}, bad(refusal.Message)
			}
			if err != nil {
				return bot.Reply{}, err
			}
		}
		if count == 0 {
			return bot.Reply{}, &bot.Error{Code: "syntax", Message: v.Say("prompt.import_how")}
		}
		return bot.Say(v.Say("prompt.imported", "Count", count, "Plan", p.Name)), nil
	})
}
