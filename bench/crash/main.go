// Command crash kills the real bot with SIGKILL, thousands of times, while
// posts fall due and a fake of a platform answers badly, and counts what was
// posted against a ledger of its own. It ends with the line
//
//	C cycles: E expected, P posted, L lost, D twice, O out of order
//
// With -control the bot is one that is wrong on purpose (build tag
// crashcontrol): without keys, or marking posts before they are sent; or it does
// not wait until what was sent has settled. Then the harness must find losses or
// repeats, and ends with 1 if it finds none.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

func main() {
	say := func(format string, args ...any) { fmt.Printf(format+"\n", args...) }
	if err := run(context.Background(), say); err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		os.Exit(1)
	}
}

// A harness is one run.
type harness struct {
	bin     string
	dir     string
	control string
	rng     *rand.Rand
	service service
	ledger  *ledger
	log     io.Writer
}

func run(ctx context.Context, say func(format string, args ...any)) error {
	cycles := flag.Int("cycles", 300, "how often the bot is killed")
	control := flag.String("control", "", "nokey, marked or nosettle: a bot that is wrong on purpose")
	platform := flag.String("platform", "matrix", "matrix or discord")
	bin := flag.String("bin", "bin/lectern", "the bot")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "of chance")
	rooms := flag.Int("rooms", 40, "how many groups there are, each with a room")
	each := flag.Float64("posts", 9, "how many posts fall due in a cycle, on average")
	verbose := flag.Bool("v", false, "show the bot's log")
	flag.Parse()
	if !slices.Contains([]string{"", "nokey", "marked", "nosettle"}, *control) {
		return fmt.Errorf("there is no control %q: nokey, marked or nosettle", *control)
	}
	if *platform == "discord" && *control == "nosettle" {
		return errors.New("on Discord the nonce joins what is still on its way with what is sent again, so that there is nothing to find out without settling")
	}
	// A kill does not need a disk, and a memory file system makes cycles short.
	base := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		base = "/dev/shm"
	}
	dir, err := os.MkdirTemp(base, "lectern-crash-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // temporary
	h := &harness{bin: *bin, dir: dir, control: *control, rng: rand.New(rand.NewPCG(*seed, 1)), log: io.Discard}
	if *verbose {
		h.log = os.Stderr
	}
	say("seed %d, %d rooms", *seed, *rooms)
	var s service
	switch *platform {
	case "matrix":
		s, err = newHomeserver(*seed)
	case "discord":
		s, err = newGuild(*seed)
	default:
		return fmt.Errorf("there is no platform %q: matrix or discord", *platform)
	}
	if err != nil {
		return err
	}
	defer s.close()
	h.service = s
	if h.ledger, err = newLedger(ctx, filepath.Join(dir, "lectern.db"), s, *rooms, h.rng); err != nil {
		return err
	}
	began := time.Now()
	// An interrupt ends the run early, with what was found by then.
	stop, release := signal.NotifyContext(ctx, os.Interrupt)
	defer release()
	killed, err := h.cycles(stop, say, *cycles, *each)
	if err != nil {
		return err
	}
	if err := h.settle(ctx); err != nil {
		return err
	}
	c := h.ledger.count(s.posts())
	say("%s; sends: %s", time.Since(began).Round(time.Second), s.told())
	say("%d cycles: %d expected, %d posted, %d lost, %d twice, %d out of order", killed, c.expected, c.posted, c.lost, c.twice, c.disorder)
	if *control == "" {
		for _, p := range c.repeated {
			say("twice: %s", p.text)
			for _, line := range s.tell(p) {
				say("  %s", line)
			}
		}
	}
	malformed := s.wrong()
	for _, m := range malformed {
		say("refused as malformed: %s", m)
	}
	wrong := c.lost + c.twice + c.disorder
	switch {
	case len(malformed) > 0:
		return errors.New("the platform would refuse what was sent")
	case *control == "" && wrong > 0:
		return errors.New("posts were lost, repeated or out of order")
	case *control == "nokey" && c.twice == 0, *control == "nosettle" && c.twice == 0, *control == "marked" && c.lost == 0:
		return errors.New("a bot that is wrong on purpose was not found out")
	}
	return nil
}

// batch is after how many cycles more posts are planned, while the bot is dead.
const batch = 50

