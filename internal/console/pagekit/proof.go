package pagekit

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/history"
)

// errProof refuses a change that grants permissions or secrets, by a person who has not signed
// in recently. Nothing was changed.
var errProof = errors.New("the person has not proved itself just now")

// IsProof reports whether an error says that the person has to sign in again first.
func IsProof(err error) bool { return errors.Is(err, errProof) }

// A proving directory requires a recent sign-in for changes that grant permissions or secrets.
// Pages have no other way to commit.
type proving struct {
	Directory
	q      *Request
	change func(context.Context, history.Reader, directory.Revision) (directory.CommittedChange, error)
}

// Commit implements Directory.
func (p proving) Commit(ctx context.Context, change directory.Change) (directory.Committed, error) {
	if p.q.People.IsFresh(p.q.Session) {
		return p.Directory.Commit(ctx, change)
	}
	for _, e := range change.Edits {
		needs, err := p.needsProof(ctx, e)
		if err != nil {
			return directory.Committed{}, err
		}
		if needs {
			return directory.Committed{}, &directory.Error{
				Kind: directory.KindForbidden, Msg: "sign in again first", Err: errProof,
			}
		}
	}
	return p.Directory.Commit(ctx, change)
}

// needsProof reports whether an edit changes permissions, or how somebody is identified.
func (p proving) needsProof(ctx context.Context, edit directory.Edit) (bool, error) {
	switch e := edit.(type) {
	case directory.CreatePermissionSet, directory.UpdatePermissionSet, directory.DeletePermissionSet,
		directory.CreateModelSet, directory.UpdateModelSet, directory.DeleteModelSet,
		directory.CreateRole, directory.UpdateRole, directory.DeleteRole, directory.SetUserRoles, directory.SetGroupRoles,
		directory.SetLoginEmail, directory.CreateAPICredential, directory.UpdateCredential, directory.DeleteCredential,
		directory.SetIdentity, directory.SetSource, directory.DeleteSource:
		return true, nil
	case directory.AddMember:
		return p.givesPowers(ctx, e.Group)
	case directory.SetFirstGroup:
		return p.givesPowers(ctx, e.Group)
	case directory.AddParent:
		return p.givesPowers(ctx, e.Parent)
	case directory.SetFirstParent:
		return p.givesPowers(ctx, e.Parent)
	case directory.Revert:
		change, err := p.change(ctx, p, e.Revision)
		if err != nil {
			return directory.KindOf(err) != directory.KindNotFound, nil
		}
		for _, undone := range change.Edits {
			if needs, err := p.needsProof(ctx, undone); needs || err != nil {
				return needs, err
			}
		}
		return slices.ContainsFunc(change.Edits, removes), nil
	}
	return false, nil
}

// removes reports whether undoing an edit may restore memberships or permissions.
func removes(edit directory.Edit) bool {
	switch edit.(type) {
	case directory.RemoveMember, directory.RemoveParent, directory.DeleteUser, directory.DeleteGroup, directory.Revert:
		return true
	}
	return false
}

// givesPowers reports whether the members of a group get permissions. A group that does not
// exist gives none.
func (p proving) givesPowers(ctx context.Context, id directory.GroupID) (bool, error) {
	if _, made := directory.MadeBy(id); made || id == 0 {
		return false, nil
	}
	powers, err := p.GroupPowers(ctx, id)
	if directory.KindOf(err) == directory.KindNotFound {
		return false, nil
	}
	return powers != 0, err
}

// A proofPage asks a person to sign in again.
type proofPage struct {
	Providers []ProviderLink
	Link      string // where to enter a link; empty if a link is no proof
}

// askProof answers a refused change with the ways to sign in again.
func (c *Console) askProof(w http.ResponseWriter, r *http.Request) error {
	back := strings.TrimSuffix(r.URL.EscapedPath(), "/commit")
	page := proofPage{}
	for _, p := range c.People.Providers() {
		query := url.Values{"back": {back}, "again": {"1"}}
		page.Providers = append(page.Providers, ProviderLink{p.Title, Link(Root, "login", p.Name) + "?" + query.Encode()})
	}
	if len(page.Providers) == 0 {
		page.Link = Root + "/link?" + url.Values{"back": {back}}.Encode()
	}
	return c.ShowOutside(w, r, http.StatusForbidden, "proof", Frame{Title: "Sign in again", Data: page})
}
