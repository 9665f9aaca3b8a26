package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"lectern/bot/bottest"
	"lectern/reading"
	"lectern/storage"
	"lectern/storage/storagetest"
)

// A whirl is a group whose organiser changes a plan at random, in the words that
// people type, while the others check in, ask, swap and are away.
type whirl struct {
	*fakeStage
	t      *testing.T
	r      *rand.Rand
	counts map[string]int
}

var whirls = flag.Int("whirls", 4, "how many groups change their plans at random")

// TestPlansAtRandom holds of any sequence of commands that the difference shown
// is the difference made, row for row of the database; that undo restores every
// row; and that no check-in is lost or changed.
func TestPlansAtRandom(t *testing.T) {
	counts := map[string]int{}
	for seed := range uint64(*whirls) {
		books := []txtar.File{{Name: "letters.md", Data: []byte("# Letters\n\nBy Ana, 1911\n\n" + strings.Repeat("It says what the first had no room for, at greater length.\n\n", 12))}}
		w := &whirl{fakeStage: newFakeStage(t, books).(*fakeStage), t: t, r: rand.New(rand.NewPCG(seed, 11)), counts: counts}
		w.begin()
		for range 40 {
			w.pass()
			w.live()
			if w.r.IntN(4) > 0 {
				w.change()
				continue
			}
			w.undoAll()
		}
	}
	t.Log(counts)
	for _, kind := range []string{"changes", "undone", "moved", "regrouped", "new", "gone", "renumbered", "led", "questions", "entries", "posts", "left"} {
		if counts[kind] < 10 {
			t.Errorf("only %d of %s", counts[kind], kind)
		}
	}
}

func (w *whirl) say(who, line string) string { return w.Say(w.t, who, line) }

func (w *whirl) begin() {
	w.say("ana", `/group setup name:"Readers" city:London place:"Reading room" length:"90 min"`)
	for _, who := range []string{"ana", "ben", "cem"} {
		w.say(who, "/join")
	}
	size := []string{"12", "sections", `"900 words"`}[w.r.IntN(3)]
	w.say("ana", `/plan create "handbook, letters" "tue 19:00" `+size)
	w.say("ana", "[Publish]")
	w.say("ana", "/rota set Ana, Ben, Cem")
}

// pass lets time go by.
func (w *whirl) pass() { w.Sleep(w.t, time.Duration(w.r.IntN(5*24))*time.Hour) }

// live is what members do beside the plan.
func (w *whirl) live() {
	who := []string{"ana", "ben", "cem"}[w.r.IntN(3)]
	n := 1 + w.r.IntN(12)
	lines := []string{
		"/done", "/skip", fmt.Sprintf("/at handbook %d", 1+w.r.IntN(86)), fmt.Sprintf("/at letters %d", 1+w.r.IntN(12)),
		fmt.Sprintf("/rota swap %d %d", n, n+1+w.r.IntN(2)), fmt.Sprintf("/rota absent %d feb to %d feb", 1+w.r.IntN(9), 10+w.r.IntN(9)),
	}
	w.say(who, lines[w.r.IntN(len(lines))])
	if w.r.IntN(3) == 0 {
		w.say("ana", fmt.Sprintf("/prompt add %d %s", n, []string{"Why?", "[mon 18:00] And who?"}[w.r.IntN(2)]))
	}
}

// order is a change of the plan, as it is typed.
func (w *whirl) order(p *reading.Plan) string {
	x := p.Readings[w.r.IntN(len(p.Readings))]
	day := x.Due.Local.Date
	at := fmt.Sprintf("%d %s %d", day.Day, strings.ToLower(day.Month.String()[:3]), day.Year)
	orders := []string{
		"skip " + at, "skip " + at, "cancel " + at, "shift 1", "shift 2", fmt.Sprintf("shift 1 from:%d", x.N), "break " + at + " to " + at,
		"when " + []string{"wed 20:00", "mon, thu 18:00", "every other sun 17:00", "tue 19:00"}[w.r.IntN(4)],
		"zone " + []string{"Berlin", "London", "Kathmandu"}[w.r.IntN(3)],
		fmt.Sprintf("split %d", x.N), fmt.Sprintf("split %d", x.N), fmt.Sprintf("merge %d", x.N), fmt.Sprintf("merge %d", x.N), "rebalance", "rebalance 6",
		fmt.Sprintf("extend handbook %d", 1+w.r.IntN(86)), "pause", "resume", "resume", fmt.Sprintf("reopen %d", x.N),
		fmt.Sprintf("warn %d A quarrel is told", x.N), fmt.Sprintf("warn %d none", x.N), fmt.Sprintf("short %d none", x.N),
		"place " + []string{"Café Nord", "none", "The park"}[w.r.IntN(3)],
	}
	return "/plan " + orders[w.r.IntN(len(orders))]
}

