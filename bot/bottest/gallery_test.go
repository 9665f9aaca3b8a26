package bottest

import (
	"testing"

	"lectern/bot"
)

// The gallery leaves out no kind of block, no style, and nothing that an action
// or a quotation can have.
func TestGalleryIsWhole(t *testing.T) {
	has := map[string]bool{}
	spans := func(s bot.Spans) {
		for _, x := range s {
			for i, name := range []string{"strong", "emphasis", "code", "marked", "struck", "typed"} {
				has[name] = has[name] || x.Style&(1<<i) != 0
			}
			has["link"] = has["link"] || x.Link != ""
			has["instant"] = has["instant"] || !x.At.IsZero()
		}
	}
	for _, r := range Gallery() {
		spans(r.Title)
		has["image"], has["file"] = has["image"] || r.Image != nil, has["file"] || r.File != nil
		for _, a := range r.Actions {
			has["react"], has["ask"] = has["react"] || a.React != "", has["ask"] || a.Ask != ""
			has["primary"], has["danger"] = has["primary"] || a.Primary, has["danger"] || a.Danger
		}
		for _, b := range r.Blocks {
			has[string(b.Kind)] = true
			spans(b.Text)
			for _, item := range b.Items {
				spans(item)
			}
			if q := b.Quote; q != nil {
				has["fixed"], has["block"], has["attribution"] = has["fixed"] || q.Fixed, has["block"] || q.Block, has["attribution"] || q.Attribution != ""
			}
		}
	}
	for _, want := range []bot.BlockKind{
		bot.Paragraph, bot.Quoted, bot.Bullets, bot.Numbers, bot.Table, bot.Bar, bot.Spoiler, bot.Small,
		"strong", "emphasis", "code", "marked", "struck", "typed", "link", "instant", "image", "file", "react", "ask", "primary", "danger", "fixed", "block", "attribution",
	} {
		if !has[string(want)] {
			t.Errorf("the gallery has no %s", want)
		}
	}
}
