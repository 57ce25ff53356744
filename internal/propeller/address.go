package propeller

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
)

// maxPart is how many items of one object go into one change.
const maxPart = 200

// maxAddresses is the largest number of addresses of an object.
const maxAddresses = 1000

// An address has a number that is unique within its owner and never reused.
type address struct {
	id     int64
	fields map[string]string
}

// The fields of an address that this package interprets.
const (
	fieldType      = "type"
	fieldCode      = "code"
	fieldIsDefault = "isDefault"
)

func addressFields() []field {
	return slices.Concat(
		line("firstName", "middleName", "lastName", "region", "email", "company", "url", "street", "city", "country", "name"),
		keys(fieldCode, "fax", "mobile", "number", "numberExtension", "phone", "postalCode"),
		[]field{
			{name: "notes", maxLen: notesLen},
			flag("gender", "U", "M", "F", "U", "m", "f", "u"),
			flag("icp", "N", "N", "Y"),
			flag(fieldIsDefault, "N", "N", "Y"),
			flag("active", "Y", "Y", "N"),
			flag(fieldType, "", "delivery", "invoice", "home"),
		},
	)
}

func addressShape(whole bool) *shape {
	s := &shape{types: []wireType{typeObject}, members: shapesOf(addressFields())}
	s.members["country"] = &shape{types: []wireType{typeString}, pattern: "^[A-Za-z]{2}$", fits: isLanguage}
	s.members[keyID] = idShape(1)
	if whole {
		s.required = []string{fieldType, "street", "city", "country"}
	}
	return s
}

func readAddress(f directory.Facet) (a address, err error) {
	if a.id, err = strconv.ParseInt(f.Name, 10, 64); err != nil {
		return a, err
	}
	return a, json.Unmarshal([]byte(f.Data), &a.fields)
}

func (a address) show() map[string]any {
	body := map[string]any{"id": a.id}
	showFields(body, addressFields(), a.fields)
	return body
}

// An addressInput is an address in a request.
type addressInput struct {
	node  *node
	given map[string]string
}

func newAddressInput(n *node) addressInput {
	return addressInput{n, given(addressFields(), n)}
}

// putAddress sets an address of the object that w writes: the existing one at index i, or a
// new one if i is negative. It returns the number of the address and whether it is the default
// of its type.
func (w *writing) putAddress(o directory.Object, i int, in addressInput) (id int64, isDefault string, err error) {
	var a address
	if i < 0 {
		if len(w.stored.addresses) >= maxAddresses {
			return 0, "", newFault(codePayload, "there are "+strconv.Itoa(maxAddresses)+" addresses, the most that are possible")
		}
		a.id = w.stored.next
		w.stored.next++
		if _, said := in.given[fieldIsDefault]; !said && !w.hasAddress(in.given[fieldType]) {
			in.given = maps.Clone(in.given)
			in.given[fieldIsDefault] = "Y" // the first of its type
		}
		next, err := setFacet(o, facetNext, "", w.stored.next)
		if err != nil {
			return 0, "", err
		}
		w.add(next)
		w.stored.addresses = append(w.stored.addresses, a)
		i = len(w.stored.addresses) - 1
	}
	a = w.stored.addresses[i]
	fields := merge(addressFields(), a.fields, in.given)
	if a.fields != nil && maps.Equal(fields, a.fields) {
		return a.id, a.isDefault(), nil
	}
	a.fields = fields
	w.stored.addresses[i] = a
	if err := w.addAddress(o, a); err != nil {
		return 0, "", err
	}
	return a.id, a.isDefault(), w.onlyDefault(o, a)
}

// isDefault returns the flag that marks the default of a type.
func (a address) isDefault() string {
	if text, ok := a.fields[fieldIsDefault]; ok {
		return text
	}
	return "N"
}

func (w *writing) hasAddress(kind string) bool {
	for _, a := range w.stored.addresses {
		if a.fields[fieldType] == kind {
			return true
		}
	}
	return false
}

func (w *writing) addAddress(o directory.Object, a address) error {
	edit, err := setFacet(o, facetAddress, strconv.FormatInt(a.id, 10), a.fields)
	w.add(edit)
	return err
}

// onlyDefault removes the default mark from the other addresses of the type.
func (w *writing) onlyDefault(o directory.Object, a address) error {
	if a.isDefault() != "Y" {
		return nil
	}
	for i, other := range w.stored.addresses {
		if other.id == a.id || other.fields[fieldType] != a.fields[fieldType] || other.isDefault() != "Y" {
			continue
		}
		other.fields = merge(addressFields(), other.fields, map[string]string{fieldIsDefault: "N"})
		w.stored.addresses[i] = other
		if err := w.addAddress(o, other); err != nil {
			return err
		}
	}
	return nil
}

