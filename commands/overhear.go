package commands

import (
	"context"
	"strings"
	"unicode/utf8"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/reading"
	"lectern/storage"
)

const (
	maxOverheard   = 3   // citations of one message that are looked up
	overheardRunes = 600 // characters of each that are shown
)

// overhear looks up the citations in brackets that running talk holds, where
// the group wants it or the bot is spoken to: "Look at [wright 12]". Nothing else
// in what people say to each other is read, and what is no citation is passed over
// in silence.
func (k *Desk) overhear(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	if r.Group == 0 || !strings.Contains(r.Text, "[") {
		return bot.Reply{}, bot.Quiet()
	}
	wanted := false
	err := k.DB.Read(ctx, func(tx *storage.Tx) error {
		g, err := tx.Group(ctx, reading.GroupID(r.Group))
		wanted = g.Brackets
		return err
	})
	if err != nil {
		return bot.Reply{}, err
	}
	if !wanted && !r.Addressed {
		return bot.Reply{}, bot.Quiet()
	}
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	refs, err := shelf.InText(r.Text, maxOverheard)
	if err != nil {
		return bot.Reply{}, err
	}
	if len(refs) == 0 {
		return bot.Reply{}, bot.Quiet()
	}
	var reply bot.Reply
	for _, ref := range refs {
		if err := k.inShort(ctx, r, ref, &reply); err != nil {
			return bot.Reply{}, err
		}
		k.recent.add(r, ref.Canonical())
	}
	return reply, nil
}

// inShort adds the beginning of what a reference names, and a button to the
// whole where there is more.
func (k *Desk) inShort(ctx context.Context, r *bot.Request, ref library.Ref, reply *bot.Reply) error {
	pieces, o := ref.Pieces(), ref.Work
	if len(pieces) == 0 {
		return nil
	}
	texts, err := k.texts(ctx, o, pieces[:1])
	if err != nil {
		return err
	}
	first := pieces[0]
	if utf8.RuneCountInString(texts[0].Text) > overheardRunes {
		first = cutTo(o, first, texts[0].Text, overheardRunes)
	}
	if spot := &o.Passages[first.Index]; spot.Kind == library.Chapter { // there are no words to show
		v := k.voice(r)
		reply.Blocks = append(reply.Blocks, bot.Para(workTitle(v, &o.Meta)), bot.Para(bot.Plain(strings.Trim(o.SectionName(spot.Section)+" · "+delivery.Extent(v, &o.Meta, spot.Number, spot.Number, spot.Words), " ·"))))
		return nil
	}
	b := quoted(o, first, &texts[0])
	b.Quote.Citation = o.CitePiece(first)
	reply.Blocks = append(reply.Blocks, bot.Para(workTitle(k.voice(r), &o.Meta)), b)
	label := ref.Canonical()
	if len(pieces) > 1 || first != pieces[0] {
		label = k.voice(r).Text("action.all_of", "Citation", label)
	}
	reply.Actions = append(reply.Actions, bot.Action{Label: label, Do: bot.Invocation{Command: "passage", Args: map[string]string{"citation": ref.Canonical()}}})
	return nil
}
