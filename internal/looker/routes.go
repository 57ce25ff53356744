package looker

import (
	"net/http"
	"strings"
)

// prefix is where the operations of the API are.
const prefix = "/api/" + APIVersion

// A statuses is the set of error statuses that the vendor's description gives
// an operation, beside 404 and 429, which all have.
type statuses uint8

const (
	has400 statuses = 1 << iota
	has403
	has405
	has409
	has422
)

func (s statuses) has(status int) bool {
	switch status {
	case http.StatusBadRequest:
		return s&has400 != 0
	case http.StatusForbidden:
		return s&has403 != 0
	case http.StatusMethodNotAllowed:
		return s&has405 != 0
	case http.StatusConflict:
		return s&has409 != 0
	case http.StatusUnprocessableEntity:
		return s&has422 != 0
	}
	return false
}

// The sets that occur.
const (
	onlyBasic  statuses = 0
	read       statuses = has400
	guarded    statuses = has400 | has403
	making     statuses = has400 | has409 | has422
	writing    statuses = has400 | has403 | has422
	makingFor  statuses = has400 | has403 | has409 | has422
	freeWriter statuses = has400 | has422
)

// An operation is one entry of the vendor's API.
type operation struct {
	route  string // method and path below prefix
	id     string // the vendor's operationId
	errors statuses
	handle func(*request) error
}

func (op operation) method() string { m, _, _ := strings.Cut(op.route, " "); return m }
func (op operation) path() string   { _, p, _ := strings.Cut(op.route, " "); return p }

// operations is the table of contents: what callers with a token can do.
func (a *api) operations() []operation {
	return []operation{
		{"POST /login/{user_id}", "login_user", guarded, a.loginUser},
		{"DELETE /logout", "logout", read, a.logout},
		{"GET /session", "session", read, a.session},
		{"PATCH /session", "update_session", freeWriter, a.updateSession},
	}
}

// openOperations are those that need no token.
func (a *api) openOperations() []operation {
	return []operation{
		{"POST /login", "login", read, a.login},
		{"GET /versions", "versions", read, a.versions},
		{"GET /alive", "alive", onlyBasic, a.alive},
		{"GET /swagger.json", "swagger", onlyBasic, a.swagger},
		{"GET /api_spec/{api_version}/{specification}", "api_spec", read, a.apiSpec},
	}
}

// alsoAt are further paths of an operation, which clients in use ask for: some
// leave the version out, with the slash behind it or without.
func alsoAt(id string) []string {
	switch id {
	case "login":
		return []string{"/api/login"}
	case "logout":
		return []string{"/api/logout"}
	case "versions":
		return []string{"/api/versions", "/versions"}
	case "alive":
		return []string{"/alive"}
	}
	return nil
}
