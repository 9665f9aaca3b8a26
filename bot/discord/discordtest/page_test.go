package discordtest

import (
	"strings"
	"testing"
	"time"
)

func TestAPageOfMessages(t *testing.T) {
	b := newBench(t, Options{NoLimits: true, Description: "-"})
	m := b.ok("POST", "/channels/"+b.room+"/messages", v2(
		object{"type": 17, "accent_color": 0x336699, "components": []any{
			textOf("## Reading 3 of 4\nRead by <t:1798225200:F>, \\*not\\* earlier: **¶ 36–49**, *The Morale* of `x < y` for <@" + b.ana + ">"),
			object{"type": 14}, textOf("> **37** The Red Army\n-# wright 37"),
		}},
		oneRow(buttonOf("a"), object{"type": 2, "style": 5, "label": "<Open>", "url": "https://example.org"}), oneRow(menuOf(optionOf("a"))),
	))
	poll := b.ok("POST", "/channels/"+b.room+"/messages", pollOf(answerOf("Tuesday"), answerOf("Wednesday")))
	got := b.Page("A week", time.UTC, b.Message(m.id()), b.Message(poll.id()))
	for _, want := range []string{
		"border-left-color:#336699", "<h2 dir=auto>Reading 3 of 4</h2>", "Friday 25 December 2026 19:00", "*not* earlier: <b>¶ 36–49</b>, <i>The Morale</i>",
		"<code>x &lt; y</code>", "@Ana</span>", "<blockquote><p dir=auto><b>37</b> The Red Army</p></blockquote>", "<p class=small dir=auto>wright 37</p>",
		"<span class=\"button s1\" dir=auto>Go</span>", "&lt;Open&gt;", "When?", "Wednesday", "<hr>", "<span class=menu",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q:\n%s", want, got)
		}
	}
}
