package protocol

import (
	"errors"
	"net/http"
	"strings"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/scim/resource"
)

// FaultOf translates any error. An unclassified error is internal.
func FaultOf(err error) *resource.Fault {
	if f, ok := errors.AsType[*resource.Fault](err); ok {
		return f
	}
	if route, ok := errors.AsType[*httpkit.RouteError](err); ok {
		return resource.NewFault(route.Status, "",
			"There is nothing at this path, or it does not take this method: "+route.Error())
	}
	e, ok := errors.AsType[*directory.Error](err)
	if !ok {
		e = &directory.Error{}
	}
	f := resource.NewFault(dialect.Status(err), "", sentence(e))
	f.Cause = err
	switch e.Kind {
	case directory.KindMalformed:
		f.Status, f.Type = http.StatusBadRequest, resource.InvalidSyntax
	case directory.KindInvalid:
		f.Status, f.Type = http.StatusBadRequest, resource.InvalidValue
	case directory.KindConflict:
		f.Status, f.Type = http.StatusConflict, resource.Uniqueness
	case directory.KindProtected:
		f.Status, f.Type = http.StatusBadRequest, resource.Mutability
	case directory.KindStale:
		f.Status = http.StatusPreconditionFailed
	case directory.KindGone:
		f.Status = http.StatusNotFound
	default: // as everywhere
	}
	return f
}

// sentence returns the public part of an error, in the words of this format.
func sentence(e *directory.Error) string {
	if e.Field == "" {
		return e.Public()
	}
	parts := strings.Split(e.Field, "/") // edits/3/name if one of several edits is refused
	return wireField(parts[len(parts)-1]) + " " + e.Msg
}

// wireField returns the name in SCIM of a field of the domain.
func wireField(field string) string {
	switch field {
	case "email", "identifier":
		return "userName"
	case "first_name":
		return "name.givenName"
	case "last_name":
		return "name.familyName"
	case "contact_email":
		return "emails"
	case "source_id":
		return "externalId"
	case "name":
		return "displayName"
	case "group", "parent", "user":
		return "members"
	}
	return field
}

// renderError answers with an error.
func (s *Server) renderError(w http.ResponseWriter, r *http.Request, err error) {
	f := FaultOf(err)
	dialect.SetErrorHeaders(w.Header(), f.Status, errorOf(err, f))
	httpkit.WriteBody(w, f.Status, ContentType, resource.AppendTree(nil, f.Body()))
}

// errorOf returns the error that carries RetryAfter.
func errorOf(err error, f *resource.Fault) error {
	if f.Cause != nil {
		return f.Cause
	}
	return err
}

// NotFound refuses a request for something that is not there.
func NotFound(what string) error {
	return resource.NewFault(http.StatusNotFound, "", "The "+what+" was not found.")
}
