package groups

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
	"cohort/internal/scim/clients"
	"cohort/internal/scim/protocol"
	"cohort/internal/scim/resource"
	"cohort/internal/scim/users"
)

// A groupWish is what a request wants a group to be.
type groupWish struct {
	name       *string
	externalID *string
	members    memberSet
}

// groupBody reads a whole group from a POST or PUT.
func groupBody(raw jsontext.Value) (*groupWish, error) {
	members, err := resource.RawMembers(raw)
	if err != nil {
		return nil, err
	}
	w := &groupWish{}
	if list, ok := groupMember(members, "members"); ok && list.Kind() != 'n' {
		if err := w.replaceMembers(list); err != nil {
			return nil, err
		}
	}
	name, err := groupText(members, "displayName")
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(name) == "" {
		return nil, resource.BadRequest(resource.InvalidValue, "displayName is required.")
	}
	external, err := groupText(members, "externalId")
	w.name, w.externalID = &name, &external
	return w, err
}

// groupMember finds an attribute of a group, with or without its URN.
func groupMember(members []resource.RawMember, name string) (jsontext.Value, bool) {
	if raw, ok := resource.MemberOf(members, name); ok {
		return raw, true
	}
	return resource.MemberOf(members, resource.SchemaGroup+":"+name)
}

func groupText(members []resource.RawMember, name string) (string, error) {
	raw, ok := groupMember(members, name)
	if !ok {
		return "", nil
	}
	return groupTextOf(raw, name)
}

func groupTextOf(raw jsontext.Value, name string) (string, error) {
	v, err := resource.ParseTree(raw)
	if err != nil {
		return "", err
	}
	a := groupType().Core.Attribute(name)
	if a == nil {
		a = &resource.Attribute{Name: name}
	}
	text, err := resource.NormalValue(a, v, name)
	return resource.TextOf(text), err
}

// replaceMembers makes a list the complete list of members.
func (w *groupWish) replaceMembers(raw jsontext.Value) error {
	var list []resource.Member
	var unknown []string
	err := readMembers(raw, func(m resource.Member, sent string) error {
		if m == 0 {
			unknown = append(unknown, sent)
			return nil
		}
		list = append(list, m)
		return nil
	})
	if err != nil {
		return err
	}
	slices.Sort(list)
	w.members.replace(slices.Compact(list))
	w.members.addUnknown(unknown)
	return nil
}

// addUnknown records ids that are not ids of users or groups.
func (m *memberSet) addUnknown(ids []string) { m.unknown = append(m.unknown, ids...) }

// createGroup creates a group.
func createGroup(q *protocol.Request) error {
	raw, err := q.LargeBody()
	if err != nil {
		return err
	}
	id, err := Make(q, raw)
	if err != nil {
		return err
	}
	return replyGroup(q, http.StatusCreated, id)
}

// Make creates a group with its first members, and adds the others in further changes,
// because a change has a limit.
func Make(q *protocol.Request, raw jsontext.Value) (directory.GroupID, error) {
	w, err := groupBody(raw)
	if err != nil {
		return 0, err
	}
	if _, err := directory.ParseName("name", *w.name); err != nil {
		return 0, err
	}
	parts, err := memberParts(q, w.members.base, nil, &w.members)
	if err != nil {
		return 0, err
	}
	done, err := q.Commit(func(now protocol.Directory) ([]directory.Edit, error) {
		id := directory.Made[directory.GroupID](0)
		edits := []directory.Edit{directory.CreateGroup{Name: *w.name, UniqueName: true}}
		edits = append(edits, protocol.ReferenceEdits(id.Object(), q.Client.Source, "", *w.externalID)...)
		facet, err := resource.StoreEdit(id.Object(), resource.FacetGroup, nil, groupFacet(*w.name, q.Client.Source))
		if err != nil {
			return nil, err
		}
		if facet != nil {
			edits = append(edits, facet)
		}
		more, err := memberEdits(q, now, id, parts[0], w.members.unknown)
		return append(edits, more...), err
	})
	if err != nil {
		return 0, err
	}
	made := directory.GroupID(done.Results[0].ID)
	return made, commitMembers(q, made, parts[1:])
}

