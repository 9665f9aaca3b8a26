package reading

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"lectern/library"
)

// A Kind says what sort of post is owed.
type Kind string

// The kinds of posts, in the order in which they go out when they fall
// together.
const (
	Recap        Kind = "recap"        // what was read, and how many have
	Announcement Kind = "announcement" // a reading opens
	PromptPost   Kind = "prompt"       // a question to think about
	Reminder     Kind = "reminder"     // a reading is due tomorrow
	Meeting      Kind = "meeting"      // a meeting is about to begin
)

// A Prompt is a discussion question for a reading, as far as its time goes. It
// belongs to the reading with the ID, or with the number where that is 0.
type Prompt struct {
	ID      PromptID
	Reading ReadingID
	N       int
	At      DateTime // in the plan's zone; zero for the default
}

// A Held is a question as a change of its plan moves it: it belongs to the
// reading that holds the last passage that it is about, and a time of its own
// stays as many days before that is due. Where that comes to lie outside the
// time in which that is read, the question has none of its own any more.
type Held struct {
	Reading ReadingID
	Work    library.WorkID // the last passage that it is about
	Number  int
	At      DateTime // zero for none of its own
}

// Follow says where a question is in plan p that was in plan was; nil if p has
// no readings.
func (h Held) Follow(was, p *Plan) *Held {
	if len(p.Readings) == 0 {
		return nil
	}
	to := p.Holding(h.Work, h.Number)
	if i := slices.IndexFunc(p.Readings, func(r Reading) bool { return r.ID == h.Reading }); to == nil && i >= 0 {
		to = &p.Readings[i]
	}
	if to == nil {
		to = &p.Readings[len(p.Readings)-1]
	}
	if i := slices.IndexFunc(was.Readings, func(r Reading) bool { return r.ID == h.Reading }); i >= 0 && !h.At.IsZero() {
		from, at := &was.Readings[i], h.At
		h.At.Date = at.Date.AddDays(to.Due.Local.Date.Sub(from.Due.Local.Date))
		if loc, err := p.Location(); err == nil && from.reads(Instant(at, loc)) && !to.reads(Instant(h.At, loc)) {
			h.At = DateTime{}
		}
	}
	h.Reading = to.ID
	return &h
}

// reads reports whether an instant is in the time in which a reading is read.
func (r *Reading) reads(at time.Time) bool { return !at.Before(r.Opens) && at.Before(r.Due.At) }

// An Owed is one post that a plan owes to its rooms.
type Owed struct {
	Kind    Kind
	Reading ReadingID
	N       int // the reading's number
	Prompt  PromptID
	// Recap is the number of the reading that an announcement also looks back
	// on, because it ends as the next one opens; 0 if none.
	Recap int
	// Occurrence names the post among those of its kind and reading. It stays
	// the same when nothing that was posted has to be posted again: in another
	// zone, at another hour, with other passages. A reminder has another when
	// its reading is due on another day.
	Occurrence string
	At         time.Time
}

// Times of posts around a reading.
const (
	promptDays    = 2             // after it opens, at the meeting's hour
	meetingBefore = 1 * time.Hour // before it is due
)

