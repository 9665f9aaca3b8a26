package discordtest

import (
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// modalOf is a form as a person sees it.
func modalOf(in *Interaction, data object) *Modal {
	m := &Modal{CustomID: str(data, "custom_id"), Title: str(data, "title"), raw: data, in: in}
	for _, c := range objects(data, "components") {
		switch kind(c) {
		case label:
			inner, _ := c["component"].(object)
			m.Fields = append(m.Fields, fieldOf(inner, str(c, "label"), str(c, "description")))
		case actionRow:
			for _, inner := range objects(c, "components") {
				m.Fields = append(m.Fields, fieldOf(inner, str(inner, "label"), ""))
			}
		case textDisplay:
			m.Texts = append(m.Texts, str(c, "content"))
		}
	}
	return m
}

func fieldOf(c object, name, description string) Field {
	f := Field{
		CustomID: str(c, "custom_id"), Label: name, Description: description, Type: kind(c), Value: str(c, "value"),
		Placeholder: str(c, "placeholder"), Required: true, Paragraph: num(c, "style") == 2, Min: num(c, "min_length"), Max: num(c, "max_length"),
	}
	if required, ok := c["required"].(bool); ok {
		f.Required = required
	}
	if isSelect(f.Type) || f.Type == fileUpload {
		sel := selectOf(c)
		f.Options, f.Min, f.Max = sel.Options, sel.Min, sel.Max
		if !f.Required {
			f.Min = 0
		}
	}
	return f
}

// Submit sends a form as the person to whom it was shown. values are by a
// field's custom_id or label: a string, a []string for menus, a File for
// uploads; what is left out keeps what stood in it.
func (s *Server) Submit(m *Modal, values map[string]any) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	used := 0
	resolved := object{}
	answers := map[string]object{}
	for _, f := range m.Fields {
		v, ok := values[f.CustomID]
		if !ok {
			v, ok = values[f.Label]
		}
		if ok {
			used++
		}
		a := object{"type": f.Type, "custom_id": f.CustomID}
		switch {
		case f.Type == textInput:
			text := f.Value
			if ok {
				text, ok = v.(string)
				if !ok {
					return nil, fmt.Errorf("discordtest: %q takes text", f.Label)
				}
			}
			n := utf8.RuneCountInString(text)
			limit := 4000
			if f.Max > 0 {
				limit = f.Max
			}
			if f.Required && n == 0 || n > 0 && n < f.Min || n > limit {
				return nil, fmt.Errorf("discordtest: %q does not take %d characters", f.Label, n)
			}
			a["value"] = text
		case f.Type == fileUpload:
			ids := []string{}
			if file, ok := v.(File); ok {
				at := Attachment{ID: s.newID(), Name: file.Name, MIME: file.MIME, Data: file.Data, ephemeral: true}
				at.URL = s.keep(m.in.ch.id, at)
				ids = append(ids, at.ID)
				resolved["attachments"] = object{at.ID: at.json()}
			} else if f.Required {
				return nil, fmt.Errorf("discordtest: %q needs a File", f.Label)
			}
			a["values"] = ids
		default:
			var picked []string
			switch v := v.(type) {
			case nil:
			case string:
				picked = []string{v}
			case []string:
				picked = v
			}
			if err := s.pickable(Select{Type: f.Type, Options: f.Options, Min: f.Min, Max: max(f.Max, 1)}, picked); err != nil {
				return nil, fmt.Errorf("%q: %w", f.Label, err)
			}
			a["values"] = append([]string{}, picked...)
			maps.Copy(resolved, s.resolve(f.Type, picked, m.in.ch))
		}
		answers[f.CustomID] = a
	}
	if used < len(values) {
		return nil, fmt.Errorf("discordtest: the form has no such field among %v", values)
	}
	components := []any{}
	for i, c := range objects(m.raw, "components") {
		switch kind(c) {
		case label:
			inner, _ := c["component"].(object)
			components = append(components, object{"type": label, "id": i + 1, "component": answers[str(inner, "custom_id")]})
		case actionRow:
			row := []any{}
			for _, inner := range objects(c, "components") {
				row = append(row, answers[str(inner, "custom_id")])
			}
			components = append(components, object{"type": actionRow, "id": i + 1, "components": row})
		case textDisplay:
			components = append(components, object{"type": textDisplay, "id": i + 1})
		}
	}
	data := object{"custom_id": m.CustomID, "components": components}
	if len(resolved) > 0 {
		data["resolved"] = resolved
	}
	in := &Interaction{kind: kindModal, name: m.Title, user: m.in.user, ch: m.in.ch, opener: m.in, data: data}
	if m.in.kind == kindComponent {
		in.on = m.in.on
	}
	return s.raise(in), nil
}

// Field is the field with a label or custom_id; ok is false when there is none.
func (m *Modal) Field(name string) (Field, bool) {
	i := slices.IndexFunc(m.Fields, func(f Field) bool { return f.CustomID == name || f.Label == name })
	if i < 0 {
		return Field{}, false
	}
	return m.Fields[i], true
}
