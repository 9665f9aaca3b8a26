package commands

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"

	"lectern/bot"
	"lectern/library"
	"lectern/reading"
	"lectern/reading/calendar"
)

// planSpec reads what a plan is to be from the arguments of plan create; unread
// is how many entries of a calendar of holidays repeat by a rule that is not
// understood.
func (k *Desk) planSpec(r *bot.Request, shelf *library.Shelf, g reading.Group) (spec reading.Spec, unread int, err error) {
	fail := func(param string, err error) (reading.Spec, int, error) { return spec, 0, k.refuseParam(r, param, err) }
	if spec.Works, err = worksNamed(shelf, r.Args.Get("work")); err != nil {
		return fail("work", err)
	}
	if spec.Cadence, err = reading.ParseCadence(r.Args.Get("when")); err != nil {
		return fail("when", err)
	}
	loc, err := reading.LoadZone(g.Zone)
	if err != nil {
		return spec, 0, err
	}
	now := k.Now().In(loc)
	spec.Zone, spec.Start = g.Zone, reading.DateOf(now, loc).AddDays(1)
	if s := r.Args.Get("start"); s != "" {
		if spec.Start, err = k.date(s, now); err != nil {
			return fail("start", err)
		}
	}
	if s := r.Args.Get("end"); s != "" {
		if spec.End, err = k.date(s, now); err != nil {
			return fail("end", err)
		}
	}
	if spec.Skips, unread, err = k.skips(r, spec.Start, now); err != nil {
		return fail("without", err)
	}
	if err := size(&spec, r.Args.Get("weeks")); err != nil {
		return fail("weeks", err)
	}
	if s := r.Args.Get("leave"); s != "" {
		for place := range strings.SplitSeq(s, ";") {
			out, err := portionsOf(spec.Works, spec.Works[0].ID, strings.TrimSpace(place))
			if err != nil {
				return fail("leave", err)
			}
			spec.LeaveOut = append(spec.LeaveOut, out...)
		}
	}
	if s := r.Args.Get("short"); s != "" {
		number, _, _ := strings.Cut(s, " ")
		if spec.ShortWords, err = strconv.Atoi(number); err != nil || spec.ShortWords < 1 {
			return fail("short", &library.Error{Code: library.Syntax, Reason: "short_words", Args: map[string]any{}})
		}
	}
	spec.Preset = reading.Preset(r.Args.Get("posts"))
	spec.Place = k.planPlaceOf(r, r.Args.Get("place"))
	if spec.Name = bot.Clean(r.Args.Get("name"), 80); spec.Name == "" {
		var titles []string
		for _, w := range spec.Works {
			titles = append(titles, w.Title)
		}
		spec.Name = strings.Join(titles, ", ")
	}
	return spec, unread, nil
}

