package discordtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The kinds of interactions.
const (
	kindCommand      = 2
	kindComponent    = 3
	kindAutocomplete = 4
	kindModal        = 5
)

// The kinds of answers.
const (
	AnswerPong            = 1
	AnswerMessage         = 4
	AnswerDeferred        = 5
	AnswerDeferredUpdate  = 6
	AnswerUpdate          = 7
	AnswerChoices         = 8
	AnswerModal           = 9
	answerWithin          = 3 * time.Second
	interactionTokenLives = 15 * time.Minute
)

// An Interaction is something that a person did and that the bot is to answer.
type Interaction struct {
	s      *Server
	id     string
	token  string
	kind   int
	name   string // of the command
	user   *user
	ch     *channel
	on     *Message     // component: the message that it is on
	opener *Interaction // modal: what the form answered
	data   object
	made   time.Time

	answered  time.Time
	answer    int // the kind of the first answer
	original  *Message
	followUps []*Message
	modal     *Modal
	choices   []Choice
	callbacks int // that were tried
	refused   int // of those
	edits     int
}

// A Modal is a form as a person sees it.
type Modal struct {
	CustomID, Title string
	Fields          []Field
	Texts           []string
	raw             object
	in              *Interaction
}

// A Field is one field of a form.
type Field struct {
	CustomID, Label, Description string
	Type                         int // 4 text, 3 menu, 5 to 8 users, roles, mentionables, channels, 19 file
	Value, Placeholder           string
	Required, Paragraph          bool
	Min, Max                     int
	Options                      []SelectOption
}

// A Choice is what the bot offers while one types.
type Choice struct {
	Name  string
	Value any // string or float64
}

// An Outcome is what a person sees of an interaction.
type Outcome struct {
	// Kind is the first answer's: AnswerMessage, AnswerDeferred, …; 0 for none.
	Kind int
	// Message is the answer as it stands: a new message, or the one whose
	// button was pressed. While Loading there is nothing in it yet.
	Message   *Message
	FollowUps []*Message
	Modal     *Modal
	Choices   []Choice
	// Took is how long the first answer took on the server's clock.
	Took time.Duration
	// Callbacks are the answers that were tried, Refused those among them that
	// were not taken; Edits those of the answer.
	Callbacks, Refused, Edits int
}

// Done reports whether a person sees more than "is thinking…".
func (o Outcome) Done() bool {
	switch o.Kind {
	case 0:
		return false
	case AnswerDeferred:
		return o.Message == nil || !o.Message.Loading() // deleted, or filled in
	case AnswerDeferredUpdate:
		return o.Edits > 0 || len(o.FollowUps) > 0
	}
	return true
}

// ID is the interaction's.
func (in *Interaction) ID() string { return in.id }

// Made is when it happened, on the server's clock.
func (in *Interaction) Made() time.Time { return in.made }

// Outcome is what the person sees now.
func (in *Interaction) Outcome() Outcome {
	in.s.mu.Lock()
	defer in.s.mu.Unlock()
	o := Outcome{Kind: in.answer, Modal: in.modal, Choices: slices.Clone(in.choices), Callbacks: in.callbacks, Refused: in.refused, Edits: in.edits}
	if !in.answered.IsZero() {
		o.Took = in.answered.Sub(in.made)
	}
	if in.original != nil && !in.original.Deleted {
		o.Message = in.original.view()
	}
	for _, m := range in.followUps {
		if !m.Deleted {
			o.FollowUps = append(o.FollowUps, m.view())
		}
	}
	return o
}

// ErrUnanswered is what Wait returns when nothing but "is thinking…" was seen.
var ErrUnanswered = errors.New("discordtest: the interaction was not answered")

// Wait waits until the person sees an answer. When ctx ends before, the error
// is ErrUnanswered.
func (in *Interaction) Wait(ctx context.Context) (Outcome, error) {
	var o Outcome
	err := in.s.Until(ctx, func() bool {
		o = in.Outcome()
		return o.Done()
	})
	if err != nil {
		return o, fmt.Errorf("%w after %s: %w", ErrUnanswered, in, err)
	}
	return o, nil
}

func (in *Interaction) String() string {
	return fmt.Sprintf("%s by %s (answer %d, callbacks %d)", in.name, in.user.Name, in.answer, in.callbacks)
}

// owners say for whom the application is there: the guild, the person.
func (in *Interaction) owners(s *Server) object {
	out := object{}
	if in.ch.guild != nil && in.ch.guild.members[s.app.bot.ID] != nil {
		out["0"] = in.ch.guild.id
	} else if in.ch.kind == Direct {
		out["0"] = "0"
	}
	if in.user.installed {
		out["1"] = in.user.ID
	}
	return out
}

