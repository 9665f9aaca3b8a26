package bottest

import (
	"strings"
	"time"

	"lectern/bot"
)

// Gallery is a set of replies that together hold every kind of block, style
// and action, long texts, and texts in several scripts and directions. Each
// platform renders it into golden files.
func Gallery() map[string]bot.Reply {
	due := time.Date(2026, 12, 22, 19, 0, 0, 0, time.UTC)
	open := func(cmd string) bot.Invocation { return bot.Invocation{Command: cmd} }
	return map[string]bot.Reply{
		"announcement": {
			Title: bot.Plain("Reading 3 of 4 · Reading Together"),
			Blocks: []bot.Block{
				bot.Para(bot.Spans{{Text: "Read by "}, {Text: "Tue 22 Dec, 19:00", Style: bot.Strong, At: due}, {Text: ": “Asking”, ¶ 36–49, from "}, {Text: "“A good question…”", Style: bot.Emphasis}, {Text: " · 897 words. Ana leads."}}),
				{Kind: bot.Small, Text: bot.Plain("¶ 36: the 36th paragraph")},
			},
			Actions: []bot.Action{
				{Label: "I have read it", Do: open("done"), Primary: true, React: "✅"},
				{Label: "Not this time", Do: open("skip"), React: "⏭"},
				{Label: "I'm at…", Do: open("at"), Ask: "place"},
				{Label: "Get the text", Do: open("text")},
			},
		},
		"passage": {
			Title: bot.Plain("Reading Together · The Lectern project"),
			Blocks: []bot.Block{
				{Kind: bot.Quoted, Quote: &bot.Quote{Number: "37", Text: bot.Spans{{Text: "To read "}, {Text: "slowly", Style: bot.Emphasis}, {Text: " is not to read with effort; it is to leave the effort to the sentence, which was written by somebody who had time."}}, Citation: "handbook 37"}},
				{Kind: bot.Quoted, Quote: &bot.Quote{Number: "38", Block: true, Text: bot.Plain("Read the page aloud once.\nThen say what it said."), Attribution: "Ana, in a letter", Citation: "handbook 38"}},
				{Kind: bot.Quoted, Quote: &bot.Quote{Number: "39", Fixed: true, Text: bot.Plain("a    b\n  c  d"), Citation: "handbook 39"}},
			},
			Actions: []bot.Action{{Label: "◀ 36", Do: open("passage")}, {Label: "40 ▶", Do: open("passage")}, {Label: "Drop", Do: open("drop"), Danger: true}},
		},
		"board": {
			Title: bot.Plain("Where we are"),
			Blocks: []bot.Block{
				{Kind: bot.Bar, Progress: &bot.Progress{Label: "reading 3 of 4", Done: 2, Total: 4}},
				{Kind: bot.Table, Fields: []bot.Field{{Name: "Ana", Value: bot.Plain("has read it")}, {Name: "Benedikta", Value: bot.Plain("¶ 42")}}},
				{Kind: bot.Bullets, Items: []bot.Spans{bot.Plain("one"), bot.Bold("two, which is long enough to be wrapped when the terminal is narrow"), bot.Plain("three")}},
				{Kind: bot.Bullets, Items: []bot.Spans{bot.Plain("I Before"), bot.Plain("The door"), bot.Plain("The room"), bot.Plain("II After")}, Levels: []int{0, 1, 2, 0}},
				{Kind: bot.Numbers, Start: 9, Items: []bot.Spans{bot.Plain("nine"), bot.Plain("ten")}},
				{Kind: bot.Spoiler, Text: bot.Plain("It was the translator.")},
			},
		},
		"styles": {
			Title: bot.Plain("Styles"),
			Blocks: []bot.Block{
				bot.Para(bot.Spans{
					{Text: "strong", Style: bot.Strong}, {Text: ", "}, {Text: "emphasis", Style: bot.Emphasis}, {Text: ", "}, {Text: "code", Style: bot.Code}, {Text: ", "},
					{Text: "marked", Style: bot.Marked}, {Text: ", "}, {Text: "struck", Style: bot.Struck}, {Text: ", "}, {Text: "help", Style: bot.Typed}, {Text: ", "},
					{Text: "a link", Link: "https://example.org/?a=1&b=2"}, {Text: "."},
				}),
			},
			Image: &bot.Image{Name: "board.png", MIME: "image/png", Data: []byte{0x89}, Alt: "the board: two of four"},
			File:  &bot.File{Name: "reading-3.html", MIME: "text/html", Data: []byte("<p>")},
		},
		"scripts": {
			Title: bot.Plain("תורה · كتاب · 読書会 · Ελληνικά"),
			Blocks: []bot.Block{
				{Kind: bot.Quoted, Quote: &bot.Quote{Number: "1", Text: bot.Plain("学而时习之，不亦说乎？有朋自远方来，不亦乐乎？人不知而不愠，不亦君子乎？"), Citation: "analects 1"}},
				bot.Para(bot.Plain("שלום, world: العربية and back.")),
			},
		},
		"mentions": {
			Blocks: []bot.Block{
				bot.Para(bot.Plain("Reading 3 is due tomorrow.")),
				bot.Para(bot.Spans{{Text: "For "}, {Text: "Ana", Mention: "@ana:example.org"}, {Text: " "}, {Text: "Ben *b*", Mention: "81384788765712384"}, {Text: " "}, {Text: "everyone", Mention: "nobody"}}),
			},
		},
		"hostile": {
			Title: bot.Plain("@everyone <b>bold</b> **not** _this_"),
			Blocks: []bot.Block{
				bot.Para(bot.Plain("@room @here <@123> </p><script>alert(1)</script> [x](http://example.org) `code` ||spoiler|| # heading\n> quote\n- list \\ back")),
				{Kind: bot.Quoted, Quote: &bot.Quote{Number: "1", Text: bot.Plain("```\n@everyone\n```")}},
			},
		},
		"long": {
			Title:  bot.Plain("A long answer"),
			Blocks: []bot.Block{{Kind: bot.Quoted, Quote: &bot.Quote{Number: "7", Text: bot.Plain(strings.TrimSpace(strings.Repeat("A sentence that is repeated until the passage is long. ", 60))), Citation: "handbook 7"}}},
		},
	}
}
