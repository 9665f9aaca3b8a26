package e2e

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// How long a person waits for an answer, by Lectern and by a bare echo bot on
// the same library, asked by turns in one room; then the memory of both after a
// hundred rooms. "make measure-matrix" runs it.
func BenchmarkMatrix(b *testing.B) {
	s := newScene(b)
	s.setUp()
	s.publish()
	echo := s.h.register("echo")
	cmd := exec.CommandContext(b.Context(), program(b, "E2E_ECHO"))
	cmd.Env = append(os.Environ(), "ECHO_HOMESERVER="+s.h.url, "ECHO_USER="+echo.id, "ECHO_TOKEN="+echo.token)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	s.invite(s.room, echo)
	news := s.ana.listen()
	took := map[string][]time.Duration{}
	measured := []struct {
		name, text, by string
		// atOnce is asked as soon as the answer before is there, under which the
		// bot is putting ◀ and ▶; otherwise the room is at rest, as it is for
		// somebody who reads.
		atOnce bool
	}{
		{name: "echo", text: "!echo passage handbook 5", by: echo.id},
		{name: "search", text: "!lectern search question", by: s.l.me.id},
		{name: "passage", text: "!lectern passage handbook 5", by: s.l.me.id},
		{name: "search-at-once", text: "!lectern search question", by: s.l.me.id, atOnce: true},
		{name: "passage-again", text: "!lectern passage handbook 6", by: s.l.me.id},
		{name: "echo-at-once", text: "!echo passage handbook 5", by: echo.id, atOnce: true},
		{name: "prompt", text: "!lectern prompt add 4 Is this written down?", by: s.l.me.id},
	}
	for range 20 { // warm
		for _, m := range measured[:3] {
			news.answer(s.room, m.text, m.by)
		}
	}
	for b.Loop() {
		for _, m := range measured {
			if !m.atOnce {
				news.rest()
			}
			took[m.name] = append(took[m.name], news.answer(s.room, m.text, m.by))
		}
	}
	half := map[string]float64{}
	for _, m := range measured {
		slices.Sort(took[m.name])
		half[m.name] = float64(took[m.name][len(took[m.name])/2].Microseconds()) / 1000
		b.ReportMetric(half[m.name], m.name+"-p50-ms")
		b.ReportMetric(float64(took[m.name][len(took[m.name])*99/100].Microseconds())/1000, m.name+"-p99-ms")
		if m.name != "echo" {
			b.ReportMetric(half[m.name]/half["echo"], m.name+"/echo")
		}
	}
	b.ReportMetric(0, "ns/op")
	one, oneEcho := resident(b, s.l.cmd.Process.Pid), resident(b, cmd.Process.Pid)
	for i := range 100 {
		room := s.ana.createRoom(fmt.Sprintf("Room %d", i), s.l.me.id, echo.id)
		until(b, time.Minute, "both bots in the room", func() bool {
			return slices.Contains(s.l.me.joined(), room) && slices.Contains(echo.joined(), room)
		})
		news.answer(room, fmt.Sprintf(`!lectern group setup name:"Group %d" city:London place:- length:-`, i), s.l.me.id)
		news.answer(room, `!lectern plan create handbook "tue 19:00" 4`, s.l.me.id)
		news.answer(room, "!lectern plan publish", s.l.me.id)
		news.answer(room, "!echo hello", echo.id)
	}
	b.ReportMetric(one, "MB-1-room")
	b.ReportMetric(resident(b, s.l.cmd.Process.Pid), "MB-101-rooms")
	b.ReportMetric(oneEcho, "echo-MB-1-room")
	b.ReportMetric(resident(b, cmd.Process.Pid), "echo-MB-101-rooms")
}

func (s *scene) invite(room string, p *person) {
	s.t.Helper()
	s.ana.call("POST", "/_matrix/client/v3/rooms/"+url.PathEscape(room)+"/invite", map[string]any{"user_id": p.id}, nil)
	until(s.t, 20*time.Second, p.id+" in the room", func() bool { return slices.Contains(p.joined(), room) })
}

// A listener waits for what comes to a person, as a client does.
type listener struct {
	*person
	since string
}

func (p *person) listen() *listener {
	l := &listener{person: p}
	l.next(0)
	return l
}

// next are the messages that came.
func (l *listener) next(wait time.Duration) (out []event) {
	l.t.Helper()
	var got struct {
		Next  string `json:"next_batch"`
		Rooms struct {
			Join map[string]struct {
				Timeline struct {
					Events []event `json:"events"`
				} `json:"timeline"`
			} `json:"join"`
		} `json:"rooms"`
	}
	q := url.Values{"timeout": {strconv.Itoa(int(wait.Milliseconds()))}}
	if l.since != "" {
		q.Set("since", l.since)
	}
	l.call("GET", "/_matrix/client/v3/sync?"+q.Encode(), nil, &got)
	l.since = got.Next
	for _, r := range got.Rooms.Join {
		out = append(out, r.Timeline.Events...)
	}
	return out
}

// rest waits until nothing comes any more.
func (l *listener) rest() {
	l.t.Helper()
	for len(l.next(60*time.Millisecond)) > 0 {
	}
}

// answer says something and returns how long its answer took to come.
func (l *listener) answer(room, text, by string) time.Duration {
	l.t.Helper()
	began := time.Now()
	said := l.say(room, text)
	for time.Since(began) < time.Minute {
		for _, e := range l.next(10 * time.Second) {
			if e.Sender == by && e.answers() == said {
				return time.Since(began)
			}
		}
	}
	l.t.Fatalf("no answer to %s", text)
	return 0
}

var rss = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// resident is the memory of a process in MB.
func resident(t testing.TB, pid int) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	m := rss.FindStringSubmatch(strings.TrimSpace(string(status)))
	if m == nil {
		t.Fatal("the system does not say how much memory a process has")
	}
	kb, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return float64(kb) / 1024
}