// metadata describes the interaction in a message that answers it.
func (in *Interaction) metadata(s *Server) object {
	out := object{"id": in.id, "type": in.kind, "user": in.user.json(), "authorizing_integration_owners": in.owners(s)}
	if in.kind == kindComponent {
		out["interacted_message_id"] = in.on.ID
	}
	return out
}

// raise sends an interaction to the bot.
func (s *Server) raise(in *Interaction) *Interaction {
	in.s, in.id, in.made = s, s.newID(), s.time()
	in.token = "aW50ZXJhY3Rpb24." + in.id + s.newID()
	s.interactions[in.id] = in
	s.byToken[in.token] = in
	d := object{
		"id": in.id, "application_id": s.app.id, "type": in.kind, "data": in.data, "token": in.token, "version": 1,
		"channel_id": in.ch.id, "channel": in.ch.json(s), "locale": in.user.Locale, "entitlements": []any{}, "entitlement_sku_ids": []any{},
		"authorizing_integration_owners": in.owners(s), "attachment_size_limit": maxFile, "app_permissions": s.rights(in.ch, s.app.bot.ID).String(),
	}
	context := 1
	if g := in.ch.guild; g != nil {
		context = 0
		d["guild_id"] = g.id
		d["guild"] = object{"id": g.id, "locale": g.locale, "features": []any{}}
		d["guild_locale"] = g.locale
		if g.members[s.app.bot.ID] == nil {
			d["app_permissions"] = (EmbedLinks | AttachFiles | MentionEveryone).String()
		}
		m := g.members[in.user.ID]
		member := m.json(true)
		member["permissions"] = s.rights(in.ch, in.user.ID).String()
		d["member"] = member
	} else {
		d["user"] = in.user.json()
	}
	d["context"] = context
	if in.on != nil {
		d["message"] = in.on.json(s)
	}
	g := in.ch.guild
	if g != nil && g.members[s.app.bot.ID] == nil {
		g = nil // by a person's own installation
	}
	s.dispatch(g, 0, "INTERACTION_CREATE", d)
	s.bump()
	return in
}

// callback is the first answer to an interaction.
func (s *Server) callback(c *call) (any, error) {
	in := s.interactions[c.vars["interaction_id"]]
	if in == nil || in.token != c.vars["interaction_token"] {
		return nil, unknownInteract
	}
	in.callbacks++
	if err := s.mayAnswer(in, c); err != nil {
		in.refused++
		return nil, err
	}
	kind := num(c.body, "type")
	data, _ := c.body["data"].(object)
	in.answer, in.answered = kind, s.time()
	switch kind {
	case AnswerMessage, AnswerDeferred:
		m := s.compose(c, data, in.ch)
		m.Type, m.in = 0, in
		if in.kind == kindCommand && num(in.data, "type") == commandChat {
			m.Type = 20
		}
		if in.kind == kindComponent {
			m.ReplyTo, m.Type = in.on.ID, 0
		}
		if kind == AnswerDeferred {
			m.Flags = m.Flags&FlagEphemeral | FlagLoading
		}
		if m.Ephemeral() {
			m.For = in.user.ID
			m.Pings = nil
		}
		in.original = m
		s.publish(in.ch, m)
	case AnswerDeferredUpdate:
		in.original = in.target()
	case AnswerUpdate:
		m := in.target()
		if err := s.checkEdit(c, m); err != nil {
			in.answer, in.answered = 0, time.Time{}
			in.refused++
			return nil, err
		}
		s.revise(c, data, m)
		m.Edited = s.time()
		in.original = m
		in.edits++
		s.tellMessage(in.ch, "MESSAGE_UPDATE", m)
	case AnswerChoices:
		for _, o := range objects(data, "choices") {
			in.choices = append(in.choices, Choice{Name: str(o, "name"), Value: o["value"]})
		}
	case AnswerModal:
		in.modal = modalOf(in, data)
	}
	s.bump()
	if c.query.Get("with_response") != "true" {
		c.status = 204
		return nil, nil
	}
	is := object{"id": in.id, "type": in.kind, "response_message_loading": kind == AnswerDeferred}
	if in.original != nil {
		is["response_message_id"] = in.original.ID
		is["response_message_ephemeral"] = in.original.Ephemeral()
	}
	resource := object{"type": kind}
	if in.original != nil && kind != AnswerDeferredUpdate {
		resource["message"] = in.original.json(s)
	}
	return object{"interaction": is, "resource": resource}, nil
}

// target is the message whose component was used, also through a form.
func (in *Interaction) target() *Message {
	if in.kind == kindModal && in.opener != nil {
		return in.opener.on
	}
	return in.on
}

