package importer

import (
	"cmp"
	"maps"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/store"
)

// A userPart is a user with its rows while they are read.
type userPart struct {
	user       directory.User
	login      string // e-mail
	isNamed    bool   // has a login name
	groups     int
	kinds      [8]directory.CredentialKind // that it has
	credential int
	last       directory.RowKey
	writes     []directory.RowWrite
	members    []directory.GroupID
}

// user reads a user and its rows. They go into one part.
func (b *baselineReader) user() error {
	u := &b.pending
	*u = userPart{writes: u.writes[:0], members: u.members[:0]}
	row, _ := b.rows.row.(directory.User)
	if err := b.checkUser(&row); err != nil {
		return b.rows.wrong(err)
	}
	u.user, u.last = row, b.rows.key
	u.writes = append(u.writes, directory.RowWrite{After: row})
	b.users.Add(row.ID)
	for {
		if err := b.rows.advance(); err != nil {
			return err
		}
		if k := b.rows.key.Kind; k <= directory.RowUser || k > directory.RowCredential {
			return b.endUser()
		}
		if len(u.writes) == maxImportRows {
			return b.rows.wrong(directory.TooLong("user", "has more than %d rows", maxImportRows))
		}
		if err := b.ofUser(u, b.rows.row); err != nil {
			return b.rows.wrong(err)
		}
	}
}

// endUser adds the user to the part, unless it is stored already.
func (b *baselineReader) endUser() error {
	u := &b.pending
	through := b.rows.n - 1
	if b.rows.row == nil {
		through = b.rows.n
	}
	if through > b.skip {
		if err := b.room(len(u.writes)); err != nil {
			return err
		}
		email := u.user.ContactEmail
		if u.login != "" {
			email = u.login
		}
		b.part.writes = append(b.part.writes, u.writes...)
		b.part.touched = append(b.part.touched, store.TouchedUser{User: u.user.ID, EmailKey: directory.Fold(email)})
		for _, g := range u.members {
			b.part.members[g]++
		}
		b.part.users++
		if u.isNamed {
			b.part.named++
		}
	}
	b.part.through = through
	return nil
}

func (b *baselineReader) checkUser(u *directory.User) error {
	switch {
	case b.lastUser >= u.ID:
		return errOrder
	case u.DeletedRev != 0:
		return errMarked
	}
	if err := checkChosenID(u.ID); err != nil {
		return err
	}
	b.lastUser = u.ID
	return plan.ParseUser(u)
}

// ofUser checks a row of the current user.
func (b *baselineReader) ofUser(u *userPart, row directory.Row) error {
	owner, _ := directory.OwnerOf(row)
	key := b.rows.key
	switch {
	case owner != u.user.ID:
		return directory.Invalid("user", "must be that of the user above, %d", u.user.ID)
	case cmp.Or(cmp.Compare(u.last.Kind, key.Kind), cmp.Compare(u.last.A, key.A), cmp.Compare(u.last.B, key.B)) >= 0:
		return errOrder
	}
	u.last = key
	switch r := row.(type) {
	case directory.Membership:
		if err := b.checkMembership(u, &r); err != nil {
			return err
		}
	case directory.UserValue:
		if err := b.checkUserValue(&r); err != nil {
			return err
		}
	case directory.UserRole:
		if !b.objects[r.Role.Object()] {
			return directory.NotFound("role", r.Role)
		}
	case directory.Credential:
		if err := b.checkCredential(u, &r); err != nil {
			return err
		}
		u.isNamed = u.isNamed || r.Kind.IsLoginName()
		row = r
	}
	u.writes = append(u.writes, directory.RowWrite{After: row})
	return nil
}

func (b *baselineReader) checkMembership(u *userPart, m *directory.Membership) error {
	switch {
	case m.Group == directory.AllUsers:
		return directory.Invalid("group", "cannot be All Users: everyone is in it")
	case !b.objects[m.Group.Object()]:
		return directory.NotFound("group", m.Group)
	}
	if u.groups++; u.groups > directory.MaxUserGroups {
		return directory.Invalid("group", "is the user's group number %d; the most is %d", u.groups, directory.MaxUserGroups)
	}
	if m.Always() {
		u.members = append(u.members, m.Group)
	}
	if _, err := directory.ParseWindow(m.StartsAt, m.ExpiresAt); err != nil {
		return err
	}
	return checkPlace("position", m.Position)
}

