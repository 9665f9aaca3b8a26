package importer

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"lectern/library"
)

// A frame is an open level while headings are laid out.
type frame struct {
	style string
	last  int
	class string // how a numbered one is set
}

// levels gives each heading its depth: by decimal labels, by labels that go on
// counting or start again, by how unnumbered ones are set.
func levels(found *[]heading, d *draft) {
	var open []frame
	known := map[string]int{}  // the depth at which a style was last open
	counts := map[string]int{} // its last value there
	for i := 0; i < len(*found); i++ {
		h := &(*found)[i]
		if n := len(open); n > 0 && open[n-1].style == boxClass {
			open = open[:n-1]
		}
		if h.class == boxClass {
			open = append(open, frame{style: boxClass, class: boxClass})
			h.depth = len(open)
			continue
		}
		if !h.numbered || h.style == "appendix" || strings.HasPrefix(h.style, "appendix ") {
			at := unnumberedDepth(*found, i, open, known)
			style := h.style
			if style == "" {
				style = h.class
			}
			if isGeneric(h.title) && !h.numbered {
				style = "generic"
			}
			open = append(open[:at:at], frame{style, h.last, h.class})
			if _, ok := known[style]; !ok || style != "generic" {
				known[style] = at
			}
			h.depth = at + 1
			continue
		}
		if o := h.other; o.style != "" && asLetter(open, *h) {
			h.style, h.value, h.last = o.style, o.value, o.value
		}
		at := -1
		for k := len(open) - 1; k >= 0; k-- {
			if open[k].style == h.style {
				at = k
				break
			}
		}
		if at < 0 && !hasKey(known, h.style) {
			open = d.besides(*found, i, open)
		}
		switch {
		case at >= 0:
			switch last := open[at].last; {
			case h.inserted && h.value == last:
			case h.value <= last:
				d.warn("label_repeats", "A heading bears a label that was there before: "+quote(h.text)+".", d.first(&d.blocks[h.block]).no)
			case h.value > last+1:
				d.warn("label_gap", "A label is missing before the heading "+quote(h.text)+".", d.first(&d.blocks[h.block]).no)
			}
		case strings.Contains(h.style, "."):
			// 3.2.1 stands below whatever has fewer parts.
			at = len(open)
			for at > 0 && open[at-1].style[:1] == h.style[:1] && strings.Contains(open[at-1].style, ".") && strings.Count(open[at-1].style, ".") >= strings.Count(h.style, ".") {
				at--
			}
		case h.value <= 1 || hasKey(known, h.style):
			at = len(open)
			if k, ok := known[h.style]; ok && k <= len(open) {
				at = k
			}
		case outerGoesOn(*found, i, open):
			at = len(open)
		case h.value == 2 && len(open) > 0:
			at = 0
			*found = missing(*found, i, h.style, known)
			i++
			h = &(*found)[i]
			where := d.first(&d.blocks[h.block])
			d.warn("missing_heading", "The text begins within part "+firstOf(h.style)+", whose heading it lacks. What comes before "+quote(h.text)+" was put into it.", where.no)
		default:
			at = min(len(open), 0)
			d.warn("label_gap", "A label is missing before the heading "+quote(h.text)+".", d.first(&d.blocks[h.block]).no)
		}
		open = append(open[:at:at], frame{h.style, h.last, h.class})
		known[h.style], counts[h.style] = at, h.last
		h.depth = at + 1
	}
}

// besides closes the open sections that a style of labels which was not seen
// before cannot stand in: a preface, and, for lettered appendices, the numbered
// sections that are complete.
func (d *draft) besides(found []heading, i int, open []frame) []frame {
	h := &found[i]
	for len(open) > 0 && open[len(open)-1].style == "generic" {
		open = open[:len(open)-1]
	}
	if n := len(open); n > 0 && open[n-1].style == h.class && (strings.HasPrefix(h.class, "under") || h.word != "") {
		open = open[:n-1] // set alike, so of one level
	}
	if !strings.Contains(h.style, ".") && decimalsBelow(found[i:], h.style) { // no chapter stands in another one's 2.1
		for k := range open {
			if strings.Contains(open[k].style, ".") {
				open = open[:k]
				break
			}
		}
	}
	switch {
	case len(open) == 0:
	case h.style == "A" && h.value == 1 && len(open) > 1 && strings.Contains(open[1].style, "."):
		if !goesOn(found[i+1:], open[0]) {
			return open[:0]
		}
	case h.word == "part" || h.word == "book" || h.word == "volume" || h.word == "act":
		for k := range open {
			if listed(" capitals centred plain out ", open[k].style) {
				return open[:k]
			}
		}
	}
	return open
}

