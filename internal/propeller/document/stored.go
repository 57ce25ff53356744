package document

import (
	"slices"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
)

// Dialect is the name of this wire format in records, callers and facets.
const Dialect = "propeller"

// The kinds of facet that this format stores.
const (
	FacetSettings   = "settings"     // of a group or user: its fields
	FacetAddress    = "address"      // one for each address, by its number
	FacetNext       = "next_address" // the number of the next address: none is used again
	FacetPrice      = "price"        // one for each price, by what it is the price of
	FacetDefinition = "definition"   // of an attribute
)

// SetFacet returns the edit that stores a value with an object.
func SetFacet(o directory.Object, kind, name string, v any) (directory.Edit, error) {
	data, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	return directory.SetFacet{Object: o, Dialect: Dialect, Kind: kind, Name: name, Data: string(data)}, nil
}

// DeleteFacet returns the edit that removes what is stored with an object.
func DeleteFacet(o directory.Object, kind, name string) directory.Edit {
	return directory.DeleteFacet{Object: o, Dialect: Dialect, Kind: kind, Name: name}
}

// SetTexts returns the edit that stores fields with an object, or removes the facet if there
// are none.
func SetTexts(o directory.Object, kind, name string, texts map[string]string) (directory.Edit, error) {
	if len(texts) == 0 {
		return DeleteFacet(o, kind, name), nil
	}
	return SetFacet(o, kind, name, texts)
}

// Stored holds the facets of a group or a user.
type Stored struct {
	Settings  map[string]string
	Addresses []Address // sorted by number
	Next      int64     // the number of the next address
	Prices    []Price   // sorted by name
	priceAt   map[string]int
}

// PriceByName finds a price by its name.
func (k *Stored) PriceByName(name string) (Price, bool) {
	k.indexPrices()
	i, ok := k.priceAt[name]
	if !ok {
		return Price{}, false
	}
	return k.Prices[i], true
}

// SetPrice sets or adds a price.
func (k *Stored) SetPrice(name string, p Price) {
	k.indexPrices()
	i, ok := k.priceAt[name]
	if !ok {
		i = len(k.Prices)
		k.priceAt[name], k.Prices = i, append(k.Prices, p)
	}
	k.Prices[i] = p
}

func (k *Stored) indexPrices() {
	if k.priceAt != nil {
		return
	}
	k.priceAt = make(map[string]int, len(k.Prices))
	for i, p := range k.Prices {
		k.priceAt[p.Name()] = i
	}
}

// ReadStored reads the facets of a group or a user.
func ReadStored(facets []directory.Facet) (*Stored, error) {
	k := &Stored{Settings: map[string]string{}, Next: 1}
	for _, f := range facets {
		var err error
		switch f.Kind {
		case FacetSettings:
			err = json.Unmarshal([]byte(f.Data), &k.Settings)
		case FacetAddress:
			var a Address
			if a, err = readAddress(f); err == nil {
				k.Addresses = append(k.Addresses, a)
			}
		case FacetNext:
			err = json.Unmarshal([]byte(f.Data), &k.Next)
		case FacetPrice:
			var p Price
			if err = json.Unmarshal([]byte(f.Data), &p); err == nil {
				k.Prices = append(k.Prices, p)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(k.Addresses, func(a, b Address) int { return int(a.ID - b.ID) })
	return k, nil
}

// CheckFacet refuses a facet of this dialect that the dialect could not read.
func CheckFacet(f directory.Facet) error {
	switch f.Kind {
	case FacetDefinition:
		return json.Unmarshal([]byte(f.Data), new(Definition))
	case FacetSettings, FacetAddress, FacetNext, FacetPrice:
		_, err := ReadStored([]directory.Facet{f})
		return err
	}
	return directory.Invalid("kind", "is none that propeller stores")
}