func (h *harness) cycles(ctx context.Context, say func(format string, args ...any), n int, each float64) (i int, err error) {
	took := 120 * time.Millisecond // of a cycle, as far as is known
	for i < n && ctx.Err() == nil {
		some := min(batch, n-i)
		// What is still owed counts, so that the bot is never left so far behind
		// that it would catch up only in the quiet at the end.
		c := h.ledger.count(h.service.posts())
		if err := h.ledger.plan(context.WithoutCancel(ctx), max(int(each*float64(some))-c.lost/2, some), time.Duration(some)*took); err != nil {
			return i, err
		}
		began := time.Now()
		for range some {
			if err := h.cycle(); err != nil {
				return i, err
			}
		}
		i += some
		took = max(time.Since(began)/time.Duration(some), 10*time.Millisecond)
		if i%1000 == 0 {
			c := h.ledger.count(h.service.posts())
			say("%6d cycles, %s each: %d planned, %d posted, %d twice, %d out of order", i, took.Round(time.Millisecond), c.expected, c.posted, c.twice, c.disorder)
		}
	}
	return i, nil
}

// A moment is when the bot is killed, in the life of a send.
type moment int

const (
	byTheClock  moment = iota // whatever it does
	whenHeard                 // the request is there, and nothing was done
	whenStored                // the post is in the room, and nothing was answered
	whenHandled               // it was answered
	moments
)

const (
	// longest is how long a bot lives after it was first heard of, where no
	// send comes.
	longest = 100 * time.Millisecond
	// stillborn is how long at most one lives that is killed while it starts.
	stillborn = 60 * time.Millisecond
	// patience is how long a bot may take to be heard of.
	patience = time.Minute
)

// cycle starts the bot, kills it at a random moment, and waits for its end.
func (h *harness) cycle() error {
	kill := make(chan struct{}, 1)
	at := moment(h.rng.IntN(int(moments)))
	heard := h.service.trap(at, 1+h.rng.IntN(8), func() {
		select {
		case kill <- struct{}{}:
		default:
		}
	})
	if h.rng.IntN(20) == 0 {
		h.service.forget()
	}
	cmd, errOut, err := h.start()
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	// How long a start takes is the machine's; what follows is counted from
	// when the bot was first heard of.
	life := patience
	if at == byTheClock && h.rng.IntN(4) == 0 {
		life = time.Duration(h.rng.Int64N(int64(stillborn)))
	}
	t := time.NewTimer(life)
	defer t.Stop()
	select {
	case <-heard:
		life = longest
		if at == byTheClock {
			life = time.Duration(h.rng.Int64N(int64(longest)))
		}
		t.Reset(life)
	case <-t.C:
		if life == patience {
			return fmt.Errorf("the bot was not heard of for %s\n%s", patience, errOut)
		}
		t.Reset(0)
	case err := <-ended:
		return fmt.Errorf("the bot ended by itself: %w\n%s", err, errOut)
	}
	select {
	case <-kill:
		if at == whenHandled { // what follows is written down: somewhere in there
			time.Sleep(time.Duration(h.rng.Int64N(int64(3 * time.Millisecond))))
		}
	case <-t.C:
	case err := <-ended:
		return fmt.Errorf("the bot ended by itself: %w\n%s", err, errOut)
	}
	h.service.witness("the bot is killed")
	if err := cmd.Process.Kill(); err != nil {
		return err
	}
	if err := <-ended; err == nil {
		return errors.New("the bot ended well although it was killed")
	}
	h.service.witness("the bot is dead")
	return nil
}

func (h *harness) start() (*exec.Cmd, *bytes.Buffer, error) {
	cmd := exec.Command(h.bin, "--db", filepath.Join(h.dir, "lectern.db"), "serve") //nolint:noctx // it is killed by hand
	settle := longestWay + margin
	if h.control == "nosettle" {
		settle = 0
	}
	cmd.Env = append(h.service.settings(h.dir), "LECTERN_LOG_LEVEL=warn", "LECTERN_DELIVERY_SETTLE="+settle.String(), "CRASH_CONTROL="+h.control, "PATH="+os.Getenv("PATH"), "HOME="+h.dir)
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	if h.log != io.Discard {
		cmd.Stderr = h.log
	}
	h.service.witness("a bot starts")
	return cmd, &errOut, cmd.Start()
}

// settle lets the bot finish, on a platform that answers well again. Posts that
// were put off after failures are tried at once, by the operator's command.
func (h *harness) settle(ctx context.Context) error {
	h.service.calm()
	h.service.trap(byTheClock, 0, nil)
	cmd, errOut, err := h.start()
	if err != nil {
		return err
	}
	deadline := time.Now().Add(2 * time.Minute)
	for {
		retry := exec.CommandContext(ctx, h.bin, "--db", filepath.Join(h.dir, "lectern.db"), "deliveries", "retry")
		if text, err := retry.CombinedOutput(); err != nil {
			return fmt.Errorf("retry: %w\n%s", err, text)
		}
		time.Sleep(time.Second)
		open, err := h.ledger.open(ctx)
		if err != nil {
			return err
		}
		if open == 0 {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d posts are still owed after two quiet minutes\n%s", open, errOut)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("told to stop, the bot ended badly: %w\n%s", err, errOut)
	}
	return nil
}
