package quote

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// foreign are sentences in languages of which the shelf of the test has nothing.
var foreign = []string{
	"hvis noen av pakkene er merket, og ingen andre er avhengige av dem, blir de fjernet",
	"manualen viser til andre sider som er relevante for de samme kommandoene",
	"kommandoene er korte, så boken blir selvfølgelig ikke for stor",
	"das Wort hat seinen griechischen Ursprung mit dem anderen gemein und unterstellt nichts",
	"dadurch wird alles entsprechend vereinfacht, besonders wenn viele Anwendungen dieselbe Bibliothek verwenden",
	"der Vorsitzende unterbrach die Sitzung und bat um einen neuen Bericht über die Ernte",
	"tout ce que le voleur a pu laisser derrière lui dans la maison du gardien",
	"chacune a sa propre manière de commencer et son propre vocabulaire pour le dire",
	"les lecteurs se réunissent chaque semaine pour discuter du chapitre suivant",
	"los programas de correo a menudo cambian algunas líneas y rompen la firma",
	"la semana pasada nadie había leído el capítulo entero antes de la reunión",
	"per evitar alguns d'aquests problemes podeu instal·lar abans el paquet petit",
	"pada tahap itu versi terbaru mungkin sudah disiapkan secara khusus untuk mereka",
	"mengelola inti dalam bentuk paket, yang secara tradisional tidak biasa dilakukan",
	"peralatan baru lebih baik namun memerlukan waktu dan memori yang lebih banyak",
	"w końcu regulamin określa stanowisko sekretarza, który odpowiada za organizację głosowania",
	"nikt z nas nie przeczytał tej książki do końca przed pierwszym spotkaniem",
	"a lettori pazienti non si deve spiegare due volte la stessa regola",
	"os leitores concordaram em encontrar-se outra vez na próxima terça-feira à noite",
	"de voorzitter vroeg iedereen het volgende hoofdstuk voor dinsdag te lezen",
	"ha valaki elakad, kérdezzen bátran a csoport többi tagjától a beszélgetés előtt",
	"kirjan viimeinen luku oli lukijoiden mielestä selvästi liian pitkä ja vaikea",
	"kitabın son bölümünü okumayan üyeler toplantıda pek konuşmak istemediler",
	"kommer du inte ihåg stycket kan du fråga efter det i rummet",
}

// A quotation in another language than the shelf's is not there, though its words
// are all as strange as damaged ones would be.
func TestForeignIsAbsent(t *testing.T) {
	m := &Memory{}
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	id := int64(0)
	for w, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for p := range strings.SplitSeq(string(b), "\n\n") {
			if p = strings.TrimSpace(p); p != "" {
				id++
				m.Add(int64(w), id, p)
			}
		}
	}
	m.Build()
	f := whole(m)
	for _, s := range foreign {
		words := strings.Fields(s)
		for _, q := range []string{s, strings.Join(words[:6], " "), strings.Join(words[len(words)-9:], " ")} {
			if a := find(t, f, q); a.Verdict == Found {
				t.Errorf("%q: %q, score %.2f", q, marked(&a.Places[0].Spots[0]), a.Places[0].Score)
			}
		}
	}
}
