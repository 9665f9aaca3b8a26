package main

import (
	"bytes"
	"image/color"
	"image/png"
	"os"
	"testing"

	"lectern/bot"
	"lectern/bot/bottest"
)

// The plan's picture shows each reading, and who cannot see it is told the same
// in words. PICTURE names a file to look at it.
func TestPlanPicture(t *testing.T) {
	f := newFakeStage(t, nil).(*fakeStage)
	for _, line := range []string{`/group setup name:x city:UTC place:- length:-`, `/plan create handbook "thu 19:00" 4`, "/plan publish"} {
		f.Say(t, "ana", line)
	}
	for _, who := range []string{"ana", "ben"} {
		f.Say(t, who, "/done")
	}
	e := bot.Event{Key: "fake:picture", At: f.clock.now(), Room: bot.Room{Platform: bottest.FakeName, ID: "room"}, Account: account(bottest.FakeName, "ben"), Text: "plan picture", Addressed: true}
	reply, _ := f.house.dispatcher.Handle(t.Context(), e)
	if reply.Image == nil || reply.Image.MIME != "image/png" || reply.Title.String() != "Reading Together at a glance" {
		t.Fatalf("answered %+v", reply)
	}
	if name := os.Getenv("PICTURE"); name != "" {
		if err := os.WriteFile(name, reply.Image.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const want = "Reading Together at a glance. 1: by Thu 26 Nov, 1,085 words, read by 2, being read now. 2: by Thu 3 Dec, 981 words. 3: by Thu 10 Dec, 1,000 words. 4: by Thu 17 Dec, 1,074 words."
	if reply.Image.Alt != want {
		t.Errorf("in words\n%s\nwant\n%s", reply.Image.Alt, want)
	}
	img, err := png.Decode(bytes.NewReader(reply.Image.Data))
	if err != nil {
		t.Fatal(err)
	}
	// Bars in two colours, and as many points as have read.
	begun, ahead, read := color.RGBA{0x8a, 0x6d, 0x3b, 0xff}, color.RGBA{0xd8, 0xcd, 0xb8, 0xff}, color.RGBA{0x2f, 0x6f, 0x62, 0xff}
	width, bars, points := img.Bounds().Dx(), "", 0
	var last color.RGBA
	for y := range img.Bounds().Dy() {
		is, _ := color.RGBAModel.Convert(img.At(440, y)).(color.RGBA)
		if is != last && is == begun {
			bars += "b"
		} else if is != last && is == ahead {
			bars += "a"
		}
		last = is
	}
	inside := false
	for x := range width {
		is, _ := color.RGBAModel.Convert(img.At(x, 66)).(color.RGBA)
		if is == read && !inside {
			points++
		}
		inside = is == read
	}
	if bars != "baaa" || points != 2 {
		t.Errorf("the bars are %q, and %d have read it", bars, points)
	}
}
