package importer

import "strings"

// drawnRule is a rule of a table that Pandoc and reStructuredText draw.
var drawnRule = expr(`^ {0,3}\+(?:[-=:]{2,}\+)+[ \t]*$`)

// plainGrids makes tables that are drawn with bars and rules into those with bars
// alone, of as many lines. The first row is the head; code is left as it is.
func plainGrids(src string) string {
	if !strings.Contains(src, "+--") && !strings.Contains(src, "+==") {
		return src
	}
	lines := strings.SplitAfter(src, "\n")
	var out strings.Builder
	fence := ""
	for i := 0; i < len(lines); i++ {
		t := strings.TrimLeft(lines[i], " ")
		switch {
		case fence != "":
			if strings.HasPrefix(t, fence) {
				fence = ""
			}
		case strings.HasPrefix(t, "```"), strings.HasPrefix(t, "~~~"):
			fence = t[:3]
		case drawnRule.MatchString(strings.TrimRight(lines[i], "\n")):
			j := i + 1
			for j < len(lines) && (strings.HasPrefix(strings.TrimLeft(lines[j], " "), "|") || drawnRule.MatchString(strings.TrimRight(lines[j], "\n"))) {
				j++
			}
			if table, ok := drawnRows(lines[i:j]); ok {
				out.WriteString(table)
				i = j - 1
				continue
			}
		}
		out.WriteString(lines[i])
	}
	return out.String()
}

// drawnRows are the rows of a drawn table. ok is false for one of no rows, or whose
// cells reach over several columns.
func drawnRows(lines []string) (table string, ok bool) {
	var ends []int // where the columns end
	for i, r := range []rune(strings.TrimRight(lines[0], " \t\n")) {
		if r == '+' {
			ends = append(ends, i)
		}
	}
	var rows [][]string
	var row []string
	for _, l := range lines[1:] {
		l = strings.TrimRight(l, " \t\n")
		if drawnRule.MatchString(l) {
			if row != nil {
				rows = append(rows, row)
			}
			row = nil
			continue
		}
		signs := []rune(l)
		if row == nil {
			row = make([]string, len(ends)-1)
		}
		for k := range row {
			if len(signs) <= ends[k+1] || signs[ends[k]] != '|' || signs[ends[k+1]] != '|' {
				return "", false
			}
			cell := strings.ReplaceAll(strings.TrimSpace(string(signs[ends[k]+1:ends[k+1]])), "|", `\|`)
			if cell != "" && row[k] != "" {
				row[k] += " "
			}
			row[k] += cell
		}
	}
	if len(rows) == 0 || row != nil || len(rows[0]) < 2 {
		return "", false
	}
	var b strings.Builder
	write := func(r []string) { b.WriteString("| " + strings.Join(r, " | ") + " |\n") }
	write(rows[0])
	b.WriteString(strings.Repeat("| --- ", len(rows[0])) + "|\n")
	for _, r := range rows[1:] {
		write(r)
	}
	for n := len(rows) + 1; n < len(lines); n++ {
		b.WriteByte('\n')
	}
	return b.String(), true
}
