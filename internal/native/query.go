package native

import (
	"net/url"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// parameters maps routes to the query parameters that they accept. A route that is not listed
// accepts none.
func parameters() map[string]string {
	return map[string]string{
		"GET /v1/changes": "affected after caller cursor from limit object request_id to",

		"GET /v1/attributes":                                   "cursor limit",
		"GET /v1/attributes/{attribute}/holders":               "cursor element greatest least limit value",
		"GET /v1/changes/stream":                               "after",
		"GET /v1/groups":                                       "cursor limit name",
		"GET /v1/groups/{group}/children":                      "cursor limit",
		"GET /v1/groups/{group}/effective":                     "attributes",
		"GET /v1/groups/{group}/members":                       "cursor limit",
		"GET /v1/lint":                                         "codes cursor limit muted object",
		"GET /v1/lint/kinds":                                   "codes cursor object",
		"GET /v1/reveals":                                      "limit",
		"GET /v1/sessions":                                     "user",
		"GET /v1/stored/groups":                                "cursor limit",
		"GET /v1/stored/users":                                 "cursor limit",
		"GET /v1/users":                                        "cursor disabled email first_name group last_name limit",
		"GET /v1/users/{user}/effective":                       "at attributes revision",
		"GET /v1/users/{user}/effective/{attribute}":           "at revision since",
		"GET /v1/groups/{group}/effective/{attribute}":         "since",
		"GET /v1/users/{user}/effective/{attribute}/history":   "cursor limit",
		"GET /v1/groups/{group}/effective/{attribute}/history": "cursor limit",
		"POST /v1/effective":                                   "at revision",
		"POST /v1/imports": "all date_format delimiter encoding format ignore_columns " +
			"key kind map mode secrets source spreadsheet values",
	}
}

// checkQuery refuses unknown parameters, because ignoring one would answer another question.
func checkQuery(query url.Values, known []string) error {
	for name := range query {
		switch {
		case slices.Contains(known, name):
		case len(known) == 0:
			return directory.Malformed(name, "is not known here; this has no parameters")
		default:
			return directory.Malformed(name, "is not known here; the parameters are %s", strings.Join(known, ", "))
		}
	}
	return nil
}
