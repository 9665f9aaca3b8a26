package importer

import (
	"bytes"
	"fmt"
	"math/bits"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	xunicode "golang.org/x/text/encoding/unicode"

	"lectern/library"
)

// decode turns a file into text: UTF-8, UTF-16, the old encoding in which the
// commonest letters of a language are common, or windows-1252 where nothing speaks
// against it.
func decode(data []byte) (string, []library.Warning, error) {
	bad := func(reason string) error { return &library.Error{Code: library.BadFile, Reason: reason} }
	if len(bytes.TrimSpace(data)) == 0 {
		return "", nil, bad("file_empty")
	}
	for _, magic := range []string{"%PDF-", "PK\x03\x04", "\x89PNG", "GIF8", "\xff\xd8\xff", "\x7fELF", "\x1f\x8b", "BZh", "\xfd7zXZ", "{\\rtf", "SQLite format 3\x00"} {
		if bytes.HasPrefix(data, []byte(magic)) {
			return "", nil, bad("file_not_text")
		}
	}
	var warnings []library.Warning
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		out, err := xunicode.UTF16(xunicode.LittleEndian, xunicode.ExpectBOM).NewDecoder().Bytes(data)
		if err != nil {
			return "", nil, bad("file_not_text")
		}
		data = out
		warnings = append(warnings, library.Warning{Code: "old_encoding", Message: "The file is in UTF-16 and was changed to UTF-8. Look whether its accents are right."})
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		if out, ok := wideWithoutMark(data); ok {
			data = out
			warnings = append(warnings, oldEncodingDoubt("UTF-16, whose mark it lacks"))
		}
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return "", nil, notText(data[:i], 0)
	}
	if !utf8.Valid(data) {
		good, broken, first := runes(data)
		guessed, known := oldEncoding{}, false
		if good < broken {
			guessed, known = guessEncoding(data)
		}
		// Where as many characters are whole as bytes are broken, the broken
		// ones are the text's own errors: the old encoding of western Europe
		// makes a whole one by chance only. Otherwise it is that, or no text.
		switch {
		case good >= broken:
			message := fmt.Sprintf("%d bytes are broken in the file, from here on, and show as \uFFFD; the first is %02X.", broken, data[first])
			if broken == 1 {
				message = fmt.Sprintf("A byte is broken here (%02X); it shows as \uFFFD.", data[first])
			}
			warnings = append(warnings, library.Warning{Code: "broken_characters", Line: lineAfter(data[:first]), Message: message})
			data = bytes.ToValidUTF8(data, []byte("\uFFFD"))
		case known:
			out, err := guessed.as.NewDecoder().Bytes(data)
			if err != nil {
				return "", nil, bad("file_not_text")
			}
			data = out
			warnings = append(warnings, oldEncodingDoubt(guessed.name+", as its commonest letters suggest"))
		case broken*3 > len(data):
			return "", nil, bad("file_not_text")
		default:
			name, as := centralEuropean(data)
			out, err := as.NewDecoder().Bytes(data)
			if err != nil {
				return "", nil, bad("file_not_text")
			}
			data = out
			warnings = append(warnings, oldEncodingDoubt(name))
		}
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	if n, first := controls(text); n*200 > len(text) {
		return "", nil, notText(text[:first], text[first])
	} else if n > 0 {
		message := fmt.Sprintf("%d control characters were taken out, from here on; the first is U+%04X.", n, text[first])
		if n == 1 {
			message = fmt.Sprintf("A control character was taken out here: U+%04X.", text[first])
		}
		warnings = append(warnings, library.Warning{Code: "control_characters", Line: lineAfter(text[:first]), Message: message})
	}
	if strings.TrimFunc(text, invisible) == "" {
		return "", nil, bad("file_empty")
	}
	if as, ok := encodedTwice(text); ok {
		warnings = append(warnings, library.Warning{Code: "broken_characters", Message: fmt.Sprintf("The file was changed to UTF-8 twice: “%s” stands where “%s” is meant, and so on. It is kept as it is; get it anew, or have it converted back once.", as[0], as[1])})
	}
	if strings.IndexByte(text, '\r') >= 0 || strings.IndexByte(text, '\v') >= 0 || strings.Contains(text, "\u0085") || strings.Contains(text, "\u2028") || strings.Contains(text, "\u2029") {
		text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n\n").Replace(text)
	}
	return text, warnings, nil
}

// oldEncodingDoubt says that a text was not in UTF-8, and as what it was read.
func oldEncodingDoubt(as string) library.Warning {
	return library.Warning{Code: "old_encoding", Message: "The file is not in UTF-8; it was read as " + as + ". Look whether its letters and accents are right."}
}

