package importer

import (
	"fmt"
	"strconv"
	"strings"
)

// Blocks that Pandoc, and what follows it, add to Markdown:
//
//	| A line of verse,          a block of lines
//	| and another.
//
//	Beekeeping                  a definition
//	:   Tools for hives.
//
//	(@good) An example.         what is counted through the whole text, (@good)
//
//	::: {.epigraph}             a division
//	:::
//
// and ==marks== as of a pen.

var (
	divisionMark = expr(`^ {0,3}:{3,}[ \t]*(\{[^{}\n]*\}|[^\s{}:][^{}:\n]*)?[ \t]*:*[ \t]*\n?$`)
	quotingClass = expr(`(?:^|[ .{])(?:epigraph|quote|blockquote|quotation)(?:$|[ }])`)
	exampleItem  = expr(`^( {0,3})\(@([A-Za-z0-9_-]{0,60})\)[ \t]+`)
	exampleCall  = expr(`\(@([A-Za-z0-9_-]{1,60})\)`)
	definedBy    = expr(`^ {0,3}[:~](?: {1,3}|\t)[ ]?(\S)`)
	penMark      = expr(`==([^=\s](?:[^=\n]*[^=\s])?)==`)
	tableRule    = expr(`^[ |:+=-]*-[ |:+=-]*$`)
)

// A blockWriter puts them into CommonMark's own words, line by line.
type blockWriter struct {
	out      strings.Builder
	fence    string
	divs     []bool // the open divisions: whether they are quotations
	examples map[string]int
	count    int
	defining bool   // a definition goes on where lines are set in
	term     string // the line before, where it may be a term
	gap      bool   // an empty line stands between
	lines    []string
}

// plainBlocks does so for a text; code is left as it is.
func plainBlocks(src string) string {
	if !strings.Contains(src, ":::") && !strings.Contains(src, "(@") && !strings.Contains(src, "==") && !strings.Contains(src, "\n:") && !strings.Contains(src, "\n~") &&
		!strings.HasPrefix(src, "|") && !strings.Contains(src, "\n|") {
		return src
	}
	w := blockWriter{examples: map[string]int{}, gap: true}
	w.number(src)
	for line := range strings.Lines(src) {
		w.line(line)
	}
	w.endLines()
	return w.out.String()
}

// number numbers the examples before they are called.
func (w *blockWriter) number(src string) {
	if !strings.Contains(src, "(@") {
		return
	}
	n := 0
	for line := range strings.Lines(src) {
		if m := exampleItem.FindStringSubmatch(line); m != nil {
			if n++; m[2] != "" && w.examples[m[2]] == 0 {
				w.examples[m[2]] = n
			}
		}
	}
}

func (w *blockWriter) write(s string) {
	for _, quoted := range w.divs {
		if quoted {
			w.out.WriteString("> ")
		}
	}
	w.out.WriteString(s)
}

func (w *blockWriter) line(line string) {
	t := strings.TrimLeft(line, " ")
	bare := strings.TrimSpace(line)
	if w.fence != "" || strings.HasPrefix(t, "```") || strings.HasPrefix(t, "~~~") {
		w.endLines()
		if w.fence == "" {
			w.fence = t[:3]
		} else if strings.HasPrefix(t, w.fence) {
			w.fence = ""
		}
		w.term = ""
		w.write(line)
		return
	}
	if (len(w.lines) > 0 || w.gap) && (bare == "|" || strings.HasPrefix(line, "| ")) || len(w.lines) > 0 && bare != "" && strings.HasPrefix(line, "  ") {
		w.lines = append(w.lines, line)
		return
	}
	w.endLines()
	switch {
	case bare == "":
		w.gap = true
		w.write(line)
		return
	case w.defining && (strings.HasPrefix(line, "  ") || line[0] == '\t'):
		// What goes on in a definition is set in by four spaces.
		for n := 0; n < 4 && line != "" && (line[0] == ' ' || line[0] == '\t'); n++ {
			if line[0] == '\t' {
				n = 4
			}
			line = line[1:]
		}
		w.write(w.inline(line))
		w.gap = false
		return
	case strings.HasPrefix(line, "    ") || line[0] == '\t': // code
		w.write(line)
		w.term, w.gap = "", false
		return
	}
	if m := divisionMark.FindStringSubmatch(line); m != nil {
		w.division(m[1], bare)
		return
	}
	if m := definedBy.FindStringSubmatchIndex(line); m != nil && (w.term != "" || w.defining) {
		if !w.gap {
			w.write("\n")
		}
		w.defining, w.gap = true, false
		w.write(w.inline(line[m[2]:]))
		return
	}
	if w.defining && !w.gap && w.term == "" { // a line of the definition that is not set in
		w.write(w.inline(line))
		return
	}
	w.defining = false
	if m := exampleItem.FindStringSubmatch(line); m != nil {
		w.count++
		name := ""
		if m[2] != "" {
			name = "<!-- @" + strings.ReplaceAll(m[2], "--", "- -") + " -->"
		}
		line = m[1] + strconv.Itoa(w.count) + ") " + name + line[len(m[0]):]
	}
	w.term, w.gap = termOf(line), false
	w.write(w.inline(line))
}

