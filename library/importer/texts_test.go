package importer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

// A reading is what a careful reader finds in a text. It was written down with
// the text at hand and not printed from the program.
type reading struct {
	file                        string // how the file's name begins
	title, author, date, source string
	outline                     []string // depth, label, title, as "1 II The title"
	counts                      library.Counts
	places                      map[int]string // what stands at a number: its first words
	ends                        map[int]string // its last words
	spans                       string         // the first and last ¶ of each section of the outline
	pages                       map[int]string // the page on which what stands at a number begins
	quotations                  []int          // the numbers of all paragraphs of block quotations
	lists                       []int
	attributions                map[int]string // how they begin
	parts                       []string       // kind, then the first words
	left                        []string       // how each piece that was left out begins
	doubts                      []string       // codes, in order
}

var readings = []reading{
	{
		file: "000", title: "Stalinism and the Spartacist League", date: "28 July 1998",
		outline: []string{"1"}, spans: "1-8",
		ends: map[int]string{
			1: "for revolutionaries in Kabul?", 2: "based on internationalism.", 4: "such a revolutionary leadership.", 5: "to defeat after defeat.", 8: "alternative' to capitalism.",
		},
		counts: library.Counts{Sections: 1, Passages: 8},
		places: map[int]string{
			1: "Again, if the Spartacist League was wrong", 2: "We have a fundamentally different", 4: "Your talk of a", 5: "Without such a leadership working people",
			8: "The Spartacist League is a middle class",
		},
		parts: []string{
			"front matter: Stalinism and the", "front matter: An exchange on", "front matter: 28 July 1998", "signature: R", "dateline: 23 July",
			"signature: Sincerely,", "signature: Fred Mazelis", "signature: For the Socialist Equality Party",
		},
		left: []string{"See Also:", "Globalization and", "A Marxist Assessment", "[An elaboration", "To contact the WSWS", "[wsws.org/contact]"},
	},
	{
		file: "001", title: "The Soviet Union at War", author: "John G. Wright", date: "August 1941", source: "Fourth International, Vol. 2 No. 7, August 1941",
		outline: []string{"1", "1 What Stalin Destroyed", "1 The Morale of the Rank-and-File", "1 What the Nazis Failed to Understand", "1 Why A Political Revolution Is Necessary"},
		counts:  library.Counts{Sections: 5, Passages: 74},
		spans:   "1-16 17-35 36-49 50-68 69-74",
		ends: map[int]string{
			1: "crops of the Ukraine.", 12: "more unfavorable than these:", 13: "young workers’ republic.", 16: "most adverse conditions.", 17: "destroyed those institutions:",
			35: "insure his control.", 36: "morale to nothingness.", 49: "and the German workers.", 50: "with the Soviet Union.", 68: "world revolution revived.", 74: "first workers’ state.",
		},
		places: map[int]string{
			1: "As these lines are being written,", 12: "We repeat, no conditions could be", 13: "1. a decimated working class;\n2. a ravaged", 14: "When and where was any", 16: "Today the Soviet Union is confronted",
			17: "The Soviet Union is now waging", 18: "THE BOLSHEVIK PARTY. Lenin attached", 35: "Stalin knows that these and", 36: "The problem of maintaining morale", 37: "The Red Army is made up",
			50: "Fully apprised of the", 68: "The war imposes great tasks", 69: "The advocacy by Trotskyists of", 74: "All the efforts of the",
		},
		lists: []int{13},
		parts: []string{"front matter: John G. Wright", "front matter: The Soviet Union", "front matter: (August 1941)", "front matter: From Fourth International", "front matter: Transcribed & marked up"},
		left:  []string{"Wright Archive", "Last updated: 28 May 2016"},
	},
	{
		file: "002", title: "The Rise of Stalinism",
		outline: []string{
			"1", "1 The post-war revolutionary wave", "1 Bolshevik internationalism", "1 The rise of the bureaucracy", "1 “Socialism in one country” against Marxism",
			"1 Germany in 1923", "1 The bureaucracy consolidates its power", "1 The victory of Hitler", "1 The defeat of the Spanish revolution", "1 A river of blood",
		},
		counts: library.Counts{Sections: 10, Passages: 206},
		spans:  "1-6 7-17 18-52 53-72 73-89 90-117 118-130 131-149 150-182 183-206",
		ends: map[int]string{
			6: "of the Russian revolution.", 17: "for a whole period.", 20: "going to succeed.", 27: "for a socialist revolution.", 38: "partitions are removed.", 52: "first workers’ state.",
			61: "voided to this day.", 72: "of economic policy.", 86: "of a single country.", 89: "of the bureaucracy.", 103: "a revolutionary one.", 117: "drowned in blood.",
			120: "the peasant masses.", 130: "by Hitler in 1933.", 146: "is victory possible.", 170: "for the workers…", 179: "deaf and blind.", 182: "on their behalf.", 206: "forgotten with contempt.",
		},
		places: map[int]string{
			1: "On October 25, 1917,", 7: "A strike by Hungarian", 17: "A revolutionary situation erupted again", 20: "On its own it will", 26: "The revolutionary authorities [i.e.", 44: "That the international revolution of",
			49: "is the organisation of a planned", 57: "“Lenin, following Marx and Engels,", 60: "The same bold view of", 73: "One of Dialego’s charges against", 89: "Such was the fundamental about-face",
			101: "Why didn’t the German revolution", 117: "The Comintern, after flirting", 144: "“It is necessary”, Trotsky wrote,", 170: "The political alliance of", 178: "Any other policy is a",
			191: "With the help of dirty forgeries,", 203: "Breaking later with Stalinism, he wrote", 206: "For preserving, developing, and struggling",
		},
		quotations: []int{
			20, 26, 27, 31, 32, 37, 38, 44, 49, 57, 58, 59, 60, 61, 86, 88, 101, 103, 118, 119, 120, 132, 139, 140, 141, 144, 145, 146,
			161, 162, 163, 164, 165, 166, 167, 168, 169, 170, 176, 177, 178, 179, 191, 204,
		},
		attributions: map[int]string{
			27: "“Our differences”", 38: "“The Position and Tasks", 44: "The Third International After Lenin", 57: "State and Revolution", 61: "The Revolution Betrayed", 86: "November 1926",
			101: "The Third International after Lenin", 120: "The Revolution Betrayed", 141: "The Struggle Against Fascism", 191: "Published for the first time", 204: "The Great Game.",
		},
		parts: []string{"front matter: The Rise of Stalinism"},
		left:  []string{"Continue to Chapter Three"},
	},
	{
		file: "003", title: "Moscow Conferences: A proletarian debate begins in Russia",
		outline: []string{
			"1", "1 The legacy of Trotsky and the tasks of the present period", "1 The antagonisms within the conferences over Trotsky's heritage",
			"1 The 1996 conference on The Revolution Betrayed", "1 The 1997 conference on Trotsky and the Russian Revolution",
		},
		counts: library.Counts{Sections: 5, Passages: 20, Notes: 3},
		spans:  "1-1 2-2 3-7 8-11 12-20",
		ends: map[int]string{
			1: "(lBRP).", 2: "heritage of Trotskyism.", 5: "October Revolution.[1]", 7: "Central Committee.", 8: "\"prophet\" Trotsky!", 11: "revolutionaries in Russia.", 15: "\"no scientific interest\".", 20: "contribution can be.",
		},
		places: map[int]string{
			1: "In the wake of the collapse", 2: "The conferences on the legacy", 3: "Therefore, from the very beginning,", 4: "The second tendency both within", 5: "The sabotage of the first",
			6: "During Perestroika, the Stalinist CP", 7: "As opposed to this, parts", 9: "Against the bourgeois canonisation", 10: "It is no coincidence that", 11: "This debate was not academic.",
			13: "The CWO and the ICC recalled", 14: "The CWO and the ICC defended", 15: "This conference revealed above all", 17: "The real task of revolutionaries", 18: "The ICC pledges itself", 19: "In our opinion the kind",
			8: "Trotsky's famous study of", 12: "This conference was mainly dominated", 16: "We need hardly develop on", 20: "Not only the Russian revolutionaries,",
		},
		parts: []string{"front matter: Moscow Conferences:", "editor's note: Due to an oversight,"},
		left:  []string{"Printer-friendly version", "Life of the ICC:", "Recent and ongoing:"},
	},
	{
		file: "004", title: "",
		outline: []string{
			"1 1", "2 I Constructing the socialist order", "2 II The Bolshevik programme", "2 III The preconditions for socialism", "2 IV The isolation of the revolution",
			"2 V The civil war regime", "2 VI The post-civil-war regime", "2 VII Practice reshapes theory", "2 VIII Lenin against Stalin", "2 IX The counter-revolution",
			"2 X The Communist International", "2 XI Counter-revolution within the forms of Marxism", "2 XII Revolution and Democracy", `2 XIII The new "Religion of Socialism"`,
			"2 XIV The Bolshevik Rearguard",
			"1 2 Bolshevism at Bay: Trotsky on the USSR", "2 I Trotsky in exile", `2 II "A bureaucratic economy"`, "2 III State property and socialism", "2 IV Catching up with capitalism",
			"2 V The nature of the Stalinist autocracy", `2 VI "The system of Bonapartist gangsterism"`, "2 VII Gangster state and workers' state?", "2 VIII Programme and analysis",
			"2 IX Dissolving being into becoming", `2 X "The gatekeeper of the social conquests"`, "2 XI The end of capitalist progress?", `2 XII A "locum" for the working class`,
			"2 XIII Property forms and socialist norms", `2 XIV "Political revolution": first approximation`, "2 XV The united front with Stalin",
			`2 XVI The "workers' state" theory and political revolution`, "2 XVII Nationalised economy and flux", "2 XVIII Progressive tyranny?", "2 XIX Politics and economics",
			"2 XX The Ukraine and USSR imperialism", "2 XXI The partition of Poland", "2 XXII Trotskyism in 1939", "2 XXIII/XXIV The two souls of Trotskyism",
			`2 XXV USSR imperialism? "Again and once more..."`, "2 XXVI The invasion of Finland", "2 XXVII Trotsky wars on his own politics", "2 XXVIII Bureaucratic revolution?",
			"2 XXIX Balance Sheet of the Finnish Events", "2 XXX The other Trotsky", "2 XXXI Trotsky on bureaucratic collectivism", "2 XXXII Once again, being dissolved into becoming",
			"2 XXXIII Revisionism?", `2 Appendix the "locum" and totalitarian economism`,
			"1 3 The neo-Trotskyists and Stalinist expansion", "2 I Provisional formula erected into world-historic interpretation", `2 II "In Defence of Marxism"`,
			`2 III Freezing "Trotsky" into dogma`, "2 IV Stalinist society in transition to socialism?", `2 V Millenarianism: "Third Period" neo-Trotskyism`, "2 VI The lessons of Italy",
			"2 VII The dilemmas of 1945-8", "2 VIII The British Revolutionary Communist Party", "2 IX Tito", `2 X The "Third World Congress": a new Trotskyism is founded`,
			"2 XI The 1953 split", "2 XII Conclusion: The Communist Manifesto and Trotskyism",
			"1 4 Max Shachtman and James P Cannon", "2 I Max Shachtman", "3 ii", "3 iii", "3 iv", "2 II James P Cannon",
			"1 5 Trotsky and the future of socialism", "2 ii", "2 iii", "2 iv",
			"1 6 The purpose of this collection",
		},
		counts: library.Counts{Sections: 73, Passages: 122, Epigraphs: 15},
		spans: "1-54 1-6 7-17 18-31 32-36 37-44 45-45 46-46 47-47 48-48 49-50 51-51 52-52 53-53 54-54 " +
			"55-93 55-55 56-56 57-57 58-58 59-59 60-60 61-61 62-62 63-63 64-66 67-68 69-69 70-70 71-71 72-72 73-73 74-74 75-75 76-77 78-79 80-80 81-81 " +
			"82-82 83-83 84-84 85-85 86-86 87-87 88-88 89-89 90-90 91-91 92-93 " +
			"94-110 94-94 95-95 96-96 97-97 98-98 99-99 100-100 101-101 102-103 104-104 105-105 106-110 " +
			"111-115 111-114 112-112 113-113 114-114 115-115 116-120 117-118 119-119 120-120 121-122",
		ends: map[int]string{
			1: "with the Bolshevik Revolution.", 5: "to the Russian Revolution?", 6: "and another to follow.", 8: "in human affairs.", 10: "in an isolated Russia.", 13: `State". (Marx)`, 15: "other meanings.",
			16: "society and economy.", 21: "to a higher level.", 22: `and the proletariat."`, 29: `international revolution".`, 36: "in Moscow in March 1919.", 39: "in May 1871.", 44: `Party" in 1918).`,
			47: "or it would die.", 48: "the twentieth century.", 49: "to defend themselves].", 50: "to betray it.", 53: "syphilis and leprosy.", 54: "had organised itself.", 63: "himself has recorded.",
			65: "Prograsmme, 1891].", 76: "Collectivism, p.17).]", 78: "Slovaks and Hungarians.", 79: `on the other".`, 93: "capitalism and Stalinism.", 102: "point of collapse].", 103: "the working class.",
			11: "Russian labour movement.", 18: "had created. Why?", 26: "created by capitalism.", 27: "falsely marked grave.", 33: "in the future.", 41: "the state bureaucracy.", 43: "obliged to create.",
			45: "initial guiding ideas.", 46: "in the trade unions.", 51: "separable from it.", 52: "from their mistakes.", 55: "Stalinist USSR.", 56: `totalitarian regime".`, 66: "lags behind them.", 68: "that was anti-capitalist.",
			80: "Writings 1939-40, p.94].", 94: `a "planned" economy.`, 104: "produced is immense.", 108: "to perfect it.", 111: "American imperialist forces.", 112: "of such politics.", 114: "force for socialism.", 115: "been politically sterile.",
			116: "abolishes capitalism.", 117: "(The Communist Manifesto).", 119: "than his mistakes.", 120: "to that battle.",
			107: "failed to do.", 110: "dawn of Marxism.", 118: "remembering people.", 121: "repudiate and disavow].", 122: "is and is not.",
		},
		pages: map[int]string{1: "1", 5: "1", 6: "2", 7: "3", 9: "3", 10: "4", 16: "5", 18: "6", 22: "7", 27: "8", 30: "9", 32: "10", 37: "12", 40: "13", 45: "14"},
		places: map[int]string{
			1: "Human beings make their own history,", 5: "What order? The socialist order.", 6: "What happened to the socialists", 7: "Socialism in 1917 had", 18: "Though the Bolsheviks knew and proved",
			45: "Thus, in the process of", 47: "By 1922 Lenin had become", 54: "The second worst thing -", 55: "Immediately after his expulsion", 56: "By 1933 it had become clear",
			61: "For Trotsky, as we have seen,", 64: "If firstly and irreplaceably", 79: `"Even irrespective of its international ties,`, 82: "At the Political Committee of",
			105: "One break in the pattern,", 106: "Trotsky tried to make sense", 107: "1) Marx and Engels made", 110: "4) Marx and Engels in", 112: "In the post-war world where", 118: "Socialism will revive as",
			2: "Early in 1917, the workers,", 3: "At the All-Russian Congress", 4: "The Bolsheviks were Marxists. They", 8: `The "dictatorship of the proletariat" was`, 9: "The Bolsheviks believed, with Marx,",
			10: "The rule of a class,", 11: "The idea of party rule", 12: "If in 1917 the Bolsheviks", 13: "They said they would establish", 14: "In Russia, after the overthrow", 15: "When the Bolsheviks and the soviets",
			16: `Nor did Lenin's conception of`, 17: "The Bolshevik government did not", 19: "In all previous human history,", 20: "Capitalism, for the first time", 21: "Without the possibilities of producing",
			22: `"Marxism sets out from`, 24: "The Russian working class was", 26: "They would have branded the", 27: "By the middle of the 20th", 29: "If in 1917 Lenin knew", 31: "The Russian October revolution could",
			36: "The Bolsheviks, who had will", 39: "In October 1917, the working-class", 44: "Yet the Bolshevik regime kept", 46: "The New Economic Policy would", 48: "Stalin had an unshakable bureaucratic", 49: `"Socialism In One Country",`,
			50: "At every turn, people would", 51: "The governing ideas of any", 52: "In 1917 Lenin, Trotsky and", 53: `As "democracy" lost all`, 57: "State property under such a", 60: "The Great Terror began in",
			65: `Or James Connolly: "State ownership`, 66: "At first, after 1928, Trotsky", 68: "In the 1930s, however, a", 73: "In 1936, from his comprehensive", 77: "Burnham and Carter still thought", 93: "Trotsky himself explained:",
			94: "Trotsky rejected the idea that", 103: "The USSR remained a workers'", 104: "In the next few years", 108: "2) The patently false notion", 111: "The author of most of", 115: "In many of the polemics",
			117: "Marxists criticise the waste,", 119: "This book is a relentless", 120: "History is unending struggle -",
			121: "This collection has a number", 122: "These texts are an irreplaceable",
		},
		quotations:   []int{22},
		lists:        []int{107, 108, 109, 110},
		attributions: map[int]string{22: "[Trotsky: Revolution Betrayed]"},
		doubts:       []string{"no_title", "no_author", "missing_heading", "joined", "joined", "joined", "joined", "page_join", "page_join", "page_join", "pages_counted"},
	},
}

