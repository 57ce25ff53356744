package native

import (
	"strings"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/render"
)

// A userBody is a user in replies.
type userBody struct {
	ID           string            `json:"id"`
	Kind         string            `json:"kind"`
	Name         string            `json:"name"`
	FirstName    string            `json:"first_name"`
	LastName     string            `json:"last_name"`
	Email        string            `json:"email"`
	ContactEmail string            `json:"contact_email"`
	Timezone     string            `json:"timezone"`
	Language     string            `json:"language"`
	Disabled     bool              `json:"disabled"`
	CreatedAt    string            `json:"created_at"`
	Groups       []membershipBody  `json:"groups"`
	Values       []valueBody       `json:"values"`
	Roles        []string          `json:"roles"`
	AllRoles     []string          `json:"all_roles"`
	Sources      map[string]string `json:"sources"`
}

// A membershipBody is a group that a user is directly in.
type membershipBody struct {
	Group     render.Group `json:"group"`
	StartsAt  string       `json:"starts_at,omitempty"`
	ExpiresAt string       `json:"expires_at,omitempty"`
}

// A valueBody is a value of an owner.
type valueBody struct {
	Group     *render.Group `json:"group,omitempty"`
	Attribute string        `json:"attribute"`
	Value     any           `json:"value"`
	Rank      int           `json:"rank,omitzero"`
	StartsAt  string        `json:"starts_at,omitempty"`
	ExpiresAt string        `json:"expires_at,omitempty"`
}

// showUser renders a user for GET.
func (q *request) showUser(id directory.UserID) func(now Reader) (any, error) {
	return func(now Reader) (any, error) {
		u, err := now.WholeUser(q.ctx(), id)
		if err != nil {
			return nil, err
		}
		sources, err := now.Sources(q.ctx(), id.Object())
		if err != nil {
			return nil, err
		}
		return q.userBody(now, &u, sources[0])
	}
}

func (q *request) userBody(now Reader, u *directory.UserDetail, sources []directory.SourceReference) (userBody, error) {
	login, _ := u.Credential(directory.CredentialEmail)
	b := userBody{
		ID: directory.FormatID(u.User.ID), Kind: string(u.User.Kind), Name: u.User.DisplayName(),
		FirstName: u.User.FirstName, LastName: u.User.LastName, Email: login.Shown, ContactEmail: u.User.ContactEmail,
		Timezone: u.User.Timezone, Language: string(u.User.Language), Disabled: u.User.Disabled,
		CreatedAt: render.Time(u.User.CreatedAt), Groups: []membershipBody{}, Values: []valueBody{},
		Roles: render.IDs(u.Roles), AllRoles: render.IDs(u.AllRoles), Sources: render.Sources(sources),
	}
	for _, m := range u.Memberships {
		name := ""
		if g, err := now.Group(q.ctx(), m.Group); err == nil {
			name = g.Name
		}
		b.Groups = append(b.Groups, membershipBody{
			Group: render.Group{ID: directory.FormatID(m.Group), Name: name}, StartsAt: render.Time(m.StartsAt),
			ExpiresAt: render.Time(m.ExpiresAt),
		})
	}
	for _, v := range u.Values {
		a, err := now.Attribute(q.ctx(), v.Attribute)
		if err != nil {
			return b, err
		}
		b.Values = append(b.Values, valueOf(&a, v.Value, v.Window))
	}
	return b, nil
}

func valueOf(a *directory.Attribute, v directory.Value, w directory.Window) valueBody {
	return valueBody{Attribute: a.Name, Value: render.Row(a.Type, v), StartsAt: render.Time(w.StartsAt),
		ExpiresAt: render.Time(w.ExpiresAt)}
}

func (a *api) user(q *request) error {
	id, err := q.pathUser()
	if err != nil {
		return err
	}
	body, err := q.showUser(id)(q.dir)
	if err != nil {
		return err
	}
	return q.replyObject(body)
}

// users lists users by id.
func (a *api) users(q *request) error {
	limit, at, err := q.page()
	if err != nil {
		return err
	}
	where, err := q.userFilter()
	if err != nil {
		return err
	}
	where = append(where, directory.UsersAfter(at.parts[0]))
	users, _, err := q.dir.Users(q.ctx(), directory.UserQuery{Where: where, Limit: limit + 1})
	if err != nil {
		return err
	}
	return q.replyUsers(users, limit)
}

// replyUsers answers with a page of users. The list has one more if there is a next page.
func (q *request) replyUsers(users []directory.UserDetail, limit int) error {
	out := struct {
		Users []userBody `json:"users"`
		Next  string     `json:"next,omitempty"`
	}{Users: []userBody{}}
	if len(users) > limit {
		users = users[:limit]
		out.Next = q.next(int64(users[limit-1].User.ID))
	}
	objects := make([]directory.Object, len(users))
	for i := range users {
		objects[i] = users[i].User.ID.Object()
	}
	sources, err := q.dir.Sources(q.ctx(), objects...)
	if err != nil {
		return err
	}
	for i := range users {
		body, err := q.userBody(q.dir, &users[i], sources[i])
		if err != nil {
			return err
		}
		out.Users = append(out.Users, body)
	}
	return q.reply(200, out)
}

