package document

import (
	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
	"cohort/internal/looker/protocol"
)

// FacetWhitelist is the facet of a hidden attribute that holds the domains its values may be
// sent to.
const FacetWhitelist = "hidden_value_domain_whitelist"

// Whitelist returns the domain whitelist of a hidden attribute, or nil if it has none.
func Whitelist(q *protocol.Request, id directory.AttributeID) (*string, error) {
	lists, err := Whitelists(q, []directory.AttributeID{id})
	return lists[id], err
}

// Whitelists returns the domain whitelists of the attributes that have one.
func Whitelists(q *protocol.Request, ids []directory.AttributeID) (map[directory.AttributeID]*string, error) {
	facets, err := facetsOf(q, ids, directory.AttributeID.Object)
	lists := map[directory.AttributeID]*string{}
	for id, list := range facets {
		for _, f := range list {
			if f.Kind != FacetWhitelist || err != nil {
				continue
			}
			lists[id] = new(string)
			err = json.Unmarshal([]byte(f.Data), lists[id])
		}
	}
	return lists, err
}

// FacetPlace returns a place for what a facet of an object holds, or nil if objects have no
// such facet.
func FacetPlace(kind string) any {
	switch kind {
	case FacetWhitelist, FacetHomeFolder:
		return new(string)
	case FacetModelsDir, FacetContent:
		return new(bool)
	case FacetUIState:
		return new(map[string]string)
	case FacetForcedReset:
		return new(ForcedReset)
	case FacetResetForAll:
		return new(ResetOrder)
	}
	return nil
}

// facetsOf reads the facets of several objects.
func facetsOf[T comparable](q *protocol.Request, ids []T, object func(T) directory.Object) (map[T][]directory.Facet,
	error) {
	objects := make([]directory.Object, len(ids))
	for i, id := range ids {
		objects[i] = object(id)
	}
	byObject, err := q.Dir.FacetsOf(q.Context(), objects)
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
