package propeller

import "net/http"

// The codes of errors. Those from 10401 to 10503 are ours, 10 before the status, because the
// vendor documents no body for these cases.
const (
	codeInvalidJSON       = 10005
	codeInvalidLookupKey  = 10006
	codeSchema            = 10007
	codeNotFound          = 10008
	codePagination        = 10015
	codeLookupKeyMissing  = 10016
	codePayload           = 10017
	codeUnauthorized      = 10401
	codeMethodNotAllowed  = 10405
	codeTooLarge          = 10413
	codeTooMany           = 10429
	codeInternal          = 10500
	codeUnavailable       = 10503
	codeAttributeNotFound = 14001
	codeAttributeExists   = 14004
	codeGroupExists       = 20004
	codeGroupMultiple     = 20005
	codeGroupNotFound     = 20006
	codeGroupIsParent     = 20007
	codeGroupNotAllowed   = 20008
	codeUserExists        = 70004
	codeUserMultiple      = 70005
	codeUserNotFound      = 70006
	codeUserIsParent      = 70007
	codeAddressNotFound   = 90006
)

// A problem is an entry of the catalogue of errors.
type problem struct {
	code   int
	name   string // the vendor's type
	status int
	text   string // a fmt format of the message
	help   string // the text of the page about it
}

// catalogue lists every error of this dialect.
func catalogue() []problem {
	const (
		exists = "An object with this key exists already. Keys are never used again, not even those of deleted objects; " +
			"a source id is free again."
		multiple = "The lookup value fits several objects, in several sources. Add the query parameter source, or language."
		missing  = "There is no such object, or the credentials may not see it."
	)
	return []problem{
		{codeInvalidJSON, "InvalidJSONPayload", http.StatusBadRequest, "Invalid JSON Payload",
			"The body is not JSON, or a key comes twice in one object."},
		{codeInvalidLookupKey, "InvalidLookupKey", http.StatusBadRequest,
			"Invalid lookup key [%s], key must contain one of the following values: [%s]",
			"The path names its object by a key that there is not. Keys are case-sensitive."},
		{codeSchema, "SchemaValidationException", http.StatusBadRequest, "%s",
			"The body, or a query parameter, does not have the form that is asked for. Each message names one place and what " +
				"is wrong there. Nothing was changed."},
		{codeNotFound, "NotFound", http.StatusNotFound, "Resource not found",
			"There is nothing here, or the credentials lack the permission for it."},
		{codePagination, "PaginatedResponseException", http.StatusBadRequest, "Pagination not properly initialized",
			"page and offset are whole numbers from 1; offset is the size of a page, at most 100."},
		{codeLookupKeyMissing, "LookupKeyNotFound", http.StatusBadRequest, "%s",
			"An item of a bulk call lacks the key that the call finds its items by. Nothing was changed."},
		{codePayload, "PayloadValidationError", http.StatusBadRequest, "%s",
			"The body has the right form but cannot be accepted. The message says why. Nothing was changed."},
		{codeUnauthorized, "Unauthorized", http.StatusUnauthorized, "%s",
			"There is no access token, or it has expired. Get one: POST /oauth2/token with grant_type=client_credentials, " +
				"client_id and client_secret."},
		{codeMethodNotAllowed, "MethodNotAllowed", http.StatusMethodNotAllowed, "Method not allowed",
			"The path exists but does not take this method; the header Allow lists those that it takes."},
		{codeTooLarge, "PayloadTooLarge", http.StatusRequestEntityTooLarge, "%s",
			"The body is larger than a limit. The message names it."},
		{codeTooMany, "TooManyRequests", http.StatusTooManyRequests, "Too many requests",
			"Wait as many seconds as the header Retry-After says."},
		{codeInternal, "InternalError", http.StatusInternalServerError, "Internal error",
			"Our fault. The log of the server has more under the request id."},
		{codeUnavailable, "ServiceUnavailable", http.StatusServiceUnavailable, "%s",
			"It cannot be done now. Wait as many seconds as the header Retry-After says."},
		{codeAttributeNotFound, "AttributeNotFound", http.StatusNotFound, "Attribute with %s [%s] not found.", missing},
		{codeAttributeExists, "AttributeExists", http.StatusBadRequest, "Attribute with %s [%s] already exists", exists},
		{codeGroupExists, "UsergroupExists", http.StatusBadRequest, "Usergroup with %s [%s] already exists", exists},
		{codeGroupMultiple, "UsergroupMultipleFound", http.StatusBadRequest,
			"Multiple usergroups found. Please provide additional filters", multiple},
		{codeGroupNotFound, "UsergroupNotFound", http.StatusNotFound, "Usergroup with %s [%s] not found", missing},
		{codeGroupIsParent, "ParentUsergroupNotFound", http.StatusNotFound,
			"Parent resource [Usergroup] with %s [%s] not found",
			"The usergroup that something is to be put into, or that the path continues from, is not there."},
		{codeGroupNotAllowed, "UsergroupNotAllowed", http.StatusMethodNotAllowed,
			"Usergroup with id [%s] is not allowed to be changed",
			"This usergroup holds everyone. It can have attribute values, and nothing else of it can be changed."},
		{codeUserExists, "UserExists", http.StatusBadRequest, "User with %s [%s] already exists", exists},
		{codeUserMultiple, "UserMultipleFound", http.StatusBadRequest,
			"Multiple users found. Please provide additional filters", multiple},
		{codeUserNotFound, "UserNotFound", http.StatusNotFound, "User with %s [%s] not found", missing},
		{codeUserIsParent, "ParentUserNotFound", http.StatusNotFound, "Parent resource [User] with %s [%s] not found",
			"The user that the path continues from is not there."},
		{codeAddressNotFound, "AddressNotFound", http.StatusNotFound, "Address with id [%s] not found for [%s] with %s [%s]",
			missing},
	}
}

// problemOf finds an entry of the catalogue.
func problemOf(code int) (problem, bool) {
	for _, p := range catalogue() {
		if p.code == code {
			return p, true
		}
	}
	return problem{}, false
}
