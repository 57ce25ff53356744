package propeller

import (
	"net/http"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
	"cohort/internal/propeller/bulk"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/schema"
)

// maxPricePart is how many prices go into one change.
const maxPricePart = 500

// putPrice sets a price of an object, unless the object has it already, and reports whether it
// is new.
func (w *writing) putPrice(o directory.Object, p document.Price) (made bool, err error) {
	name := p.Name()
	have, there := w.stored.PriceByName(name)
	if there && schema.Same(have.Pricing, p.Pricing) {
		return false, nil
	}
	w.stored.SetPrice(name, p)
	data, err := json.Marshal(p, json.Deterministic(true))
	w.add(directory.SetFacet{Object: o, Dialect: document.Dialect, Kind: document.FacetPrice, Name: name,
		Data: string(data)})
	return !there, err
}

// loadPrices reads those prices of the object that items may change. An object may have many.
func (w *writing) loadPrices(o directory.Object, items []document.PriceInput) error {
	names := make([]string, len(items))
	for i := range items {
		names[i] = items[i].Price.Name()
	}
	facets, err := w.dir.FacetsNamed(w.ctx, o, document.FacetPrice, names)
	if err != nil {
		return err
	}
	w.stored, err = document.ReadStored(facets)
	return err
}

// pricing answers with the own prices of an object.
func (q *request) pricing(res resource) error {
	_, k, err := q.storedOf(res)
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, document.ShowPricing(k.Prices), 1)
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
	n, err := q.body(document.PricingShape())
	if err != nil {
		return err
	}
	items, err := document.NewPriceInputs("#", n)
	if err != nil {
		return err
	}
	if _, _, err := q.writingOf(l, q.dir); err != nil {
		return err
	}
	results := make([]bulk.Result, len(items))
	for i, item := range items {
		results[i] = bulk.Result{LookupKey: item.LookupKey, Key: item.Key}
	}
	do := func(now Directory, from, to int) ([]directory.Edit, []int, error) {
		w, o, err := q.writingOf(l, now)
		if err == nil {
			err = w.loadPrices(o, items[from:to])
		}
		if err != nil {
			return nil, nil, err
		}
		return w.gather(from, to, results, func(i int) error {
			made, err := w.putPrice(o, items[i].Price)
			results[i].Note(0, made)
			return err
		})
	}
	return q.replyParts(results, maxPricePart, "completed", do)
}
