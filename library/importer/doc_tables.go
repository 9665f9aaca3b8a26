package importer

import "strings"

// A docTable is an open table of a document. Its paragraphs are read as the text's
// are, so that one that only lays out the page can be read through.
type docTable struct {
	from  int // where its pieces begin
	rows  []string
	row   []string
	cell  strings.Builder
	cells int
	tall  int // paragraphs, lists and tables that data do not have
	heads bool
	again int // how much text stands in cells that are repeated
}

// maxAgain is how much text of a table may stand in cells that are repeated.
const maxAgain = 64 << 10

// docTables are the open tables, the innermost last.
type docTables struct{ open []*docTable }

func (t *docTables) in() bool { return len(t.open) > 0 }

// from is where the pieces of the innermost table begin.
func (t *docTables) from() int {
	if n := len(t.open); n > 0 {
		return t.open[n-1].from
	}
	return 0
}

func (t *docTables) last() *docTable {
	if n := len(t.open); n > 0 {
		return t.open[n-1]
	}
	return &docTable{}
}

func (t *docTables) begin(from int) { t.open = append(t.open, &docTable{from: from}) }

func (t *docTables) beginRow() { t.last().row = nil }

func (t *docTables) beginCell() { t.last().cell.Reset() }

func (t *docTables) endCell(times int) {
	l := t.last()
	s := tidy(l.cell.String())
	if l.again += len(s) * max(times-1, 0); times > 64 || l.again > maxAgain {
		times = 1
	}
	for range max(times, 1) {
		l.row = append(l.row, s)
	}
	l.cells++
}

func (t *docTables) endRow() {
	l := t.last()
	if s := strings.TrimSpace(strings.Join(l.row, " | ")); strings.Trim(s, "| ") != "" {
		l.rows = append(l.rows, s)
	}
	l.row = nil
}

// say adds a paragraph to the cell that is open.
func (t *docTables) say(s string) {
	l := t.last()
	if l.cell.Len() > 0 {
		l.cell.WriteByte(' ')
	}
	l.cell.WriteString(s)
}

// end ends the innermost table, whose pieces are the last ones: it is one passage
// of rows, unless it only lays out the page, as on web pages: of one column, or
// with headings, lists, tables or long paragraphs in it and no head. note is what
// it stands in.
func (t *docTables) end(pieces []piece, note string) []piece {
	n := len(t.open)
	if n == 0 {
		return pieces
	}
	l := t.open[n-1]
	t.open = t.open[:n-1]
	within := pieces[min(l.from, len(pieces)):]
	for i := range within {
		switch p := &within[i]; {
		case p.note != note:
		case p.kind == headPiece, p.kind == listPiece, p.kind == tablePiece, p.kind == versePiece, p.quoted > 0, len(p.text) > 300:
			l.tall++
		}
	}
	if len(l.rows) > 0 && l.cells > len(l.rows) && (l.tall == 0 || l.heads && l.tall <= len(l.rows)) {
		table := piece{kind: tablePiece, text: strings.Join(l.rows, "\n"), note: note}
		var others []piece // notes to it
		for i := range within {
			if within[i].note != note {
				others = append(others, within[i])
				continue
			}
			table.calls = append(table.calls, within[i].calls...)
		}
		pieces = append(append(pieces[:l.from], table), others...)
	}
	if t.in() {
		t.say(strings.ReplaceAll(strings.Join(l.rows, " "), " | ", " "))
	}
	return pieces
}
