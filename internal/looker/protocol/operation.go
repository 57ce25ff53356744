package protocol

import (
	"net/http"
	"strings"
)

// Statuses is the set of error statuses that the vendor's description lists for an operation,
// beside 404 and 429, which all operations have.
type Statuses uint8

const (
	has400 Statuses = 1 << iota
	has403
	has405
	has409
	has422
)

// Has reports whether a status is in the set.
func (s Statuses) Has(status int) bool {
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
	OnlyBasic      Statuses = 0
	Read           Statuses = has400
	Guarded        Statuses = has400 | has403
	Making         Statuses = has400 | has409 | has422
	Writing        Statuses = has400 | has403 | has422
	MakingFor      Statuses = has400 | has403 | has409 | has422
	FreeWriter     Statuses = has400 | has422
	Changing       Statuses = has400 | has405 | has422
	Removing       Statuses = has400 | has405
	WritingBuiltIn Statuses = Writing | has405
)

// An Operation is one entry of the vendor's API.
type Operation struct {
	Route  string // method and path below prefix
	ID     string // the vendor's operationId
	Errors Statuses
	handle func(*Request) error
}

// Op returns an operation that documents the statuses of the set.
func (s Statuses) Op(route, id string, handle func(*Request) error) Operation {
	return Operation{Route: route, ID: id, Errors: s, handle: handle}
}

// Method returns the method of HTTP.
func (op Operation) Method() string { m, _, _ := strings.Cut(op.Route, " "); return m }

// Path returns the path below the prefix of the version.
func (op Operation) Path() string { _, p, _ := strings.Cut(op.Route, " "); return p }
