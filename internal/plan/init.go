package plan

import (
	"cohort/internal/directory"
)

// initialize makes what every directory has.
func (p *Planner) initialize() error {
	if p.Head.Revision != 0 {
		return directory.Taken("edit", "is possible in an empty directory only")
	}
	p.Head.Next.User, p.Head.Next.Group = 1, directory.AllUsers+1
	p.Head.Next.Attribute, p.Head.Next.Value = directory.FirstCustomAttribute, 1
	p.Head.Next.Role, p.Head.Next.PermissionSet = directory.AdminRole+1, directory.AdminPermissionSet+1
	p.Head.Next.ModelSet, p.Head.Next.Credential, p.Head.Next.Sealed = directory.AllModels+1, 1, 1
	rows := []directory.Row{
		directory.Group{ID: directory.AllUsers, Name: "All Users", CreatedAt: p.At},
		directory.PermissionSet{
			ID: directory.AdminPermissionSet, Name: "Admin", Permissions: []string{directory.Administer.String()},
			AllAccess: true, BuiltIn: true,
		},
		directory.ModelSet{ID: directory.AllModels, Name: "All", Models: []string{}, AllAccess: true, BuiltIn: true},
		directory.Role{
			ID: directory.AdminRole, Name: "Admin", PermissionSet: directory.AdminPermissionSet,
			ModelSet: directory.AllModels, BuiltIn: true,
		},
	}
	for _, a := range BuiltInAttributes() {
		a.CreatedAt = p.At
		rows = append(rows, a)
	}
	for _, row := range rows {
		if err := p.Put(row); err != nil {
			return err
		}
	}
	return nil
}

// BuiltInAttributes are the attributes 1 to 13. Their ids, names, labels,
// defaults and flags are those that Looker's clients expect.
func BuiltInAttributes() []directory.Attribute {
	computed := func(id directory.AttributeID, name, label string, edit bool) directory.Attribute {
		return directory.Attribute{
			ID: id, Name: name, Label: label, Type: directory.TypeString, Rule: directory.RuleRank,
			UserValueMode: directory.ModeWins, UserCanView: true, UserCanEdit: edit, System: true, Permanent: true,
		}
	}
	ordinary := func(id directory.AttributeID, name, label, value string, edit bool) directory.Attribute {
		a := computed(id, name, label, edit)
		a.System, a.Default = false, directory.Value{Text: value}
		return a
	}
	return []directory.Attribute{
		computed(directory.AttrFirstName, "first_name", "First Name", true),
		computed(directory.AttrLastName, "last_name", "Last Name", true),
		computed(directory.AttrEmail, "email", "Email", false),
		computed(directory.AttrName, "name", "Full Name", true),
		computed(directory.AttrTimezone, "timezone", "Timezone", true),
		computed(directory.AttrID, "id", "Looker User ID", false),
		computed(directory.AttrLDAPUserID, "ldap_user_id", "LDAP User ID", false),
		computed(directory.AttrSAMLUserID, "saml_user_id", "SAML User ID", false),
		computed(directory.AttrGoogleUserID, "google_user_id", "Google User ID", false),
		computed(directory.AttrOIDCUserID, "oidc_user_id", "OpenID Connect User ID", false),
		ordinary(directory.AttrLocale, "locale", "Locale", "en", false),
		ordinary(directory.AttrNumberFormat, "number_format", "Number Format", "1,234.56", false),
		ordinary(directory.AttrLandingPage, "landing_page", "Landing Page", "/browse", true),
	}
}
