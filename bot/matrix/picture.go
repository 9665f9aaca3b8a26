package matrix

import (
	"bytes"
	"image"
	_ "image/jpeg" // pictures may be that
	"image/png"

	"golang.org/x/image/draw"
	"maunium.net/go/mautrix/event"

	"lectern/bot"
)

// maxThumb is how many pixels a thumbnail has on its longer side, and a picture
// that needs none. Homeservers make thumbnails themselves, but not of what is
// encrypted.
const maxThumb = 480

// picture is what a message says of a picture, and its thumbnail, nil if it needs
// none or nobody here can make one.
func picture(x *bot.Image) (info *event.FileInfo, thumb *bot.File) {
	info = &event.FileInfo{MimeType: x.MIME, Size: len(x.Data)}
	size, _, err := image.DecodeConfig(bytes.NewReader(x.Data))
	if err != nil || size.Width < 1 || size.Height < 1 {
		return info, nil
	}
	info.Width, info.Height = size.Width, size.Height
	longer := max(size.Width, size.Height)
	if longer <= maxThumb {
		return info, nil
	}
	whole, _, err := image.Decode(bytes.NewReader(x.Data))
	if err != nil {
		return info, nil
	}
	small := image.NewRGBA(image.Rect(0, 0, max(size.Width*maxThumb/longer, 1), max(size.Height*maxThumb/longer, 1)))
	draw.CatmullRom.Scale(small, small.Bounds(), whole, whole.Bounds(), draw.Src, nil)
	var b bytes.Buffer
	if err := png.Encode(&b, small); err != nil {
		return info, nil
	}
	info.ThumbnailInfo = &event.FileInfo{MimeType: "image/png", Size: b.Len(), Width: small.Rect.Dx(), Height: small.Rect.Dy()}
	return info, &bot.File{Name: "thumbnail.png", MIME: "image/png", Data: b.Bytes()}
}
