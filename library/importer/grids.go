package importer

import "strings"

// A grid is a table that bars and rules are drawn around, as text browsers,
// databases and Pandoc draw them:
//
//	+------+----------------+
//	| bee  | an insect that |
//	|      | makes honey    |
//	|------+----------------|
//	| wasp | one that none  |
//	+------+----------------+

// gridRule reports whether a line parts the rows of a grid.
func gridRule(s string) bool {
	return len(s) > 2 && (s[0] == '+' || s[0] == '|') && s[len(s)-1] == s[0] && strings.Trim(s, "+-=|:") == "" && strings.ContainsAny(s, "-=")
}

// barred reports whether lines are a table with bars between its columns, and
// rules around them.
func barred(lines []line) bool {
	rows := 0
	for i := range lines {
		s := lines[i].text
		switch {
		case gridRule(s):
		case s[0] == '|' && s[len(s)-1] == '|' && len(s) > 1:
			if strings.Count(s, "|") >= 3 {
				rows++
			}
		default:
			return false
		}
	}
	return rows >= 2
}

// gridRows is a grid with one line to a row, its cells parted by bars. Where
// rules part the rows, the lines between two rules are one row; otherwise each
// line is, but for those that go on below an empty first cell. It is false where
// the lines have not all the same columns.
func gridRows(lines []line) (string, bool) {
	rules := 0
	for i := range lines {
		if gridRule(lines[i].text) && i > 0 && i+1 < len(lines) {
			rules++
		}
	}
	byRules := rules > 1
	var rows [][]string
	open, columns := false, 0
	for i := range lines {
		s := lines[i].text
		if gridRule(s) {
			open = false
			continue
		}
		cells := strings.Split(s[1:len(s)-1], "|")
		if columns == 0 {
			columns = len(cells)
		}
		if len(cells) != columns {
			return "", false
		}
		for k := range cells {
			cells[k] = strings.TrimSpace(cells[k])
		}
		if !open || !byRules && cells[0] != "" {
			rows = append(rows, cells)
			open = true
			continue
		}
		for k, c := range cells {
			if row := rows[len(rows)-1]; c != "" {
				row[k] = strings.TrimSpace(row[k] + " " + c)
			}
		}
	}
	out := make([]string, 0, len(rows))
	for _, row := range rows {
		if s := strings.TrimSpace(strings.Join(row, " | ")); strings.Trim(s, "| ") != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, "\n"), len(out) > 1
}
