package reading

import (
	"strings"
	"time"
)

// A meaning is what a word says in a date or a cadence.
type meaning int

// The meanings. A word with two (English "am", German "am") carries both, and
// its place decides.
const (
	_          meaning = iota
	wWeekday           // value: a time.Weekday
	wWeekdays          // Monday to Friday
	wMonth             // value: a time.Month
	wUnit              // value: a unit
	wOrdinal           // value: 1 to 5, or -1 for the last
	wCount             // value: a number in words
	wRelative          // value: days from today
	wEvery             // every, each
	wOther             // every other
	wDaily             //
	wWeekly            //
	wFortnight         //
	wMonthly           //
	wUnclear           // biweekly: twice a week, or every other
	wNext              //
	wThis              //
	wIn                // in 3 days
	wAgo               // 3 days ago
	wBefore            // the same, said first: "vor 3 Tagen"
	wFrom              // 3 days from now
	wNow               //
	wTime              // in 3 days' time
	wAfter             // the day after tomorrow
	wTonight           //
	wOn                // before a day
	wThe               //
	wOf                // of the month
	wAt                // before a clock
	wOClock            // after one
	wMeridiem          // value: hours to add
	wNoon              //
	wMidnight          //
	wAnd               //
	wZone              // a zone, which a time in a room must not name
)

// A unit is a length of time that people count in.
type unit int

const (
	minutes unit = iota
	hours
	days
	weeks
	months
)

// A language is the words in which its speakers write dates and cadences, in
// lower case, parted by spaces. A new language is one more of these.
type language struct {
	tag      string
	weekdays [7]string  // Sunday first
	months   [12]string //
	units    [5]string  // minutes first
	ordinals map[int]string
	counts   [13]string // from nought
	relative map[int]string
	meridiem [2]string // before noon, after it
	words    map[meaning]string
}

// languages returns the languages that are read, all at once: which one a
// person writes in need not be known.
func languages() []language {
	return []language{
		{
			tag: "en",
			weekdays: [7]string{"sunday sun sundays suns", "monday mon mondays mons", "tuesday tue tues tuesdays",
				"wednesday wed weds wednesdays", "thursday thu thur thurs thursdays", "friday fri fridays fris",
				"saturday sat saturdays sats"},
			months: [12]string{"january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
				"august aug", "september sep sept", "october oct", "november nov", "december dec"},
			units:    [5]string{"minute minutes min mins", "hour hours hr hrs h", "day days d", "week weeks wk wks w", "month months"},
			ordinals: map[int]string{1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"},
			counts: [13]string{"", "one a an", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
				"eleven", "twelve"},
			relative: map[int]string{0: "today", 1: "tomorrow tmrw", -1: "yesterday"},
			meridiem: [2]string{"am", "pm"},
			words: map[meaning]string{
				wWeekdays: "weekdays", wEvery: "every each", wOther: "other", wDaily: "daily", wWeekly: "weekly",
				wFortnight: "fortnightly", wMonthly: "monthly", wUnclear: "biweekly bimonthly", wNext: "next",
				wThis: "this", wIn: "in", wAgo: "ago", wFrom: "from", wNow: "now today", wTime: "time", wAfter: "after", wTonight: "tonight", wOn: "on", wThe: "the", wOf: "of", wAt: "at @",
				wNoon: "noon midday", wMidnight: "midnight", wAnd: "and & +",
				wZone: "utc gmt bst cet cest est edt cst cdt mst mdt pst pdt et pt z",
			},
		},
		{
			tag: "de",
			weekdays: [7]string{"sonntag so sonntags", "montag mo montags", "dienstag di dienstags",
				"mittwoch mi mittwochs", "donnerstag do donnerstags", "freitag fr freitags",
				"samstag sa samstags sonnabend sonnabends"},
			months: [12]string{"januar jan jänner", "februar feb", "märz mär mrz", "april apr", "mai", "juni jun",
				"juli jul", "august aug", "september sep sept", "oktober okt", "november nov", "dezember dez"},
			units: [5]string{"minute minuten min", "stunde stunden std", "tag tage tagen", "woche wochen", "monat monate monaten monats"},
			ordinals: map[int]string{1: "erster ersten erste", 2: "zweiter zweiten zweite", 3: "dritter dritten dritte",
				4: "vierter vierten vierte", 5: "fünfter fünften fünfte", -1: "letzter letzten letzte"},
			counts: [13]string{"", "ein eine einen einem einer", "zwei", "drei", "vier", "fünf", "sechs", "sieben",
				"acht", "neun", "zehn", "elf", "zwölf"},
			relative: map[int]string{0: "heute", 1: "morgen", 2: "übermorgen", -1: "gestern", -2: "vorgestern"},
			words: map[meaning]string{
				wWeekdays: "werktags", wEvery: "jeder jeden jede jedes alle", wDaily: "täglich", wWeekly: "wöchentlich",
				wFortnight: "vierzehntäglich zweiwöchentlich", wMonthly: "monatlich", wUnclear: "halbwöchentlich",
				wNext: "nächster nächsten nächste nächstes", wThis: "dieser diesen diese dieses", wIn: "in", wBefore: "vor", wFrom: "von", wNow: "jetzt heute",
				wOn: "am", wThe: "den dem der", wOf: "im des", wAt: "um", wOClock: "uhr h",
				wNoon: "mittags", wMidnight: "mitternacht", wAnd: "und", wZone: "mez mesz",
			},
		},
	}
}

// A lexicon says what each word means: at most one value for each meaning.
type lexicon map[string]map[meaning]int

// newLexicon gathers the words of all languages.
func newLexicon() lexicon {
	lex := lexicon{}
	add := func(words string, m meaning, value int) {
		for w := range strings.FieldsSeq(words) {
			if lex[w] == nil {
				lex[w] = map[meaning]int{}
			}
			lex[w][m] = value
		}
	}
	for _, l := range languages() {
		for d, words := range l.weekdays {
			add(words, wWeekday, d)
		}
		for m, words := range l.months {
			add(words, wMonth, m+int(time.January))
		}
		for u, words := range l.units {
			add(words, wUnit, u)
		}
		for n, words := range l.ordinals {
			add(words, wOrdinal, n)
		}
		for n, words := range l.counts {
			add(words, wCount, n)
		}
		for n, words := range l.relative {
			add(words, wRelative, n)
		}
		for half, words := range l.meridiem {
			add(words, wMeridiem, 12*half)
		}
		for m, words := range l.words {
			add(words, m, 0)
		}
	}
	return lex
}

// weekdayName is the short English name that cadences are written with.
func weekdayName(d time.Weekday) string { return strings.ToLower(d.String()[:3]) }
