package sqlstore

import "cohort/internal/directory"

// schema describes the table of every kind of row.
type schema map[directory.RowKind]*table

// newSchema is the one place that relates columns to fields.
func newSchema() schema {
	s := schema{}
	for _, t := range append(catalogTables(), userTables()...) {
		if t.kind == directory.RowUser {
			t.initial = []string{"email_key", "touched_rev"}
		}
		s[t.kind] = t.compile()
	}
	return s
}

func catalogTables() []table {
	return []table{
		with(define(directory.RowGroup, "groups", 1, "id name language created_at deleted_rev description",
			func(r *directory.Group) []any {
				return []any{
					(*int64)(&r.ID), &r.Name, (*string)(&r.Language), (*int64)(&r.CreatedAt), (*int64)(&r.DeletedRev), &r.Description,
				}
			}), "name_key", func(r directory.Group) []any { return []any{directory.Fold(r.Name)} }),
		define(directory.RowNesting, "nestings", 2, "group_id parent_id position",
			func(r *directory.Nesting) []any {
				return []any{(*int64)(&r.Group), (*int64)(&r.Parent), &r.Position}
			}),
		with(define(directory.RowAttribute, "attributes", 1,
			`id name label type rule user_value_mode default_text default_texts default_sealed_id
			hidden user_can_view user_can_edit system permanent created_at deleted_rev
			description allowed pattern least greatest max_length`,
			func(r *directory.Attribute) []any {
				return []any{
					(*int64)(&r.ID), &r.Name, &r.Label, (*string)(&r.Type), (*string)(&r.Rule), (*string)(&r.UserValueMode),
					&r.Default.Text, texts{&r.Default.Texts}, (*int64)(&r.Default.Sealed),
					&r.Hidden, &r.UserCanView, &r.UserCanEdit, &r.System, &r.Permanent, (*int64)(&r.CreatedAt),
					(*int64)(&r.DeletedRev),
					&r.Description, allowed{&r.Allowed}, &r.Pattern, &r.Least, &r.Greatest, &r.MaxLength,
				}
			}), "label_key", func(r directory.Attribute) []any { return []any{directory.Fold(r.Label)} }),
		define(directory.RowGroupValue, "group_values", 2,
			"group_id attribute_id id text texts sealed_id order_key starts_at expires_at",
			func(r *directory.GroupValue) []any {
				return []any{
					(*int64)(&r.Group), (*int64)(&r.Attribute), (*int64)(&r.ID),
					&r.Value.Text, texts{&r.Value.Texts}, (*int64)(&r.Value.Sealed),
					&r.Order, (*int64)(&r.StartsAt), (*int64)(&r.ExpiresAt),
				}
			}),
		with(define(directory.RowPermissionSet, "permission_sets", 1, "id name permissions all_access built_in",
			func(r *directory.PermissionSet) []any {
				return []any{(*int64)(&r.ID), &r.Name, list{&r.Permissions}, &r.AllAccess, &r.BuiltIn}
			}), "name_key", func(r directory.PermissionSet) []any { return []any{directory.Fold(r.Name)} }),
		with(define(directory.RowModelSet, "model_sets", 1, "id name models all_access built_in",
			func(r *directory.ModelSet) []any {
				return []any{(*int64)(&r.ID), &r.Name, list{&r.Models}, &r.AllAccess, &r.BuiltIn}
			}), "name_key", func(r directory.ModelSet) []any { return []any{directory.Fold(r.Name)} }),
		with(define(directory.RowRole, "roles", 1, "id name permission_set_id model_set_id built_in",
			func(r *directory.Role) []any {
				return []any{(*int64)(&r.ID), &r.Name, (*int64)(&r.PermissionSet), (*int64)(&r.ModelSet), &r.BuiltIn}
			}), "name_key", func(r directory.Role) []any { return []any{directory.Fold(r.Name)} }),
		define(directory.RowGroupRole, "group_roles", 2, "group_id role_id",
			func(r *directory.GroupRole) []any { return []any{(*int64)(&r.Group), (*int64)(&r.Role)} }),
	}
}

func userTables() []table {
	return []table{
		with(define(directory.RowUser, "users", 1,
			"id kind first_name last_name contact_email timezone language disabled created_at deleted_rev",
			func(r *directory.User) []any {
				return []any{
					(*int64)(&r.ID), (*string)(&r.Kind), &r.FirstName, &r.LastName, &r.ContactEmail,
					&r.Timezone, (*string)(&r.Language), &r.Disabled, (*int64)(&r.CreatedAt), (*int64)(&r.DeletedRev),
				}
			}), "first_key last_key contact_key", func(r directory.User) []any {
			return []any{directory.Fold(r.FirstName), directory.Fold(r.LastName), directory.Fold(r.ContactEmail)}
		}),
		define(directory.RowMembership, "memberships", 2, "user_id group_id position starts_at expires_at",
			func(r *directory.Membership) []any {
				return []any{(*int64)(&r.User), (*int64)(&r.Group), &r.Position, (*int64)(&r.StartsAt), (*int64)(&r.ExpiresAt)}
			}),
		define(directory.RowUserValue, "user_values", 2,
			"user_id attribute_id text texts sealed_id starts_at expires_at",
			func(r *directory.UserValue) []any {
				return []any{
					(*int64)(&r.User), (*int64)(&r.Attribute),
					&r.Value.Text, texts{&r.Value.Texts}, (*int64)(&r.Value.Sealed),
					(*int64)(&r.StartsAt), (*int64)(&r.ExpiresAt),
				}
			}),
		define(directory.RowUserRole, "user_roles", 2, "user_id role_id",
			func(r *directory.UserRole) []any { return []any{(*int64)(&r.User), (*int64)(&r.Role)} }),
		define(directory.RowCredential, "credentials", 1, "id user_id kind identifier shown disabled created_at expires_at",
			func(r *directory.Credential) []any {
				return []any{
					(*int64)(&r.ID), (*int64)(&r.User), (*string)(&r.Kind), &r.Identifier, &r.Shown, &r.Disabled,
					(*int64)(&r.CreatedAt), (*int64)(&r.ExpiresAt),
				}
			}),
		define(directory.RowSourceReference, "source_references", 3, "object_kind object_id source source_id",
			func(r *directory.SourceReference) []any {
				return []any{(*uint8)(&r.Object.Kind), &r.Object.ID, &r.Source, &r.SourceID}
			}),
		define(directory.RowFacet, "facets", 5, "object_kind object_id dialect kind name data",
			func(r *directory.Facet) []any {
				return []any{(*uint8)(&r.Object.Kind), &r.Object.ID, &r.Dialect, &r.Kind, &r.Name, &r.Data}
			}),
	}
}
