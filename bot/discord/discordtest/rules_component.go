package discordtest

import (
	"net/url"
	"slices"
	"unicode/utf8"
)

// insides are the kinds of components that may stand in another; 0 is a
// message, -1 one of V2.
var insides = map[int][]int{
	0:         {actionRow},
	-1:        {actionRow, section, textDisplay, mediaGallery, fileComponent, separator, container},
	actionRow: {button, stringSelect, userSelect, roleSelect, mentionableSelect, channelSelect},
	container: {actionRow, section, textDisplay, mediaGallery, fileComponent, separator},
	section:   {textDisplay},
}

// fieldsOf are the fields of each kind of component, beside type and id.
var fieldsOf = map[int]string{
	actionRow:         "components",
	button:            "custom_id style label disabled url sku_id emoji",
	stringSelect:      "custom_id placeholder min_values max_values disabled options required",
	userSelect:        "custom_id placeholder min_values max_values disabled default_values required",
	roleSelect:        "custom_id placeholder min_values max_values disabled default_values required",
	mentionableSelect: "custom_id placeholder min_values max_values disabled default_values required",
	channelSelect:     "custom_id placeholder min_values max_values disabled default_values channel_types required",
	section:           "components accessory",
	textDisplay:       "content",
	thumbnail:         "media description spoiler",
	mediaGallery:      "items",
	fileComponent:     "file spoiler name size",
	separator:         "divider spacing",
	container:         "components accent_color spoiler",
	textInput:         "custom_id style label min_length max_length required value placeholder",
	label:             "label description component",
	fileUpload:        "custom_id min_values max_values required",
}

// components holds a message's components to the rules.
func (k *checker) components(body object, path string, v2 bool, as use) {
	all := list(body, "components")
	parent := 0
	if v2 {
		parent = -1
	} else if as == asEdit || as == asUpdate {
		// The message may be one of V2 already: checkEdit knows.
		for _, c := range objects(body, "components") {
			if isV2(kind(c)) {
				parent = -1
			}
		}
	}
	if parent == 0 && len(all) > 5 {
		k.add(RowCount, join(path, "components"), "Must be 5 or fewer in length.")
	}
	for i, v := range all {
		k.component(v, index(join(path, "components"), i), parent)
	}
	count, text := 0, 0
	ids, numbers := map[string]bool{}, map[int]bool{}
	walkComponents(all, func(c object, at string) {
		count++
		if kind(c) == textDisplay {
			text += utf8.RuneCountInString(str(c, "content"))
		}
		if id := str(c, "custom_id"); id != "" {
			if ids[id] {
				k.add(SameCustomID, join(path, join(at, "custom_id")), "Component custom id cannot be duplicated")
			}
			ids[id] = true
		}
		if n := num(c, "id"); n != 0 {
			if numbers[n] {
				k.add(SameID, join(path, join(at, "id")), "Component id cannot be duplicated")
			}
			numbers[n] = true
		}
	})
	if count > maxComponents {
		k.add(ComponentCount, join(path, "components"), "The total number of components (%d) is more than %d", count, maxComponents)
	}
	if text > maxV2Text {
		k.add(V2Text, join(path, "components"), "The total displayable text size (%d) is more than %d", text, maxV2Text)
	}
}

func allowed(parent, child int) bool {
	return slices.Contains(insides[parent], child)
}

// component holds one component, and what stands in it, to the rules.
func (k *checker) component(v any, path string, parent int) {
	c, ok := v.(object)
	if !ok {
		k.add(WrongType, path, "Only dictionaries may be used in a DictType")
		return
	}
	t := kind(c)
	fields, there := fieldsOf[t]
	switch {
	case !there:
		k.add(Nesting, join(path, "type"), "There is no component of type %v", c["type"])
		return
	case parent == 0 && isV2(t):
		k.add(V2Flag, join(path, "type"), "Components of type %d need MessageFlags.IS_COMPONENTS_V2", t)
	case !allowed(parent, t):
		k.add(Nesting, join(path, "type"), "A component of type %d cannot stand here; %v can", t, insides[parent])
	}
	k.known(c, path, "type id "+fields)
	children := list(c, "components")
	switch t {
	case actionRow:
		k.row(children, path)
	case button:
		k.button(c, path)
	case textDisplay:
		k.must(Length, c, "content", path, 1, maxV2Text)
	case section:
		if n := len(children); n < 1 || n > 3 {
			k.add(Nesting, join(path, "components"), "Must be between 1 and 3 in length.")
		}
		k.accessory(c, path)
	case container:
		if len(children) == 0 {
			k.add(Nesting, join(path, "components"), "Must be at least 1 in length.")
		}
		k.within(NoSuchValue, c, "accent_color", path, 0, 0xffffff)
	case separator:
		k.among(NoSuchValue, c, "spacing", path, 1, 2)
	case mediaGallery:
		if n := len(list(c, "items")); n < 1 || n > 10 {
			k.add(Length, join(path, "items"), "Must be between 1 and 10 in length.")
		}
		for i, item := range objects(c, "items") {
			at := index(join(path, "items"), i)
			k.known(item, at, "media description spoiler")
			k.text(Length, item, "description", at, 0, 1024)
			k.media(item, "media", at)
		}
	case fileComponent:
		k.media(c, "file", path)
	default:
		if isSelect(t) {
			k.menu(c, path)
		}
	}
	if t == actionRow || t == container || t == section {
		for i, inner := range children {
			k.component(inner, index(join(path, "components"), i), t)
		}
	}
}

