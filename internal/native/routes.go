package native

import "slices"

// A route is one operation of the API that needs a token.
type route struct {
	pattern string
	handle  func(*request) error
}

// routes lists all routes.
func (a *api) routes() []route {
	return slices.Concat(a.userRoutes(), a.groupRoutes(), a.attributeRoutes(), a.signInRoutes(), a.scimRoutes(),
		a.importRoutes(), a.lintRoutes(), []route{
			{"POST /v1/clock/accept", a.acceptTime},
			{"POST /v1/effective", a.batch},
			{"GET /v1/me", a.me},
			{"GET /v1/reveals", a.reveals},
			{"GET /v1/roles", a.roles},
			{"GET /v1/stored/definitions", a.storedDefinitions},
			{"GET /v1/stored/groups", a.storedGroups},
			{"GET /v1/stored/users", a.storedUsers},

			{"GET /v1/changes", a.changes},
			{"POST /v1/changes", a.commitChange},
			{"GET /v1/changes/stream", a.stream},
			{"POST /v1/changes/revert", a.revertRequest},
			{"GET /v1/changes/{revision}", a.change},
			{"GET /v1/changes/{revision}/effects", a.effects},
			{"POST /v1/changes/{revision}/revert", a.revert},
			{"POST /v1/preview", a.preview},
		})
}

func (a *api) userRoutes() []route {
	return []route{
		{"GET /v1/users", a.users},
		{"POST /v1/users", a.createUser},
		{"GET /v1/users/{user}", a.user},
		{"PATCH /v1/users/{user}", a.updateUser},
		{"DELETE /v1/users/{user}", a.deleteUser},
		{"POST /v1/users/{user}/erase", a.eraseUser},
		{"GET /v1/users/{user}/effective", a.effective},
		{"GET /v1/users/{user}/effective/{attribute}", a.explain},
		{"GET /v1/users/{user}/effective/{attribute}/history", a.userTimeline},
		{"GET /v1/users/{user}/values", a.userValues},
		{"GET /v1/users/{user}/values/{attribute}", a.userValue},
		{"PUT /v1/users/{user}/values/{attribute}", a.setUserValue},
		{"DELETE /v1/users/{user}/values/{attribute}", a.deleteUserValue},
		{"POST /v1/users/{user}/values/{attribute}/reveal", a.revealUserValue},
		{"GET /v1/users/{user}/groups", a.userGroups},
		{"PUT /v1/users/{user}/groups/{group}", a.addMember},
		{"DELETE /v1/users/{user}/groups/{group}", a.removeMember},
		{"PUT /v1/users/{user}/roles", a.setUserRoles},
		{"GET /v1/users/{user}/credentials", a.credentials},
		{"POST /v1/users/{user}/credentials", a.createCredential},
		{"PATCH /v1/users/{user}/credentials/{credential}", a.updateCredential},
		{"POST /v1/users/{user}/credentials/{credential}/rotate", a.rotateCredential},
		{"DELETE /v1/users/{user}/credentials/{credential}", a.deleteCredential},
		{"PUT /v1/users/{user}/sources/{source}", a.setUserSource},
		{"DELETE /v1/users/{user}/sources/{source}", a.deleteUserSource},
	}
}

func (a *api) groupRoutes() []route {
	return []route{
		{"GET /v1/groups", a.groups},
		{"POST /v1/groups", a.createGroup},
		{"GET /v1/groups/{group}", a.group},
		{"PATCH /v1/groups/{group}", a.updateGroup},
		{"DELETE /v1/groups/{group}", a.deleteGroup},
		{"GET /v1/groups/{group}/effective", a.groupEffective},
		{"GET /v1/groups/{group}/effective/{attribute}", a.groupExplain},
		{"GET /v1/groups/{group}/effective/{attribute}/history", a.groupTimeline},
		{"GET /v1/groups/{group}/members", a.members},
		{"PUT /v1/groups/{group}/members/{user}", a.addMember},
		{"DELETE /v1/groups/{group}/members/{user}", a.removeMember},
		{"GET /v1/groups/{group}/children", a.children},
		{"PUT /v1/groups/{group}/parents/{parent}", a.addParent},
		{"DELETE /v1/groups/{group}/parents/{parent}", a.removeParent},
		{"GET /v1/groups/{group}/values", a.groupValues},
		{"GET /v1/groups/{group}/values/{attribute}", a.groupValue},
		{"PUT /v1/groups/{group}/values/{attribute}", a.setGroupValue},
		{"DELETE /v1/groups/{group}/values/{attribute}", a.deleteGroupValue},
		{"POST /v1/groups/{group}/values/{attribute}/reveal", a.revealGroupValue},
		{"PUT /v1/groups/{group}/roles", a.setGroupRoles},
		{"PUT /v1/groups/{group}/sources/{source}", a.setGroupSource},
		{"DELETE /v1/groups/{group}/sources/{source}", a.deleteGroupSource},
	}
}

func (a *api) attributeRoutes() []route {
	return []route{
		{"GET /v1/attributes", a.attributes},
		{"POST /v1/attributes", a.createAttribute},
		{"GET /v1/attributes/{attribute}", a.attribute},
		{"PATCH /v1/attributes/{attribute}", a.updateAttribute},
		{"DELETE /v1/attributes/{attribute}", a.deleteAttribute},
		{"POST /v1/attributes/{attribute}/default/reveal", a.revealDefault},
		{"GET /v1/attributes/{attribute}/holders", a.holders},
		{"GET /v1/attributes/{attribute}/values", a.attributeValues},
		{"PUT /v1/attributes/{attribute}/values", a.setAttributeValues},
		{"PUT /v1/attributes/{attribute}/sources/{source}", a.setAttributeSource},
		{"DELETE /v1/attributes/{attribute}/sources/{source}", a.deleteAttributeSource},
	}
}
