package e2e

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	v4 "github.com/looker-open-source/sdk-codegen/go/sdk/v4"
)

// TestGoSDKGivesRoles makes a role with the official SDK, gives it to a group
// and a user, and asks in several ways who has it.
func TestGoSDKGivesRoles(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *server) {
		c := newCompany(t, s)
		permissions := must[v4.PermissionSet](t)(c.sdk.CreatePermissionSet(v4.WritePermissionSet{
			Name: new("Analysts"), Permissions: &[]string{"see_users", "explore", "access_data"},
		}, nil))
		if diff := cmp.Diff(&[]string{"access_data", "explore", "see_users"}, permissions.Permissions); diff != "" {
			t.Errorf("permissions (-want +got):\n%s", diff)
		}
		models := must[v4.ModelSet](t)(c.sdk.CreateModelSet(v4.WriteModelSet{Name: new("Sales"), Models: &[]string{"sales"}},
			nil))
		role := must[v4.Role](t)(c.sdk.CreateRole(v4.WriteRole{
			Name: new("Analyst"), PermissionSetId: permissions.Id, ModelSetId: models.Id,
		}, nil))
		if *role.PermissionSet.Id != *permissions.Id || *role.ModelSet.Id != *models.Id {
			t.Errorf("the role is made of %s and %s", *role.PermissionSet.Id, *role.ModelSet.Id)
		}

		// Ada is in Berlin, which is in EMEA; Bob is given the role directly.
		groups := must[[]v4.Group](t)(c.sdk.SetRoleGroups(*role.Id, []string{c.emea}, nil))
		if len(groups) != 1 || *groups[0].Id != c.emea {
			t.Errorf("the groups are %v", groups)
		}
		must[[]v4.User](t)(c.sdk.SetRoleUsers(*role.Id, []string{c.bob}, nil))
		all := must[[]v4.User](t)(c.sdk.RoleUsers(v4.RequestRoleUsers{RoleId: *role.Id}, nil))
		direct := must[[]v4.User](t)(c.sdk.RoleUsers(v4.RequestRoleUsers{RoleId: *role.Id, DirectAssociationOnly: new(true)},
			nil))
		if len(all) != 2 || len(direct) != 1 || *direct[0].Id != c.bob {
			t.Errorf("%d users have the role, %d directly", len(all), len(direct))
		}
		found := must[[]v4.RoleSearch](t)(c.sdk.SearchRolesWithUserCount(
			v4.RequestSearchRolesWithUserCount{Name: new("analy%")}, nil))
		if len(found) != 1 || *found[0].UserCount != 2 {
			t.Errorf("found %+v", found)
		}
		roles := must[[]v4.Role](t)(c.sdk.UserRoles(v4.RequestUserRoles{UserId: c.ada}, nil))
		if len(roles) != 1 || *roles[0].Name != "Analyst" {
			t.Errorf("Ada has %+v", roles)
		}

		// Permissions take effect: Ada may see users now, and may not give roles.
		key := must[v4.CreateCredentialsApi3](t)(c.sdk.CreateUserCredentialsApi3(c.ada, "", nil))
		ada := s.goSDKAs(*key.ClientId, *key.ClientSecret)
		must[v4.User](t)(ada.User(c.bob, "", nil))
		_, err := ada.SetUserRoles(c.ada, []string{"2"}, "", nil)
		refused(t, err, 403, "administer")

		_, err = c.sdk.DeletePermissionSet(*permissions.Id, nil)
		refused(t, err, 405, "Analyst")
		if _, err := c.sdk.DeleteRole(*role.Id, nil); err != nil {
			t.Fatal(err)
		}
		_, err = ada.User(c.bob, "", nil)
		refused(t, err, 404)
		must[string](t)(c.sdk.DeletePermissionSet(*permissions.Id, nil))
		_, err = c.sdk.DeleteRole("2", nil)
		refused(t, err, 405, "built in")
	})
}

// TestGoSDKManagesWhatConcernsEverybody uses settings, sessions and users of
// embedding applications.
func TestGoSDKManagesWhatConcernsEverybody(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *server) {
		sdk := s.goSDK()
		config := must[v4.PasswordConfig](t)(sdk.UpdatePasswordConfig(v4.WritePasswordConfig{MinLength: new(int64(12))}, nil))
		if *config.MinLength != 12 {
			t.Errorf("min_length is %d", *config.MinLength)
		}
		user := must[v4.UserPublic](t)(sdk.CreateEmbedUser(v4.CreateEmbedUserRequest{ExternalUserId: "shop-1"}, nil))
		again := must[v4.UserPublic](t)(sdk.CreateEmbedUser(v4.CreateEmbedUserRequest{ExternalUserId: "shop-1"}, nil))
		if *user.Id != *again.Id {
			t.Errorf("users %s and %s are both shop-1", *user.Id, *again.Id)
		}
		if list := must[[]v4.Session](t)(sdk.AllUserSessions("1", "", nil)); len(list) != 1 {
			t.Errorf("the administrator has %d sessions, want the one of this test", len(list))
		}
		if list := must[[]v4.Permission](t)(sdk.AllPermissions(nil)); len(list) < 40 || *list[0].Permission != "administer" {
			t.Errorf("%d permissions", len(list))
		}
	})
}