// groupFacet returns what is stored about a group: its creator, and the name as it was sent if
// it differs from the field.
func groupFacet(sent, client string) *resource.Object {
	facet := resource.NewObject(resource.MadeBy, resource.TextOrNil(client))
	if clean, err := directory.ParseName("name", sent); err != nil || clean != sent {
		facet.Set("displayName", sent)
	}
	return facet
}

// putGroup replaces the writable part of a group. Without a list the members stay: renaming
// must not empty a group.
func putGroup(q *protocol.Request) error {
	id, err := PathID(q)
	if err != nil {
		return err
	}
	raw, err := q.LargeBody()
	if err != nil {
		return err
	}
	if err := Replace(q, id, raw); err != nil {
		return err
	}
	return replyGroup(q, http.StatusOK, id)
}

// Replace makes a group what a body says.
func Replace(q *protocol.Request, id directory.GroupID, raw jsontext.Value) error {
	w, err := groupBody(raw)
	if err != nil {
		return err
	}
	if _, err := readGroup(q, q.Dir, id); err != nil {
		return err
	}
	return storeGroup(q, id, w)
}

// maxParts is how many changes one request may consist of.
const maxParts = 500

// patchGroup applies operations to a group. It neither reads nor shows its members: the reply
// is empty unless the client asks for attributes.
func patchGroup(q *protocol.Request) error {
	id, err := PathID(q)
	if err != nil {
		return err
	}
	raw, err := q.LargeBody()
	if err != nil {
		return err
	}
	if err := Patch(q, id, raw); err != nil {
		return err
	}
	if p := groupType().Projection(q.Query); p.Explicit {
		return replyGroup(q, http.StatusOK, id)
	}
	touched, err := q.Dir.LastChanges(q.Context(), id.Object())
	if err != nil {
		return err
	}
	q.W.Header().Set("ETag", q.Version(touched[0]))
	return q.Gone()
}

// Patch applies operations to a group.
func Patch(q *protocol.Request, id directory.GroupID, raw jsontext.Value) error {
	list, err := resource.Operations(raw)
	if err != nil {
		return err
	}
	if _, err := q.Dir.Group(q.Context(), id); err != nil {
		return err
	}
	w := &groupWish{}
	for _, op := range list {
		if err := wish(q, w, id, op); err != nil {
			return err
		}
	}
	return storeGroup(q, id, w)
}

// storeGroup makes a group what the wish says, in as many changes as needed.
func storeGroup(q *protocol.Request, id directory.GroupID, w *groupWish) error {
	adds, removes, err := memberDelta(q, id, &w.members)
	if err != nil {
		return err
	}
	if len(adds)+len(removes) > q.MembersAtOnce*maxParts {
		return protocol.TooManyEdits()
	}
	parts, err := memberParts(q, adds, removes, &w.members)
	if err != nil {
		return err
	}
	_, err = q.Commit(func(now protocol.Directory) ([]directory.Edit, error) {
		s, err := readGroup(q, now, id)
		if err != nil {
			return nil, err
		}
		if err := q.SameVersion(now, id.Object()); err != nil {
			return nil, err
		}
		edits, err := fieldEdits(q, s, w)
		if err != nil {
			return nil, err
		}
		more, err := memberEdits(q, now, id, parts[0], w.members.unknown)
		return append(edits, more...), err
	})
	if err != nil {
		return err
	}
	return commitMembers(q, id, parts[1:])
}

// fieldEdits returns the edits of name and reference.
func fieldEdits(q *protocol.Request, s *groupState, w *groupWish) ([]directory.Edit, error) {
	var edits []directory.Edit
	id := s.Group.ID
	if w.name != nil {
		clean, err := directory.ParseName("name", *w.name)
		if err != nil {
			return nil, err
		}
		if clean != s.Group.Name {
			edits = append(edits, directory.UpdateGroup{Group: id, Name: w.name, UniqueName: true})
		}
		facet, err := resource.StoreEdit(id.Object(), resource.FacetGroup, s.facet,
			groupFacet(*w.name, s.facet.Text(resource.MadeBy)))
		if err != nil {
			return nil, err
		}
		if facet != nil {
			edits = append(edits, facet)
		}
	}
	if w.externalID != nil {
		edits = append(edits, protocol.ReferenceEdits(id.Object(), q.Client.Source, s.externalID, *w.externalID)...)
	}
	return edits, nil
}

