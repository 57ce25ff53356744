package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/looker-open-source/sdk-codegen/go/rtl"
	v4 "github.com/looker-open-source/sdk-codegen/go/sdk/v4"
)

// goSDK is the official Go SDK, logged in as the administrator.
func (s *server) goSDK() *v4.LookerSDK { return s.goSDKAs(clientID, clientSecret) }

func (s *server) goSDKAs(id, secret string) *v4.LookerSDK {
	return v4.NewLookerSDK(rtl.NewAuthSession(rtl.ApiSettings{
		BaseUrl: s.url, ApiVersion: "4.0", Timeout: 30, ClientId: id, ClientSecret: secret,
	}))
}

// withToken is the SDK with a token that was made before.
func (s *server) withToken(token string) *v4.LookerSDK {
	return v4.NewLookerSDK(&rtl.AuthSession{
		Config: rtl.ApiSettings{BaseUrl: s.url, ApiVersion: "4.0", Timeout: 30},
		Client: http.Client{Transport: bearer(token)},
	})
}

// A bearer sends its token with every request.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "token "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// must fails the test if a call failed.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// refused fails the test unless a call was answered with a status, and all the
// words.
func refused(t *testing.T, err error, status int, words ...string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("status=%d", status)) {
		t.Errorf("got %v, want status %d", err, status)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("got %v, want a word about %s", err, word)
		}
	}
}

// A company is what the tests below begin with: Ada is in Berlin, which is in
// EMEA; Bob is in no group.
type company struct {
	sdk          *v4.LookerSDK
	ada, bob     string
	emea, berlin string
	region       string // the attribute
}

func newCompany(t *testing.T, s *server) company {
	t.Helper()
	sdk := s.goSDK()
	c := company{sdk: sdk}
	for _, u := range []struct {
		id          *string
		first, last string
	}{{&c.ada, "Ada", "Lovelace"}, {&c.bob, "Bob", "Boole"}} {
		user := must[v4.User](t)(sdk.CreateUser(v4.WriteUser{FirstName: &u.first, LastName: &u.last}, "", nil))
		email := strings.ToLower(u.first) + "@example.com"
		must[v4.CredentialsEmail](t)(sdk.CreateUserCredentialsEmail(*user.Id, v4.WriteCredentialsEmail{Email: &email}, "",
			nil))
		*u.id = *user.Id
	}
	for _, g := range []struct {
		id   *string
		name string
	}{{&c.emea, "EMEA"}, {&c.berlin, "Berlin"}} {
		*g.id = *must[v4.Group](t)(sdk.CreateGroup(v4.WriteGroup{Name: &g.name}, "", nil)).Id
	}
	must[v4.Group](t)(sdk.AddGroupGroup(c.emea, v4.GroupIdForGroupInclusion{GroupId: &c.berlin}, nil))
	must[v4.User](t)(sdk.AddGroupUser(c.berlin, v4.GroupIdForGroupUserInclusion{UserId: &c.ada}, nil))
	attribute := v4.WriteUserAttribute{Name: "region", Label: "Region", Type: "string", DefaultValue: new("none")}
	c.region = *must[v4.UserAttribute](t)(sdk.CreateUserAttribute(attribute, "", nil)).Id
	return c
}

// set sets the region of a group: the call that the project starts from.
func (c company) set(t *testing.T, group, value string) v4.UserAttributeGroupValue {
	t.Helper()
	body := v4.UserAttributeGroupValue{Value: &value}
	return must[v4.UserAttributeGroupValue](t)(c.sdk.UpdateUserAttributeGroupValue(group, c.region, body, nil))
}

// regionOf is the region that a user has effectively, and where it comes from.
func regionOf(t *testing.T, sdk *v4.LookerSDK, c company, user string) string {
	t.Helper()
	ids := rtl.DelimString{c.region}
	rows := must[[]v4.UserAttributeWithValue](t)(sdk.UserAttributeUserValues(
		v4.RequestUserAttributeUserValues{UserId: user, UserAttributeIds: &ids}, nil))
	if len(rows) != 1 {
		t.Fatalf("user %s has %d values, want 1", user, len(rows))
	}
	return *rows[0].Value + " by " + *rows[0].Source
}

