package looker

import (
	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
)

// facetWhitelist is the facet of a hidden attribute that holds the domains its values may be
// sent to.
const facetWhitelist = "hidden_value_domain_whitelist"

// whitelist returns the domain whitelist of a hidden attribute, or nil if it has none.
func (q *request) whitelist(id directory.AttributeID) (*string, error) {
	lists, err := q.whitelists([]directory.AttributeID{id})
	return lists[id], err
}

// whitelists returns the domain whitelists of the attributes that have one.
func (q *request) whitelists(ids []directory.AttributeID) (map[directory.AttributeID]*string, error) {
	facets, err := facetsOf(q, ids, directory.AttributeID.Object)
	lists := map[directory.AttributeID]*string{}
	for id, list := range facets {
		for _, f := range list {
			if f.Kind != facetWhitelist || err != nil {
				continue
			}
			lists[id] = new(string)
			err = json.Unmarshal([]byte(f.Data), lists[id])
		}
	}
	return lists, err
}

// facetPlace returns a place for what a facet of an object holds, or nil if objects have no
// such facet.
func facetPlace(kind string) any {
	switch kind {
	case facetWhitelist, facetHomeFolder:
		return new(string)
	case facetModelsDir, facetContent:
		return new(bool)
	case facetUIState:
		return new(map[string]string)
	case facetForcedReset:
		return new(forcedReset)
	case facetResetForAll:
		return new(resetOrder)
	}
	return nil
}

// facetsOf reads the facets of several objects.
func facetsOf[T comparable](q *request, ids []T, object func(T) directory.Object) (map[T][]directory.Facet, error) {
	objects := make([]directory.Object, len(ids))
	for i, id := range ids {
		objects[i] = object(id)
	}
	byObject, err := q.dir.FacetsOf(q.ctx(), objects)
	if err != nil {
		return nil, err
	}
	byID := make(map[T][]directory.Facet, len(byObject))
	for i, id := range ids {
		if facets := byObject[objects[i]]; facets != nil {
			byID[id] = facets
		}
	}
	return byID, nil
}
