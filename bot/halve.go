package bot

import (
	"strings"
	"unicode/utf8"
)

// Halve parts a block that is too large for one message in two, near its
// middle. ok is false where it cannot be parted.
func (b Block) Halve() (first, second Block, ok bool) {
	first, second = b, b
	switch {
	case b.Quote != nil:
		q1, q2 := *b.Quote, *b.Quote
		if q1.Text, q2.Text, ok = b.Quote.Text.halve(); !ok {
			return b, b, false
		}
		q1.Attribution, q1.Citation, q2.Number = "", "", ""
		first.Quote, second.Quote = &q1, &q2
	case len(b.Items) > 1:
		n := len(b.Items) / 2
		first.Items, second.Items = b.Items[:n], b.Items[n:]
		second.Start = max(b.Start, 1) + n
		if len(b.Levels) == len(b.Items) {
			first.Levels, second.Levels = b.Levels[:n], b.Levels[n:]
		}
	case len(b.Fields) > 1:
		n := len(b.Fields) / 2
		first.Fields, second.Fields = b.Fields[:n], b.Fields[n:]
	case len(b.Items) == 1:
		x, y, split := b.Items[0].halve()
		if !split {
			return b, b, false
		}
		first.Items, second.Items, second.Levels = []Spans{x}, nil, nil
		second.Kind, second.Text = Paragraph, y
	case len(b.Fields) == 1:
		x, y, split := b.Fields[0].Value.halve()
		if !split {
			return b, b, false
		}
		first.Fields, second.Fields = []Field{{Name: b.Fields[0].Name, Value: x}}, nil
		second.Kind, second.Text = Paragraph, y
	default:
		if first.Text, second.Text, ok = b.Text.halve(); !ok {
			return b, b, false
		}
	}
	return first, second, true
}

// halve parts text near its middle: at a line's end, a sentence's, a
// space, or wherever a character ends.
func (s Spans) halve() (first, second Spans, ok bool) {
	text := s.String()
	if len(text) < 2 {
		return s, nil, false
	}
	at := cutPoint(text)
	if at <= 0 || at >= len(text) {
		return s, nil, false
	}
	for _, x := range s {
		switch {
		case at <= 0:
			second = append(second, x)
		case len(x.Text) <= at:
			first = append(first, x)
		default:
			y := x
			y.Text, x.Text = x.Text[at:], x.Text[:at]
			first, second = append(first, x), append(second, y)
		}
		at -= len(x.Text)
		if len(second) > 0 {
			at = 0
		}
	}
	return first, second, true
}

func cutPoint(text string) int {
	mid, reach := len(text)/2, len(text)/4
	window := text[mid-reach : mid+reach]
	for _, mark := range []string{"\n", ". ", "。", " "} {
		if i := strings.LastIndex(window, mark); i >= 0 {
			return mid - reach + i + len(mark)
		}
	}
	for mid > 0 && !utf8.RuneStart(text[mid]) {
		mid--
	}
	return mid
}