func TestGoSDKSetsAGroupValueThatSurvivesARestart(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *server) {
		c := newCompany(t, s)
		if got := regionOf(t, c.sdk, c, c.ada); got != "none by Default" {
			t.Errorf("at first, Ada has %s", got)
		}
		value := c.set(t, c.emea, "emea")
		if *value.GroupId != c.emea || *value.UserAttributeId != c.region || *value.Value != "emea" || *value.Rank != 1 {
			t.Errorf("the reply is %+v", value)
		}
		c.set(t, c.berlin, "berlin")
		want := map[string]string{c.ada: "emea by Group Setting", c.bob: "none by Default"}
		for user, region := range want {
			if got := regionOf(t, c.sdk, c, user); got != region {
				t.Errorf("user %s has %s, want %s", user, got, region)
			}
		}
		before := must[[]v4.UserAttributeGroupValue](t)(c.sdk.AllUserAttributeGroupValues(c.region, "", nil))

		s.restart()
		sdk := s.goSDK()
		for user, region := range want {
			if got := regionOf(t, sdk, c, user); got != region {
				t.Errorf("after a restart user %s has %s, want %s", user, got, region)
			}
		}
		after := must[[]v4.UserAttributeGroupValue](t)(sdk.AllUserAttributeGroupValues(c.region, "", nil))
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("a restart changes the values (-before +after):\n%s", diff)
		}
	})
}

func TestGoSDKReordersValues(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *server) {
		c := newCompany(t, s)
		values := []v4.UserAttributeGroupValue{{GroupId: &c.berlin, Value: new("berlin")},
			{GroupId: &c.emea, Value: new("emea")}}
		got := must[[]v4.UserAttributeGroupValue](t)(c.sdk.SetUserAttributeGroupValues(c.region, values, nil))
		if len(got) != 2 || *got[0].GroupId != c.berlin || *got[0].Rank != 1 || *got[1].Rank != 2 {
			t.Errorf("the reply is %+v", got)
		}
		if got := regionOf(t, c.sdk, c, c.ada); got != "berlin by Group Setting" {
			t.Errorf("Ada has %s", got)
		}
		must[v4.UserAttributeWithValue](t)(c.sdk.SetUserAttributeUserValue(c.ada, c.region,
			v4.WriteUserAttributeWithValue{Value: new("own")}, nil))
		if got := regionOf(t, c.sdk, c, c.ada); got != "own by User Setting" {
			t.Errorf("Ada has %s", got)
		}
		if err := c.sdk.DeleteUserAttributeUserValue(c.ada, c.region, nil); err != nil {
			t.Error(err)
		}
		must[[]v4.UserAttributeGroupValue](t)(c.sdk.SetUserAttributeGroupValues(c.region, []v4.UserAttributeGroupValue{},
			nil))
		if got := regionOf(t, c.sdk, c, c.ada); got != "none by Default" {
			t.Errorf("Ada has %s", got)
		}
	})
}

