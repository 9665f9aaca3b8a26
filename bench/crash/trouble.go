package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// A trouble is what every service does alike: it answers badly until it is
// calmed, counts how it answered, and has the bot killed at a moment of one of
// its sends. The lock guards the service too.
type trouble struct {
	mu     sync.Mutex
	rng    *rand.Rand
	quiet  bool
	counts map[string]int
	diary  diary

	when  moment
	left  int // sends until the one at which the bot is killed
	kill  func()
	heard chan struct{} // closed when the bot is heard of; nil then
}

func newTrouble(seed uint64) trouble {
	return trouble{rng: rand.New(rand.NewPCG(seed, 2)), counts: map[string]int{}, diary: diary{began: time.Now(), of: map[string][]entry{}}}
}

// A fault is how a request is answered badly.
type fault string

const (
	none      fault = "well"
	dropped   fault = "dropped unheard"
	lost      fault = "answer lost"
	failed    fault = "500"
	gateway   fault = "502 after it was stored"
	limited   fault = "429"
	slow      fault = "slow"
	late      fault = "on its way for longer than who sent it lived"
	oneInEach       = 60 // requests, each fault
)

// longestWay is how long a request may be on its way after its sender died, and
// margin how much longer the bot lets one settle.
const (
	longestWay = 700 * time.Millisecond
	margin     = 50 * time.Millisecond
)

// trap implements service.
func (t *trouble) trap(at moment, n int, kill func()) <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.when, t.left, t.kill = at, n, kill
	t.heard = make(chan struct{})
	return t.heard
}

// calm implements service.
func (t *trouble) calm() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.quiet = true
}

// told implements service.
func (t *trouble) told() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for _, k := range slices.Sorted(maps.Keys(t.counts)) {
		out = append(out, fmt.Sprintf("%s %d", k, t.counts[k]))
	}
	return strings.Join(out, ", ")
}

// hears notes that the bot is heard of. The caller holds the lock.
func (t *trouble) hears() {
	if t.heard != nil {
		close(t.heard)
		t.heard = nil
	}
}

// fault draws how a request is answered. The caller holds the lock.
func (t *trouble) fault() fault {
	if t.quiet {
		return none
	}
	faults := []fault{dropped, lost, failed, gateway, limited, slow, late, late, late}
	if i := t.rng.IntN(oneInEach); i < len(faults) {
		return faults[i]
	}
	return none
}

// sends draws how a send is answered, and how long one takes that is slow or has
// to wait.
func (t *trouble) sends() (how fault, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left > 0 {
		t.left--
	}
	how = t.fault()
	t.counts[string(how)]++
	return how, time.Duration(t.rng.Int64N(int64(40 * time.Millisecond)))
}

// spring kills the bot if it is the moment.
func (t *trouble) spring(at moment) {
	t.mu.Lock()
	kill := t.kill
	if t.when != at || t.left != 0 || kill == nil {
		t.mu.Unlock()
		return
	}
	t.kill = nil
	t.mu.Unlock()
	kill()
	time.Sleep(200 * time.Microsecond) // let it die first, mostly
}

// outlive kills the bot, whose send is on its way, and lets that arrive later. If
// this machine held it up for longer than any may be on its way, it is lost.
func (t *trouble) outlive() {
	began := time.Now()
	t.mu.Lock()
	kill := t.kill
	t.kill = nil
	wait := longestWay/7 + time.Duration(t.rng.Int64N(int64(longestWay-longestWay/7)))
	t.mu.Unlock()
	if kill != nil {
		kill()
	}
	if time.Sleep(wait); time.Since(began) > longestWay+margin/2 {
		drop()
	}
}

// A diary is what happened to each post, to each room and to the bot, so that a
// run that finds something wrong says how it came about.
type diary struct {
	mu    sync.Mutex
	began time.Time
	of    map[string][]entry // by room and key, by room, and of the bot by ""
}

type entry struct {
	at   time.Duration // since the run began
	what string
}

func (d *diary) note(key, format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.of[key] = append(d.of[key], entry{time.Since(d.began), fmt.Sprintf(format, args...)})
}

// tell implements service.
func (t *trouble) tell(p post) (lines []string) {
	d := &t.diary
	d.mu.Lock()
	defer d.mu.Unlock()
	all := slices.Clone(d.of[p.room+" "+p.key])
	if len(all) == 0 {
		return nil
	}
	from, to := all[0].at-time.Second, all[len(all)-1].at+time.Second
	for _, e := range slices.Concat(d.of[""], d.of[p.room]) {
		if e.at >= from && e.at <= to {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b entry) int { return int(a.at - b.at) })
	for _, e := range all {
		lines = append(lines, fmt.Sprintf("%9.4f s  %s", e.at.Seconds(), e.what))
	}
	return lines
}

// witness implements service.
func (t *trouble) witness(format string, args ...any) { t.diary.note("", format, args...) }
