package bot

import (
	"context"
	"time"
)

// A Role is what a person may do in a room's group.
type Role int

// The roles, each of which includes those before it.
const (
	Guest     Role = iota // anybody in the room
	Member                // reads along
	Organiser             // looks after the group
)

// A Command is one thing that people can say. Help, permission, completion,
// text parsing and the reference page all derive from this declaration.
type Command struct {
	Name    string // "plan create": lower case, words parted by one space
	Family  string // the heading in help it stands under
	Summary string // one line, in English; a catalogue may say it in others
	Params  []Param
	Who     Role
	// Anywhere is true when the room needs no group.
	Anywhere bool
	// Form is true when parameters that are missing are asked one by one,
	// optional ones too.
	Form bool
	// Hidden commands stand behind buttons and are not listed.
	Hidden bool
	// InReply commands are understood without prefix or name in an answer to
	// one of the bot's own posts: "at 42".
	InReply bool
	// TakesFile commands get the file that was sent with the event, or that the
	// message holds which it answers. Others see none.
	TakesFile bool
	// Brief marks those that the first help shows to each role.
	Brief bool
	// React is the reaction on a post that runs the command with Request.On
	// set to that post; taking it back runs it with Request.Undo.
	React string
	// Votes is true of the command that numbers as reactions run, as React does.
	Votes bool
	// Menu is what the command is called in the menu of a message, on
	// platforms that have one: it is run with that message as Request.Quoted.
	Menu string
	// Example is a line that works in the demo.
	Example string
	// May refuses a request before anything is asked; nil refuses none.
	May func(ctx context.Context, r *Request) error
	Run func(ctx context.Context, r *Request) (Reply, error)
}

// A Param is one typed parameter of a command.
type Param struct {
	Name     string
	Type     Type
	Summary  string
	Required bool
	// Rest takes all that remains of a line; only the last may.
	Rest bool
	// Named parameters are typed by name alone: "plan:3".
	Named bool
	// Button parameters are filled in by buttons; nobody is offered them.
	Button  bool
	Choices []Choice // Type Choice
	// Complete offers values as one types; nil offers Choices.
	Complete func(ctx context.Context, r *Request, prefix string) []Choice
	// Check says whether a value will do, before the command runs, and what
	// was understood. A form asks again after an error.
	Check func(ctx context.Context, r *Request, value string) (Spans, error)
}

// A Type is what a parameter's value is.
type Type string

// The types. They differ in how a platform asks and completes; a value is
// text until the command reads it.
const (
	String   Type = "string"
	Text     Type = "text" // may be long
	Integer  Type = "integer"
	Boolean  Type = "boolean"
	Date     Type = "date"
	Citation Type = "citation"
	WorkName Type = "work"
	OneOf    Type = "choice"
	Person   Type = "member"
	ForumID  Type = "forum" // a room of a Forum
)

// An Invocation is a command with its arguments, as a button carries it.
type Invocation struct {
	Command string            `json:"command"`
	Args    map[string]string `json:"args,omitempty"`
}

// An Event is what a platform heard, before anybody knows what it means. One
// of Text, Invocation and Reaction is set.
type Event struct {
	// Key names the event for ever: the same event delivered twice has the
	// same key. It is at most 255 bytes and begins with the platform's name.
	Key     string
	At      time.Time // when it was said
	Room    Room
	Account Account
	Thread  string
	// Direct is true when nobody else can read the room.
	Direct bool
	// Addressed is true when the words are certainly for the bot: a prefix or
	// its name was taken off Text, or it was said to the bot alone.
	Addressed bool
	// Overheard is true for running talk that the platform shows though it was
	// for nobody in particular: what a person said for the first time. Edits
	// are none, and what other bots say is none.
	Overheard  bool
	Text       string
	Invocation *Invocation
	Reaction   *Reaction
	// ReplyTo is the message that was answered.
	ReplyTo MessageID
	// ReplyKey is the key that it was posted under, if it is the bot's and the
	// platform knows.
	ReplyKey string
	// Quoted is what that message says, if it is somebody's and the words are
	// for the bot: it is not stored, and goes to no log.
	Quoted string
	// File was sent along, or Fetch gets it from where it lies; both are nil
	// where there is no file.
	File  *File
	Fetch Fetch
	// Abilities are what the bot may do in the room, where the platform says
	// so with the event.
	Abilities []Ability
}

// A Reaction is an emoji put on a message, or taken back.
type Reaction struct {
	Message MessageID
	Emoji   string // without U+FE0F
	Removed bool
}

// A Request is an event that was understood: which command, by whom.
type Request struct {
	Event
	Command *Command
	Args    Args
	Role    Role
	// Group is the group whose room it is, 0 for none. What is said to the bot
	// alone is about the group that the person was last answered about.
	Group int64
	// Home is the group's room that the request is about: Room, unless it was
	// said to the bot alone.
	Home Room
	// Person is the account's identity across platforms.
	Person int64
	// Language is the one to answer in, BCP 47.
	Language string
	// On is the post that a reaction or a reply was about.
	On   MessageID
	Undo bool
}

// Args are a request's arguments by the parameter's name.
type Args map[string]string

// Get is the value of a parameter, "" if it was not given.
func (a Args) Get(name string) string { return a[name] }

// An Error is a refusal that the person sees. Everything else that a command
// returns is shown as an internal error and logged whole.
type Error struct {
	Code    string // as the command line prints it: "forbidden", "syntax"
	Message Spans
	// Param is the parameter at fault, if one is; a form asks it again.
	Param   string
	Actions []Action
}

func (e *Error) Error() string { return e.Code + ": " + e.Message.String() }
