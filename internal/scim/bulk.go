package scim

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/render"
	"cohort/internal/scim/groups"
	"cohort/internal/scim/protocol"
	"cohort/internal/scim/resource"
	"cohort/internal/scim/users"
)

// A bulkOp is one operation of a bulk request.
type bulkOp struct {
	method, path, bulkID, version string
	data                          *resource.Object

	needs    []string // the bulkIds that it refers to
	done     bool
	status   int
	location string
	etag     string
	err      *resource.Fault
	shown    jsontext.Value // the preview, with Cohort-Preview
}

// bulk runs operations in order, each as a change of its own. An operation that refers to the
// id of a later one waits for it.
func bulk(q *protocol.Request) error {
	ops, failOn, err := bulkBody(q)
	if err != nil {
		return err
	}
	ids := map[string]string{} // by bulkId
	failures := 0
	for progress := true; progress && (failOn == 0 || failures < failOn); {
		progress = false
		for _, op := range ops {
			if op.done || failOn > 0 && failures >= failOn {
				continue
			}
			if op.waits(ids) {
				continue
			}
			bulkOne(q, op, ids)
			progress = true
			if op.err != nil {
				failures++
			}
		}
	}
	var list []any
	for _, op := range ops {
		if !op.done && (failOn == 0 || failures < failOn) {
			op.fail(resource.NewFault(http.StatusConflict, "", "The operation refers to a bulkId that cannot be resolved."))
			failures++
		}
		if op.done {
			list = append(list, op.reply())
		}
	}
	o := &resource.Object{
		Names: []string{"schemas", "Operations"}, Values: []any{resource.Texts(resource.SchemaBulk), list},
	}
	q.ShowRevision()
	httpkit.WriteBody(q.W, http.StatusOK, protocol.ContentType, resource.AppendTree(nil, o))
	return nil
}

// bulkBody reads a bulk request.
func bulkBody(q *protocol.Request) ([]*bulkOp, int, error) {
	if q.R.ContentLength > maxBulkLen {
		return nil, 0, tooLargeBulk()
	}
	raw, err := q.Read(httpkit.BodyReader{MaxLen: maxBulkLen + 1, MaxElements: maxBulkLen})
	if err != nil {
		return nil, 0, err
	}
	if len(raw) > maxBulkLen {
		return nil, 0, tooLargeBulk()
	}
	o, err := resource.ParseObject(raw)
	if err != nil {
		return nil, 0, err
	}
	failOn := 0
	if v := o.Get("failOnErrors"); v != nil {
		if failOn, err = strconv.Atoi(resource.TextOf(v)); err != nil || failOn < 1 {
			return nil, 0, resource.BadValue("failOnErrors", "must be a whole number above 0")
		}
	}
	list, _ := o.Get("Operations").([]any)
	if len(list) == 0 {
		return nil, 0, resource.BadRequest(resource.InvalidSyntax, "Operations must be a list of operations.")
	}
	if len(list) > maxBulkOperations {
		return nil, 0, tooLargeBulk()
	}
	ops, seen := make([]*bulkOp, len(list)), map[string]bool{}
	for i, v := range list {
		if ops[i], err = bulkOpOf(v, seen); err != nil {
			return nil, 0, err
		}
	}
	for _, op := range ops {
		op.findNeeds(seen)
	}
	return ops, failOn, nil
}

func tooLargeBulk() error {
	return resource.NewFault(http.StatusRequestEntityTooLarge, resource.TooMany,
		"A bulk request has at most 1,000 operations and 1,048,576 bytes; send it in parts.")
}