// mayAnswer says whether an interaction can be answered, and so.
func (s *Server) mayAnswer(in *Interaction, c *call) error {
	if in.answer != 0 {
		return alreadyAnswered
	}
	if s.time().Sub(in.made) > answerWithin {
		return unknownInteract
	}
	ok := false
	switch num(c.body, "type") {
	case AnswerMessage, AnswerDeferred:
		ok = in.kind != kindAutocomplete
	case AnswerDeferredUpdate, AnswerUpdate:
		ok = in.kind == kindComponent || in.kind == kindModal && in.opener.on != nil
	case AnswerChoices:
		ok = in.kind == kindAutocomplete
	case AnswerModal:
		ok = in.kind == kindCommand || in.kind == kindComponent
	}
	if !ok {
		return malformed(WrongAnswer, "type", fmt.Sprintf("An interaction of type %d cannot be answered with type %v", in.kind, c.body["type"]))
	}
	return nil
}

// interactionOf is the interaction whose token stands in a webhook's path.
func (s *Server) interactionOf(c *call) (*Interaction, error) {
	if c.vars["webhook_id"] != s.app.id {
		return nil, unknownWebhook
	}
	in := s.byToken[c.vars["webhook_token"]]
	if in == nil || s.time().Sub(in.made) >= interactionTokenLives {
		return nil, badToken
	}
	if in.answer == 0 {
		return nil, unknownWebhook // there is none before the first answer
	}
	return in, nil
}

// followUp is another message in answer to an interaction.
func (s *Server) followUp(c *call) (any, error) {
	in, err := s.interactionOf(c)
	if err != nil {
		return nil, err
	}
	if in.answer == AnswerChoices || in.answer == AnswerModal {
		return nil, unknownWebhook
	}
	// The first follow-up to a deferred answer takes its place.
	if in.answer == AnswerDeferred && in.original.Loading() && !in.original.Deleted {
		s.fill(c, in)
		return in.original.json(s), nil
	}
	m := s.compose(c, c.body, in.ch)
	m.in = in
	if m.Ephemeral() {
		m.For, m.Pings = in.user.ID, nil
	}
	if in.original != nil {
		m.ReplyTo, m.Type = in.original.ID, 19
	}
	in.followUps = append(in.followUps, m)
	s.publish(in.ch, m)
	return m.json(s), nil
}

// fill puts an answer in the place of "is thinking…".
func (s *Server) fill(c *call, in *Interaction) {
	m := in.original
	m.Flags &^= FlagLoading
	s.revise(c, c.body, m)
	in.edits++
	if m.Ephemeral() {
		m.Pings = nil
	} else {
		s.tellMessage(in.ch, "MESSAGE_UPDATE", m)
	}
	s.bump()
}

// answerOf is the message that a webhook's path names.
func (s *Server) answerOf(c *call) (*Interaction, *Message, error) {
	in, err := s.interactionOf(c)
	if err != nil {
		return nil, nil, err
	}
	id := c.vars["message_id"]
	if id == "@original" {
		if in.original == nil || in.original.Deleted {
			return nil, nil, unknownMessage
		}
		return in, in.original, nil
	}
	if in.original != nil && in.original.ID == id && !in.original.Deleted {
		return in, in.original, nil
	}
	for _, m := range in.followUps {
		if m.ID == id && !m.Deleted {
			return in, m, nil
		}
	}
	return nil, nil, unknownMessage
}

func (s *Server) getFollowUp(c *call) (any, error) {
	_, m, err := s.answerOf(c)
	if err != nil {
		return nil, err
	}
	return m.json(s), nil
}

func (s *Server) editFollowUp(c *call) (any, error) {
	in, m, err := s.answerOf(c)
	if err != nil {
		return nil, err
	}
	if err := s.checkEdit(c, m); err != nil {
		return nil, err
	}
	if m == in.original && m.Loading() {
		s.fill(c, in)
		return m.json(s), nil
	}
	s.revise(c, c.body, m)
	m.Edited = s.time()
	in.edits++
	s.tellMessage(in.ch, "MESSAGE_UPDATE", m)
	s.bump()
	return m.json(s), nil
}

func (s *Server) deleteFollowUp(c *call) (any, error) {
	in, m, err := s.answerOf(c)
	if err != nil {
		return nil, err
	}
	s.remove(in.ch, m)
	c.status = 204
	return nil, nil
}

// Forget drops the interactions that were answered, so that a long run of them
// needs no memory; it says how many it dropped.
func (s *Server) Forget(before time.Time) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, in := range s.interactions {
		if in.answer != 0 && in.made.Before(before) {
			delete(s.interactions, id)
			delete(s.byToken, in.token)
			n++
		}
	}
	return n
}
