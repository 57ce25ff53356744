package foreign

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cohort/internal/desired"
)

// A realm is the part of an export of Keycloak that is read.
type realm struct {
	Groups []realmGroup `json:"groups"`
	Users  []realmUser  `json:"users"`
}

type realmGroup struct {
	ID         string              `json:"id"`
	Name       string              `json:"name"`
	Path       string              `json:"path"`
	Attributes map[string][]string `json:"attributes"`
	RealmRoles []string            `json:"realmRoles"`
	Clients    map[string][]string `json:"clientRoles"`
	SubGroups  []realmGroup        `json:"subGroups"`
}

type realmUser struct {
	ID         string              `json:"id"`
	Username   string              `json:"username"`
	Email      string              `json:"email"`
	FirstName  string              `json:"firstName"`
	LastName   string              `json:"lastName"`
	Enabled    *bool               `json:"enabled"`
	Attributes map[string][]string `json:"attributes"`
	Groups     []string            `json:"groups"`
	RealmRoles []string            `json:"realmRoles"`
	Clients    map[string][]string `json:"clientRoles"`
	Passwords  []json.RawMessage   `json:"credentials"`
	Identities []json.RawMessage   `json:"federatedIdentities"`
	Service    string              `json:"serviceAccountClientId"`
}

// Keycloak parses the JSON of a realm: groups with attributes and subgroups, users with the
// paths of their groups.
func Keycloak(data []byte, opt Options) (*Import, error) {
	var r realm
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("cannot be read as a realm of Keycloak: %w", err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	if r.Groups == nil && r.Users == nil {
		return nil, errors.New("has neither groups nor users, and so is no realm of Keycloak")
	}
	k := &keycloak{Import: newImport(opt), paths: map[string]string{}}
	for i := range r.Groups {
		k.group(&r.Groups[i], "", "")
	}
	for i := range r.Users {
		k.user(&r.Users[i])
	}
	for _, part := range []string{"roles", "clients", "identityProviders", "authenticationFlows", "clientScopes",
		"components", "scopeMappings"} {
		if raw := strings.TrimSpace(string(all[part])); raw != "" && raw != "null" && raw != "[]" && raw != "{}" {
			k.miss("realm", part, "has no place here")
		}
	}
	return k.finish(), nil
}

type keycloak struct {
	*Import
	paths map[string]string // keys of groups by path
}

func (k *keycloak) group(g *realmGroup, parent, parentPath string) {
	path := cmp.Or(g.Path, parentPath+"/"+g.Name)
	e := k.entry("group", cmp.Or(g.ID, path), path)
	e.Name = &g.Name
	k.paths[path] = e.Key
	parents := []string{}
	if parent != "" {
		parents = append(parents, parent)
	}
	k.State.Groups = append(k.State.Groups, desired.Group{Entry: e, Parents: &parents})
	k.attributes(g.Attributes, use{group: len(k.State.Groups) - 1, user: -1})
	k.roles(g.RealmRoles, g.Clients)
	for i := range g.SubGroups {
		k.group(&g.SubGroups[i], e.Key, path)
	}
}

func (k *keycloak) attributes(list map[string][]string, u use) {
	for _, name := range slices.Sorted(maps.Keys(list)) {
		if u.texts = list[name]; len(u.texts) > 0 {
			k.use(name, u)
		}
	}
}

func (k *keycloak) roles(realm []string, clients map[string][]string) {
	if len(realm) > 0 || len(clients) > 0 {
		k.count("roles", "roles of Keycloak are for its clients, and grant nothing here")
	}
}

func (k *keycloak) user(u *realmUser) {
	if u.Service != "" {
		k.count("service account", "make an application with cohort app create")
		return
	}
	name := cmp.Or(u.Email, u.Username)
	e := k.entry("user", cmp.Or(u.ID, u.Username), name)
	one := desired.User{Entry: e, FirstName: &u.FirstName, LastName: &u.LastName}
	if u.Email != "" {
		one.Email = &u.Email
	}
	if u.Enabled != nil {
		one.Disabled = new(!*u.Enabled)
	}
	groups := []desired.Member{}
	for _, path := range u.Groups {
		key, ok := k.paths[path]
		if !ok {
			k.miss("user", name, "is in the group "+path+", which the file has not")
			continue
		}
		groups = append(groups, desired.Member{Group: key})
	}
	one.Groups = &groups
	k.State.Users = append(k.State.Users, one)
	k.attributes(u.Attributes, use{group: -1, user: len(k.State.Users) - 1})
	k.roles(u.RealmRoles, u.Clients)
	if len(u.Passwords) > 0 {
		k.count("credentials", "passwords have no place here: people sign in through a provider")
	}
	if len(u.Identities) > 0 {
		k.count("federated identities", "people are linked when they sign in")
	}
	if u.Username != "" && u.Username != u.Email {
		k.count("username", "users are known by e-mail, and by their id in the source")
	}
}
