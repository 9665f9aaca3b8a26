package importer

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	// "[[Page]]", "[[Page|as it is called here]]": links of note-taking programs.
	wikiLink = regexp.MustCompile(`(!?)\[\[([^\[\]|\n]{1,200})(?:\|([^\[\]\n]{1,200}))?\]\]`)
	// "^[a note]": Pandoc's notes within the line.
	inlineNote = regexp.MustCompile(`\^\[((?:[^\[\]\n]|\[[^\[\]\n]*\])+)\]`)
)

// plainMarkdown puts what other tools add to Markdown into CommonMark's own
// words: Pandoc's title block and its notes within the line, and the links of
// programs for notes. Code is left as it is.
func plainMarkdown(src string) string {
	if strings.HasPrefix(src, "% ") {
		src = titleBlock(src)
	}
	notes, wiki := strings.Contains(src, "^["), strings.Contains(src, "[[")
	if !notes && !wiki {
		return src
	}
	var out, behind strings.Builder
	n := 0
	fence := ""
	for line := range strings.Lines(src) {
		t := strings.TrimLeft(line, " ")
		switch {
		case fence != "":
			if strings.HasPrefix(t, fence) {
				fence = ""
			}
		case strings.HasPrefix(t, "```"), strings.HasPrefix(t, "~~~"):
			fence = t[:3]
		case strings.HasPrefix(line, "    "), strings.Contains(line, "`"):
		default:
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
						return s
					case m[3] != "":
						return "[" + m[3] + "](<" + m[2] + ">)"
					}
					return m[2]
				})
			}
		}
		out.WriteString(line)
	}
	if behind.Len() > 0 {
		out.WriteString("\n")
		out.WriteString(behind.String())
	}
	return out.String()
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
