package discord

// What is sent to Discord, and what is read of it. Of what Discord sends, only
// the fields that are used are read, so that what it adds breaks nothing.

// The kinds of components.
const (
	typeActionRow    = 1
	typeButton       = 2
	typeSelect       = 3
	typeTextInput    = 4
	typeTextDisplay  = 10
	typeMediaGallery = 12
	typeFile         = 13
	typeContainer    = 17
	typeLabel        = 18
)

// The styles of buttons and text inputs.
const (
	buttonPrimary   = 1
	buttonSecondary = 2
	buttonDanger    = 4

	inputShort     = 1
	inputParagraph = 2
)

// Flags of messages.
const (
	flagEphemeral    = 1 << 6
	flagComponentsV2 = 1 << 15
)

// A component is any of Discord's; the fields that its type has are set.
type component struct {
	Type int `json:"type"`
	// ID is ours where a post is to be found again.
	ID          int         `json:"id,omitempty"`
	CustomID    string      `json:"custom_id,omitempty"`
	Style       int         `json:"style,omitempty"`
	Label       string      `json:"label,omitempty"`
	Description string      `json:"description,omitempty"`
	Content     string      `json:"content,omitempty"`
	Placeholder string      `json:"placeholder,omitempty"`
	Required    *bool       `json:"required,omitempty"`
	MaxLength   int         `json:"max_length,omitempty"`
	Options     []option    `json:"options,omitempty"`
	Items       []mediaItem `json:"items,omitempty"`
	File        *media      `json:"file,omitempty"`
	Component   *component  `json:"component,omitempty"` // of a label
	Components  []component `json:"components,omitempty"`
	// Value and Values are what a person put in.
	Value  string   `json:"value,omitempty"`
	Values []string `json:"values,omitempty"`
}

// An option is one line of a select menu.
type option struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

type mediaItem struct {
	Media       media  `json:"media"`
	Description string `json:"description,omitempty"`
}

type media struct {
	URL string `json:"url"`
}

// mentions says who is pinged: nobody, and no author of what is answered.
type mentions struct {
	Parse       []string `json:"parse"`
	RepliedUser bool     `json:"replied_user"`
}

type reference struct {
	MessageID       string `json:"message_id"`
	FailIfNotExists bool   `json:"fail_if_not_exists"`
}

type attachment struct {
	ID          string `json:"id"` // the n of files[n]
	Filename    string `json:"filename"`
	Description string `json:"description,omitempty"`
}

// A Message is what one message holds, as it goes over the wire.
type Message struct {
	Flags           int          `json:"flags"`
	Components      []component  `json:"components"`
	AllowedMentions mentions     `json:"allowed_mentions"`
	Attachments     []attachment `json:"attachments,omitempty"`
	Nonce           string       `json:"nonce,omitempty"`
	EnforceNonce    bool         `json:"enforce_nonce,omitempty"`
	Reference       *reference   `json:"message_reference,omitempty"`

	files []upload
}

// An upload is a file that goes along with a message.
type upload struct {
	name, mime string
	data       []byte
}

// A received message is one as it is read back.
type received struct {
	ID         string      `json:"id"`
	Components []component `json:"components"`
}
