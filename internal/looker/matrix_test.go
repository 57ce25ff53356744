package looker_test

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/auth"
	"cohort/internal/dialect/dialecttest"
	"cohort/internal/directory"
	"cohort/internal/looker"
)

// callers are those of a world, in the order of the matrix.
func callers() []string {
	return []string{"admin", "manager", "ordinary", "disabled", "revoked", "none"}
}

// A probe is a request that succeeds for somebody who may do everything.
type probe struct{ target, body string }

// probes are the requests of the matrix by operation. The world has user 5, who
// is in group 2 and has a login e-mail and the API credential 5; group 3, which
// is in group 2; and attribute 14, of which both have a value.
func probes() map[string]probe {
	list := map[string]probe{
		"login_user":     {"/login/3", ""},
		"logout":         {"/logout", ""},
		"session":        {"/session", ""},
		"update_session": {"/session", `{"workspace_id":"dev"}`},

		"me":                  {"/user", ""},
		"all_users":           {"/users", ""},
		"create_user":         {"/users", `{"first_name":"Ada"}`},
		"search_users":        {"/users/search", ""},
		"search_users_names":  {"/users/search/names/%25", ""},
		"user_for_credential": {"/users/credential/email/eve@example.com", ""},
		"user":                {"/users/5", ""},
		"update_user":         {"/users/5", `{"first_name":"Ada"}`},
		"delete_user":         {"/users/5", ""},
		"wipeout_user_emails": {"/users/4/update_emails", `{"email":"new@example.com"}`},

		"user_attribute_user_values":       {"/users/5/attribute_values", ""},
		"set_user_attribute_user_value":    {"/users/5/attribute_values/14", `{"value":"x"}`},
		"delete_user_attribute_user_value": {"/users/5/attribute_values/14", ""},

		"search_credentials_email":                     {"/credentials_email/search", ""},
		"user_credentials_email":                       {"/users/5/credentials_email", ""},
		"create_user_credentials_email":                {"/users/3/credentials_email", `{"email":"new@example.com"}`},
		"update_user_credentials_email":                {"/users/5/credentials_email", `{"email":"new@example.com"}`},
		"delete_user_credentials_email":                {"/users/5/credentials_email", ""},
		"create_user_credentials_email_password_reset": {"/users/5/credentials_email/password_reset", ""},
		"send_user_credentials_email_password_reset":   {"/users/5/credentials_email/send_password_reset", ""},

		"all_user_credentials_api3s":   {"/users/5/credentials_api3", ""},
		"create_user_credentials_api3": {"/users/5/credentials_api3", ""},
		"user_credentials_api3":        {"/users/5/credentials_api3/5", ""},
		"delete_user_credentials_api3": {"/users/5/credentials_api3/5", ""},

		"all_groups":                        {"/groups", ""},
		"create_group":                      {"/groups", `{"name":"New"}`},
		"search_groups":                     {"/groups/search", ""},
		"search_groups_with_roles":          {"/groups/search/with_roles", ""},
		"search_groups_with_hierarchy":      {"/groups/search/with_hierarchy", ""},
		"group":                             {"/groups/2", ""},
		"update_group":                      {"/groups/2", `{"name":"New"}`},
		"delete_group":                      {"/groups/2", ""},
		"all_group_groups":                  {"/groups/2/groups", ""},
		"add_group_group":                   {"/groups/3/groups", `{"group_id":"4"}`},
		"delete_group_from_group":           {"/groups/2/groups/3", ""},
		"all_group_users":                   {"/groups/2/users", ""},
		"add_group_user":                    {"/groups/3/users", `{"user_id":"5"}`},
		"delete_group_user":                 {"/groups/2/users/5", ""},
		"update_user_attribute_group_value": {"/groups/2/attribute_values/14", `{"value":"x"}`},
		"delete_user_attribute_group_value": {"/groups/2/attribute_values/14", ""},

		"all_user_attributes":             {"/user_attributes", ""},
		"create_user_attribute":           {"/user_attributes", `{"name":"new","label":"New","type":"string"}`},
		"user_attribute":                  {"/user_attributes/14", ""},
		"update_user_attribute":           {"/user_attributes/14", `{"label":"New"}`},
		"delete_user_attribute":           {"/user_attributes/14", ""},
		"all_user_attribute_group_values": {"/user_attributes/14/group_values", ""},
		"set_user_attribute_group_values": {"/user_attributes/14/group_values", `[{"group_id":"2","value":"x"}]`},

		"all_permissions":                       {"/permissions", ""},
		"all_permission_sets":                   {"/permission_sets", ""},
		"create_permission_set":                 {"/permission_sets", `{"name":"New","permissions":["explore"]}`},
		"search_permission_sets":                {"/permission_sets/search?name=man%25", ""},
		"permission_set":                        {"/permission_sets/2", ""},
		"update_permission_set":                 {"/permission_sets/2", `{"name":"New"}`},
		"delete_permission_set":                 {"/permission_sets/3", ""},
		"all_model_sets":                        {"/model_sets", ""},
		"create_model_set":                      {"/model_sets", `{"name":"New","models":["a"]}`},
		"search_model_sets":                     {"/model_sets/search?all_access=false", ""},
		"model_set":                             {"/model_sets/2", ""},
		"update_model_set":                      {"/model_sets/2", `{"models":["b","a"]}`},
		"delete_model_set":                      {"/model_sets/2", ""},
		"all_roles":                             {"/roles", ""},
		"create_role":                           {"/roles", `{"name":"New","permission_set_id":3,"model_set_id":"2"}`},
		"search_roles":                          {"/roles/search?built_in=false", ""},
		"search_roles_with_user_count":          {"/roles/search/with_user_count", ""},
		"role":                                  {"/roles/3", ""},
		"update_role":                           {"/roles/3", `{"name":"New"}`},
		"delete_role":                           {"/roles/3", ""},
		"role_groups":                           {"/roles/3/groups", ""},
		"set_role_groups":                       {"/roles/3/groups", `["2"]`},
		"role_users":                            {"/roles/3/users", ""},
		"set_role_users":                        {"/roles/3/users", `["5"]`},
		"create_user_credentials_totp":          {"/users/3/credentials_totp", ""},
		"user_credentials_totp":                 {"/users/5/credentials_totp", ""},
		"delete_user_credentials_totp":          {"/users/5/credentials_totp", ""},
		"user_credentials_ldap":                 {"/users/5/credentials_ldap", ""},
		"delete_user_credentials_ldap":          {"/users/5/credentials_ldap", ""},
		"user_credentials_google":               {"/users/5/credentials_google", ""},
		"delete_user_credentials_google":        {"/users/5/credentials_google", ""},
		"user_credentials_saml":                 {"/users/5/credentials_saml", ""},
		"delete_user_credentials_saml":          {"/users/5/credentials_saml", ""},
		"user_credentials_oidc":                 {"/users/5/credentials_oidc", ""},
		"delete_user_credentials_oidc":          {"/users/5/credentials_oidc", ""},
		"user_credentials_looker_openid":        {"/users/5/credentials_looker_openid", ""},
		"delete_user_credentials_looker_openid": {"/users/5/credentials_looker_openid", ""},
		"all_user_credentials_embeds":           {"/users/5/credentials_embed", ""},
		"user_credentials_embed":                {"/users/5/credentials_embed/13", ""},
		"delete_user_credentials_embed":         {"/users/5/credentials_embed/13", ""},
		"create_embed_user":                     {"/users/embed_user", `{"external_user_id":"shop-1"}`},
		"all_user_sessions":                     {"/users/2/sessions", ""},
		"user_session":                          {"/users/2/sessions/{session}", ""},
		"delete_user_session":                   {"/users/2/sessions/{session}", ""},

		"password_config":        {"/password_config", ""},
		"update_password_config": {"/password_config", `{"min_length":12}`},
		"force_password_reset_at_next_login_for_all_users": {
			"/password_config/force_password_reset_at_next_login_for_all_users", "",
		},
		"session_config":             {"/session_config", ""},
		"update_session_config":      {"/session_config", `{"session_minutes":60}`},
		"all_user_login_lockouts":    {"/user_login_lockouts", ""},
		"search_user_login_lockouts": {"/user_login_lockouts/search?full_name=dora%25", ""},
		"delete_user_login_lockout":  {"/user_login_lockout/{lockout}", ""},

		"user_roles":     {"/users/5/roles", ""},
		"set_user_roles": {"/users/5/roles", `["3"]`},
	}
	for _, op := range looker.ContentOperations() {
		_, path, _ := strings.Cut(op[1], " ")
		path = strings.NewReplacer("{folder_id}", "1", "{content_metadata_id}", "1").Replace(path)
		list[op[0]] = probe{path, ""}
	}
	return list
}

