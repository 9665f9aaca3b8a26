// Command rooms measures Lectern on Matrix in hundreds of rooms, some of them
// encrypted and full of devices, beside an echo bot that stands on a library of
// others and is in the same rooms. It takes a homeserver of its own from
// ROOMS_HOMESERVER and ROOMS_SECRET (its secret for registration), Lectern's
// program from ROOMS_LECTERN and the echo bot's script, for Node, from
// ROOMS_ECHO, and prints what it found as tables.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "rooms:", err)
		os.Exit(1) //nolint:gocritic // stop need not run when the process ends
	}
}

// A world is a homeserver with rooms, the two bots, and somebody who asks them.
type world struct {
	homeserver, secret string
	dir                string
	ana                *person
	lectern, echo      *program
	plain, encrypted   []id.RoomID
}

func run(ctx context.Context) (err error) {
	rooms := flag.Int("rooms", 300, "how many rooms there are")
	encrypted := flag.Int("encrypted", 20, "how many of them are encrypted")
	devices := flag.Int("devices", 30, "how many devices read in each of those, beside the bots")
	times := flag.Int("times", 200, "how often each bot is asked, one after another")
	flag.Parse()
	w := &world{homeserver: os.Getenv("ROOMS_HOMESERVER"), secret: os.Getenv("ROOMS_SECRET")}
	if w.homeserver == "" {
		return errors.New("ROOMS_HOMESERVER is not set: make measure-rooms sets it")
	}
	if w.dir, err = os.MkdirTemp("", "lectern-rooms-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(w.dir)) }()
	if err := w.people(ctx); err != nil {
		return err
	}
	defer w.lectern.kill()
	defer w.echo.kill()
	began := time.Now()
	defer func() {
		if err != nil && ctx.Err() == nil {
			err = fmt.Errorf("%w\n%s", err, w.lectern.last())
		}
	}()
	if err := w.furnish(ctx, *rooms, *encrypted, *devices); err != nil {
		return err
	}
	fmt.Printf("%d rooms, %d of them encrypted, each of those with %d devices beside the bots'; set up in %v\n\n", *rooms, *encrypted, *devices, time.Since(began).Round(time.Second))
	return w.measure(ctx, *times)
}

// people registers everybody and starts the bots.
func (w *world) people(ctx context.Context) (err error) {
	if w.ana, err = register(ctx, w.homeserver, w.secret, "ana"); err != nil {
		return err
	}
	if err := w.ana.listen(ctx, filepath.Join(w.dir, "ana")); err != nil {
		return err
	}
	lectern, err := register(ctx, w.homeserver, w.secret, "lectern")
	if err != nil {
		return err
	}
	settings := filepath.Join(w.dir, "lectern.toml")
	token := filepath.Join(w.dir, "token")
	text := fmt.Sprintf("database = %q\n[matrix]\nhomeserver = %q\nuser = %q\ntoken_file = %q\nallow_invites = [\"*\"]\n",
		filepath.Join(w.dir, "lectern.db"), w.homeserver, lectern.cli.UserID, token)
	if err := errors.Join(os.WriteFile(settings, []byte(text), 0o600), os.WriteFile(token, []byte(lectern.cli.AccessToken), 0o600)); err != nil {
		return err
	}
	w.lectern = &program{user: lectern.cli.UserID, ask: "!lectern passage handbook 5", state: filepath.Join(w.dir, "lectern.db.matrix.json"),
		args: []string{os.Getenv("ROOMS_LECTERN"), "--config", settings, "serve"}}
	book := []string{w.lectern.args[0], "--config", settings, "library", "import", "sample/reading-together.md", "--alias", "handbook"}
	if err := command(ctx, book, nil).Run(); err != nil {
		return err
	}
	echo, err := register(ctx, w.homeserver, w.secret, "echo")
	if err != nil {
		return err
	}
	w.echo = &program{user: echo.cli.UserID, ask: "!echo passage handbook 5", state: filepath.Join(w.dir, "echo.json"), args: []string{"node", os.Getenv("ROOMS_ECHO")},
		env: []string{"ECHO_HOMESERVER=" + w.homeserver, "ECHO_TOKEN=" + echo.cli.AccessToken, "ECHO_STATE=" + filepath.Join(w.dir, "echo.json")}}
	return errors.Join(w.lectern.start(ctx), w.echo.start(ctx))
}

// furnish makes the rooms, in each of which Lectern has a group with a plan.
func (w *world) furnish(ctx context.Context, rooms, encrypted, devices int) error {
	var some errgroup.Group
	some.SetLimit(4)
	made := make([]id.RoomID, rooms)
	for i := range rooms {
		some.Go(func() error {
			secret := i < encrypted
			invite := []id.UserID{w.lectern.user, w.echo.user}
			var friend *person
			if secret {
				var err error
				if friend, err = register(ctx, w.homeserver, w.secret, "friend"+strconv.Itoa(i)); err != nil {
					return err
				}
				for range devices - 1 { // Ana's is one too
					if err := friend.addDevice(ctx); err != nil {
						return err
					}
				}
				invite = []id.UserID{w.lectern.user, friend.cli.UserID} // the other bot's library has no encryption here
			}
			room, err := w.ana.makeRoom(ctx, fmt.Sprint("Room ", i), secret, invite)
			if err != nil {
				return err
			}
			made[i] = room
			if friend != nil {
				if _, err := friend.cli.JoinRoomByID(ctx, room); err != nil {
					return err
				}
			}
			if err := w.ana.joined(ctx, room, len(invite)+1); err != nil {
				return err
			}
			for _, line := range []string{fmt.Sprintf(`!lectern group setup name:"Group %d" city:London place:- length:-`, i), `!lectern plan create handbook "tue 19:00" 4`, "!lectern plan publish"} {
				if _, err := w.ana.ask(ctx, room, line, w.lectern.user); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := some.Wait()
	w.encrypted, w.plain = made[:encrypted], made[encrypted:]
	return err
}

// measure asks, and prints what it took.
func (w *world) measure(ctx context.Context, times int) error {
	type row struct{ name, lectern, echo, ratio string }
	var rows []row
	add := func(name, unit string, lectern, echo float64) {
		r := row{name, fmt.Sprintf("%.1f %s", lectern, unit), "", ""}
		if echo > 0 {
			r.echo, r.ratio = fmt.Sprintf("%.1f %s", echo, unit), fmt.Sprintf("%.2f", lectern/echo)
		}
		rows = append(rows, r)
	}
	// One after another, by turns.
	var took, tookEcho, tookSecret []time.Duration
	for range times {
		room := w.plain[rand.IntN(len(w.plain))]
		for _, x := range []struct {
			p    *program
			room id.RoomID
			to   *[]time.Duration
		}{{w.lectern, room, &took}, {w.echo, room, &tookEcho}, {w.lectern, w.encrypted[rand.IntN(len(w.encrypted))], &tookSecret}} {
			d, err := w.ana.ask(ctx, x.room, x.p.ask, x.p.user)
			if err != nil {
				return err
			}
			*x.to = append(*x.to, d)
		}
	}
	add("command to answer, p50", "ms", part(took, 50), part(tookEcho, 50))
	add("command to answer, p99", "ms", part(took, 99), part(tookEcho, 99))
	add("the same in encrypted rooms, p50, beside the echo in plain ones", "ms", part(tookSecret, 50), part(tookEcho, 50))
	add("the same, p99", "ms", part(tookSecret, 99), part(tookEcho, 99))
	// In all plain rooms at once.
	rate, err := w.burst(ctx, w.lectern, w.plain)
	if err != nil {
		return err
	}
	rateEcho, err := w.burst(ctx, w.echo, w.plain)
	if err != nil {
		return err
	}
	add("one command in each plain room at once, answers a second", "", rate, rateEcho)
	if rate, err = w.burst(ctx, w.lectern, w.encrypted); err != nil {
		return err
	}
	add("the same in the encrypted rooms", "", rate, 0)
	add("resident memory after that", "MB", resident(w.lectern), resident(w.echo))
	// Started anew: with what they remember, and with nothing.
	for _, forget := range []bool{false, true} {
		name := "started again, to the first answer"
		if forget {
			name = "the same without its place in the stream: a first sync"
		}
		var seconds [2]float64
		for i, p := range []*program{w.lectern, w.echo} {
			d, err := w.again(ctx, p, forget)
			if err != nil {
				return err
			}
			seconds[i] = d.Seconds()
		}
		add(name, "s", seconds[0], seconds[1])
	}
	add("resident memory after a first sync", "MB", resident(w.lectern), resident(w.echo))
	// The first message of a process in an encrypted room takes its key to every
	// device there.
	first, err := w.ana.ask(ctx, w.encrypted[0], w.lectern.ask, w.lectern.user)
	if err != nil {
		return err
	}
	add("the first answer in an encrypted room after that, whose key goes to each device", "ms", float64(first.Microseconds())/1000, 0)
	said, _ := os.ReadFile(w.lectern.log.Name()) // it was just written to
	fmt.Printf("events that the homeserver did not hand out, and that were found in the rooms' history: %d\n\n", strings.Count(string(said), "had not handed out"))
	fmt.Println("| | Lectern | echo bot | ratio |\n| --- | --- | --- | --- |")
	for _, r := range rows {
		fmt.Printf("| %s | %s | %s | %s |\n", r.name, r.lectern, r.echo, r.ratio)
	}
	return nil
}

// burst says something in all of some rooms and returns how many answers a second
// came, from the first word to the last answer.
func (w *world) burst(ctx context.Context, p *program, rooms []id.RoomID) (perSecond float64, err error) {
	began := time.Now()
	var some errgroup.Group
	some.SetLimit(16)
	for _, room := range rooms {
		some.Go(func() error {
			_, err := w.ana.ask(ctx, room, p.ask, p.user)
			return err
		})
	}
	err = some.Wait()
	return float64(len(rooms)) / time.Since(began).Seconds(), err
}

// again kills a bot, starts it, and returns how long it takes until it answers.
func (w *world) again(ctx context.Context, p *program, forget bool) (time.Duration, error) {
	p.kill()
	if forget {
		if err := os.Remove(p.state); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	if err := p.start(ctx); err != nil {
		return 0, err
	}
	came := make(chan error, 1)
	tries, done := context.WithCancel(ctx)
	defer done()
	// What is said before its first sync is said to nobody.
	for {
		go func() {
			_, err := w.ana.ask(tries, w.plain[0], p.ask, p.user)
			select {
			case came <- err:
			default:
			}
		}()
		select {
		case err := <-came:
			return time.Since(began), err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// part is the n-th hundredth of some times, in milliseconds.
func part(took []time.Duration, n int) float64 {
	took = slices.Sorted(slices.Values(took))
	return float64(took[len(took)*n/100].Microseconds()) / 1000
}

// resident is how much memory a program has, in MB.
func resident(p *program) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0]) // the kernel wrote it
			return float64(kb) / 1024
		}
	}
	return 0
}

// answers reports whose answer an event is, and to what.
func answers(e *event.Event) (to id.EventID) {
	return e.Content.AsMessage().RelatesTo.GetNonFallbackReplyTo()
}