// findAddress returns the index of the address with the same type and code, or -1. An address
// without a code matches one that has every field that was sent, so that repeating a call
// changes nothing.
func (w *writing) findAddress(in addressInput) int {
	code := in.given[fieldCode]
	return slices.IndexFunc(w.stored.addresses, func(a address) bool {
		if code == "" {
			return maps.Equal(a.fields, merge(addressFields(), a.fields, in.given))
		}
		return a.fields[fieldCode] == code && a.fields[fieldType] == in.given[fieldType]
	})
}

// upsertAddress sets the address that findAddress finds, or adds one.
func (w *writing) upsertAddress(o directory.Object, in addressInput, d directives) (id int64, made bool, err error) {
	index := w.findAddress(in)
	if index >= 0 && len(d.skipIfNotEmpty) > 0 {
		in.given = maps.Clone(in.given)
		maps.DeleteFunc(in.given, func(name, _ string) bool { return d.skips(name, w.stored.addresses[index].fields[name]) })
	}
	id, _, err = w.putAddress(o, index, in)
	return id, index < 0, err
}

// addressOf returns the index of the address in the path among those of an object.
func (q *request) addressOf(l lookup, w *writing) (index int, err error) {
	for i, a := range w.stored.addresses {
		if strconv.FormatInt(a.id, 10) == q.pathValue("addressId") {
			return i, nil
		}
	}
	return 0, newFault(codeAddressNotFound, q.pathValue("addressId"), l.name, l.key, l.value)
}

// writeBelow runs f as one change of something below the object in the path.
func (q *request) writeBelow(
	l lookup, f func(w *writing, o directory.Object) error,
) (*directory.Preview, error) {
	_, shown, err := q.commit(q.below(l, f))
	return shown, err
}

// A newAddress is the number of an added address, and whether it is the default of its type.
type newAddress struct {
	id        int64
	isDefault string
}

// addAddress adds an address. A repeated request with an Idempotency-Key returns the address
// that it added at first.
func (q *request) addAddress(
	l lookup, in addressInput,
) (a newAddress, shown *directory.Preview, err error) {
	var there newAddress
	done, shown, err := q.commit(q.below(l, func(w *writing, o directory.Object) (err error) {
		if i := w.findAddress(in); i >= 0 {
			there = newAddress{w.stored.addresses[i].id, w.stored.addresses[i].isDefault()}
		}
		a.id, a.isDefault, err = w.putAddress(o, -1, in)
		return err
	}))
	if done.Repeated && there.id != 0 {
		a = there
	}
	return a, shown, err
}

func (q *request) below(l lookup, f func(w *writing, o directory.Object) error) plan {
	return func(now Directory) ([]directory.Edit, error) {
		w, o, err := q.writingBelow(l, now)
		if err != nil {
			return nil, err
		}
		err = f(w, o)
		return w.edit, err
	}
}

// writingBelow begins the edits of something below an object.
func (q *request) writingBelow(l lookup, now Directory) (*writing, directory.Object, error) {
	id, err := l.find(q.ctx(), now, q.Language)
	if err != nil {
		return nil, directory.Object{}, err
	}
	w := q.writing(now, id)
	o := w.object(l.kind)
	if o == directory.AllUsers.Object() {
		return nil, o, notAllowed()
	}
	return w, o, w.load(o)
}

// partBelow returns the part of a bulk call whose items lie below one object. f adds the edits
// of an item; its error refuses that item only.
func (q *request) partBelow(l lookup, f func(w *writing, o directory.Object, i int) error, results []bulkResult) part {
	return func(now Directory, from, to int) ([]directory.Edit, []int, error) {
		w, o, err := q.writingBelow(l, now)
		if err != nil {
			return nil, nil, err
		}
		return w.gather(from, to, results, func(i int) error { return f(w, o, i) })
	}
}

// gather adds the edits of the items from one index to before another.
func (w *writing) gather(from, to int, results []bulkResult, f func(i int) error) ([]directory.Edit, []int, error) {
	var owner []int
	for i := from; i < to; i++ {
		before := len(w.edit)
		if err := f(i); err != nil {
			if faultOf(err).status >= http.StatusInternalServerError {
				return nil, nil, err
			}
			w.edit = w.edit[:before]
			results[i].fail(err)
		}
		for range len(w.edit) - before {
			owner = append(owner, i)
		}
	}
	return w.edit, owner, nil
}

