package looker

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// facetContent is the facet of a group that says whether it can be used in content access
// controls. A group without it can.
const facetContent = "can_add_to_content_metadata"

// A groupBody is the vendor's Group.
type groupBody struct {
	Can                     canMap  `json:"can"`
	CanAddToContentMetadata bool    `json:"can_add_to_content_metadata"`
	ContainsCurrentUser     bool    `json:"contains_current_user"`
	ExternalGroupID         *string `json:"external_group_id"`
	ExternallyManaged       bool    `json:"externally_managed"`
	ID                      string  `json:"id"`
	IncludeByDefault        bool    `json:"include_by_default"`
	Name                    string  `json:"name"`
	UserCount               int64   `json:"user_count"`
}

// allGroups lists the groups that the caller may see.
func allGroups(q *request) error {
	if !q.params.Has("ids") && !q.params.Has("sorts") && !q.params.Has(facetContent) {
		return q.replyPageOfGroups()
	}
	list, err := q.dir.Groups(q.ctx())
	if err != nil {
		return err
	}
	list, err = withIDs(q.params, list, func(g directory.Group) int64 { return int64(g.ID) })
	if err != nil {
		return err
	}
	if list, err = q.withContent(list); err != nil {
		return err
	}
	return replyGroups(q, list, groupsText)
}

// replyPageOfGroups answers with a page of all groups, sorted by id.
func (q *request) replyPageOfGroups() error {
	page, err := httpkit.ParsePage(q.params.Values)
	if err != nil {
		return err
	}
	ids, total, err := q.dir.PageOfGroups(q.ctx(), page.Offset, page.Limit)
	if err != nil {
		return err
	}
	return replyParts(q, page, total, partsOf(ids), groupsText)
}

// withContent keeps the groups that can, or cannot, be used in content access controls, if the
// query asks for either.
func (q *request) withContent(list []directory.Group) ([]directory.Group, error) {
	want, given, err := q.params.bool("can_add_to_content_metadata")
	if err != nil || !given {
		return list, err
	}
	not, err := q.notInContent(idsOf(list))
	return slices.DeleteFunc(list, func(g directory.Group) bool { return not[g.ID] == want }), err
}

// groupSearch reads the criteria that the three searches for groups share. No group is
// external.
func (q *request) groupSearch() ([]directory.Group, error) {
	list, err := q.dir.Groups(q.ctx())
	if err != nil {
		return nil, err
	}
	s := newSearch[directory.Group](q.params)
	s.id("id", func(g directory.Group) int64 { return int64(g.ID) })
	s.text("name", func(g directory.Group) *string { return &g.Name })
	s.text("external_group_id", func(directory.Group) *string { return nil })
	s.flag("externally_managed", func(g directory.Group) bool { return g.ID == directory.AllUsers })
	s.flag("externally_orphaned", func(directory.Group) bool { return false })
	return s.filter(list)
}

// searchGroups lists the groups that match.
func searchGroups(q *request) error {
	list, err := q.groupSearch()
	if err != nil {
		return err
	}
	return replyGroups(q, list, groupsText)
}

// replyGroups answers with a list of groups, rendered by render.
func replyGroups(q *request, list []directory.Group,
	render func(*request, []directory.GroupID) ([]byte, error)) error {
	by, err := q.groupOrder(list)
	if err != nil {
		return err
	}
	return replyTexts(q, list, by, func(q *request, part []directory.Group) ([]byte, error) { return render(q, idsOf(part)) })
}

func idsOf(list []directory.Group) []directory.GroupID {
	ids := make([]directory.GroupID, len(list))
	for i, g := range list {
		ids[i] = g.ID
	}
	return ids
}

// groupOrder returns the sort orders of groups. Only user_count is not a field of the list
// itself.
func (q *request) groupOrder(list []directory.Group) (ordering[directory.Group], error) {
	counts := map[directory.GroupID]int64{}
	if strings.Contains(q.params.Get("sorts"), "user_count") {
		details, err := q.dir.GroupDetails(q.ctx(), idsOf(list))
		if err != nil {
			return nil, err
		}
		for _, d := range details {
			counts[d.Group.ID] = d.Members
		}
	}
	allUsersFirst := byNumber(func(g directory.Group) int { return min(1, int(g.ID-directory.AllUsers)) })
	return ordering[directory.Group]{
		"id":                          byNumber(func(g directory.Group) directory.GroupID { return g.ID }),
		"name":                        byText(func(g directory.Group) string { return g.Name }),
		"user_count":                  byNumber(func(g directory.Group) int64 { return counts[g.ID] }),
		"external_group_id":           alike[directory.Group],
		"externally_managed":          allUsersFirst,
		"include_by_default":          allUsersFirst,
		"can_add_to_content_metadata": alike[directory.Group],
		"contains_current_user":       alike[directory.Group],
	}, nil
}