// A state is everything of a plan that a change may move.
type state struct {
	plan      storage.PlanRow
	rows      map[string][]string
	prompts   []storage.Prompt
	asked     map[int64]time.Time
	leaders   map[reading.ReadingID][]reading.PersonID
	scheduled map[string]string
}

// hangs are the tables beside the plan's own, and what of them a change may not
// leave otherwise when it is taken back.
var hangs = map[string]string{
	"plan": "id, name, cadence, zone, start, ends, skips, preset, short, place, platform, room", "reading": "id, plan, n, local, zone, due, opens, words, warning, no_meeting",
	"portion": "", "short_portion": "", "prompt": "", "checkin": "", "covered": "", "rota": "plan, per, 0", "rota_person": "", "rota_fixed": "", "absence": "", "lane": "",
}

func (w *whirl) state() state {
	w.t.Helper()
	s := state{rows: map[string][]string{}, leaders: map[reading.ReadingID][]reading.PersonID{}, scheduled: map[string]string{}}
	for table, columns := range hangs {
		s.rows[table] = storagetest.Rows(w.t, w.path, columns, table)
	}
	// What has come due is posted, and stays so.
	s.rows["schedule"] = storagetest.Rows(w.t, w.path, "plan, reading, prompt, kind, occurrence, at", fmt.Sprintf("schedule WHERE state = 'waiting' AND at > %d", w.clock.now().UnixMilli()))
	err := w.house.db.Read(w.t.Context(), func(tx *storage.Tx) (err error) {
		room, err := tx.Room(w.t.Context(), bottest.FakeName, "room")
		if err != nil {
			return err
		}
		plans, err := tx.Plans(w.t.Context(), room.Group)
		if err != nil {
			return err
		}
		s.plan = plans[len(plans)-1]
		s.plan.Plan = s.plan.Advance(w.clock.now())
		if s.prompts, err = tx.Prompts(w.t.Context(), s.plan.ID); err != nil {
			return err
		}
		rota, _, err := tx.Rota(w.t.Context(), s.plan.ID)
		for _, t := range rota.Turns(&s.plan.Plan) {
			s.leaders[t.Reading] = t.Leaders
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	s.asked = map[int64]time.Time{}
	for _, row := range storagetest.Rows(w.t, w.path, "reading, kind, prompt, at", "schedule WHERE state = 'waiting'") {
		f := strings.Split(row, " | ")
		ms, _ := strconv.ParseInt(f[3], 10, 64)
		switch at := time.UnixMilli(ms); {
		case f[1] == string(reading.PromptPost):
			id, _ := strconv.ParseInt(f[2], 10, 64)
			s.asked[id] = at
		case at.After(w.clock.now()) && slices.Contains([]string{"announcement", "reminder", "recap", "meeting"}, f[1]):
			s.scheduled[f[1]+" "+f[0]] = f[3]
		}
	}
	return s
}

// entries are the calendar's, as they are told now.
func (w *whirl) entries() map[string]string {
	w.say("ana", "/plan calendar")
	out := map[string]string{}
	for _, row := range storagetest.Rows(w.t, w.path, "kind, reading, told", "calendar_entry") {
		f := strings.SplitN(row, " | ", 3)
		out[f[1]] = f[2]
	}
	return out
}

// change makes a change, leaves it, or takes it back.
func (w *whirl) change() {
	t := w.t
	before := w.state()
	entries := w.entries()
	order := w.order(&before.plan.Plan)
	shown := w.say("ana", order)
	if !strings.Contains(shown, "what would change") {
		w.counts["refused"]++
		if !reflect.DeepEqual(w.state().rows, before.rows) {
			t.Fatalf("%s was refused and changed something: %s", order, shown)
		}
		return
	}
	if w.r.IntN(6) == 0 {
		w.say("ana", "[Leave it]")
		w.counts["left"]++
		if !reflect.DeepEqual(w.state().rows, before.rows) {
			t.Fatalf("%s was left and changed something", order)
		}
		return
	}
	done := w.say("ana", "[Do it]")
	if !strings.Contains(done, "Done.") {
		t.Fatalf("%s: %s", order, done)
	}
	after := w.state()
	w.counts["changes"]++
	// What was shown beforehand is what the answer says was done.
	answer, _, _ := strings.Cut(done, "Done.") // posts may follow
	if a, b := rows(shown), rows(answer); !slices.Equal(a, b) {
		t.Fatalf("%s: shown\n%s\ndone\n%s", order, strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
	w.compare(order, shown, before, after, entries)
	w.hold(order, before, after)
	if w.r.IntN(2) == 0 {
		return
	}
	undone := w.undo(order)
	w.counts["undone"]++
	is := w.state()
	for _, row := range storagetest.Rows(t, w.path, "kind, occurrence, coalesce(prompt, 0)", "schedule WHERE state = 'owed'") {
		// What the change let come due at once stays posted.
		f := strings.Split(row, " | ")
		post := f[0] + " | " + f[1]
		if f[0] == string(reading.PromptPost) { // in whatever reading
			post = f[2] + " | " + f[0]
		}
		before.rows["schedule"] = slices.DeleteFunc(before.rows["schedule"], func(r string) bool { return strings.Contains(r, " | "+post+" | ") })
	}
	for table := range is.rows {
		if !slices.Equal(is.rows[table], before.rows[table]) {
			t.Fatalf("%s: undo leaves %s otherwise:\n+ %s\n- %s", order, table, strings.Join(less(is.rows[table], before.rows[table]), "\n+ "), strings.Join(less(before.rows[table], is.rows[table]), "\n- "))
		}
	}
	before.plan.Revision = is.plan.Revision
	if !reflect.DeepEqual(is.plan, before.plan) {
		t.Fatalf("%s: undo leaves %+v, it was %+v", order, is.plan, before.plan)
	}
	w.compare("undo of "+order, undone, after, is, nil)
}

// undo takes the last change back, which does what it was said to do.
func (w *whirl) undo(order string) string {
	w.t.Helper()
	shown := w.say("ana", "/plan undo")
	undone := w.say("ana", "[Do it]")
	answer, _, _ := strings.Cut(undone, "No check-in is touched.") // posts may follow
	if a, b := rows(shown), rows(answer); !strings.Contains(undone, "Taken back") || !slices.Equal(a, b) {
		w.t.Fatalf("%s: shown\n%s\nundone\n%s", order, shown, undone)
	}
	return undone
}

// less are the rows of a that b has not.
func less(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// undoAll makes several changes, and takes all of them back.
func (w *whirl) undoAll() {
	before, done := w.state(), 0
	for range 4 {
		order := w.order(&before.plan.Plan)
		if strings.Contains(w.say("ana", order), "what would change") && !strings.Contains(order, "resume") {
			w.say("ana", "[Do it]")
			done++
		}
	}
	for range done {
		w.undo("several changes")
	}
	w.counts["undone together"] += done
	is := w.state()
	delete(is.rows, "schedule") // a change between may have let something come due
	for table := range is.rows {
		if !slices.Equal(is.rows[table], before.rows[table]) {
			w.t.Fatalf("undo of %d changes leaves %s otherwise:\n+ %s\n- %s", done, table, strings.Join(less(is.rows[table], before.rows[table]), "\n+ "), strings.Join(less(before.rows[table], is.rows[table]), "\n- "))
		}
	}
}

// rows are the bullets of an answer.
func rows(shown string) (out []string) {
	for line := range strings.Lines(shown) {
		if strings.HasPrefix(line, "• ") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}

// hold is what no change may do.
func (w *whirl) hold(order string, before, after state) {
	t := w.t
	t.Helper()
	seen := map[string]int{}
	for _, r := range after.plan.Readings {
		if slices.Contains(after.plan.Skips, r.Due.Local.Date) && after.plan.State == reading.Published && r.State != reading.Done {
			t.Fatalf("%s: reading %d is due on a day without a meeting", order, r.N)
		}
		for _, c := range r.Portions {
			for n := c.First; n <= c.Last; n++ {
				seen[fmt.Sprint(c.Work, " ", n)]++
			}
		}
	}
	for passage, n := range seen {
		if n != 1 {
			t.Fatalf("%s: passage %s is in %d readings", order, passage, n)
		}
	}
	if want := 86 + 12; len(seen) != want {
		t.Fatalf("%s: %d passages are read, of %d", order, len(seen), want)
	}
	if !slices.Equal(before.rows["covered"], after.rows["covered"]) {
		t.Fatalf("%s: check-ins are about other passages than before", order)
	}
	// Of a check-in only the reading's number may go, with the reading.
	bare := func(rows []string) (out []string) {
		for _, r := range rows {
			f := strings.Split(r, " | ")
			out = append(out, strings.Join(slices.Delete(f, 4, 5), " | "))
		}
		return out
	}
	if !slices.Equal(bare(before.rows["checkin"]), bare(after.rows["checkin"])) {
		t.Fatalf("%s: check-ins\n%s\nbecame\n%s", order, strings.Join(before.rows["checkin"], "\n"), strings.Join(after.rows["checkin"], "\n"))
	}
	if len(before.prompts) != len(after.prompts) {
		t.Fatalf("%s: %d questions became %d", order, len(before.prompts), len(after.prompts))
	}
}

var counted = map[string]*regexp.Regexp{
	"questions": regexp.MustCompile(`(One|\d+) questions? moves? along`),
	"entries":   regexp.MustCompile(`(One|\d+) calendar entr(?:y|ies) changes?`),
	"posts":     regexp.MustCompile(`(One|\d+) posts? to come changes?`),
}

// compare holds what an answer says of a change against what became of the
// rows.
func (w *whirl) compare(order, shown string, before, after state, entries map[string]string) {
	t := w.t
	t.Helper()
	want := map[string]int{}
	d := reading.Compare(before.plan.Plan, after.plan.Plan)
	book := w.house.desk.Phrases.In("en")
	loc, err := reading.LoadZone(after.plan.Zone)
	if err != nil {
		t.Fatal(err)
	}
	moment := func(o reading.Occurrence) string { return book.Moment(o.At.In(loc), w.clock.now()).String() }
	for _, m := range d.Moved {
		if from, to := moment(m.From.Due), moment(m.To.Due); m.DueMoved() && from != to {
			want["moved"]++
			if line := fmt.Sprintf("Reading %d: %s → %s", m.To.N, from, to); !strings.Contains(shown, line) {
				t.Fatalf("%s does not say %q:\n%s", order, line, shown)
			}
		}
		if m.TextMoved() {
			want["regrouped"]++
		}
		if m.Renumbered() {
			want["renumbered"]++
		}
	}
	want["new"], want["gone"] = len(d.Added), len(d.Removed)
	for id, to := range after.leaders {
		i := slices.IndexFunc(after.plan.Readings, func(r reading.Reading) bool { return r.ID == id })
		if x := after.plan.Readings[i]; !x.NoMeeting && !slices.Equal(before.leaders[id], to) && x.Due.At.After(w.clock.now()) {
			want["led"]++
		}
	}
	is := map[string]int{}
	for kind, sign := range map[string]string{"moved": " → ", "regrouped": " covers ", "renumbered": " now.", "new": " is new: ", "gone": " goes; ", "led": " is led by "} {
		for _, row := range rows(shown) {
			if strings.Contains(row, sign) || kind == "led" && strings.Contains(row, "Nobody leads") {
				is[kind]++
			}
		}
	}
	if after.plan.State == reading.Published && before.plan.State == reading.Published {
		for _, q := range after.prompts {
			if at, ok := before.asked[q.ID]; ok && at.After(w.clock.now()) && (!at.Equal(after.asked[q.ID]) || before.promptOf(q.ID).Reading != q.Reading) {
				want["questions"]++
			}
		}
		for post, at := range before.scheduled {
			if after.scheduled[post] != at {
				want["posts"]++
			}
		}
		for post := range after.scheduled {
			if _, ok := before.scheduled[post]; !ok {
				want["posts"]++
			}
		}
		is["questions"], is["posts"] = number(counted["questions"], shown), number(counted["posts"], shown)
	}
	if entries != nil {
		now := w.entries()
		for id, told := range now {
			if entries[id] != told {
				want["entries"]++
			}
		}
		is["entries"] = number(counted["entries"], shown)
	}
	if want["questions"] != is["questions"] {
		for _, q := range after.prompts {
			b := before.promptOf(q.ID)
			t.Log("question", q.ID, "reading", b.Reading, "→", q.Reading, "own time", b.At, "→", q.At, "asked", before.asked[q.ID].UTC(), "→", after.asked[q.ID].UTC())
		}
	}
	for kind, n := range want {
		w.counts[kind] += n
		if is[kind] != n {
			t.Fatalf("%s: %d %s are shown, and there are %d:\n%s", order, is[kind], kind, n, shown)
		}
	}
	for kind, n := range is {
		if want[kind] != n {
			t.Fatalf("%s: %d %s are shown, and there are %d:\n%s", order, n, kind, want[kind], shown)
		}
	}
}

func (s *state) promptOf(id int64) storage.Prompt {
	for _, q := range s.prompts {
		if q.ID == id {
			return q
		}
	}
	return storage.Prompt{}
}

func number(re *regexp.Regexp, text string) int {
	m := re.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	if m[1] == "One" {
		return 1
	}
	n, _ := strconv.Atoi(m[1]) // it is one
	return n
}
