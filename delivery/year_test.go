package delivery_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/phrases"
	"lectern/storage"
)

// How things go wrong in a year.
const (
	stopped     = "the bot does not run"
	unreachable = "nobody answers at the platform's address"
	silent      = "sends are swallowed"
	unanswered  = "sends arrive and their answers do not"
	limiting    = "the platform wants pauses of ten minutes"
	refusing    = "the room refuses the bot"
	flapping    = "the network comes and goes every minute"
	flickering  = "the bot is restarted every four minutes"
	misclocked  = "the clock is a year ahead"
)

// An ordeal begins some time after a reading opens and the one before is due,
// on a Tuesday at 19:00; a reminder is due on Mondays at 19:00.
type ordeal struct {
	week  int
	after time.Duration
	how   string
	lasts time.Duration
}

const (
	minute, hour, day = time.Minute, time.Hour, 24 * time.Hour
	monday            = 6 * day // the reminder's time
)

// ordeals are every pattern in a list: each kind, over an announcement or a
// reminder or both, for minutes, hours, days and weeks.
var ordeals = []ordeal{
	{2, -10 * minute, stopped, 20 * minute},
	{3, monday - 10*minute, stopped, hour},
	{4, monday - hour, stopped, 6 * hour},
	{5, -hour, stopped, 12 * hour},
	{6, monday - hour, stopped, 2 * day},
	{8, 2 * day, stopped, 15 * day},
	{11, -10 * minute, unreachable, hour},
	{12, monday - 5*minute, unreachable, 5 * hour},
	{13, -10 * minute, silent, 3 * hour},
	{14, monday - 10*minute, silent, hour},
	{15, -10 * minute, unanswered, 2 * hour},
	{16, monday - 10*minute, unanswered, 40 * minute},
	{17, -5 * minute, limiting, hour},
	{18, monday - 5*minute, limiting, 4 * hour},
	{20, -hour, refusing, 2 * day},
	{22, monday - hour, refusing, 3 * hour},
	{24, -30 * minute, flapping, 2 * hour},
	{25, monday - 30*minute, flapping, hour},
	{27, -20 * minute, flickering, hour},
	{28, monday - 20*minute, flickering, hour},
	{30, 3 * day, misclocked, 25 * time.Second},
	{31, -10 * time.Second, misclocked, 20 * time.Second},
	{33, monday - hour, unreachable, 2 * day},
	{34, 4 * day, stopped, 4 * day},
	{38, monday + hour, stopped, 8 * day},
	{41, -minute, silent, 26 * hour},
	{44, monday - 3*hour, unanswered, 30 * hour},
}

// whole are kinds in which nothing gets through until they end.
func (o ordeal) whole() bool { return o.how != flapping && o.how != flickering && o.how != unanswered }

// A weather is the platform in such a year.
type weather struct {
	*bottest.Fake
	mu     sync.Mutex
	how    string
	began  time.Time
	stored map[string]time.Time // when each key's message came to be
}

func (w *weather) set(how string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.how, w.began = how, time.Now()
}

func (w *weather) state() (how string, since time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.how, time.Since(w.began)
}

func (w *weather) Connected() bool {
	how, _ := w.state()
	return how != unreachable && how != silent
}

func (w *weather) Post(ctx context.Context, room bot.Room, p bot.Post) (bot.MessageID, error) {
	how, since := w.state()
	if how == flapping && since%(2*minute) < minute {
		how = unreachable
	}
	switch how {
	case unreachable:
		return "", &bot.PostError{Outcome: bot.Retry, Err: errTest}
	case silent:
		return "", &bot.PostError{Outcome: bot.Unknown, Err: errTest}
	case limiting:
		return "", &bot.PostError{Outcome: bot.Retry, Scope: bot.EveryPlace, After: 10 * minute, Err: errTest}
	case refusing:
		if room.ID == "club" {
			return "", &bot.PostError{Outcome: bot.Permanent, Right: "Send Messages", Err: errTest}
		}
	}
	id, err := w.Fake.Post(ctx, room, p)
	w.mu.Lock()
	if _, ok := w.stored[p.Key]; !ok {
		w.stored[p.Key] = time.Now()
	}
	w.mu.Unlock()
	if how == unanswered {
		return "", &bot.PostError{Outcome: bot.Unknown, Err: errTest}
	}
	return id, err
}

