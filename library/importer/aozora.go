package importer

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"lectern/library"
)

// Aozora Bunko's texts are plain, with a paragraph to a line, and marks of their own
// (its manual of annotation, 注記一覧):
//
//	｜親譲《おやゆず》り            how the characters before 《 are read
//	［＃「一」は中見出し］          what the words before it are
//	［＃ここから２字下げ］          how what follows is set, until ［＃ここで…終わり］
//	※［＃「木＋綯のつくり」、U+6A78］ a character that its encoding lacks
//	底本：「…」                     from here on: the source, and who typed it

// aozoraText reports whether a text is one of those.
func aozoraText(text string) bool {
	head := text[:min(len(text), 1<<16)]
	if strings.Contains(head, "《》：ルビ") {
		return true
	}
	if !strings.Contains(head, "《") && !strings.Contains(head, "［＃") {
		return false
	}
	notes, readings := 0, 0
	for rest := head; ; {
		i := strings.Index(rest, "［＃")
		if i < 0 {
			break
		}
		if j := strings.Index(rest[i:], "］"); j > 0 && j < 300 {
			notes++
		}
		rest = rest[i+len("［＃"):]
	}
	for rest := head; ; {
		i := strings.Index(rest, "《")
		if i < 0 {
			break
		}
		if j := strings.Index(rest[i:], "》"); j > 0 && j < 120 && kana(rest[i+len("《"):i+j]) && i > 0 && rubyBase(lastRune(rest[:i])) {
			readings++
		}
		rest = rest[i+len("《"):]
	}
	return notes >= 3 || readings >= 3
}

// kana reports whether a text is made of the letters in which readings are given.
func kana(s string) bool {
	for _, r := range s {
		if !unicode.In(r, unicode.Hiragana, unicode.Katakana) && r != 'ー' && r != '・' && r != '　' {
			return false
		}
	}
	return s != ""
}

// rubyBase reports whether a reading may belong to a character without a mark where
// what it belongs to begins.
func rubyBase(r rune) bool {
	return unicode.Is(unicode.Han, r) || r == '々' || r == '〆' || r == 'ヶ' || r == '※'
}

type aozoraReader struct {
	ctx    context.Context
	marks  int // how many were looked at
	meta   library.Meta
	pieces []piece
	left   []library.LeftOut
	quoted int  // blocks that are set in
	head   int  // the level of the heading that lines belong to, 0 for none
	alone  bool // an empty line stands before the line

	notes, readings []string // of the line
}

// readAozora reads a text with those marks.
func readAozora(ctx context.Context, text string) (*library.Work, error) {
	a := aozoraReader{ctx: ctx, meta: library.Meta{Language: "ja"}}
	if strings.Count(text, "\n") > maxLines {
		return nil, tooManyParts()
	}
	lines := strings.Split(text, "\n")
	at := a.titlePage(lines)
	frame := false // what explains the marks stands between two rules
	for i := at; i < len(lines); i++ {
		raw := strings.TrimRight(lines[i], " \t\r\u3000")
		s := strings.TrimLeft(raw, " \t\u3000\ufeff")
		switch {
		case s == "":
			a.alone = true
			continue
		case len(s) >= 20 && strings.Trim(s, "-") == "":
			if frame = !frame && i < at+8; frame || i < 80 {
				a.leave(s, "a rule", i)
				continue
			}
		case frame:
			a.leave(s, "how the text is marked", i)
			continue
		case strings.HasPrefix(s, "底本：") || strings.HasPrefix(s, "底本:"):
			a.source(lines[i:], i)
			i = len(lines)
			continue
		}
		if len(a.pieces)+len(a.left) > maxBlocks {
			return nil, tooManyParts()
		}
		if i%1024 == 0 && ctx.Err() != nil {
			break
		}
		next := i+1 >= len(lines) || strings.Trim(lines[i+1], " \t\r\u3000") == ""
		a.line(s, i, next)
		a.alone = false
	}
	if err := ctx.Err(); err != nil {
		return nil, err // it is not whole
	}
	w, err := compose(a.meta, a.pieces)
	if err != nil {
		return nil, err
	}
	w.LeftOut = append(w.LeftOut, a.left...)
	return w, nil
}

func (a *aozoraReader) leave(s, reason string, line int) {
	a.left = append(a.left, library.LeftOut{Text: s, Reason: reason, Line: line + 1})
}

