package matrix

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"lectern/bot"
)

// A picture says how large it is, and one that is large has a thumbnail; what
// cannot be read as a picture goes out all the same.
func TestPicture(t *testing.T) {
	draw := func(width, height int) []byte {
		img := image.NewRGBA(image.Rect(0, 0, width, height))
		for x := range width {
			for y := range height {
				img.Set(x, y, color.RGBA{200, 10, 10, 255})
			}
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	large := draw(1200, 300)
	for _, c := range []struct {
		name                          string
		data                          []byte
		width, height, thumbW, thumbH int
	}{
		{"large", large, 1200, 300, 480, 120},
		{"high", draw(20, 9600), 20, 9600, 1, 480},
		{"small", draw(480, 100), 480, 100, 0, 0},
		{"cut off", large[:len(large)/2], 1200, 300, 0, 0},
		{"nothing", []byte{0x89}, 0, 0, 0, 0},
	} {
		info, thumb := picture(&bot.Image{Name: "x.png", MIME: "image/png", Data: c.data})
		if info.Width != c.width || info.Height != c.height || info.Size != len(c.data) || info.MimeType != "image/png" {
			t.Errorf("%s: %+v", c.name, info)
		}
		if thumb == nil {
			if c.thumbW != 0 || info.ThumbnailInfo != nil {
				t.Errorf("%s has no thumbnail", c.name)
			}
			continue
		}
		small, err := png.Decode(bytes.NewReader(thumb.Data))
		if err != nil || small.Bounds().Dx() != c.thumbW || small.Bounds().Dy() != c.thumbH || info.ThumbnailInfo.Width != c.thumbW || info.ThumbnailInfo.Size != len(thumb.Data) {
			t.Fatalf("%s: %v, %+v", c.name, err, info.ThumbnailInfo)
		}
		if r, g, _, _ := small.At(c.thumbW/2, c.thumbH/2).RGBA(); r>>8 < 190 || g>>8 > 20 {
			t.Errorf("%s: the thumbnail shows something else", c.name)
		}
	}
}