func (w *weather) Find(ctx context.Context, room bot.Room, key string, since time.Time) (bot.MessageID, error) {
	if how, _ := w.state(); how == unreachable || how == silent {
		return "", &bot.PostError{Outcome: bot.Retry, Err: errTest}
	}
	return w.Fake.Find(ctx, room, key, since)
}

// A year of a group of twenty, with everything that goes wrong, against a
// ledger that knows the calendar and the rules, and nothing of the engine:
// each post that should be made was, once, in order, neither early nor later
// than it had to be; no other was; every check-in is there; and after each
// outage that cost something the organiser was told once.
func TestYear(t *testing.T) {
	if testing.Short() {
		t.Skip("a year takes some seconds")
	}
	book, err := phrases.Load()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) { year(t, book, dir) })
}

const weeks = 50

func year(t *testing.T, book *phrases.Book, dir string) {
	// A bubble begins on Saturday, 1 January 2000; the first Tuesday is the 4th.
	first := time.Date(2000, 1, 4, 19, 0, 0, 0, time.UTC)
	time.Sleep(time.Until(first.Add(-hour)))
	c := openClub(t, book, dir)
	w := &weather{Fake: c.fake, stored: map[string]time.Time{}}
	c.say("ana", fmt.Sprintf(`plan create handbook "tue 19:00" %d start:2000-01-11`, weeks))
	c.say("ana", "plan publish")
	published := time.Now()
	off := time.Duration(0)
	var offMu sync.Mutex
	boot := time.Now()
	owner := 0
	start := func() (stop func()) {
		owner++
		e := c.engine(fmt.Sprint("run ", owner))
		e.Platforms[bottest.FakeName], e.Every = w, 3*hour
		e.Elapsed = func() time.Duration { return time.Since(boot) }
		e.Now = func() time.Time {
			offMu.Lock()
			defer offMu.Unlock()
			return time.Now().Add(off)
		}
		return c.run(e)
	}
	setClock := func(d time.Duration) {
		offMu.Lock()
		defer offMu.Unlock()
		off = d
	}
	opens := func(week int) time.Time { return first.Add(time.Duration(week-1) * 7 * day) } // of reading week, for week > 1
	until := func(at time.Time) { time.Sleep(time.Until(at)) }
	stop := start()
	checked := 0
	checkIn := func(week int) {
		for m := range 20 {
			if (m+week)%3 == 0 {
				c.say(fmt.Sprint("member", m), "done")
				checked++
			}
		}
	}
	next := 0
	for week := 1; week <= weeks; week++ {
		for next < len(ordeals) && ordeals[next].week == week {
			o := ordeals[next]
			next++
			until(opens(week).Add(o.after))
			switch o.how {
			case stopped:
				stop()
				time.Sleep(o.lasts)
				stop = start()
			case flickering:
				for range int(o.lasts / (4 * minute)) {
					stop()
					stop = start()
					time.Sleep(4 * minute)
				}
			case misclocked:
				setClock(365 * day)
				time.Sleep(o.lasts)
				setClock(0)
			default:
				w.set(o.how)
				time.Sleep(o.lasts)
				w.set("")
			}
			if o.how == refusing { // somebody mends it, and the operator says so
				c.write(func(tx *storage.Tx) error {
					_, _, err := tx.TryAgain(t.Context())
					return err
				})
			}
		}
		if at := opens(week + 1).Add(-3 * hour); time.Now().Before(at) {
			until(at)
			checkIn(week)
		}
	}
	until(opens(weeks + 2))
	stop()

	// The ledger: what each room is owed, by the calendar; when it could first
	// be posted; and whether it still should be by then.
	type entry struct {
		what    string
		at      time.Time
		by      time.Time
		skipped bool
		outage  int // that it fell into, from 1
	}
	var ledger []entry
	told := map[int]bool{} // ordeals that cost something
	add := func(what string, at, ends time.Time, within time.Duration) {
		x := entry{what: what, at: at, by: at.Add(time.Second)}
		for i, o := range ordeals {
			begin := opens(o.week).Add(o.after)
			end := begin.Add(o.lasts)
			if at.Before(begin) || !at.Before(end) {
				continue
			}
			x.by = end.Add(11 * minute) // a backoff, or a pause that was asked for
			if o.how == misclocked {
				x.by = end.Add(2 * minute)
			}
			if x.outage = i + 1; o.whole() {
				x.skipped = end.Sub(at) > within || !end.Before(ends)
				if x.skipped || end.Sub(at) > 15*minute {
					told[i] = true
				}
			}
		}
		ledger = append(ledger, x)
	}
	for n := 1; n <= weeks; n++ {
		at, due := opens(n), opens(n+1)
		if n == 1 {
			at = published
		}
		add(fmt.Sprintf("Reading %d of %d", n, weeks), at, due, 1000*day)
		add(fmt.Sprintf("Reading %d of Reading", n), due.Add(-day), due, 2*hour)
	}
	// What the room holds, in order.
	markers := regexp.MustCompile(`Reading \d+ of (\d+|Reading)`)
	posted := map[string]time.Time{}
	var order []string
	for _, m := range c.in("club") {
		for _, what := range markers.FindAllString(m.Text, -1) {
			if _, again := posted[what]; again {
				t.Errorf("twice: %s", what)
			}
			posted[what] = w.stored[m.Post.Key]
			order = append(order, what)
		}
	}
	made, skipped := 0, 0
	var want []string
	for _, x := range ledger {
		at, ok := posted[x.what]
		delete(posted, x.what)
		switch {
		case x.skipped && ok:
			t.Errorf("%s was posted at %s, and should not have been", x.what, at)
		case x.skipped:
			skipped++
		case !ok:
			t.Errorf("lost: %s, due %s", x.what, x.at)
		case at.Before(x.at):
			t.Errorf("%s came early: due %s, posted %s", x.what, x.at, at)
		case at.After(x.by):
			t.Errorf("%s came late: due %s, posted %s, by %s at the latest", x.what, x.at, at, x.by)
		default:
			made++
			want = append(want, x.what)
			// Where some of it gets through, chance says how long it took.
			if x.outage > 0 && at.Sub(x.at) > 15*minute {
				told[x.outage-1] = true
			}
		}
	}
	for what := range posted {
		t.Errorf("not in the ledger: %s", what)
	}
	if !slices.Equal(order, want) {
		t.Errorf("out of order:\n%v\nwant\n%v", order, want)
	}
	if made+skipped != 2*weeks || skipped < 5 {
		t.Errorf("%d posted and %d passed over, of %d", made, skipped, 2*weeks)
	}
	// Every check-in is there.
	rows := 0
	err := c.db.Read(t.Context(), func(tx *storage.Tx) error {
		ins, err := tx.CheckIns(t.Context(), 1)
		rows = len(ins)
		return err
	})
	if err != nil || rows != checked {
		t.Errorf("%d check-ins are kept of %d, %v", rows, checked, err)
	}
	// The organiser was told once after each that cost something.
	words := 0
	for _, m := range c.in("direct ana") {
		if !strings.HasPrefix(m.Text, "I can't post to the room") {
			words++
		}
	}
	if words != len(told) {
		t.Errorf("the organiser was told %d times of %d outages that cost something", words, len(told))
		for _, m := range c.in("direct ana") {
			t.Log(w.stored[m.Post.Key].Format(time.DateTime), strconv.Quote(m.Text))
		}
	}
	t.Logf("%d posts made, %d passed over, %d check-ins, %d words to the organiser, %d runs of the bot", made, skipped, checked, words, owner)
	if err := c.db.Close(); err != nil {
		t.Error(err)
	}
}
