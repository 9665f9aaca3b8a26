package importer_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"lectern/library/importer"
)

// Characters that a text's encoding lacks are read by their numbers, brackets within
// a note end it not, and what is no mark stays.
func TestAozoraMarks(t *testing.T) {
	const frame = "題\n誰か\n\n［＃改ページ］［＃改ページ］［＃改ページ］\n"
	for line, want := range map[string]string{
		"※［＃「魚＋豊」、U+9C67、12-3］を焼く。":        "鱧を焼く。",
		"※［＃「木＋綯のつくり」、第3水準1-85-90］の木。":     "※の木。",
		"霧の｜ロンドン警視庁《スコットランドヤード》で。":         "霧のロンドン警視庁で。",
		"青空文庫《あおぞらぶんこ》は［＃「は」に傍点（［＃黒］）］よい。": "青空文庫はよい。",
		"｜ここに読みはない。":                       "｜ここに読みはない。",
		"［＃終わらない注記":                        "［＃終わらない注記",
		"〔e'tiquette〕と《》。":                 "〔e'tiquette〕と《》。",
	} {
		w, err := importer.Read(t.Context(), "x.txt", strings.NewReader(frame+line+"\n"), importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		same(t, line, textsOf(w), []string{want})
		if w.Title != "題" || w.Author != "誰か" {
			t.Errorf("%q by %q", w.Title, w.Author)
		}
	}
}

// Chinese titles stand in the same brackets, and are none of those marks.
func TestTitlesInBracketsAreNoReadings(t *testing.T) {
	w, err := importer.Read(t.Context(), "x.txt", strings.NewReader("他读《红楼梦》，又读《水浒传》。\n\n后来他读《西游记》和《三国演义》。\n"), importer.Options{Title: "x"})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "passages", textsOf(w), []string{"他读《红楼梦》，又读《水浒传》。", "后来他读《西游记》和《三国演义》。"})
}

// A line of marks that never end is read in one go, and an import of it stops when it
// is told to.
func TestAozoraMarksWithoutEnd(t *testing.T) {
	for _, mark := range []string{"［＃", "｜", "《", "字《", "※［＃U+9C67］"} {
		text := "題\n\n《》：ルビ\n" + strings.Repeat(mark, 1<<18)
		if _, err := importer.Read(t.Context(), "x.txt", strings.NewReader(text), importer.Options{}); err != nil {
			t.Errorf("%s: %v", mark, err)
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if _, err := importer.Read(ctx, "x.txt", strings.NewReader(text), importer.Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", mark, err)
		}
	}
}

func TestAozoraPages(t *testing.T) {
	const page = `<html xml:lang="ja"><head><title>作田一郎 灯台守</title><meta name="DC.Title" content="灯台守" /><meta name="DC.Creator" content="作田一郎" /></head><body><div class="metadata">
<h1 class="title">灯台守</h1>
<h2 class="author">作田一郎</h2>
<br /></div><div class="main_text"><br />
<div class="jisage_5"><h4 class="naka-midashi"><a id="midashi10">一</a></h4></div>
<br />
　<ruby><rb>灯台</rb><rp>（</rp><rt>とうだい</rt><rp>）</rp></ruby>の守は火を入れた。<br />
「もう火が入ったか」<br />
　<img src="a.png" alt="※(「魚＋灯」、第4水準2-93-77)" class="gaiji" />と<img alt="※(「魚＋豊」、U+9C67、12-3)" class="gaiji" />を焼いた。<span class="notes">［＃「焼いた」に傍点］</span><br />
<span class="notes">［＃改ページ］</span><br />
<div class="jisage_5"><h4 class="naka-midashi"><a id="midashi20">二</a></h4></div>
　冬が来た。<br />
</div>
<div class="bibliographical_information"><hr /><br />
底本：「灯台守全集」海辺書房<br />
入力：誰か<br />
</div>
<div class="notation_notes"><ul><li>このファイルは印のついたものです。</li></ul></div></body></html>`
	w, err := importer.Read(t.Context(), "x.html", strings.NewReader(page), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "passages", textsOf(w), []string{"灯台の守は火を入れた。", "「もう火が入ったか」", "※と鱧を焼いた。", "冬が来た。"})
	same(t, "outline", outlineOf(w), []string{"1  一", "1  二"})
	same(t, "title page", []string{w.Title, w.Author, w.Source}, []string{"灯台守", "作田一郎", "「灯台守全集」海辺書房"})
	if n := len(w.LeftOut); n != 4 {
		t.Errorf("%d pieces were left out: %+v", n, w.LeftOut)
	}
}
