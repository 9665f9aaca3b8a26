package discord

import (
	"encoding/json"

	"github.com/bwmarrin/discordgo"
)

// A Message is what one message holds, as it goes over the wire, whether it is
// posted, edited or answers an interaction. The library's types for these have
// no nonce, no description of a file, and send fields that components exclude.
type Message struct {
	Flags           discordgo.MessageFlags           `json:"flags"`
	Components      []discordgo.MessageComponent     `json:"components"`
	AllowedMentions discordgo.MessageAllowedMentions `json:"allowed_mentions"`
	Attachments     []attachment                     `json:"attachments,omitempty"`
	Nonce           string                           `json:"nonce,omitempty"`
	EnforceNonce    bool                             `json:"enforce_nonce,omitempty"`
	Reference       *discordgo.MessageReference      `json:"message_reference,omitempty"`

	files []upload
}

// An attachment describes a file that goes along.
type attachment struct {
	ID          string `json:"id"` // the n of files[n]
	Filename    string `json:"filename"`
	Description string `json:"description,omitempty"`
}

// An upload is a file that goes along with a message. It may have to be sent
// more than once.
type upload struct {
	name, mime string
	data       []byte
}

// A text is a text display with a number, which the library's has not.
type text struct {
	discordgo.TextDisplay
	ID int
}

// MarshalJSON implements json.Marshaler.
func (t *text) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type    discordgo.ComponentType `json:"type"`
		ID      int                     `json:"id,omitempty"`
		Content string                  `json:"content"`
	}{t.Type(), t.ID, t.Content})
}

// within are the components that stand in another.
func within(c discordgo.MessageComponent) []discordgo.MessageComponent {
	switch c := c.(type) {
	case *discordgo.Container:
		return c.Components
	case *discordgo.ActionsRow:
		return c.Components
	}
	return nil
}

// number gives a component a number of ours.
func number(c discordgo.MessageComponent, id int) {
	switch c := c.(type) {
	case *text:
		c.ID = id
	case *discordgo.Container:
		c.ID = id
	case *discordgo.ActionsRow:
		c.ID = id
	case *discordgo.MediaGallery:
		c.ID = id
	case *discordgo.FileComponent:
		c.ID = id
	case *discordgo.Button:
		c.ID = id
	case *discordgo.SelectMenu:
		c.ID = id
	}
}

// A received message is one as it is read back. Only the numbers of its
// components count, whatever they are: the library refuses a whole page for
// one component that it does not know.
type received struct {
	ID         string     `json:"id"`
	Components []numbered `json:"components"`
	Content    string     `json:"content"`
	Poll       *poll      `json:"poll"`
}

type numbered struct {
	ID         int        `json:"id"`
	Components []numbered `json:"components"`
}
