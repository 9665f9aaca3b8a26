package delivery

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"lectern/bot"
	"lectern/library"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// compose writes the post that a delivery owes, from what is true now. skip is
// the reason why it should not be posted after all, "" if it should.
func (e *Engine) compose(ctx context.Context, d storage.Delivery, now time.Time) (post bot.Reply, skip string, err error) {
	if d.Body != nil {
		return post, "", json.Unmarshal(d.Body, &post)
	}
	if d.Kind == Result {
		return e.result(ctx, d)
	}
	err = e.DB.Read(ctx, func(tx *storage.Tx) error {
		g, err := tx.Group(ctx, d.Group)
		if err != nil {
			return err
		}
		v := e.Phrases.In(g.Language)
		p, err := tx.Plan(ctx, d.Plan)
		if err != nil {
			return err
		}
		p.Plan = p.Advance(now)
		var x *reading.Reading
		for i := range p.Readings {
			if p.Readings[i].ID == d.Reading {
				x = &p.Readings[i]
			}
		}
		if x == nil {
			skip = "gone"
			return nil
		}
		if !d.Forced {
			if skip = e.tooLate(d, x, now); skip != "" {
				return nil
			}
		}
		switch d.Kind {
		case Announcement:
			post, err = announcement(ctx, tx, v, now, g, &p, x, d)
		case Discussion:
			post, err = discussion(ctx, tx, v, now, g, &p, x)
		case Reminder:
			post, err = reminder(ctx, tx, v, now, &p, x)
		case Question:
			post, err = question(ctx, tx, v, &p, x, d.Prompt)
			if errors.Is(err, storage.ErrNotFound) {
				skip, err = "gone", nil
			}
		case Meeting:
			if x.NoMeeting || PlaceOf(g, &p.Plan) == "" {
				skip = "no_meeting"
				return nil
			}
			post, err = meeting(v, now, g, &p, x)
		case Leader:
			if post, err = leaderless(ctx, tx, v, now, &p, x); err == nil && post.Empty() {
				if skip = "led"; x.NoMeeting {
					skip = "no_meeting"
				}
			}
		case Brief:
			post, err = brief(ctx, tx, v, now, &p, x)
		case Recap:
			if post, err = recap(ctx, tx, v, &p, x); err == nil && post.Empty() {
				skip = "nothing_to_say"
			}
		case Closing:
			post, err = recap(ctx, tx, v, &p, x)
			post.Blocks = append(post.Blocks, bot.Para(v.Say("post.ended", "Plan", p.Name)))
		default:
			err = fmt.Errorf("delivery: no such kind of post: %s", d.Kind)
		}
		return err
	})
	return post, skip, err
}

// announcement is the post with which a reading opens. What became of the
// reading before it stands at its head, so that one post says both.
func announcement(ctx context.Context, tx *storage.Tx, v *phrases.Voice, now time.Time, g reading.Group, p *storage.PlanRow, x *reading.Reading, d storage.Delivery) (bot.Reply, error) {
	post, err := Describe(ctx, tx, v, now, g, p, x)
	if err != nil {
		return post, err
	}
	if x.N > 1 {
		before, err := recap(ctx, tx, v, p, &p.Readings[x.N-2])
		if err != nil {
			return post, err
		}
		post.Blocks = append(before.Blocks, post.Blocks...)
	}
	first, err := firstOf(ctx, tx, d)
	if err != nil {
		return post, err
	}
	if first, err = numbered(ctx, tx, x, first); err != nil {
		return post, err
	}
	if first {
		post.Blocks = append(post.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("post.paragraphs", "Number", x.Portions[0].First, "Ordinal", v.Ordinal(x.Portions[0].First))})
	}
	return post, nil
}

// firstOf reports whether a delivery is the first announcement of its room,
// which explains what "¶" means.
func firstOf(ctx context.Context, tx *storage.Tx, d storage.Delivery) (bool, error) {
	all, err := tx.Deliveries(ctx, storage.DeliveryFilter{Platform: d.Platform, Room: d.Room, To: d.Due.Add(time.Millisecond)})
	if err != nil {
		return false, err
	}
	for _, x := range all {
		if x.Kind == Announcement && x.ID != d.ID {
			return false, nil
		}
	}
	return true, nil
}