// Schedule lists the posts that a plan owes from when it was published, in
// order of their times: every announcement, and a reminder on the day before a
// reading is due at the same hour, unless it only opens then. With the preset
// Usual there is a recap: with the next announcement if that reading opens as
// the last one is due, otherwise on the day after. With Full there is a word
// an hour before each meeting as well.
//
// Prompts, which organisers write, are owed whatever the preset: at their own
// time, or two days after their reading opens, at the hour at which it is due,
// further ones a day apart; where that would be too late, in between: halfway
// to the due date, then at the quarters, the eighths and so on. One whose own
// time is before the plan was published comes as its reading opens. A draft owes nothing, and a paused plan nothing until it is resumed.
func Schedule(p Plan, prompts []Prompt) []Owed {
	if p.State != Published && p.State != Ended {
		return nil
	}
	loc, err := p.Location()
	if err != nil {
		return nil
	}
	var owed []Owed
	add := func(o Owed, r Reading) {
		if o.At.Before(p.Published) {
			return
		}
		o.Reading, o.N = r.ID, r.N
		owed = append(owed, o)
	}
	recaps := p.Preset == Usual || p.Preset == Full
	for i, r := range p.Readings {
		if r.Opens.IsZero() || r.Due.At.Before(p.Published) {
			continue // it was over before the plan was published
		}
		there := loc // the reading's own zone, if the plan has moved since
		if r.Due.Zone != p.Zone {
			if own, err := LoadZone(r.Due.Zone); err == nil {
				there = own
			}
		}
		announcement := Owed{Kind: Announcement, At: r.Opens, Occurrence: "open"}
		if recaps && i > 0 && r.Opens.Equal(p.Readings[i-1].Due.At) && r.Opens.After(p.Published) {
			announcement.Recap = i
		}
		add(announcement, r)
		if at := onDay(r.Due.Local, -1, there); at.After(r.Opens) {
			add(Owed{Kind: Reminder, At: at, Occurrence: r.Due.Local.Date.String()}, r)
		}
		if p.Preset == Full {
			if at := r.Due.At.Add(-meetingBefore); at.After(r.Opens) {
				add(Owed{Kind: Meeting, At: at, Occurrence: r.Due.Local.Date.String()}, r)
			}
		}
		folded := i+1 < len(p.Readings) && p.Readings[i+1].Opens.Equal(r.Due.At)
		if recaps && !folded {
			add(Owed{Kind: Recap, At: onDay(r.Due.Local, 1, there), Occurrence: "close"}, r)
		}
		for _, o := range r.prompts(prompts, p.Published, loc) {
			add(o, r)
		}
	}
	rank := map[Kind]int{Recap: 0, Announcement: 1, PromptPost: 2, Reminder: 3, Meeting: 4}
	slices.SortStableFunc(owed, func(a, b Owed) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.N, b.N), cmp.Compare(rank[a.Kind], rank[b.Kind]), cmp.Compare(a.Prompt, b.Prompt))
	})
	return owed
}

// prompts gives the reading's questions their times.
func (r *Reading) prompts(prompts []Prompt, published time.Time, loc *time.Location) []Owed {
	var out []Owed
	waiting := 0 // those that have no time of their own
	taken := map[time.Time]bool{}
	for _, q := range prompts {
		if r.asks(q) && !q.At.IsZero() {
			taken[Instant(q.At, loc).UTC()] = true
		}
	}
	halvings := 0
	for _, q := range prompts {
		if !r.asks(q) {
			continue
		}
		o := Owed{Kind: PromptPost, Prompt: q.ID, Occurrence: fmt.Sprint("prompt ", q.ID)}
		if q.At.IsZero() {
			opens := DateTime{DateOf(r.Opens, loc), r.Due.Local.Clock}
			for o.At = onDay(opens, promptDays+waiting, loc); taken[o.At.UTC()] && o.At.Before(r.Due.At); waiting++ {
				o.At = onDay(opens, promptDays+waiting+1, loc)
			}
			for (!o.At.Before(r.Due.At) || taken[o.At.UTC()]) && halvings < maxHalvings {
				halvings++
				o.At = r.Opens.Add(time.Duration(halved(halvings) * float64(r.Due.At.Sub(r.Opens)))).Truncate(time.Minute)
			}
			taken[o.At.UTC()] = true
			waiting++
		} else {
			o.At = Instant(q.At, loc)
			if o.At.Before(published) {
				o.At = r.Opens
			}
		}
		out = append(out, o)
	}
	return out
}

// asks reports whether a question is the reading's.
func (r *Reading) asks(q Prompt) bool {
	return q.Reading == r.ID && q.Reading != 0 || q.Reading == 0 && q.N == r.N
}

// maxHalvings is how often a place between is looked for; then questions fall
// together.
const maxHalvings = 1 << 10

// halved is the n-th place between 0 and 1, each as far from those before it
// as can be without moving them: 1/2, 1/4, 3/4, 1/8, … (van der Corput,
// "Verteilungsfunktionen", Proc. Akad. Amsterdam 38, 1935).
func halved(n int) float64 {
	at, step := 0.0, 0.5
	for ; n > 0; n /= 2 {
		at += step * float64(n%2)
		step /= 2
	}
	return at
}

// onDay is the same time of day so many days on.
func onDay(local DateTime, days int, loc *time.Location) time.Time {
	return Instant(DateTime{local.Date.AddDays(days), local.Clock}, loc)
}