func TestGoSDKSearches(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *server) {
		c := newCompany(t, s)
		for i := range 12 {
			must[v4.Group](t)(c.sdk.CreateGroup(v4.WriteGroup{Name: new(fmt.Sprintf("Team %02d", i))}, "", nil))
		}
		names := func(groups []v4.Group) string {
			list := []string{}
			for _, g := range groups {
				list = append(list, *g.Name)
			}
			return strings.Join(list, ", ")
		}
		search := func(r v4.RequestSearchGroups) string {
			return names(must[[]v4.Group](t)(c.sdk.SearchGroups(r, nil)))
		}
		ids := rtl.DelimString{c.emea, c.berlin}
		for _, test := range []struct{ what, got, want string }{
			{"a name", search(v4.RequestSearchGroups{Name: new("berlin")}), "Berlin"},
			{"a pattern", search(v4.RequestSearchGroups{Name: new("TEAM 0_"), Limit: new(int64(3)), Offset: new(int64(2))}),
				"Team 02, Team 03, Team 04"},
			{"a sorted page", search(v4.RequestSearchGroups{Name: new("team%"), Sorts: new("name desc"), Limit: new(int64(2))}),
				"Team 11, Team 10"},
			{"any of two", search(v4.RequestSearchGroups{Name: new("Berlin"), Id: new("1"), FilterOr: new(true)}),
				"All Users, Berlin"},
			{"ids", names(must[[]v4.Group](t)(c.sdk.AllGroups(v4.RequestAllGroups{Ids: &ids}, nil))), "EMEA, Berlin"},
		} {
			if test.got != test.want {
				t.Errorf("%s: got %s, want %s", test.what, test.got, test.want)
			}
		}
		found := must[[]v4.User](t)(c.sdk.SearchUsersNames(v4.RequestSearchUsersNames{Pattern: "%love%"}, nil))
		if len(found) != 1 || *found[0].Id != c.ada {
			t.Errorf("the name is found %d times", len(found))
		}
		found = must[[]v4.User](t)(c.sdk.SearchUsers(v4.RequestSearchUsers{Email: new("%@example.com"),
			Sorts: new("email desc")}, nil))
		if len(found) != 2 || *found[0].Id != c.bob {
			t.Errorf("the e-mail is found %d times", len(found))
		}
		if ada := must[v4.User](t)(c.sdk.UserForCredential("email", "ADA@example.com", "id", nil)); *ada.Id != c.ada {
			t.Errorf("the credential is found with user %s", *ada.Id)
		}
		parents := must[[]v4.GroupHierarchy](t)(c.sdk.SearchGroupsWithHierarchy(
			v4.RequestSearchGroupsWithHierarchy{Id: &c.berlin}, nil))
		if len(parents) != 1 || !slices.Equal(*parents[0].ParentGroupIds, []string{"1", c.emea}) {
			t.Errorf("the hierarchy is %+v", parents)
		}
	})
}

func TestGoSDKReadsAllPages(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *server) {
		c := newCompany(t, s)
		for i := range 5 {
			must[v4.Group](t)(c.sdk.CreateGroup(v4.WriteGroup{Name: new(fmt.Sprintf("Team %d", i))}, "", nil))
		}
		all := must[[]v4.Group](t)(c.sdk.AllGroups(v4.RequestAllGroups{}, nil))
		var paged []v4.Group
		for offset := int64(0); ; offset += 3 {
			page := must[[]v4.Group](t)(c.sdk.AllGroups(v4.RequestAllGroups{Limit: new(int64(3)), Offset: &offset}, nil))
			paged = append(paged, page...)
			if len(page) < 3 {
				break
			}
		}
		if diff := cmp.Diff(all, paged); diff != "" {
			t.Errorf("pages (-all +paged):\n%s", diff)
		}
	})
}

func TestGoSDKActsAsAnotherUser(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *server) {
		c := newCompany(t, s)
		token := must[v4.AccessToken](t)(c.sdk.LoginUser(c.ada, nil))
		ada := s.withToken(*token.AccessToken)
		if me := must[v4.User](t)(ada.Me("id,email", nil)); *me.Id != c.ada || *me.Email != "ada@example.com" {
			t.Errorf("acting as Ada, me is %+v", me)
		}
		session := must[v4.ApiSession](t)(ada.Session(nil))
		if admin := must[v4.User](t)(c.sdk.Me("id", nil)); session.SudoUserId == nil || *session.SudoUserId != *admin.Id {
			t.Errorf("the session is %+v", session)
		}
		_, err := ada.CreateGroup(v4.WriteGroup{Name: new("Mine")}, "", nil)
		refused(t, err, 404, "manage_groups")
		_, err = ada.UpdateUserAttributeGroupValue(c.emea, c.region, v4.UserAttributeGroupValue{Value: new("mine")}, nil)
		refused(t, err, 403, "set_values")
		must[string](t)(ada.Logout(nil))
		_, err = ada.Me("", nil)
		refused(t, err, 401)
		must[v4.User](t)(c.sdk.Me("", nil))
	})
}

