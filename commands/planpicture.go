package commands

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strconv"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"lectern/bot"
	"lectern/delivery"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// planPicture shows the plan at a glance: how long each reading is, where the
// group stands, and how many have read what.
func (k *Desk) planPicture(ctx context.Context, r *bot.Request) (reply bot.Reply, err error) {
	v := k.voice(r)
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		p, err := k.plan(ctx, tx, r, reading.Draft, reading.Ended, reading.Paused, reading.Published)
		if err != nil {
			return err
		}
		loc, err := reading.LoadZone(p.Zone)
		if err != nil {
			return err
		}
		members, err := tx.Members(ctx, p.Group)
		if err != nil {
			return err
		}
		ins, err := tx.CheckIns(ctx, p.ID)
		if err != nil {
			return err
		}
		visible := delivery.Visibility(members)
		rows := make([]pictureRow, len(p.Readings))
		now := -1
		for i := range p.Readings {
			x := &p.Readings[i]
			row := pictureRow{n: x.N, day: v.Day(x.Due.At.In(loc), k.Now()), begun: x.State != reading.Ahead}
			for _, portion := range x.Portions {
				row.words += portion.Words
			}
			if row.begun {
				row.read = reading.BoardOf(*x, delivery.CheckIns(ins), visible).Read
			}
			if x.State == reading.Open {
				row.now, now = true, i
			}
			rows[i] = row
		}
		rows = aroundRow(rows, now)
		alt := inWords(v, p.Name, rows)
		data, err := drawPlan(rows, v.Text("picture.legend"))
		if err != nil {
			return err
		}
		reply = bot.Reply{Title: v.Say("picture.title", "Plan", p.Name), Image: &bot.Image{Name: "plan.png", MIME: "image/png", Data: data, Alt: alt}}
		return nil
	})
	return reply, err
}

// A pictureRow is a reading as the picture shows it.
type pictureRow struct {
	n     int
	day   string // by which to read
	words int
	read  int // how many have read it
	begun bool
	now   bool // the group is reading it
}

// maxRows is how many readings a picture shows.
const maxRows = 40

// aroundRow are the rows about the one that counts now, -1 for none.
func aroundRow(rows []pictureRow, now int) []pictureRow {
	if len(rows) <= maxRows {
		return rows
	}
	from := min(max(now-maxRows/4, 0), len(rows)-maxRows)
	return rows[from : from+maxRows]
}

// inWords says what the picture shows, for who cannot see it.
func inWords(v *phrases.Voice, plan string, rows []pictureRow) string {
	lines := []string{v.Text("picture.alt", "Plan", plan)}
	for _, x := range rows {
		read, now := any(""), any("")
		if x.read > 0 {
			read = v.Text("picture.read", "Count", x.read)
		}
		if x.now {
			now = v.Text("picture.now")
		}
		lines = append(lines, v.Text("picture.row", "N", x.n, "Day", x.day, "Words", v.Text("count.words", "Count", x.words), "Read", read, "Now", now))
	}
	return strings.Join(lines, " ")
}

// Sizes and colours of the picture, in pixels; it is drawn for screens that show
// two for one. Ink and quiet stand out from the paper by 15 and 5 to 1.
const (
	pictureWidth = 1280
	rowHeight    = 60
	pictureEdge  = 36
	numberEnd    = pictureEdge + 56
	dayBegin     = numberEnd + 24
	barBegin     = dayBegin + 240
	barLength    = 500
	wordsGap     = 12
	dotsEnd      = pictureWidth - pictureEdge
	dotSize      = 14
	dotStep      = 20
	maxDots      = 10
	letterSize   = 27
)