// memberEdits returns the edits that add and remove members, given the current directory.
// Adding a member who is in, or removing one who is not, changes nothing. Unknown ids are
// refused or, if the client's profile says so, skipped.
func memberEdits(q *protocol.Request, now protocol.Directory, id directory.GroupID, part memberPart,
	unknown []string) ([]directory.Edit, error) {
	var edits []directory.Edit
	unknown = slices.Clone(unknown)
	for _, who := range part.adds {
		e, err := addition(q, now, id, who)
		switch {
		case directory.KindOf(err) == directory.KindNotFound && part.later:
			// The group existed at the first change and was deleted later, as if after this
			// change.
		case directory.KindOf(err) == directory.KindNotFound:
			unknown = append(unknown, who.String())
		case err != nil:
			return nil, err
		case e != nil:
			edits = append(edits, e)
		}
	}
	if len(unknown) > 0 {
		if q.Client.Profile != clients.ProfileOkta {
			return nil, unknownMembers(unknown)
		}
		q.Passed, q.Nobody = len(unknown), unknown[0]
	}
	taken := part.counted
	for _, who := range part.removes {
		e, err := removal(q, now, id, who)
		if err != nil {
			return nil, err
		}
		if e != nil {
			taken++
			edits = append(edits, e)
		}
	}
	if taken == 0 || part.later { // the first change has counted them all
		return edits, nil
	}
	q.Removed.From(id, taken)
	return edits, q.Removed.Size(q.Context(), now, id)
}

func unknownMembers(ids []string) error {
	shown := ids[:min(len(ids), 10)]
	quoted := make([]string, len(shown))
	for i := range shown {
		quoted[i] = resource.QuoteFor(shown[i])
	}
	text := strings.Join(quoted, ", ")
	if len(ids) > len(shown) {
		text += " and " + strconv.Itoa(len(ids)-len(shown)) + " more"
	}
	return resource.BadValue("members", "has ids that are nobody's: "+text+"; nothing was changed")
}

// addition returns the edit that adds a member, or nil if it is in already. A membership that
// is not in force is put in force.
func addition(q *protocol.Request, now protocol.Directory, id directory.GroupID, who resource.Member) (directory.Edit,
	error) {
	if child, ok := who.Group(); ok {
		if _, err := now.Group(q.Context(), child); err != nil {
			return nil, err
		}
		if id < 0 { // this change creates the group
			return directory.AddParent{Group: child, Parent: id}, nil
		}
		parents, err := now.ParentsOf(q.Context(), child)
		if err != nil || slices.Contains(parents, id) {
			return nil, err
		}
		return directory.AddParent{Group: child, Parent: id}, nil
	}
	u, err := now.User(q.Context(), directory.UserID(who))
	if err != nil {
		return nil, err
	}
	if !users.IsUser(&u) {
		return nil, protocol.NotFound("user")
	}
	if inGroup(&u, id) {
		return nil, nil
	}
	return directory.AddMember{Group: id, User: u.User.ID, Window: &directory.Window{}}, nil
}

func inGroup(u *directory.UserDetail, id directory.GroupID) bool {
	return slices.ContainsFunc(u.Memberships, func(m directory.Membership) bool { return m.Group == id })
}

// removal returns the edit that removes a member, or nil if it is not in.
func removal(q *protocol.Request, now protocol.Directory, id directory.GroupID, who resource.Member) (directory.Edit,
	error) {
	if child, ok := who.Group(); ok {
		parents, err := now.ParentsOf(q.Context(), child)
		if directory.KindOf(err) == directory.KindNotFound || err == nil && !slices.Contains(parents, id) {
			return nil, nil
		}
		return directory.RemoveParent{Group: child, Parent: id}, err
	}
	u, err := now.User(q.Context(), directory.UserID(who))
	if directory.KindOf(err) == directory.KindNotFound || err == nil && !inGroup(&u, id) {
		return nil, nil
	}
	return directory.RemoveMember{Group: id, User: directory.UserID(who)}, err
}