// Describe says what a reading is: what to read, by when, where it begins and
// ends in words that stand on paper too, and where the group meets.
func Describe(ctx context.Context, tx *storage.Tx, v *phrases.Voice, now time.Time, g reading.Group, p *storage.PlanRow, x *reading.Reading) (bot.Reply, error) {
	loc, err := reading.LoadZone(p.Zone)
	if err != nil {
		return bot.Reply{}, err
	}
	title := p.Name
	reply := bot.Reply{Title: v.Say("post.reading_title", "N", x.N, "Total", len(p.Readings), "Title", title)}
	due := v.Moment(x.Due.At.In(loc), now)
	for i := range due {
		due[i].Style |= bot.Strong
	}
	key := "post.read_by"
	switch {
	case x.State == reading.Done || p.State == reading.Ended:
		key = "post.was_read_by"
	case x.State == reading.Ahead && !x.Opens.IsZero():
		key = "post.opens_later"
	}
	opens := bot.Spans(nil)
	if !x.Opens.IsZero() {
		opens = v.Moment(x.Opens.In(loc), now)
	}
	reply.Blocks = append(reply.Blocks, bot.Para(v.Say(key, "Due", due, "Opens", opens)))
	for _, portion := range x.Portions {
		line, err := DescribePortion(ctx, tx, v, portion, p.Works() > 1)
		if err != nil {
			return reply, err
		}
		reply.Blocks = append(reply.Blocks, bot.Para(line))
	}
	var tail []string
	if place := PlaceOf(g, &p.Plan); place != "" {
		tail = append(tail, place)
		if g.Minutes > 0 {
			tail = append(tail, v.Text("count.minutes", "Count", g.Minutes))
		}
	}
	if len(x.Short) > 0 {
		works, err := Works(ctx, tx, x.Short)
		if err != nil {
			return reply, err
		}
		long, _ := Lengths(v, works, x.Short)
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("post.short", "Range", Ranges(v, works, x.Short, p.Works() > 1), "Words", long)))
	}
	rota, names, err := tx.Rota(ctx, p.ID)
	if err != nil {
		return reply, err
	}
	if t, _ := rota.Turn(&p.Plan, x.ID); len(t.Leaders) > 0 {
		var who []string
		for _, id := range t.Leaders {
			who = append(who, bot.Clean(names[id], 40))
		}
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("post.leads", "Names", v.List(who), "Count", len(who), "Self", v.Text("rota.self"))))
	}
	if x.Warning != "" {
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("post.warning", "Text", x.Warning)))
	}
	switch {
	case x.NoMeeting:
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("post.meets_not")))
	case len(tail) > 0:
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("post.meets", "Where", strings.Join(tail, ", "))))
	}
	if x.State != reading.Done && p.State != reading.Ended {
		n := fmt.Sprint(x.N)
		reply.Actions = []bot.Action{
			{Label: v.Text("action.join"), Do: bot.Invocation{Command: "join"}},
			{Label: v.Text("action.done"), Do: bot.Invocation{Command: "done"}, Primary: true, React: "✅"},
			{Label: v.Text("action.at"), Do: bot.Invocation{Command: "at"}, Ask: "place"},
			{Label: v.Text("action.skip"), Do: bot.Invocation{Command: "skip"}, React: "⏭"},
			{Label: v.Text("action.text"), Do: bot.Invocation{Command: "text", Args: map[string]string{"number": n}}},
		}
	}
	return reply, nil
}