// titlePage reads the lines above the first empty one: title, subtitle, author,
// and who translated it.
func (a *aozoraReader) titlePage(lines []string) int {
	var found []string
	i := 0
	for ; i < len(lines) && i < 12; i++ {
		s := strings.Trim(strings.TrimPrefix(lines[i], "\ufeff"), " \t\r\u3000")
		if s == "" {
			if len(found) == 0 {
				continue
			}
			break
		}
		if utf8.RuneCountInString(s) > 60 || strings.HasPrefix(s, "---") || strings.HasPrefix(s, "［＃") {
			break
		}
		found = append(found, s)
	}
	if len(found) == 0 || len(found) > 6 {
		return 0
	}
	for k, s := range found {
		s = a.plain(s)
		a.flush(i - len(found) + k)
		p := piece{text: s, front: true}
		switch {
		case k == 0:
			a.meta.Title = s
			p.kind, p.level = headPiece, 0
		case strings.HasSuffix(s, "訳") || strings.HasSuffix(s, "編訳"):
			p.said = "translator"
		case k == len(found)-1 || strings.HasSuffix(found[len(found)-1], "訳") && k == len(found)-2:
			a.meta.Author = s
		case hasHan(s) || a.meta.Subtitle == "" && kana(s):
			a.meta.Subtitle = s
		}
		a.pieces = append(a.pieces, p)
	}
	return i
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// source reads what stands below the text.
func (a *aozoraReader) source(lines []string, at int) {
	for i, l := range lines {
		s := a.plain(strings.Trim(l, " \t\r\u3000"))
		a.flush(at + i)
		if s == "" {
			continue
		}
		if v, ok := strings.CutPrefix(s, "底本："); ok && a.meta.Source == "" {
			a.meta.Source = v
		}
		if len(a.left) > maxBlocks {
			return
		}
		a.leave(s, "where the text comes from", at+i)
	}
}

// line reads a paragraph, a heading or marks that stand alone. next says that an
// empty line follows.
func (a *aozoraReader) line(s string, at int, next bool) {
	text := a.plain(s)
	level, set := 0, 0
	for _, n := range a.notes {
		switch {
		case strings.Contains(n, "見出し") && !strings.Contains(n, "同行") && !strings.Contains(n, "窓"):
			l := 2
			switch {
			case strings.Contains(n, "大見出し"):
				l = 1
			case strings.Contains(n, "小見出し"):
				l = 3
			}
			switch {
			case strings.HasPrefix(n, "ここから"):
				a.head = l
			case strings.HasPrefix(n, "ここで"):
				a.head, level = 0, l
			case strings.HasSuffix(n, "終わり"):
			default:
				level = l
			}
		case strings.HasPrefix(n, "ここから") && strings.Contains(n, "字下げ"):
			a.quoted = 1
		case strings.HasPrefix(n, "ここで字下げ終わり"):
			a.quoted = 0
		case strings.HasSuffix(n, "字下げ"):
			set = hanNumber(strings.TrimSuffix(n, "字下げ"))
		}
	}
	a.flush(at)
	if level == 0 {
		level = a.head
	}
	// Before headings were marked, what was set in far and stood alone was one.
	if level == 0 && set >= 3 && a.alone && next && utf8.RuneCountInString(text) <= 20 && end(text) == openEnd {
		level = 2
	}
	switch {
	case text == "":
	case level > 0:
		a.pieces = append(a.pieces, piece{kind: headPiece, level: level, text: text})
	default:
		a.pieces = append(a.pieces, piece{text: text, quoted: a.quoted})
	}
}

// flush lists what the marks of a line said.
func (a *aozoraReader) flush(at int) {
	if len(a.readings) > 0 {
		a.leave(strings.Join(a.readings, " "), "how characters are read (ruby)", at)
	}
	if len(a.notes) > 0 {
		a.leave(strings.Join(a.notes, " "), "how the text is set", at)
	}
	a.readings, a.notes = a.readings[:0], a.notes[:0]
}

// plain is a line without its marks, which it notes down.
func (a *aozoraReader) plain(s string) string {
	if !strings.ContainsAny(s, "《｜［") {
		return s
	}
	b := make([]byte, 0, len(s))
	for s != "" {
		if a.marks++; a.marks%4096 == 0 && a.ctx.Err() != nil {
			return ""
		}
		i := strings.IndexAny(s, "《｜［")
		if i < 0 {
			b = append(b, s...)
			break
		}
		b = append(b, s[:i]...)
		s = s[i:]
		r, n := utf8.DecodeRuneInString(s)
		switch inside, rest, ok := aozoraMark(s); {
		case r == '｜':
			// Where the characters begin that the next reading belongs to.
			if word, _, ok := strings.Cut(s[n:min(len(s), maxAozoraMark)], "《"); !ok || strings.Contains(word, "｜") {
				b = append(b, s[:n]...)
			}
			s = s[n:]
		case !ok:
			b = append(b, s[:n]...)
			s = s[n:]
		case r == '《':
			s = rest
			a.readings = append(a.readings, inside)
		default:
			s = rest
			if c := codePoint(inside); c != 0 && bytes.HasSuffix(b, []byte("※")) {
				b = utf8.AppendRune(b[:len(b)-len("※")], c)
			}
			a.notes = append(a.notes, inside)
		}
	}
	return strings.TrimSpace(string(b))
}

// maxAozoraMark is how long a mark may be, in bytes.
const maxAozoraMark = 400

// aozoraMark is what a reading or a note says that a text begins with.
func aozoraMark(s string) (inside, rest string, ok bool) {
	head := s[:min(len(s), maxAozoraMark)]
	if after, is := strings.CutPrefix(head, "《"); is {
		j := strings.Index(after, "》")
		// 《》 around what is no reading is a quotation mark of its own.
		if j <= 0 || strings.ContainsAny(after[:j], "《。") {
			return "", "", false
		}
		return after[:j], s[len("《")+j+len("》"):], true
	}
	after, is := strings.CutPrefix(head, "［＃")
	if !is {
		return "", "", false
	}
	depth := 1
	for j, r := range after {
		switch r {
		case '［':
			depth++
		case '］':
			if depth--; depth == 0 {
				return after[:j], s[len("［＃")+j+len("］"):], true
			}
		}
	}
	return "", "", false
}

// codePoint is the character that a note gives by its number in Unicode, 0 where it
// gives none.
func codePoint(note string) rune {
	_, after, ok := strings.Cut(note, "U+")
	if !ok {
		return 0
	}
	end := 0
	for end < len(after) && end < 6 && strings.IndexByte("0123456789ABCDEFabcdef", after[end]) >= 0 {
		end++
	}
	n, err := strconv.ParseUint(after[:end], 16, 32)
	if err != nil || end < 4 || !utf8.ValidRune(rune(n)) || !unicode.IsGraphic(rune(n)) {
		return 0
	}
	return rune(n)
}