// worksNamed are the works that somebody names, parted by commas.
func worksNamed(shelf *library.Shelf, s string) ([]*library.Outline, error) {
	w, err := shelf.Work(s)
	if err == nil {
		return []*library.Outline{w}, nil
	}
	if !strings.Contains(s, ",") {
		return nil, err
	}
	var out []*library.Outline
	for name := range strings.SplitSeq(s, ",") {
		w, err := shelf.Work(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		for _, o := range out {
			if o.ID == w.ID {
				return nil, &library.Error{Code: library.Syntax, Reason: "work_twice", Args: map[string]any{"Title": w.Title}}
			}
		}
		out = append(out, w)
	}
	return out, nil
}

// size reads how long a plan takes: weeks, readings, so many words, pages,
// minutes or chapters a week, sections, or what each reading holds.
func size(spec *reading.Spec, s string) error {
	s = strings.ToLower(strings.TrimSpace(s))
	switch {
	case strings.HasPrefix(s, "section"), strings.HasPrefix(s, "by section"), strings.HasPrefix(s, "chapter"), strings.HasPrefix(s, "by chapter"):
		spec.BySection, spec.SectionDepth = true, 1
		if spec.Works[0].OutlineOnly() && strings.Contains(s, "chapter") {
			return chapters(spec, 1)
		}
		return nil
	case strings.Contains(s, ";"):
		n := 0
		for place := range strings.SplitSeq(strings.Trim(s, "; "), ";") {
			n++
			var all []reading.Portion
			for piece := range strings.SplitSeq(place, "+") { // of several works
				portions, err := portionsOf(spec.Works, spec.Works[0].ID, strings.TrimSpace(piece))
				if err != nil {
					return &library.Error{Code: library.Syntax, Reason: "plan_by_hand", Args: map[string]any{"N": n, "Text": strings.TrimSpace(piece)}}
				}
				all = append(all, portions...)
			}
			spec.ByHand = append(spec.ByHand, all)
		}
		return nil
	}
	bad := &library.Error{Code: library.Syntax, Reason: "weeks", Args: map[string]any{"Value": s}}
	number, unit, _ := strings.Cut(s, " ")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		return bad
	}
	unit, _, _ = strings.Cut(strings.TrimSpace(unit), " ") // "pages a week"
	switch strings.TrimSuffix(unit, "s") {
	case "", "week":
		spec.Weeks = n
	case "reading", "meeting", "part":
		spec.Parts = n
	case "word":
		spec.WordsPerWeek = n
	case "page":
		spec.WordsPerWeek = n * library.WordsPerPage
	case "minute", "min":
		spec.WordsPerWeek = n * library.WordsPerMinute
	case "hour":
		spec.WordsPerWeek = n * 60 * library.WordsPerMinute
	case "chapter":
		return chapters(spec, n)
	default:
		return bad
	}
	return nil
}

// chapters makes readings of so many chapters each, of books that are kept by
// their outline: each chapter is a passage there.
func chapters(spec *reading.Spec, n int) error {
	spec.BySection = false
	for _, o := range spec.Works {
		if !o.OutlineOnly() {
			return &library.Error{Code: library.Syntax, Reason: "plan_chapters", Args: map[string]any{"Title": o.Title}}
		}
		for first := 1; first <= o.Last(); first += n {
			spec.ByHand = append(spec.ByHand, []reading.Portion{{Work: o.ID, First: first, Last: min(first+n-1, o.Last())}})
		}
	}
	return nil
}

// skips are the days without a meeting: dates and spans of them, parted by
// commas, and the whole days of a calendar that was attached. Of that unread
// entries repeat by a rule that is not understood.
func (k *Desk) skips(r *bot.Request, start reading.Date, now time.Time) (out []reading.Date, unread int, err error) {
	for s := range strings.SplitSeq(r.Args.Get("without"), ",") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		from, to, err := k.days(s, now)
		if err != nil {
			return nil, 0, err
		}
		if to.Before(from) {
			return nil, 0, &library.Error{Code: library.Syntax, Reason: "break_order", Args: map[string]any{"From": from, "To": to}}
		}
		if to.Sub(from) >= reading.MaxBreak {
			return nil, 0, &library.Error{Code: library.OutOfRange, Reason: "break_long", Args: map[string]any{"Most": reading.MaxBreak}}
		}
		for d := from; !d.After(to); d = d.AddDays(1) {
			out = append(out, d)
		}
	}
	if r.File == nil {
		return out, 0, nil
	}
	days, unread, err := calendar.Holidays(bytes.NewReader(r.File.Data), start, start.AddDays(5*366))
	switch {
	case errors.Is(err, calendar.ErrTooLarge):
		return nil, 0, &library.Error{Code: library.TooLarge, Reason: "holidays_large", Args: map[string]any{}}
	case errors.Is(err, calendar.ErrNoDays):
		return nil, 0, &library.Error{Code: library.BadFile, Reason: "holidays_none", Args: map[string]any{}}
	case err != nil:
		return nil, 0, &library.Error{Code: library.BadFile, Reason: "holidays_file", Args: map[string]any{"Name": bot.Clean(r.File.Name, 60)}}
	}
	return append(out, days...), unread, nil
}