// DescribePortion says what is to be read of one work.
func DescribePortion(ctx context.Context, tx *storage.Tx, v *phrases.Voice, p reading.Portion, named bool) (bot.Spans, error) {
	work, err := tx.WorkMeta(ctx, p.Work)
	if err != nil {
		return nil, err
	}
	ends, err := tx.PassagesByNumber(ctx, p.Work, p.First, p.First)
	if err != nil {
		return nil, err
	}
	last, err := tx.PassagesByNumber(ctx, p.Work, p.Last, p.Last)
	if err != nil {
		return nil, err
	}
	name := ""
	if named {
		name = work.Title
	}
	var section, from, to string
	if work.Contents.Has(p.First, p.Last) { // what it is called stands on paper; where it begins, its pages say
		section = v.Text("post.section", "Title", work.Contents.Chapters[p.First-1].Title)
		if p.Last > p.First {
			section, from, to = "", work.Contents.Chapters[p.First-1].Title, work.Contents.Chapters[p.Last-1].Title
		}
		if p.First == p.Last && work.Contents.Chapters[p.First-1].Title == "" || p.Last > p.First && (from == "" || to == "") {
			section, from, to = "", "", ""
		}
	} else if len(ends) > 0 {
		heading, err := tx.Heading(ctx, p.Work, p.First)
		if err != nil {
			return nil, err
		}
		from = Opening(ends[0].Text, 6)
		switch {
		case heading.Title != "":
			section = v.Text("post.section", "Title", heading.Title)
		case heading.Label != "":
			section = v.Text("post.label", "Label", heading.Label)
		case heading.Lead:
			section = v.Text("post.opening")
		}
	}
	if len(last) > 0 && !work.OutlineOnly() {
		to = Ending(last[0].Text, 6)
	}
	return v.Say("post.portion", "Work", name, "Section", section, "First", p.First, "Last", p.Last, "Range", Span(v, &work, p.First, p.Last),
		"From", from, "To", to, "Words", Extent(v, &work, p.First, p.Last, p.Words)), nil
}

// Opening is the first words of a text, for somebody who reads on paper.
func Opening(s string, words int) string {
	head, all := library.Head(s, words)
	if all {
		return head
	}
	return strings.TrimRight(head, ",;:–—-，、；：") + "…"
}

// Ending is the last words of a text.
func Ending(s string, words int) string {
	tail, all := library.Tail(s, words)
	if all {
		return tail
	}
	return "…" + tail
}

func reminder(ctx context.Context, tx *storage.Tx, v *phrases.Voice, now time.Time, p *storage.PlanRow, x *reading.Reading) (bot.Reply, error) {
	loc, err := reading.LoadZone(p.Zone)
	if err != nil {
		return bot.Reply{}, err
	}
	works, err := Works(ctx, tx, x.Portions)
	if err != nil {
		return bot.Reply{}, err
	}
	reply := bot.Say(v.Say("post.reminder", "N", x.N, "Plan", p.Name, "Due", v.Moment(x.Due.At.In(loc), now), "Range", Ranges(v, works, x.Portions, p.Works() > 1)))
	asked, _, err := questionsOf(ctx, tx, p, x)
	if err != nil {
		return reply, err
	}
	if len(asked) > 0 {
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("post.to_talk_about")), bot.Block{Kind: bot.Numbers, Items: asked})
	}
	reply.Actions = []bot.Action{
		{Label: v.Text("action.done"), Do: bot.Invocation{Command: "done"}, Primary: true, React: "✅"},
		{Label: v.Text("action.at"), Do: bot.Invocation{Command: "at"}, Ask: "place"},
		{Label: v.Text("action.text"), Do: bot.Invocation{Command: "text", Args: map[string]string{"number": fmt.Sprint(x.N)}}},
	}
	return reply, nil
}

// questionsOf are a reading's questions: those that were asked, and those to
// come.
func questionsOf(ctx context.Context, tx *storage.Tx, p *storage.PlanRow, x *reading.Reading) (asked, toCome []bot.Spans, err error) {
	prompts, err := tx.Prompts(ctx, p.ID)
	if err != nil {
		return nil, nil, err
	}
	posed, err := tx.Posed(ctx, p.ID)
	for _, q := range prompts {
		switch {
		case q.Reading != x.ID:
		case posed[q.ID]:
			asked = append(asked, bot.Plain(q.Text))
		default:
			toCome = append(toCome, bot.Plain(q.Text))
		}
	}
	return asked, toCome, err
}

