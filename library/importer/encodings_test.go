package importer_test

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	xunicode "golang.org/x/text/encoding/unicode"

	"lectern/library/importer"
)

// Texts in old encodings that they do not declare, or declare wrongly, come in by
// the commonest letters of their language, with a doubt.
func TestUndeclaredEncodings(t *testing.T) {
	const (
		ru = "Кружок собирается по вторникам в задней комнате старой лавки. Там горит одна лампа, и каждый читает вслух по очереди."
		el = "Η ομάδα συναντιέται κάθε Τρίτη στο πίσω δωμάτιο του μαγαζιού. Άλλοι διαβάζουν δυνατά και άλλοι ακούνε δίπλα στη λάμπα."
		ja = "読書会は毎週火曜日の夜に古本屋の奥の部屋で開かれる。ランプが一つだけともり、みんなが順番に声を出して読む。"
		zh = "读书会每周二晚上在旧书店的后屋里聚会。那里只点着一盏灯，大家轮流朗读，也会说出自己的看法。"
		tw = "讀書會每週二晚上在舊書店的後屋裡聚會。那裡只點著一盞燈，大家輪流朗讀，也會說出自己的看法。"
		ko = "그 모임은 화요일마다 오래된 책방의 뒷방에서 열린다. 그곳에는 등불이 하나만 켜져 있고 모두가 차례로 소리 내어 읽는다."
		ar = "تجتمع المجموعة كل ثلاثاء في الغرفة الخلفية للدكان القديم. هناك مصباح واحد فقط، ويقرأ كل واحد بصوت عال في دوره."
		he = "הקבוצה נפגשת בכל יום שלישי בחדר האחורי של החנות הישנה. שם דולקת מנורה אחת בלבד, וכל אחד קורא בקול בתורו."
		fr = "Le cercle se réunit chaque mardi à la lumière d’une lampe fêlée, où chacun lit à voix haute, l’été comme l’hiver."
		pl = "Kółko zbiera się w każdy wtorek w tylnej izbie starego sklepu, gdzie świeci jedna lampa, i każdy czyta głośno, gdy nadejdzie jego kolej. Żółć i łzy są też mile widziane."
	)
	for _, c := range []struct {
		name, text string
		as         encoding.Encoding
	}{
		{"windows-1251", ru, charmap.Windows1251}, {"KOI8-R", ru, charmap.KOI8R}, {"ISO-8859-5", ru, charmap.ISO8859_5}, {"IBM866", ru, charmap.CodePage866},
		{"windows-1253", el, charmap.Windows1253}, {"ISO-8859-7", el, charmap.ISO8859_7},
		{"Shift_JIS", ja, japanese.ShiftJIS}, {"EUC-JP", ja, japanese.EUCJP},
		{"GB18030", zh, simplifiedchinese.GB18030}, {"Big5", tw, traditionalchinese.Big5}, {"EUC-KR", ko, korean.EUCKR},
		{"windows-1256", ar, charmap.Windows1256}, {"windows-1255", he, charmap.Windows1255},
		{"windows-1252", fr, charmap.Windows1252}, {"windows-1250", pl, charmap.Windows1250}, {"ISO-8859-2", pl, charmap.ISO8859_2},
		{"UTF-16", fr, xunicode.UTF16(xunicode.LittleEndian, xunicode.IgnoreBOM)},
	} {
		for _, form := range []struct{ name, before, after string }{
			{"x.txt", "", "\n"},
			{"x.html", "<html><head><title>Lampions</title></head><body><p class=\"text\">", "</p></body></html>"},
			{"declared wrongly.html", "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=windows-1252\"></head><body><p>", "</p></body></html>"},
		} {
			t.Run(c.name+" "+form.name, func(t *testing.T) {
				b, err := c.as.NewEncoder().String(form.before + c.text + form.after)
				if err != nil {
					t.Fatal(err)
				}
				w, err := importer.Read(t.Context(), form.name, strings.NewReader(b), importer.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if len(w.Passages) != 1 || w.Passages[0].Text != c.text {
					t.Errorf("got %q", w.Passages[0].Text)
				}
				doubt := ""
				for _, x := range w.Warnings {
					if x.Code == "old_encoding" {
						doubt = x.Message
					}
				}
				if !strings.Contains(doubt, "read as "+c.name) {
					t.Errorf("the doubt says %q", doubt)
				}
			})
		}
	}
}

// What only looks like letters of another script is no text.
func TestNoEncoding(t *testing.T) {
	noise := make([]byte, 4000)
	x := uint32(1)
	for i := range noise {
		x = x*1664525 + 1013904223
		noise[i] = byte(x>>24) | 0x80
	}
	if _, err := importer.Read(t.Context(), "x.txt", strings.NewReader(string(noise)), importer.Options{}); err == nil {
		t.Error("noise was read as a text")
	}
}