func bulkOpOf(v any, seen map[string]bool) (*bulkOp, error) {
	o, ok := v.(*resource.Object)
	if !ok {
		return nil, resource.BadRequest(resource.InvalidSyntax, "An operation must be an object.")
	}
	op := &bulkOp{method: strings.ToUpper(o.Text("method")), path: o.Text("path"), bulkID: o.Text("bulkId"),
		version: o.Text("version")}
	op.data = o.Child("data")
	if op.method == http.MethodPost && op.bulkID == "" {
		return nil, resource.BadValue("bulkId", "is required of a POST")
	}
	if op.bulkID != "" && seen[op.bulkID] {
		return nil, resource.BadValue("bulkId", "comes twice: "+resource.QuoteFor(op.bulkID))
	}
	if op.bulkID != "" {
		seen[op.bulkID] = true
	}
	return op, nil
}

const bulkPrefix = "bulkId:"

// waits reports whether an operation refers to an id that is not known yet.
func (op *bulkOp) waits(ids map[string]string) bool {
	return slices.ContainsFunc(op.needs, func(name string) bool { _, known := ids[name]; return !known })
}

// findNeeds finds the bulkIds that an operation refers to, in values and in its path.
func (op *bulkOp) findNeeds(known map[string]bool) {
	needs := map[string]bool{}
	find := func(s string) {
		for _, rest := range strings.Split(s, bulkPrefix)[1:] {
			needs[bulkName(rest, func(name string) bool { return known[name] })] = true
		}
	}
	eachText(op.data, find)
	find(op.path)
	op.needs = slices.Sorted(maps.Keys(needs))
}

// bulkName returns the bulkId at the beginning of a text: all of it, or up to a character that
// ends a value in a path.
func bulkName(s string, known func(string) bool) string {
	if known(s) {
		return s
	}
	if end := strings.IndexAny(s, `"/]?`); end >= 0 {
		return s[:end]
	}
	return s
}

func eachText(v any, f func(string)) {
	switch v := v.(type) {
	case string:
		f(v)
	case []any:
		for _, e := range v {
			eachText(e, f)
		}
	case *resource.Object:
		if v == nil {
			return
		}
		for _, e := range v.Values {
			eachText(e, f)
		}
	}
}

// resolved returns a tree with bulkIds replaced by ids.
func resolved(v any, ids map[string]string) any {
	switch v := v.(type) {
	case string:
		parts := strings.Split(v, bulkPrefix)
		for i, rest := range parts[1:] {
			name := bulkName(rest, func(name string) bool { _, known := ids[name]; return known })
			parts[i+1] = ids[name] + rest[len(name):]
		}
		return strings.Join(parts, "")
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = resolved(v[i], ids)
		}
		return out
	case *resource.Object:
		if v == nil {
			return v
		}
		out := &resource.Object{Names: v.Names, Values: make([]any, len(v.Values))}
		for i := range v.Values {
			out.Values[i] = resolved(v.Values[i], ids)
		}
		return out
	}
	return v
}

// bulkOne runs one operation like the request that it stands for.
func bulkOne(q *protocol.Request, op *bulkOp, ids map[string]string) {
	r := q.R.Clone(q.Context())
	r.Method = op.method
	r.Header.Del("If-None-Match")
	r.Header.Del("If-Match")
	if op.version != "" {
		r.Header.Set("If-Match", op.version)
	}
	one := q.Part(r)
	id, location, err := bulkRun(one, op, ids)
	if one.Skipped > 0 {
		q.Skipped, q.Nobody = q.Skipped+one.Skipped, one.Nobody
	}
	if errors.Is(err, protocol.ErrShown) {
		op.done, op.status = true, http.StatusOK
		if op.shown, err = httpkit.Encode(render.PreviewOf(one.Shown, q.Language)); err == nil {
			return
		}
	}
	if err != nil {
		httpkit.LogRefusal(q.Log, q.R, err, "item", op.method)
		op.fail(protocol.FaultOf(err))
		return
	}
	op.done = true
	op.location = location
	if op.bulkID != "" && id != "" {
		ids[op.bulkID] = id
	}
}

func (op *bulkOp) fail(f *resource.Fault) { op.done, op.err, op.status = true, f, f.Status }

