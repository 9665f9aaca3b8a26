package importer

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	xunicode "golang.org/x/text/encoding/unicode"
)

// An oldEncoding is one that texts came in before UTF-8, with the commonest
// letters of those who wrote in it and the least share of all letters beyond ASCII
// that they have there. The shares are half of what these letters have in running
// text and below; read in another encoding, the same bytes come to less than a
// tenth of them.
type oldEncoding struct {
	name   string
	as     encoding.Encoding
	wide   bool // most of its characters are of two bytes
	common string
	least  float64
}

const (
	commonKana       = "のにたはをとるがしでてなもいかられこうっすまくりんよあだそ"
	commonHanzi      = "的一是不了在人有我他这個个们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于於着著下自之年过過发發后後作里裡"
	commonCyrillic   = "оеаинтсрвлкм"
	commonGreek      = "αοιετσνηυρπκςά"
	commonArabic     = "اليمنوتربةدعكه"
	commonHebrew     = "יוהלאברתשמנ"
	commonHangul     = "이다는의에가을고하지로를은한도기사리자나"
	encodingSample   = 64 << 10 // bytes that are looked at
	encodingDistance = 1.1      // by how much the best must be better than the next
)

func oldEncodings() []oldEncoding {
	return []oldEncoding{
		{"Shift_JIS", japanese.ShiftJIS, true, commonKana, 0.2},
		{"EUC-JP", japanese.EUCJP, true, commonKana, 0.2},
		{"GB18030", simplifiedchinese.GB18030, true, commonHanzi, 0.08},
		{"Big5", traditionalchinese.Big5, true, commonHanzi, 0.08},
		{"EUC-KR", korean.EUCKR, true, commonHangul, 0.15},
		{"windows-1251", charmap.Windows1251, false, commonCyrillic, 0.4},
		{"KOI8-R", charmap.KOI8R, false, commonCyrillic, 0.4},
		{"ISO-8859-5", charmap.ISO8859_5, false, commonCyrillic, 0.4},
		{"IBM866", charmap.CodePage866, false, commonCyrillic, 0.4},
		{"windows-1253", charmap.Windows1253, false, commonGreek, 0.4},
		{"windows-1256", charmap.Windows1256, false, commonArabic, 0.4},
		{"windows-1255", charmap.Windows1255, false, commonHebrew, 0.4},
	}
}

// guessEncoding is the encoding of a text that is not in UTF-8 and of which most
// words are written without Latin letters: that in which the commonest letters of
// its language are common. ok is false for any other text, and where no encoding
// stands out.
func guessEncoding(data []byte) (best oldEncoding, ok bool) {
	sample := highSample(data)
	if sample == nil {
		return best, false
	}
	most, second := 0.0, 0.0
	for _, e := range oldEncodings() {
		if score := e.score(sample) / e.least; score > most {
			best, most, second = e, score, most
		} else {
			second = max(second, score)
		}
	}
	if most < 1 || most < encodingDistance*second && most-second < 0.2 {
		return best, false
	}
	if best.name == "windows-1253" && capitalAlpha(sample, 0xb6) > capitalAlpha(sample, 0xa2) {
		best.name, best.as = "ISO-8859-7", charmap.ISO8859_7
	}
	return best, true
}

// capitalAlpha counts where a byte begins a word of Greek, as a capital alpha with
// its accent does: it is the one letter by which the two encodings of Greek differ.
func capitalAlpha(s []byte, alpha byte) (n int) {
	for i, c := range s {
		if c == alpha && i+1 < len(s) && s[i+1] >= 0xe1 && (i == 0 || s[i-1] < utf8.RuneSelf) {
			n++
		}
	}
	return n
}

