package resource

import "strings"

// The URNs of schemas and messages.
const (
	SchemaUser       = "urn:ietf:params:scim:schemas:core:2.0:User"
	SchemaGroup      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	SchemaEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	SchemaValues     = "urn:ietf:params:scim:schemas:extension:cohort:2.0:User"
	SchemaEffective  = "urn:ietf:params:scim:schemas:extension:cohort-effective:2.0:User"
	SchemaConfig     = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	SchemaType       = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	schemaSchema     = "urn:ietf:params:scim:schemas:core:2.0:Schema"
	schemaError      = "urn:ietf:params:scim:api:messages:2.0:Error"
	SchemaList       = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	schemaPatch      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	SchemaBulk       = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

// The types of attributes.
const (
	typeString    = "string"
	TypeBoolean   = "boolean"
	TypeDecimal   = "decimal"
	TypeInteger   = "integer"
	TypeDateTime  = "dateTime"
	typeReference = "reference"
	typeComplex   = "complex"
	typeBinary    = "binary"
)

// An Attribute is a definition in a schema. It decides what is returned, accepted, filtered
// and described.
type Attribute struct {
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
	Sub         []Attribute
}

// A Schema is a list of attributes under a URN.
type Schema struct {
	URN         string
	Name        string
	Description string
	Attributes  []Attribute
}

func (a *Attribute) kind() string {
	if a.Type == "" {
		return typeString
	}
	return a.Type
}

// readOnly reports whether clients cannot write the attribute.
func (a *Attribute) readOnly() bool { return a.Mutability == "readOnly" }

// SubAttribute finds a sub-attribute.
func (a *Attribute) SubAttribute(name string) *Attribute { return find(a.Sub, name) }

func find(list []Attribute, name string) *Attribute {
	for i := range list {
		if strings.EqualFold(list[i].Name, name) {
			return &list[i]
		}
	}
	return nil
}

// Attribute finds an attribute of the schema.
func (s *Schema) Attribute(name string) *Attribute { return find(s.Attributes, name) }

// common returns the attributes of every resource.
func common() []Attribute {
	return []Attribute{
		{Name: "id", Description: "Given by the server; never changes, never used again.", CaseExact: true,
			Mutability: "readOnly", Returned: "always", Unique: "server"},
		{Name: "externalId", Description: "The id in the client's own system; unique among what this client wrote.",
			CaseExact: true},
		{Name: "meta", Type: typeComplex, Description: "About the resource.", Mutability: "readOnly", Sub: []Attribute{
			{Name: "resourceType", Description: "User or Group.", CaseExact: true, Mutability: "readOnly"},
			{Name: "created", Type: TypeDateTime, Description: "When it was made.", Mutability: "readOnly"},
			{Name: "lastModified", Type: TypeDateTime, Description: "When it was changed last.", Mutability: "readOnly"},
			{Name: "location", Type: typeReference, References: []string{"uri"}, Description: "Its URL.", CaseExact: true,
				Mutability: "readOnly"},
			{Name: "version", Description: "Its version, as in the header ETag.", CaseExact: true, Mutability: "readOnly"},
		}},
	}
}

// plural returns a multi-valued attribute with value, display, type and primary.
func plural(name, what, kind string, canonical ...string) Attribute {
	value := Attribute{Name: "value", Type: kind, Description: what}
	switch kind {
	case typeReference:
		value.References, value.CaseExact = []string{"external"}, true
	case typeBinary:
		value.CaseExact = true
	}
	return Attribute{Name: name, Type: typeComplex, Multi: true, Description: what + " Kept as sent.", Sub: []Attribute{
		value,
		{Name: "display", Description: "A name for display."},
		{Name: "type", Description: "What it is for.", Canonical: canonical},
		{Name: "primary", Type: TypeBoolean, Description: "Whether it is the preferred one; one at most is."},
	}}
}

// text returns an attribute that is stored as it was sent.
func text(name, what string) Attribute { return Attribute{Name: name, Description: what} }

// UserSchema returns the core schema of users.
func UserSchema() *Schema {
	return &Schema{SchemaUser, "User", "A person with a login name.", []Attribute{
		{Name: "userName", Trimmed: true, Description: "The login name: an e-mail address, or another text. " +
			"Compared without regard to case.", Required: true, Unique: "server"},
		{Name: "name", Type: typeComplex, Description: "The parts of the name.", Sub: []Attribute{
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
		{Name: "active", Type: TypeBoolean,
			Description: "Whether the user may log in. Setting it to false ends sessions at once."},
		{Name: "password", Description: "Accepted and thrown away.", Mutability: "writeOnly", Returned: "never",
			CaseExact: true},
		plural("emails", "E-mail addresses; the one for work is the contact e-mail.", typeString, "work", "home", "other"),
		plural("phoneNumbers", "Phone numbers.", typeString, "work", "home", "mobile", "fax", "pager", "other"),
		plural("ims", "Addresses of instant messaging.", typeString),
		plural("photos", "URLs of photos.", typeReference, "photo", "thumbnail"),
		{Name: "addresses", Type: typeComplex, Multi: true, Description: "Postal addresses. Kept as sent.", Sub: []Attribute{
			text("formatted", "The whole address."), text("streetAddress", "Street and number."), text("locality", "City."),
			text("region", "State or region."), text("postalCode", "Postal code."), text("country", "Country."),
			{Name: "type", Description: "What it is for.", Canonical: []string{"work", "home", "other"}},
			{Name: "primary", Type: TypeBoolean, Description: "Whether it is the preferred one; one at most is."},
		}},
		{Name: "groups", Type: typeComplex, Multi: true,
			Description: "The groups that the user is in, directly and through others.", Mutability: "readOnly",
			Sub: []Attribute{
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

// EnterpriseSchema returns the extension for enterprises.
func EnterpriseSchema() *Schema {
	return &Schema{SchemaEnterprise, "EnterpriseUser", "What an employer knows of a user. Kept as sent.", []Attribute{
		text("employeeNumber", "The number of the employee."),
		text("costCenter", "The cost centre."),
		text("organization", "The organization."),
		text("division", "The division."),
		text("department", "The department."),
		{Name: "manager", Type: typeComplex, Description: "The user's manager.", Sub: []Attribute{
			{Name: "value", Description: "The id of the manager, as the client wrote it.", CaseExact: true},
			{Name: "$ref", Type: typeReference, References: []string{"User"}, Description: "The URL of the manager.",
				CaseExact: true},
			{Name: "displayName", Description: "The name of the manager."},
		}},
	}}
}

// GroupSchema returns the core schema of groups.
func GroupSchema() *Schema {
	return &Schema{SchemaGroup, "Group", "A named set of users and of groups.", []Attribute{
		{Name: "displayName", Trimmed: true, Description: "The name; unique among groups, compared without regard to case.",
			Required: true,
			Unique:   "server"},
		{Name: "members", Type: typeComplex, Multi: true, Description: "The users and groups that are directly in it.",
			Sub: []Attribute{
				{Name: "value", Description: "The id of the member.", CaseExact: true, Mutability: "immutable"},
				{Name: "$ref", Type: typeReference, References: []string{"User", "Group"}, Description: "The URL of the member.",
					CaseExact: true, Mutability: "immutable"},
				{Name: "type", Description: "User or Group.", Canonical: []string{"User", "Group"}, Mutability: "immutable"},
				{Name: "display", Description: "The name of the member; left out of large groups.", Mutability: "readOnly"},
			}},
	}}
}

// A Type is a kind of resource with its schemas.
type Type struct {
	Name       string
	Endpoint   string
	Core       *Schema
	Extensions []*Schema
}

// Place finds an attribute by its name, in any case, optionally after the URN of a schema and
// a colon. A name that core lacks is looked up in the extensions, because Entra omits the URN
// NewObject manager. A URN alone gives no attribute.
func (t *Type) Place(name string) (s *Schema, a *Attribute, sub string) {
	for _, s := range append([]*Schema{t.Core}, t.Extensions...) {
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
	for _, s := range append([]*Schema{t.Core}, t.Extensions...) {
		if s.URN == SchemaEffective {
			continue
		}
		if a, sub := t.within(s, name); a != nil {
			return s, a, sub
		}
	}
	return nil, nil, ""
}

// within finds an attribute of a schema by its name, optionally with a sub-attribute.
func (t *Type) within(s *Schema, name string) (*Attribute, string) {
	name, sub, _ := strings.Cut(name, ".")
	if a := s.Attribute(name); a != nil {
		return a, sub
	}
	if s == t.Core {
		for _, a := range common() {
			if strings.EqualFold(a.Name, name) {
				return &a, sub
			}
		}
	}
	return nil, ""
}

// Describe renders a schema.
func (s *Schema) Describe(base string) *Object {
	list := make([]any, len(s.Attributes))
	for i := range s.Attributes {
		list[i] = s.Attributes[i].describe()
	}
	return NewObject("schemas", Texts(schemaSchema), "id", s.URN, "name", s.Name, "description", s.Description,
		"attributes", list,
		"meta", NewObject("resourceType", "Schema", "location", base+"/Schemas/"+s.URN))
}

// describe renders an attribute.
func (a *Attribute) describe() *Object {
	or := func(s, otherwise string) string {
		if s == "" {
			return otherwise
		}
		return s
	}
	o := NewObject("name", a.Name, "type", a.kind(), "multiValued", a.Multi, "description", a.Description,
		"required", a.Required,
		"caseExact", a.CaseExact, "mutability", or(a.Mutability, "readWrite"), "returned", or(a.Returned, "default"),
		"uniqueness", or(a.Unique, "none"))
	o.Set("canonicalValues", Texts(a.Canonical...))
	o.Set("referenceTypes", Texts(a.References...))
	subs := make([]any, len(a.Sub))
	for i := range a.Sub {
		subs[i] = a.Sub[i].describe()
	}
	o.Set("subAttributes", subs)
	return o
}