func question(ctx context.Context, tx *storage.Tx, v *phrases.Voice, p *storage.PlanRow, x *reading.Reading, id int64) (bot.Reply, error) {
	q, err := tx.Prompt(ctx, id)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Reply{
		Blocks: []bot.Block{bot.Para(v.Say("post.question", "Ord", q.Ord, "Text", q.Text)), {Kind: bot.Small, Text: v.Say("post.question_of", "N", x.N, "Plan", p.Name)}},
	}, nil
}

// recap says how many have read a reading: five have, and never of how many.
func recap(ctx context.Context, tx *storage.Tx, v *phrases.Voice, p *storage.PlanRow, x *reading.Reading) (bot.Reply, error) {
	members, err := tx.Members(ctx, p.Group)
	if err != nil {
		return bot.Reply{}, err
	}
	ins, err := tx.CheckIns(ctx, p.ID)
	if err != nil {
		return bot.Reply{}, err
	}
	n := reading.BoardOf(*x, CheckIns(ins), Visibility(members)).Read
	if n == 0 { // nobody is told that nobody has
		return bot.Reply{}, nil
	}
	return bot.Say(v.Say("post.recap", "N", x.N, "Count", n)), nil
}

// CheckIns are stored check-ins as the board takes them.
func CheckIns(rows []storage.CheckIn) []reading.CheckIn {
	out := make([]reading.CheckIn, len(rows))
	for i, c := range rows {
		out[i] = reading.CheckIn{Person: c.Person, Reading: c.Reading, Work: c.Work, Upto: c.Number, Anchor: c.Anchor, Kind: reading.CheckKind(c.Kind), Covers: c.Covers, At: c.At}
	}
	return out
}

// Visibility is what members let others see. Who left the group is not seen.
func Visibility(members []reading.Member) func(reading.PersonID) reading.Visibility {
	shows := make(map[reading.PersonID]reading.Visibility, len(members))
	for _, m := range members {
		shows[m.Person] = m.Shows
	}
	return func(p reading.PersonID) reading.Visibility {
		if s, ok := shows[p]; ok {
			return s
		}
		return reading.Hidden
	}
}

// PromptTimes are the instants at which a plan's questions are asked, of a
// draft as if it were published now.
func PromptTimes(p reading.Plan, prompts []storage.Prompt, now time.Time) map[int64]time.Time {
	if p.State == reading.Draft {
		if q, _, err := p.Publish(now); err == nil {
			p = q
		}
	}
	p.State = reading.Published // a paused plan's are as if it went on
	out := map[int64]time.Time{}
	for _, o := range reading.Schedule(p, Asked(prompts)) {
		if o.Kind == reading.PromptPost {
			out[int64(o.Prompt)] = o.At
		}
	}
	return out
}

// Asked are stored questions as a schedule takes them.
func Asked(prompts []storage.Prompt) []reading.Prompt {
	out := make([]reading.Prompt, len(prompts))
	for i, q := range prompts {
		out[i] = reading.Prompt{ID: reading.PromptID(q.ID), Reading: q.Reading, At: q.At}
	}
	return out
}

// meeting is a word before the group meets.
func meeting(v *phrases.Voice, now time.Time, g reading.Group, p *storage.PlanRow, x *reading.Reading) (bot.Reply, error) {
	loc, err := reading.LoadZone(p.Zone)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say(v.Say("post.meeting", "N", x.N, "Plan", p.Name, "Due", v.Moment(x.Due.At.In(loc), now), "Where", PlaceOf(g, &p.Plan))), nil
}

// PlaceOf is where a group meets for a plan, "" if it only writes.
func PlaceOf(g reading.Group, p *reading.Plan) string {
	if p.Place == reading.InWriting {
		return ""
	}
	return cmp.Or(p.Place, g.Place)
}

// Greet owes a room the one post that says who the bot is.
func Greet(ctx context.Context, tx *storage.Tx, v *phrases.Voice, platform, room string) error {
	body, err := json.Marshal(bot.Say(v.Say("post.arrival")))
	if err != nil {
		return fmt.Errorf("delivery: %w", err)
	}
	key := "arrival " + platform + " " + room
	_, err = tx.Owe(ctx, storage.Delivery{Key: key, Token: Token(key), Kind: Arrival, Occurrence: "once", Platform: platform, Room: room, Body: body, Due: tx.Now})
	return err
}
