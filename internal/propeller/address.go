package propeller

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	"cohort/internal/directory"
	"cohort/internal/propeller/bulk"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/fault"
	"cohort/internal/propeller/schema"
)

// maxPart is how many items of one object go into one change.
const maxPart = 200

// putAddress sets an address of the object that w writes: the existing one at index i, or a
// new one if i is negative. It returns the number of the address and whether it is the default
// of its type.
func (w *writing) putAddress(
	o directory.Object, i int, in document.AddressInput,
) (id int64, isDefault string, err error) {
	var a document.Address
	if i < 0 {
		if len(w.stored.Addresses) >= document.MaxAddresses {
			return 0, "", fault.New(fault.Payload,
				"there are "+strconv.Itoa(document.MaxAddresses)+" addresses, the most that are possible")
		}
		a.ID = w.stored.Next
		w.stored.Next++
		if _, said := in.Given[document.FieldIsDefault]; !said && !w.hasAddress(in.Given[document.FieldType]) {
			in.Given = maps.Clone(in.Given)
			in.Given[document.FieldIsDefault] = "Y" // the first of its type
		}
		next, err := document.SetFacet(o, document.FacetNext, "", w.stored.Next)
		if err != nil {
			return 0, "", err
		}
		w.add(next)
		w.stored.Addresses = append(w.stored.Addresses, a)
		i = len(w.stored.Addresses) - 1
	}
	a = w.stored.Addresses[i]
	fields := document.Merge(document.AddressFields(), a.Fields, in.Given)
	if a.Fields != nil && maps.Equal(fields, a.Fields) {
		return a.ID, a.DefaultFlag(), nil
	}
	a.Fields = fields
	w.stored.Addresses[i] = a
	if err := w.addAddress(o, a); err != nil {
		return 0, "", err
	}
	return a.ID, a.DefaultFlag(), w.onlyDefault(o, a)
}

func (w *writing) hasAddress(kind string) bool {
	for _, a := range w.stored.Addresses {
		if a.Fields[document.FieldType] == kind {
			return true
		}
	}
	return false
}

func (w *writing) addAddress(o directory.Object, a document.Address) error {
	edit, err := document.SetFacet(o, document.FacetAddress, strconv.FormatInt(a.ID, 10), a.Fields)
	w.add(edit)
	return err
}

// onlyDefault removes the default mark from the other addresses of the type.
func (w *writing) onlyDefault(o directory.Object, a document.Address) error {
	if a.DefaultFlag() != "Y" {
		return nil
	}
	for i, other := range w.stored.Addresses {
		if other.ID == a.ID || other.Fields[document.FieldType] != a.Fields[document.FieldType] ||
			other.DefaultFlag() != "Y" {
			continue
		}
		other.Fields = document.Merge(document.AddressFields(), other.Fields, map[string]string{document.FieldIsDefault: "N"})
		w.stored.Addresses[i] = other
		if err := w.addAddress(o, other); err != nil {
			return err
		}
	}
	return nil
}

// findAddress returns the index of the address with the same type and code, or -1. An address
// without a code matches one that has every field that was sent, so that repeating a call
// changes nothing.
func (w *writing) findAddress(in document.AddressInput) int {
	code := in.Given[document.FieldCode]
	return slices.IndexFunc(w.stored.Addresses, func(a document.Address) bool {
		if code == "" {
			return maps.Equal(a.Fields, document.Merge(document.AddressFields(), a.Fields, in.Given))
		}
		return a.Fields[document.FieldCode] == code && a.Fields[document.FieldType] == in.Given[document.FieldType]
	})
}

// upsertAddress sets the address that findAddress finds, or adds one.
func (w *writing) upsertAddress(
	o directory.Object, in document.AddressInput, d bulk.Directives,
) (id int64, made bool, err error) {
	index := w.findAddress(in)
	if index >= 0 && len(d.SkipIfNotEmpty) > 0 {
		in.Given = maps.Clone(in.Given)
		maps.DeleteFunc(in.Given, func(name, _ string) bool { return d.Skips(name, w.stored.Addresses[index].Fields[name]) })
	}
	id, _, err = w.putAddress(o, index, in)
	return id, index < 0, err
}

// addressOf returns the index of the address in the path among those of an object.
func (q *request) addressOf(l lookup, w *writing) (index int, err error) {
	for i, a := range w.stored.Addresses {
		if strconv.FormatInt(a.ID, 10) == q.pathValue("addressId") {
			return i, nil
		}
	}
	return 0, fault.New(fault.AddressNotFound, q.pathValue("addressId"), l.name, l.key, l.value)
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
	l lookup, in document.AddressInput,
) (a newAddress, shown *directory.Preview, err error) {
	var there newAddress
	done, shown, err := q.commit(q.below(l, func(w *writing, o directory.Object) (err error) {
		if i := w.findAddress(in); i >= 0 {
			there = newAddress{w.stored.Addresses[i].ID, w.stored.Addresses[i].DefaultFlag()}
		}
		a.id, a.isDefault, err = w.putAddress(o, -1, in)
		return err
	}))
	if done.Repeated && there.id != 0 {
		a = there
	}
	return a, shown, err
}

func (q *request) below(l lookup, f func(w *writing, o directory.Object) error) bulk.Plan {
	return func(now Directory) ([]directory.Edit, error) {
		w, o, err := q.writingBelow(l, now)
		if err != nil {
			return nil, err
		}
		err = f(w, o)
		return w.edit, err
	}
}

