package document

import (
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
	"cohort/internal/propeller/fault"
	"cohort/internal/propeller/schema"
)

// A Price is what an object pays for a product or for all products of a category. Products and
// categories belong to the client; this server does not know them.
type Price struct {
	Category bool           `json:"category,omitzero"`
	ID       string         `json:"id,omitzero"` // or SourceID with Source
	Source   string         `json:"source,omitzero"`
	SourceID string         `json:"sourceId,omitzero"`
	ShopID   string         `json:"shopId,omitzero"`
	Pricing  jsontext.Value `json:"pricing"`
}

// Name identifies a price within its object.
func (p Price) Name() string {
	what := "product"
	if p.Category {
		what = "category"
	}
	return strconv.Quote(p.ShopID) + what + strconv.Quote(p.ID) + strconv.Quote(p.Source) + strconv.Quote(p.SourceID)
}

// show renders a price as it was sent.
func (p Price) show() map[string]any {
	body := map[string]any{"pricing": p.Pricing}
	if p.ID != "" {
		body[KeyID] = jsontext.Value(p.ID)
	} else {
		body[KeySourceID], body["source"] = p.SourceID, p.Source
	}
	if p.ShopID != "" {
		body["shopId"] = jsontext.Value(p.ShopID)
	}
	return body
}

// A PriceInput is a price in a request.
type PriceInput struct {
	Price
	LookupKey string
	Key       jsontext.Value
}

// PricingShape is the shape of prices.
func PricingShape() *schema.Shape {
	number := &schema.Shape{Types: []schema.Type{schema.Number}}
	list := schema.List(directory.MaxEdits, &schema.Shape{
		Types: []schema.Type{schema.Object}, Required: []string{"pricing"},
		Members: map[string]*schema.Shape{
			"shopId": schema.ID(0), // for the whole call, unless an item has its own
			KeyID:    schema.ID(1), KeySourceID: schema.Key(directory.MaxSourceIDLen),
			"source": schema.Text(directory.MaxSourceLen),
			"pricing": {
				Types: []schema.Type{schema.Object}, Required: []string{FieldType},
				Members: map[string]*schema.Shape{FieldType: schema.Text(20), "amount": number, "price": number},
			},
		},
	})
	return &schema.Shape{Types: []schema.Type{schema.Object}, Members: map[string]*schema.Shape{
		"categories": list, "products": list, "shopId": schema.ID(0),
	}}
}

// NewPriceInputs reads prices: those of categories, then those of products.
func NewPriceInputs(at string, n *schema.Node) ([]PriceInput, error) {
	_, categories := n.Members["categories"]
	_, products := n.Members["products"]
	if !categories && !products {
		return nil, fault.Schema(at+": required key [categories] not found", at+": required key [products] not found")
	}
	var list []PriceInput
	for _, name := range []string{"categories", "products"} {
		m, ok := n.Members[name]
		if !ok {
			continue
		}
		for i, item := range m.Items {
			in, ok := newPriceInput(item)
			if !ok {
				return nil, fault.Schema(at + "/" + name + "/" + strconv.Itoa(i) + ": required key [id] not found")
			}
			in.Category, in.ShopID = name == "categories", item.TextOr("shopId", n.TextOr("shopId", ""))
			list = append(list, in)
		}
	}
	return list, nil
}

func newPriceInput(n *schema.Node) (in PriceInput, ok bool) {
	members := map[string]jsontext.Value{} // in order, with numbers as they were sent
	for name, m := range n.Members["pricing"].Members {
		members[name] = m.Raw
	}
	var err error
	if in.Pricing, err = json.Marshal(members, json.Deterministic(true)); err != nil {
		return in, false
	}
	id, sourceID, source := n.Str(KeyID), n.Str(KeySourceID), n.Str("source")
	switch {
	case id != nil:
		in.ID, in.LookupKey = *id, KeyID
	case sourceID != nil && source != nil:
		in.SourceID, in.Source, in.LookupKey = *sourceID, *source, KeySourceID
	default:
		return in, false
	}
	in.Key = n.Members[in.LookupKey].Raw
	return in, true
}

// ShowPricing renders prices.
func ShowPricing(prices []Price) map[string]any {
	categories, products := []any{}, []any{}
	for _, p := range prices {
		if p.Category {
			categories = append(categories, p.show())
		} else {
			products = append(products, p.show())
		}
	}
	return map[string]any{"categories": categories, "products": products}
}