// termOf is a line that may be a term, and no heading, item, quotation or row.
func termOf(line string) string {
	s := strings.TrimSpace(line)
	if s == "" || strings.ContainsRune("#>|+-*=<:", rune(s[0])) || !atMostWords(s, 14) || line[0] == ' ' {
		return ""
	}
	if m, ok := itemMark(s); ok && !m.bullet() {
		return ""
	}
	return s
}

// inline are the marks within a line.
func (w *blockWriter) inline(line string) string {
	if strings.Contains(line, "`") {
		return line
	}
	if strings.Contains(line, "==") && hasWord(line) {
		line = penMark.ReplaceAllString(line, "**$1**")
	}
	if strings.Contains(line, "(@") {
		line = exampleCall.ReplaceAllStringFunc(line, func(s string) string {
			name := s[2 : len(s)-1]
			if n := w.examples[name]; n > 0 {
				return fmt.Sprintf("(%d<!-- @%s -->)", n, strings.ReplaceAll(name, "--", "- -"))
			}
			return s
		})
	}
	return line
}

// division begins or ends one. Those that say that they are a quotation are.
func (w *blockWriter) division(attributes, mark string) {
	w.term, w.defining = "", false
	n := len(w.divs)
	if attributes == "" && n > 0 {
		w.write("\n")
		w.divs = w.divs[:n-1]
		w.write("<!-- " + mark + " -->\n\n")
		w.gap = true
		return
	}
	w.write("\n")
	w.write("<!-- " + strings.ReplaceAll(strings.ReplaceAll(mark, "--", "- -"), ">", "") + " -->\n\n")
	w.gap = true
	if attributes != "" && n < maxNesting/4 {
		w.divs = append(w.divs, quotingClass.MatchString(attributes))
	}
}

// endLines ends a block of lines: a stanza, unless it is a table.
func (w *blockWriter) endLines() {
	lines := w.lines
	if len(lines) == 0 {
		return
	}
	w.lines = w.lines[:0]
	cells := 0
	for _, l := range lines {
		if strings.Count(l, "|") > 1 {
			cells++
		}
	}
	w.term, w.defining, w.gap = "", false, false
	if cells*2 > len(lines) || len(lines) > 1 && tableRule.MatchString(strings.TrimSpace(lines[1])) {
		for _, l := range lines {
			w.write(l)
		}
		return
	}
	open := false
	for i, l := range lines {
		s := strings.TrimSpace(strings.TrimPrefix(l, "|"))
		switch {
		case s == "": // it parts stanzas
			if open {
				w.out.WriteByte('\n')
			}
			w.write("\n")
			open = false
			continue
		case open && l[0] != '|': // a line that was too long goes on
			w.out.WriteByte(' ')
		case open:
			w.out.WriteString("\\\n")
			w.write("")
		case i == 0 || !open:
			w.write("")
		}
		w.out.WriteString(w.inline(s))
		open = true
	}
	if open {
		w.out.WriteByte('\n')
	}
}

var tomlField = expr(`^([A-Za-z][A-Za-z0-9_-]*)[ \t]*=[ \t]*(\S.*)$`)

// tomlHead makes a head in YAML of one in TOML, between lines of "+++", as generators
// of sites have it. What is more than fields, one to a line, is left as it is.
func tomlHead(src string) string {
	inside, rest, ok := strings.Cut(src[len("+++\n"):], "\n+++\n")
	if !ok || len(inside) > 1<<16 {
		return src
	}
	var b strings.Builder
	b.WriteString("---\n")
	in := ""
	for line := range strings.SplitSeq(inside, "\n") {
		t := strings.TrimSpace(line)
		if t == "" || t[0] == '#' {
			b.WriteString(line + "\n")
			continue
		}
		if name, ok := strings.CutPrefix(t, "["); ok {
			if name = strings.Trim(name, "[]"); !headKey.MatchString(name + ":") {
				return src
			}
			b.WriteString(name + ":\n")
			in = "  "
			continue
		}
		f := tomlField.FindStringSubmatch(t)
		if f == nil || strings.HasPrefix(f[2], `"""`) || strings.HasPrefix(f[2], "'''") || f[2] == "[" {
			return src
		}
		b.WriteString(in + f[1] + ": " + f[2] + "\n")
	}
	b.WriteString("---\n")
	return b.String() + rest
}
