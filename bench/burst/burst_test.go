package burst

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/commands"
	"lectern/delivery"
	"lectern/library"
	"lectern/library/importer"
	"lectern/phrases"
	"lectern/reading"
	"lectern/sample"
	"lectern/storage"
)

// The platform's limit, and how long it takes to answer.
const (
	limit   = 50
	window  = time.Second
	fastest = 60 * time.Millisecond
	slowest = 400 * time.Millisecond
)

// asking is how often somebody says something meanwhile.
const asking = 200 * time.Millisecond

var (
	groupsFlag = flag.Int("groups", 300, "how many groups there are")
	realFlag   = flag.Bool("real", false, "use the real clock")
	outFlag    = flag.String("out", "", "a file for the result")
)

func TestBurst(t *testing.T) {
	var result string
	var err error
	p := &platform{rng: rand.New(rand.NewPCG(1, 2)), rooms: map[bot.RoomID]int{}}
	dir := t.TempDir()
	if *realFlag {
		result, err = run(t.Context(), p, dir, *groupsFlag)
	} else {
		synctest.Test(t, func(t *testing.T) { result, err = run(t.Context(), p, dir, *groupsFlag) })
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + result)
	if use, refused := p.use(), p.refused; !*realFlag && (use < 0.99 || refused > 0) {
		t.Errorf("%.1f %% of the limit was used, and %d requests were refused", 100*use, refused)
	}
	if *outFlag != "" {
		if err := os.WriteFile(*outFlag, []byte(result), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// run drains one burst.
func run(ctx context.Context, p *platform, dir string, groups int) (result string, err error) {
	book, err := phrases.Load()
	if err != nil {
		return "", err
	}
	db, err := storage.Open(ctx, filepath.Join(dir, "lectern.db"), storage.Options{Now: time.Now})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	desk := &commands.Desk{DB: db, Phrases: book, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	due := time.Now().Truncate(time.Second)
	if err := furnish(ctx, desk, groups, due); err != nil {
		return "", err
	}
	e := &delivery.Engine{DB: db, Phrases: book, Now: time.Now, Log: slog.New(slog.DiscardHandler), Owner: "burst", Platforms: map[string]bot.Platform{p.Name(): p}}
	desk.Wake = e.Wake
	running, stop := context.WithCancel(ctx)
	defer stop()
	var parts sync.WaitGroup
	p.began = time.Now()
	var runErr error
	parts.Go(func() { runErr = e.Run(running) })
	var took []time.Duration
	var heap uint64
	var askErr error
	parts.Go(func() { took, askErr = ask(running, desk, groups) })
	parts.Go(func() { heap = watch(running) })
	for {
		time.Sleep(50 * time.Millisecond)
		if n := p.posted(); n >= groups {
			stop()
			parts.Wait()
			if err := errors.Join(runErr, askErr); err != nil {
				return "", err
			}
			return report(p, groups, took, heap)
		}
		if time.Since(p.began) > 2*time.Duration(groups/limit+30)*time.Second {
			stop()
			n := p.posted()
			return "", fmt.Errorf("only %d of %d were posted in twice the time that the limit allows", n, groups)
		}
	}
}

func report(p *platform, groups int, commands []time.Duration, heap uint64) (string, error) {
	for room, n := range p.rooms {
		if n != 1 {
			return "", fmt.Errorf("room %s got %d posts", room, n)
		}
	}
	if len(p.rooms) != groups || len(commands) == 0 {
		return "", fmt.Errorf("%d of %d rooms got their post, and %d commands were answered", len(p.rooms), groups, len(commands))
	}
	slices.Sort(commands)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("each of %d rooms got its post; %d commands meanwhile, the slowest %.1f ms; heap at most %d MB\n", groups, len(commands), ms(commands[len(commands)-1]), heap>>20) +
		fmt.Sprintf("%d posts in %.1f s: %.1f %% of the limit, %d refused, p99 command %.1f ms\n",
			groups, p.last.Sub(p.began).Seconds(), 100*p.use(), p.refused, ms(commands[len(commands)*99/100])), nil
}

// furnish makes groups, each with a member, a room and a plan whose first
// reading opens at one instant.
func furnish(ctx context.Context, desk *commands.Desk, groups int, due time.Time) error {
	work, err := importer.Read(ctx, sample.HandbookName, strings.NewReader(sample.Handbook()), importer.Options{})
	if err != nil {
		return err
	}
	work.Aliases = []string{"handbook"}
	if _, err := desk.Import(ctx, 0, work); err != nil {
		return err
	}
	cadence, err := reading.ParseCadence("tue 19:00")
	if err != nil {
		return err
	}
	local := reading.DateTime{Date: reading.DateOf(due.AddDate(0, 0, 7), time.UTC)}
	for done := 0; done < groups; {
		err := desk.DB.Write(ctx, func(tx *storage.Tx) error {
			works, err := tx.Works(ctx, 0)
			if err != nil {
				return err
			}
			for range min(500, groups-done) {
				room := roomOf(done)
				person, err := tx.PersonOf(ctx, platformName, "ana"+room, "Ana")
				if err != nil {
					return err
				}
				g, err := tx.AddGroup(ctx, reading.Group{Name: "Group " + room, Zone: "UTC", Language: "en", Minutes: 60}, person)
				if err != nil {
					return err
				}
				if err := tx.SetRoom(ctx, platformName, room, g); err != nil {
					return err
				}
				if _, err := tx.Join(ctx, g, person); err != nil {
					return err
				}
				plan := storage.PlanRow{Platform: platformName, Room: room, Plan: reading.Plan{Group: g, Name: "The handbook", State: reading.Published, Cadence: cadence, Zone: "UTC",
					Start: local.Date, Preset: reading.Quiet, Published: due, Revision: 1, Readings: []reading.Reading{{N: 1, State: reading.Open, Opens: due,
						Due: reading.Occurrence{Local: local, Zone: "UTC", At: reading.Instant(local, time.UTC)}, Words: 900, Portions: []reading.Portion{portion(works[0])}}}}}
				if err := tx.AddPlan(ctx, &plan); err != nil {
					return err
				}
				err = tx.Schedule(ctx, storage.Scheduled{Plan: plan.ID, Reading: plan.Readings[0].ID, Kind: delivery.Announcement, Occurrence: "open", At: due})
				if err != nil {
					return err
				}
				done++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func portion(w library.Meta) reading.Portion {
	return reading.Portion{Work: w.ID, First: 1, Last: 12, Words: 900}
}

const platformName = bottest.FakeName

func roomOf(n int) string { return fmt.Sprint("room", n) }

// ask says something in one room after another, and gives the time that each
// took to be answered.
func ask(ctx context.Context, desk *commands.Desk, groups int) (took []time.Duration, err error) {
	d := desk.Dispatcher()
	tick := time.NewTicker(asking)
	defer tick.Stop()
	lines := []string{"passage handbook 12", "done", "reading", "search question", "at 5", "progress"}
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return took, nil
		case <-tick.C:
		}
		room := roomOf(n * 7919 % groups)
		began := wall()
		reply, ok := d.Handle(context.WithoutCancel(ctx), bot.Event{Key: fmt.Sprint("burst:", n), At: time.Now(), Addressed: true, Text: lines[n%len(lines)],
			Room: bot.Room{Platform: platformName, ID: bot.RoomID(room)}, Account: bot.Account{Platform: platformName, ID: "ana" + room, Name: "Ana"}})
		took = append(took, wall()-began)
		if !ok || reply.Failed {
			return took, fmt.Errorf("%s: %s", lines[n%len(lines)], bottest.Plain(reply))
		}
	}
}

// wall is the time by the real clock, in a bubble too.
func wall() time.Duration {
	var tv syscall.Timeval
	if err := syscall.Gettimeofday(&tv); err != nil {
		panic(err) // there is a clock
	}
	return time.Duration(tv.Nano())
}

// watch is the most memory that was in use.
func watch(ctx context.Context) (most uint64) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapInuse)
		select {
		case <-ctx.Done():
			return most
		case <-tick.C:
		}
	}
}

// A platform takes limit requests in any window, and refuses what is more.
type platform struct {
	mu      sync.Mutex
	rng     *rand.Rand
	log     []time.Time
	rooms   map[bot.RoomID]int
	began   time.Time
	last    time.Time
	total   int
	refused int
}

// Name implements bot.Platform.
func (p *platform) Name() string { return platformName }

// Run implements bot.Platform.
func (p *platform) Run(ctx context.Context, _ bot.Handler) error {
	<-ctx.Done()
	return nil
}

// Limit implements bot.Limiter.
func (p *platform) Limit() (requests int, per time.Duration) { return limit, window }

// Post implements bot.Platform.
func (p *platform) Post(ctx context.Context, room bot.Room, _ bot.Post) (bot.MessageID, error) {
	p.mu.Lock()
	now := time.Now()
	for len(p.log) > 0 && now.Sub(p.log[0]) >= window {
		p.log = p.log[1:]
	}
	if len(p.log) >= limit {
		p.refused++
		p.mu.Unlock()
		return "", &bot.PostError{Outcome: bot.Retry, Scope: bot.EveryPlace, After: window, Err: errors.New("too many requests")}
	}
	p.log = append(p.log, now)
	wait := fastest + time.Duration(p.rng.Int64N(int64(slowest-fastest)))
	p.mu.Unlock()
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return "", &bot.PostError{Outcome: bot.Unknown, Err: ctx.Err()}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total++
	p.rooms[room.ID]++
	p.last = time.Now()
	return bot.MessageID(fmt.Sprint(p.total)), nil
}

func (p *platform) posted() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total
}

// use is what part of the limit was used.
func (p *platform) use() float64 { return float64(p.total) / limit / p.last.Sub(p.began).Seconds() }
