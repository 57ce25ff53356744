package propeller

import (
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// A fieldForm is the form of a field in JSON.
type fieldForm uint8

const (
	formText fieldForm = iota
	formKey            // a text that may be sent as a whole number
	formCode           // a text that may be sent as any number
	formDate           // a day in one of several notations
)

// A field is a member of an object that only this format knows. It is stored as a text. The
// default is not stored, so writing it back changes nothing.
type field struct {
	name     string
	standard string
	form     fieldForm
	enum     []string
	maxLen   int
	ifSet    bool // shown only if there is a value
}

// Lengths of texts, in characters.
const (
	lineLen  = 255
	notesLen = 10_000
)

func flag(name, standard string, values ...string) field {
	return field{name: name, standard: standard, enum: values}
}

func line(names ...string) []field {
	list := make([]field, len(names))
	for i, name := range names {
		list[i] = field{name: name, maxLen: lineLen}
	}
	return list
}

// keys returns fields of one line that clients also send as numbers.
func keys(names ...string) []field {
	list := line(names...)
	for i := range list {
		list[i].form = formKey
	}
	return list
}

func (f field) shape() *shape {
	switch {
	case f.enum != nil:
		return enumShape(f.enum...)
	case f.form == formKey:
		return keyShape(f.maxLen)
	case f.form == formCode:
		return &shape{types: []wireType{typeString, typeNumber}, maxLen: f.maxLen}
	case f.form == formDate:
		return &shape{types: []wireType{typeString}, pattern: "dd/mm/yyyy", fits: func(s string) bool {
			_, ok := parseDay(s)
			return ok
		}}
	}
	return textShape(f.maxLen)
}

// text returns the text to store for a value.
func (f field) text(n *node) string {
	if f.form == formDate {
		day, _ := parseDay(n.text)
		return day
	}
	return n.text
}

// show renders the stored value or the default.
func (f field) show(kept map[string]string) any {
	text, ok := kept[f.name]
	if !ok {
		text = f.standard
	}
	if f.form == formDate {
		return showDay(text)
	}
	return text
}

// showFields renders the visible fields into the body of an object.
func showFields(body map[string]any, fields []field, kept map[string]string) {
	for _, f := range fields {
		if kept[f.name] != "" || !f.ifSet {
			body[f.name] = f.show(kept)
		}
	}
}

// parseDay reads a day as 28/08/1993, as 1993-08-28 or as it is shown, and returns it as
// 1993-08-28. The empty text is not a day.
func parseDay(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	for _, layout := range []string{"02/01/2006", time.DateOnly, dayShown} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format(time.DateOnly), true
		}
	}
	return "", false
}

const dayShown = "January, 02 2006 15:04:05 -0700"

func showDay(text string) string {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	return t.Format(dayShown)
}

// given returns the fields that an object names, as they are stored.
func given(fields []field, n *node) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		if m, ok := n.members[f.name]; ok {
			out[f.name] = f.text(m)
		}
	}
	return out
}

// merge sets the given fields over the stored ones and drops defaults.
func merge(fields []field, kept, given map[string]string) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		text, ok := given[f.name]
		if !ok {
			text, ok = kept[f.name]
		}
		if ok && text != f.standard {
			out[f.name] = text
		}
	}
	return out
}

func shapesOf(fields []field) map[string]*shape {
	out := map[string]*shape{}
	for _, f := range fields {
		out[f.name] = f.shape()
	}
	return out
}

// The kinds of facet that this format stores.
const (
	facetSettings = "settings"     // of a group or user: its fields
	facetAddress  = "address"      // one for each address, by its number
	facetNext     = "next_address" // the number of the next address: none is used again
	facetPrice    = "price"        // one for each price, by what it is the price of
	facetAttr     = "definition"   // of an attribute
)

// setFacet returns the edit that stores a value with an object.
func setFacet(o directory.Object, kind, name string, v any) (directory.Edit, error) {
	data, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	return directory.SetFacet{Object: o, Dialect: Dialect, Kind: kind, Name: name, Data: string(data)}, nil
}

func deleteFacet(o directory.Object, kind, name string) directory.Edit {
	return directory.DeleteFacet{Object: o, Dialect: Dialect, Kind: kind, Name: name}
}

// setTexts returns the edit that stores fields with an object, or removes the facet if there
// are none.
func setTexts(o directory.Object, kind, name string, texts map[string]string) (directory.Edit, error) {
	if len(texts) == 0 {
		return deleteFacet(o, kind, name), nil
	}
	return setFacet(o, kind, name, texts)
}

// stored holds the facets of a group or a user.
type stored struct {
	settings  map[string]string
	addresses []address // sorted by number
	next      int64     // the number of the next address
	prices    []price   // sorted by name
	priceAt   map[string]int
}

// priceByName finds a price by its name.
func (k *stored) priceByName(name string) (price, bool) {
	k.indexPrices()
	i, ok := k.priceAt[name]
	if !ok {
		return price{}, false
	}
	return k.prices[i], true
}

// setPrice sets or adds a price.
func (k *stored) setPrice(name string, p price) {
	k.indexPrices()
	i, ok := k.priceAt[name]
	if !ok {
		i = len(k.prices)
		k.priceAt[name], k.prices = i, append(k.prices, p)
	}
	k.prices[i] = p
}

func (k *stored) indexPrices() {
	if k.priceAt != nil {
		return
	}
	k.priceAt = make(map[string]int, len(k.prices))
	for i, p := range k.prices {
		k.priceAt[p.name()] = i
	}
}

func readStored(facets []directory.Facet) (*stored, error) {
	k := &stored{settings: map[string]string{}, next: 1}
	for _, f := range facets {
		var err error
		switch f.Kind {
		case facetSettings:
			err = json.Unmarshal([]byte(f.Data), &k.settings)
		case facetAddress:
			var a address
			if a, err = readAddress(f); err == nil {
				k.addresses = append(k.addresses, a)
			}
		case facetNext:
			err = json.Unmarshal([]byte(f.Data), &k.next)
		case facetPrice:
			var p price
			if err = json.Unmarshal([]byte(f.Data), &p); err == nil {
				k.prices = append(k.prices, p)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(k.addresses, func(a, b address) int { return int(a.id - b.id) })
	return k, nil
}

// CheckFacet refuses a facet of this dialect that the dialect could not read.
func CheckFacet(f directory.Facet) error {
	switch f.Kind {
	case facetAttr:
		return json.Unmarshal([]byte(f.Data), new(definition))
	case facetSettings, facetAddress, facetNext, facetPrice:
		_, err := readStored([]directory.Facet{f})
		return err
	}
	return directory.Invalid("kind", "is none that propeller stores")
}

// sameJSON reports whether two values are equal, in whatever order their members are.
func sameJSON(a, b jsontext.Value) bool {
	a, b = a.Clone(), b.Clone()
	return a.Canonicalize() == nil && b.Canonicalize() == nil && string(a) == string(b)
}