// decimalsBelow reports whether headings of a style have decimals below them: 2.1
// below 2.
func decimalsBelow(found []heading, style string) bool {
	value := 0
	for i := range found {
		switch h := &found[i]; {
		case !h.numbered:
		case h.style == style:
			value = h.value
		case value > 0 && len(h.labels) > 0 && strings.HasPrefix(h.labels[0], strconv.Itoa(value)+"."):
			return true
		default:
			value = 0
		}
	}
	return false
}

// goesOn reports whether the labels of an open level are counted on.
func goesOn(found []heading, f frame) bool {
	for i := range found {
		if found[i].numbered && found[i].style == f.style {
			return found[i].value == f.last+1
		}
	}
	return false
}

func hasKey(m map[string]int, k string) bool { _, ok := m[k]; return ok }

func quote(s string) string {
	if utf8.RuneCountInString(s) > 60 {
		s = string([]rune(s)[:58]) + "…"
	}
	return "“" + s + "”"
}

// asLetter reports whether a single letter goes on counting letters rather than
// roman numbers: "I" after "H".
func asLetter(open []frame, h heading) bool {
	for k := len(open) - 1; k >= 0; k-- {
		if open[k].style == h.style && open[k].last+1 == h.value {
			return false
		}
		if open[k].style == h.other.style && open[k].last+1 == h.other.value {
			return true
		}
	}
	return false
}

// outerGoesOn reports whether the innermost open labels go on counting after a
// heading of a style that was not seen before: then it stands below them.
func outerGoesOn(found []heading, i int, open []frame) bool {
	if len(open) == 0 {
		return true
	}
	for k := len(open) - 1; k >= 0; k-- {
		for _, h := range found[i+1:] {
			if h.numbered && h.style == open[k].style {
				if h.value == open[k].last+1 {
					return true
				}
				if k == len(open)-1 && h.value <= 1 {
					return false
				}
				break
			}
		}
	}
	// Nothing goes on: a run of two and more before it was complete, and so
	// belongs to a part before this one.
	return open[len(open)-1].last < 2
}

// missing puts the part that the text lacks the heading of before everything,
// and everything so far into it.
func missing(found []heading, i int, style string, known map[string]int) []heading {
	part := heading{block: -1, numbered: true, missing: true, depth: 1, label: label{labels: []string{firstOf(style)}, style: style, value: 1, last: 1}}
	for k := range found[:i] {
		found[k].depth++
	}
	for k := range known {
		known[k]++
	}
	return append(append(append([]heading{}, part), found[:i]...), found[i:]...)
}

// firstOf is the first label of a style.
func firstOf(style string) string {
	switch f := style[strings.LastIndexByte(style, ' ')+1:]; f {
	case "I", "i", "A", "a", "1":
		return f
	}
	return "1"
}

// unnumberedDepth is the index of the level at which an unnumbered heading, or
// an appendix, opens a section.
func unnumberedDepth(found []heading, i int, open []frame, known map[string]int) int {
	h := &found[i]
	if len(open) == 0 {
		return 0
	}
	if h.word == "appendix" || !h.numbered && isGeneric(h.title) {
		style := "generic"
		if h.word == "appendix" {
			style = h.style
		}
		for k := range open {
			if open[k].style == style {
				return k
			}
		}
		// Beside the parts if no part follows, otherwise within this one.
		for _, n := range found[i+1:] {
			if n.numbered && n.style == open[0].style {
				return min(1, len(open)-1)
			}
		}
		return 0
	}
	for k := range open {
		if open[k].style == h.class || (h.class != "plain" || open[k].style == "generic") && open[k].class == h.class {
			return k
		}
	}
	if k, ok := known[h.class]; ok && k <= len(open) {
		// A chapter under = may have opened since.
		for h.class == "under -" && k < len(open) && open[k].style == "under =" {
			k++
		}
		return k
	}
	return below(h.class, open)
}

// below is the level of an unnumbered heading that is set in a way not seen
// before: below the numbered ones, and below those that are set more strongly.
func below(class string, open []frame) int {
	if strings.HasPrefix(class, "marked ") {
		for k := range open {
			if strings.HasPrefix(open[k].style, "marked ") && open[k].style >= class {
				return k
			}
		}
		return len(open)
	}
	const ranks = "under = under - under capitals centred out plain"
	rank := func(c string) int {
		if i := strings.Index(ranks, c); i >= 0 {
			return i
		}
		if strings.HasPrefix(c, "under ") {
			return strings.Index(ranks, "under capitals")
		}
		return -1
	}
	for k := range open {
		// Signs other than = and - go down in the order in which they come.
		if r := rank(open[k].style); r >= 0 && (r > rank(class) || r == rank(class) && !strings.HasPrefix(class, "under ")) {
			return k
		}
	}
	return len(open)
}

// section is what becomes of a heading.
func (h *heading) section(parent int) library.Section {
	return library.Section{Parent: parent, Depth: h.depth, Labels: h.labels, Title: h.title, Text: h.text, Missing: h.missing}
}
