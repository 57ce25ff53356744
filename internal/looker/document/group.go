package document

import (
	"slices"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
	"cohort/internal/looker/protocol"
)

// FacetContent is the facet of a group that says whether it can be used in content access
// controls. A group without it can.
const FacetContent = "can_add_to_content_metadata"

// A Group is the vendor's Group.
type Group struct {
	Can                     Can     `json:"can"`
	CanAddToContentMetadata bool    `json:"can_add_to_content_metadata"`
	ContainsCurrentUser     bool    `json:"contains_current_user"`
	ExternalGroupID         *string `json:"external_group_id"`
	ExternallyManaged       bool    `json:"externally_managed"`
	ID                      string  `json:"id"`
	IncludeByDefault        bool    `json:"include_by_default"`
	Name                    string  `json:"name"`
	UserCount               int64   `json:"user_count"`
}

// ReplyGroup answers with a group.
func ReplyGroup(q *protocol.Request, id directory.GroupID) error {
	list, err := groupBodies(q, []directory.GroupID{id})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return directory.NotFound("group", id)
	}
	return replyAppended(q, sizeOfGroup, func(a *appender) error { appendGroup(a, &list[0]); return nil })
}

// GroupsText returns groups as JSON, with the wanted fields.
func GroupsText(q *protocol.Request, ids []directory.GroupID) ([]byte, error) {
	list, err := groupBodies(q, ids)
	if err != nil {
		return nil, err
	}
	return appended(q, sizeOfGroup*len(list), func(a *appender) error { appendList(a, list, appendGroup); return nil })
}

// groupBodies renders groups in the given order and leaves out groups that do not exist.
func groupBodies(q *protocol.Request, ids []directory.GroupID) ([]Group, error) {
	details, err := q.Dir.GroupDetails(q.Context(), ids)
	if err != nil {
		return nil, err
	}
	return Groups(q, details)
}

// Groups renders groups.
func Groups(q *protocol.Request, details []directory.GroupDetail) ([]Group, error) {
	cans, err := groupCans(q, details)
	if err != nil {
		return nil, err
	}
	own, err := ownGroups(q)
	if err != nil {
		return nil, err
	}
	var not map[directory.GroupID]bool
	if q.Fields.Wants(FacetContent) {
		ids := make([]directory.GroupID, len(details))
		for i, d := range details {
			ids[i] = d.Group.ID
		}
		if not, err = NotInContent(q, ids); err != nil {
			return nil, err
		}
	}
	bodies := make([]Group, len(details))
	for i, d := range details {
		allUsers := d.Group.ID == directory.AllUsers
		bodies[i] = Group{
			Can:                     cans[i],
			CanAddToContentMetadata: !not[d.Group.ID],
			ContainsCurrentUser:     allUsers || slices.Contains(own, d.Group.ID),
			ExternallyManaged:       allUsers,
			ID:                      directory.FormatID(d.Group.ID),
			IncludeByDefault:        allUsers,
			Name:                    d.Group.Name,
			UserCount:               d.Members,
		}
	}
	return bodies, nil
}

// groupCans returns what the caller may do with each group.
func groupCans(q *protocol.Request, details []directory.GroupDetail) ([]Can, error) {
	cans := make([]Can, len(details))
	if !q.Fields.Wants("can") || len(details) == 0 {
		return cans, nil
	}
	edits := make([]directory.Edit, 0, 1+2*len(details))
	edits = append(edits, directory.CreateGroup{})
	for _, d := range details {
		edits = append(edits, directory.UpdateGroup{Group: d.Group.ID}, directory.DeleteGroup{Group: d.Group.ID})
	}
	may, err := q.Dir.Can(q.Context(), edits...)
	if err != nil {
		return nil, err
	}
	type answer struct{ update, remove bool }
	known := map[answer]Can{} // most groups share one answer
	for i := range cans {
		a := answer{may[1+2*i], may[2+2*i]}
		if known[a] == nil {
			known[a] = Can{
				"show": true, "index": true, "create": may[0], "add_to_content_metadata": may[0],
				"update": a.update, "edit_in_ui": a.update, "delete": a.remove,
			}
		}
		cans[i] = known[a]
	}
	return cans, nil
}

// ownGroups returns the groups that the caller is directly in.
func ownGroups(q *protocol.Request) ([]directory.GroupID, error) {
	if !q.Fields.Wants("contains_current_user") {
		return nil, nil
	}
	return q.Dir.OwnGroups(q.Context())
}

// NotInContent returns the groups that cannot be used in content access controls.
func NotInContent(q *protocol.Request, ids []directory.GroupID) (map[directory.GroupID]bool, error) {
	facets, err := facetsOf(q, ids, directory.GroupID.Object)
	not := map[directory.GroupID]bool{}
	for id, list := range facets {
		for _, f := range list {
			if f.Kind != FacetContent || err != nil {
				continue
			}
			can := true
			err = json.Unmarshal([]byte(f.Data), &can)
			not[id] = !can
		}
	}
	return not, err
}
