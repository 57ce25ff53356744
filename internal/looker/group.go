package looker

import (
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
	"cohort/internal/looker/query"
)

// allGroups lists the groups that the caller may see.
func allGroups(q *protocol.Request) error {
	if !q.Params.Has("ids") && !q.Params.Has("sorts") && !q.Params.Has(document.FacetContent) {
		return replyPageOfGroups(q)
	}
	list, err := q.Dir.Groups(q.Context())
	if err != nil {
		return err
	}
	list, err = query.WithIDs(q.Params, list, func(g directory.Group) int64 { return int64(g.ID) })
	if err != nil {
		return err
	}
	if list, err = withContent(q, list); err != nil {
		return err
	}
	return replyGroups(q, list, document.GroupsText)
}

// replyPageOfGroups answers with a page of all groups, sorted by id.
func replyPageOfGroups(q *protocol.Request) error {
	page, err := httpkit.ParsePage(q.Params.Values)
	if err != nil {
		return err
	}
	ids, total, err := q.Dir.PageOfGroups(q.Context(), page.Offset, page.Limit)
	if err != nil {
		return err
	}
	return protocol.ReplyParts(q, page, total, protocol.PartsOf(ids), document.GroupsText)
}

// withContent keeps the groups that can, or cannot, be used in content access controls, if the
// query asks for either.
func withContent(q *protocol.Request, list []directory.Group) ([]directory.Group, error) {
	want, given, err := q.Params.Bool("can_add_to_content_metadata")
	if err != nil || !given {
		return list, err
	}
	not, err := document.NotInContent(q, idsOf(list))
	return slices.DeleteFunc(list, func(g directory.Group) bool { return not[g.ID] == want }), err
}

// groupSearch reads the criteria that the three searches for groups share. No group is
// external.
func groupSearch(q *protocol.Request) ([]directory.Group, error) {
	list, err := q.Dir.Groups(q.Context())
	if err != nil {
		return nil, err
	}
	s := query.NewSearch[directory.Group](q.Params)
	s.ID("id", func(g directory.Group) int64 { return int64(g.ID) })
	s.Text("name", func(g directory.Group) *string { return &g.Name })
	s.Text("external_group_id", func(directory.Group) *string { return nil })
	s.Flag("externally_managed", func(g directory.Group) bool { return g.ID == directory.AllUsers })
	s.Flag("externally_orphaned", func(directory.Group) bool { return false })
	return s.Filter(list)
}

// searchGroups lists the groups that match.
func searchGroups(q *protocol.Request) error {
	list, err := groupSearch(q)
	if err != nil {
		return err
	}
	return replyGroups(q, list, document.GroupsText)
}

// replyGroups answers with a list of groups, rendered by render.
func replyGroups(q *protocol.Request, list []directory.Group,
	render func(*protocol.Request, []directory.GroupID) ([]byte, error)) error {
	by, err := groupOrder(q, list)
	if err != nil {
		return err
	}
	return protocol.ReplyTexts(q, list, by, func(q *protocol.Request, part []directory.Group) ([]byte,
		error) {
		return render(q, idsOf(part))
	})
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
func groupOrder(q *protocol.Request, list []directory.Group) (query.Ordering[directory.Group], error) {
	counts := map[directory.GroupID]int64{}
	if strings.Contains(q.Params.Get("sorts"), "user_count") {
		details, err := q.Dir.GroupDetails(q.Context(), idsOf(list))
		if err != nil {
			return nil, err
		}
		for _, d := range details {
			counts[d.Group.ID] = d.Members
		}
	}
	allUsersFirst := query.ByNumber(func(g directory.Group) int { return min(1, int(g.ID-directory.AllUsers)) })
	return query.Ordering[directory.Group]{
		"id":                          query.ByNumber(func(g directory.Group) directory.GroupID { return g.ID }),
		"name":                        query.ByText(func(g directory.Group) string { return g.Name }),
		"user_count":                  query.ByNumber(func(g directory.Group) int64 { return counts[g.ID] }),
		"external_group_id":           query.Alike[directory.Group],
		"externally_managed":          allUsersFirst,
		"include_by_default":          allUsersFirst,
		"can_add_to_content_metadata": query.Alike[directory.Group],
		"contains_current_user":       query.Alike[directory.Group],
	}, nil
}

// group answers with one group.
func group(q *protocol.Request) error {
	id, err := protocol.PathID[directory.GroupID](q, "group_id")
	if err != nil {
		return err
	}
	return document.ReplyGroup(q, id)
}
