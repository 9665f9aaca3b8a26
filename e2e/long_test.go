//go:build full

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"
)

// How often the bot and the homeserver are killed, and what is said and owed
// meanwhile.
const (
	longKills      = 200
	longKillsHome  = 20
	longRooms      = 8 // every other one is encrypted
	longQuestions  = 25
	longCommands   = 500
	longMinutes    = 6
	longLife       = 4 * time.Second // the bot lives no longer between kills
	ownPostsOfRoom = 2               // a greeting and an announcement
)

// The bot is killed at random moments, and so is the homeserver now and then,
// while people ask and posts fall due, in plain and in encrypted rooms: every
// command is answered once, every post is there once, and can be read.
func TestKilledLong(t *testing.T) {
	clients := full(t)
	t.Parallel()
	h := newHomeserver(t)
	l := newLectern(t, h)
	file, err := os.OpenFile(l.dir+"/lectern.toml", os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		// There is nothing between the bot and the homeserver that could hold a
		// request for longer.
		_, err = file.WriteString("[delivery]\nsettle = \"1s\"\nlate_command = \"1h\"\n")
	}
	if err != nil || file.Close() != nil {
		t.Fatal(err)
	}
	l.run("library", "import", "../sample/reading-together.md", "--alias", "handbook")
	l.start()
	ana := h.register("ana")
	cmd := exec.CommandContext(t.Context(), "node", "long.mjs", h.url, "ana", "password-of-ana", l.me.id,
		fmt.Sprint(longRooms), fmt.Sprint(longQuestions), fmt.Sprint(longCommands), fmt.Sprint(longMinutes))
	cmd.Dir = clients
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(pipe)
	line := func() string {
		if !lines.Scan() {
			t.Errorf("the client ended: %v\n%s", cmd.Wait(), &errOut)
			return ""
		}
		return lines.Text()
	}
	if got := line(); got != "ready" {
		t.Fatal(got)
	}
	var rooms []string
	if err := json.Unmarshal([]byte(line()), &rooms); err != nil || len(rooms) != longRooms {
		t.Fatal(err, rooms)
	}
	asked := make(chan string, 1)
	go func() { asked <- line() }()

	rng := rand.New(rand.NewPCG(3, 4))
	began := time.Now()
	killsHome := 0
	for n := range longKills {
		if n > 0 {
			l.spawn()
		}
		life := time.Duration(rng.Int64N(int64(longLife)))
		if (n+1)%(longKills/longKillsHome) == 0 {
			before := time.Duration(rng.Int64N(int64(life) + 1))
			time.Sleep(before)
			h.stop()
			killsHome++
			h.start()
			life -= before
		}
		time.Sleep(life)
		l.kill()
	}
	t.Logf("the bot was killed %d times and the homeserver %d, within %v", longKills, killsHome, time.Since(began).Round(time.Second))
	l.start()
	if got := <-asked; got != "asked" {
		t.Fatal(got)
	}
	var c longCount
	until(t, 10*time.Minute, "every answer and every post", func() bool {
		time.Sleep(2 * time.Second)
		c = countLong(ana, l.me.id, rooms)
		return c.lost == 0 && c.posts >= longRooms*(longQuestions+ownPostsOfRoom)
	})
	time.Sleep(20 * time.Second)
	c = countLong(ana, l.me.id, rooms)
	if c.lost != 0 || c.twice != 0 || c.postsTwice != 0 || c.posts != longRooms*(longQuestions+ownPostsOfRoom) || c.asked < longCommands {
		t.Errorf("%+v", c)
	}
	if _, err := io.WriteString(in, "count\n"); err != nil {
		t.Fatal(err)
	}
	var saw struct {
		Messages int
		Unread   []string
	}
	if text := line(); json.Unmarshal([]byte(text), &saw) != nil || saw.Messages == 0 || len(saw.Unread) > 0 {
		t.Errorf("the client read: %s", text)
	}
	t.Logf("%d commands asked, %d lost, %d answered twice; %d posts, %d there twice; the client read %d messages, all but %d, after %v",
		c.asked, c.lost, c.twice, c.posts, c.postsTwice, saw.Messages, len(saw.Unread), time.Since(began).Round(time.Second))
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	l.stop()
}

// A longCount is what stands in the rooms in the end.
type longCount struct{ asked, lost, twice, posts, postsTwice int }

// countLong counts by what the homeserver sees: whom a message answers, and the
// keys of posts, are no secret.
func countLong(p *person, bot string, rooms []string) (c longCount) {
	for _, room := range rooms {
		var asked []string
		answers, posts := map[string]int{}, map[string]int{}
		for _, e := range p.messages(room) {
			if e.Type != "m.room.message" && e.Type != "m.room.encrypted" {
				continue
			}
			rel, _ := e.Content["m.relates_to"].(map[string]any)
			switch {
			case e.Sender == p.id:
				asked = append(asked, e.ID)
			case e.Sender != bot || rel["rel_type"] == "m.replace" || e.text("org.lectern.first") != "":
			case e.answers() != "":
				answers[e.answers()]++
			default:
				posts[e.text("org.lectern.key")]++
			}
		}
		for _, e := range asked {
			c.asked++
			switch n := answers[e]; {
			case n == 0:
				c.lost++
			case n > 1:
				c.twice++
			}
		}
		for _, n := range posts {
			c.posts++
			if n > 1 {
				c.postsTwice++
			}
		}
	}
	return c
}
