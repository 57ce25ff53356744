package lookercopy

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The objects that are copied, as the API shows them.
type (
	group struct {
		ID                string
		Name              string
		ExternallyManaged bool     `json:"externally_managed"`
		Parents           []string `json:"parent_group_ids"`
	}
	attribute struct {
		ID          string
		Name        string
		Label       string
		Type        string
		Default     *string `json:"default_value"`
		IsSystem    bool    `json:"is_system"`
		IsPermanent bool    `json:"is_permanent"`
		Hidden      bool    `json:"value_is_hidden"`
		UserCanView bool    `json:"user_can_view"`
		UserCanEdit bool    `json:"user_can_edit"`
		Whitelist   *string `json:"hidden_value_domain_whitelist"`
		values      []groupValue
	}
	groupValue struct {
		GroupID string `json:"group_id"`
		Rank    int
		Value   *string
	}
	set struct {
		ID          string
		Name        string
		Permissions []string
		Models      []string
		BuiltIn     bool `json:"built_in"`
		AllAccess   bool `json:"all_access"`
	}
	role struct {
		ID            string
		Name          string
		PermissionSet set `json:"permission_set"`
		ModelSet      set `json:"model_set"`
		groups, users []string
	}
	user struct {
		ID         string
		FirstName  *string  `json:"first_name"`
		LastName   *string  `json:"last_name"`
		Email      *string  `json:"email"`
		IsDisabled bool     `json:"is_disabled"`
		GroupIDs   []string `json:"group_ids"`
		LoginEmail *struct {
			Email *string
		} `json:"credentials_email"`
		API3   []struct{ ID string } `json:"credentials_api3"`
		Google *struct {
			ID *string `json:"google_user_id"`
		} `json:"credentials_google"`
		LDAP *struct {
			ID *string `json:"ldap_id"`
		} `json:"credentials_ldap"`
		SAML *struct {
			ID *string `json:"saml_user_id"`
		} `json:"credentials_saml"`
		OIDC *struct {
			ID *string `json:"oidc_user_id"`
		} `json:"credentials_oidc"`
		values []userValue
	}
	userValue struct {
		AttributeID string `json:"user_attribute_id"`
		Name        string
		Value       *string
		Source      string
		Hidden      bool `json:"value_is_hidden"`
	}
)

// A Snapshot is the content of an instance.
type Snapshot struct {
	groups      []group
	attributes  []attribute
	permissions []set
	models      []set
	roles       []role
	users       []user
}

// A Progress is called with the progress of long work. total is 0 if it is unknown.
type Progress func(what string, done, total int)

// userFields are the requested fields of users.
const userFields = "id,first_name,last_name,email,is_disabled,group_ids," +
	"credentials_email(email),credentials_api3(id)," +
	"credentials_google(google_user_id)," +
	"credentials_ldap(ldap_id),credentials_saml(saml_user_id),credentials_oidc(oidc_user_id)"

// allUsers is the group of everybody.
const allUsers = "1"

// Read reads an instance. With values it also reads users' own values, which takes a request
// for each user.
func (s *Source) Read(ctx context.Context, values bool, progress Progress) (*Snapshot, error) {
	snap := &Snapshot{}
	for _, part := range []struct {
		path, fields string
		into         any
	}{
		{"/user_attributes", "", &snap.attributes},
		{"/groups/search/with_hierarchy", "", &snap.groups},
		{"/permission_sets", "", &snap.permissions},
		{"/model_sets", "", &snap.models},
		{"/roles", "", &snap.roles},
	} {
		if err := s.get(ctx, part.path, nil, part.into); err != nil {
			return nil, err
		}
		progress(strings.TrimPrefix(part.path, "/"), 1, 1)
	}
	for i := range snap.attributes {
		a := &snap.attributes[i]
		if a.IsSystem {
			continue
		}
		if err := s.get(ctx, "/user_attributes/"+a.ID+"/group_values", nil, &a.values); err != nil {
			return nil, err
		}
		slices.SortStableFunc(a.values, func(a, b groupValue) int { return a.Rank - b.Rank })
		progress("group values", i+1, len(snap.attributes))
	}
	for i := range snap.roles {
		if err := s.readHolders(ctx, &snap.roles[i]); err != nil {
			return nil, err
		}
		progress("roles", i+1, len(snap.roles))
	}
	return snap, s.readUsers(ctx, snap, values, progress)
}

func (s *Source) readHolders(ctx context.Context, r *role) error {
	var groups, users []struct{ ID string }
	if err := s.get(ctx, "/roles/"+r.ID+"/groups", url.Values{"fields": {"id"}}, &groups); err != nil {
		return err
	}
	query := url.Values{"fields": {"id"}, "direct_association_only": {"true"}}
	if err := s.get(ctx, "/roles/"+r.ID+"/users", query, &users); err != nil {
		return err
	}
	for _, g := range groups {
		r.groups = append(r.groups, g.ID)
	}
	for _, u := range users {
		r.users = append(r.users, u.ID)
	}
	return nil
}

func (s *Source) readUsers(ctx context.Context, snap *Snapshot, values bool, progress Progress) error {
	for {
		var page []user
		query := url.Values{
			"fields": {userFields}, "sorts": {"id"}, "limit": {strconv.Itoa(pageSize)},
			"offset": {strconv.Itoa(len(snap.users))},
		}
		if err := s.get(ctx, "/users", query, &page); err != nil {
			return err
		}
		snap.users = append(snap.users, page...)
		progress("users", len(snap.users), 0)
		if len(page) < pageSize {
			break
		}
	}
	if !values {
		return nil
	}
	for i := range snap.users {
		u := &snap.users[i]
		err := s.get(ctx, "/users/"+u.ID+"/attribute_values", nil, &u.values)
		if gone, ok := errors.AsType[*StatusError](err); ok && gone.Status == 404 {
			continue // deleted since it was listed
		}
		if err != nil {
			return err
		}
		u.values = slices.DeleteFunc(u.values, func(v userValue) bool { return v.Source != "User Setting" })
		progress("values of users", i+1, len(snap.users))
	}
	return nil
}