// runes counts the characters of more than one byte and the broken bytes, and
// finds the first of these.
func runes(data []byte) (good, broken, first int) {
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			if broken == 0 {
				first = i
			}
			broken++
		} else {
			good++
		}
		i += n
	}
	return good, broken, first
}

// controls counts the control characters that no text has, and finds the first.
func controls(s string) (n, first int) {
	for i := 0; i < len(s); {
		stop := min(i+8, len(s))
		if stop == i+8 && plainBytes(s[i:stop]) {
			i = stop
			continue
		}
		for ; i < stop; i++ {
			if c := s[i]; c < ' ' && (c < '\t' || c > '\r') || c == 0x7f {
				if n == 0 {
					first = i
				}
				n++
			}
		}
	}
	return n, first
}

// plainBytes reports whether eight bytes are no control characters, but for TABs
// and the ends of lines. It looks at all of them at once.
func plainBytes(s string) bool {
	x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	if bytesBelow(x, ' ')&^(bytesSame(x, '\n')|bytesSame(x, '\t')|bytesSame(x, '\r')) != 0 {
		return false
	}
	return bytesSame(x, 0x7f) == 0
}

const ones, highs = 0x0101010101010101, 0x8080808080808080

// bytesBelow has the highest bit of each byte that is less than c, which is 128 at
// most. No byte borrows from its neighbour.
func bytesBelow(x, c uint64) uint64 { return ^((x | highs) - c*ones) &^ x & highs }

// bytesSame has the highest bit of each byte that is c. No byte carries into its
// neighbour.
func bytesSame(x, c uint64) uint64 {
	x ^= c * ones
	return ^((x&^highs + ^uint64(highs)) | x) & highs
}

// notText refuses a file for a character that no text has, and says where it
// stands: after before.
func notText[T string | []byte](before T, character byte) error {
	return &library.Error{Code: library.BadFile, Reason: "file_not_text", Args: map[string]any{"Line": lineAfter(before), "Character": fmt.Sprintf("U+%04X", character)}}
}

// lineAfter is the number of the line that follows a text, from 1.
func lineAfter[T string | []byte](before T) int {
	n := 1
	for i := range len(before) {
		if before[i] == '\n' || before[i] == '\r' && (i+1 == len(before) || before[i+1] != '\n') {
			n++
		}
	}
	return n
}

// invisible reports whether a character is white space or takes no room.
func invisible(r rune) bool {
	return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' || r == '\u00ad' || r == '\u2060'
}

// What a byte may be in a text: white space, of which that which is no space, or
// what has to be looked at. All others are what they are.
const (
	spaceByte = 1 << iota
	otherSpaceByte
	oddByte
)

var textBytes = func() (kinds [256]uint8) {
	for c := range kinds {
		switch {
		case c == ' ':
			kinds[c] = spaceByte
		case c >= '\t' && c <= '\r':
			kinds[c] = spaceByte | otherSpaceByte
		case c < ' ' || c >= 0x7f:
			kinds[c] = oddByte
		}
	}
	return kinds
}()

// tidy makes white space single, takes out what cannot be seen and undoes
// ligatures; nothing else changes. Text that needs nothing is not copied.
func tidy(s string) string {
	// Most lines need nothing, or a space for each TAB or end of a line. Where no
	// byte is odd, the white space is counted without a jump for each word.
	before := uint8(spaceByte) // so that white space at the start is seen
	kinds, twice := uint8(0), uint8(0)
	for i := range len(s) {
		k := textBytes[s[i]]
		if k == oddByte && s[i] >= utf8.RuneSelf && !rare(s, i) {
			k = 0
		}
		kinds |= k
		twice |= k & before & spaceByte
		before = k
	}
	if kinds&oddByte == 0 && twice == 0 && (before&spaceByte == 0 || s == "") {
		if kinds&otherSpaceByte == 0 {
			return s
		}
		out := []byte(s)
		for i, c := range out {
			if textBytes[c]&otherSpaceByte != 0 {
				out[i] = ' '
			}
		}
		return string(out)
	}
	out := make([]byte, 0, len(s))
	pending := false
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c > ' ' && c < 0x7f {
				j := i + 1
				for j < len(s) && s[j] > ' ' && s[j] < 0x7f {
					j++
				}
				if pending && len(out) > 0 {
					out = append(out, ' ')
				}
				pending = false
				out = append(out, s[i:j]...)
				i = j
				continue
			}
			pending = pending || c == ' ' || c >= '\t' && c <= '\r'
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == '\u00ad':
			// At a line's end it parts a word that goes on in the next.
			if j := i + len(s[i:]) - len(strings.TrimLeft(s[i:], " \t\r")); j < len(s) && s[j] == '\n' {
				i = j + len(s[j:]) - len(strings.TrimLeft(s[j:], " \t\r\n"))
			}
			continue
		case r == '\u200b' || r == '\ufeff' || r == '\u2060':
			continue
		case unicode.IsSpace(r):
			pending = true
			continue
		}
		if pending && len(out) > 0 {
			out = append(out, ' ')
		}
		pending = false
		if r >= '\ufb00' && r <= '\ufb06' {
			out = append(out, [...]string{"ff", "fi", "fl", "ffi", "ffl", "st", "st"}[r-'\ufb00']...)
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}