func (b *baselineReader) checkUserValue(v *directory.UserValue) error {
	a, ok := b.attrs[v.Attribute]
	switch {
	case !ok:
		return directory.NotFound("attribute", v.Attribute)
	case a.ID.Computed():
		return directory.Protected("attribute", "is computed from the user: it has no values to set or remove")
	}
	if _, err := directory.ParseWindow(v.StartsAt, v.ExpiresAt); err != nil {
		return err
	}
	return b.value("value", &a, v.Value)
}

func (b *baselineReader) checkCredential(u *userPart, c *directory.Credential) error {
	if err := giveID(&b.next.Credential, c.ID); err != nil {
		return err
	}
	for _, kind := range u.kinds[:u.credential] {
		if kind == c.Kind && !kind.Several() {
			return directory.Invalid("kind", "is that of another credential of the user")
		}
	}
	if u.credential < len(u.kinds) {
		u.kinds[u.credential] = c.Kind
		u.credential++
	}
	var err error
	switch c.Kind {
	case directory.CredentialEmail:
		if u.user.Kind == directory.KindService {
			return directory.Invalid("kind", "cannot be email: a service account has no login e-mail")
		}
		if c.Shown, err = directory.ParseEmail("shown", c.Shown); err != nil {
			return err
		}
		c.Identifier, u.login = directory.Fold(c.Shown), c.Shown
		return nil
	case directory.CredentialAPI:
		return directory.Invalid("kind", "cannot be api3: secrets are not moved, so make a new credential afterwards")
	default: // those of other systems are alike
	}
	if err := plan.CheckIdentityKind(c.Kind); err != nil {
		return err
	}
	if c.Identifier, err = directory.ParseRequiredName("identifier", c.Identifier); err != nil {
		return err
	}
	c.Shown = c.Identifier
	return nil
}

// errMarked refuses rows that are marked deleted, because the revision of the mark means
// nothing in another directory.
var errMarked = directory.Invalid("deleted_rev", "must not be set: what is deleted is not moved")

// giveID checks an id that was given out elsewhere, and counts it as used.
func giveID[T directory.ID](next *T, id T) error {
	if id < 1 || id > directory.MaxID {
		return directory.Invalid("id", "must be between 1 and %d", directory.MaxID)
	}
	*next = max(*next, id+1)
	return nil
}

// checkChosenID checks an id that clients can choose. It does not move the counter.
func checkChosenID[T directory.ID](id T) error { return giveID(new(T), id) }

// maxPlace limits order keys and positions, so that there is room after them.
const maxPlace = 1 << 61

func checkPlace(field string, place int64) error {
	if place < -maxPlace || place > maxPlace {
		return directory.Invalid(field, "must be between %d and %d", -maxPlace, maxPlace)
	}
	return nil
}

// value checks a value in its stored form. A value that is older than a constraint is
// imported, because an import accepts what an export contains.
func (b *baselineReader) value(field string, a *directory.Attribute, v directory.Value) error {
	if err := checkStored(field, a, v); err != nil {
		return err
	}
	if err := b.fits.CheckConstraints(field, a, directory.NoValue(), v); err != nil {
		b.misfits[a.Name]++
	}
	return nil
}

// warnOfMisfits logs how many imported values do not fit.
func (b *baselineReader) warnOfMisfits() {
	for _, name := range slices.Sorted(maps.Keys(b.misfits)) {
		b.log.Warn("values came in that the constraints of their attribute do not take", "attribute", name, "values",
			b.misfits[name])
	}
}

// checkStored checks a value in its stored form.
func checkStored(field string, a *directory.Attribute, v directory.Value) error {
	switch {
	case a.Hidden || v.Sealed != 0:
		return directory.Invalid(field, "is hidden: hidden values are not moved")
	case a.Type.Localized() && len(v.Texts) == 0:
		return directory.Invalid(field, "must have a text per language: it is of type %s", a.Type)
	case a.Type.Localized():
		return directory.CheckTexts(field, a, v)
	case len(v.Texts) > 0:
		return directory.Invalid(field, "has a text per language, but the type %s has none", a.Type)
	}
	return directory.ParseValue(field, a.Type, v.Text)
}