// userFilter reads the parameters that select users.
func (q *request) userFilter() (directory.UsersAnd, error) {
	var where directory.UsersAnd
	for name, field := range map[string]directory.UserField{
		"email": directory.FieldEmail, "first_name": directory.FieldFirstName, "last_name": directory.FieldLastName,
	} {
		if text := q.query.Get(name); text != "" {
			p, err := directory.ParsePattern(name, text)
			if err != nil {
				return nil, err
			}
			where = append(where, directory.UsersLike{Field: field, Pattern: p})
		}
	}
	disabled, given, err := q.flag("disabled")
	if err != nil {
		return nil, err
	}
	if given {
		where = append(where, directory.UsersEnabled(!disabled))
	}
	if text := q.query.Get("group"); text != "" {
		id, err := q.selectGroup("group", text)
		if err != nil {
			return nil, err
		}
		if id != directory.AllUsers {
			where = append(where, directory.UsersIn{Groups: []directory.GroupID{id}})
		}
	}
	return where, nil
}

// A userEdit holds the members of a user that clients may write.
type userEdit struct {
	ID           string                   `json:"id"`
	Kind         string                   `json:"kind"`
	FirstName    httpkit.Optional[string] `json:"first_name"`
	LastName     httpkit.Optional[string] `json:"last_name"`
	Email        httpkit.Optional[string] `json:"email"`
	ContactEmail httpkit.Optional[string] `json:"contact_email"`
	Timezone     httpkit.Optional[string] `json:"timezone"`
	Language     httpkit.Optional[string] `json:"language"`
	Disabled     httpkit.Optional[bool]   `json:"disabled"`
}

func (a *api) createUser(q *request) error {
	var in userEdit
	if err := q.body(&in); err != nil {
		return err
	}
	id, err := chosenID[directory.UserID](in.ID)
	if err != nil {
		return err
	}
	edits := []directory.Edit{directory.CreateUser{
		ID: id, Kind: directory.UserKind(in.Kind), FirstName: in.FirstName.Value, LastName: in.LastName.Value,
		ContactEmail: in.ContactEmail.Value, Timezone: in.Timezone.Value,
		Language: directory.Language(strings.ToUpper(in.Language.Value)), Disabled: in.Disabled.Value,
	}}
	if in.Email.Has() && in.Email.Value != "" {
		edits = append(edits, directory.SetLoginEmail{User: directory.Made[directory.UserID](0), Email: in.Email.Value,
			New: true})
	}
	return q.write(write{change: directory.Change{Edits: edits}, made: "/v1/users"})
}

// chosenID parses the id that a client chooses for a new object.
func chosenID[T directory.ID](text string) (T, error) {
	if text == "" {
		return 0, nil
	}
	return directory.ParseID[T]("id", text)
}

func (a *api) updateUser(q *request) error {
	id, err := q.pathUser()
	if err != nil {
		return err
	}
	var in userEdit
	if err := q.body(&in); err != nil {
		return err
	}
	if in.ID != "" || in.Kind != "" {
		return directory.Invalid("id", "and kind cannot be changed")
	}
	update := directory.UpdateUser{
		User: id, FirstName: in.FirstName.Ptr(), LastName: in.LastName.Ptr(), ContactEmail: in.ContactEmail.Ptr(),
		Timezone: in.Timezone.Ptr(), Disabled: in.Disabled.Ptr(),
	}
	if in.Language.Set {
		language := directory.Language(strings.ToUpper(in.Language.Value))
		update.Language = &language
	}
	edits := []directory.Edit{update}
	if in.Email.Set {
		email, err := q.emailEdit(id, in.Email.Value)
		if err != nil {
			return err
		}
		edits = append(edits, email...)
	}
	return q.edit(q.showUser(id), edits...)
}

// emailEdit returns the edit that sets the login e-mail, or removes it if it is empty.
func (q *request) emailEdit(id directory.UserID, email string) ([]directory.Edit, error) {
	if email != "" {
		return []directory.Edit{directory.SetLoginEmail{User: id, Email: email}}, nil
	}
	u, err := q.dir.WholeUser(q.ctx(), id)
	if err != nil {
		return nil, err
	}
	login, ok := u.Credential(directory.CredentialEmail)
	if !ok {
		return nil, nil
	}
	return []directory.Edit{directory.DeleteCredential{User: id, Credential: login.ID}}, nil
}

func (a *api) deleteUser(q *request) error {
	id, err := q.pathUser()
	if err != nil {
		return err
	}
	return q.edit(q.showUser(id), directory.DeleteUser{User: id})
}

// eraseUser erases a user for good.
func (a *api) eraseUser(q *request) error {
	id, err := q.pathUser()
	if err != nil {
		// A deleted user can still be erased, by its id.
		if id, err = directory.ParseID[directory.UserID]("user", q.r.PathValue("user")); err != nil {
			return err
		}
	}
	return q.edit(nil, directory.EraseUser{User: id})
}
