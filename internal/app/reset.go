package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"cohort/internal/config"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/view"
)

// A Reset says whose credentials are replaced.
type Reset struct {
	User         string // an id, a name or an e-mail; empty is the administrator with the lowest id
	RevokeOthers bool   // delete the user's other API credentials
}

// ResetAdministrator creates new API credentials for an administrator of a directory that no
// server holds, and enables the user if necessary. It gives access again after every secret is
// lost.
func ResetAdministrator(ctx context.Context, settings config.Config, log *slog.Logger,
	reset Reset) (made Credential, err error) {
	if settings.Database == "" && isFresh(settings) {
		return made, SettingError{fmt.Errorf("%s has no directory", settings.Data)}
	}
	st, err := OpenStore(ctx, settings, log)
	if err != nil {
		return made, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	ring, err := AvailableKeys(settings)
	if err != nil {
		return made, err
	}
	options := core.Options{Facets: FacetChecks(), Sealer: NoSealer{}, Language: directory.Language(settings.Language),
		Log: log}
	if ring != nil {
		options.Sealer = Sealer(ring)
	}
	c, err := core.Open(ctx, st, options)
	if err != nil {
		return made, err
	}
	defer c.Close()
	system := view.New(c).As(directory.System("admin reset"))
	u, err := administrator(ctx, system, reset.User)
	if err != nil {
		return made, err
	}
	edits := []directory.Edit{directory.CreateAPICredential{User: u.User.ID}}
	if u.User.Disabled {
		enabled := false
		edits = append(edits, directory.UpdateUser{User: u.User.ID, Disabled: &enabled})
	}
	for _, credential := range u.Credentials {
		if reset.RevokeOthers && credential.Kind == directory.CredentialAPI {
			edits = append(edits, directory.DeleteCredential{User: u.User.ID, Credential: credential.ID})
		}
	}
	done, err := system.Commit(ctx, directory.Change{Edits: edits, Comment: "New credentials for an administrator"})
	if err != nil {
		return made, err
	}
	after, err := system.User(ctx, u.User.ID)
	if err != nil {
		return made, err
	}
	made = Credential{User: u.User.ID, Secret: done.Results[0].Secret}
	for _, credential := range after.Credentials {
		if credential.ID == directory.CredentialID(done.Results[0].ID) {
			made.ClientID = credential.Identifier
		}
	}
	return made, nil
}

// administrator finds the named user, who must be an administrator, or else the administrator
// with the lowest id.
func administrator(ctx context.Context, dir *view.View, named string) (directory.UserDetail, error) {
	var holders directory.UsersOr
	roles, err := dir.AllRoles(ctx)
	if err != nil {
		return directory.UserDetail{}, err
	}
	for _, r := range roles {
		if !directory.PermissionsOf(r.PermissionSet.Permissions).Has(directory.Administer) {
			continue
		}
		who, err := dir.RoleHolders(ctx, r.Role.ID, false)
		if err != nil {
			return directory.UserDetail{}, err
		}
		holders = append(holders, who)
	}
	where := directory.UsersAnd{holders}
	if named != "" {
		ids, err := usersNamed(ctx, dir, named)
		if err != nil {
			return directory.UserDetail{}, err
		}
		where = append(where, ids)
	}
	users, _, err := dir.Users(ctx, directory.UserQuery{Where: where, Limit: 2})
	switch {
	case err != nil:
		return directory.UserDetail{}, err
	case len(users) == 0 && named != "":
		return directory.UserDetail{},
			SettingError{fmt.Errorf("no user %q administers the directory; leave it out to take the first who does", named)}
	case len(users) == 0:
		return directory.UserDetail{}, errors.New("nobody administers the directory")
	case len(users) > 1 && named != "":
		return directory.UserDetail{}, SettingError{fmt.Errorf("several administrators are %q: name one by its id", named)}
	}
	return users[0], nil
}

// usersNamed finds users by id, e-mail or name.
func usersNamed(ctx context.Context, dir *view.View, text string) (directory.UsersByID, error) {
	if id, err := directory.ParseID[directory.UserID]("user", text); err == nil {
		return directory.UsersByID{id}, nil
	}
	ids, err := dir.UsersByEmail(ctx, text)
	if err == nil && len(ids) == 0 {
		ids, err = dir.UsersByName(ctx, text)
	}
	return directory.UsersByID(ids), err
}

// A NoSealer stands for missing keys: it refuses to seal and to open.
type NoSealer struct{}

// Seal refuses.
func (NoSealer) Seal(directory.AttributeID, directory.Object, string) (string, []byte, error) {
	return "", nil, errors.New("the keys are not at hand")
}

// Open refuses.
func (NoSealer) Open(directory.AttributeID, directory.Object, string, []byte) (string, error) {
	return "", errors.New("the keys are not at hand")
}
