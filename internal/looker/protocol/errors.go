package protocol

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// ErrorPages is the path of the documentation of errors. Clients parse status, method and path
// out of such a URL; some would also fetch it from the vendor's host, without a timeout.
const ErrorPages = "/r/err/"

// An errorBody is the vendor's Error.
type errorBody struct {
	Message          string        `json:"message"`
	Errors           []errorDetail `json:"errors,omitzero"` // only of a ValidationError
	DocumentationURL string        `json:"documentation_url"`
}

type errorDetail struct {
	Field            *string `json:"field"`
	Code             string  `json:"code"`
	Message          string  `json:"message"`
	DocumentationURL string  `json:"documentation_url"`
}

// statusOf returns the status of an error of a kind in an operation: one that the vendor
// documents for it, or one of 400, 401, 413, 415, 500 and 503, which every operation can
// answer. A conflict that names a field is a duplicate.
func statusOf(kind directory.Kind, field bool, documented Statuses) int {
	switch kind {
	case directory.KindMalformed: // possible everywhere: 404 would say that something is not there
		return http.StatusBadRequest
	case directory.KindInvalid:
		if documented.Has(http.StatusUnprocessableEntity) {
			return http.StatusUnprocessableEntity
		}
		return http.StatusBadRequest
	case directory.KindForbidden:
		return documented.first(http.StatusForbidden)
	case directory.KindNotFound, directory.KindGone:
		return http.StatusNotFound
	case directory.KindConflict:
		if field {
			return documented.first(http.StatusUnprocessableEntity, http.StatusBadRequest)
		}
		return documented.first(http.StatusConflict, http.StatusUnprocessableEntity, http.StatusBadRequest)
	case directory.KindProtected:
		return documented.first(http.StatusMethodNotAllowed, http.StatusForbidden, http.StatusUnprocessableEntity,
			http.StatusBadRequest)
	case directory.KindStale:
		return documented.first(http.StatusConflict, http.StatusUnprocessableEntity, http.StatusBadRequest)
	case directory.KindUnauthenticated, directory.KindTooLarge, directory.KindUnsupportedMedia, directory.KindTooMany,
		directory.KindUnavailable, directory.KindInternal:
	}
	return dialect.Status(&directory.Error{Kind: kind})
}

// first returns the first of the given statuses that is documented. 404 always is.
func (s Statuses) first(wanted ...int) int {
	for _, status := range wanted {
		if s.Has(status) {
			return status
		}
	}
	return http.StatusNotFound
}

