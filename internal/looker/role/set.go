package role

import (
	"slices"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
	"cohort/internal/looker/query"
)

// A permissionSetBody is the vendor's PermissionSet.
type permissionSetBody struct {
	Can         document.Can `json:"can"`
	AllAccess   bool         `json:"all_access"`
	BuiltIn     bool         `json:"built_in"`
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	Permissions []string     `json:"permissions"`
	URL         string       `json:"url"`
}

// A modelSetBody is the vendor's ModelSet.
type modelSetBody struct {
	Can       document.Can `json:"can"`
	AllAccess bool         `json:"all_access"`
	BuiltIn   bool         `json:"built_in"`
	ID        string       `json:"id"`
	Models    []string     `json:"models"`
	Name      string       `json:"name"`
	URL       string       `json:"url"`
}

// permissionSetBodies renders permission sets.
func permissionSetBodies(q *protocol.Request, sets []directory.PermissionSet) ([]permissionSetBody, error) {
	answers, err := document.AskCan(q, roleCanMember(q), sets, func(directory.PermissionSet) []directory.Edit {
		return []directory.Edit{directory.CreatePermissionSet{}}
	})
	if err != nil {
		return nil, err
	}
	bodies := make([]permissionSetBody, len(sets))
	for i, s := range sets {
		id := directory.FormatID(s.ID)
		bodies[i] = permissionSetBody{
			Can: editCan(answers[i]), AllAccess: s.AllAccess, BuiltIn: s.BuiltIn, ID: id, Name: s.Name,
			Permissions: s.Permissions, URL: q.URL("permission_sets", id),
		}
	}
	return bodies, nil
}

// modelSetBodies renders model sets.
func modelSetBodies(q *protocol.Request, sets []directory.ModelSet) ([]modelSetBody, error) {
	answers, err := document.AskCan(q, roleCanMember(q), sets, func(directory.ModelSet) []directory.Edit {
		return []directory.Edit{directory.CreateModelSet{}}
	})
	if err != nil {
		return nil, err
	}
	bodies := make([]modelSetBody, len(sets))
	for i, s := range sets {
		id := directory.FormatID(s.ID)
		bodies[i] = modelSetBody{
			Can: editCan(answers[i]), AllAccess: s.AllAccess, BuiltIn: s.BuiltIn, ID: id, Name: s.Name,
			Models: s.Models, URL: q.URL("model_sets", id),
		}
	}
	return bodies, nil
}

// A setEdit holds the members of a permission set or model set that callers may write. A list
// that is null counts as absent.
type setEdit struct {
	Name        httpkit.Optional[string]   `json:"name"`
	Permissions httpkit.Optional[[]string] `json:"permissions"`
	Models      httpkit.Optional[[]string] `json:"models"`
}

// A setKind serves the operations of a kind of set S, which replies show as B.
type setKind[S, B any] struct {
	name       string // of one set, in errors; the id in paths is called name_id
	of         func(*S) setFields
	list       func(*protocol.Request) ([]S, error)
	bodies     func(*protocol.Request, []S) ([]B, error)
	createEdit func(in *setEdit) directory.Edit
	updateEdit func(id int64, in *setEdit) directory.Edit
	deleteEdit func(id int64) directory.Edit
}

// setFields are what lists of sets are sorted and searched by.
type setFields struct {
	id                 int64
	name               string
	builtIn, allAccess bool
}

// permissionSets serves permission sets.
func permissionSets() *setKind[directory.PermissionSet, permissionSetBody] {
	return &setKind[directory.PermissionSet, permissionSetBody]{
		name: "permission_set",
		of: func(s *directory.PermissionSet) setFields {
			return setFields{int64(s.ID), s.Name, s.BuiltIn, s.AllAccess}
		},
		list:   func(q *protocol.Request) ([]directory.PermissionSet, error) { return q.Dir.PermissionSets(q.Context()) },
		bodies: permissionSetBodies,
		createEdit: func(in *setEdit) directory.Edit {
			return directory.CreatePermissionSet{Name: in.Name.Value, Permissions: in.Permissions.Value}
		},
		updateEdit: func(id int64, in *setEdit) directory.Edit {
			return directory.UpdatePermissionSet{
				PermissionSet: directory.PermissionSetID(id), Name: in.Name.Ptr(), Permissions: in.Permissions.Given(),
			}
		},
		deleteEdit: func(id int64) directory.Edit {
			return directory.DeletePermissionSet{PermissionSet: directory.PermissionSetID(id)}
		},
	}
}

