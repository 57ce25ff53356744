package role

import (
	"cohort/internal/directory"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
)

// A permissionBody is the vendor's Permission.
type permissionBody struct {
	Can         document.Can `json:"can"`
	Permission  string       `json:"permission"`
	Parent      *string      `json:"parent"`
	Description string       `json:"description"`
}

// A permission is a name that a permission set can contain, the name that it requires, and its
// purpose.
type permission struct{ name, parent, description string }

// allPermissions lists the names that permission sets can contain: those of this directory,
// which have an effect, and those of the vendor that clients expect.
func allPermissions(q *protocol.Request) error {
	var bodies []permissionBody
	for _, p := range ownPermissions() {
		bodies = append(bodies, permissionBody{Can: document.Can{"show": true, "index": true}, Permission: p.name,
			Description: p.description})
	}
	for _, p := range vendorPermissions() {
		b := permissionBody{Can: document.Can{"show": true, "index": true}, Permission: p.name, Description: p.description +
			" (kept here, grants nothing)"}
		if p.parent != "" {
			b.Parent = &p.parent
		}
		bodies = append(bodies, b)
	}
	return q.Reply(bodies)
}

// ownPermissions are the permissions of this directory, in the order of the domain.
func ownPermissions() []permission {
	var list []permission
	for _, p := range []struct {
		permission  directory.Permission
		description string
	}{
		{directory.Administer, "Do everything, and give roles"},
		{directory.SeeUsers, "See other users, all groups and roles"},
		{directory.ManageUsers, "Make, change and delete users and how they log in"},
		{directory.ManageGroups, "Make, change and delete groups, and decide who is in them"},
		{directory.ManageAttributes, "Make, change and delete attributes, and order their values"},
		{directory.SetValues, "Set the values of groups and users"},
		{directory.ReadEffective, "Read which values every user has"},
		{directory.SeeHistory, "See what was changed, and revert it"},
		{directory.RevealHiddenValues, "Open hidden values, one at a time"},
		{directory.Sudo, "Act as another user"},
	} {
		list = append(list, permission{name: p.permission.String(), description: p.description})
	}
	return list
}

// vendorPermissions are names that clients of the vendor use. They concern content, which this
// server does not have.
func vendorPermissions() []permission {
	return []permission{
		{"access_data", "", "Query data of the models of the role"},
		{"see_lookml_dashboards", "access_data", "See dashboards that are written in code"},
		{"see_looks", "access_data", "See saved queries"},
		{"see_user_dashboards", "see_looks", "See dashboards that users made"},
		{"explore", "see_looks", "Put queries together"},
		{"create_table_calculations", "explore", "Add calculations to a table of results"},
		{"create_custom_fields", "explore", "Add fields of one's own to a query"},
		{"can_create_forecast", "explore", "Add forecasts to charts"},
		{"save_content", "see_looks", "Save queries and dashboards"},
		{"save_looks", "save_content", "Save queries"},
		{"create_public_looks", "save_content", "Share a saved query with anybody"},
		{"create_alerts", "see_looks", "Make alerts on dashboards"},
		{"follow_alerts", "see_looks", "Follow alerts of others"},
		{"download_with_limit", "see_looks", "Download results up to a limit"},
		{"download_without_limit", "see_looks", "Download results of any length"},
		{"schedule_look_emails", "see_looks", "Send results by mail on a schedule"},
		{"schedule_external_look_emails", "schedule_look_emails", "Send results by mail to addresses outside"},
		{"send_to_s3", "see_looks", "Send results to S3 storage"},
		{"send_to_sftp", "see_looks", "Send results to an SFTP server"},
		{"send_outgoing_webhook", "see_looks", "Send results to a webhook"},
		{"send_to_integration", "see_looks", "Send results to other services"},
		{"see_sql", "see_looks", "See the SQL behind a query"},
		{"see_drill_overlay", "access_data", "See the rows behind a number"},
		{"clear_cache_refresh", "access_data", "Refresh results past the cache"},
		{"see_lookml", "see_looks", "See model code"},
		{"develop", "see_lookml", "Change model code"},
		{"deploy", "develop", "Put model code into production"},
		{"support_access_toggle", "develop", "Let the vendor's support in"},
		{"use_sql_runner", "see_lookml", "Run SQL directly"},
		{"manage_models", "", "Configure models and projects"},
		{"manage_spaces", "", "Manage all folders"},
		{"manage_homepage", "", "Manage the start page"},
		{"manage_stereo", "", "Manage the next start page"},
		{"create_prefetches", "", "Have results computed ahead"},
		{"login_special_email", "", "Log in by e-mail where that is switched off"},
		{"embed_browse_spaces", "", "Browse folders when embedded"},
		{"embed_save_shared_space", "", "Save to shared folders when embedded"},
		{"see_alerts", "", "See all alerts"},
		{"see_queries", "", "See running queries"},
		{"see_logs", "", "See logs"},
		{"see_schedules", "", "See all schedules"},
		{"see_pdts", "", "See tables that models keep"},
		{"see_datagroups", "", "See caching rules"},
		{"update_datagroups", "see_datagroups", "Trigger caching rules"},
		{"see_system_activity", "", "Query what happens on the instance"},
		{"mobile_app_access", "", "Use the mobile application"},
	}
}
