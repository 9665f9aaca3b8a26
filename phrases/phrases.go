// Package phrases holds what Lectern says: one catalogue per language, with
// CLDR plurals, and the voice that fills a sentence in. Catalogues may mark
// **strong**, *emphasis*, `code` and `/command` (which each platform shows with
// its own prefix); what is filled in is never read as markup, so a title or a
// name shows as it is whatever it contains.
package phrases

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"lectern/bot"
)

//go:embed *.toml
var catalogues embed.FS

// A Book is every catalogue there is. It is safe for concurrent use.
type Book struct {
	bundle *i18n.Bundle
	langs  []string
}

// Load reads the catalogues that are built in.
func Load() (*Book, error) {
	b := &Book{bundle: i18n.NewBundle(language.English)}
	b.bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	files, err := fs.Glob(catalogues, "*.toml")
	if err != nil {
		return nil, fmt.Errorf("phrases: %w", err)
	}
	for _, f := range files {
		if _, err := b.bundle.LoadMessageFileFS(catalogues, f); err != nil {
			return nil, fmt.Errorf("phrases: %s: %w", f, err)
		}
		b.langs = append(b.langs, strings.TrimSuffix(f, ".toml"))
	}
	return b, nil
}

// Languages are the BCP 47 tags of the catalogues.
func (b *Book) Languages() []string { return b.langs }

// In is the voice of a language; one that has no catalogue speaks English.
func (b *Book) In(lang string) *Voice {
	if lang == "" {
		lang = "en"
	}
	tag := language.Make(lang)
	return &Voice{
		loc:     i18n.NewLocalizer(b.bundle, lang, "en"),
		numbers: message.NewPrinter(tag),
	}
}

// A Voice speaks one language.
type Voice struct {
	loc     *i18n.Localizer
	numbers *message.Printer
}

// Values that are filled in stand in the template as a mark, so that markup
// is read from the sentence alone. The marks are private-use characters, which
// bot.Clean takes out of whatever people type.
const (
	markOpen  = '\uE000'
	markClose = '\uE001'
)

// Say is the sentence under key with names and values filled in: pairs of a
// name and a string, an int, a time.Duration or bot.Spans. "Count" chooses the
// plural and is grouped as the language groups thousands.
func (v *Voice) Say(key string, pairs ...any) bot.Spans {
	if len(pairs)%2 != 0 {
		panic("phrases: odd pairs for " + key)
	}
	cfg := &i18n.LocalizeConfig{MessageID: key}
	data := make(map[string]string, len(pairs)/2)
	var fill []bot.Spans
	for i := 0; i < len(pairs); i += 2 {
		name := pairs[i].(string)
		var s bot.Spans
		switch x := pairs[i+1].(type) {
		case string:
			s = bot.Plain(x)
		case bot.Spans:
			s = x
		case int:
			if name == "Count" {
				cfg.PluralCount = x
				s = bot.Plain(v.Number(x))
			} else {
				s = bot.Plain(strconv.Itoa(x))
			}
		case bool: // for {{if}}, to which any word is true
			if x {
				s = bot.Plain("true")
			}
		case fmt.Stringer:
			s = bot.Plain(x.String())
		default:
			s = bot.Plain(fmt.Sprint(x))
		}
		if len(s) == 0 {
			data[name] = ""
			continue
		}
		// What is the same has the same mark, so that templates can compare.
		n := slices.IndexFunc(fill, func(f bot.Spans) bool { return slices.Equal(f, s) })
		if n < 0 {
			n, fill = len(fill), append(fill, s)
		}
		data[name] = string(markOpen) + strconv.Itoa(n) + string(markClose)
	}
	cfg.TemplateData = data
	text, err := v.loc.Localize(cfg)
	if err != nil && text == "" {
		return bot.Plain("[" + key + "]")
	}
	return markup(text, fill)
}

// Text is Say without emphasis.
func (v *Voice) Text(key string, pairs ...any) string { return v.Say(key, pairs...).String() }

// Has reports whether the catalogue has a sentence.
func (v *Voice) Has(key string) bool {
	text, err := v.loc.Localize(&i18n.LocalizeConfig{MessageID: key, PluralCount: 1, TemplateData: map[string]string{}})
	return err == nil || text != ""
}