// writingBelow begins the edits of something below an object, with all that is stored with it.
func (q *request) writingBelow(l lookup, now Directory) (*writing, directory.Object, error) {
	w, o, err := q.writingOf(l, now)
	if err != nil {
		return nil, o, err
	}
	return w, o, w.load(o)
}

// writingOf begins the edits of an object that a path names.
func (q *request) writingOf(l lookup, now Directory) (*writing, directory.Object, error) {
	id, err := l.find(q.ctx(), now, q.Language)
	if err != nil {
		return nil, directory.Object{}, err
	}
	w := q.writing(now, id)
	o := w.object(l.kind)
	if o == directory.AllUsers.Object() {
		return nil, o, notAllowed()
	}
	return w, o, nil
}

// partBelow returns the part of a bulk call whose items lie below one object. f adds the edits
// of an item; its error refuses that item only.
func (q *request) partBelow(
	l lookup, f func(w *writing, o directory.Object, i int) error, results []bulk.Result,
) bulk.Part {
	return func(now Directory, from, to int) ([]directory.Edit, []int, error) {
		w, o, err := q.writingBelow(l, now)
		if err != nil {
			return nil, nil, err
		}
		return w.gather(from, to, results, func(i int) error { return f(w, o, i) })
	}
}

// gather adds the edits of the items from one index to before another.
func (w *writing) gather(from, to int, results []bulk.Result, f func(i int) error) ([]directory.Edit, []int, error) {
	var owner []int
	for i := from; i < to; i++ {
		before := len(w.edit)
		if err := f(i); err != nil {
			if fault.Of(err).Status >= http.StatusInternalServerError {
				return nil, nil, err
			}
			w.edit = w.edit[:before]
			results[i].Fail(err)
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
	n, err := q.body(document.AddressShape(true))
	if err != nil {
		return err
	}
	a, shown, err := q.addAddress(l, document.NewAddressInput(n))
	if err != nil || shown != nil {
		return q.showPreview(shown, err)
	}
	body := n.Echo(a.id, map[string]string{document.FieldIsDefault: a.isDefault})
	return q.reply(http.StatusCreated, body, 1, "Address created")
}

// updateAddress changes the members that the body names.
func (q *request) updateAddress(res resource) error {
	l, err := q.lookup(res, true)
	if err != nil {
		return err
	}
	n, err := q.body(document.AddressShape(false))
	if err != nil {
		return err
	}
	var id int64
	shown, err := q.writeBelow(l, func(w *writing, o directory.Object) error {
		i, err := q.addressOf(l, w)
		if err != nil {
			return err
		}
		shown := map[string]any{document.KeyID: w.stored.Addresses[i].ID}
		if err := schema.CheckReadOnly("#", n, shown, document.KeyID); err != nil {
			return err
		}
		id, _, err = w.putAddress(o, i, document.NewAddressInput(n))
		return err
	})
	if err != nil || shown != nil {
		return q.showPreview(shown, err)
	}
	return q.reply(http.StatusOK, n.Echo(id, nil), 1, "Address updated")
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
			w.add(document.DeleteFacet(o, document.FacetAddress, strconv.FormatInt(w.stored.Addresses[i].ID, 10)))
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
	return q.reply(http.StatusOK, k.Addresses[i].Show(), 1)
}

// addresses lists the addresses of an object, all or those of a type.
func (q *request) addresses(res resource) error {
	kind := q.query.Get(document.FieldType)
	if kind != "" && kind != "delivery" && kind != "invoice" && kind != "home" {
		return fault.Schema("#/type: " + fault.Clip(kind) + " is not a valid enum value")
	}
	_, k, err := q.storedOf(res)
	if err != nil {
		return err
	}
	bodies := []map[string]any{}
	for _, a := range k.Addresses {
		if kind == "" || a.Fields[document.FieldType] == kind {
			bodies = append(bodies, a.Show())
		}
	}
	return q.reply(http.StatusOK, bodies, len(bodies))
}

// storedOf reads the facets of the object in the path, and returns how to look it up.
func (q *request) storedOf(res resource) (lookup, *document.Stored, error) {
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
	k, err := document.ReadStored(facets)
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
	n, err := q.body(&schema.Shape{
		Types: []schema.Type{schema.Object}, Required: []string{"addresses"},
		Members: map[string]*schema.Shape{
			"addresses":  schema.List(document.MaxAddresses, document.AddressShape(true)),
			"directives": bulk.DirectivesShape(schema.Names(document.ShapesOf(document.AddressFields()))),
		},
	})
	if err != nil {
		return err
	}
	if _, err := q.below(l, func(*writing, directory.Object) error { return nil })(q.dir); err != nil {
		return err // the object does not exist
	}
	items, d := n.Members["addresses"].Items, bulk.ReadDirectives(n.Members["directives"])
	results := make([]bulk.Result, len(items))
	for i, item := range items {
		results[i] = bulk.Result{LookupKey: document.FieldCode, Key: item.RawOr(document.FieldCode, `""`)}
	}
	return q.replyParts(results, maxPart, "Completed", q.partBelow(l, func(w *writing, o directory.Object, i int) error {
		in, r := document.NewAddressInput(items[i]), &results[i]
		if d.SkipCreate && w.findAddress(in) < 0 {
			r.Note(0, true)
			r.Message = "Address skipped. It does not exist and is not created."
			return nil
		}
		id, made, err := w.upsertAddress(o, in, d)
		r.Note(id, made)
		return err
	}, results))
}
