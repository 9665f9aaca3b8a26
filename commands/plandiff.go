package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// A hung is what hangs on a plan's readings.
type hung struct {
	rota    reading.Rota
	names   map[reading.PersonID]string
	prompts []storage.Prompt
	posed   map[int64]bool
}

func hungOn(ctx context.Context, tx *storage.Tx, p *storage.PlanRow) (h hung, err error) {
	if h.rota, h.names, err = tx.Rota(ctx, p.ID); err != nil {
		return h, err
	}
	if h.prompts, err = tx.Prompts(ctx, p.ID); err != nil {
		return h, err
	}
	h.posed, err = tx.Posed(ctx, p.ID)
	return h, err
}

// follow is what hangs on plan p when what hung on plan was has followed it.
func (h hung) follow(was, p *storage.PlanRow) hung {
	var stay, move []storage.Prompt // who comes into a reading comes after those that it has
	for _, q := range h.prompts {
		from := q.Reading
		if to := q.Held().Follow(&was.Plan, &p.Plan); to != nil {
			q.Reading, q.At = to.Reading, to.At
		}
		if q.Reading == from {
			stay = append(stay, q)
		} else {
			move = append(move, q)
		}
	}
	h.prompts = slices.Concat(stay, move)
	return h
}

// kept are the questions that are asked in a minute, with that time: their own
// has gone by, since a change put it there or a pause kept them back, and their
// reading is not over.
func (h hung) kept(p *storage.PlanRow, now time.Time) (out []storage.Prompt) {
	loc, err := p.Location()
	if err != nil || p.State != reading.Published {
		return nil
	}
	soon := now.Add(time.Minute)
	times := delivery.PromptTimes(p.Plan, h.prompts, now)
	for _, q := range h.prompts {
		at, owed := times[q.ID]
		i := slices.IndexFunc(p.Readings, func(x reading.Reading) bool { return x.ID == q.Reading })
		if owed && !h.posed[q.ID] && at.Before(now) && i >= 0 && p.Readings[i].Due.At.After(soon) {
			q.At = reading.DateTimeOf(soon, loc)
			out = append(out, q)
		}
	}
	return out
}