// highSample is the beginning of a text without its tags, nil where bytes beyond
// ASCII stand alone among others, as accented letters do in Latin script.
func highSample(data []byte) []byte {
	out := make([]byte, 0, min(len(data), encodingSample))
	tag := false
	for i, c := range data {
		switch {
		case c == '<' && i+1 < len(data) && (isASCIILetter(data[i+1]) || data[i+1] == '/' || data[i+1] == '!' || data[i+1] == '?'):
			tag = true
		case tag:
			tag = c != '>'
		default:
			out = append(out, c)
		}
		if len(out) == encodingSample {
			break
		}
	}
	in, all, run := 0, 0, 0
	for i := 0; i <= len(out); i++ {
		if i < len(out) && out[i] >= utf8.RuneSelf {
			run++
			continue
		}
		all += run
		if run >= 3 {
			in += run
		}
		run = 0
	}
	latin := 0
	for _, c := range out {
		if isASCIILetter(c) {
			latin++
		}
	}
	// The second bytes of Shift_JIS and Big5 may be Latin letters.
	if all < 12 || in*2 < all || latin > 3*all {
		return nil
	}
	return out
}

// score is the share of the encoding's common letters among what a text has beyond
// ASCII, 0 where it is not written in it.
func (e *oldEncoding) score(sample []byte) float64 {
	text, err := e.as.NewDecoder().Bytes(sample)
	if err != nil {
		return 0
	}
	letters, common, broken, inner := 0, 0, 0, 0
	before := ' '
	for _, r := range string(text) {
		switch {
		case r == utf8.RuneError || r >= 0x80 && r < 0xa0 || unicode.Is(unicode.Co, r):
			broken++
		case r < utf8.RuneSelf:
		case unicode.IsLetter(r) || unicode.IsMark(r):
			letters++
			if strings.ContainsRune(e.common, r) {
				common++
			}
			if unicode.IsUpper(r) && unicode.IsLower(before) {
				inner++ // a capital within a word
			}
		case !e.wide && !unicode.IsPunct(r) && !unicode.IsSpace(r) && unicode.IsLetter(before):
			inner++ // a sign within a word
		}
		before = r
	}
	if letters == 0 || broken*50 > letters+broken {
		return 0
	}
	return float64(common-inner) / float64(letters)
}

// centralEuropean is the encoding of a text in Latin script that is not in UTF-8:
// that of western Europe, unless bytes within its words would be no letters there
// and are letters in one of central Europe.
func centralEuropean(data []byte) (string, encoding.Encoding) {
	best, name, least := encoding.Encoding(charmap.Windows1252), "windows-1252", -1
	for _, e := range [...]struct {
		name string
		as   *charmap.Charmap
	}{{"windows-1252", charmap.Windows1252}, {"windows-1250", charmap.Windows1250}, {"ISO-8859-2", charmap.ISO8859_2}} {
		signs := 0
		for i := 1; i+1 < len(data) && i < encodingSample*4; i++ {
			c := data[i]
			if c < utf8.RuneSelf || !isASCIILetter(data[i-1]) || !isASCIILetter(data[i+1]) {
				continue
			}
			if r := e.as.DecodeByte(c); !unicode.IsLetter(r) && r != '’' && r != '\u00ad' && r != '–' && r != '—' {
				signs++
			}
		}
		if least < 0 || signs*3 < least {
			best, name, least = e.as, e.name, signs
		}
	}
	return name, best
}

// wideWithoutMark is a text in UTF-16 without its mark, in UTF-8; ok is false for
// any other.
func wideWithoutMark(data []byte) (out []byte, ok bool) {
	head := data[:min(len(data), 2048)&^1]
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	order := xunicode.BigEndian
	half := len(head) / 2
	switch {
	case half < 8:
		return nil, false
	case zeros[1]*10 >= half*4 && zeros[0]*20 < half:
		order = xunicode.LittleEndian
	case zeros[0]*10 >= half*4 && zeros[1]*20 < half:
	default:
		return nil, false
	}
	out, err := xunicode.UTF16(order, xunicode.IgnoreBOM).NewDecoder().Bytes(data)
	if err != nil || bytes.IndexByte(out, 0) >= 0 || bytes.Count(out, []byte("\uFFFD"))*100 > len(out) {
		return nil, false
	}
	return out, true
}