// Number groups thousands.
func (v *Voice) Number(n int) string { return v.numbers.Sprintf("%d", n) }

// markup reads **strong**, *emphasis* and `code` and puts the values in.
func markup(text string, fill []bot.Spans) bot.Spans {
	var (
		out   bot.Spans
		style bot.Style
		run   strings.Builder
	)
	flush := func() {
		if run.Len() == 0 {
			return
		}
		s := bot.Span{Text: run.String(), Style: style}
		if command, ok := strings.CutPrefix(s.Text, "/"); ok && style&bot.Code != 0 {
			s.Text, s.Style = command, style&^bot.Code|bot.Typed
		}
		out = append(out, s)
		run.Reset()
	}
	rest := []rune(text)
	for i := 0; i < len(rest); i++ {
		switch r := rest[i]; {
		case r == markOpen:
			end := i + 1
			for end < len(rest) && rest[end] != markClose {
				end++
			}
			n, err := strconv.Atoi(string(rest[i+1 : end]))
			if err == nil && n < len(fill) {
				flush()
				for _, s := range fill[n] {
					s.Style |= style
					out = append(out, s)
				}
			}
			i = end
		case r == '*' && i+1 < len(rest) && rest[i+1] == '*' && style&bot.Code == 0:
			flush()
			style ^= bot.Strong
			i++
		case r == '*' && style&bot.Code == 0:
			flush()
			style ^= bot.Emphasis
		case r == '`':
			flush()
			style ^= bot.Code
		default:
			run.WriteRune(r)
		}
	}
	flush()
	return merge(out)
}

// merge joins neighbours of one style, so that renderers see few spans.
func merge(in bot.Spans) bot.Spans {
	var out bot.Spans
	for _, s := range in {
		if n := len(out) - 1; n >= 0 && out[n].Style == s.Style && out[n].Link == s.Link && out[n].At.IsZero() && s.At.IsZero() {
			out[n].Text += s.Text
			continue
		}
		out = append(out, s)
	}
	return out
}

// Day is a date as people say it: "Tue 22 Dec", with the year if it is not
// that of now.
func (v *Voice) Day(t, now time.Time) string {
	key := "date.day"
	if t.Year() != now.In(t.Location()).Year() {
		key = "date.day_year"
	}
	return v.Text(key,
		"Weekday", v.Text("date.weekday."+strconv.Itoa(int(t.Weekday()))),
		"Day", t.Day(),
		"Month", v.Text("date.month."+strconv.Itoa(int(t.Month()))),
		"Year", t.Year())
}

// Moment is a date and a time of day: "Tue 22 Dec, 19:00". A platform may show
// it in the reader's own time.
func (v *Voice) Moment(t, now time.Time) bot.Spans {
	s := v.Text("date.moment", "Day", v.Day(t, now), "Time", t.Format("15:04"))
	return bot.Spans{{Text: s, At: t}}
}

// List joins things as a sentence does: "Ana, Ben and Cem".
func (v *Voice) List(items []string) string {
	switch len(items) {
	case 0:
		return ""
	case 1:
		return items[0]
	}
	last := len(items) - 1
	return v.Text("list.and", "Head", strings.Join(items[:last], v.Text("list.comma")), "Last", items[last])
}

// Range is a run of ¶ numbers: "¶ 12" or "¶ 12–14".
func (v *Voice) Range(first, last int) string {
	if first == last {
		return "¶ " + strconv.Itoa(first)
	}
	return "¶ " + strconv.Itoa(first) + "–" + strconv.Itoa(last)
}

// Ordinal is "37th" in the voice's language.
func (v *Voice) Ordinal(n int) string {
	return v.Text("ordinal."+ordinalForm(n), "N", n)
}

// ordinalForm is the form that a catalogue spells out, after the English
// endings; a language that has but one gives the same text for each.
func ordinalForm(n int) string {
	switch {
	case n%100 >= 11 && n%100 <= 13:
		return "th"
	case n%10 == 1:
		return "st"
	case n%10 == 2:
		return "nd"
	case n%10 == 3:
		return "rd"
	}
	return "th"
}