func bulkRun(q *protocol.Request, op *bulkOp, ids map[string]string) (id, location string, err error) {
	path, _ := resolved(op.path, ids).(string)
	path = strings.TrimPrefix(path, protocol.Root)
	kind, rest, below := strings.Cut(strings.Trim(path, "/"), "/")
	data, _ := resolved(op.data, ids).(*resource.Object)
	if data == nil && op.method != http.MethodDelete {
		return "", "", resource.BadValue("data", "is required")
	}
	q.R.SetPathValue("id", rest)
	var o directory.Object
	switch {
	case strings.EqualFold(kind, "Users"):
		id, o, err = bulkUser(q, op, data, below)
		location = q.Base + "/Users/" + id
	case strings.EqualFold(kind, "Groups"):
		id, o, err = bulkGroup(q, op, data, below)
		location = q.Base + "/Groups/" + id
	default:
		return "", "", resource.NewFault(http.StatusNotFound, "",
			"There is nothing at this path; operations are on /Users and /Groups.")
	}
	if err != nil || op.method == http.MethodDelete {
		return id, location, err
	}
	touched, err := q.Dir.LastChanges(q.Context(), o)
	if err == nil {
		op.etag = q.Version(touched[0])
	}
	return id, location, err
}

var errBulkMethod = resource.NewFault(http.StatusMethodNotAllowed, "",
	"The method and the path do not go together: POST to /Users or /Groups; PUT, PATCH and DELETE of one.")

func bulkUser(q *protocol.Request, op *bulkOp, data *resource.Object, below bool) (string, directory.Object, error) {
	if op.method == http.MethodPost && !below {
		id, err := users.Make(q, data)
		op.status = http.StatusCreated
		return resource.UserID(id), id.Object(), err
	}
	if !below || op.method == http.MethodPost {
		return "", directory.Object{}, errBulkMethod
	}
	id, err := users.PathID(q)
	if err != nil {
		return "", directory.Object{}, err
	}
	op.status = http.StatusOK
	switch op.method {
	case http.MethodPut:
		err = users.Replace(q, id, data)
	case http.MethodPatch:
		err = users.Apply(q, id, resource.AppendTree(nil, data))
	case http.MethodDelete:
		op.status = http.StatusNoContent
		err = users.Delete(q, id)
	default:
		err = errBulkMethod
	}
	return resource.UserID(id), id.Object(), err
}

func bulkGroup(q *protocol.Request, op *bulkOp, data *resource.Object, below bool) (string, directory.Object, error) {
	var raw []byte
	if data != nil { // a DELETE has no data
		raw = resource.AppendTree(nil, data)
	}
	if op.method == http.MethodPost && !below {
		id, err := groups.Make(q, raw)
		op.status = http.StatusCreated
		return resource.GroupID(id), id.Object(), err
	}
	if !below || op.method == http.MethodPost {
		return "", directory.Object{}, errBulkMethod
	}
	id, err := groups.PathID(q)
	if err != nil {
		return "", directory.Object{}, err
	}
	op.status = http.StatusOK
	switch op.method {
	case http.MethodPut:
		err = groups.Replace(q, id, raw)
	case http.MethodPatch:
		op.status = http.StatusNoContent
		err = groups.Patch(q, id, raw)
	case http.MethodDelete:
		op.status = http.StatusNoContent
		err = groups.Delete(q, id)
	default:
		err = errBulkMethod
	}
	return resource.GroupID(id), id.Object(), err
}

// reply returns the result of an operation. Its status is a string (RFC 7644, section 3.7.3).
func (op *bulkOp) reply() *resource.Object {
	o := resource.NewObject("method", op.method, "bulkId", resource.TextOrNil(op.bulkID))
	if op.err == nil && op.shown == nil {
		o.Set("location", resource.TextOrNil(op.location))
		o.Set("version", resource.TextOrNil(op.etag))
	}
	o.Set("status", strconv.Itoa(op.status))
	switch {
	case op.err != nil:
		o.Set("response", op.err.Body())
	case op.shown != nil:
		o.Set("response", op.shown)
	}
	return o
}
