package propeller

// An operation is a route and its handler. A trailing slash in a path is accepted, too.
type operation struct {
	route  string // method and path
	handle func(*request) error
}

// operations lists everything that needs a token.
func operations() []operation {
	const group = "/usergroups/{lookupKey}/{lookupValue}"
	list := []operation{
		{"POST /usergroups", (*request).createUsergroup},
		{"GET " + group, (*request).usergroup},
		{"PATCH " + group, (*request).updateUsergroup},
		{"DELETE " + group, (*request).deleteUsergroup},
		{"POST /usergroups/bulk/id", (*request).bulkUsergroupsByID},
		{"POST /usergroups/bulk/sourceId", (*request).bulkUsergroupsBySource},

		// Ours: the vendor documents no way to list usergroups.
		{"GET /usergroups", (*request).usergroupList},
		{"GET " + group + "/children", (*request).children},
		{"GET " + group + "/users", (*request).members},
		{"GET " + group + "/effective", (*request).effectiveOfGroup},
		{"GET /users/{lookupKey}/{lookupValue}/effective", (*request).effectiveOfUser},

		{"POST /users", (*request).createUser},
		{"GET /users/{lookupKey}/{lookupValue}", (*request).user},
		{"PATCH /users/{lookupKey}/{lookupValue}", (*request).updateUser},
		{"DELETE /users/{lookupKey}/{lookupValue}", (*request).deleteUser},
		{"POST /users/bulk/id", (*request).bulkUsersByID},
		{"POST /users/bulk/sourceId", (*request).bulkUsersBySource},

		{"POST /attributes", (*request).createAttribute},
		{"POST /attributes/search", (*request).searchAttributes},
		{"GET /attributes/{lookupKey}/{lookupValue}", (*request).attribute},
		{"PATCH /attributes/{lookupKey}/{lookupValue}", (*request).updateAttribute},
		{"DELETE /attributes/{lookupKey}/{lookupValue}", (*request).deleteAttribute},
		{"POST /attributes/bulk/id", (*request).bulkAttributesByID},
		{"POST /attributes/bulk/name", (*request).bulkAttributesByName},
	}
	list = append(list, below(group, usergroups)...)
	return append(list, below("/users/{lookupKey}/{lookupValue}", users)...)
}

// below lists the operations of what lies below an object.
func below(path string, of func() resource) []operation {
	on := func(handle func(*request, resource) error) func(*request) error {
		return func(q *request) error { return handle(q, of()) }
	}
	return []operation{
		{"GET " + path + "/addresses", on((*request).addresses)},
		{"POST " + path + "/addresses", on((*request).createAddress)},
		{"POST " + path + "/addresses/bulk", on((*request).bulkAddresses)},
		{"GET " + path + "/addresses/{addressId}", on((*request).address)},
		{"PATCH " + path + "/addresses/{addressId}", on((*request).updateAddress)},
		{"DELETE " + path + "/addresses/{addressId}", on((*request).deleteAddress)},
		{"GET " + path + "/pricing", on((*request).pricing)}, // ours: the vendor has no way to read prices
		{"POST " + path + "/pricing", on((*request).setPricing)},
		{"GET " + path + "/attributes", on((*request).values)},
		{"POST " + path + "/attributes", on((*request).setValues)},
	}
}