// group answers with one group.
func group(q *request) error {
	id, err := pathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	return q.replyGroup(id)
}

// replyGroup answers with a group.
func (q *request) replyGroup(id directory.GroupID) error {
	list, err := groupBodies(q, []directory.GroupID{id})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return directory.NotFound("group", id)
	}
	return q.replyAppended(sizeOfGroup, func(a *appender) error { appendGroup(a, &list[0]); return nil })
}

// groupsText returns groups as JSON, with the wanted fields.
func groupsText(q *request, ids []directory.GroupID) ([]byte, error) {
	list, err := groupBodies(q, ids)
	if err != nil {
		return nil, err
	}
	return q.appended(sizeOfGroup*len(list), func(a *appender) error { appendList(a, list, appendGroup); return nil })
}

// groupBodies renders groups in the given order and leaves out groups that do not exist.
func groupBodies(q *request, ids []directory.GroupID) ([]groupBody, error) {
	details, err := q.dir.GroupDetails(q.ctx(), ids)
	if err != nil {
		return nil, err
	}
	return q.renderGroups(details)
}

func (q *request) renderGroups(details []directory.GroupDetail) ([]groupBody, error) {
	cans, err := q.groupCans(details)
	if err != nil {
		return nil, err
	}
	own, err := q.ownGroups()
	if err != nil {
		return nil, err
	}
	var not map[directory.GroupID]bool
	if q.fields.Wants(facetContent) {
		ids := make([]directory.GroupID, len(details))
		for i, d := range details {
			ids[i] = d.Group.ID
		}
		if not, err = q.notInContent(ids); err != nil {
			return nil, err
		}
	}
	bodies := make([]groupBody, len(details))
	for i, d := range details {
		allUsers := d.Group.ID == directory.AllUsers
		bodies[i] = groupBody{
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
func (q *request) groupCans(details []directory.GroupDetail) ([]canMap, error) {
	cans := make([]canMap, len(details))
	if !q.fields.Wants("can") || len(details) == 0 {
		return cans, nil
	}
	edits := make([]directory.Edit, 0, 1+2*len(details))
	edits = append(edits, directory.CreateGroup{})
	for _, d := range details {
		edits = append(edits, directory.UpdateGroup{Group: d.Group.ID}, directory.DeleteGroup{Group: d.Group.ID})
	}
	may, err := q.dir.Can(q.ctx(), edits...)
	if err != nil {
		return nil, err
	}
	type answer struct{ update, remove bool }
	known := map[answer]canMap{} // most groups share one answer
	for i := range cans {
		a := answer{may[1+2*i], may[2+2*i]}
		if known[a] == nil {
			known[a] = canMap{
				"show": true, "index": true, "create": may[0], "add_to_content_metadata": may[0],
				"update": a.update, "edit_in_ui": a.update, "delete": a.remove,
			}
		}
		cans[i] = known[a]
	}
	return cans, nil
}

// ownGroups returns the groups that the caller is directly in.
func (q *request) ownGroups() ([]directory.GroupID, error) {
	if !q.fields.Wants("contains_current_user") {
		return nil, nil
	}
	return q.dir.OwnGroups(q.ctx())
}

// notInContent returns the groups that cannot be used in content access controls.
func (q *request) notInContent(ids []directory.GroupID) (map[directory.GroupID]bool, error) {
	facets, err := facetsOf(q, ids, directory.GroupID.Object)
	not := map[directory.GroupID]bool{}
	for id, list := range facets {
		for _, f := range list {
			if f.Kind != facetContent || err != nil {
				continue
			}
			can := true
			err = json.Unmarshal([]byte(f.Data), &can)
			not[id] = !can
		}
	}
	return not, err
}
