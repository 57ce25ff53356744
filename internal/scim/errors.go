package scim

import (
	"errors"
	"net/http"
	"strings"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// faultOf translates any error. An unclassified error is internal.
func faultOf(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	if route, ok := errors.AsType[*httpkit.RouteError](err); ok {
		return newFault(route.Status, "", "There is nothing at this path, or it does not take this method: "+route.Error())
	}
	e, ok := errors.AsType[*directory.Error](err)
	if !ok {
		e = &directory.Error{}
	}
	f := newFault(dialect.Status(err), "", sentence(e))
	f.cause = err
	switch e.Kind {
	case directory.KindMalformed:
		f.status, f.scimType = http.StatusBadRequest, invalidSyntax
	case directory.KindInvalid:
		f.status, f.scimType = http.StatusBadRequest, invalidValue
	case directory.KindConflict:
		f.status, f.scimType = http.StatusConflict, uniqueness
	case directory.KindProtected:
		f.status, f.scimType = http.StatusBadRequest, mutability
	case directory.KindStale:
		f.status = http.StatusPreconditionFailed
	case directory.KindGone:
		f.status = http.StatusNotFound
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
func (a *api) renderError(w http.ResponseWriter, r *http.Request, err error) {
	f := faultOf(err)
	dialect.SetErrorHeaders(w.Header(), f.status, errorOf(err, f))
	httpkit.WriteBody(w, f.status, contentType, appendTree(nil, f.tree()))
}

// errorOf returns the error that carries RetryAfter.
func errorOf(err error, f *fault) error {
	if f.cause != nil {
		return f.cause
	}
	return err
}
