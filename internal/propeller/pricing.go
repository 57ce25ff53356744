package propeller

import (
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// maxPricePart is how many prices go into one change.
const maxPricePart = 500

// A price is what an object pays for a product or for all products of a category. Products and
// categories belong to the client; this server does not know them.
type price struct {
	Category bool           `json:"category,omitzero"`
	ID       string         `json:"id,omitzero"` // or SourceID with Source
	Source   string         `json:"source,omitzero"`
	SourceID string         `json:"sourceId,omitzero"`
	ShopID   string         `json:"shopId,omitzero"`
	Pricing  jsontext.Value `json:"pricing"`
}

// name identifies a price within its object.
func (p price) name() string {
	what := "product"
	if p.Category {
		what = "category"
	}
	return strconv.Quote(p.ShopID) + what + strconv.Quote(p.ID) + strconv.Quote(p.Source) + strconv.Quote(p.SourceID)
}

// show renders a price as it was sent.
func (p price) show() map[string]any {
	body := map[string]any{"pricing": p.Pricing}
	if p.ID != "" {
		body[keyID] = jsontext.Value(p.ID)
	} else {
		body[keySourceID], body["source"] = p.SourceID, p.Source
	}
	if p.ShopID != "" {
		body["shopId"] = jsontext.Value(p.ShopID)
	}
	return body
}

// A priceInput is a price in a request.
type priceInput struct {
	price
	lookupKey string
	key       jsontext.Value
}

func pricingShape() *shape {
	number := &shape{types: []wireType{typeNumber}}
	list := arrayShape(directory.MaxEdits, &shape{
		types: []wireType{typeObject}, required: []string{"pricing"},
		members: map[string]*shape{
			"shopId": idShape(0), // for the whole call, unless an item has its own
			keyID:    idShape(1), keySourceID: keyShape(directory.MaxSourceIDLen), "source": textShape(directory.MaxSourceLen),
			"pricing": {
				types: []wireType{typeObject}, required: []string{fieldType},
				members: map[string]*shape{fieldType: textShape(20), "amount": number, "price": number},
			},
		},
	})
	return &shape{types: []wireType{typeObject}, members: map[string]*shape{
		"categories": list, "products": list, "shopId": idShape(0),
	}}
}

// newPriceInputs reads prices: those of categories, then those of products.
func newPriceInputs(at string, n *node) ([]priceInput, error) {
	_, categories := n.members["categories"]
	_, products := n.members["products"]
	if !categories && !products {
		return nil, schemaFault(at+": required key [categories] not found", at+": required key [products] not found")
	}
	var list []priceInput
	for _, name := range []string{"categories", "products"} {
		m, ok := n.members[name]
		if !ok {
			continue
		}
		for i, item := range m.items {
			in, ok := newPriceInput(item)
			if !ok {
				return nil, schemaFault(at + "/" + name + "/" + strconv.Itoa(i) + ": required key [id] not found")
			}
			in.Category, in.ShopID = name == "categories", item.textOr("shopId", n.textOr("shopId", ""))
			list = append(list, in)
		}
	}
	return list, nil
}

func newPriceInput(n *node) (in priceInput, ok bool) {
	members := map[string]jsontext.Value{} // in order, with numbers as they were sent
	for name, m := range n.members["pricing"].members {
		members[name] = m.raw
	}
	var err error
	if in.Pricing, err = json.Marshal(members, json.Deterministic(true)); err != nil {
		return in, false
	}
	id, sourceID, source := n.str(keyID), n.str(keySourceID), n.str("source")
	switch {
	case id != nil:
		in.ID, in.lookupKey = *id, keyID
	case sourceID != nil && source != nil:
		in.SourceID, in.Source, in.lookupKey = *sourceID, *source, keySourceID
	default:
		return in, false
	}
	in.key = n.members[in.lookupKey].raw
	return in, true
}

// putPrice sets a price of an object, unless the object has it already, and reports whether it
// is new.
func (w *writing) putPrice(o directory.Object, p price) (made bool, err error) {
	name := p.name()
	have, there := w.stored.priceByName(name)
	if there && sameJSON(have.Pricing, p.Pricing) {
		return false, nil
	}
	w.stored.setPrice(name, p)
	data, err := json.Marshal(p, json.Deterministic(true))
	w.add(directory.SetFacet{Object: o, Dialect: Dialect, Kind: facetPrice, Name: name, Data: string(data)})
	return !there, err
}

// pricing answers with the own prices of an object.
func (q *request) pricing(res resource) error {
	_, k, err := q.storedOf(res)
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, showPricing(k.prices), 1)
}

// setPricing sets prices of an object.
func (q *request) setPricing(res resource) error {
	l, err := q.lookup(res, true)
	if err != nil {
		return err
	}
	if err := q.require(managing(res.kind)); err != nil {
		return err
	}
	n, err := q.body(pricingShape())
	if err != nil {
		return err
	}
	items, err := newPriceInputs("#", n)
	if err != nil {
		return err
	}
	if _, _, err := q.writingBelow(l, q.dir); err != nil {
		return err
	}
	results := make([]bulkResult, len(items))
	for i, item := range items {
		results[i] = bulkResult{LookupKey: item.lookupKey, Key: item.key}
	}
	do := q.partBelow(l, func(w *writing, o directory.Object, i int) error {
		made, err := w.putPrice(o, items[i].price)
		results[i].note(0, made)
		return err
	}, results)
	return q.replyParts(results, maxPricePart, "completed", do)
}