// furnish puts into a world what probes are about.
func furnish(w *world) {
	user := directory.UserID(5)
	w.do(directory.CreateUser{FirstName: "Eve", LastName: "Example"})
	w.do(directory.CreateAPICredential{User: user})
	w.do(
		directory.SetLoginEmail{User: user, Email: "eve@example.com"},
		directory.CreateGroup{Name: "EMEA"}, directory.CreateGroup{Name: "Netherlands"}, directory.CreateGroup{Name: "APAC"},
		directory.AddParent{Group: 3, Parent: 2}, directory.AddMember{Group: 2, User: user},
		directory.CreateAttribute{Name: "region", Type: directory.TypeString},
		directory.SetGroupValue{Group: 2, Attribute: 14, Value: directory.Value{Text: "emea"}},
		directory.SetGroupValue{Group: 3, Attribute: 14, Value: directory.Value{Text: "nl"}},
		directory.SetUserValue{User: user, Attribute: 14, Value: directory.Value{Text: "eve"}},
		directory.CreatePermissionSet{Name: "Explorer", Permissions: []string{"explore"}},
		directory.CreateModelSet{Name: "Sales", Models: []string{"sales"}},
	)
	for _, kind := range []directory.CredentialKind{
		directory.CredentialTOTP, directory.CredentialLDAP, directory.CredentialGoogle, directory.CredentialSAML,
		directory.CredentialOIDC, directory.CredentialLookerOpenID, directory.CredentialEmbed,
	} {
		w.do(directory.SetIdentity{User: user, Kind: kind, Identifier: "eve at " + string(kind)})
	}
	for range auth.DefaultConfig().ClientFailures {
		if _, err := w.sessions.Login(w.t.Context(), "disabled-client", "a wrong secret", netip.Addr{}); err == nil {
			w.t.Fatal("a disabled user logs in")
		}
	}
}