// rare reports whether a character beyond ASCII may need tidying; it looks at
// its first bytes only: C2 begins soft hyphen and no-break space, E1 to E3 the
// other spaces, EF the ligatures and the byte order mark. Quotation marks and
// dashes begin with E2 80 too, and are told apart by their third byte.
func rare(s string, i int) bool {
	switch s[i] {
	case 0xc2:
		return i+1 < len(s) && (s[i+1] == 0xa0 || s[i+1] == 0xad || s[i+1] == 0x85)
	case 0xe1:
		return i+1 < len(s) && s[i+1] == 0x9a
	case 0xe2:
		if i+2 >= len(s) || s[i+1] != 0x80 && s[i+1] != 0x81 {
			return false
		}
		return s[i+1] == 0x81 && (s[i+2] == 0x9f || s[i+2] == 0xa0) || s[i+1] == 0x80 && (s[i+2] <= 0x8b || s[i+2] == 0xa8 || s[i+2] == 0xa9 || s[i+2] == 0xaf)
	case 0xe3:
		return i+2 < len(s) && s[i+1] == 0x80 && s[i+2] == 0x80
	case 0xef:
		return i+1 < len(s) && (s[i+1] == 0xac || s[i+1] == 0xbb)
	}
	return false
}

// stopwords tell a few languages apart.
var stopwords = [...]struct{ lang, words string }{
	{"en", "the and of to in that is"},
	{"de", "der die und das nicht ist ein"},
	{"fr", "le les et des une dans est"},
	{"es", "el los que una las por con"},
	{"it", "il che di una per gli non"},
	{"nl", "het een van niet zijn dat en"},
	{"pt", "os que uma não para com as"},
	{"ru", "и в не на что с он"},
	{"la", "et in non est ut cum ad"},
	{"el", "και το να του της με την"},
	{"pl", "i w nie na się że do"},
	{"sv", "och att det som en på är"},
	{"da", "og at det er en af ikke"},
	{"cs", "a se na že je v to"},
}

// stopwordLanguages says of which languages a word is one of the commonest, as
// bits in the order of stopwords.
var stopwordLanguages = sync.OnceValue(func() map[string]uint32 {
	m := map[string]uint32{}
	for i, l := range stopwords {
		for s := range strings.FieldsSeq(l.words) {
			m[s] |= 1 << i
		}
	}
	return m
})

// languageWords is how many words guessLanguage looks at, at most.
const languageWords = 2000

// guessLanguage is the language whose commonest words a text has most, "" if
// none stands out. It looks at the beginnings of passages from all over it.
func guessLanguage(w *library.Work) string {
	known := stopwordLanguages()
	var counts [len(stopwords)]int
	words := 0
	step := max(1, len(w.Passages)/100)
	for i := 0; i < len(w.Passages) && words < languageWords; i += step {
		// Long passages of a short work make up for their number.
		left := max(200, languageWords*step/max(1, len(w.Passages)))
		eachLower(w.Passages[i].Text, func(word []byte) bool {
			if len(word) <= 8 {
				for set := known[string(word)]; set != 0; set &= set - 1 {
					counts[bits.TrailingZeros32(set)]++
				}
			}
			words++
			left--
			return left > 0
		})
	}
	best, most, second := "", 0, 0
	for i, n := range counts {
		switch {
		case n > most:
			best, most, second = stopwords[i].lang, n, most
		case n > second:
			second = n
		}
	}
	if most < 3 || most*20 < words || most < second*3/2 {
		return ""
	}
	return best
}

// eachLower calls f with each run of letters of a text in small letters, until
// f returns false. What f is given is good until it returns.
func eachLower(s string, f func(word []byte) bool) {
	var buf [64]byte
	word := buf[:0]
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z':
			word = append(word, c)
			i++
			continue
		case 'A' <= c && c <= 'Z':
			word = append(word, c+'a'-'A')
			i++
			continue
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			i += n
			if unicode.IsLetter(r) || unicode.IsMark(r) {
				word = utf8.AppendRune(word, unicode.ToLower(r))
				continue
			}
		default:
			i++
		}
		if len(word) > 0 && !f(word) {
			return
		}
		word = word[:0]
	}
	if len(word) > 0 {
		f(word)
	}
}
