package scim

import "strings"

// The URNs of schemas and messages.
const (
	schemaUser       = "urn:ietf:params:scim:schemas:core:2.0:User"
	schemaGroup      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	schemaEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	schemaValues     = "urn:ietf:params:scim:schemas:extension:cohort:2.0:User"
	schemaEffective  = "urn:ietf:params:scim:schemas:extension:cohort-effective:2.0:User"
	schemaConfig     = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	schemaType       = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	schemaSchema     = "urn:ietf:params:scim:schemas:core:2.0:Schema"
	schemaError      = "urn:ietf:params:scim:api:messages:2.0:Error"
	schemaList       = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	schemaPatch      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	schemaBulk       = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

// The types of attributes.
const (
	typeString    = "string"
	typeBoolean   = "boolean"
	typeDecimal   = "decimal"
	typeInteger   = "integer"
	typeDateTime  = "dateTime"
	typeReference = "reference"
	typeComplex   = "complex"
	typeBinary    = "binary"
)

// An attribute is a definition in a schema. It decides what is returned, accepted, filtered
// and described.
type attribute struct {
	Name        string
	Type        string // empty means string
	Multi       bool
	Description string
	Required    bool
	CaseExact   bool
	Trimmed     bool   // surrounding spaces do not matter
	Mutability  string // empty means readWrite
	Returned    string // empty means default
	Unique      string // empty means none
	Canonical   []string
	References  []string
	Sub         []attribute
}

// A schema is a list of attributes under a URN.
type schema struct {
	URN         string
	Name        string
	Description string
	Attributes  []attribute
}

func (a *attribute) kind() string {
	if a.Type == "" {
		return typeString
	}
	return a.Type
}

// readOnly reports whether clients cannot write the attribute.
func (a *attribute) readOnly() bool { return a.Mutability == "readOnly" }

// sub finds a sub-attribute.
func (a *attribute) sub(name string) *attribute { return find(a.Sub, name) }

func find(list []attribute, name string) *attribute {
	for i := range list {
		if strings.EqualFold(list[i].Name, name) {
			return &list[i]
		}
	}
	return nil
}

func (s *schema) attribute(name string) *attribute { return find(s.Attributes, name) }

// common returns the attributes of every resource.
func common() []attribute {
	return []attribute{
		{Name: "id", Description: "Given by the server; never changes, never used again.", CaseExact: true,
			Mutability: "readOnly", Returned: "always", Unique: "server"},
		{Name: "externalId", Description: "The id in the client's own system; unique among what this client wrote.",
			CaseExact: true},
		{Name: "meta", Type: typeComplex, Description: "About the resource.", Mutability: "readOnly", Sub: []attribute{
			{Name: "resourceType", Description: "User or Group.", CaseExact: true, Mutability: "readOnly"},
			{Name: "created", Type: typeDateTime, Description: "When it was made.", Mutability: "readOnly"},
			{Name: "lastModified", Type: typeDateTime, Description: "When it was changed last.", Mutability: "readOnly"},
			{Name: "location", Type: typeReference, References: []string{"uri"}, Description: "Its URL.", CaseExact: true,
				Mutability: "readOnly"},
			{Name: "version", Description: "Its version, as in the header ETag.", CaseExact: true, Mutability: "readOnly"},
		}},
	}
}

// plural returns a multi-valued attribute with value, display, type and primary.
func plural(name, what, kind string, canonical ...string) attribute {
	value := attribute{Name: "value", Type: kind, Description: what}
	switch kind {
	case typeReference:
		value.References, value.CaseExact = []string{"external"}, true
	case typeBinary:
		value.CaseExact = true
	}
	return attribute{Name: name, Type: typeComplex, Multi: true, Description: what + " Kept as sent.", Sub: []attribute{
		value,
		{Name: "display", Description: "A name for display."},
		{Name: "type", Description: "What it is for.", Canonical: canonical},
		{Name: "primary", Type: typeBoolean, Description: "Whether it is the preferred one; one at most is."},
	}}
}

// text returns an attribute that is stored as it was sent.
func text(name, what string) attribute { return attribute{Name: name, Description: what} }

func userSchema() *schema {
	return &schema{schemaUser, "User", "A person with a login name.", []attribute{
		{Name: "userName", Trimmed: true, Description: "The login name: an e-mail address, or another text. " +
			"Compared without regard to case.", Required: true, Unique: "server"},
		{Name: "name", Type: typeComplex, Description: "The parts of the name.", Sub: []attribute{
			text("formatted", "The whole name; made from the parts unless it was sent."),
			text("familyName", "The last name."),
			text("givenName", "The first name."),
			text("middleName", "Kept as sent."),
			text("honorificPrefix", "Kept as sent."),
			text("honorificSuffix", "Kept as sent."),
		}},
		text("displayName", "The name for display; made from the parts of the name unless it was sent."),
		text("nickName", "Kept as sent."),
		{Name: "profileUrl", Type: typeReference, References: []string{"external"}, Description: "Kept as sent.",
			CaseExact: true},
		text("title", "Kept as sent."),
		text("userType", "Kept as sent."),
		text("preferredLanguage", "Kept as sent."),
		text("locale", "The user's own value of the attribute locale, where it is one that exists."),
		text("timezone", "The time zone, where it is one that exists."),
		{Name: "active", Type: typeBoolean,
			Description: "Whether the user may log in. Setting it to false ends sessions at once."},
		{Name: "password", Description: "Accepted and thrown away.", Mutability: "writeOnly", Returned: "never",
			CaseExact: true},
		plural("emails", "E-mail addresses; the one for work is the contact e-mail.", typeString, "work", "home", "other"),
		plural("phoneNumbers", "Phone numbers.", typeString, "work", "home", "mobile", "fax", "pager", "other"),
		plural("ims", "Addresses of instant messaging.", typeString),
		plural("photos", "URLs of photos.", typeReference, "photo", "thumbnail"),
		{Name: "addresses", Type: typeComplex, Multi: true, Description: "Postal addresses. Kept as sent.", Sub: []attribute{
			text("formatted", "The whole address."), text("streetAddress", "Street and number."), text("locality", "City."),
			text("region", "State or region."), text("postalCode", "Postal code."), text("country", "Country."),
			{Name: "type", Description: "What it is for.", Canonical: []string{"work", "home", "other"}},
			{Name: "primary", Type: typeBoolean, Description: "Whether it is the preferred one; one at most is."},
		}},
		{Name: "groups", Type: typeComplex, Multi: true,
			Description: "The groups that the user is in, directly and through others.", Mutability: "readOnly",
			Sub: []attribute{
				{Name: "value", Description: "The id of the group.", CaseExact: true, Mutability: "readOnly"},
				{Name: "$ref", Type: typeReference, References: []string{"Group"}, Description: "The URL of the group.",
					CaseExact: true, Mutability: "readOnly"},
				{Name: "display", Description: "The name of the group.", Mutability: "readOnly"},
				{Name: "type", Description: "direct or indirect.", Canonical: []string{"direct", "indirect"},
					Mutability: "readOnly"},
			}},
		plural("entitlements", "Entitlements; they grant nothing here.", typeString),
		plural("roles", "Roles; they grant nothing here.", typeString),
		plural("x509Certificates", "Certificates.", typeBinary),
	}}
}

func enterpriseSchema() *schema {
	return &schema{schemaEnterprise, "EnterpriseUser", "What an employer knows of a user. Kept as sent.", []attribute{
		text("employeeNumber", "The number of the employee."),
		text("costCenter", "The cost centre."),
		text("organization", "The organization."),
		text("division", "The division."),
		text("department", "The department."),
		{Name: "manager", Type: typeComplex, Description: "The user's manager.", Sub: []attribute{
			{Name: "value", Description: "The id of the manager, as the client wrote it.", CaseExact: true},
			{Name: "$ref", Type: typeReference, References: []string{"User"}, Description: "The URL of the manager.",
				CaseExact: true},
			{Name: "displayName", Description: "The name of the manager."},
		}},
	}}
}

func groupSchema() *schema {
	return &schema{schemaGroup, "Group", "A named set of users and of groups.", []attribute{
		{Name: "displayName", Trimmed: true, Description: "The name; unique among groups, compared without regard to case.",
			Required: true,
			Unique:   "server"},
		{Name: "members", Type: typeComplex, Multi: true, Description: "The users and groups that are directly in it.",
			Sub: []attribute{
				{Name: "value", Description: "The id of the member.", CaseExact: true, Mutability: "immutable"},
				{Name: "$ref", Type: typeReference, References: []string{"User", "Group"}, Description: "The URL of the member.",
					CaseExact: true, Mutability: "immutable"},
				{Name: "type", Description: "User or Group.", Canonical: []string{"User", "Group"}, Mutability: "immutable"},
				{Name: "display", Description: "The name of the member; left out of large groups.", Mutability: "readOnly"},
			}},
	}}
}

// A resourceType is a kind of resource with its schemas.
type resourceType struct {
	name       string
	endpoint   string
	core       *schema
	extensions []*schema
}

// place finds an attribute by its name, in any case, optionally after the URN of a schema and
// a colon. A name that core lacks is looked up in the extensions, because Entra omits the URN
// of manager. A URN alone gives no attribute.
func (t *resourceType) place(name string) (s *schema, a *attribute, sub string) {
	for _, s := range append([]*schema{t.core}, t.extensions...) {
		if len(name) < len(s.URN) || !strings.EqualFold(name[:len(s.URN)], s.URN) {
			continue
		}
		rest := name[len(s.URN):]
		if rest == "" {
			return s, nil, ""
		}
		if rest[0] != ':' {
			continue
		}
		a, sub := t.within(s, rest[1:])
		return s, a, sub
	}
	if strings.HasPrefix(strings.ToLower(name), "urn:") {
		return nil, nil, ""
	}
	for _, s := range append([]*schema{t.core}, t.extensions...) {
		if s.URN == schemaEffective {
			continue
		}
		if a, sub := t.within(s, name); a != nil {
			return s, a, sub
		}
	}
	return nil, nil, ""
}

// within finds an attribute of a schema by its name, optionally with a sub-attribute.
func (t *resourceType) within(s *schema, name string) (*attribute, string) {
	name, sub, _ := strings.Cut(name, ".")
	if a := s.attribute(name); a != nil {
		return a, sub
	}
	if s == t.core {
		for _, a := range common() {
			if strings.EqualFold(a.Name, name) {
				return &a, sub
			}
		}
	}
	return nil, ""
}

// describe renders a schema.
func (s *schema) describe(base string) *object {
	list := make([]any, len(s.Attributes))
	for i := range s.Attributes {
		list[i] = s.Attributes[i].describe()
	}
	return of("schemas", texts(schemaSchema), "id", s.URN, "name", s.Name, "description", s.Description, "attributes",
		list,
		"meta", of("resourceType", "Schema", "location", base+"/Schemas/"+s.URN))
}

// describe renders an attribute.
func (a *attribute) describe() *object {
	or := func(s, otherwise string) string {
		if s == "" {
			return otherwise
		}
		return s
	}
	o := of("name", a.Name, "type", a.kind(), "multiValued", a.Multi, "description", a.Description, "required", a.Required,
		"caseExact", a.CaseExact, "mutability", or(a.Mutability, "readWrite"), "returned", or(a.Returned, "default"),
		"uniqueness", or(a.Unique, "none"))
	o.set("canonicalValues", texts(a.Canonical...))
	o.set("referenceTypes", texts(a.References...))
	subs := make([]any, len(a.Sub))
	for i := range a.Sub {
		subs[i] = a.Sub[i].describe()
	}
	o.set("subAttributes", subs)
	return o
}