var (
	paper  = color.RGBA{0xfd, 0xfc, 0xf9, 0xff}
	ink    = color.RGBA{0x22, 0x22, 0x22, 0xff}
	quiet  = color.RGBA{0x6b, 0x5a, 0x3c, 0xff}
	ahead  = color.RGBA{0xd8, 0xcd, 0xb8, 0xff}
	begun  = color.RGBA{0x8a, 0x6d, 0x3b, 0xff}
	lit    = color.RGBA{0xf3, 0xea, 0xd8, 0xff}
	readBy = color.RGBA{0x2f, 0x6f, 0x62, 0xff}
)

// drawPlan draws rows as a PNG, with a line below that says what is what. Of
// texts it draws only numbers, days and that line, which the font has; titles
// may be in any script.
func drawPlan(rows []pictureRow, legend string) ([]byte, error) {
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("commands: %w", err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: letterSize, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, fmt.Errorf("commands: %w", err)
	}
	defer face.Close()
	img := image.NewRGBA(image.Rect(0, 0, pictureWidth, 2*pictureEdge+(len(rows)+1)*rowHeight))
	fill(img, img.Bounds(), paper)
	write := func(s string, x, y int, c color.Color) (width int) {
		d := font.Drawer{Dst: img, Src: image.NewUniform(c), Face: face, Dot: fixed.P(x, y+rowHeight/2+letterSize/3)}
		d.DrawString(s)
		return (d.Dot.X - fixed.I(x)).Ceil()
	}
	most := 1
	for _, x := range rows {
		most = max(most, x.words)
	}
	for i, x := range rows {
		y := pictureEdge + i*rowHeight
		if x.now {
			fill(img, image.Rect(pictureEdge/2, y, pictureWidth-pictureEdge/2, y+rowHeight), lit)
		}
		number := strconv.Itoa(x.n)
		write(number, numberEnd-font.MeasureString(face, number).Ceil(), y, ink)
		write(x.day, dayBegin, y, ink)
		bar, c := max(x.words*barLength/most, 2), ahead
		if x.begun {
			c = begun
		}
		fill(img, image.Rect(barBegin, y+rowHeight/4, barBegin+bar, y+rowHeight*3/4), c)
		write(strconv.Itoa(x.words), barBegin+bar+wordsGap, y, quiet)
		if x.read > maxDots {
			many := strconv.Itoa(x.read)
			width := font.MeasureString(face, many).Ceil()
			write(many, dotsEnd-width, y, readBy)
			dot(img, dotsEnd-width-dotStep, y+rowHeight/2, readBy)
			continue
		}
		for d := range x.read {
			dot(img, dotsEnd-dotSize/2-(x.read-1-d)*dotStep, y+rowHeight/2, readBy)
		}
	}
	write(legend, dayBegin, pictureEdge+len(rows)*rowHeight, quiet)
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img); err != nil {
		return nil, fmt.Errorf("commands: %w", err)
	}
	return b.Bytes(), nil
}

func fill(img draw.Image, r image.Rectangle, c color.Color) {
	draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
}

// dot draws a disc about a point.
func dot(img draw.Image, x, y int, c color.Color) {
	draw.DrawMask(img, image.Rect(x-dotSize/2, y-dotSize/2, x+dotSize/2, y+dotSize/2), image.NewUniform(c), image.Point{}, disc{}, image.Point{}, draw.Over)
}

// A disc is a mask of dotSize across, whose edge is smooth.
type disc struct{}

// ColorModel implements image.Image.
func (disc) ColorModel() color.Model { return color.AlphaModel }

// Bounds implements image.Image.
func (disc) Bounds() image.Rectangle { return image.Rect(0, 0, dotSize, dotSize) }

// At implements image.Image.
func (disc) At(x, y int) color.Color {
	const fine = 4 // each pixel is looked at in so many times so many places
	in := 0
	for i := range fine * fine {
		dx, dy := 2*(x*fine+i%fine)+1-dotSize*fine, 2*(y*fine+i/fine)+1-dotSize*fine
		if dx*dx+dy*dy <= dotSize*fine*dotSize*fine {
			in++
		}
	}
	return color.Alpha{uint8(in * 255 / (fine * fine))}
}