// renderError answers with an error in the vendor's words.
func (s *Server) renderError(w http.ResponseWriter, r *http.Request, err error) {
	op, known := s.byPattern[r.Pattern]
	if !known {
		op = Operation{Route: r.Method + " /:unknown", Errors: has400}
	}
	e, ok := errors.AsType[*directory.Error](err)
	if !ok {
		e = &directory.Error{}
	}
	status := statusOf(e.Kind, e.Field != "", op.Errors)
	if e.Kind == directory.KindStale && e.Field == directory.FieldMinRevision {
		status = http.StatusConflict // a client that sends our header knows our statuses
	}
	if route, ok := errors.AsType[*httpkit.RouteError](err); ok {
		status = route.Status
	}
	dialect.SetErrorHeaders(w.Header(), status, err)
	doc := httpkit.BaseURL(s.BaseURL, r) + ErrorPages + APIVersion + "/" + strconv.Itoa(status) + "/" + docPath(op)
	body := errorBody{Message: message(status, e), DocumentationURL: doc}
	if status == http.StatusUnprocessableEntity {
		body.Message = "Validation Failed"
		body.Errors = []errorDetail{detail(e, doc)}
	}
	if err := httpkit.WriteJSON(w, status, body); err != nil {
		s.Log.Error("request failed", "request_id", httpkit.RequestID(r.Context()), "error", err.Error())
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// docPath returns method and path of an operation: get/groups/:group_id.
func docPath(op Operation) string {
	path := strings.NewReplacer("{", ":", "}", "", "...", "").Replace(op.Path())
	return strings.ToLower(op.Method()) + path
}

func message(status int, e *directory.Error) string {
	about := publicText(e)
	switch status {
	case http.StatusInternalServerError:
		return "Internal error"
	case http.StatusNotFound:
		return join("Not found", about)
	case http.StatusUnauthorized:
		return join("Requires authentication", about)
	case http.StatusTooManyRequests:
		return join("Rate limit exceeded", about)
	}
	return about
}

func join(head, tail string) string {
	if tail == "" {
		return head
	}
	return head + ": " + tail
}

// publicText returns the public part of an error, with the field names of this API.
func publicText(e *directory.Error) string {
	if e.Field == "" || e.Msg == "" {
		return e.Msg
	}
	return wireField(e.Field) + " " + e.Msg
}

func detail(e *directory.Error, doc string) errorDetail {
	d := errorDetail{Code: wireCode(e.Code), Message: publicText(e), DocumentationURL: doc}
	if e.Field != "" {
		field := wireField(e.Field)
		d.Field = &field
	}
	return d
}

// wireCode returns the code of the vendor for one of the domain.
func wireCode(c directory.Code) string {
	switch c {
	case directory.CodeMissing, directory.CodeTaken:
		return string(c)
	default:
		return string(directory.CodeInvalid)
	}
}

// freeMember is the member of a body whose own members the client names.
const freeMember = "ui_state"

// wireField returns the name in this API of a field of the domain or of a place in a body. A
// place inside a member has the name of the member.
func wireField(field string) string {
	for rest := field; rest != ""; {
		head, tail, _ := strings.Cut(rest, "/")
		if head == "edits" || head == "items" || strings.Trim(head, "0123456789") == "" {
			rest = tail // an index of a list
			continue
		}
		if field = head; head == freeMember && tail != "" {
			field = rest // a member that the client named
		}
		break
	}
	switch field {
	case "default":
		return "default_value"
	case "hidden":
		return "value_is_hidden"
	case "group", "user", "role", "permission_set", "model_set":
		return field + "_id"
	case "attribute":
		return "user_attribute_id"
	case "disabled":
		return "is_disabled"
	}
	return field
}

// errorPage explains the status of an error in plain words.
func errorPage(w http.ResponseWriter, r *http.Request) error {
	parts := strings.SplitN(r.PathValue("rest"), "/", 3)
	if len(parts) < 2 || parts[0] != APIVersion {
		return &httpkit.RouteError{Status: http.StatusNotFound}
	}
	status, err := strconv.Atoi(parts[1])
	meaning := meaningOf(status)
	if err != nil || meaning == "" {
		return &httpkit.RouteError{Status: http.StatusNotFound}
	}
	text := fmt.Sprintf("%d %s\n\n%s\n", status, http.StatusText(status), meaning)
	httpkit.WriteBody(w, http.StatusOK, "text/plain; charset=utf-8", []byte(text))
	return nil
}

func meaningOf(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "The request cannot be accepted as it is. The message names the parameter or the part of the body, and what " +
			"it must be."
	case http.StatusUnauthorized:
		return "There is no access token, or it has expired or was revoked. Log in again: POST " + Prefix +
			"/login with client_id and client_secret."
	case http.StatusForbidden:
		return "You are logged in, but may not do this. The message names the permission, or says what protects the object."
	case http.StatusNotFound:
		return "There is no such object, or you may not know of it. After a login: the client id or the secret is wrong."
	case http.StatusMethodNotAllowed:
		return "The object is built in, or the path does not take this method; then the header Allow names those it takes."
	case http.StatusConflict:
		return "The object is there already, or has changed since you read it."
	case http.StatusRequestEntityTooLarge:
		return "The body is longer than the limit that the message names. Send it in parts."
	case http.StatusUnsupportedMediaType:
		return "The body is in a format that is not understood here. Send JSON."
	case http.StatusUnprocessableEntity:
		return "A field has a value that cannot be accepted. Each entry of errors names a field and what is wrong with it. " +
			"Nothing was changed."
	case http.StatusTooManyRequests:
		return "There were too many requests or failed logins. Wait for as many seconds as the header Retry-After says."
	case http.StatusInternalServerError:
		return "Something is wrong here, not with your request. The log holds the cause under the id in the header " +
			"X-Request-Id."
	case http.StatusServiceUnavailable:
		return "It cannot be done now. Try again after as many seconds as the header Retry-After says. If it was a write, " +
			"look first whether it was made: the database may have been lost while it was."
	}
	return ""
}
