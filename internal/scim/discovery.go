package scim

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cohort/internal/dialect"
	"cohort/internal/httpkit"
	"cohort/internal/scim/resource"
)

// Limits of bulk requests.
const (
	maxBulkOperations = 1000
	maxBulkLen        = 1 << 20
)

// serviceConfig describes what is supported. It contains every member, because clients disable
// what they do not find (RFC 7643, section 5).
func serviceConfig(base string) *resource.Object {
	is := func(supported bool, more ...any) *resource.Object {
		return resource.NewObject(append([]any{"supported", supported}, more...)...)
	}
	count := func(n int) resource.Number { return resource.Number(strconv.Itoa(n)) }
	scheme := func(kind, name, description string, primary bool) *resource.Object {
		o := resource.NewObject("type", kind, "name", name, "description", description)
		if primary {
			o.Set("primary", true)
		}
		return o
	}
	return resource.NewObject(
		"schemas", resource.Texts(resource.SchemaConfig),
		"patch", is(true),
		"bulk", is(true, "maxOperations", count(maxBulkOperations), "maxPayloadSize", count(maxBulkLen)),
		"filter", is(true, "maxResults", count(maxPage)),
		"changePassword", is(false),
		"sort", is(true),
		"etag", is(true),
		"pagination", resource.NewObject("cursor", true, "index", true, "defaultPaginationMethod", "index",
			"defaultPageSize", count(defaultPage), "maxPageSize", count(maxPage)),
		"authenticationSchemes", []any{
			scheme("oauthbearertoken", "Bearer token",
				"The token that cohort scim client create shows, in the header Authorization.", true),
			scheme("httpbasic", "HTTP Basic", "The client id and secret that cohort scim client create shows.", false),
			scheme("oauth2", "OAuth 2.0", "The same exchanged for a token at /oauth2/token, by client credentials.", false),
		},
		"meta", resource.NewObject("resourceType", "ServiceProviderConfig", "location", base+"/ServiceProviderConfig"),
	)
}

// resourceTypes describes the two kinds of resource.
func resourceTypes(base string) []*resource.Object {
	extension := func(urn string) *resource.Object { return resource.NewObject("schema", urn, "required", false) }
	one := func(name, endpoint, core, description string, extensions ...any) *resource.Object {
		o := resource.NewObject("schemas", resource.Texts(resource.SchemaType), "id", name, "name", name,
			"endpoint", endpoint, "description", description,
			"schema", core)
		o.Set("schemaExtensions", extensions)
		o.Set("meta", resource.NewObject("resourceType", "ResourceType", "location", base+"/ResourceTypes/"+name))
		return o
	}
	return []*resource.Object{
		one("User", "/Users", resource.SchemaUser, "People with a login name.",
			extension(resource.SchemaEnterprise), extension(resource.SchemaValues), extension(resource.SchemaEffective)),
		one("Group", "/Groups", resource.SchemaGroup, "Named sets of users and of groups."),
	}
}

// discover serves a discovery document. It needs no token, because some clients read it before
// they log in. Without a token the extension of attribute values is empty, because its
// attributes belong to the directory.
func (s *server) discover(make func(q *request) (any, error)) httpkit.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.URL.Query().Has("filter") {
			return resource.NewFault(http.StatusForbidden, "",
				"These documents cannot be filtered; leave the parameter filter out.")
		}
		q := &request{server: s, w: &answer{ResponseWriter: w}, r: r, base: s.baseOf(r)}
		if r.Header.Get("Authorization") != "" {
			call, err := s.Admit(w, r, Dialect, s.identify)
			if err != nil {
				return err
			}
			defer call.Close()
			q.use(call)
			if err := q.meet(); err != nil {
				return err
			}
		} else if _, err := s.Enter(r); err != nil {
			return err
		}
		if err := q.accepts(); err != nil {
			return err
		}
		v, err := make(q)
		if err != nil {
			return err
		}
		httpkit.WriteBody(q.w, http.StatusOK, contentType, resource.AppendTree(nil, v))
		return nil
	}
}

// use gives a request its authenticated caller.
func (q *request) use(call *dialect.Call) {
	q.call, q.w, q.dir = call, &answer{ResponseWriter: call.W}, call.Dir
}

func listOf(resources []any) *resource.Object {
	n := resource.Number(strconv.Itoa(len(resources)))
	return &resource.Object{
		Names:  []string{"schemas", "totalResults", "startIndex", "itemsPerPage", "Resources"},
		Values: []any{resource.Texts(resource.SchemaList), n, resource.Number("1"), n, resources},
	}
}

func (q *request) configDocument() (any, error) { return serviceConfig(q.base), nil }

func (q *request) typesDocument() (any, error) {
	var list []any
	for _, t := range resourceTypes(q.base) {
		list = append(list, t)
	}
	return listOf(list), nil
}

func (q *request) typeDocument() (any, error) {
	for _, t := range resourceTypes(q.base) {
		if strings.EqualFold(t.Text("id"), q.r.PathValue("id")) {
			return t, nil
		}
	}
	return nil, notFound("resource type")
}

func (q *request) schemasDocument() (any, error) {
	list, err := q.allSchemas()
	if err != nil {
		return nil, err
	}
	var out []any
	for _, s := range list {
		out = append(out, s.Describe(q.base))
	}
	return listOf(out), nil
}

func (q *request) schemaDocument() (any, error) {
	list, err := q.allSchemas()
	if err != nil {
		return nil, err
	}
	urn := q.r.PathValue("id")
	if plain, err := url.PathUnescape(urn); err == nil {
		urn = plain
	}
	for _, s := range list {
		if strings.EqualFold(s.URN, urn) {
			return s.Describe(q.base), nil
		}
	}
	return nil, notFound("schema")
}

// allSchemas lists the schemas of resources. The extensions of attribute values contain the
// attributes that the caller may see.
func (q *request) allSchemas() ([]*resource.Schema, error) {
	values, effective := &resource.Schema{URN: resource.SchemaValues, Name: "CohortUser", Description: valuesText},
		&resource.Schema{URN: resource.SchemaEffective, Name: "CohortEffectiveUser", Description: effectiveText}
	if q.dir != nil {
		var err error
		if values, effective, err = q.valueSchemas(); err != nil {
			return nil, err
		}
	}
	return []*resource.Schema{
		resource.UserSchema(), resource.EnterpriseSchema(), values, effective, resource.GroupSchema(),
	}, nil
}

func notFound(what string) error {
	return resource.NewFault(http.StatusNotFound, "", "The "+what+" was not found.")
}
