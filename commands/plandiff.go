package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// diffBlocks says everything that a change does: to dates, to passages, and to
// what else hangs on them. p is the plan before the change.
func (k *Desk) diffBlocks(ctx context.Context, tx *storage.Tx, r *bot.Request, p *storage.PlanRow, d reading.Diff) ([]bot.Block, error) {
	v := k.voice(r)
	zone := p.Zone
	if d.Zone != nil {
		zone = d.Zone.To
	}
	loc, err := reading.LoadZone(zone)
	if err != nil {
		return nil, err
	}
	after := d.Apply(p.Plan)
	works, err := delivery.WorksOf(ctx, tx, &p.Plan, &after)
	if err != nil {
		return nil, err
	}
	rows := k.diffRows(v, works, d, loc)
	if len(rows) == 0 {
		rows = append(rows, v.Say("plan.nothing_moves"))
	}
	blocks := []bot.Block{{Kind: bot.Bullets, Items: rows}}
	if e := reading.Ends(p.Plan, after); e.From != e.To && !e.From.IsZero() {
		day := func(x reading.Date) string {
			return v.Day(reading.Instant(reading.DateTime{Date: x}, loc).In(loc), k.Now())
		}
		blocks = append(blocks, bot.Para(v.Say("plan.ends", "From", day(e.From), "To", day(e.To))))
	}
	touched, err := k.touched(ctx, tx, v, p, d)
	if err != nil {
		return nil, err
	}
	return append(blocks, bot.Block{Kind: bot.Small, Text: touched}), nil
}

// diffRows is one line for each thing that changes.
func (k *Desk) diffRows(v *phrases.Voice, works func(library.WorkID) *library.Meta, d reading.Diff, loc *time.Location) (rows []bot.Spans) {
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
	for i := range d.Removed {
		say("plan.gone_reading", "N", d.Removed[i].N, "Range", delivery.Ranges(v, works, d.Removed[i].Portions))
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
			say("plan.regrouped", "N", m.To.N, "From", delivery.Ranges(v, works, m.From.Portions), "To", delivery.Ranges(v, works, m.To.Portions))
		}
		if m.From.NoMeeting != m.To.NoMeeting {
			key := "plan.meets_again"
			if m.To.NoMeeting {
				key = "plan.meets_not"
			}
			say(key, "N", m.To.N, "Due", when(m.To.Due))
		}
		if m.From.Warning != m.To.Warning {
			say("plan.warning", "N", m.To.N, "Text", m.To.Warning)
		}
		if !m.TextMoved() && !samePortions(m.From.Short, m.To.Short) {
			say("plan.short", "N", m.To.N, "Range", delivery.Ranges(v, works, m.To.Short))
		}
	}
	for i := range d.Added {
		x := &d.Added[i]
		long, _ := delivery.Lengths(v, works, x.Portions)
		say("plan.added", "N", x.N, "Range", delivery.Ranges(v, works, x.Portions), "Due", when(x.Due), "Words", long)
	}
	return rows
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

// touched says what else a change moves: questions that are still to come, and
// entries of the calendar. It never touches a check-in, and says so.
func (k *Desk) touched(ctx context.Context, tx *storage.Tx, v *phrases.Voice, p *storage.PlanRow, d reading.Diff) (bot.Spans, error) {
	prompts, err := tx.Prompts(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	before := delivery.PromptTimes(p.Plan, prompts, k.Now())
	after := delivery.PromptTimes(d.Apply(p.Plan), prompts, k.Now())
	moved := 0
	for _, q := range prompts {
		a, b := before[q.ID], after[q.ID]
		if a.After(k.Now()) && !a.Equal(b) {
			moved++
		}
	}
	entries := len(d.Added) + len(d.Removed)
	for i := range d.Moved {
		if m := &d.Moved[i]; m.DueMoved() || m.TextMoved() || m.From.NoMeeting != m.To.NoMeeting {
			entries++
		}
	}
	var out bot.Spans
	if moved > 0 {
		out = append(v.Say("plan.touches_prompts", "Count", moved), bot.Span{Text: " "})
	}
	if entries > 0 && p.State != reading.Draft {
		out = append(append(out, v.Say("plan.touches_calendar", "Count", entries)...), bot.Span{Text: " "})
	}
	return append(out, v.Say("plan.no_checkin_touched")...), nil
}

// notice owes the plan's room a post that says what became of a reading that
// was announced there: its date, its passages, or its meeting. Where the change
// was made in that room, everybody has seen it. p is the plan after the change.
func (k *Desk) notice(ctx context.Context, tx *storage.Tx, r *bot.Request, p *storage.PlanRow, d reading.Diff) error {
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
	announced := reading.Diff{}
	for _, m := range d.Moved {
		if !m.From.Opens.IsZero() && !m.From.Opens.After(k.Now()) && (m.DueMoved() || m.TextMoved() || m.From.NoMeeting != m.To.NoMeeting) {
			announced.Moved = append(announced.Moved, m)
		}
	}
	if len(announced.Moved) == 0 {
		return nil
	}
	works, err := delivery.WorksOf(ctx, tx, &p.Plan)
	if err != nil {
		return err
	}
	post := bot.Reply{Title: v.Say("plan.notice", "Plan", p.Name), Blocks: []bot.Block{{Kind: bot.Bullets, Items: k.diffRows(v, works, announced, loc)}}}
	body, err := json.Marshal(post)
	if err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	key := fmt.Sprintf("g%d p%d notice %d %s %s", p.Group, p.ID, p.Revision, p.Platform, p.Room)
	_, err = tx.Owe(ctx, storage.Delivery{Key: key, Token: delivery.Token(key), Group: p.Group, Plan: p.ID, Reading: announced.Moved[0].To.ID, Kind: delivery.Changed,
		Occurrence: fmt.Sprint(p.Revision), Platform: p.Platform, Room: p.Room, Body: body, Due: tx.Now})
	return err
}