func TestCarefulReader(t *testing.T) {
	for _, want := range readings {
		t.Run(want.file, func(t *testing.T) {
			i := slices.IndexFunc(texts(t), func(f string) bool { return strings.HasPrefix(filepath.Base(f), want.file) })
			if i < 0 {
				t.Skipf("the text %s is not among those in shared/texts, so this was not tried on it", want.file)
			}
			want.check(t, read(t, texts(t)[i]))
		})
	}
}

func read(t *testing.T, file string) *library.Work {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := importer.Read(t.Context(), file, f, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (want *reading) check(t *testing.T, w *library.Work) {
	if want.title != "" && w.Title != want.title {
		t.Errorf("title %q, want %q", w.Title, want.title)
	}
	if w.Author != want.author || w.Date != want.date || w.Language != "en" || !strings.HasPrefix(w.Source, want.source) {
		t.Errorf("author %q, date %q, language %q, source %q", w.Author, w.Date, w.Language, w.Source)
	}
	var outline []string
	for i := range w.Sections {
		s := &w.Sections[i]
		outline = append(outline, strings.Join(strings.Fields(string(rune('0'+s.Depth))+" "+s.Label()+" "+s.Title), " "))
	}
	same(t, "outline", outline, want.outline)
	got := w.Counts()
	got.Words = 0
	if got != want.counts {
		t.Errorf("counts %+v, want %+v", got, want.counts)
	}
	byNumber := map[int]*library.Passage{}
	var quotations, lists []int
	for i := range w.Passages {
		p := &w.Passages[i]
		if p.Number == 0 {
			continue
		}
		byNumber[p.Number] = p
		switch p.Kind {
		case library.Quotation:
			quotations = append(quotations, p.Number)
		case library.List:
			lists = append(lists, p.Number)
		}
		if p.Attribution != "" && !(want.attributions[p.Number] != "" && strings.HasPrefix(p.Attribution, want.attributions[p.Number])) {
			t.Errorf("¶ %d is attributed to %q", p.Number, p.Attribution)
		}
	}
	for n, s := range want.places {
		if p := byNumber[n]; p == nil || !strings.HasPrefix(p.Text, s) {
			t.Errorf("at ¶ %d stands not %q", n, s)
		}
	}
	for n, s := range want.ends {
		if p := byNumber[n]; p == nil || !strings.HasSuffix(p.Text, s) {
			t.Errorf("¶ %d does not end with %q", n, s)
		}
	}
	for n, page := range want.pages {
		if p := byNumber[n]; p == nil || p.Page != page {
			t.Errorf("¶ %d does not begin on page %s", n, page)
		}
	}
	var spans []string
	for i := range w.Sections {
		spans = append(spans, fmt.Sprintf("%d-%d", w.Sections[i].First, w.Sections[i].Last))
	}
	same(t, "first and last numbers of sections", spans, strings.Fields(want.spans))
	for n := range want.attributions {
		if p := byNumber[n]; p == nil || p.Attribution == "" {
			t.Errorf("¶ %d has no attribution", n)
		}
	}
	same(t, "quotations", quotations, want.quotations)
	same(t, "lists", lists, want.lists)
	var parts, left, doubts []string
	for i := range w.Parts {
		parts = append(parts, string(w.Parts[i].Kind)+": "+w.Parts[i].Text)
	}
	for i := range w.LeftOut {
		left = append(left, w.LeftOut[i].Text)
	}
	for i := range w.Warnings {
		doubts = append(doubts, w.Warnings[i].Code)
	}
	begin(t, "parts", parts, want.parts)
	begin(t, "left out", left, want.left)
	if want.doubts != nil {
		same(t, "doubts", doubts, want.doubts)
	}
}

func same[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("%s: %v is missing", what, want[i])
		case i >= len(want):
			t.Errorf("%s: %v is too much", what, got[i])
		case got[i] != want[i]:
			t.Errorf("%s: at %d stands %v, want %v", what, i, got[i], want[i])
			return
		}
	}
}

