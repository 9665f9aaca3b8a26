package importer

import (
	"fmt"
	"strings"
)

var (
	// "[[Page]]", "[[Page|as it is called here]]": links of note-taking programs.
	wikiLink = expr(`(!?)\[\[([^\[\]|\n]{1,200})(?:\|([^\[\]\n]{1,200}))?\]\]`)
	// "> [!note] Its title": what Obsidian sets apart.
	callout = expr(`^((?:[ ]{0,3}>[ ]?)+)\[!([A-Za-z][A-Za-z-]*)\][+-]?[ \t]*([^\n]*)\n?$`)
	// "^place" at the end of a paragraph, which links lead to.
	placeMark = expr(`[ \t](\^[A-Za-z0-9-]+)[ \t]*\n?$`)
	// "^[a note]": Pandoc's notes within the line.
	inlineNote = expr(`\^\[((?:[^\[\]\n]|\[[^\[\]\n]*\])+)\]`)
)

// plainMarkdown puts what other tools add to Markdown into CommonMark's own
// words: Pandoc's title block and its notes within the line, and the links,
// callouts, remarks and marks of places of programs for notes. Code is left as it
// is.
func plainMarkdown(src string) string {
	if strings.HasPrefix(src, "% ") {
		src = titleBlock(src)
	}
	if strings.HasPrefix(src, "+++\n") {
		src = tomlHead(src)
	}
	head := ""
	if n := headLength(src); n > 0 {
		head, src = src[:n], src[n:]
	}
	return head + plainLines(plainBlocks(plainGrids(src)))
}

// headLength is the length of a head in YAML, which none of this is for.
func headLength(src string) int {
	if !strings.HasPrefix(src, "---\n") {
		return 0
	}
	stop := headEnd.FindStringIndex(src[4:min(len(src), 4+1<<16)])
	if stop == nil {
		return 0
	}
	if _, ok := headFields(src[4 : 4+stop[0]]); !ok {
		return 0
	}
	return 4 + stop[1]
}

// plainLines does so for what stands within lines.
func plainLines(src string) string {
	notes, wiki := strings.Contains(src, "^["), strings.Contains(src, "[[")
	callouts, comments, marks := strings.Contains(src, "[!"), strings.Contains(src, "%%"), strings.Contains(src, " ^")
	if !notes && !wiki && !callouts && !comments && !marks {
		return src
	}
	var out, behind strings.Builder
	n := 0
	fence, remark := "", false // within a fence, within a remark of several lines
	for line := range strings.Lines(src) {
		t := strings.TrimLeft(line, " ")
		switch {
		case fence != "":
			if strings.HasPrefix(t, fence) {
				fence = ""
			}
		case strings.HasPrefix(t, "```"), strings.HasPrefix(t, "~~~"):
			fence = t[:3]
		case !remark && (strings.HasPrefix(line, "    ") || strings.Contains(line, "`")):
		default:
			if m := callout.FindStringSubmatch(line); callouts && m != nil {
				line = calloutLine(m)
			}
			if comments {
				line, remark = withoutRemarks(line, remark)
			}
			if m := placeMark.FindStringSubmatchIndex(line); marks && m != nil {
				line = line[:m[0]] + " <!-- " + line[m[2]:m[3]] + " -->\n"
			}
			if notes {
				line = inlineNote.ReplaceAllStringFunc(line, func(s string) string {
					label := ""
					for label == "" || strings.Contains(src, label) { // one that is not in use
						n++
						label = fmt.Sprintf("[^%d]", n)
					}
					fmt.Fprintf(&behind, "\n%s: %s\n", label, s[2:len(s)-1])
					return label
				})
			}
			if wiki {
				line = wikiLink.ReplaceAllStringFunc(line, func(s string) string {
					m := wikiLink.FindStringSubmatch(s)
					switch {
					case m[1] != "": // a file that is shown there
						return "<!-- " + strings.ReplaceAll(s, "--", "- -") + " -->"
					case m[3] != "":
						return "[" + m[3] + "](<" + m[2] + ">)"
					}
					return m[2]
				})
			}
		}
		out.WriteString(line)
	}
	if remark {
		out.WriteString("\n-->\n")
	}
	if behind.Len() > 0 {
		out.WriteString("\n")
		out.WriteString(behind.String())
	}
	return out.String()
}

// calloutLine is the first line of Obsidian's "> [!note] Its title": the title by
// itself, so that what follows is a paragraph of its own.
func calloutLine(m []string) string {
	title := strings.TrimSpace(m[3])
	if title == "" {
		title = strings.ToUpper(m[2][:1]) + strings.ToLower(m[2][1:])
	}
	return m[1] + "**" + strings.Trim(title, "*") + "**\n" + strings.TrimRight(m[1], " ") + "\n"
}

// withoutRemarks makes comments of Obsidian's "%% remarks %%", which may go over
// several lines: open says that one has begun.
func withoutRemarks(line string, open bool) (string, bool) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(line, "%%")
		if open {
			before = strings.ReplaceAll(before, "--", "- -")
		}
		b.WriteString(before)
		if !ok {
			return b.String(), open
		}
		if open {
			b.WriteString("-->")
		} else {
			b.WriteString("<!--")
		}
		open, line = !open, rest
	}
}

// titleBlock makes a head of Pandoc's title block: title, authors and date, each
// on a line that begins with "%".
func titleBlock(src string) string {
	keys := []string{"title", "author", "date"}
	var b strings.Builder
	b.WriteString("---\n")
	rest := src
	for _, k := range keys {
		line, after, _ := strings.Cut(rest, "\n")
		value, ok := strings.CutPrefix(line, "%")
		if !ok {
			break
		}
		rest = after
		for strings.HasPrefix(rest, " ") { // it goes on
			line, after, _ = strings.Cut(rest, "\n")
			value += " " + strings.TrimSpace(line)
			rest = after
		}
		if value = strings.ReplaceAll(tidy(value), ";", ","); value != "" {
			b.WriteString(k + ": " + value + "\n")
		}
	}
	b.WriteString("---\n")
	return b.String() + rest
}
