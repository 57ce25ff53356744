package looker

import (
	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
)

// facetWhitelist is kept with a hidden attribute: where its values may be sent.
const facetWhitelist = "hidden_value_domain_whitelist"

// whitelist is where values of a hidden attribute may be sent; nil if nothing
// is said.
func (q *request) whitelist(id directory.AttributeID) (*string, error) {
	facets, err := q.dir.Facets(q.ctx(), id.Object())
	if err != nil {
		return nil, err
	}
	for _, f := range facets {
		if f.Kind == facetWhitelist {
			var s string
			err := json.Unmarshal([]byte(f.Data), &s)
			return &s, err
		}
	}
	return nil, nil
}
