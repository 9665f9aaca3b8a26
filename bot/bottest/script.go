// Package bottest is what platforms and conversations are tested with: a fake
// platform that keeps the rules of idempotency and fails on demand, the suite
// that every platform passes, and conversation scripts.
package bottest

import (
	"bufio"
	"fmt"
	"strings"
	"testing"
	"time"
)

// A Stage is a running bot that a script talks to.
type Stage interface {
	// Say types a line as a person; "[Label]" presses a button of the last
	// message that had one. It returns what the room showed since.
	Say(t testing.TB, who, line string) string
	// Sleep moves the clock and returns what was posted meanwhile.
	Sleep(t testing.TB, d time.Duration) string
	// Restart stops the bot, as if killed, and starts it on the same database.
	Restart(t testing.TB)
}

// A Typist is a stage on which no button asks for what it needs: people type
// the command with it.
type Typist interface{ Types() bool }

// A Confidant is a stage on which the bot can write to one person alone unasked.
type Confidant interface{ Confides() bool }

// A Rereader is a stage on which posts can be edited; Reread is all that people
// read there now.
type Rereader interface{ Reread(t testing.TB) string }

// RunScript plays a conversation. Its lines:
//
//	# a remark
//	> ana: /reading      ana says it; "> ana: [Publish]" presses a button
//	< Reading 1 of 4     must be shown next: in order, within what was said since
//	! nobody             must not be shown since
//	= Read by Wed        stands in the room now, where posts can be edited
//	sleep 24h            the clock moves
//	restart              the process ends without notice and starts again
//	? < How far are you? any line, where buttons ask for what they need
//	@ < You lead         any line, where the bot can write to one person alone
//
// White space is folded on both sides before they are compared.
func RunScript(t testing.TB, s Stage, name, script string) {
	t.Helper()
	var shown string // since the last line that made something happen
	at := 0
	sc := bufio.NewScanner(strings.NewReader(script))
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimRight(sc.Text(), " \t")
		fail := func(format string, args ...any) {
			t.Helper()
			t.Fatalf("%s:%d: %s\nshown:\n%s", name, n, fmt.Sprintf(format, args...), shown)
		}
		head, rest, _ := strings.Cut(line, " ")
		if head == "?" {
			if typist, ok := s.(Typist); ok && typist.Types() {
				continue
			}
			head, rest, _ = strings.Cut(rest, " ")
		}
		if head == "@" {
			if c, ok := s.(Confidant); !ok || !c.Confides() {
				continue
			}
			head, rest, _ = strings.Cut(rest, " ")
		}
		switch {
		case line == "" || head == "#":
		case head == ">":
			who, what, ok := strings.Cut(rest, ": ")
			if !ok {
				fail("a line said by nobody: %q", line)
			}
			shown, at = fold(s.Say(t, who, unescape(what))), 0
		case head == "<":
			want := fold(unescape(rest))
			i := strings.Index(shown[at:], want)
			if i < 0 {
				fail("not shown: %q", want)
			}
			at += i + len(want)
		case head == "!":
			if want := fold(unescape(rest)); strings.Contains(shown, want) {
				fail("shown, and should not be: %q", want)
			}
		case head == "=":
			r, ok := s.(Rereader)
			if want := fold(unescape(rest)); ok && !strings.Contains(fold(r.Reread(t)), want) {
				shown = fold(r.Reread(t))
				fail("does not stand there: %q", want)
			}
		case head == "sleep":
			d, err := time.ParseDuration(rest)
			if err != nil {
				fail("%v", err)
			}
			shown, at = fold(s.Sleep(t, d)), 0
		case head == "restart":
			s.Restart(t)
			shown, at = "", 0
		default:
			fail("what is %q?", line)
		}
	}
}

// unescape reads \uXXXX, for characters that an editor would hide.
func unescape(s string) string {
	for {
		i := strings.Index(s, `\u`)
		if i < 0 || i+6 > len(s) {
			return s
		}
		var r rune
		if _, err := fmt.Sscanf(s[i+2:i+6], "%04x", &r); err != nil {
			return s
		}
		s = s[:i] + string(r) + s[i+6:]
	}
}

func fold(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u00a0", " ")), " ")
}
