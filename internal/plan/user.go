package plan

import (
	"cohort/internal/directory"
)

func (p *Planner) createUser(e directory.CreateUser) (directory.Result, error) {
	u := directory.User{
		Kind: e.Kind, FirstName: e.FirstName, LastName: e.LastName, ContactEmail: e.ContactEmail,
		Timezone: e.Timezone, Language: e.Language, Disabled: e.Disabled, CreatedAt: p.At,
	}
	if u.Kind == "" {
		u.Kind = directory.KindPerson
	}
	if err := ParseUser(&u); err != nil {
		return directory.Result{}, err
	}
	id, err := p.NewUserID(e.ID)
	if err != nil {
		return directory.Result{}, err
	}
	u.ID = id
	recordAs(p, func(e *directory.CreateUser) { e.ID = id }) // so that the edit can be found when the user is erased
	return made(id), p.Put(u)
}

func (p *Planner) updateUser(e directory.UpdateUser) error {
	rows, err := p.User(e.User)
	if err != nil {
		return err
	}
	u := rows.User
	set(&u.FirstName, e.FirstName)
	set(&u.LastName, e.LastName)
	set(&u.ContactEmail, e.ContactEmail)
	set(&u.Timezone, e.Timezone)
	set(&u.Language, e.Language)
	set(&u.Disabled, e.Disabled)
	if err := ParseUser(&u); err != nil {
		return err
	}
	if u.Disabled && !rows.User.Disabled {
		p.revokeUsers = append(p.revokeUsers, u.ID)
	}
	return p.Put(u)
}

// ParseUser cleans the fields of a user in place.
func ParseUser(u *directory.User) error {
	var err error
	if u.Kind != directory.KindPerson && u.Kind != directory.KindService {
		return directory.Invalid("kind", "must be person or service")
	}
	if u.FirstName, err = directory.ParseName("first_name", u.FirstName); err != nil {
		return err
	}
	if u.LastName, err = directory.ParseName("last_name", u.LastName); err != nil {
		return err
	}
	if u.ContactEmail != "" {
		if u.ContactEmail, err = directory.ParseEmail("contact_email", u.ContactEmail); err != nil {
			return err
		}
	}
	if u.Timezone, err = directory.ParseName("timezone", u.Timezone); err != nil {
		return err
	}
	u.Language, err = directory.ParseLanguage("language", string(u.Language))
	return err
}

// deleteUser marks the user. Its credentials go for good; memberships and
// values stay behind the mark, so that reverting brings them back.
func (p *Planner) deleteUser(e directory.DeleteUser) error {
	rows, err := p.User(e.User)
	if err != nil {
		return err
	}
	for _, c := range append([]directory.Credential(nil), rows.Credentials...) {
		if err := p.dropCredential(c); err != nil {
			return err
		}
	}
	p.revokeUsers = append(p.revokeUsers, e.User)
	u := rows.User
	u.DeletedRev = p.revision
	return p.Put(u)
}
