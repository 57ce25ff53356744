package signin

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// Dialect is the dialect of the facets that record which memberships a provider has made.
const Dialect = "sign-in"

// facetGroups is the kind of those facets. Their name is that of the provider.
const facetGroups = "claim_groups"

// A claimed is the list of groups that a user is in because a provider says so.
type claimed struct {
	Groups []directory.GroupID `json:"groups"` // ascending
}

// CheckFacet refuses a facet that is not of this package.
func CheckFacet(f directory.Facet) error {
	if f.Kind != facetGroups || f.Object.Kind != directory.ObjectUser {
		return directory.Invalid("kind", "is not a kind of facet of sign-in")
	}
	return json.Unmarshal([]byte(f.Data), new(claimed))
}

const maxClaimGroups = 1000 // values of a claim that are read

// groupValues returns the values of a claim. Known is false if the provider does not list all
// of them, so that nothing can be concluded.
func (c *claims) groupValues(claim string) (values []string, known bool) {
	elsewhere, _ := c.all["_claim_names"].(map[string]any)
	if _, is := elsewhere[claim]; is || c.all["hasgroups"] != nil && c.all["hasgroups"] != false {
		return nil, false
	}
	switch v := c.all[claim].(type) {
	case nil:
	case string:
		values = []string{v}
	case []any:
		for _, one := range v {
			text, ok := one.(string)
			if !ok {
				return nil, false
			}
			values = append(values, text)
		}
	default:
		return nil, false
	}
	return values, len(values) <= maxClaimGroups
}

// wholeHour rounds up the end of memberships, so that signing in again soon changes nothing.
const wholeHour = directory.Instant(time.Hour / time.Millisecond)

// setGroups adds a user to the groups that the provider names, until the session ends, and
// removes it from groups that the provider added earlier and no longer names. Other
// memberships stay.
func (s *Service) setGroups(ctx context.Context, p *provider, user directory.UserID, who *claims,
	until directory.Instant) error {
	if p.GroupsClaim == "" {
		return nil
	}
	values, known := who.groupValues(p.GroupsClaim)
	if !known {
		s.config.Log.Warn("groups are left as they are: the provider does not say all of them", "user", int64(user),
			"provider", p.Name)
		return nil
	}
	groups, err := s.claimedGroups(ctx, p, values)
	if err != nil {
		return err
	}
	key := directory.Facet{Object: user.Object(), Dialect: Dialect, Kind: facetGroups, Name: p.Name}
	var rows directory.UserRows
	err = s.store.Read(ctx, func(r store.Reader) error {
		if rows, _, err = r.UserRows(ctx, user); err != nil {
			return err
		}
		row, _, err := r.Row(ctx, key.Key())
		if f, ok := row.(directory.Facet); ok {
			key.Data = f.Data
		}
		return err
	})
	if err != nil {
		return err
	}
	edits := memberships(&rows, groups, key, (until+wholeHour-1)/wholeHour*wholeHour, until)
	if len(edits) == 0 {
		return nil
	}
	_, err = s.config.Directory.Commit(ctx, edits...)
	return err
}

// memberships returns the edits that turn the memberships by a provider into groups. Mark is
// the facet that records the current ones.
func memberships(
	rows *directory.UserRows, groups []directory.GroupID, mark directory.Facet, until, least directory.Instant,
) (edits []directory.Edit) {
	var is, next claimed
	if mark.Data != "" {
		_ = json.Unmarshal([]byte(mark.Data), &is) // a facet that cannot be read records nothing
	}
	user := rows.User.ID
	at := map[directory.GroupID]directory.Membership{}
	for _, m := range rows.Memberships {
		at[m.Group] = m
	}
	for _, g := range groups {
		m, there := at[g]
		if there && (!slices.Contains(is.Groups, g) || m.ExpiresAt == 0) {
			continue // made by somebody else
		}
		next.Groups = append(next.Groups, g)
		if !there || m.ExpiresAt < least || m.StartsAt != 0 {
			edits = append(edits, directory.AddMember{Group: g, User: user, Window: &directory.Window{ExpiresAt: until}})
		}
	}
	for _, g := range is.Groups {
		if m, there := at[g]; there && m.ExpiresAt != 0 && !slices.Contains(groups, g) {
			edits = append(edits, directory.RemoveMember{Group: g, User: user})
		}
	}
	if slices.Equal(is.Groups, next.Groups) {
		return edits
	}
	if len(next.Groups) == 0 {
		return append(edits, directory.DeleteFacet{Object: mark.Object, Dialect: mark.Dialect, Kind: mark.Kind,
			Name: mark.Name})
	}
	data, err := json.Marshal(next)
	if err != nil {
		return edits // ids always marshal
	}
	return append(edits, directory.SetFacet{Object: mark.Object, Dialect: mark.Dialect, Kind: mark.Kind, Name: mark.Name,
		Data: string(data)})
}

// claimedGroups returns the groups whose references are values of a claim, ascending. It
// leaves out groups that claims may not change.
func (s *Service) claimedGroups(ctx context.Context, p *provider,
	values []string) (groups []directory.GroupID, err error) {
	err = s.store.Read(ctx, func(r store.Reader) error {
		for _, value := range values {
			keys, err := r.Find(ctx, directory.SourceKey(directory.ObjectGroup, p.GroupsSource, value), 1)
			if err != nil {
				return err
			}
			if len(keys) == 0 {
				continue
			}
			id := directory.GroupID(keys[0].Object.ID)
			row, _, err := r.Row(ctx, directory.Group{ID: id}.Key())
			if err != nil {
				return err
			}
			if g, ok := row.(directory.Group); ok && g.DeletedRev == 0 && id != directory.AllUsers {
				groups = append(groups, id)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(groups)
	groups = slices.Compact(groups)
	kept := groups[:0]
	for _, id := range groups {
		why, err := s.mayNotClaim(ctx, p, id)
		if err != nil {
			return nil, err
		}
		if why == "" {
			kept = append(kept, id)
			continue
		}
		s.config.Log.Warn("a group is left alone by sign-in", "why", why, "group", int64(id), "provider", p.Name)
	}
	return kept, nil
}

// mayNotClaim says why claims may not add anybody to a group; empty if they may.
func (s *Service) mayNotClaim(ctx context.Context, p *provider, id directory.GroupID) (why string, err error) {
	powers, err := s.config.Directory.GroupPowers(ctx, id)
	if err != nil {
		return "", err
	}
	if powers.Has(directory.Administer) && !p.GroupsAdminister {
		return "it gives the permission to administer, and groups-administer is off", nil
	}
	var refs []directory.SourceReference
	err = s.store.Read(ctx, func(r store.Reader) error {
		return r.RowsOf(ctx, directory.RowSourceReference, id.Object(), func(row directory.Row) error {
			if ref, ok := row.(directory.SourceReference); ok {
				refs = append(refs, ref)
			}
			return nil
		})
	})
	if err != nil {
		return "", err
	}
	for _, ref := range refs {
		is, err := s.config.Directory.Provisioned(ctx, ref.Source)
		if err != nil {
			return "", err
		}
		if is {
			return "the client " + ref.Source + " keeps its members", nil
		}
	}
	return "", nil
}