// TestEveryOperationAnswersEveryCallerAsTheMatrixSays: an operation without a
// row fails, and so does a status that nobody has looked at.
func TestEveryOperationAnswersEveryCallerAsTheMatrixSays(t *testing.T) {
	const file = "testdata/matrix.txt"
	var got strings.Builder
	fmt.Fprintf(&got, "%-46s", "operation")
	for _, caller := range callers() {
		fmt.Fprintf(&got, " %-8s", caller)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	operations := inOrderOf(string(want))
	worlds := dialecttest.Supply[*world]{Make: func() *world { return newFurnishedWorld(t) }}
	for _, op := range operations {
		p, ok := probes()[op[0]]
		if !ok {
			t.Errorf("%s has no row in the matrix", op[0])
			continue
		}
		method, _, _ := strings.Cut(op[1], " ")
		fmt.Fprintf(&got, "\n%-46s", op[0])
		for _, caller := range callers() {
			w := worlds.World()
			status := w.send(caller, method, w.named(p.target), p.body, nil).status
			worlds.Used(method, status)
			if refused := caller == "disabled" || caller == "revoked" || caller == "none"; refused && status != 401 {
				t.Errorf("%s answers %s with %d", op[0], caller, status)
			}
			if caller == "admin" && status/100 != 2 {
				t.Errorf("%s refuses an administrator with %d", op[0], status)
			}
			fmt.Fprintf(&got, " %-8d", status)
		}
	}
	text := trimLines(got.String())
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// inOrderOf returns the operations that need a token, in the order of a matrix, and after them
// those that it has no row for.
func inOrderOf(matrix string) [][2]string {
	operations, _ := looker.Operations()
	row := func(op [2]string) int {
		if i := strings.Index(matrix, "\n"+op[0]+" "); i >= 0 {
			return i
		}
		return len(matrix)
	}
	slices.SortStableFunc(operations, func(a, b [2]string) int { return row(a) - row(b) })
	return operations
}

// named puts what every world calls otherwise into a target: the session of the
// manager, and the lock-out of the disabled user.
func (w *world) named(target string) string {
	w.t.Helper()
	sessions, err := w.sessions.SessionsOf(w.t.Context(), 2)
	if err != nil || len(sessions) != 1 {
		w.t.Fatalf("the manager has the sessions %v, %v", sessions, err)
	}
	target = strings.Replace(target, "{session}", strconv.FormatInt(sessions[0].ID, 10), 1)
	if !strings.Contains(target, "{lockout}") {
		return target
	}
	lockouts, err := w.sessions.Lockouts(w.t.Context())
	if err != nil || len(lockouts) != 1 {
		w.t.Fatalf("the lock-outs are %v, %v", lockouts, err)
	}
	return strings.Replace(target, "{lockout}", lockouts[0].Key, 1)
}

func trimLines(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}
