package e2e

import (
	"fmt"
	"html"
	"os"
	"testing"
	"time"
)

func TestLook(t *testing.T) {
	s := newScene(t)
	s.setUp()
	s.l.run("library", "import", "/work/shared/texts/"+os.Getenv("LOOK"), "--alias", "fate")
	opened := s.publish()
	say := func(p *person, text string) { p.say(s.room, text); time.Sleep(400*time.Millisecond) }
	for _, text := range []string{"help", "passage handbook 3", "passage handbook 3-6", "passage fate 1.III 3", "passage fate II", "passage handbook 900", "search question", "outline handbook", "outline fate", "works", "reading", "progress", "done", "plan show", "plan preview", "why 1", "prompt add 1 What do you think?", "prompt list", "quote A question is worth", "plan create handbook \"tue 19:00\" 6", "cite handbook 3", "group settings", "nonsense"} {
		say(s.ana, "!lectern "+text)
	}
	s.ben.react(s.room, opened.ID, "✅")
	s.ben.say(s.room, "!lectern text")
	time.Sleep(2 * time.Second)
	f, _ := os.Create("/tmp/wt-scratch/matrix/look.html")
	fmt.Fprint(f, `<!doctype html><meta charset=utf-8><style>body{font:15px/1.4 Inter,Helvetica,sans-serif;max-width:420px;margin:8px}div.u{color:#06c;margin-top:14px}div.b{border:1px solid #ddd;border-radius:8px;padding:4px 8px}blockquote{border-left:3px solid #bbb;margin:4px 0;padding-left:8px}pre.p{background:#f6f6f6;font-size:11px;white-space:pre-wrap}p{margin:4px 0}code{background:#eee}ul,ol{padding-left:22px;margin:2px 0}</style>`)
	all := s.ben.messages(s.room)
	for _, r := range s.l.me.joined() {
		if r != s.room {
			all = append(all, s.l.me.messages(r)...)
		}
	}
	for _, e := range all {
		if e.Type != "m.room.message" {
			continue
		}
		if e.Sender != s.l.me.id {
			fmt.Fprintf(f, "<div class=u>%s: %s</div>", e.Sender, html.EscapeString(e.text("body")))
			continue
		}
		fmt.Fprintf(f, "<div class=b>%s</div><pre class=p>%s</pre>", e.text("formatted_body"), html.EscapeString(e.text("body")))
	}
	f.Close()
	s.l.stop()
}