func (k *checker) media(o object, key, path string) {
	m, ok := o[key].(object)
	if !ok {
		k.add(Required, join(path, key), "This field is required")
		return
	}
	k.must(Required, m, "url", join(path, key), 1, 2048)
}

// row holds a row to what it may have in it.
func (k *checker) row(children []any, path string) {
	at := join(path, "components")
	if n := len(children); n < 1 || n > 5 {
		k.add(RowContents, at, "Must be between 1 and 5 in length.")
		return
	}
	menus := 0
	for _, v := range children {
		if c, ok := v.(object); ok && isSelect(kind(c)) {
			menus++
		}
	}
	if menus > 0 && len(children) > 1 {
		k.add(RowContents, at, "The menu takes up the whole row")
	}
}

// accessory holds what stands beside a section.
func (k *checker) accessory(c object, path string) {
	at := join(path, "accessory")
	a, ok := c["accessory"].(object)
	if !ok {
		k.add(Required, at, "This field is required")
		return
	}
	switch kind(a) {
	case button:
		k.known(a, at, "type id "+fieldsOf[button])
		k.button(a, at)
	case thumbnail:
		k.known(a, at, "type id "+fieldsOf[thumbnail])
		k.text(Length, a, "description", at, 0, 1024)
		k.media(a, "media", at)
	default:
		k.add(Nesting, join(at, "type"), "Beside a section stands a button or a picture")
	}
}

// The styles of buttons with an address and with a product.
const (
	linkStyle    = 5
	premiumStyle = 6
)

// button holds a button to its shape.
func (k *checker) button(c object, path string) {
	k.among(ButtonShape, c, "style", path, 1, 2, 3, 4, 5, 6)
	style := num(c, "style")
	if style == 0 {
		k.add(ButtonShape, join(path, "style"), "This field is required")
	}
	k.text(Length, c, "label", path, 0, 80)
	if style == premiumStyle {
		return
	}
	if !present(c["label"]) && c["emoji"] == nil {
		k.add(ButtonShape, path, "A label or emoji is required")
	}
	switch {
	case style == linkStyle && present(c["custom_id"]):
		k.add(ButtonShape, path, "A custom id and url cannot both be specified")
	case style == linkStyle:
		u, err := url.Parse(str(c, "url"))
		if err != nil || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "discord" || utf8.RuneCountInString(str(c, "url")) > 512 {
			k.add(ButtonShape, join(path, "url"), "Scheme must be one of ('discord', 'http', 'https'), and the length at most 512")
		}
	case present(c["url"]):
		k.add(ButtonShape, path, "Only a link has a url")
	default:
		k.customID(c, path)
	}
}

func (k *checker) customID(c object, path string) {
	k.must(CustomID, c, "custom_id", path, 1, 100)
}