func TestGoSDKIsToldWhatIsWrong(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *server) {
		c := newCompany(t, s)
		sdk := c.sdk
		_, err := sdk.Group("9999", "", nil)
		refused(t, err, 404, "/r/err/4.0/404/get/groups/:group_id")
		_, err = sdk.CreateGroup(v4.WriteGroup{Name: new("emea")}, "", nil)
		refused(t, err, 422, `"field":"name"`, "already_exists")
		_, err = sdk.CreateUserAttribute(v4.WriteUserAttribute{Name: "Not a name", Label: "L", Type: "string"}, "", nil)
		refused(t, err, 422, `"field":"name"`)
		budget := must[v4.UserAttribute](t)(sdk.CreateUserAttribute(v4.WriteUserAttribute{Name: "budget", Label: "Budget",
			Type: "number"}, "", nil))
		_, err = sdk.UpdateUserAttributeGroupValue(c.emea, *budget.Id, v4.UserAttributeGroupValue{Value: new("many")}, nil)
		refused(t, err, 422, `"field":"value"`, "decimal number")
		_, err = sdk.UpdateUserAttributeGroupValue("9999", *budget.Id, v4.UserAttributeGroupValue{Value: new("1")}, nil)
		refused(t, err, 404, "group_id")
		_, err = sdk.DeleteGroup("1", nil)
		refused(t, err, 403, "All Users")
		_, err = sdk.AddGroupGroup(c.berlin, v4.GroupIdForGroupInclusion{GroupId: &c.emea}, nil)
		refused(t, err, 400, "group_id")
		me := must[v4.User](t)(sdk.Me("id", nil))
		_, err = sdk.DeleteUser(*me.Id, nil)
		refused(t, err, 403, "themselves")
		if _, err = s.goSDKAs(clientID, "wrong").Me("", nil); err == nil || !strings.Contains(err.Error(), "404") {
			t.Errorf("a wrong secret gives %v, want 404", err)
		}
	})
}

func TestGoSDKDeletes(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *server) {
		c := newCompany(t, s)
		c.set(t, c.emea, "emea")
		for what, err := range map[string]error{
			"a value":      c.sdk.DeleteUserAttributeGroupValue(c.emea, c.region, nil),
			"a membership": c.sdk.DeleteGroupUser(c.berlin, c.ada, nil),
			"a nesting":    c.sdk.DeleteGroupFromGroup(c.emea, c.berlin, nil),
		} {
			if err != nil {
				t.Errorf("delete %s: %v", what, err)
			}
		}
		c.set(t, c.berlin, "berlin")
		must[string](t)(c.sdk.DeleteGroup(c.berlin, nil))
		if left := must[[]v4.UserAttributeGroupValue](t)(c.sdk.AllUserAttributeGroupValues(c.region, "",
			nil)); len(left) != 0 {
			t.Errorf("values are left of a group that was deleted: %+v", left)
		}
		must[string](t)(c.sdk.DeleteUserAttribute(c.region, nil))
		must[string](t)(c.sdk.DeleteUser(c.bob, nil))
		_, err := c.sdk.Group(c.berlin, "", nil)
		refused(t, err, 404)
		_, err = c.sdk.UserAttribute(c.region, "", nil)
		refused(t, err, 404)
		_, err = c.sdk.User(c.bob, "", nil)
		refused(t, err, 404)

		s.restart()
		_, err = s.goSDK().Group(c.berlin, "", nil)
		refused(t, err, 404)
	})
}

func TestGoSDKMakesAndRevokesCredentials(t *testing.T) {
	onEachEngine(t, func(t *testing.T, s *server) {
		c := newCompany(t, s)
		made := must[v4.CreateCredentialsApi3](t)(c.sdk.CreateUserCredentialsApi3(c.ada, "", nil))
		ada := s.goSDKAs(*made.ClientId, *made.ClientSecret)
		if me := must[v4.User](t)(ada.Me("id", nil)); *me.Id != c.ada {
			t.Errorf("me is %s", *me.Id)
		}
		must[string](t)(c.sdk.DeleteUserCredentialsApi3(c.ada, *made.Id, nil))
		_, err := ada.Me("", nil)
		refused(t, err, 401)
	})
}
