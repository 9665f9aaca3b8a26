//go:build full

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// full is where the clients are that others wrote.
func full(t *testing.T) (clients string) {
	t.Helper()
	clients = os.Getenv("E2E_CLIENTS")
	if clients == "" {
		t.Fatal("E2E_CLIENTS is not set: make e2e-full sets it")
	}
	return clients
}

// A client that nobody here wrote warns of nothing that the bot says in an
// encrypted room, and sees its answers as answers, in their threads. Of a bot
// whose device nobody signed it warns.
func TestShield(t *testing.T) {
	clients := full(t)
	for _, signed := range []bool{true, false} {
		t.Run(fmt.Sprint("signed ", signed), func(t *testing.T) {
			t.Parallel()
			h := newHomeserver(t)
			l := newLectern(t, h)
			if signed {
				if err := os.Remove(l.dir + "/token"); err != nil {
					t.Fatal(err)
				}
				if code, out := l.enter("password-of-lectern\n", "matrix", "login"); code != 0 {
					t.Fatalf("login: %d\n%s", code, out)
				}
			}
			l.start()
			h.register("ana")
			cmd := exec.CommandContext(t.Context(), "node", "shield.mjs", h.url, "ana", "password-of-ana", l.me.id)
			cmd.Dir = clients
			var errOut bytes.Buffer
			cmd.Stderr = &errOut
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s%s", err, out, &errOut)
			}
			messages, threaded := 0, 0
			for line := range bytes.Lines(out) {
				var m struct {
					Body      string `json:"body"`
					Encrypted bool   `json:"encrypted"`
					Shield    int    `json:"shield"`
					Reason    any    `json:"reason"`
					Thread    string `json:"thread"`
					InThread  bool   `json:"inThread"`
				}
				if err := json.Unmarshal(line, &m); err != nil {
					t.Fatalf("%s: %v", line, err)
				}
				messages++
				if m.InThread != (m.Thread != "") {
					t.Errorf("the client puts it in a thread: %v; %s", m.InThread, m.Body)
				}
				if m.InThread {
					threaded++
				}
				if !m.Encrypted || signed != (m.Shield == 0) {
					t.Errorf("encrypted %v, shield %d (reason %v): %s", m.Encrypted, m.Shield, m.Reason, m.Body)
				}
			}
			if messages < 3 || threaded != 1 {
				t.Errorf("it saw %d messages, %d in a thread:\n%s", messages, threaded, out)
			}
			t.Logf("%d messages:\n%s", messages, out)
			l.stop()
		})
	}
}

// The conversations that pass on every platform, in encrypted rooms.
func TestConversationsInSecret(t *testing.T) {
	t.Parallel()
	converse(t, "TestConversationsInSecretOnHomeserver")
}

// Keys that come late, in an encrypted room.
func TestLateKeys(t *testing.T) {
	t.Parallel()
	within(t, "./bot/matrix", "TestLateKeysOnHomeserver", "lectern", "ana")
}

// The bot is killed again and again while it answers in an encrypted room: what
// was asked is answered once, and can be read.
func TestKilledInSecret(t *testing.T) {
	clients := full(t)
	t.Parallel()
	const commands, kills = 120, 40
	h := newHomeserver(t)
	l := newLectern(t, slowly(t, h, delayRequest))
	l.start()
	h.register("ana")
	cmd := exec.CommandContext(t.Context(), "node", "killed.mjs", h.url, "ana", "password-of-ana", l.me.id, fmt.Sprint(commands))
	cmd.Dir = clients
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(pipe)
	line := func() string {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("the client ended: %v\n%s", cmd.Wait(), &errOut)
		}
		return lines.Text()
	}
	if got := line(); got != "ready" {
		t.Fatal(got)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	killed := 0
	asked := make(chan string, 1)
	go func() { asked <- line() }()
	for more := true; more; killed++ {
		select {
		case <-asked:
			more = false
		case <-time.After(time.Duration(rng.Int64N(int64(400 * time.Millisecond)))):
		}
		if killed < kills {
			l.kill()
			l.start()
		}
	}
	var got struct{ Asked, Lost, Twice, Greeted int }
	if text := line(); json.Unmarshal([]byte(text), &got) != nil || got.Asked != commands || got.Lost != 0 || got.Twice != 0 || got.Greeted != 1 {
		t.Errorf("after %d kills: %s", killed, text)
	} else {
		t.Logf("after %d kills: %s", min(killed, kills), text)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	l.stop()
}

// Away while much is said in many rooms: on return what is recent is answered,
// once; what is old is passed over, and each room is told so once.
func TestAwayLong(t *testing.T) {
	t.Parallel()
	const rooms, each = 20, 50
	h := newHomeserver(t)
	l := newLectern(t, h)
	file, err := os.OpenFile(l.dir+"/lectern.toml", os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = file.WriteString("[delivery]\nlate_command = \"1m\"\n")
	}
	if err != nil || file.Close() != nil {
		t.Fatal(err)
	}
	l.start()
	ana, ben := h.register("ana"), h.register("ben")
	var in []string
	for i := range rooms {
		in = append(in, ana.createRoom(fmt.Sprint("Reading ", i), l.me.id, ben.id))
		ben.join(in[i])
	}
	s := &scene{t: t, h: h, l: l, ana: ana, ben: ben}
	until(t, time.Minute, "the bot in all rooms", func() bool { return len(l.me.joined()) == rooms })
	for _, room := range in {
		until(t, time.Minute, "a greeting", func() bool { return len(s.bots(ana, room)) == 1 })
	}
	l.stop()
	old, recent := map[string]string{}, map[string]string{}
	say := func(n int, into map[string]string) {
		for _, room := range in {
			for i := range n {
				if i%12 == 3 {
					into[ana.say(room, "!lectern works")] = room
				} else {
					ben.say(room, fmt.Sprintf("We talked about it, %d.", i))
				}
			}
		}
	}
	say(each/2, old)
	time.Sleep(65 * time.Second) // longer than a command may be late
	say(each-each/2, recent)
	l.start()
	count := func() (answers map[string]int, told map[string]int) {
		answers, told = map[string]int{}, map[string]int{}
		for _, room := range in {
			for _, e := range s.bots(ben, room) {
				if strings.Contains(e.text("body"), "I was away when you asked") {
					told[room]++
				} else if to := e.answers(); to != "" {
					answers[to]++
				}
			}
		}
		return answers, told
	}
	until(t, 2*time.Minute, "what is recent to be answered", func() bool {
		answers, told := count()
		return len(answers) >= len(recent) && len(told) == rooms
	})
	time.Sleep(5 * time.Second)
	answers, told := count()
	for e := range recent {
		if answers[e] != 1 {
			t.Errorf("what was said lately was answered %d times", answers[e])
		}
	}
	for e := range old {
		if answers[e] != 0 {
			t.Errorf("what was said long ago was answered %d times", answers[e])
		}
	}
	for room, n := range told {
		if n != 1 {
			t.Errorf("%s was told %d times", room, n)
		}
	}
	t.Logf("%d messages in %d rooms: %d commands answered, %d passed over", rooms*each, rooms, len(recent), len(old))
	l.stop()
}