// modelSets serves model sets.
func modelSets() *setKind[directory.ModelSet, modelSetBody] {
	return &setKind[directory.ModelSet, modelSetBody]{
		name:   "model_set",
		of:     func(s *directory.ModelSet) setFields { return setFields{int64(s.ID), s.Name, s.BuiltIn, s.AllAccess} },
		list:   func(q *protocol.Request) ([]directory.ModelSet, error) { return q.Dir.ModelSets(q.Context()) },
		bodies: modelSetBodies,
		createEdit: func(in *setEdit) directory.Edit {
			return directory.CreateModelSet{Name: in.Name.Value, Models: in.Models.Value}
		},
		updateEdit: func(id int64, in *setEdit) directory.Edit {
			return directory.UpdateModelSet{
				ModelSet: directory.ModelSetID(id), Name: in.Name.Ptr(), Models: in.Models.Given(),
			}
		},
		deleteEdit: func(id int64) directory.Edit { return directory.DeleteModelSet{ModelSet: directory.ModelSetID(id)} },
	}
}

func (k *setKind[S, B]) order() query.Ordering[S] {
	return query.Ordering[S]{
		"id":         query.ByNumber(func(s S) int64 { return k.of(&s).id }),
		"name":       query.ByText(func(s S) string { return k.of(&s).name }),
		"built_in":   query.ByFlag(func(s S) bool { return k.of(&s).builtIn }),
		"all_access": query.ByFlag(func(s S) bool { return k.of(&s).allAccess }),
	}
}

// reply answers with a list of sets.
func (k *setKind[S, B]) reply(q *protocol.Request, list []S) error {
	return protocol.ReplyList(q, list, k.order(), k.bodies)
}

// all lists all sets.
func (k *setKind[S, B]) all(q *protocol.Request) error {
	list, err := k.list(q)
	if err != nil {
		return err
	}
	return k.reply(q, list)
}

// search lists the matching sets.
func (k *setKind[S, B]) search(q *protocol.Request) error {
	list, err := k.list(q)
	if err != nil {
		return err
	}
	s := query.NewSearch[S](q.Params)
	s.ID("id", func(s S) int64 { return k.of(&s).id })
	s.Text("name", func(s S) *string { name := k.of(&s).name; return &name })
	s.Flag("all_access", func(s S) bool { return k.of(&s).allAccess })
	s.Flag("built_in", func(s S) bool { return k.of(&s).builtIn })
	if list, err = s.Filter(list); err != nil {
		return err
	}
	return k.reply(q, list)
}

// pathID returns the id of the set in the path.
func (k *setKind[S, B]) pathID(q *protocol.Request) (int64, error) {
	return protocol.PathID[int64](q, k.name+"_id")
}

// show answers with the set in the path.
func (k *setKind[S, B]) show(q *protocol.Request) error {
	id, err := k.pathID(q)
	if err != nil {
		return err
	}
	return k.replyOne(q, id)
}

// replyOne answers with one set.
func (k *setKind[S, B]) replyOne(q *protocol.Request, id int64) error {
	list, err := k.list(q)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(s S) bool { return k.of(&s).id == id })
	if at < 0 {
		return directory.NotFound(k.name, id)
	}
	bodies, err := k.bodies(q, list[at:at+1])
	if err != nil {
		return err
	}
	return q.Reply(bodies[0])
}

// create creates a set.
func (k *setKind[S, B]) create(q *protocol.Request) error {
	var in setEdit
	if err := q.Body(&in); err != nil {
		return err
	}
	if err := protocol.MustName("name", httpkit.Some(in.Name.Value)); err != nil {
		return err
	}
	done, shown, err := q.Commit(k.createEdit(&in))
	if err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return k.replyOne(q, done.Results[0].ID)
}

// update changes the members that the body names.
func (k *setKind[S, B]) update(q *protocol.Request) error {
	id, err := k.pathID(q)
	if err != nil {
		return err
	}
	var in setEdit
	if err := q.Body(&in); err != nil {
		return err
	}
	if err := protocol.MustName("name", in.Name); err != nil {
		return err
	}
	if _, shown, err := q.Commit(k.updateEdit(id, &in)); err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return k.replyOne(q, id)
}

// delete deletes the set in the path.
func (k *setKind[S, B]) delete(q *protocol.Request) error {
	id, err := k.pathID(q)
	if err != nil {
		return err
	}
	return q.Done(k.deleteEdit(id))
}
