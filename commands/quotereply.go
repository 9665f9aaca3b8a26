package commands

import (
	"strings"

	"lectern/bot"
	"lectern/library"
	"lectern/library/quote"
	"lectern/phrases"
)

// QuoteSentence is what is said of a quotation that was not found in a passage, nil
// if it was.
func QuoteSentence(v *phrases.Voice, shelf *library.Shelf, found *Quoted) bot.Spans {
	var s bot.Spans
	switch found.Verdict {
	case quote.Found:
		return nil
	case quote.NoWords:
		return v.Say("quote.no_words")
	case quote.TooLong:
		return v.Say("quote.too_long", "Max", v.Number(quote.MaxQuotation))
	case quote.TooCommon:
		s = v.Say("quote.too_common", "Count", found.Count)
	case quote.Absent:
		if len(found.Headings) == 0 {
			return v.Say("quote.absent", "Works", v.Text("count.works", "Count", len(shelf.Works())))
		}
	}
	h := HeadingSentence(v, found)
	if len(s) > 0 && len(h) > 0 {
		s = append(s, bot.Plain(" ")...)
	}
	return append(s, h...)
}

// HeadingSentence says which headings and titles a quotation is, nil for none.
func HeadingSentence(v *phrases.Voice, found *Quoted) (s bot.Spans) {
	for i := range found.Headings {
		if i > 0 {
			s = append(s, bot.Plain(" ")...)
		}
		h := &found.Headings[i]
		s = append(s, v.Say("quote.heading", "Citation", h.Citation, "Title", bot.Clean(h.Title, 200), "Section", h.Section, "Near", h.Wrong > 0)...)
	}
	return s
}

func quoteReply(v *phrases.Voice, shelf *library.Shelf, found *Quoted, all bool) bot.Reply {
	if len(found.Each) > 0 {
		return eachReply(v, shelf, found)
	}
	if s := QuoteSentence(v, shelf, found); s != nil {
		reply := bot.Say(s)
		reply.Failed = found.Verdict == quote.NoWords || found.Verdict == quote.TooLong
		for i := range found.Headings {
			if len(reply.Actions) < maxQuoteActions {
				reply.Actions = append(reply.Actions, showCitation(v, found.Headings[i].Citation, found.Headings[i].Citation))
			}
		}
		return reply
	}
	var reply bot.Reply
	one := len(found.Matches) == 1
	lines := placeLines(v, found)
	differ := false
	if one {
		reply.Blocks = append(reply.Blocks, bot.Para(lines[0]))
	} else {
		works := map[library.WorkID]bool{}
		for i := range found.Matches {
			works[found.Matches[i].Work.ID] = true
		}
		var head bot.Spans
		switch apart := len(works) == len(lines); {
		case apart && len(lines) == 2:
			head = v.Say("quote.works_two")
		case apart:
			head = v.Say("quote.works", "Count", len(lines))
		case len(lines) == 2:
			head = v.Say("quote.places_two")
		default:
			head = v.Say("quote.places", "Count", len(lines))
		}
		reply.Blocks = append(reply.Blocks, bot.Para(head), bot.Block{Kind: bot.Bullets, Items: lines})
	}
	if h := HeadingSentence(v, found); h != nil {
		reply.Blocks = append(reply.Blocks, bot.Para(h))
	}
	for i := range found.Matches {
		if one || all {
			differ = showMatch(v, &reply, &found.Matches[i], one) || differ
		}
	}
	if differ {
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("quote.legend")})
	}
	if !one && !all {
		label := v.Text("quote.show_all", "Count", len(lines))
		if len(lines) == 2 {
			label = v.Text("quote.show_both")
		}
		reply.Actions = append(reply.Actions, bot.Action{Label: label,
			Do: bot.Invocation{Command: "quote", Args: map[string]string{"text": found.Said, "show": "all"}}})
	}
	return reply
}

const maxQuoteActions = 5

// placeLines says where a quotation stands, a line to each place.
func placeLines(v *phrases.Voice, found *Quoted) (lines []bot.Spans) {
	for i := range found.Matches {
		m := &found.Matches[i]
		line := v.Say("quote.place", "Citation", m.Citation, "Section", m.Work.SectionName(m.Work.Passages[m.Index].Section), "How", How(v, m))
		if i > 0 {
			line = append(line, omitted(v, &found.Matches[0], m)...)
		}
		lines = append(lines, line)
	}
	return lines
}

// showMatch puts the passages of a place into a reply, and a button for more of them;
// alone is false where those of other works stand there too. It reports whether
// anything in them is marked.
func showMatch(v *phrases.Voice, reply *bot.Reply, m *QuotedAt, alone bool) (marked bool) {
	for j := range m.Spots {
		s := &m.Spots[j]
		label := number(&m.Work.Passages[s.First-m.Work.Passages[0].ID])
		if !alone {
			label = strings.TrimSuffix(m.Work.Alias()+" "+label, " ")
		}
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Quoted, Quote: &bot.Quote{Number: label, Text: spotSpans(s)}})
	}
	if len(reply.Actions) < maxQuoteActions {
		reply.Actions = append(reply.Actions, showCitation(v, m.Citation, sentencesAround(m)))
	}
	return m.Differences() > 0 || hasElided(m)
}

func showCitation(v *phrases.Voice, name, citation string) bot.Action {
	return bot.Action{Label: v.Text("quote.show", "Citation", name), Do: bot.Invocation{Command: "passage", Args: map[string]string{"citation": citation}}}
}

// eachReply says of each of the quotations of a message where it stands, and shows
// the first place of each.
func eachReply(v *phrases.Voice, shelf *library.Shelf, found *Quoted) bot.Reply {
	reply := bot.Reply{Blocks: []bot.Block{bot.Para(v.Say("quote.several", "Count", len(found.Each)))}}
	var items []bot.Spans
	for i := range found.Each {
		q := &found.Each[i]
		item := v.Say("quote.said", "Text", bot.Clean(library.Opening(q.Said), 80))
		if s := QuoteSentence(v, shelf, q); s != nil {
			items = append(items, append(append(item, bot.Plain(" ")...), s...))
			continue
		}
		for _, line := range placeLines(v, q) {
			item = append(append(item, bot.Plain(" ")...), line...)
		}
		if h := HeadingSentence(v, q); h != nil {
			item = append(append(item, bot.Plain(" ")...), h...)
		}
		items = append(items, item)
	}
	reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Bullets, Items: items})
	differ := false
	for i := range found.Each {
		if q := &found.Each[i]; len(q.Matches) > 0 {
			differ = showMatch(v, &reply, &q.Matches[0], false) || differ
		}
	}
	if differ {
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("quote.legend")})
	}
	return reply
}