// createAddress adds an address.
func (q *request) createAddress(res resource) error {
	l, err := q.lookup(res, true)
	if err != nil {
		return err
	}
	n, err := q.body(addressShape(true))
	if err != nil {
		return err
	}
	a, shown, err := q.addAddress(l, newAddressInput(n))
	if err != nil || shown != nil {
		return q.showPreview(shown, err)
	}
	return q.reply(http.StatusCreated, n.echo(a.id, map[string]string{fieldIsDefault: a.isDefault}), 1, "Address created")
}

// updateAddress changes the members that the body names.
func (q *request) updateAddress(res resource) error {
	l, err := q.lookup(res, true)
	if err != nil {
		return err
	}
	n, err := q.body(addressShape(false))
	if err != nil {
		return err
	}
	var id int64
	shown, err := q.writeBelow(l, func(w *writing, o directory.Object) error {
		i, err := q.addressOf(l, w)
		if err != nil {
			return err
		}
		if err := checkReadOnly("#", n, map[string]any{keyID: w.stored.addresses[i].id}, keyID); err != nil {
			return err
		}
		id, _, err = w.putAddress(o, i, newAddressInput(n))
		return err
	})
	if err != nil || shown != nil {
		return q.showPreview(shown, err)
	}
	return q.reply(http.StatusOK, n.echo(id, nil), 1, "Address updated")
}

// deleteAddress removes an address.
func (q *request) deleteAddress(res resource) error {
	l, err := q.lookup(res, true)
	if err != nil {
		return err
	}
	shown, err := q.writeBelow(l, func(w *writing, o directory.Object) error {
		i, err := q.addressOf(l, w)
		if err == nil {
			w.add(deleteFacet(o, facetAddress, strconv.FormatInt(w.stored.addresses[i].id, 10)))
		}
		return err
	})
	if err != nil || shown != nil {
		return q.showPreview(shown, err)
	}
	return q.deleted("Address deleted")
}

// address answers with one address.
func (q *request) address(res resource) error {
	l, k, err := q.storedOf(res)
	if err != nil {
		return err
	}
	i, err := q.addressOf(l, &writing{stored: k})
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, k.addresses[i].show(), 1)
}

// addresses lists the addresses of an object, all or those of a type.
func (q *request) addresses(res resource) error {
	kind := q.query.Get(fieldType)
	if kind != "" && kind != "delivery" && kind != "invoice" && kind != "home" {
		return schemaFault("#/type: " + clip(kind) + " is not a valid enum value")
	}
	_, k, err := q.storedOf(res)
	if err != nil {
		return err
	}
	bodies := []map[string]any{}
	for _, a := range k.addresses {
		if kind == "" || a.fields[fieldType] == kind {
			bodies = append(bodies, a.show())
		}
	}
	return q.reply(http.StatusOK, bodies, len(bodies))
}

// storedOf reads the facets of the object in the path, and returns how to look it up.
func (q *request) storedOf(res resource) (lookup, *stored, error) {
	l, err := q.lookup(res, true)
	if err != nil {
		return l, nil, err
	}
	id, err := l.find(q.ctx(), q.dir, q.Language)
	if err != nil {
		return l, nil, err
	}
	facets, err := q.dir.Facets(q.ctx(), l.object(id))
	if err != nil {
		return l, nil, err
	}
	k, err := readStored(facets)
	return l, k, err
}

// bulkAddresses sets many addresses of one object.
func (q *request) bulkAddresses(res resource) error {
	l, err := q.lookup(res, true)
	if err != nil {
		return err
	}
	if err := q.require(managing(res.kind)); err != nil {
		return err
	}
	n, err := q.body(&shape{
		types: []wireType{typeObject}, required: []string{"addresses"},
		members: map[string]*shape{
			"addresses":  arrayShape(maxAddresses, addressShape(true)),
			"directives": directivesShape(namesOf(shapesOf(addressFields()))),
		},
	})
	if err != nil {
		return err
	}
	if _, err := q.below(l, func(*writing, directory.Object) error { return nil })(q.dir); err != nil {
		return err // the object does not exist
	}
	items, d := n.members["addresses"].items, readDirectives(n.members["directives"])
	results := make([]bulkResult, len(items))
	for i, item := range items {
		results[i] = bulkResult{LookupKey: fieldCode, Key: rawOr(item, fieldCode, `""`)}
	}
	return q.replyParts(results, maxPart, "Completed", q.partBelow(l, func(w *writing, o directory.Object, i int) error {
		in, r := newAddressInput(items[i]), &results[i]
		if d.skipCreate && w.findAddress(in) < 0 {
			r.note(0, true)
			r.Message = "Address skipped. It does not exist and is not created."
			return nil
		}
		id, made, err := w.upsertAddress(o, in, d)
		r.note(id, made)
		return err
	}, results))
}
