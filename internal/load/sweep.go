package load

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cohort/client"
)

// editsPerChange bounds a change of the clean-up.
const editsPerChange = 500

// sweep removes everything that a run made, also one that ended in the middle:
// the members of the groups with a value of a team, the groups with values of
// our attributes, and last the attributes, which are the mark.
func sweep(ctx context.Context, c *client.Client) error {
	attributes, err := pages(ctx, c, "/v1/attributes", "attributes", prefix)
	if err != nil {
		return err
	}
	var groups []string
	for _, name := range []string{teamAttribute, regionAttribute, ownAttribute} {
		if !slices.ContainsFunc(attributes, func(a object) bool { return a.Name == name }) {
			continue
		}
		owners, err := valued(ctx, c, name)
		if err != nil {
			return err
		}
		groups = append(groups, owners...)
		if name != teamAttribute {
			continue
		}
		for _, team := range owners {
			members, err := pages(ctx, c, "/v1/groups/"+team+"/members", "users", "")
			if err == nil {
				err = removeAll(ctx, c, "user", idsOf(members))
			}
			if err != nil {
				return err
			}
		}
	}
	if err := removeAll(ctx, c, "group", groups); err != nil {
		return err
	}
	return removeAll(ctx, c, "attribute", idsOf(attributes))
}

// An object is what lists say of one.
type object struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func idsOf(objects []object) []string {
	ids := make([]string, len(objects))
	for i, o := range objects {
		ids[i] = o.ID
	}
	return ids
}

// pages reads a list to its end, and keeps the objects whose name begins so.
func pages(ctx context.Context, c *client.Client, path, member, begins string) ([]object, error) {
	var all []object
	query := url.Values{"limit": {strconv.Itoa(pageLen)}}
	for {
		var page map[string]json.RawMessage
		if err := c.Do(ctx, http.MethodGet, path, query, nil, nil, &page); err != nil {
			return nil, err
		}
		var list []object
		var next string
		if err := json.Unmarshal(page[member], &list); err != nil {
			return nil, fmt.Errorf("the list at %s: %w", path, err)
		}
		if raw := page["next"]; raw != nil {
			if err := json.Unmarshal(raw, &next); err != nil {
				return nil, fmt.Errorf("the list at %s: %w", path, err)
			}
		}
		for _, o := range list {
			if strings.HasPrefix(o.Name, begins) {
				all = append(all, o)
			}
		}
		if next == "" {
			return all, nil
		}
		query.Set("cursor", next)
	}
}

// valued are the groups that have a value of an attribute.
func valued(ctx context.Context, c *client.Client, attribute string) ([]string, error) {
	var list struct {
		Values []struct {
			Group client.Group `json:"group"`
		} `json:"values"`
	}
	if err := c.Do(ctx, http.MethodGet, "/v1/attributes/"+attribute+"/values", nil, nil, nil, &list); err != nil {
		return nil, err
	}
	var ids []string
	for _, v := range list.Values {
		ids = append(ids, v.Group.ID)
	}
	return ids, nil
}

// removeAll deletes objects of a kind.
func removeAll(ctx context.Context, c *client.Client, kind string, ids []string) error {
	for some := range slices.Chunk(slices.Compact(slices.SortedFunc(slices.Values(ids), cmp.Compare)), editsPerChange) {
		edits := make([]edit, len(some))
		for i, id := range some {
			edits[i] = edit{"edit": "delete_" + kind, kind: id}
		}
		if _, err := c.Commit(ctx, changeOf("cohort load: clean up", edits...), ""); err != nil {
			return err
		}
	}
	return nil
}