// menu holds a menu to its limits.
func (k *checker) menu(c object, path string) {
	k.customID(c, path)
	k.text(Length, c, "placeholder", path, 0, 150)
	k.within(SelectBounds, c, "min_values", path, 0, 25)
	k.within(SelectBounds, c, "max_values", path, 1, 25)
	low, high := 1, 1
	if c["min_values"] != nil {
		low = num(c, "min_values")
	}
	if c["max_values"] != nil {
		high = num(c, "max_values")
	}
	if high < low {
		k.add(SelectBounds, join(path, "max_values"), "max_values is less than min_values")
	}
	if kind(c) != stringSelect {
		return
	}
	options := objects(c, "options")
	at := join(path, "options")
	if n := len(options); n < 1 || n > 25 {
		k.add(SelectOptions, at, "Must be between 1 and 25 in length.")
	} else if high > n || low > n {
		k.add(SelectBounds, join(path, "max_values"), "The menu has only %d options", n)
	}
	seen := map[string]bool{}
	marked := 0
	for i, o := range options {
		in := index(at, i)
		k.known(o, in, "label value description emoji default")
		k.must(SelectOptions, o, "label", in, 1, 100)
		k.must(SelectOptions, o, "value", in, 1, 100)
		k.text(SelectOptions, o, "description", in, 0, 100)
		if seen[str(o, "value")] {
			k.add(SelectOptions, join(in, "value"), "The specified option value is already used")
		}
		seen[str(o, "value")] = true
		if d, _ := o["default"].(bool); d {
			marked++
		}
	}
	if marked > high {
		k.add(SelectBounds, at, "More options are chosen at first than can be")
	}
}

// modal holds a form to its shape.
func (k *checker) modal(data object, path string) {
	k.known(data, path, "custom_id title components")
	k.customID(data, path)
	k.must(ModalShape, data, "title", path, 1, 45)
	parts := objects(data, "components")
	at := join(path, "components")
	if n := len(parts); n < 1 || n > 5 {
		k.add(ModalShape, at, "Must be between 1 and 5 in length.")
	}
	ids := map[string]bool{}
	for i, c := range parts {
		in := index(at, i)
		var field object
		var where string
		switch kind(c) {
		case label:
			k.known(c, in, "type id "+fieldsOf[label])
			k.must(ModalShape, c, "label", in, 1, 45)
			k.text(ModalShape, c, "description", in, 0, 100)
			field, _ = c["component"].(object)
			where = join(in, "component")
			if present(field["label"]) {
				k.add(ModalShape, join(where, "label"), "The label stands in the Label around it")
			}
		case actionRow: // as it was before there were Labels
			inner := objects(c, "components")
			where = index(join(in, "components"), 0)
			if len(inner) != 1 || kind(inner[0]) != textInput {
				k.add(ModalShape, join(in, "components"), "A row of a form has one text field in it")
				continue
			}
			field = inner[0]
			k.must(ModalShape, field, "label", where, 1, 45)
		case textDisplay:
			k.must(ModalShape, c, "content", in, 1, maxV2Text)
			continue
		default:
			k.add(ModalShape, join(in, "type"), "A form has Labels and texts, not components of type %v", c["type"])
			continue
		}
		k.field(field, where)
		id := str(field, "custom_id")
		if id != "" && ids[id] {
			k.add(SameCustomID, join(where, "custom_id"), "Component custom id cannot be duplicated")
		}
		ids[id] = true
	}
}

// field holds one field of a form to its limits.
func (k *checker) field(c object, path string) {
	t := kind(c)
	switch {
	case t == textInput:
		k.known(c, path, "type id "+fieldsOf[textInput])
		k.customID(c, path)
		if c["style"] == nil {
			k.add(Required, join(path, "style"), "This field is required")
		}
		k.among(ModalShape, c, "style", path, 1, 2)
		k.within(ModalShape, c, "min_length", path, 0, 4000)
		k.within(ModalShape, c, "max_length", path, 1, 4000)
		if c["max_length"] != nil && num(c, "min_length") > num(c, "max_length") {
			k.add(ModalShape, join(path, "min_length"), "min_length is more than max_length")
		}
		k.text(ModalShape, c, "placeholder", path, 0, 100)
		high := 4000
		if c["max_length"] != nil {
			high = num(c, "max_length")
		}
		k.text(ModalShape, c, "value", path, 0, high)
	case isSelect(t):
		k.known(c, path, "type id "+fieldsOf[t])
		k.menu(c, path)
		if off, _ := c["disabled"].(bool); off {
			k.add(ModalShape, join(path, "disabled"), "A menu of a form cannot be disabled")
		}
	case t == fileUpload:
		k.known(c, path, "type id "+fieldsOf[t])
		k.customID(c, path)
		k.within(SelectBounds, c, "min_values", path, 0, 10)
		k.within(SelectBounds, c, "max_values", path, 1, 10)
	default:
		k.add(ModalShape, path, "A Label has a text field, a menu or a file in it")
	}
}
