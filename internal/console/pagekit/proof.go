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

// errProof is for a change that hands out powers or secrets by somebody who has
// not proved itself just now. Nothing was changed.
var errProof = errors.New("the person has not proved itself just now")

// IsProof reports whether an error says that the person has to sign in again first.
func IsProof(err error) bool { return errors.Is(err, errProof) }

// A proving directory asks a person to prove itself before changes that hand out
// powers or secrets. There is no other way from a page to the directory.
type proving struct {
	Directory
	q      *Request
	change func(context.Context, history.Reader, directory.Revision) (directory.CommittedChange, error)
}

// Commit is Directory.
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

// needsProof reports whether an edit changes what somebody may do, or how
// somebody is known.
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

// removes reports whether undoing an edit may put somebody back into a group, or
// bring back what somebody may do.
func removes(edit directory.Edit) bool {
	switch edit.(type) {
	case directory.RemoveMember, directory.RemoveParent, directory.DeleteUser, directory.DeleteGroup, directory.Revert:
		return true
	}
	return false
}

// givesPowers reports whether those in a group get permissions. A group that is
// not there gives none.
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

// A proofPage asks a person to prove who it is.
type proofPage struct {
	Providers []ProviderLink
	Link      string // where a link is entered; empty if links do not count
}

// askProof answers a change that was not made with the ways to prove oneself.
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