func begin(t *testing.T, what string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %q, want %q", what, got, want)
		return
	}
	for i := range got {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("%s: %q, want %q", what, got[i], want[i])
		}
	}
}

// What the texts hold beside paragraphs, each in its place.
func TestCarefulReaderNotesAndPages(t *testing.T) {
	for _, file := range texts(t) {
		w := read(t, file)
		switch {
		case strings.HasPrefix(filepath.Base(file), "003"):
			var labels []string
			for i := range w.Passages {
				p := &w.Passages[i]
				if p.Kind == library.Footnote {
					labels = append(labels, p.Label+" "+strings.Join(strings.Fields(p.Text)[:3], " "))
				}
				if len(p.Notes) > 0 {
					n := &w.Passages[p.Notes[0]]
					if p.Number != 5 || len(p.Notes) != 1 || !strings.HasPrefix(n.Text, "Thus, the French") {
						t.Errorf("¶ %d calls %q", p.Number, n.Text)
					}
				}
			}
			same(t, "notes", labels, []string{"1 The Trotskyist (and", "2 We are in", "1 Thus, the French"})
		case strings.HasPrefix(filepath.Base(file), "004"):
			var epigraphs []string
			for i := range w.Passages {
				p := &w.Passages[i]
				if p.Kind == library.Epigraph {
					epigraphs = append(epigraphs, w.Sections[p.Section].Label()+": "+p.Attribution)
				}
				if strings.ContainsAny(p.Text, "\t\n") || strings.Contains(p.Text, "  ") {
					t.Errorf("¶ %d has odd white space", p.Number)
				}
			}
			same(t, "epigraphs", epigraphs, []string{
				"I: Karl Marx, The Eighteenth Brumaire.", "I: Karl Marx, Theses on Feuerbach, VIII.", "II: Rosa Luxemburg.", "III: Karl Marx.",
				"IV: Karl Marx and Frederick Engels, The Communist Manifesto.", "V: Rosa Luxemburg.", "VII: Karl Marx.", "VIII: Lenin.",
				"XII: Karl Marx and Frederick Engels, The Communist Manifesto.", "XIII: Karl Marx, Theses on Feuerbach.", "XIV: Frederick Engels.",
				"Appendix: Frederick Engels, Ludwig Feuerbach", "I: Leon Trotsky, The Third International After Lenin.", "XII: Marx and Engels, The Holy Family.", "5: Leon Trotsky",
			})
			last := &w.Passages[len(w.Passages)-1]
			if first := &w.Passages[0]; first.Page != "1" || last.Page != "160" {
				t.Errorf("the pages go from %q to %q", first.Page, last.Page)
			}
			if !w.Sections[0].Missing {
				t.Error("the first part has a heading")
			}
		}
	}
}