// askKept gives the questions of a changed plan that are asked in a minute that
// time. Who undoes the change in between gets them back as they were.
func (k *Desk) askKept(ctx context.Context, tx *storage.Tx, p *storage.PlanRow) error {
	h, err := hungOn(ctx, tx, p)
	if err != nil {
		return err
	}
	for _, q := range h.kept(p, k.Now()) {
		if err := tx.SavePrompt(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// diffBlocks says everything that a change does: to dates, to passages, and to
// what else hangs on them. was is the plan before the change, p the plan after
// it.
func (k *Desk) diffBlocks(ctx context.Context, tx *storage.Tx, r *bot.Request, was, p *storage.PlanRow, d reading.Diff, before, after hung) ([]bot.Block, error) {
	v := k.voice(r)
	loc, err := reading.LoadZone(p.Zone)
	if err != nil {
		return nil, err
	}
	works, err := delivery.WorksOf(ctx, tx, &was.Plan, &p.Plan)
	if err != nil {
		return nil, err
	}
	rows := k.diffRows(v, works, max(was.Works(), p.Works()) > 1, d, loc)
	if was.Platform != p.Platform || was.Room != p.Room {
		key := "plan.room_elsewhere"
		if here(r, p) {
			key = "plan.room_here"
		}
		rows = append(rows, v.Say(key))
	}
	if rows = append(rows, k.ledRows(v, was, p, before, after)...); len(rows) == 0 {
		rows = append(rows, v.Say("plan.nothing_moves"))
	}
	blocks := []bot.Block{{Kind: bot.Bullets, Items: rows}}
	if e := reading.Ends(was.Plan, p.Plan); e.From != e.To && !e.From.IsZero() {
		day := func(x reading.Date) string {
			return v.Day(reading.Instant(reading.DateTime{Date: x}, loc).In(loc), k.Now())
		}
		blocks = append(blocks, bot.Para(v.Say("plan.ends", "From", day(e.From), "To", day(e.To))))
	}
	return append(blocks, bot.Block{Kind: bot.Small, Text: k.touched(v, was, p, d, before, after)}), nil
}

// ledRows is one line for each meeting to come that somebody else leads after a
// change.
func (k *Desk) ledRows(v *phrases.Voice, was, p *storage.PlanRow, before, after hung) (rows []bot.Spans) {
	if len(after.rota.People) == 0 {
		return nil
	}
	led := map[reading.ReadingID][]reading.PersonID{}
	for _, t := range before.rota.Turns(settled(was, k.Now())) {
		led[t.Reading] = t.Leaders
	}
	for _, t := range after.rota.Turns(settled(p, k.Now())) {
		x, from := &p.Readings[t.N-1], led[t.Reading]
		if slices.Equal(from, t.Leaders) || x.NoMeeting || p.State != reading.Draft && !x.Due.At.After(k.Now()) {
			continue
		}
		rows = append(rows, v.Say("plan.led", "N", t.N, "From", leaders(v, reading.Turn{Leaders: from}, before.names),
			"To", leaders(v, reading.Turn{Leaders: t.Leaders}, after.names)))
	}
	return rows
}

// diffRows is one line for each thing that changes.
func (k *Desk) diffRows(v *phrases.Voice, works func(library.WorkID) *library.Meta, several bool, d reading.Diff, loc *time.Location) (rows []bot.Spans) {
	ranges := func(p []reading.Portion) string { return delivery.Ranges(v, works, p, several) }
	say := func(key string, pairs ...any) { rows = append(rows, v.Say(key, pairs...)) }
	when := func(o reading.Occurrence) bot.Spans { return v.Moment(o.At.In(loc), k.Now()) }
	if d.State != nil {
		say("plan.state_" + string(d.State.To))
	}
	if d.Cadence != nil {
		say("plan.meets_at", "From", d.Cadence.From.String(), "To", d.Cadence.To.String())
	}
	if d.Zone != nil {
		say("plan.in_zone", "Zone", d.Zone.To)
	}
	if d.Place != nil {
		say("plan.place", "Place", d.Place.To, "Writing", reading.InWriting)
	}
	if d.End != nil {
		end := ""
		if !d.End.To.IsZero() {
			end = FullDate(v, d.End.To)
		}
		say("plan.until", "End", end)
	}
	if d.Skips != nil {
		for _, x := range reading.Spans(without(d.Skips.To, d.Skips.From)) {
			say("plan.no_meetings", "From", FullDate(v, x.From), "To", FullDate(v, x.To))
		}
		for _, x := range reading.Spans(without(d.Skips.From, d.Skips.To)) {
			say("plan.meetings_again", "From", FullDate(v, x.From), "To", FullDate(v, x.To))
		}
	}
	for i := range d.Removed {
		x := &d.Removed[i]
		say("plan.gone_reading", "N", x.N, "Range", ranges(x.Portions), "Elsewhere", elsewhere(d, x.Portions[0]))
	}
	for i := range d.Moved {
		m := &d.Moved[i]
		if m.Renumbered() {
			say("plan.renumbered", "N", m.From.N, "To", m.To.N)
		}
		if from, to := when(m.From.Due), when(m.To.Due); m.DueMoved() && from.String() != to.String() { // another zone may say the same
			say("plan.moved", "N", m.To.N, "From", from, "To", to)
		}
		if m.TextMoved() {
			say("plan.regrouped", "N", m.To.N, "From", ranges(m.From.Portions), "To", ranges(m.To.Portions))
		}
		if m.From.NoMeeting != m.To.NoMeeting {
			key := "plan.meets_again"
			switch {
			case m.To.NoMeeting:
				key = "plan.meets_not"
			case m.DueMoved():
				key = "plan.meets_there"
			}
			say(key, "N", m.To.N, "Due", when(m.To.Due))
		}
		if m.From.Warning != m.To.Warning {
			say("plan.warning", "N", m.To.N, "Text", m.To.Warning)
		}
		if !samePortions(m.From.Short, m.To.Short) {
			say("plan.short", "N", m.To.N, "Range", ranges(m.To.Short))
		}
	}
	for i := range d.Added {
		x := &d.Added[i]
		long, _ := delivery.Lengths(v, works, x.Portions)
		say("plan.added", "N", x.N, "Range", ranges(x.Portions), "Due", when(x.Due), "Words", long)
		if len(x.Short) > 0 {
			say("plan.short", "N", x.N, "Range", ranges(x.Short))
		}
		if x.NoMeeting {
			say("plan.meets_not", "N", x.N, "Due", when(x.Due))
		}
	}
	return rows
}

// elsewhere reports whether a change puts the first passage of a reading that
// goes into another.
func elsewhere(d reading.Diff, gone reading.Portion) bool {
	has := func(x reading.Portion) bool {
		return x.Work == gone.Work && x.First <= gone.First && gone.First <= x.Last
	}
	return slices.ContainsFunc(d.Moved, func(m reading.Move) bool { return slices.ContainsFunc(m.To.Portions, has) }) ||
		slices.ContainsFunc(d.Added, func(x reading.Reading) bool { return slices.ContainsFunc(x.Portions, has) })
}

// without are the days of a that b has not.
func without(a, b []reading.Date) []reading.Date {
	return slices.DeleteFunc(slices.Clone(a), func(d reading.Date) bool { return slices.Contains(b, d) })
}

func samePortions(a, b []reading.Portion) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// touched says what else a change moves: posts and questions that are still to
// come, and entries of the calendar. It never touches a check-in, and says so.
func (k *Desk) touched(v *phrases.Voice, was, p *storage.PlanRow, d reading.Diff, before, after hung) bot.Spans {
	from := delivery.PromptTimes(was.Plan, before.prompts, k.Now())
	to := delivery.PromptTimes(p.Plan, after.prompts, k.Now())
	of := map[int64]reading.ReadingID{}
	for _, q := range after.prompts {
		of[q.ID] = q.Reading
	}
	kept := map[int64]bool{}
	for _, q := range after.kept(p, k.Now()) {
		kept[q.ID] = true
	}
	questions := 0
	for _, q := range before.prompts {
		if a := from[q.ID]; !kept[q.ID] && !before.posed[q.ID] && a.After(k.Now()) && (!a.Equal(to[q.ID]) || q.Reading != of[q.ID]) {
			questions++
		}
	}
	var out bot.Spans
	say := func(key string, n int) {
		if n > 0 {
			out = append(append(out, v.Say(key, "Count", n)...), bot.Span{Text: " "})
		}
	}
	say("plan.touches_posts", k.postsMoved(was, p))
	say("plan.touches_prompts", questions)
	say("plan.touches_kept", len(kept))
	if p.State != reading.Draft {
		say("plan.touches_calendar", k.entriesMoved(was, p, d, before, after))
		say("plan.touches_announced", len(k.announced(was, p, d)))
	}
	return append(out, v.Say("plan.no_checkin_touched")...)
}

// postsMoved counts the posts to come, questions apart, that a change gives
// another time, adds or takes away.
func (k *Desk) postsMoved(was, p *storage.PlanRow) (n int) {
	type post struct {
		kind    reading.Kind
		reading reading.ReadingID
		new     int // the number of a reading that has no name yet
	}
	times := func(p reading.Plan) map[post]time.Time {
		if p.State == reading.Paused {
			p.State = reading.Published
		}
		out := map[post]time.Time{}
		for _, o := range reading.Schedule(p, nil) {
			if o.At.After(k.Now()) {
				which := post{kind: o.Kind, reading: o.Reading}
				if o.Reading == 0 {
					which.new = o.N
				}
				out[which] = o.At
			}
		}
		return out
	}
	a, b := times(was.Plan), times(p.Plan)
	for which, at := range a {
		if to, ok := b[which]; !ok || !to.Equal(at) {
			n++
		}
		delete(b, which)
	}
	return n + len(b)
}

// entriesMoved counts the entries of the plan's calendar that say something
// else after a change.
func (k *Desk) entriesMoved(was, p *storage.PlanRow, d reading.Diff, before, after hung) int {
	led := map[reading.ReadingID][]reading.PersonID{}
	for _, t := range before.rota.Turns(settled(was, k.Now())) {
		led[t.Reading] = t.Leaders
	}
	moved := map[reading.ReadingID]bool{}
	for i := range d.Moved {
		if m := &d.Moved[i]; m.DueMoved() || m.TextMoved() || m.Renumbered() || m.From.NoMeeting != m.To.NoMeeting || m.From.Warning != m.To.Warning {
			moved[m.To.ID] = true
		}
	}
	for _, t := range after.rota.Turns(settled(p, k.Now())) {
		if _, there := led[t.Reading]; there && (d.Place != nil || !slices.Equal(led[t.Reading], t.Leaders)) {
			moved[t.Reading] = true
		}
	}
	return len(moved) + len(d.Added) + len(d.Removed)
}

// announced are the readings of a change that were announced, and of which
// something that was said changes.
func (k *Desk) announced(was, p *storage.PlanRow, d reading.Diff) (out []reading.Move) {
	for _, m := range d.Moved {
		if was.Announced(m.From.ID, k.Now()) &&
			(m.DueMoved() || m.TextMoved() || m.From.NoMeeting != m.To.NoMeeting || m.From.Warning != m.To.Warning || !samePortions(m.From.Short, m.To.Short)) {
			out = append(out, m)
		}
	}
	for _, x := range settled(was, k.Now()).Readings {
		if d.Place != nil && x.State == reading.Open && !slices.ContainsFunc(out, func(m reading.Move) bool { return m.To.ID == x.ID }) {
			out = append(out, reading.Move{From: x, To: x})
		}
	}
	return out
}

// editPosted corrects posts about a reading where they stand: they are written
// anew, on platforms that can edit. change names what made that necessary, and
// is chooses among the reading's deliveries.
func editPosted(ctx context.Context, tx *storage.Tx, p *storage.PlanRow, x reading.ReadingID, change string, is func(*storage.Delivery) bool) error {
	posts, err := tx.Deliveries(ctx, storage.DeliveryFilter{Plan: p.ID, Reading: x, States: []storage.DeliveryState{storage.Posted, storage.Folded}})
	if err != nil {
		return err
	}
	for i := range posts {
		d := &posts[i]
		if d.Act != storage.Post || !is(d) {
			continue
		}
		key := fmt.Sprintf("edit d%d %s", d.ID, change)
		if _, err := tx.Owe(ctx, storage.Delivery{Key: key, Token: delivery.Token(key), Group: p.Group, Plan: p.ID, Reading: x, Prompt: d.Prompt, Kind: d.Kind,
			Occurrence: change, Platform: d.Platform, Room: d.Room, Act: storage.Edit, Target: d.ID, Due: tx.Now}); err != nil {
			return err
		}
	}
	return nil
}

// isAnnouncement is true of what says what a reading is: its announcement, and
// its post in the group's forum.
func isAnnouncement(d *storage.Delivery) bool {
	return d.Kind == delivery.Announcement || d.Kind == delivery.Discussion
}

// notice makes what was announced true again: announcements are corrected where
// they stand, and a post in the plan's room says what became of the readings,
// unless the change was made there for everybody to see. was is the plan before
// the change, p the plan after it.
func (k *Desk) notice(ctx context.Context, tx *storage.Tx, r *bot.Request, was, p *storage.PlanRow, d reading.Diff) error {
	announced := k.announced(was, p, d)
	if len(announced) == 0 || p.State == reading.Draft {
		return nil
	}
	for _, m := range announced {
		if err := editPosted(ctx, tx, p, m.To.ID, strconv.Itoa(p.Revision), isAnnouncement); err != nil {
			return err
		}
	}
	if p.State != reading.Published || here(r, p) && !r.Direct {
		return nil
	}
	g, err := tx.Group(ctx, p.Group)
	if err != nil {
		return err
	}
	loc, err := reading.LoadZone(p.Zone)
	if err != nil {
		return err
	}
	v := k.Phrases.In(g.Language)
	works, err := delivery.WorksOf(ctx, tx, &p.Plan)
	if err != nil {
		return err
	}
	post := bot.Reply{Title: v.Say("plan.notice", "Plan", p.Name), Blocks: []bot.Block{{Kind: bot.Bullets, Items: k.diffRows(v, works, p.Works() > 1, reading.Diff{Moved: announced, Place: d.Place}, loc)}}}
	body, err := json.Marshal(post)
	if err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	key := fmt.Sprintf("g%d p%d notice %d %s %s", p.Group, p.ID, p.Revision, p.Platform, p.Room)
	_, err = tx.Owe(ctx, storage.Delivery{Key: key, Token: delivery.Token(key), Group: p.Group, Plan: p.ID, Reading: announced[0].To.ID, Kind: delivery.Changed,
		Occurrence: fmt.Sprint(p.Revision), Platform: p.Platform, Room: p.Room, Body: body, Due: tx.Now})
	return err
}
