package fault

import "net/http"

// The codes of errors. Those from 10401 to 10503 are ours, 10 before the status, because the
// vendor documents no body for these cases.
const (
	InvalidJSON         = 10005
	InvalidLookupKey    = 10006
	SchemaViolation     = 10007
	NotFound            = 10008
	Pagination          = 10015
	LookupKeyMissing    = 10016
	Payload             = 10017
	Unauthorized        = 10401
	MethodNotAllowed    = 10405
	TooLarge            = 10413
	TooMany             = 10429
	Internal            = 10500
	Unavailable         = 10503
	AttributeNotFound   = 14001
	AttributeExists     = 14004
	UsergroupExists     = 20004
	UsergroupMultiple   = 20005
	UsergroupNotFound   = 20006
	UsergroupIsParent   = 20007
	UsergroupNotAllowed = 20008
	UserExists          = 70004
	UserMultiple        = 70005
	UserNotFound        = 70006
	UserIsParent        = 70007
	AddressNotFound     = 90006
)

// A Problem is an entry of the catalogue of errors.
type Problem struct {
	Code   int
	Name   string // the vendor's type
	Status int
	text   string // a fmt format of the message
	Help   string // the text of the page about it
}

// catalogue lists every error of this dialect.
func catalogue() []Problem {
	const (
		exists = "An object with this key exists already. Keys are never used again, not even those of deleted objects; " +
			"a source id is free again."
		multiple = "The lookup value fits several objects, in several sources. Add the query parameter source, or language."
		missing  = "There is no such object, or the credentials may not see it."
	)
	return []Problem{
		{InvalidJSON, "InvalidJSONPayload", http.StatusBadRequest, "Invalid JSON Payload",
			"The body is not JSON, or a key comes twice in one object."},
		{InvalidLookupKey, "InvalidLookupKey", http.StatusBadRequest,
			"Invalid lookup key [%s], key must contain one of the following values: [%s]",
			"The path names its object by a key that there is not. Keys are case-sensitive."},
		{SchemaViolation, "SchemaValidationException", http.StatusBadRequest, "%s",
			"The body, or a query parameter, does not have the form that is asked for. Each message names one place and what " +
				"is wrong there. Nothing was changed."},
		{NotFound, "NotFound", http.StatusNotFound, "Resource not found",
			"There is nothing here, or the credentials lack the permission for it."},
		{Pagination, "PaginatedResponseException", http.StatusBadRequest, "Pagination not properly initialized",
			"page and offset are whole numbers from 1; offset is the size of a page, at most 100."},
		{LookupKeyMissing, "LookupKeyNotFound", http.StatusBadRequest, "%s",
			"An item of a bulk call lacks the key that the call finds its items by. Nothing was changed."},
		{Payload, "PayloadValidationError", http.StatusBadRequest, "%s",
			"The body has the right form but cannot be accepted. The message says why. Nothing was changed."},
		{Unauthorized, "Unauthorized", http.StatusUnauthorized, "%s",
			"There is no access token, or it has expired. Get one: POST /oauth2/token with grant_type=client_credentials, " +
				"client_id and client_secret."},
		{MethodNotAllowed, "MethodNotAllowed", http.StatusMethodNotAllowed, "Method not allowed",
			"The path exists but does not take this method; the header Allow lists those that it takes."},
		{TooLarge, "PayloadTooLarge", http.StatusRequestEntityTooLarge, "%s",
			"The body is larger than a limit. The message names it."},
		{TooMany, "TooManyRequests", http.StatusTooManyRequests, "Too many requests",
			"Wait as many seconds as the header Retry-After says."},
		{Internal, "InternalError", http.StatusInternalServerError, "Internal error",
			"Our fault. The log of the server has more under the request id."},
		{Unavailable, "ServiceUnavailable", http.StatusServiceUnavailable, "%s",
			"It cannot be done now. Wait as many seconds as the header Retry-After says."},
		{AttributeNotFound, "AttributeNotFound", http.StatusNotFound, "Attribute with %s [%s] not found.", missing},
		{AttributeExists, "AttributeExists", http.StatusBadRequest, "Attribute with %s [%s] already exists", exists},
		{UsergroupExists, "UsergroupExists", http.StatusBadRequest, "Usergroup with %s [%s] already exists", exists},
		{UsergroupMultiple, "UsergroupMultipleFound", http.StatusBadRequest,
			"Multiple usergroups found. Please provide additional filters", multiple},
		{UsergroupNotFound, "UsergroupNotFound", http.StatusNotFound, "Usergroup with %s [%s] not found", missing},
		{UsergroupIsParent, "ParentUsergroupNotFound", http.StatusNotFound,
			"Parent resource [Usergroup] with %s [%s] not found",
			"The usergroup that something is to be put into, or that the path continues from, is not there."},
		{UsergroupNotAllowed, "UsergroupNotAllowed", http.StatusMethodNotAllowed,
			"Usergroup with id [%s] is not allowed to be changed",
			"This usergroup holds everyone. It can have attribute values, and nothing else of it can be changed."},
		{UserExists, "UserExists", http.StatusBadRequest, "User with %s [%s] already exists", exists},
		{UserMultiple, "UserMultipleFound", http.StatusBadRequest,
			"Multiple users found. Please provide additional filters", multiple},
		{UserNotFound, "UserNotFound", http.StatusNotFound, "User with %s [%s] not found", missing},
		{UserIsParent, "ParentUserNotFound", http.StatusNotFound, "Parent resource [User] with %s [%s] not found",
			"The user that the path continues from is not there."},
		{AddressNotFound, "AddressNotFound", http.StatusNotFound, "Address with id [%s] not found for [%s] with %s [%s]",
			missing},
	}
}

// ProblemOf finds an entry of the catalogue.
func ProblemOf(code int) (Problem, bool) {
	for _, p := range catalogue() {
		if p.Code == code {
			return p, true
		}
	}
	return Problem{}, false
}
