package attributes

import (
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
)

// Routes returns the routes of the package.
func Routes() []pagekit.Route {
	return []pagekit.Route{
		pagekit.Page("/attributes", attributes),
		pagekit.Page("/attributes/{attribute}", attributeRanks),
		pagekit.Page("/attributes/{attribute}/holders", attributeHolders),
		pagekit.Page("/attributes/{attribute}/definition", attributeDefinition),
		pagekit.Page("/attributes/{attribute}/history", attributeHistory),
		pagekit.Action("/attributes/{attribute}", drafting.Act(attributeRanks, editRank)),
		pagekit.Action("/attributes", drafting.Act(attributes, newAttribute)),
		pagekit.Action("/attributes/{attribute}/definition", drafting.Act(attributeDefinition, editAttribute)),
	}
}
