package scim

import (
	"net/url"
	"strconv"
	"strings"

	"cohort/internal/scim/protocol"
	"cohort/internal/scim/resource"
	"cohort/internal/scim/users"
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
		"filter", is(true, "maxResults", count(protocol.MaxPage)),
		"changePassword", is(false),
		"sort", is(true),
		"etag", is(true),
		"pagination", resource.NewObject("cursor", true, "index", true, "defaultPaginationMethod", "index",
			"defaultPageSize", count(protocol.DefaultPage), "maxPageSize", count(protocol.MaxPage)),
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

func listOf(resources []any) *resource.Object {
	n := resource.Number(strconv.Itoa(len(resources)))
	return &resource.Object{
		Names:  []string{"schemas", "totalResults", "startIndex", "itemsPerPage", "Resources"},
		Values: []any{resource.Texts(resource.SchemaList), n, resource.Number("1"), n, resources},
	}
}

func configDocument(q *protocol.Request) (any, error) { return serviceConfig(q.Base), nil }

func typesDocument(q *protocol.Request) (any, error) {
	var list []any
	for _, t := range resourceTypes(q.Base) {
		list = append(list, t)
	}
	return listOf(list), nil
}

func typeDocument(q *protocol.Request) (any, error) {
	for _, t := range resourceTypes(q.Base) {
		if strings.EqualFold(t.Text("id"), q.R.PathValue("id")) {
			return t, nil
		}
	}
	return nil, protocol.NotFound("resource type")
}

func schemasDocument(q *protocol.Request) (any, error) {
	list, err := allSchemas(q)
	if err != nil {
		return nil, err
	}
	var out []any
	for _, s := range list {
		out = append(out, s.Describe(q.Base))
	}
	return listOf(out), nil
}

func schemaDocument(q *protocol.Request) (any, error) {
	list, err := allSchemas(q)
	if err != nil {
		return nil, err
	}
	urn := q.R.PathValue("id")
	if plain, err := url.PathUnescape(urn); err == nil {
		urn = plain
	}
	for _, s := range list {
		if strings.EqualFold(s.URN, urn) {
			return s.Describe(q.Base), nil
		}
	}
	return nil, protocol.NotFound("schema")
}

// allSchemas lists the schemas of resources. The extensions of attribute values contain the
// attributes that the caller may see.
func allSchemas(q *protocol.Request) ([]*resource.Schema, error) {
	values, effective, err := users.ValueSchemas(q)
	if err != nil {
		return nil, err
	}
	return []*resource.Schema{
		resource.UserSchema(), resource.EnterpriseSchema(), values, effective, resource.GroupSchema(),
	}, nil
}
