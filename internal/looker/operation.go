package looker

import (
	"net/http"
	"strings"
)

// statuses is the set of error statuses that the vendor's description lists for an operation,
// beside 404 and 429, which all operations have.
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

// The sets that operations use, by what an operation does.
const (
	onlyBasic      statuses = 0
	read           statuses = has400
	guarded        statuses = has400 | has403
	making         statuses = has400 | has409 | has422
	writing        statuses = has400 | has403 | has422
	makingFor      statuses = has400 | has403 | has409 | has422
	freeWriter     statuses = has400 | has422
	changing       statuses = has400 | has405 | has422
	removing       statuses = has400 | has405
	writingBuiltIn statuses = writing | has405
)

// An operation is one entry of the vendor's API.
type operation struct {
	route  string // method and path below prefix
	id     string // the vendor's operationId
	errors statuses
	handle func(*request) error
}

// method returns the method of HTTP.
func (op operation) method() string { m, _, _ := strings.Cut(op.route, " "); return m }

// path returns the path below the prefix of the version.
func (op operation) path() string { _, p, _ := strings.Cut(op.route, " "); return p }
